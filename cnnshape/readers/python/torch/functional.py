"""Functions of ``torch`` and ``torch.nn.functional``, which are methods of tensors too: one declaration for all three.

What the vocabulary has is told there. Here is what differs in how functions are called: weights that are arguments,
shapes that are several arguments, functions that only change values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.batch import again, shifted_arguments
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Operation
from cnnshape.operations.tensors import Attention, Broadcast, Einsum, Expand
from cnnshape.readers.python.iterating import listed
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.known import COMPUTED, computed
from cnnshape.readers.python.torch.layers import is_unknown, lower
from cnnshape.readers.python.torch.strides import EXCHANGES, lying_in_order, reordered
from cnnshape.readers.python.values import Instance, Opaque, Stop, Tensor, Value, words
from cnnshape.vocabularies.layer import BoundLayer, Faults, Layer, model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary

ELEMENTWISE = words(
    "sin cos erfinv erfinv_ tan sinh cosh asin acos atan erf erfc log1p log2 log10 expm1 floor ceil round trunc frac "
    "sign reciprocal logical_not bitwise_not isnan isinf isfinite nan_to_num digamma lgamma logit cumsum "
    "cumprod triu tril roll deg2rad relu_ sigmoid_ elu_ softsign_ quantize fmod remainder bernoulli fft_ "
    "dropout_ hardswish_ feature_dropout renorm polygamma argsort"
)
"""Functions whose output has its input's shape; what else they take changes values alone."""
SAME = words(
    "contiguous clone detach detach_ to type float half double bfloat16 int long bool short byte cpu cuda "
    "data requires_grad_ type_as pin_memory retain_grad positive alias conj resolve_conj register_hook "
    "normal_ uniform_ zero_ fill_ copy_ random_ trunc_normal_ xavier_uniform_ ones_ requires_grad "
    "share_memory_ kaiming_normal_ kaiming_uniform_ constant_ eye_ exponential_ clone_ set_ real imag as_tensor asarray"
)
"""What answers its tensor: a change of values in place, of type or of device."""
TOGETHER = words(
    "where masked_fill masked_fill_ lerp addcmul addcdiv atan2 fmod_ remainder_ logical_and logical_or "
    "logical_xor eq ne lt le gt ge floor_divide bitwise_and bitwise_or bitwise_xor maximum_ minimum_ pow_ "
    "heaviside hypot isclose copysign fmax fmin floordiv mod rsub and or xor"
)
"""Functions of several tensors whose shapes broadcast."""
SPREAD = frozenset({"view", "reshape", "permute", "expand", "repeat", "flip", "tile"})
"""Methods whose sizes or axes may be several arguments."""
SECOND_NAMES = {
    "view": "reshape",
    "repeat": "tile",
    "dropout_": "dropout",
    "moveaxis": "movedim",
    "multiply": "mul",
    "divide": "div",
    "mm": "matmul",
    "t": "transpose",
    "max_pool1d_with_indices": "max_pool1d",
}
INPUTS = (
    "input",
    "self",
    "tensors",
    "tensor",
    "x",
    "other",
    "mat2",
    "tensor1",
    "tensor2",
    "vec2",
    "query",
    "key",
    "value",
)
"""Keywords that tensors are given by, in their order."""


def function(m: Machine, name: str, positional: list[Any], keywords: dict[str, Any]) -> Value:
    """A function by its name, on tensors and arguments."""
    from cnnshape.readers.python.torch.special import SPECIAL

    special = SPECIAL.get(name)
    if special is not None:
        return special(m, *positional, **keywords)
    in_place = name.endswith("_") and not name.endswith("__") and name not in SAME
    if in_place:
        target = positional[0]
        result = function(m, name.rstrip("_"), positional, keywords)
        if isinstance(target, Tensor) and isinstance(result, Tensor):
            target.row, target.output, target.shape = result.row, result.output, result.shape
            target.unknown = result.unknown
            if not hasattr(target, "trains"):
                target.parameters = result.parameters
            return target
        return result
    if keywords.pop("out", None) is not None:
        raise Stop("CS601", f"{name} with out= is not read")
    unknown = next((each for each in positional if isinstance(each, Opaque)), None)
    if unknown is None and name in COMPUTED and not keywords:
        values = computed(name, positional)
        if values is not None:
            return values
    if name == "contiguous" and isinstance(positional[0], Tensor) and positional[0].strides is not None:
        return lying_in_order(positional[0])
    if name in SAME:
        return positional[0]
    if unknown is not None:
        return m.trace.fail(m, name, tensors_in([*positional, *keywords.values()]), unknown)
    if name in ELEMENTWISE:
        return apply(m, name, "abs", (as_tensor(m, positional[0]),), [], {})
    if name in TOGETHER:
        together: list[Tensor] = [each for each in (*positional, *keywords.values()) if isinstance(each, Tensor)]
        return one(apply_operation(m, name, Broadcast(), together))
    kind_name = SECOND_NAMES.get(name, name)
    kind = vocabulary("pytorch").find_exact(kind_name)
    if kind is None:
        raise Stop("CS601", f"the function `{name}` is not known here")
    if name in SPREAD and len(positional) > 2 and not isinstance(positional[1], list | tuple):
        positional = [positional[0], tuple(positional[1:])]
    tensors, rest = take_tensors(positional, keywords)
    if kind.name in BINARY and len(tensors) == 1 and rest and not keywords:
        keywords = {"other": rest[0]}
        rest = rest[1:]
    result = apply(m, name, kind.name, tensors, rest, keywords)
    if kind.name in EXCHANGES and isinstance(result, Tensor) and result.shape is not None:
        reordered(tensors[0], result, EXCHANGES[kind.name](len(result.shape), rest, keywords))
    return result


BINARY = frozenset({"add", "sub", "mul", "div", "subtract", "true_divide"})


def take_tensors(positional: list[Value], keywords: dict[str, Value]) -> tuple[tuple[Tensor, ...], list[Value]]:
    """The tensors that a function is called with, and its other arguments; keywords lose theirs."""
    tensors: list[Tensor] = []
    rest = list(positional)
    while rest and (isinstance(rest[0], Tensor) or is_list_of_tensors(rest[0])):
        first = rest.pop(0)
        tensors.extend(first if isinstance(first, list | tuple) else [first])
    for name in INPUTS:
        value: Any = keywords.get(name)
        if isinstance(value, Tensor) or is_list_of_tensors(value):
            del keywords[name]
            tensors.extend(value if isinstance(value, list | tuple) else [value])
    return tuple(tensors), rest


def is_list_of_tensors(value: Value) -> bool:
    """Whether a value is a list of tensors, as ``cat`` takes."""
    if isinstance(value, Instance):
        value = value.payload
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Tensor) for each in value)


def tensors_in(values: list[Value]) -> tuple[Tensor, ...]:
    """The tensors among values and in lists among them."""
    found: list[Tensor] = []
    for each in values:
        if isinstance(each, Tensor):
            found.append(each)
        elif isinstance(each, list | tuple):
            found.extend(tensors_in(list(each)))
    return tuple(found)


def as_tensor(m: Machine, value: Value) -> Tensor:
    """A tensor, or a number as one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, int | float):
        return Tensor(())
    raise m.error("TypeError", f"a tensor is needed, got {type(value).__name__}")


def one(outputs: tuple[Tensor, ...]) -> Value:
    """The only output, or all."""
    return outputs[0] if len(outputs) == 1 else outputs


def apply(
    m: Machine,
    name: str,
    kind_name: str,
    tensors: tuple[Tensor, ...],
    positional: list[Value],
    keywords: dict[str, Value],
    read: tuple[Tensor, ...] = (),
    weightless: bool = False,
) -> Value:
    """A word of the vocabulary on tensors: one row. Where it would move the batch, all samples count as one."""
    kind = vocabulary(m.trace.builder.framework).types[kind_name]
    for value in (*positional, *keywords.values()):
        if is_unknown(value):
            why = value if isinstance(value, Opaque) else m.opaque(f"an argument of {name}")
            return m.trace.fail(m, name, tensors, why)
    try:
        lowered = lower(m, kind, tuple(positional), keywords)
        if weightless:
            lowered = as_function(lowered, name)
        chosen = placed(m, lowered, tensors, weightless, read)
    except (Faults, Fault) as caught:
        first, *others = caught.faults if isinstance(caught, Faults) else [caught]
        if first.code != "CS310" and (kind.name, first.code) != ("matmul", "CS302"):  # two matrices have no batch
            for fault in others:
                m.report(fault, m.place(), None)
            return m.trace.fail(m, name, tensors, first)
        try:
            chosen = across(m, kind, positional, keywords, tensors)
        except Faults as again_:
            return m.trace.fail(m, name, tensors, again_.faults[0])
    flowing = tuple(each for each in read if each.row is not None)
    dtype = tensors[0].dtype if tensors else None
    outputs = m.trace.apply(m, name, chosen, (*tensors, *flowing), read, dtype=dtype)
    if kind_name not in ("chunk", "split"):
        return one(outputs)
    return m.opaque("the parts of a tensor whose shape is not known") if outputs[0].shape is None else outputs


def placed(
    m: Machine, lowered: Lowered, tensors: tuple[Tensor, ...], weightless: bool, read: tuple[Tensor, ...]
) -> Lowered:
    """The layer for these tensors, each sample apart. Raises `Fault` (CS310) where it would move the batch."""
    if any(each.shape is None for each in tensors):
        return lowered
    batch = m.trace.builder.batch
    flowing = [each for each in tensors if each.row is not None]
    operands = operands_of(tensors)
    values = sum(each.row is not None for each in read)
    first: Any = flowing[0].shape if flowing else (batch,)
    aligned = len(tensors) > 1 and len({len(each.shape or ()) for each in tensors}) > 1
    if aligned and lowered.bound.kind.name not in ALIGNED:
        aligned = False
    if aligned or any(not each.shape for each in tensors):
        raise Fault("CS310", "shapes of different ranks meet")
    if flowing and not operands and not weightless and not values and first[:1] == (batch,):
        lowered.answer(tuple(each.shape for each in tensors))  # type: ignore[misc]  # none is None
        return lowered
    chosen = again(lowered, Applied(lowered.operation, operands, batch=batch, weightless=weightless, values=values))
    if flowing:
        chosen.answer(tuple(each.shape for each in (*flowing, *(r for r in read if r.row is not None))))  # type: ignore[misc]
        return chosen
    lowered.answer(tuple(each.shape for each in tensors))  # type: ignore[misc]
    return lowered


FUNCTIONS: dict[int, tuple[Lowered, Lowered]] = {}


def as_function(layer: Lowered, name: str) -> Lowered:
    """A layer as the function of that name, which has its weights from elsewhere."""
    known = FUNCTIONS.get(id(layer))
    if known is None or known[0] is not layer:
        kind = layer.bound.kind._replace(name=name, operator=True)
        known = FUNCTIONS[id(layer)] = layer, Lowered(layer.bound._replace(kind=kind), layer.operation)
        if len(FUNCTIONS) > 5000:
            FUNCTIONS.clear()
    return known[1]


ALIGNED = frozenset(
    {
        "ops.add",
        "ops.subtract",
        "ops.multiply",
        "ops.divide",
        "ops.maximum",
        "ops.minimum",
        "ops.matmul",
        "add",
        "sub",
        "mul",
        "div",
        "maximum",
        "minimum",
        "matmul",
        "true_divide",
        "subtract",
    }
)
"""Functions of tensors whose shapes are aligned from the last axis."""


def operands_of(tensors: tuple[Tensor, ...]) -> tuple[Shape | None, ...]:
    """The shapes of weights and constants among the operands; none where all depend on inputs."""
    if all(each.row is not None for each in tensors) or all(each.row is None for each in tensors):
        return ()
    return tuple(None if each.row is not None else each.shape for each in tensors)


def across(
    m: Machine, kind: LayerType, positional: list[Value], keywords: dict[str, Value], tensors: tuple[Tensor, ...]
) -> Lowered:
    """The same word with the batch as an axis like any other: its axes are counted from one more."""
    rank = max((len(each.shape or ()) for each in tensors), default=0)
    given: dict[str, Value] = dict(zip(positional_arguments(model_of(kind)), positional, strict=False))
    shifted = shifted_arguments(kind, given | keywords, rank)
    lowered = lower(m, kind, (), shifted)
    aligned = kind.name in ALIGNED and len(tensors) > 1
    wrapped = Applied(lowered.operation, operands_of(tensors), True, m.trace.builder.batch, False, aligned)
    return again(lowered, wrapped)


def made(name: str, operation: Operation, arguments: dict[str, Any] | None = None) -> Lowered:
    """A function of no vocabulary, by its operation."""
    kind = LayerType("pytorch", name, "", "", None, True)
    return Lowered(BoundLayer(kind, Layer(), arguments or {}, {}), operation)


def apply_operation(
    m: Machine,
    name: str,
    operation: Operation,
    tensors: list[Tensor] | tuple[Tensor, ...],
    dtype: str | None = None,
    arguments: dict[str, Any] | None = None,
    read: tuple[Tensor, ...] = (),
) -> tuple[Tensor, ...]:
    """An operation that has no word, on tensors: it sees the whole batch."""
    given = tuple(tensors)
    wrapped = Applied(operation, operands_of(given), batch=m.trace.builder.batch, whole=True)
    lowered = made(name, wrapped, arguments)
    flowing = tuple(each for each in given if each.row is not None)
    if not flowing:
        lowered = made(name, operation, arguments)
    try:
        if all(each.shape is not None for each in given):
            lowered.answer(tuple(each.shape for each in flowing or given))  # type: ignore[misc]
    except Fault as fault:
        return (m.trace.fail(m, name, given, fault),)
    return m.trace.apply(m, name, lowered, given, read, dtype=dtype or (given[0].dtype if given else None))


def einsum(m: Machine, equation: Value, *operands: Value) -> Value:
    """``torch.einsum``."""
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], list | tuple) else list(operands)
    return one(apply_operation(m, "einsum", Einsum(equation), tensors, arguments={"equation": equation}))


def expand(m: Machine, tensor: Tensor, *sizes: Value) -> Value:
    """``expand``."""
    wanted = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes
    if is_unknown(wanted):
        return m.trace.fail(m, "expand", (tensor,), m.opaque("a size of expand"))
    return one(apply_operation(m, "expand", Expand(tuple(wanted)), [tensor]))


def attention(
    m: Machine, query: Tensor, key: Tensor, value: Tensor, attn_mask: Value = None, *_: Value, **__: Value
) -> Value:
    """``F.scaled_dot_product_attention``."""
    return one(apply_operation(m, "scaled_dot_product_attention", Attention(), [query, key, value]))


__all__ = ["Callable", "attention", "einsum", "expand", "function", "listed"]
