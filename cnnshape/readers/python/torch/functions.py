"""Functions of ``torch`` and ``torch.nn.functional``, which are methods of tensors too: one declaration for all three.

What the vocabulary has is told there, what is called in a way of its own in `special`; here are those that only
change values, and how arguments are found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.applying import apply, apply_operation, is_list_of_tensors, taken, tensors_in
from cnnshape.readers.python.torch.making import COMPUTED, MAKERS, computed
from cnnshape.readers.python.torch.strides import EXCHANGES, lying_in_order, reordered
from cnnshape.readers.python.values import Opaque, Parameter, Stop, Tensor, Value, now, pairs, words
from cnnshape.vocabularies.vocabulary import vocabulary

ELEMENTWISE = words(
    "sin cos erfinv erfinv_ tan sinh cosh asin acos atan erf erfc log1p log2 log10 expm1 floor ceil round trunc frac "
    "sign reciprocal logical_not bitwise_not isnan isinf isfinite nan_to_num digamma lgamma logit cumsum cumprod triu "
    "tril roll deg2rad relu_ sigmoid_ elu_ softsign_ quantize fmod remainder bernoulli fft_ dropout_ hardswish_ "
    "feature_dropout renorm polygamma argsort"
)
"""Functions whose output has its input's shape; what else they take changes values alone."""
SAME = words(
    "contiguous clone detach detach_ to type float half double bfloat16 int long bool short byte cpu cuda data "
    "requires_grad_ type_as pin_memory retain_grad positive alias conj resolve_conj register_hook normal_ uniform_ "
    "zero_ fill_ copy_ random_ trunc_normal_ xavier_uniform_ ones_ requires_grad share_memory_ kaiming_normal_ "
    "kaiming_uniform_ constant_ eye_ exponential_ clone_ asarray set_ real imag"
)
"""What answers its tensor: a change of values in place, of type or of device."""
TOGETHER = words(
    "where masked_fill masked_fill_ lerp addcmul addcdiv atan2 fmod_ remainder_ logical_and logical_or logical_xor "
    "floor_divide bitwise_and bitwise_or bitwise_xor maximum_ minimum_ pow_ heaviside hypot isclose copysign fmax fmin "
    "floordiv mod rsub and or xor"
)
"""Functions of several tensors whose shapes broadcast."""
COMPARED = words("eq ne lt le gt ge")
"""Likewise, and booleans."""
SPREAD = words("permute flip tile")
"""Methods whose axes may be several arguments."""
BINARY = words("add sub mul div subtract true_divide")
QUERY = ("query", "key", "value")
SECOND_NAMES = pairs("multiply mul divide div mm matmul dropout_ dropout max_pool1d_with_indices max_pool1d")
INPUTS = ("input", "self", "tensors", "tensor", "x", "other", "mat2", "tensor1", "tensor2", "vec2", *QUERY)
"""Keywords that tensors are given by, in their order."""
SPECIAL: dict[str, Callable[..., Value]] = {**MAKERS}
"""Functions that are called in a way of their own."""


def is_function(name: str) -> bool:
    """Whether there is a function of that name."""
    plain = name.rstrip("_")
    kind = vocabulary("pytorch").find_exact(SECOND_NAMES.get(plain, plain))
    tables = (ELEMENTWISE, SAME, TOGETHER, COMPARED, SPECIAL)
    return (kind is not None and kind.operator) or any(each in names for each in (name, plain) for names in tables)


def function(name: str, positional: list[Any], keywords: dict[str, Any]) -> Value:
    """A function by its name, on tensors and arguments."""
    special = SPECIAL.get(name)
    if special is not None:
        return special(*positional, **keywords)
    if name.endswith("_") and not name.endswith("__") and name not in SAME:
        return in_place(positional[0], function(name.rstrip("_"), positional, keywords))
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
    given = tensors_in([*positional, *keywords.values()])
    if unknown is not None:
        return now().trace.fail(name, given, unknown)
    if name in ELEMENTWISE:
        return apply(name, "abs", (as_tensor(positional[0]),), [], {})
    if name in TOGETHER or name in COMPARED:
        return apply_operation(name, Broadcast(), given, "bool" if name in COMPARED else None)
    kind = vocabulary("pytorch").find_exact(SECOND_NAMES.get(name, name))
    if kind is None:
        raise Stop("CS601", f"the function `{name}` is not known here")
    if name in SPREAD and len(positional) > 2 and not isinstance(positional[1], list | tuple):
        positional = [positional[0], tuple(positional[1:])]
    tensors, rest = take_tensors(positional, keywords)
    if kind.name in BINARY and len(tensors) == 1 and rest and not keywords:
        keywords, rest = {"other": rest[0]}, rest[1:]
    result = apply(name, kind.name, tensors, rest, keywords)
    if kind.name in EXCHANGES and isinstance(result, Tensor) and result.shape is not None:
        reordered(tensors[0], result, EXCHANGES[kind.name](len(result.shape), rest, keywords))
    return result


def in_place(target: Value, result: Value) -> Value:
    """The tensor that a function has overwritten."""
    if not (isinstance(target, Tensor) and isinstance(result, Tensor)):
        return result
    target.row, target.output, target.shape = result.row, result.output, result.shape
    target.unknown = result.unknown
    if not isinstance(target, Parameter):
        target.parameters = result.parameters
    return target


def take_tensors(positional: list[Value], keywords: dict[str, Value]) -> tuple[tuple[Tensor, ...], list[Value]]:
    """The tensors that a function is called with, and its other arguments; keywords lose theirs."""
    rest = list(positional)
    found: list[Value] = []
    while rest and (isinstance(rest[0], Tensor) or is_list_of_tensors(rest[0])):
        found.append(rest.pop(0))
    return tensors_in([*found, *taken(keywords, INPUTS)]), rest


def as_tensor(value: Value) -> Tensor:
    """A tensor, or a number as one."""
    if isinstance(value, int | float):
        return Tensor(())
    if not isinstance(value, Tensor):
        raise TypeError(f"a tensor is needed, got {type(value).__name__}")
    return value
