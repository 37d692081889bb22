"""Functions of `keras.ops` that models use beside layers: choosing, ordering, comparing, images, poolings, products.

The tensors are the row's inputs, as in `operators`. Axes count the batch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import choosing
from cnnshape.operations.activation import Activation
from cnnshape.operations.attention import HeadedAttention
from cnnshape.operations.choosing import AlongAxis, Choice, Moved, Sliced, Taken
from cnnshape.operations.described import Constant, counted
from cnnshape.operations.lookup import Categories
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import Pooling, WithIndices
from cnnshape.operations.reduction import Moments, Reduce
from cnnshape.operations.tensors import Broadcast, Einsum, Expand
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.keras.values import Axes, DataFormat, Padding, layout, named
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Extended, Integer, Kept, Number, Positive, integer
from cnnshape.vocabularies.vocabulary import LayerType


def Each(kind: LayerType) -> Operation:
    """A function of each element by itself."""
    return Activation(kind.name.removeprefix("ops."))


def Rounded(decimals: Integer = 0) -> Operation:
    """round: each element by itself."""
    return AlongAxis()


def Replaced(nan: Number = 0.0, posinf: Extended | None = None, neginf: Extended | None = None) -> Operation:
    """nan_to_num: each element by itself."""
    return AlongAxis()


def Cast(dtype: str) -> Operation:
    """cast: the same numbers in another type."""
    return Identity()


def Triangle(k: Integer = 0) -> Operation:
    """triu, tril: what lies above, or below, a diagonal of the last two axes."""
    return AlongAxis(flops=0)


def Cumulative(kind: LayerType, axis: Integer | None = None, dtype: Kept = None) -> Operation:
    """cumsum, cumprod: of all elements so far along an axis."""
    return AlongAxis(named(kind, axis, "run over"))


def Rolled(kind: LayerType, shift: Kept, axis: Integer | None = None) -> Operation:
    """roll: elements moved along an axis, those that leave at the end come in at the beginning."""
    return AlongAxis(named(kind, axis, "roll"), flops=0, stays=shift == 0)


def Ordered(axis: Integer = -1) -> Operation:
    """sort, argsort: along an axis."""
    return AlongAxis(axis, flops=0)


def Largest(k: Positive, sorted: bool = True) -> Operation:
    """top_k: the largest along the last axis, and where they were."""
    return WithIndices(choosing.Largest(-1, k))


def Where(kind: LayerType, axis: Integer | None = None, keepdims: bool = False) -> Operation:
    """argmax, argmin: the place of the extreme along an axis."""
    return Reduce((named(kind, axis, "reduce"),), "max", keepdims)


def Sums(kind: LayerType, axis: Axes | None = None, keepdims: bool = False) -> Operation:
    """logsumexp, all, any, median: one number along axes."""
    axes = axis or (named(kind, None, "reduce"),)
    return Reduce(axes, "sum" if kind.name == "ops.logsumexp" else "max", keepdims)


def Product(kind: LayerType, axis: Axes | None = None, keepdims: bool = False, dtype: Kept = None) -> Operation:
    """prod: one number along axes."""
    return Reduce(axis or (named(kind, None, "reduce"),), "sum", keepdims)


def MomentsOver(axes: Axes, keepdims: bool = False, synchronized: bool = False) -> Operation:
    """moments: the mean and the variance over axes."""
    return Moments(axes, keepdims)


def Compared(x1: Number | None = None, x2: Number | None = None) -> Operation:
    """Comparisons, logic, powers and remainders: of two tensors whose shapes broadcast, or of one and a number."""
    return Broadcast() if x1 is None and x2 is None else AlongAxis()


def Chosen(x1: Number | None = None, x2: Number | None = None) -> Operation:
    """where: called with a condition and two tensors, whose shapes broadcast."""
    return Broadcast()


def Unstacked(num: Positive | None = None, axis: Integer = 0) -> Operation:
    """unstack: every index of an axis as an output."""
    return Choice(axis)


def places(value: object, info: Info) -> int | tuple[int, ...]:
    """An index, or several; negative ones count from the end."""
    return tuple(integer(each, info) for each in value) if isinstance(value, list | tuple) else integer(value, info)


def TakenFrom(
    kind: LayerType,
    indices: Annotated[int | tuple[int, ...], Before(places, int | list[int])],
    axis: Integer | None = None,
) -> Operation:
    """take: indices of an axis, one number or a list."""
    place = named(kind, axis, "choose from")
    return Taken(place, len(indices)) if isinstance(indices, tuple) else Choice(place, indices)


def whole_shape(value: object, info: Info) -> tuple[int, ...]:
    """A shape with its batch."""
    if not isinstance(value, list | tuple) or any(
        isinstance(each, bool) or not isinstance(each, int) for each in value
    ):
        raise ValueError("must be a list of whole numbers, the batch first")
    return tuple(value)


Whole = Annotated[tuple[int, ...], Before(whole_shape, list[int])]


def SlicedFrom(start_indices: Whole, shape: Whole) -> Operation:
    """slice: so many elements of each axis from a place on; of the batch all, from 0."""
    return Sliced(start_indices, shape)


def Filled(shape: Whole, dtype: Kept = None) -> Operation:
    """ones, zeros: called without a tensor; the shape has 1 in place of the batch."""
    return Constant(shape)


def Ascending(start: Number, stop: Number | None = None, step: Number | None = None, dtype: Kept = None) -> Operation:
    """arange: called without a tensor; numbers from 0 or a start up to an end, with 1 in place of the batch."""
    return counted(start, stop, 1 if step is None else step)


def MovedAxes(source: Axes, destination: Axes) -> Operation:
    """moveaxis: axes at other places."""
    return Moved(source, destination)


def Expanded(shape: Whole) -> Operation:
    """broadcast_to: axes of size 1 stretched."""
    return Expand(shape)


def Formula(subscripts: str) -> Operation:
    """einsum: called with as many tensors as the formula has."""
    return Einsum(subscripts)


def OneHot(num_classes: Positive, axis: Integer = -1, dtype: Kept = None, sparse: bool = False) -> Operation:
    """one_hot: a vector for each number, as a last axis."""
    if axis != -1:
        raise Fault("CS105", "one_hot is known along the last axis alone", argument="axis")
    return Categories(num_classes, each=True, always=True)


def per_axis(value: object, info: Info) -> int | tuple[int, ...] | None:
    """One number for every axis, or one each."""
    several = tuple(value) if isinstance(value, list | tuple) else (value,)
    if value is None:
        return None
    if not several or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in several):
        raise ValueError("must be a positive whole number, or a list of them")
    return several if isinstance(value, list | tuple) else several[0]


PerAxis = Annotated[int | tuple[int, ...], Before(per_axis, int | list[int])]
OptionalPerAxis = Annotated[int | tuple[int, ...] | None, Before(per_axis, int | list[int] | None)]


def pair(value: int | tuple[int, ...], rank: int = 2) -> tuple[int, ...]:
    """One number for both axes of an image (all of a volume), or one each."""
    return value if isinstance(value, tuple) else (value,) * rank


def Pooled(
    kind: LayerType,
    defaults: Defaults,
    pool_size: PerAxis,
    strides: OptionalPerAxis = None,
    padding: Padding = "valid",
    data_format: DataFormat = None,
) -> Operation:
    """max_pool, average_pool: over as many axes as the size has; one number is for an image."""
    window = pair(pool_size)
    steps = window if strides is None else strides if isinstance(strides, tuple) else (strides,) * len(window)
    how: Literal["max", "average"] = "max" if kind.name == "ops.max_pool" else "average"
    return Pooling(how, window, steps, padding, layout=layout(data_format, defaults))


def DotProducts(
    bias: Kept = None,
    mask: Kept = None,
    scale: Number | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: Number | None = None,
) -> Operation:
    """dot_product_attention: called with query, key and value of (batch, positions, heads, features)."""
    return HeadedAttention()
