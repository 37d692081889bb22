"""PyTorch's modules and functions that rearrange, split or reduce axes. Axes count the batch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import parts, views
from cnnshape.operations import reshaping as operations
from cnnshape.operations.operation import Operation
from cnnshape.operations.reduction import Reduce as ReduceOperation
from cnnshape.operations.reduction import Reduction
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.layer import Defaults, Layer, also_called, layer_of
from cnnshape.vocabularies.objects import Gathered
from cnnshape.vocabularies.pytorch.values import (
    AXIS,
    REDUCED,
    AxisList,
    OptionalAxes,
    PositiveList,
    SizeOrSizes,
    Target,
    require_axes,
)
from cnnshape.vocabularies.values import Integer, Number, Positive, extended
from cnnshape.vocabularies.vocabulary import LayerType


def Flatten(start_dim: Integer = 1, end_dim: Integer = -1) -> Operation:
    """Flatten: the axes from start to end merged."""
    return views.Flatten(start_dim, end_dim)


FlattenFunction = layer_of(
    Flatten, meaning="torch.flatten, which starts at the batch where nothing is said.", start_dim=0
)


def unflattened_size(value: Any, info: Info) -> tuple[int, ...]:
    """A list of at least one size."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError("must name at least one size")
    return tuple(value) if isinstance(value, list | tuple) else value


def Unflatten(dim: Integer, unflattened_size: Annotated[Target, Before(unflattened_size)]) -> Operation:
    """Unflatten and unflatten: one axis split into several."""
    return operations.Unflatten(dim, unflattened_size)


@also_called(AXIS)
def UnflattenFunction(dim: Integer, sizes: Annotated[Target, Before(unflattened_size)]) -> Operation:
    """torch.unflatten, which says sizes: one axis split into several."""
    return operations.Unflatten(dim, sizes)


def Permute(dims: AxisList) -> Operation:
    """torchvision's Permute: the axes in another order, as a view."""
    return operations.Permute(dims, "view")


def PermuteFunction(dims: Annotated[AxisList, Gathered]) -> Operation:
    """permute, also as a tensor's method: the axes in another order, as a view."""
    return operations.Permute(dims, "view")


def Transpose(dim0: Integer, dim1: Integer) -> Operation:
    """transpose, swapdims: two axes exchanged, as a view."""
    return operations.Transpose(dim0, dim1)


def SwapAxes(axis0: Integer, axis1: Integer) -> Operation:
    """swapaxes, which is transpose with NumPy's names. Two axes exchanged, as a view."""
    return operations.Transpose(axis0, axis1)


def Reshape(shape: Annotated[Target, Gathered]) -> Operation:
    """reshape; the shape has the batch first. Another shape with as many elements."""
    return operations.Reshape(shape, True)


@also_called(AXIS)
def Squeeze(dim: OptionalAxes = None) -> Operation:
    """squeeze: axes of size 1 taken out."""
    return operations.Squeeze(dim)


@also_called(AXIS)
def Unsqueeze(dim: Integer) -> Operation:
    """unsqueeze: a new axis of size 1."""
    return operations.Unsqueeze(dim)


@also_called(AXIS)
def Chunk(chunks: Positive, dim: Integer = 0) -> Operation:
    """chunk: parts of an axis."""
    return parts.Chunk(chunks, dim)


def Split(split_size_or_sections: SizeOrSizes, dim: Integer = 0) -> Operation:
    """split: parts of an axis, of one size or of several."""
    return parts.Split(split_size_or_sections, dim)


@also_called(AXIS)
def Narrow(dim: Integer, start: Integer, length: Positive) -> Operation:
    """narrow: a stretch of an axis."""
    return parts.Select(dim, start, length)


def Tile(dims: Annotated[PositiveList, Gathered]) -> Operation:
    """tile: the last axes repeated as a whole."""
    return operations.Tile(dims)


@also_called(AXIS)
def RepeatInterleave(repeats: Positive, dim: Integer) -> Operation:
    """repeat_interleave with one number: every element of an axis repeated."""
    return operations.RepeatElements(repeats, dim)


def Flip(dims: Annotated[AxisList, Gathered]) -> Operation:
    """flip: axes reversed."""
    return operations.Flip(dims)


REDUCTIONS: dict[str, Reduction] = {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min"}


@also_called(REDUCED)
def Reduce(kind: LayerType, dim: OptionalAxes = None, keepdim: bool = False) -> Operation:
    """mean, sum, amax, amin: axes reduced; without axes PyTorch would reduce the batch too, which is refused."""
    return reduce(kind, dim, REDUCTIONS[kind.name], keepdim)


def reduce(kind: LayerType, axes: tuple[int, ...] | None, reduction: Reduction, keep: bool) -> Operation:
    """A reduction of axes."""
    return ReduceOperation(require_axes(kind, axes, "reduce"), reduction, keep)


class Variance(Layer):
    """var and std: `correction` is what is taken from the number of elements before dividing by it."""

    keyword_only: ClassVar[frozenset[str]] = frozenset({"correction"})
    second_names = REDUCED

    dim: OptionalAxes = None
    unbiased: bool = True
    keepdim: bool = False
    correction: Number | None = None

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Axes reduced to their variance or deviation."""
        if {"unbiased", "correction"} <= self.stated:
            raise Fault(
                "CS108",
                f"{kind.name} takes unbiased or correction, not both",
                fix="leave unbiased out: correction=1 says the same as unbiased=True, and 0 the same as False",
                argument="unbiased",
            )
        return reduce(kind, self.dim, "var", self.keepdim)


def power(value: Any) -> float | str | None:
    """The power of a norm; ``"fro"``, the root of the sum of squares, is PyTorch's word for 2 over two axes at most."""
    if isinstance(value, str) and value != "fro":
        raise ValueError('must be a number or "fro"')
    return value if value is None or value == "fro" else extended(value)


def Norm(
    kind: LayerType,
    p: Annotated[
        float | Literal["fro"] | None,
        Before(power, float | Literal["fro"] | None),
    ] = "fro",
    dim: OptionalAxes = None,
    keepdim: bool = False,
) -> Operation:
    """norm over axes: axes reduced to their norm."""
    if p == "fro" and dim and len(dim) > 2:
        raise Fault(
            "CS108",
            f'{kind.name} with p="fro" takes two axes at most, got dim={list(dim)}',
            fix="use p=2, which is the same over any number of axes",
            argument="dim",
        )
    return reduce(kind, dim, "norm", keepdim)
