"""PyTorch's functions and methods of tensors that networks use beside layers."""

from __future__ import annotations

from typing import Annotated, Literal

from cnnshape.operations import choosing
from cnnshape.operations.activation import Activation
from cnnshape.operations.choosing import AlongAxis, Choice, Moved, SampledGrid, Taken
from cnnshape.operations.described import Constant, counted
from cnnshape.operations.distances import Distances
from cnnshape.operations.lookup import Categories
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import WithIndices
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.sampling import AffineGrid
from cnnshape.operations.tensors import Broadcast, Einsum, Expand, Gather
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.layer import also_called
from cnnshape.vocabularies.objects import Gathered
from cnnshape.vocabularies.pytorch.values import AXIS, REDUCED, Axes, AxisList, OptionalAxes, require_axes
from cnnshape.vocabularies.values import Extended, Integer, Kept, Number, Positive, at_least
from cnnshape.vocabularies.vocabulary import LayerType


def Each(kind: LayerType) -> Operation:
    """A function of each element by itself."""
    return Activation(kind.name)


def Replaced(nan: Number = 0.0, posinf: Extended | None = None, neginf: Extended | None = None) -> Operation:
    """nan_to_num: each element by itself."""
    return AlongAxis()


def Triangle(diagonal: Integer = 0) -> Operation:
    """triu, tril: what lies above, or below, a diagonal of the last two axes."""
    return AlongAxis(flops=0)


@also_called(AXIS)
def Cumulative(dim: Integer) -> Operation:
    """cumsum, cumprod, logcumsumexp: of all elements so far along an axis."""
    return AlongAxis(dim)


@also_called(AXIS)
def CumulativeExtreme(dim: Integer) -> Operation:
    """cummax, cummin: the extreme so far along an axis, and where it was."""
    return WithIndices(AlongAxis(dim))


def Rolled(kind: LayerType, shifts: Kept, dims: OptionalAxes = None) -> Operation:
    """roll: elements moved along axes, those that leave at the end come in at the beginning."""
    axes = require_axes(kind, dims, "roll")
    stays = not any(shifts if isinstance(shifts, list | tuple) else (shifts,))
    return AlongAxis(axes[0] if len(axes) == 1 else 0 if 0 in axes else None, flops=0, stays=stays)


@also_called(AXIS)
def Ordered(dim: Integer = -1, descending: bool = False, stable: bool | None = None) -> Operation:
    """sort: along an axis, and where each was."""
    return WithIndices(AlongAxis(dim, flops=0))


@also_called(AXIS)
def Order(dim: Integer = -1, descending: bool = False, stable: bool | None = None) -> Operation:
    """argsort: where each element would be taken from."""
    return AlongAxis(dim, flops=0)


@also_called(AXIS)
def Largest(k: Positive, dim: Integer = -1, largest: bool = True, sorted: bool = True) -> Operation:
    """topk: the largest along an axis, and where they were."""
    return WithIndices(choosing.Largest(dim, k))


@also_called(REDUCED)
def Extreme(kind: LayerType, dim: Integer | None = None, keepdim: bool = False) -> Operation:
    """max, min, median, mode: along an axis, and where it was."""
    if dim is None and kind.name != "mode":
        require_axes(kind, None, "reduce")
    return WithIndices(Reduce((-1 if dim is None else dim,), "max", keepdim))


@also_called(REDUCED)
def Where(kind: LayerType, dim: Integer | None = None, keepdim: bool = False) -> Operation:
    """argmax, argmin, all, any, prod, count_nonzero: one number along an axis."""
    how: Literal["max", "sum"] = "sum" if kind.name in ("prod", "count_nonzero") else "max"
    return Reduce(require_axes(kind, None if dim is None else (dim,), "reduce"), how, keepdim)


@also_called(REDUCED)
def Sums(kind: LayerType, dim: OptionalAxes = None, keepdim: bool = False) -> Operation:
    """logsumexp, nansum, nanmean: one number along axes."""
    return Reduce(require_axes(kind, dim, "reduce"), "mean" if kind.name == "nanmean" else "sum", keepdim)


def Compared(other: Number | None = None) -> Operation:
    """Comparisons, logic and remainders: of two tensors whose shapes broadcast, or of one and a number."""
    return Broadcast() if other is None else AlongAxis()


def Filled(value: Number) -> Operation:
    """masked_fill: called with a tensor and a mask."""
    return Broadcast()


def AllAlike(size: Annotated[AxisList, Gathered], dtype: Kept = None) -> Operation:
    """ones, zeros: called without a tensor; the size has 1 in place of the batch."""
    return Constant(size)


def Ascending(start: Number, end: Number | None = None, step: Number = 1, dtype: Kept = None) -> Operation:
    """arange: called without a tensor; numbers from 0 or a start up to an end, with 1 in place of the batch."""
    return counted(start, end, step)


def Chosen() -> Operation:
    """where: called with a condition and two tensors, whose shapes broadcast."""
    return Broadcast()


def Mixed(weight: Number = 0.5) -> Operation:
    """lerp: called with two tensors."""
    return Broadcast()


@also_called(AXIS)
def Gathering(dim: Integer, sparse_grad: bool = False) -> Operation:
    """gather: called with a tensor and indices, whose shape it gives."""
    return Gather(dim)


@also_called(AXIS)
def Selected(dim: Integer, index: Integer) -> Operation:
    """select: one index of an axis, which goes."""
    return Choice(dim, index)


def places(value: object, info: Info) -> tuple[int, ...]:
    """Indices from the beginning of an axis."""
    return tuple(at_least(0, each, info) for each in (value if isinstance(value, list | tuple) else (value,)))


@also_called(AXIS)
def IndexSelected(dim: Integer, index: Annotated[tuple[int, ...], Before(places, list[int])]) -> Operation:
    """index_select: indices of an axis, in any order."""
    return Taken(dim, len(index), max(index, default=None))


@also_called(AXIS)
def Unbound(dim: Integer = 0) -> Operation:
    """unbind: every index of an axis as an output."""
    return Choice(dim)


def MovedAxes(source: Axes, destination: Axes) -> Operation:
    """movedim, moveaxis: axes at other places."""
    return Moved(source, destination)


def Expanded(size: Annotated[AxisList, Gathered]) -> Operation:
    """expand, broadcast_to: axes of size 1 stretched; -1 keeps an axis."""
    return Expand(size)


def Formula(equation: str) -> Operation:
    """einsum: called with as many tensors as the formula has."""
    return Einsum(equation)


def AllDistances(p: Extended = 2.0, compute_mode: Kept = "use_mm_for_euclid_dist_if_necessary") -> Operation:
    """cdist: of every row of one tensor to every row of another."""
    return Distances()


def Grid(
    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear",
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros",
    align_corners: bool | None = None,
) -> Operation:
    """grid_sample: called with an image and a grid of places."""
    return SampledGrid({"bilinear": 7, "nearest": 0, "bicubic": 31}[mode])


def AffinePlaces(size: AxisList, align_corners: bool | None = None) -> Operation:
    """affine_grid: called with a matrix for each sample; the places of an image of that size, for grid_sample."""
    return AffineGrid(size)


def OneHot(num_classes: Positive) -> Operation:
    """one_hot: a vector for each number."""
    return Categories(num_classes, each=True, always=True)


def GumbelSoftmax(
    kind: LayerType, tau: Number = 1, hard: bool = False, eps: Number = 1e-10, dim: Integer = -1
) -> Operation:
    """gumbel_softmax: a softmax of what noise was added to."""
    return Activation("softmax", axes=(dim,))
