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


class Unflatten(Layer):
    """Unflatten and unflatten."""

    dim: Integer
    unflattened_size: Annotated[Target, Before(unflattened_size)]

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One axis split into several."""
        return operations.Unflatten(self.dim, self.unflattened_size)


class UnflattenFunction(Layer):
    """torch.unflatten, which says sizes."""

    second_names = AXIS

    dim: Integer
    sizes: Annotated[Target, Before(unflattened_size)]

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One axis split into several."""
        return operations.Unflatten(self.dim, self.sizes, ("dim", "sizes"))


class Permute(Layer):
    """torchvision's Permute, and permute."""

    dims: AxisList

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The axes in another order, as a view."""
        return operations.Permute(self.dims, "view")


class Transpose(Layer):
    """transpose, swapdims."""

    dim0: Integer
    dim1: Integer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Two axes exchanged, as a view."""
        return operations.Transpose(self.dim0, self.dim1)


class SwapAxes(Layer):
    """swapaxes, which is transpose with NumPy's names."""

    axis0: Integer
    axis1: Integer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Two axes exchanged, as a view."""
        return operations.Transpose(self.axis0, self.axis1)


class Reshape(Layer):
    """reshape; the shape has the batch first."""

    shape: Target

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Another shape with as many elements."""
        return operations.Reshape(self.shape, True, "shape")


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


class Split(Layer):
    """split."""

    split_size_or_sections: SizeOrSizes
    dim: Integer = 0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Parts of an axis, of one size or of several."""
        return parts.Split(self.split_size_or_sections, self.dim)


class Narrow(Layer):
    """narrow."""

    second_names = AXIS

    dim: Integer
    start: Integer
    length: Positive

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """A stretch of an axis."""
        return parts.Select(self.dim, self.start, self.length)


class Tile(Layer):
    """tile."""

    dims: PositiveList

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The last axes repeated as a whole."""
        return operations.Tile(self.dims, "dims")


class RepeatInterleave(Layer):
    """repeat_interleave with one number."""

    second_names = AXIS

    repeats: Positive
    dim: Integer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Every element of an axis repeated."""
        return operations.RepeatElements(self.repeats, self.dim, "dim")


class Flip(Layer):
    """flip."""

    dims: AxisList

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Axes reversed."""
        return operations.Flip(self.dims, "dims")


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


class Norm(Layer):
    """norm over axes."""

    p: Annotated[
        float | Literal["fro"] | None,
        Before(power, float | Literal["fro"] | None),
    ] = "fro"
    dim: OptionalAxes = None
    keepdim: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Axes reduced to their norm."""
        if self.p == "fro" and self.dim and len(self.dim) > 2:
            raise Fault(
                "CS108",
                f'{kind.name} with p="fro" takes two axes at most, got dim={list(self.dim)}',
                fix="use p=2, which is the same over any number of axes",
                argument="dim",
            )
        return reduce(kind, self.dim, "norm", self.keepdim)
