"""What functions of `keras.ops` give: the shapes of tensors (`Array`) and the other arguments to outputs and costs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
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


def unary(x: Any, *_: Any, **__: Any) -> Made:
    """One operation per element."""
    return Made((shape_of(x),), flops=product_of(shape_of(x)))


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


def moments(x: Any, axes: Any, keepdims: bool = False, **_: Any) -> Made:
    """Mean and variance."""
    output = t.reduced(shape_of(x), axes, keepdims)
    return Made((output, output), flops=product_of(shape_of(x)) * 4)


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


def reshape(x: Any, newshape: Any = None, **_: Any) -> Made:
    """The target."""
    return Made((t.reshaped(shape_of(x), [-1 if size is None else size for size in newshape]),))


def transpose(x: Any, axes: Any = None, **_: Any) -> Made:
    """The axes in another order."""
    return Made((t.permuted(shape_of(x), axes),))


def swapaxes(x: Any, axis1: int, axis2: int, **_: Any) -> Made:
    """Two axes exchanged."""
    order = list(range(len(shape_of(x))))
    one, other = t.axes_of([axis1], len(order))[0], t.axes_of([axis2], len(order))[0]
    order[one], order[other] = order[other], order[one]
    return Made((t.permuted(shape_of(x), order),))


def moveaxis(x: Any, source: Any, destination: Any, **_: Any) -> Made:
    """Axes at other places."""
    shape = shape_of(x)
    moved = list(t.axes_of(axes(source), len(shape)))
    order = [axis for axis in range(len(shape)) if axis not in moved]
    for place, axis in sorted(zip(t.axes_of(axes(destination), len(shape)), moved, strict=True)):
        order.insert(place, axis)
    return Made((t.permuted(shape, order),))


def expand_dims(x: Any, axis: Any, **_: Any) -> Made:
    """New axes of 1."""
    return Made((t.with_ones(shape_of(x), axes(axis)),))


def squeeze(x: Any, axis: Any = None, **_: Any) -> Made:
    """Without axes of 1."""
    return Made((t.without(shape_of(x), axes(axis)),))


def concatenate(xs: Any, axis: int = 0, **_: Any) -> Made:
    """One after the other."""
    return Made((t.joined([shape_of(each) for each in xs], axis),))


def stack(x: Any, axis: int = 0, **_: Any) -> Made:
    """Along a new axis."""
    return Made((t.stacked([shape_of(each) for each in x], axis),))


def split(x: Any, indices_or_sections: Any, axis: int = 0, **_: Any) -> Made:
    """Equal parts, or cut at indices."""
    shape = shape_of(x)
    axis = t.axis_of(axis, len(shape))
    size = shape[axis]
    if isinstance(indices_or_sections, int):
        parts: list[Size] = [size // indices_or_sections] * bounded(indices_or_sections)
    else:
        cuts = [0, *indices_or_sections]
        parts = [after - before for before, after in pairwise(cuts)] + [size - cuts[-1]]
    return Made(tuple([(*shape[:axis], part, *shape[axis + 1 :]) for part in parts]))


def unstack(x: Any, num: int | None = None, axis: int = 0, **_: Any) -> Made:
    """One tensor for each index of an axis."""
    shape = shape_of(x)
    axis = t.axis_of(axis, len(shape))
    count = num if num is not None else shape[axis]
    if not isinstance(count, int):
        raise ValueError(f"how many tensors axis {axis} of {t.written(shape)} makes is not known")
    return Made(((*shape[:axis], *shape[axis + 1 :]),) * bounded(count))


def bounded(count: int) -> int:
    """A number of outputs that anybody has."""
    if not 1 <= count <= 10_000:
        raise ValueError(f"{count} outputs")
    return count


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


def broadcast_to(x: Any, shape: Any, **_: Any) -> Made:
    """The stated shape."""
    return Made((tuple(shape),))


def one_hot(x: Any, num_classes: int, axis: int = -1, **_: Any) -> Made:
    """A new axis of classes."""
    shape = shape_of(x)
    axis = t.axis_of(axis, len(shape) + 1)
    return Made(((*shape[:axis], num_classes, *shape[axis:]),))


def resize(images: Any, size: Any, data_format: str | None = None, **_: Any) -> Made:
    """Height and width as stated; 7 operations a pixel where it interpolates."""
    shape = shape_of(images)
    height, width = size
    first = data_format == "channels_first"
    output = (*shape[:-2], height, width) if first else (*shape[:-3], height, width, shape[-1])
    return Made((output,), flops=product_of(output) * 7)


def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    **_: Any,
) -> Made:
    """The elements of each window in place of the channels."""
    shape = shape_of(images)
    first = data_format == "channels_first"
    channels = shape[-3] if first else shape[-1]
    kernel = list(size) if isinstance(size, list) else [size, size]
    dilation = dilation_rate if isinstance(dilation_rate, list) else [dilation_rate] * 2
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    batched = shape if len(shape) == 4 else (1, *shape)
    counts = windows(batched, extents, kernel if strides is None else strides, padding, data_format)[0]
    features = channels * kernel[0] * kernel[1]
    return Made(((*shape[:-3], features, *counts) if first else (*shape[:-3], *counts, features),))


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


def pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None, **_: Any
) -> Made:
    """Windows that slide; one operation for each element of a window."""
    shape = shape_of(inputs)
    counts, axis = windows(shape, pool_size, strides, padding, data_format)
    output = (shape[0], shape[1], *counts) if axis == 1 else (shape[0], *counts, shape[-1])
    taps = product_of(pool_size if isinstance(pool_size, list) else [pool_size] * len(counts))
    return Made((output,), flops=product_of(output) * taps)


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


def glu(x: Any, axis: int = -1, **_: Any) -> Made:
    """Half of an axis, gated by the other half."""
    shape = list(shape_of(x))
    shape[t.axis_of(axis, len(shape))] //= 2
    return Made((tuple(shape),), flops=product_of(shape) * 2)


def top_k(x: Any, k: int, **_: Any) -> Made:
    """The largest along the last axis, and their places."""
    output = (*shape_of(x)[:-1], k)
    return Made((output, output), flops=product_of(shape_of(x)))


def attention(query: Any, key: Any, value: Any, **_: Any) -> Made:
    """Scaled dot products of (batch, positions, heads, features)."""
    batch, asked, heads, width = shape_of(query)
    read, size = shape_of(key)[1], shape_of(value)[3]
    scores = batch * heads * asked * read
    macs = scores * (width + size)
    return Made(((batch, asked, heads, size),), macs, macs * 2 + scores * 4)


def where(condition: Any, x1: Any = None, x2: Any = None, **_: Any) -> Made:
    """One of two tensors per element."""
    return elementwise(condition, x1, x2)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any) -> Made:
    """The length along axes: two operations an element."""
    return reduce(x, axis, keepdims)._replace(flops=product_of(shape_of(x)) * 2)


def vectorized(x: Any, *_: Any, **__: Any) -> Made:
    """Softmax and the like over any axes: three operations an element."""
    return Made((shape_of(x),), flops=product_of(shape_of(x)) * 3)


UNARY = """
abs absolute arccos arcsin arctan ceil celu clip conj cos cosh cumprod cumsum elu erf erfinv exp exp2 expm1 floor
gelu hard_shrink hard_sigmoid hard_silu hard_tanh isfinite isinf isnan leaky_relu log log10 log1p log2 log_sigmoid
logical_not negative reciprocal relu relu6 round rsqrt selu sigmoid sign silu sin sinh soft_shrink softplus softsign
sparse_plus sparse_sigmoid sqrt square squareplus swish tan tanh tanh_shrink threshold nan_to_num
"""
BINARY = """
add arctan2 divide divide_no_nan equal floor_divide greater greater_equal less less_equal logical_and logical_or
logical_xor maximum minimum mod multiply not_equal power subtract true_divide
"""
REDUCTIONS = """
all amax amin any argmax argmin count_nonzero logsumexp max mean min prod std sum var average median
"""

OWN_RULES: tuple[Rule, ...] = (
    *(broadcast_to, concatenate, conv, dot, einsum, expand_dims, extract_patches, get_item, glu, matmul),
    *(moments, moveaxis, norm, one_hot, pad, repeat, reshape, resize, split, squeeze, stack, swapaxes),
    *(take, tile, top_k, transpose, unstack, where),
)
"""Rules that have the names of their functions."""

RULES: dict[str, Rule] = {
    **dict.fromkeys(UNARY.split(), unary),
    **dict.fromkeys(BINARY.split(), elementwise),
    **dict.fromkeys(REDUCTIONS.split(), reduce),
    **dict.fromkeys(
        ("flip", "roll", "cast", "copy", "stop_gradient", "identity", "zeros_like", "ones_like", "sort"), kept
    ),
    **dict.fromkeys(("softmax", "log_softmax", "sparsemax", "normalize", "rms_normalization"), vectorized),
    "average_pool": pool,
    "max_pool": pool,
    "dot_product_attention": attention,
    "layer_norm": vectorized,
    **{rule.__name__: rule for rule in OWN_RULES},
}
"""Functions of `keras.ops`, by their names."""
