"""Padding and cropping: what is added to a tensor at its borders, or cut off there."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import (
    shifted_map,
)
from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    Layout,
    Operation,
    Path,
    Result,
    axis_names,
    require_at_least,
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
