"""A row as the layer that its file states, and what cannot be stated so."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.on_tensors import on_tensors
from cnnshape.network.plan import Row
from cnnshape.network.spelled import Unwritable
from cnnshape.operations.operation import Result
from cnnshape.operations.worked import Stored, Worked
from cnnshape.translation.calls import Call
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.keras.calls import SWITCHES
from cnnshape.vocabularies.layer import DECLARED, Faults, bind, model_of
from cnnshape.vocabularies.vocabulary import Framework, LayerType, title, vocabulary

SHORTENED = frozenset(
    {"kernel_size", "pool_size", "strides", "stride", "padding", "output_padding", "dilation", "dilation_rate"}
)
"""Arguments of which one number stands for all axes."""


def as_stated(row: Row, framework: Framework) -> Call:
    """The layer with the arguments of the file; what has no default by position.

    Raises:
        Unwritable: the framework has no such layer, or one that makes something else of what the row reads.
    """
    kind = vocabulary(framework).find_exact(row.type)
    if kind is None:
        raise Unwritable(f"{row.name}: {title(framework)} has no layer {row.type}")
    order = declared(model_of(kind))
    given = {name: stated(name, value, row) for name, value in row.arguments.items()}
    shape = row.input_shapes[0] if row.input_shapes else None
    for name, axis in DECLARED.items():
        if name in order and given.get(name) is None and shape and not row.type.startswith("Lazy"):
            given[name] = shape[axis]
    needed = [name for name, argument in order.items() if name in DECLARED or argument.required]
    missing = next((name for name in needed if name not in given and name not in DECLARED), None)
    if missing:
        raise Unwritable(f"{row.name}: the file does not say the {missing} of {row.type}")
    first = list(takewhile(lambda name: name in given and name in needed, order))
    rest = sorted(given.keys() - set(first), key=list(order).index)
    call = Call(row.type, tuple(given[name] for name in first), {name: given[name] for name in rest})
    result = answer(call, row, kind)
    if isinstance(row.operation, Worked) and (
        result is None
        or row.result is None
        or (result.outputs, result.params) != (row.output_shapes, row.result.params)
    ):
        raise Unwritable(f"{row.name}: {row.type} with these arguments is not all that the file says of it")
    if result:
        refuse_other_weights(row, result)
    return call


def refuse_said(row: Row, keras: bool = False) -> None:
    """Refuse (`Unwritable`) what a layer is called with beside its tensors, where that cannot be written.

    Args:
        keras: whether it is written for Keras, to which all but a tensor that is no input can be said.
    """
    for name, value in row.extra.get("call", {}).items():
        if not keras:
            raise Unwritable(f"{row.name}: {row.type} is called with {name}, which can be said in Keras alone")
        if value is None:
            raise Unwritable(f"{row.name}: {row.type} is called with a {name}, which is no input of the network")


def refuse_other_weights(row: Row, result: Result) -> None:
    """Refuse (`Unwritable`) a row that has other weights than its layer, which answers with its own."""
    if row.shared_with is not None or None in (result.params, row.params) or result.params == row.params:
        return
    told = f"{row.name}: {row.type} would have {result.params:,} weights of its own, not {row.params:,}"
    if isinstance(row.operation, Stored):
        raise Unwritable(
            f"{told}: others are another layer's. Exporters merge weights of equal values, as those are before "
            "training: export the trained network, or by torch.onnx.export(..., dynamo=True)"
        )
    own = ", ".join(weight.name for weight in row.own)
    raise Unwritable(f"{told}{f' (it has {own} instead, or beside them)' if own else ''}")


def answer(call: Call, row: Row, kind: LayerType) -> Result | None:
    """What a layer makes of the shapes that a row reads, of which some may be weights, which are no arguments."""
    try:
        layer = bind(kind, call.positional, call.keywords)
        return on_tensors(layer, [shape for shape in row.input_shapes if shape is not None]).result
    except (Fault, Faults):
        return None


SIZES = frozenset({"newshape", "shape", "size"})
"""Arguments of functions that say all sizes of what they make, that of the batch first."""


def for_any_batch(value: Any, given: Shape, made: Shape) -> Any:
    """Sizes of what is made, for any batch where the batch is as it was, and for any size that is the only such one."""
    if not isinstance(value, tuple | list) or len(value) != len(made):
        return value
    if None not in made[1:] and made[0] == given[0] and value[0] in (-1, given[0], *([value[0]] * (made[0] is None))):
        return (-1, *(size if each == -1 else each for each, size in zip(value[1:], made[1:], strict=True)))
    named = [each for each in value if isinstance(each, str) or each == -1]
    return tuple(-1 if isinstance(each, str) else each for each in value) if len(named) == 1 else tuple(value)


def stated(name: str, value: Any, row: Row) -> Any:
    """An argument as people write it: one number where it is the same for all axes, or on all sides."""
    if name in SIZES and row.operator and row.output_shape and row.input_shapes[0]:
        value = for_any_batch(value, row.input_shapes[0], row.output_shape)
    unknown = next((each for each in value if isinstance(each, str)), None) if isinstance(value, tuple | list) else None
    if unknown is not None and name in SIZES:
        raise Unwritable(
            f"{row.name}: the size {unknown} is not known: say that of the input, such as --input 3x224x224"
        )
    if not isinstance(value, tuple) or row.operator:
        return value
    if row.type.startswith(("ZeroPadding", "Cropping")):
        sides = {side for axis in value for side in (axis if isinstance(axis, tuple) else (axis, None))}
        return sides.pop() if len(sides) == 1 else value[0] if len(value) == 1 else value
    alike = name in SHORTENED and "Pad" not in row.type and len(set(value)) == 1
    return value[0] if alike else value


def told_of(row: Row) -> dict[str, Any]:
    """What a layer of Keras is called with beside its tensors: True, the name of an input, or None: another tensor."""
    told = [name for name, what in SWITCHES.items() if getattr(row.operation, what, False)]
    return {**row.extra.get("call", {}), **dict.fromkeys(told, True)}
