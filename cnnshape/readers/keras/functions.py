"""What functions of `keras.ops` give: the shapes of tensors (`Array`) and the other arguments to outputs and costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Size, Sizes, product_of
from cnnshape.value import NamedTuple


class Made(NamedTuple):
    """What a function gives: its outputs, the products of the whole batch, and operations beside them."""

    outputs: tuple[Sizes, ...]
    macs: Size = 0
    flops: Size = 0


Rule = Callable[..., Made]


class Array(tuple[Size, ...]):
    """The shape of a tensor among the arguments of a function."""

    __slots__ = ()


def shape_of(value: Any) -> Sizes:
    """The shape of an argument: numbers have none, lists of numbers that of their nesting."""
    if isinstance(value, Array):
        return tuple(value)
    if isinstance(value, list):
        return (len(value), *(shape_of(value[0]) if value else ()))
    return ()


def elementwise(*arguments: Any, **_: Any) -> Made:
    """One operation per element of what all tensors broadcast to."""
    output = t.broadcast_shapes(*[shape_of(each) for each in arguments])
    return Made((output,), flops=product_of(output))


def kept(x: Any, *_: Any, **__: Any) -> Made:
    """The same shape at no cost."""
    return Made((shape_of(x),))


def reduce(x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Made:
    """One value for the elements along the axes; one operation for each that is read."""
    output = t.reduced(shape_of(x), axes(axis), keepdims)
    return Made((output,), flops=product_of(shape_of(x)))


def axes(axis: Any) -> Any:
    """One axis or several as a list; None for all."""
    return [axis] if isinstance(axis, int) else axis


def matmul(x1: Any, x2: Any, **_: Any) -> Made:
    """NumPy's matrix product."""
    output, summed = t.multiplied(shape_of(x1), shape_of(x2))
    macs = product_of(output) * summed
    return Made((output,), macs, macs * 2)


def dot(x1: Any, x2: Any, **_: Any) -> Made:
    """NumPy's ``dot``: the last axis of one with the second last of the other, all others side by side."""
    one, other = shape_of(x1), shape_of(x2)
    if not one or not other:
        return elementwise(x1, x2)
    output = (*one[:-1], *other[:-2], *other[-1:]) if len(other) > 1 else one[:-1]
    macs = product_of(output) * one[-1]
    return Made((output,), macs, macs * 2)


def einsum(*operands: Any, subscripts: str = "", **_: Any) -> Made:
    """An Einstein sum; its products are those of all its letters."""
    flat = [each for one in operands for each in (one if isinstance(one, list) else [one])]
    output, macs = t.einsum(subscripts, [shape_of(each) for each in flat])
    return Made((output,), macs, macs * 2)


def expand_dims(x: Any, axis: Any, **_: Any) -> Made:
    """New axes of 1."""
    return Made((t.with_ones(shape_of(x), axes(axis)),))


def get_item(x: Any, key: Any, **_: Any) -> Made:
    """NumPy's basic indexing: numbers, slices, ``...`` and new axes."""
    shape = list(shape_of(x))
    keys = list(key) if isinstance(key, list | tuple) and not isinstance(key, Array) else [key]
    taken = sum(each is not None and each is not ... for each in keys)
    if ... in keys:
        at = keys.index(...)
        keys[at : at + 1] = [slice(None)] * (len(shape) - taken)
    output: list[Size] = []
    for each in keys:
        if each is None:
            output.append(1)
            continue
        if not shape:
            raise ValueError(f"{len(keys)} indices for {len(shape_of(x))} axes")
        size = shape.pop(0)
        if isinstance(each, slice):
            output.append(t.sliced(size, each.start, each.stop, each.step))
        elif isinstance(each, Array):
            output += each
    return Made(((*output, *shape),))


def pad(x: Any, pad_width: Any = None, **_: Any) -> Made:
    """Elements before and after each axis."""
    shape = shape_of(x)
    widths = pad_width if isinstance(pad_width, list) else [pad_width]
    pairs = [each if isinstance(each, list) else [each, each] for each in widths]
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    return Made((tuple([size + low + high for size, (low, high) in zip(shape, pairs, strict=True)]),))


def tile(x: Any, repeats: Any, **_: Any) -> Made:
    """Every axis repeated as a whole."""
    shape, counts = shape_of(x), axes(repeats)
    rank = max(len(shape), len(counts))
    padded = (*(1,) * (rank - len(shape)), *shape)
    counts = [1] * (rank - len(counts)) + list(counts)
    return Made((tuple([size * count for size, count in zip(padded, counts, strict=True)]),))


def repeat(x: Any, repeats: int, axis: int | None = None, **_: Any) -> Made:
    """Every element repeated."""
    shape = shape_of(x)
    if axis is None:
        return Made(((product_of(shape) * repeats,),))
    axis = t.axis_of(axis, len(shape))
    return Made(((*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]),))


def take(x: Any, indices: Any, axis: int | None = None, **_: Any) -> Made:
    """Elements by their indices along an axis."""
    if axis is None:
        return Made((shape_of(indices),))
    return Made((t.gathered(shape_of(x), shape_of(indices), axis),))


def one_hot(x: Any, num_classes: int, axis: int = -1, **_: Any) -> Made:
    """A new axis of classes."""
    shape = shape_of(x)
    axis = t.axis_of(axis, len(shape) + 1)
    return Made(((*shape[:axis], num_classes, *shape[axis:]),))


def windows(shape: Sizes, kernel: Any, strides: Any, padding: str, data_format: Any) -> tuple[Sizes, int]:
    """How many windows fit each spatial axis, and where the channels lie."""
    rank = len(shape) - 2
    first = data_format == "channels_first"
    spatial = shape[2:] if first else shape[1:-1]
    sizes = kernel if isinstance(kernel, list | tuple) else [kernel] * rank
    steps = sizes if strides is None else strides if isinstance(strides, list | tuple) else [strides] * rank
    counts = [
        (size + step - 1) // step if padding == "same" else t.windows(size, extent, step, 0)
        for size, extent, step in zip(spatial, sizes, steps, strict=True)
    ]
    return tuple(counts), 1 if first else len(shape) - 1


def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
    **_: Any,
) -> Made:
    """A convolution with a kernel of (..., in, out) that is a tensor of the graph."""
    shape, weight = shape_of(inputs), shape_of(kernel)
    dilation = dilation_rate if isinstance(dilation_rate, list) else [dilation_rate] * (len(weight) - 2)
    extents = [(size - 1) * each + 1 for size, each in zip(weight[:-2], dilation, strict=True)]
    counts, axis = windows(shape, extents, strides, padding, data_format)
    output = (shape[0], weight[-1], *counts) if axis == 1 else (shape[0], *counts, weight[-1])
    macs = product_of(output) * product_of(weight[:-1])
    return Made((output,), macs, macs * 2)


def layer_norm(x: Any, *_: Any, **__: Any) -> Made:
    """Three operations an element."""
    return Made((shape_of(x),), flops=product_of(shape_of(x)) * 3)


def where(condition: Any, x1: Any = None, x2: Any = None, **_: Any) -> Made:
    """One of two tensors per element."""
    return elementwise(condition, x1, x2)


BINARY = """
add arctan2 divide divide_no_nan equal floor_divide greater greater_equal less less_equal logical_and logical_or
logical_xor maximum minimum mod multiply not_equal power subtract true_divide conj exp2
"""
REDUCTIONS = """
all amax amin any argmax argmin count_nonzero logsumexp max mean median min prod std sum var average
"""
KEPT = "cast copy identity ones_like stop_gradient zeros_like"
OWN_RULES: tuple[Rule, ...] = (
    *(conv, dot, einsum, expand_dims, get_item, layer_norm, matmul, one_hot, pad, repeat, take, tile, where),
)
"""Rules that have the names of their functions."""

RULES: dict[str, Rule] = {
    **dict.fromkeys(BINARY.split(), elementwise),
    **dict.fromkeys(REDUCTIONS.split(), reduce),
    **dict.fromkeys(KEPT.split(), kept),
    **{rule.__name__: rule for rule in OWN_RULES},
}
"""By their names, the functions that have no word in the vocabulary, or are called on constants as no word is."""
