"""Operations that scale values: by their neighbours, by statistics of a data set, by constants, by learned factors."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic.fields import window_map
from cnnshape.arithmetic.sizes import Shape, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.normalization import FLOPS_BATCH
from cnnshape.operations.operation import (
    Memory,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    normalize_axis,
    require_at_least,
    require_known,
)
from cnnshape.value import value


@value
class LocalResponseNormalization(Operation):
    """Each element divided by a power of the squares of `size` neighbouring channels (axis 1). No weights."""

    per_sample: ClassVar[bool] = True

    size: int

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; ``2 * size + 3`` FLOPs per element."""
        require_at_least(shape, 3, because=" (batch, channels, ...)")
        channels = Path(1, window_map(self.size, 1, 1, self.size // 2))
        paths = (Path(0), channels, *(Path(axis) for axis in range(2, len(shape))))
        return Result((shape,), flops=times(2 * self.size + 3, product(shape[1:])), paths=(paths,))


@value
class Standardization(Operation):
    """Subtract a mean and divide by a deviation that were computed from data (Keras's Normalization).

    Attributes:
        axes: the axes with statistics of their own (batch counted); none: one pair for all.
        adapted: whether mean, variance and a count are weights; without, they are given as constants.
        given: the shape of these constants, which has to fit the last of `axes`.
    """

    per_sample: ClassVar[bool] = True

    axes: tuple[int, ...] = (-1,)
    adapted: bool = True
    given: tuple[int, ...] = ()

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; mean and variance of the sizes of `axes`, and one count."""
        axes = sorted(normalize_axis(axis, len(shape)) for axis in self.axes)
        if 0 in axes:
            raise Fault(
                "CS310",
                f"{LAYER} along axis 0 would have statistics for each sample of a batch",
                fix="use the channel axis",
                argument="axis",
            )
        sizes = tuple(shape[axis] for axis in axes)
        for count, size, axis in zip(reversed(self.given), reversed(sizes), reversed(axes), strict=False):
            if count not in (1, size) and size is not None:
                raise Fault(
                    "CS303",
                    f"{LAYER} has a mean for {count} elements of axis {axis}, but its input {show(shape)} has {size}",
                    fix=f"give {size} means and variances",
                    argument="mean",
                )
        require_known(product(sizes), "normalized elements")
        weights = (
            Weight("mean", sizes, "non_trainable"),
            Weight("variance", sizes, "non_trainable"),
            Weight("count", (), "non_trainable"),
        )
        return Result((shape,), weights if self.adapted else (), flops=times(FLOPS_BATCH, product(shape[1:])))


@value
class Rescale(Operation):
    """``input * scale + offset`` with given numbers. No weights."""

    per_sample: ClassVar[bool] = True

    offset: bool = True

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; one FLOP per element for the product, one for the sum."""
        return Result((shape,), flops=times(1 + self.offset, product(shape[1:])))


@value
class LearnedScale(Operation):
    """A trained factor per channel (LayerScale of ConvNeXt), checked against `channels` where given."""

    per_sample: ClassVar[bool] = True

    axis: int = -1
    channels: int | None = None
    memory: Memory = "new"

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; one weight per channel, one FLOP per element."""
        axis = normalize_axis(self.axis, len(shape))
        channels = check_size(shape[axis], self.channels)
        output = (*shape[:axis], channels, *shape[axis + 1 :])
        return Result((output,), (Weight("scale", (channels,)),), flops=product(output[1:]), memory=self.memory)
