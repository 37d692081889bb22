"""Padding and cropping: what is added to a tensor at its borders, or cut off there."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import IDENTITY, shifted_map
from cnnshape.arithmetic.sizes import Dim, Shape, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    axis_names,
    require_at_least,
    require_known,
    require_rank,
)
from cnnshape.operations.padding_fill import PaddingMode, pad_size
from cnnshape.value import value


@value
class Pad(Operation):
    """Padding by given amounts; a negative amount crops.

    Attributes:
        pads: (low, high) per axis.
        layout: whose spatial axes are padded; None: the last ``len(pads)`` axes, whatever the rank.
        mode: what the padding holds; reflection and wrapping need an input that is large enough.
        fewest_axes: without a layout, how many axes an input has at least, batch included.
    """

    per_sample: ClassVar[bool] = True

    pads: tuple[w.Padding, ...]
    layout: Layout | None = CHANNELS_LAST
    mode: PaddingMode = "constant"
    fewest_axes: int = 1

    def apply(self, shape: Shape) -> Result:
        """``out = size + low + high`` per padded axis."""
        if self.layout:
            require_rank(shape, len(self.pads), self.layout)
            axes = self.layout.spatial_axes(len(shape))
        else:
            require_at_least(shape, self.fewest_axes)
            require_at_least(shape, len(self.pads), because=f" for {len(self.pads)} pairs of pads")
            axes = tuple(range(len(shape) - len(self.pads), len(shape)))
        sizes = list(shape)
        paths = [Path(axis) for axis in range(len(shape))]
        for position, (axis, (low, high)) in enumerate(zip(axes, self.pads, strict=True)):
            if axis == 0 and (low or high):
                raise Fault(
                    "CS310",
                    f"{LAYER} would pad the batch axis by {low} and {high}",
                    fix="pad the other axes only",
                )
            spatial = len(axes) <= 3 and axes == tuple(range(2, len(shape)))
            name = f"the {axis_names(len(axes))[position]}" if self.layout or spatial else f"axis {axis}"
            sizes[axis] = pad_size(shape[axis], (low, high), self.mode, name)
            paths[axis] = Path(axis, shifted_map(low))
        return Result((tuple(sizes),), padded=self.pads, paths=(tuple(paths),))


@value
class Crop(Operation):
    """Cropping: `crops` are (low, high) per spatial axis."""

    per_sample: ClassVar[bool] = True

    crops: tuple[w.Padding, ...]
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """``out = size - low - high`` per spatial axis."""
        rank = len(self.crops)
        require_rank(shape, rank, self.layout)
        sizes: list[Dim] = []
        for axis, size, (low, high) in zip(axis_names(rank), self.layout.spatial(shape), self.crops, strict=True):
            if size is not None and size - low - high < 1:
                raise Fault(
                    "CS308",
                    f"{LAYER} takes {low} + {high} from the {axis} of {size}, which leaves nothing",
                    fix=f"crop at most {size - 1} in all, or use an input of at least {low + high + 1}",
                )
            sizes.append(None if size is None else size - low - high)
        maps = tuple(shifted_map(-low) for low, _ in self.crops)
        output = self.layout.join(shape[0], tuple(sizes), self.layout.channels(shape))
        return Result((output,), paths=(self.layout.paths(maps, self.layout.channel_path(len(shape))),))


@value
class CenterCrop(Operation):
    """The middle `sizes` of an image; one that is smaller is scaled up first, as Keras does.

    The crop starts at ``(size - target) // 2``. Images may come without a batch axis only in the framework.
    """

    sizes: tuple[int, ...]
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """``out = sizes``, whatever the input."""
        require_rank(shape, len(self.sizes), self.layout)
        spatial = self.layout.spatial(shape)
        fits = all(size is not None and size >= t for size, t in zip(spatial, self.sizes, strict=True))
        maps = tuple(
            shifted_map(-((size - target) // 2)) if fits and size is not None else None
            for size, target in zip(spatial, self.sizes, strict=True)
        )
        output = self.layout.join(shape[0], self.sizes, self.layout.channels(shape))
        return Result((output,), paths=(self.layout.paths(maps, self.layout.channel_path(len(shape))),))


@value
class Framed(Operation):
    """Images with margins on or off, of which two of three numbers are given for each axis.

    Attributes:
        ends: per axis how much before, how much behind, and the size afterwards; one of them None.
        grow: whether margins come on.
    """

    ends: tuple[tuple[int | None, int | None, int | None], ...]
    grow: bool
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """As of a layer that pads or crops so much."""
        require_rank(shape, len(self.ends), self.layout)
        margins = tuple(map(self.margin, self.layout.spatial(shape), self.ends))
        return (Pad if self.grow else Crop)(margins, self.layout).apply(shape)

    def margin(self, size: Dim, ends: tuple[int | None, int | None, int | None]) -> w.Padding:
        """How much before and behind. Raises `Fault` where that turns on an unknown size, or is less than 0."""
        low, high, target = ends
        if target is not None:
            require_known(size, "the size of an image", fix="state the margins")
            both = (target - (size or 0)) * (1 if self.grow else -1)
            low, high = (both - (high or 0), high) if low is None else (low, both - low)
        if min(low or 0, high or 0) < 0:
            raise Fault("CS308", f"{LAYER} would leave {target} of {size} with a margin of {min(low or 0, high or 0)}")
        return low or 0, high or 0


@value
class Grayscale(Operation):
    """One channel of red, green and blue: three products and two sums. Of one channel it is the input itself."""

    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """One channel."""
        require_rank(shape, 2, self.layout)
        channels = self.layout.channels(shape)
        if channels not in (None, 1, 3):
            raise Fault("CS303", f"{LAYER} needs 3 channels, or 1, but got {channels}")
        spatial = self.layout.spatial(shape)
        kept = self.layout.paths((IDENTITY,) * 2, EVERYTHING)
        return Result(
            (self.layout.join(shape[0], spatial, 1),), flops=times(0 if channels == 1 else 5, *spatial), paths=(kept,)
        )
