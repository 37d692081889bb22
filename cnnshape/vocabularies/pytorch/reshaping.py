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
from cnnshape.vocabularies.layer import Defaults, Layer
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


class Flatten(Layer):
    """Flatten."""

    start_dim: Integer = 1
    end_dim: Integer = -1

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The axes from start to end merged."""
        return views.Flatten(self.start_dim, self.end_dim)


class FlattenFunction(Flatten):
    """torch.flatten, which starts at the batch where nothing is said."""

    start_dim: Integer = 0


def unflattened_size(value: Any, info: Info) -> tuple[int, ...]:
    """A list of at least one size."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError("must name at least one size")
    return tuple(value) if isinstance(value, list | tuple) else value


def Unflatten(dim: Integer, unflattened_size: Annotated[Target, Before(unflattened_size)]) -> Operation:
    """Unflatten and unflatten: one axis split into several."""
    return operations.Unflatten(dim, unflattened_size)


class UnflattenFunction(Layer):
    """torch.unflatten, which says sizes."""

    second_names = AXIS

    dim: Integer
    sizes: Annotated[Target, Before(unflattened_size)]

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One axis split into several."""
        return operations.Unflatten(self.dim, self.sizes, ("dim", "sizes"))


def Permute(dims: AxisList) -> Operation:
    """torchvision's Permute, and permute. The axes in another order, as a view."""
    return operations.Permute(dims, "view")


def Transpose(dim0: Integer, dim1: Integer) -> Operation:
    """transpose, swapdims: two axes exchanged, as a view."""
    return operations.Transpose(dim0, dim1)


def SwapAxes(axis0: Integer, axis1: Integer) -> Operation:
    """swapaxes, which is transpose with NumPy's names. Two axes exchanged, as a view."""
    return operations.Transpose(axis0, axis1)


def Reshape(shape: Target) -> Operation:
    """reshape; the shape has the batch first. Another shape with as many elements."""
    return operations.Reshape(shape, True, "shape")


class Squeeze(Layer):
    """squeeze."""

    second_names = AXIS

    dim: OptionalAxes = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Axes of size 1 taken out."""
        return operations.Squeeze(self.dim)


class Unsqueeze(Layer):
    """unsqueeze."""

    second_names = AXIS

    dim: Integer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A new axis of size 1."""
        return operations.Unsqueeze(self.dim)


class Chunk(Layer):
    """chunk."""

    second_names = AXIS

    chunks: Positive
    dim: Integer = 0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Parts of an axis."""
        return parts.Chunk(self.chunks, self.dim)


def Split(split_size_or_sections: SizeOrSizes, dim: Integer = 0) -> Operation:
    """split: parts of an axis, of one size or of several."""
    return parts.Split(split_size_or_sections, dim)


class Narrow(Layer):
    """narrow."""

    second_names = AXIS

    dim: Integer
    start: Integer
    length: Positive

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A stretch of an axis."""
        return parts.Select(self.dim, self.start, self.length)


def Tile(dims: PositiveList) -> Operation:
    """tile: the last axes repeated as a whole."""
    return operations.Tile(dims, "dims")


class RepeatInterleave(Layer):
    """repeat_interleave with one number."""

    second_names = AXIS

    repeats: Positive
    dim: Integer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Every element of an axis repeated."""
        return operations.RepeatElements(self.repeats, self.dim, "dim")


def Flip(dims: AxisList) -> Operation:
    """flip: axes reversed."""
    return operations.Flip(dims, "dims")


REDUCTIONS: dict[str, Reduction] = {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min"}


class Reduce(Layer):
    """mean, sum, amax, amin."""

    second_names = REDUCED

    dim: OptionalAxes = None
    keepdim: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Axes reduced; without axes PyTorch would reduce the batch too, which is refused."""
        return reduce(kind, self.dim, REDUCTIONS[kind.name], self.keepdim)


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

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
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
