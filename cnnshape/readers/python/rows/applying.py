"""Layers and functions of the vocabularies on tensors: one row each, whatever the framework."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.batch import again, shifted_arguments
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Layout, Operation, Result
from cnnshape.operations.weighted import Weighted
from cnnshape.readers.python.language.values import Opaque, Place, Placed, Tensor, Value, now, words
from cnnshape.readers.python.noting.traced import sizes_of
from cnnshape.readers.python.rows.strides import exchanged
from cnnshape.readers.python.rows.trace import shape_of
from cnnshape.value import value
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import (
    BoundLayer,
    Faults,
    Layer,
    gathered_of,
    model_of,
    positional_arguments,
    together,
)
from cnnshape.vocabularies.names import named as in_words
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary

ALIGNED = words("add sub subtract mul multiply div divide true_divide maximum minimum matmul")
"""Functions of tensors whose shapes are aligned from the last axis."""
EXCHANGES = words("permute transpose swapaxes swapdims movedim moveaxis")
"""Functions that bring axes into another order."""
SEVERAL = words("chunk ops.split split unbind")
"""Functions that answer a tuple, even of one tensor."""


def word(kind: LayerType) -> str:
    """The name of a function, without Keras's prefix."""
    return kind.name.removeprefix("ops.")


# ---------------------------------------------------------------------- arguments


def tensors_in(values: Any) -> tuple[Tensor, ...]:
    """The tensors of a value, of lists and dicts in it."""
    if isinstance(values, Tensor):
        return (values,)
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, list | tuple):
        return ()
    now().step()
    return tuple(tensor for each in values for tensor in tensors_in(each))


def is_list_of_tensors(value: Value) -> bool:
    """Whether a value is a list of tensors, as ``cat`` takes."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Tensor) for each in value)


def taken(keywords: dict[str, Value], names: Sequence[str]) -> list[Value]:
    """The tensors that a function is given by these names; keywords lose them."""
    given = {name: keywords.get(name) for name in names}
    return [keywords.pop(name) for name, each in given.items() if isinstance(each, Tensor) or is_list_of_tensors(each)]


def is_unknown(value: Value) -> bool:
    """Whether an argument is not known, or holds what is not."""
    return isinstance(value, Opaque | Tensor) or (isinstance(value, list | tuple) and any(map(is_unknown, value)))


def weights_among(*values: Value) -> tuple[Tensor, ...]:
    """The weights among arguments."""
    return tuple(each for each in values if isinstance(each, Tensor))


def one(outputs: tuple[Tensor, ...]) -> Value:
    """The only output, or all."""
    return outputs[0] if len(outputs) == 1 else outputs


def is_float(annotation: Any) -> bool:
    """Whether an argument is a number that need not be whole, or one that may be left out."""
    return any(
        getattr(each, "__origin__", each) is float for each in (annotation, *getattr(annotation, "__args__", ()))
    )


def lower(kind: LayerType, positional: Sequence[Value], keywords: dict[str, Value]) -> Lowered:
    """The layer as the vocabulary understands it, with what PyTorch's own types make of arguments.

    Truth decides where a bool is wanted, which counts as a number where a float is; a float is never a size. Raises
    `Faults`.
    """
    model = model_of(kind)
    names = positional_arguments(model)
    known = declared(model)
    flags = {name for name, argument in known.items() if argument.annotation is bool}
    positional = [held_layer(each) for each in positional]
    keywords = {name: held_layer(each) for name, each in keywords.items()}

    def fitted(name: str, value: Value) -> Value:
        if name in flags:
            return bool(value)
        return int(value) if isinstance(value, bool) and name in known and is_float(known[name].annotation) else value

    first = [fitted(name, each) for name, each in zip(names, positional, strict=False)]
    first += positional[len(names) :]
    rest = {
        model.second_names.get(name, name): each if isinstance(each, str) else fitted(name, each)
        for name, each in keywords.items()
    }
    if (
        kind.name.startswith(("Conv", "Linear", "Bilinear"))
        and not kind.operator
        and not first
        and names[0] not in rest
    ):
        raise Faults([Fault("CS104", f"{kind.name} needs {names[0]}", argument=names[0])])
    lowered = now().trace.builder.layer_of(kind, first, rest)
    for name, each in (*zip(names, first, strict=False), *rest.items()):
        taken = getattr(lowered.bound.layer, name, None) if name in known else None
        if name != "scale_factor" and floats_made_whole(each, taken):
            message = f"{kind.name}'s {name} must be a whole number, got {each!r}, a float"
            raise Faults([Fault("CS105", message, argument=name)])
    return lowered


def held_layer(value: Value) -> Value:
    """An argument that may be a layer, or several, as they are bound."""
    if type(value) in (list, tuple) and any(isinstance(each, Placed) for each in value):
        return [held_layer(each) for each in value]
    return vars(value)["_lowered"].bound if isinstance(value, Placed) and "_lowered" in vars(value) else value


def floats_made_whole(value: Value, taken: Value) -> bool:
    """Whether a float was taken for an integer, as no layer of PyTorch does."""
    if isinstance(value, list | tuple):
        return isinstance(taken, tuple) and any(map(floats_made_whole, value, taken))
    taken = taken[0] if isinstance(taken, tuple) and taken else taken
    return isinstance(value, float) and isinstance(taken, int) and not isinstance(taken, bool)


def refused(error: Faults | Fault, place: Place | None) -> Fault:
    """Report what is wrong with a layer that is made at a place. Raises `TypeError` where Python itself would."""
    faults = error.faults if isinstance(error, Faults) else (error,)
    raised = next((each for each in faults if each.code in ("CS103", "CS104", "CS106")), None)
    if raised is not None:
        refusal: Any = TypeError(raised.message)
        refusal.fault = raised
        raise refusal from None
    for fault in faults:
        now().report(fault, place, place)
    return faults[0]


def unable(module: Value, name: str, tensors: Sequence[Value]) -> Tensor | None:
    """What a layer answers that cannot run, for its own fault or for that of its inputs; None where it can."""
    for each in tensors:
        if isinstance(each, Opaque):
            return now().trace.fail(name, (), each, module=module)
        if not isinstance(each, Tensor):
            raise TypeError(f"{name}'s input must be a tensor, not {type(each).__name__}")
    fault = vars(module).get("_fault")
    if fault is None:
        return None
    return now().trace.fail(name, tuple(tensors), fault, module=module, layer=vars(module).get("_certain"))


@value
class Blurred(Operation):
    """An operation of which an argument is wrong: of its output only the channels are certain."""

    operation: Operation
    layout: Layout

    def apply(self, shape: Shape) -> Result:
        """The channels, from those of the input."""
        result = self.operation.apply(self.layout.only_channels(shape))
        return result._replace(outputs=tuple(map(self.layout.only_channels, result.outputs)), paths=None)


def certain(kind: LayerType, given: dict[str, Value], fault: Fault) -> Lowered | None:
    """The layer without its wrong argument, of which only the channels count; None where it needs that."""
    try:
        lowered = lower(kind, (), {name: each for name, each in given.items() if name != fault.argument})
    except (Fault, Faults):
        return None
    return again(lowered, Blurred(lowered.operation, now().trace.builder.layout))


# ---------------------------------------------------------------------- one row


def apply(
    name: str,
    kind_name: str,
    tensors: tuple[Tensor, ...],
    positional: list[Value],
    keywords: dict[str, Value],
    weights: Sequence[Tensor | None] | None = None,
    dtype: str | None = None,
) -> Value:
    """A word of the vocabulary on tensors. Where it would move the batch, all samples count as one.

    Of a function whose weights are arguments, they are given: tensors, or None in place of one that is left out.
    """
    m = now()
    kind = vocabulary(m.trace.builder.framework).types[kind_name]
    read = weights_among(*(weights or ()))
    unknown = next((each for each in (*positional, *keywords.values()) if is_unknown(each)), None)
    if unknown is None:
        unknown = next((each.unknown for each in read if each.shape is None or None in each.shape), None)
    if unknown is not None:
        why = unknown if isinstance(unknown, Opaque) else m.opaque(f"an argument of {name}")
        return m.trace.fail(name, tensors, why)
    try:
        lowered = lower(kind, positional, keywords)
        if weights is not None:
            lowered = on_weights(lowered, tensors, weights)
        chosen = placed(lowered, tensors, weights is not None, read)
    except (Faults, Fault) as error:
        several = error.faults if isinstance(error, Faults) else (error,)
        for each in (error, *several):
            each.__traceback__ = None  # its frames have tensors, which would outlive their names
        faults = tuple(in_words(each, kind.name, declared(model_of(kind))) for each in several)
        matrices = word(kind) in ("matmul", "cdist")  # two of them have no batch
        if faults[0].code != "CS310" and not (faults[0].code == "CS302" and (matrices or is_alone(lowered, tensors))):
            for fault in faults[1:]:
                m.report(fault, m.place(), None)
            return m.trace.fail(name, tensors, faults[0])
        try:
            chosen = across(kind, positional, keywords, tensors, lowered.operation if weights is not None else None)
        except Faults as still:
            return m.trace.fail(name, tensors, still.faults[0])
    flowing = tuple(each for each in read if each.row is not None)
    dtype = dtype or (tensors[0].dtype if tensors else None)
    outputs = m.trace.apply(name, chosen, (*tensors, *flowing), read, dtype=dtype)
    if kind_name in EXCHANGES and outputs[0].shape is not None:
        outputs[0].strides = exchanged(tensors[0], chosen)
    if kind_name not in SEVERAL:
        return one(outputs)
    unknown = outputs[0].unknown or m.opaque("the parts of a tensor whose shape is not known")
    return unknown if outputs[0].shape is None else outputs


def placed(lowered: Lowered, tensors: tuple[Tensor, ...], weightless: bool, read: tuple[Tensor, ...]) -> Lowered:
    """The layer for these tensors, each sample apart. Raises `Fault` (CS310) where it would move the batch."""
    if any(each.shape is None for each in tensors):
        return lowered
    batch = now().trace.builder.batch
    flowing = [each for each in tensors if each.row is not None]
    operands = operands_of(tensors)
    values = [each for each in read if each.row is not None]
    first: Any = sizes_of(flowing[0].shape) if flowing else (batch,)
    ranks = {len(each.shape or ()) for each in tensors}
    aligns = word(lowered.bound.kind) in ALIGNED
    fixed = bool(operands) and aligns and {len(each.shape or ()) for each in flowing} == {max(ranks)}
    if not fixed and (0 in ranks or (len(ranks) > 1 and aligns)):
        raise Fault("CS310", "shapes of different ranks meet")
    if flowing and (operands or weightless or values or first[:1] != (batch,)):
        lowered = again(
            lowered, Applied(lowered.operation, operands, False, batch, weightless, fixed, values=len(values))
        )
        lowered.answer(tuple(map(shape_of, (*flowing, *values))))
    else:
        lowered.answer(tuple(map(shape_of, tensors)))
    return lowered


def operands_of(tensors: Iterable[Tensor]) -> tuple[Shape | None, ...]:
    """The shapes of weights and constants among the operands; none where all depend on inputs, or none does."""
    rows = {each.row is None for each in tensors}
    return tuple(None if each.row is not None else each.shape for each in tensors) if len(rows) == 2 else ()


def across(
    kind: LayerType,
    positional: list[Value],
    keywords: dict[str, Value],
    tensors: tuple[Tensor, ...],
    weighted: Operation | None = None,
) -> Lowered:
    """The same word with the batch as an axis like any other: its operation counts its axes from one more."""
    rank = max((len(each.shape or ()) for each in tensors), default=0)
    model = model_of(kind)
    order = positional_arguments(model)
    given: dict[str, Value] = dict(zip(order, together(positional, order, gathered_of(model)), strict=False))
    lowered = stated = lower(kind, (), shifted_arguments(kind, given | keywords, rank))
    with suppress(Faults, Fault):  # of what is refused for one sample after the other the shifted arguments are shown
        stated = lower(kind, (), given | keywords)
    aligned = word(kind) in ALIGNED and len(tensors) > 1
    batch = now().trace.builder.batch
    operation = weighted or lowered.operation
    return again(stated, Applied(operation, operands_of(tensors), True, batch, weighted is not None, aligned))


def on_weights(lowered: Lowered, tensors: Sequence[Tensor], weights: Sequence[Tensor | None]) -> Lowered:
    """The layer that a function of weights is, where the shape of what it reads is known."""
    if not isinstance(lowered.operation, Weighted) or any(each.shape is None for each in tensors):
        return lowered
    before = (1,) if is_alone(lowered, tensors) else ()
    shapes = tuple((*before, *(each.shape or ())) for each in tensors)
    return again(lowered, lowered.operation.on(shapes, [None if each is None else each.shape for each in weights]))


ALONE = (
    *("conv", "lazyconv", "linear", "lazylinear", "maxpool", "avgpool", "adaptive", "lppool", "layernorm", "rmsnorm"),
    *("instancenorm", "reflectionpad", "replicationpad", "zeropad", "constantpad"),
)
"""How the names of layers begin that PyTorch runs on one sample, too, without the axis of a batch."""


@cache
def axes_alone(name: str) -> int:
    """The axes of one sample of a layer that takes it without a batch; 0 of the others."""
    plain = name.replace("_", "").lower()
    return (int(plain[-2]) + 1 if plain[-2:-1].isdigit() else 1) if plain.startswith(ALONE) else 0


def is_alone(lowered: Lowered, tensors: Sequence[Tensor]) -> bool:
    """Whether PyTorch takes a tensor for one sample without its batch, as ``squeeze`` leaves of a batch of one."""
    axes = axes_alone(lowered.bound.kind.name)
    if not axes or not tensors or tensors[0].shape is None or now().trace.builder.framework == "keras":
        return False
    normalized = getattr(lowered.bound.layer, "normalized_shape", None)
    return len(tensors[0].shape) == (len(normalized) if isinstance(normalized, tuple) else axes)


def folded(lowered: Lowered, tensors: tuple[Tensor, ...]) -> Lowered:
    """The layer as it is applied: patches that were folded into the batch cost each time."""
    batch = now().trace.builder.batch
    if is_alone(lowered, tensors):
        return again(lowered, Applied(lowered.operation, operands_of(tensors), True, batch))
    at = lowered.operation.batch_axis
    first = (sizes_of(tensors[0].shape) or ())[at : at + 1] if tensors else ()
    constant = any(each.row is None for each in tensors)
    if not (constant or (first and first[0] != batch)):
        return lowered
    operands = tuple(None if each.row is not None else each.shape for each in tensors) if constant else ()
    return again(lowered, Applied(lowered.operation, operands, False, batch))


def identity(tensor: Tensor, module: Value) -> Tensor:
    """The row of a module or a layer that hands on what it gets."""
    lowered = now().trace.builder.layer("Identity", [], {})
    return now().trace.apply(type(module).__name__, folded(lowered, (tensor,)), (tensor,), module=module)[0]


FUNCTIONS: dict[Any, tuple[Lowered, Lowered]] = {}


def as_function(lowered: Lowered, name: str) -> Lowered:
    """A layer as the function of that name, which has its weights from elsewhere: the same for the same."""
    if len(FUNCTIONS) > 5000:
        FUNCTIONS.clear()
    key = id(lowered), name
    if key not in FUNCTIONS or FUNCTIONS[key][0] is not lowered:
        kind = lowered.bound.kind._replace(name=name, operator=True)
        FUNCTIONS[key] = lowered, Lowered(lowered.bound._replace(kind=kind), lowered.operation)
    return FUNCTIONS[key][1]


def wordless(name: str, operation: Operation, arguments: dict[str, Any] | None = None) -> Lowered:
    """An operation that has no word, under this name."""
    kind = LayerType("pytorch", name, "", "", None, True)
    return Lowered(BoundLayer(kind, Layer(), arguments or {}, {}), operation)


def apply_operation(
    name: str,
    operation: Operation,
    tensors: Iterable[Tensor],
    dtype: str | None = None,
    arguments: dict[str, Any] | None = None,
    beside: tuple[Tensor, ...] = (),
) -> Value:
    """An operation that has no word, on tensors: it sees the whole batch."""
    m = now()
    given = tuple(tensors)
    flowing = tuple(each for each in given if each.row is not None)
    if flowing:
        operation = Applied(operation, operands_of(given), batch=m.trace.builder.batch, whole=True)
    lowered = wordless(name, operation, arguments)
    try:
        if all(each.shape is not None for each in given):
            lowered.answer(tuple(each.shape for each in flowing or given))  # type: ignore[misc]
    except Fault as fault:
        return m.trace.fail(name, given, fault)
    dtype = dtype or (given[0].dtype if given else None)
    return one(m.trace.apply(name, lowered, given, dtype=dtype, beside=beside))
