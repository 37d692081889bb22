"""Functions of ``torch`` and ``torch.nn.functional``, which are methods of tensors too: one declaration for all three.

What the vocabulary has is told there; here are how its words are called, and those that only change values.
`special` has what is called in a way of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from math import isfinite, trunc
from typing import Any

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.importing import told
from cnnshape.readers.python.language.values import Opaque, Parameter, Stop, Symbol, Tensor, Value, now, pairs, words
from cnnshape.readers.python.library.arrays import Array
from cnnshape.readers.python.library.elements import elementwise
from cnnshape.readers.python.library.records import namedtuple
from cnnshape.readers.python.rows.applying import apply, apply_operation, is_list_of_tensors, taken, tensors_in
from cnnshape.readers.python.torch.making import COMPUTED, MAKERS, computed, detached, overwrite, refilled
from cnnshape.vocabularies.vocabulary import vocabulary

ELEMENTWISE = words("bernoulli bitwise_not deg2rad logit polygamma quantize renorm")
"""Functions whose output has its input's shape; what else they take changes values alone."""
SAME = words(
    "clone detach detach_ to type float half double bfloat16 int long bool short byte cpu cuda data requires_grad_ "
    "type_as pin_memory retain_grad alias conj resolve_conj register_hook normal_ uniform_ zero_ fill_ copy_ random_ "
    "trunc_normal_ xavier_uniform_ ones_ requires_grad share_memory_ kaiming_normal_ kaiming_uniform_ constant_ eye_ "
    "exponential_ clone_ asarray set_"
)
"""What answers its tensor: a change of values in place, of type or of device."""
UNTOLD = words("clone detach detach_")
"""Of these, what changes memory: a copy, and what the backward pass does not come by."""
TYPES = pairs("float float32 double float64 half float16 long int64 int int32 short int16")
FLOATS = words("float32 float64 float16 bfloat16")
DTYPES = FLOATS | {*TYPES, *TYPES.values(), "bool", "uint8", "int8"}
CONVERSIONS: dict[str, str | None] = {
    **{name: name for name in words("float double half bfloat16 long int short bool")},
    **dict.fromkeys(words("to type type_as"), None),
}
"""Functions that make a tensor one of another type, which they name, or are given."""
REFILLED = words("normal_ uniform_ zero_ fill_ copy_ random_ trunc_normal_ ones_ constant_ eye_ exponential_ set_")
"""Of these, what changes values."""
TOGETHER = words(
    "addcmul addcdiv and or xor bitwise_and bitwise_or bitwise_xor heaviside isclose floordiv mod rsub fmod pow lerp "
    "remainder masked_fill where"
)
"""Functions of several tensors whose shapes broadcast, whichever of their arguments are tensors."""
BOOLEAN = words("eq ne lt le gt ge logical_and logical_or logical_xor logical_not isnan isinf isfinite isclose")
"""Functions that answer booleans."""
BY_VALUES = words("nonzero argwhere masked_select unique unique_consecutive bincount nms")
"""Functions whose shape follows from values."""
SECOND_NAMES = pairs("mm matmul max_pool1d_with_indices max_pool1d feature_dropout dropout split_with_sizes split")
INPUTS = (
    *("input", "self", "tensors", "tensor", "x", "other", "mat2", "tensor1", "tensor2", "vec2"),
    *("query", "key", "value", "mask", "condition", "index"),
)
"""Keywords that tensors are given by."""
INDEXED = words("max min median mode topk sort cummax cummin")
"""Functions that answer values, and where they were."""
VALUES = namedtuple("return_types", "values indices", module="torch")
SPECIAL: dict[str, Callable[..., Value]] = {**MAKERS}
"""Functions that are called in a way of their own."""


TOLD = words(
    "trace complex diag_embed aminmax diagonal dstack kron kthvalue logspace matrix_norm nanquantile quantile rot90 "
    "tensordot"
)
"""Functions that are made of others: ``told/torch_functions.py`` is their source."""


def is_function(name: str) -> bool:
    """Whether there is a function of that name."""
    plain = name.rstrip("_")
    kind = vocabulary("pytorch").find_exact(SECOND_NAMES.get(plain, plain))
    tables = (ELEMENTWISE, SAME, TOGETHER, SPECIAL, BY_VALUES, COMPUTED, TOLD)
    return (kind is not None and kind.operator) or any(each in names for each in (name, plain) for names in tables)


def function(name: str, positional: list[Any], keywords: dict[str, Any]) -> Value:
    """A function by its name, on tensors and arguments."""
    special = SPECIAL.get(name)
    if special is not None:
        return special(*positional, **keywords)
    if name in TOLD:
        return call(now(), told("torch_functions").get(name), positional, keywords)
    if name in SAME:
        if name in UNTOLD and isinstance(positional[0], Tensor) and positional[0].row is not None:
            now().note(f"what memory takes is told as if `{name}` were not there")
        if name in ("clone", "detach"):
            return deepcopy(detached(positional[0])) if name == "clone" else detached(positional[0])
        if name in CONVERSIONS and isinstance(positional[0], Tensor):
            return converted(name, *positional, **keywords)
        return refilled(positional[0]) if name in REFILLED else positional[0]
    if name.endswith("_") and not name.endswith("__"):
        return in_place(positional[0], function(name.rstrip("_"), positional, keywords))
    if keywords.pop("out", None) is not None:
        raise Stop("CS601", f"{name} with out= is not read")
    known = computed(name, positional, keywords)
    return plainly(name, positional, keywords) if known is None else known


def converted(name: str, tensor: Tensor, *positional: Value, **keywords: Value) -> Value:
    """A tensor as another type: numbers of booleans and indices, and these of numbers, are tensors of their own."""
    asked = [CONVERSIONS[name], *(each.dtype if isinstance(each, Tensor) else each for each in positional)]
    asked += keywords.values()
    names = [each.name.removeprefix("torch.") if isinstance(each, Symbol) else each for each in asked]
    dtype = next((TYPES.get(each, each) for each in names if isinstance(each, str) and each in DTYPES), tensor.dtype)
    if tensor.dtype == dtype or (tensor.dtype in FLOATS and dtype in FLOATS):
        return tensor if tensor.dtype == dtype else deepcopy(tensor)
    if tensor.row is not None:
        return apply_operation(name, Broadcast(whole=True), [tensor], dtype)
    made = Tensor(tensor.shape, dtype=dtype, parameters=tensor.parameters, unknown=tensor.unknown)
    made.data = as_type(tensor.data, dtype)
    return made


def as_type(data: Value, dtype: str | None) -> Value:
    """The numbers of a tensor as those of another type."""
    kind = bool if dtype == "bool" else float if dtype in FLOATS else trunc
    numbers = data.values if isinstance(data, Array) else (data,)
    known = all(isinstance(each, int | float) and isfinite(each) for each in numbers)
    return elementwise(kind)(data) if known else None


def plainly(name: str, positional: list[Any], keywords: dict[str, Any]) -> Value:
    """A function that is called as its word says: its tensors come first, or by the names that tensors have."""
    dtype = keywords.pop("dtype", None)
    given = tensors_in([*positional, *keywords.values()])
    unknown = next((each for each in positional if isinstance(each, Opaque)), None)
    if unknown is not None:
        return now().trace.fail(name, given, unknown)
    if name in TOGETHER and (len(given) > 1 or name not in vocabulary("pytorch").types):
        return apply_operation(name, Broadcast(whole=True), given, "bool" if name in BOOLEAN else None)
    kind = vocabulary("pytorch").find_exact("abs" if name in ELEMENTWISE else SECOND_NAMES.get(name, name))
    if kind is None and (name in BY_VALUES or name in COMPUTED):
        return now().trace.fail(name, given, now().opaque(f"the values of a tensor, of which `{name}` makes its shape"))
    if kind is None:
        from cnnshape.readers.python.library.offered import unread  # seldom

        raise unread("torch", name)
    tensors, rest = take_tensors(positional, keywords)
    keywords, rest = ({}, []) if name in ELEMENTWISE else (keywords, rest)
    row = name.removeprefix("fft.")
    result = apply(row, kind.name, tensors, rest, keywords, dtype=type_of(name, dtype))
    if kind.name not in INDEXED:
        return result
    return VALUES(*(result if isinstance(result, tuple) else (result, result)))


def type_of(name: str, asked: Value) -> str | None:
    """The type of what a function answers; None: that of its first tensor."""
    if name in BOOLEAN:
        return "bool"
    return asked.name.removeprefix("torch.") if isinstance(asked, Symbol) else None


def in_place(target: Value, result: Value) -> Value:
    """The tensor that a function has overwritten."""
    if not (isinstance(target, Tensor) and isinstance(result, Tensor)):
        return result
    target.row, target.output, target.shape = result.row, result.output, result.shape
    target.unknown, target.strides = result.unknown, result.strides
    overwrite(target, result.data)
    now().trace.watch(target)
    if not isinstance(target, Parameter):
        target.parameters = result.parameters
    return target


def take_tensors(positional: list[Value], keywords: dict[str, Value]) -> tuple[tuple[Tensor, ...], list[Value]]:
    """The tensors that a function is called with, and its other arguments; keywords lose theirs."""
    found = [each for each in positional if isinstance(each, Tensor) or is_list_of_tensors(each)]
    rest = [each for each in positional if not (isinstance(each, Tensor) or is_list_of_tensors(each))]
    return tensors_in([*found, *taken(keywords, INPUTS)]), rest
