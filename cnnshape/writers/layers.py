"""The layers of a framework that the rows of a plan are written as, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.network.on_tensors import on_tensors
from cnnshape.network.plan import Plan, Row
from cnnshape.network.recording import innermost
from cnnshape.network.spelled import Unwritable
from cnnshape.operations.operation import Layout, Operation, Result
from cnnshape.operations.views import Identity
from cnnshape.operations.wrapping import PerStep
from cnnshape.translation.calls import Call, default_of
from cnnshape.translation.conversion import counterpart_of
from cnnshape.translation.own import OWN
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, Layer, bind, model_of
from cnnshape.vocabularies.vocabulary import Framework, lookup, title
from cnnshape.writers.folding import Item
from cnnshape.writers.holding import as_code, refuse_unsaid
from cnnshape.writers.reordering import Step, settled
from cnnshape.writers.stating import as_stated, refuse_other_weights, refuse_said, told_of

Sharing = Mapping[str, list[Row]]
"""The rows that run with the weights of a row, by its name, in their order: the first one holds them."""


def sharing_of(plan: Plan) -> Sharing:
    """Which rows run with the same weights."""
    found: dict[str, list[Row]] = {}
    for row in run_rows(plan):
        found.setdefault(row.shared_with or row.name, []).append(row)
    return found


def run_rows(plan: Plan) -> list[Row]:
    """The rows that are written: those that an output depends on, outside training; in Keras's code without masks."""
    rows = [row for row in plan.layers if row.live and not row.training_only]
    if plan.framework == "pytorch":
        return rows
    read, found = set(plan.returned), []
    for row in reversed(rows):
        if not read.isdisjoint(row.output_names):
            read.update(row.inputs)
            found.append(row)
        elif row.params:
            raise Unwritable(f"{row.name}: only a mask depends on its weights, and masks are not written")
    return found[::-1]


def refuse_overwritten(plan: Plan, framework: Framework) -> None:
    """Refuse (`Unwritable`) what works in place on a tensor that is read again, where nothing works in place.

    A layer that no output depends on is not written: if it works in place on what others read, it cannot be left out.
    """
    last = {name: (at, row.name) for at, row in enumerate(plan.layers) if row.live for name in row.inputs}
    last |= dict.fromkeys(plan.returned, (len(plan.layers), ""))
    roots = {name: name for name in plan.inputs}
    latest = {name: last.get(name, (-1, "")) for name in plan.inputs}  # who reads a tensor, or a view of it, last
    for at, row in enumerate(plan.layers):
        if row.arguments.get("inplace") is True and not (row.live and framework == "pytorch"):
            until, reader = latest[roots[row.inputs[0]]]
            if until > at:
                told = f"{reader} reads afterwards" if reader else "is an output"
                raise Unwritable(f"{row.name}: it works in place on what {told}")
        alias = row.result is not None and row.result.memory != "new" and row.inputs
        for name in row.output_names:
            roots[name] = roots[row.inputs[0]] if alias else name
            latest[roots[name]] = max(latest.get(roots[name], (-1, "")), last.get(name, (-1, "")))


class Applied(NamedTuple):
    """A layer of the framework that a row is written as, applied.

    Attributes:
        layer: its arguments, with defaults; None where the row's own result is taken.
        read: the shapes that it is applied to, in the axis order of the framework.
    """

    row: Row
    item: Item
    layer: Layer | None
    operation: Operation
    result: Result
    read: tuple[Shape, ...]


def applied(plan: Plan, framework: Framework, batch: int | None = None) -> Iterator[Applied]:
    """The layers that the rows are written as, in their order, each with what it answers.

    Args:
        batch: what is planned anew; without it a row that stays as it is keeps its own result.

    Raises:
        Unwritable: a layer has no equal in the framework.
    """
    refuse_overwritten(plan, "keras" if batch else framework)  # ONNX has nothing that works in place
    shapes = {name: in_order(plan, shape, framework) for name, shape in plan.inputs.items()}
    shapes = {name: (batch or shape[0], *shape[1:]) for name, shape in shapes.items()}
    for row, item in steps_of(plan, framework):
        read = tuple(shapes[tensor] for tensor in item.reads)
        if item.head == "Parameter":
            step = made_by_itself(row, item, in_order(plan, row.output_shapes[0], framework), read, batch)
        elif plan.framework == framework == "keras" and row.operation and row.result and item.head == row.type:
            step = Applied(row, item, None, row.operation, row.result, read)
        else:
            step = planned_anew(row, item, framework, read)
        shapes |= zip(item.makes, step.result.outputs, strict=False)
        yield step


def steps_of(plan: Plan, framework: Framework) -> list[Step]:
    """The layers of the framework that the rows are, each with its row. Raises `Unwritable`."""
    sharing = sharing_of(plan)
    steps = [(row, item) for row in run_rows(plan) for item in items_of(plan, row, framework, sharing)]
    return steps if plan.framework == framework else settled(steps, frozenset(plan.returned))


def made_by_itself(row: Row, item: Item, sizes: Shape, read: tuple[Shape, ...], batch: int | None) -> Applied:
    """A weight by itself, of these sizes where it is read."""
    assert row.operation is not None
    assert row.result is not None
    (weight,) = row.result.weights
    made = (batch, *sizes[1:]) if batch and "each_sample" in item.arguments else sizes
    result = Result((made,), (weight._replace(shape=item.arguments["shape"]),))
    return Applied(row, item, None, row.operation, result, read)


def planned_anew(row: Row, item: Item, framework: Framework, read: tuple[Shape, ...]) -> Applied:
    """A layer applied to shapes. Raises `Unwritable` where it refuses them."""
    kind = lookup(framework, item.head)
    given = {name: each for name, each in item.arguments.items() if name != "trainable"}
    try:
        return Applied(row, item, *on_tensors(bind(kind, [], given), read), read)
    except (Fault, Faults) as fault:
        raise Unwritable(f"{item.name}: {str(fault).replace(LAYER, item.head)}") from None


def items_of(plan: Plan, row: Row, framework: Framework, sharing: Sharing) -> Iterator[Item]:
    """The layers of the framework that a row is."""
    if row.type == "Weight":
        yield parameter(plan, row, framework, sharing)
        return
    calls, comment = layers_of(plan, row, framework)
    names = parts(row.name, calls)
    together = sharing[row.shared_with or row.name] if row.result and row.result.weights else []
    owner = together[0].name if together and together[0] is not row else None
    owners = parts(owner, calls) if owner else [None] * len(calls)
    scopes = tuple((scope.name, scope.block) for scope in row.scopes)
    tensors = row.inputs
    for at, each in enumerate(calls):
        takes = len(tensors) if len(tensors) < 2 or len(calls) == 1 else taken(each, framework, len(tensors))
        made = row.output_names if at == len(calls) - 1 else (f"{row.output_names[0]}#{at}",)
        kind = lookup(framework, each.name)
        order = list(declared(model_of(kind)))
        given = dict(zip(order, each.positional, strict=False))
        given |= {
            name: value for name, value in each.keywords.items() if value != default_of(framework, each.name, name)
        }
        if plan.framework == framework == "keras" and each.name == row.type:
            given |= {name: row.extra[name] for name in ("activity_regularizer", "dtype") if name in row.extra}
        given = as_code(kind, given)
        refuse_unsaid(row.name, given)
        told = told_of(row) if plan.framework == framework == "keras" else {}
        if row.type == "RNN" and len(row.output_names) > 3:
            raise Unwritable(f"{row.name}: the states of several cells are lists in Keras, which are not written")
        fixed = repr(given) if kind.operator and framework == "pytorch" else ""
        if not row.trainable and row.params:
            given |= {"trainable": False} if framework == "keras" else {}
            fixed += FROZEN if framework == "pytorch" else ""
        fixed += "".join(repr(each) for each in (each.values, told) if each)
        fixed += OF_HEADS if framework == "pytorch" and not getattr(row.operation, "averaged", True) else ""
        yield Item(
            each.name,
            len(each.positional),
            given,
            tensors[:takes],
            made,
            names[at],
            scopes,
            shares=owners[at],
            alone=len(together) > 1 or any(isinstance(value, str) for value in told.values()),
            constant=fixed,
            comment="" if at else comment,
            values=each.values,
            told=told,
        )
        tensors = (made[0], *tensors[takes:])


def parameter(plan: Plan, row: Row, framework: Framework, sharing: Sharing) -> Item:
    """A weight by itself: as it is held, and where it is read in another shape, the view of it.

    In the other framework it is held as it is read, its axes in the order there.
    """
    (weight,) = row.result.weights if row.result else ()
    read = row.arguments["shape"]
    repeated = row.arguments["each_sample"]
    shape, view = weight.shape, None
    if plan.framework != framework:
        shape = in_order(plan, read, framework)
    elif without_ones(read) != without_ones(shape) or (repeated and read != shape):
        view = read if repeated else without_ones(read)
    if view and framework == "keras":
        shape, view = view, None
    given = {"shape": shape, "initializer": row.arguments["initializer"]}
    given |= {"each_sample": True if framework == "keras" else len(read)} if repeated else {}
    given |= {"view": view} if view else {}
    given |= {"trainable": False} if framework == "keras" and not row.trainable else {}
    together = sharing[row.shared_with or row.name]
    if together[0] is not row and framework == "keras" and together[0].arguments["shape"] != read:
        raise Unwritable(f"{row.name}: it is read in several shapes, which is no weight of Keras by itself")
    return Item(
        "Parameter",
        1,
        given,
        (row.arguments["beside"],) if repeated or framework == "keras" else (),
        row.output_names,
        row.arguments["called"],
        tuple((scope.name, scope.block) for scope in row.scopes),
        shares=together[0].name if together[0] is not row else None,
        alone=len(together) > 1,
        constant=weight.kind,
    )


def without_ones(shape: Shape) -> Shape:
    """A shape from its first axis on that has more than one element: what it is stretched from, those of size 1, say
    nothing."""
    return tuple(dropwhile(lambda size: size == 1, shape))


def taken(each: Call, framework: Framework, tensors: int) -> int:
    """How many of several tensors a layer takes: PyTorch's functions of two take more one after the other."""
    if each.name in BINARY and not each.positional:
        return 2
    operation = each.operation(framework)
    most = getattr(operation, "operands", None) or operation.most
    return min(most or tensors, tensors)


FROZEN, OF_HEADS = "frozen", "of heads"
"""Of a layer whose weights do not train, and of attention that answers scores of every head: no argument says so."""


HELPERS = re.compile(r"[Pp]ermute|Flatten|Unflatten|ops\.|.*Pad\d|ZeroPadding")
"""Layers that only prepare the tensor for the one that the row is about."""


def parts(name: str, calls: Sequence[Call]) -> list[str]:
    """Names for the layers of a row: the row's own for the one that it is about, more for those around it."""
    main = next((at for at, each in enumerate(calls) if not HELPERS.match(each.name)), len(calls) - 1)
    return [name if at == main else f"{name}_{each.name.lower()}_{at}" for at, each in enumerate(calls)]


def layers_of(plan: Plan, row: Row, framework: Framework) -> tuple[tuple[Call, ...], str]:
    """The framework's layers for a row, and why they are not those of the file."""
    if row.operation is None or row.result is None or not row.is_known:
        raise Unwritable(f"{row.name}: nothing is known of {row.type}")
    if getattr(innermost(row.operation), "mask", None) is not None:
        raise Unwritable(f"{row.name}: {row.type} is given a mask, which is no tensor of the network")
    refuse_said(row, keras=framework == "keras")
    if row.operator and isinstance(row.operation, PerStep):
        raise Unwritable(f"{row.name}: {row.type} is applied at every step, which TimeDistributed does to layers alone")
    if plan.framework == framework:
        own = OWN[framework].get(row.type)
        calls = own(row) if own else (as_stated(row, framework),)
        if not calls:
            raise Unwritable(f"{row.name}: {title(framework)} has no layer {row.type}")
        return calls, f"{title(framework)} has no layer {row.type}" if own else ""
    refuse_other_weights(row, row.result)
    if lies_elsewhere(plan, row):
        raise Unwritable(
            f"{row.name}: the channels of {row.type} lie elsewhere than the network's, which all move to the other end"
        )
    other = counterpart_of(plan, row)
    if other is None:
        raise Unwritable(f"{row.name}: no equal of {row.type} is known in {title(framework)}")
    if not other.equal:
        raise Unwritable(f"{row.name}: {title(framework)} has no equal of {row.type}: {other.note}")
    calls = tuple(each._replace(name="permute") if each.name == "Permute" else each for each in other.equal)
    return calls if framework == "pytorch" else other.equal, other.reason or (other.note if len(calls) > 1 else "")


def lies_elsewhere(plan: Plan, row: Row) -> bool:
    """Whether a layer of Keras has its channels on another axis than the network, whose maps are moved as a whole."""
    shape = row.input_shapes[0] if row.input_shapes else None
    if plan.framework == "pytorch" or shape is None or len(shape) < 3 or isinstance(row.operation, Identity):
        return False
    layout = getattr(row.operation, "layout", None)
    return isinstance(layout, Layout) and layout.channels_last != plan.layout.channels_last


def in_order(plan: Plan, shape: Shape, framework: Framework) -> Shape:
    """A shape of the plan in the axis order of the framework."""
    if plan.framework == framework or len(shape) < 3 or (framework == "pytorch" and not plan.layout.channels_last):
        return shape
    return (shape[0], shape[-1], *shape[1:-1]) if framework == "pytorch" else (shape[0], *shape[2:], shape[1])


BINARY = frozenset({"add", "sub", "mul", "div", "maximum", "minimum"})
"""PyTorch's functions of two tensors: more are taken one after the other."""
