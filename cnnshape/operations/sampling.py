"""Operations on images, channels first, at places that another input states: indices, offsets, boxes."""

from __future__ import annotations

from math import prod

from cnnshape.arithmetic.sizes import Shape, agree, product, show, times, total
from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import (
    CHANNELS_FIRST,
    EVERYTHING,
    SOMETHING,
    Layout,
    Operation,
    Path,
    Result,
    axis_names,
    require_rank,
)
from cnnshape.operations.resampling import Resize
from cnnshape.value import value

FLOPS_BILINEAR = 7
"""Of one value from its four neighbours: four products, three sums."""


@value
class Unpooling(Operation):
    """The inverse of max pooling: every value goes where its maximum was found, as the second input says.

    Attributes:
        size: of the output; None: the smallest that the windows fill.
    """

    window: tuple[int, ...]
    strides: tuple[int, ...]
    padding: tuple[Padding, ...]
    size: tuple[int, ...] | None = None

    def apply(self, shape: Shape, indices: Shape) -> Result:
        """``out = (size - 1) * stride - 2 * padding + kernel``, or what is asked for, less than a stride from it."""
        rank = len(self.window)
        require_rank(shape, rank, CHANNELS_FIRST)
        if not agree(shape, indices):
            raise Fault(
                "CS305",
                f"{LAYER} needs an index for each value, but its input is {show(shape)} and its indices are "
                f"{show(indices)}",
                fix="where a pool has dropped a border, give the unpooling before the size that the pool has read: "
                "`output_size=shape(...)`",
            )
        sizes = []
        for number, size in enumerate(shape[2:]):
            step = self.strides[number]
            least = None if size is None else (size - 1) * step - sum(self.padding[number]) + self.window[number]
            asked = self.size[number] if self.size else least
            if None not in (asked, least) and not least - step < asked < least + step:  # type: ignore[operator]
                message = f"{LAYER} gives the {axis_names(rank)[number]} {least} from {size}, or less than {step} more "
                raise Fault("CS306", f"{message}or less, but output_size asks for {asked}", argument="output_size")
            if asked is not None and asked < 1:
                raise Fault("CS308", f"{LAYER} leaves nothing of the {axis_names(rank)[number]}: {asked}")
            sizes.append(asked)
        lost = tuple(Path(axis, None, lost=True) for axis in range(2, len(shape)))
        paths = (Path(0), Path(1), *lost)
        return Result(((*shape[:2], *sizes),), paths=(paths, paths))


@value
class AffineGrid(Operation):
    """Places of an image of `size` (batch, channels, axes...) that an affine map, the input, moves: a product each."""

    size: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """``(batch, axes..., number of axes)`` of ``(batch, number of axes, number of axes + 1)``."""
        rank = len(self.size) - 2
        fits = rank in (2, 3) and shape[1:] == (rank, rank + 1) and shape[0] in (None, self.size[0])
        if not fits:
            wanted = show((self.size[0], rank, rank + 1)) if rank in (2, 3) else "a size of 4 or 5 axes"
            raise Fault("CS305", f"{LAYER} to {show(self.size)} needs {wanted}, got {show(shape)}", argument="size")
        places = self.size[2:]
        macs = prod(places) * rank * (rank + 1)
        paths = (Path(0), EVERYTHING, EVERYTHING)
        return Result(((shape[0], *places, rank),), macs=macs, flops=2 * macs, paths=(paths,))


@value
class FractionalPooling(Operation):
    """Max pooling whose windows begin at random places, about evenly: to a size, or to a part of the input's."""

    window: tuple[int, ...]
    size: tuple[int, ...] | None = None
    ratio: tuple[float, ...] | None = None

    def apply(self, shape: Shape) -> Result:
        """``out = floor(size * ratio)``, or what is asked for; over three axes there is room for one window more."""
        rank = len(self.window)
        require_rank(shape, rank, CHANNELS_FIRST)
        sizes = []
        for name, size, extent, number in zip(axis_names(rank), shape[2:], self.window, range(rank), strict=True):
            output = self.size[number] if self.size else None
            if self.ratio is not None and size is not None:
                output = int(size * self.ratio[number])
            if output is not None and size is not None and not 1 <= output <= size - extent + (rank < 3):
                message = f"{LAYER} with a kernel of {extent} gives from 1 to {size - extent + (rank < 3)} windows "
                raise Fault("CS308", f"{message}along the {name} of {size}, not {output}")
            sizes.append(output)
        flops = times(product(sizes), shape[1], prod(self.window) - 1)
        lost = tuple(Path(axis, None, lost=True) for axis in range(2, len(shape)))
        return Result(((*shape[:2], *sizes),), flops=flops, paths=((Path(0), Path(1), *lost),))


@value
class DeformableConvolution(Operation):
    """A convolution whose taps are moved by offsets, a second input, and weighed by a mask, if there is a third.

    An offset is two numbers for each tap and group of channels, at every output position.
    """

    fewest, most = 2, 3

    convolution: Convolution

    def apply(self, shape: Shape, *more: Shape) -> Result:
        """As the convolution; every value that is read costs an interpolation besides."""
        result = self.convolution.apply(shape)
        taps = product(self.convolution.kernel) or 1
        for name, given, numbers in zip(("offset", "mask"), more, (2 * taps, taps), strict=False):
            wanted = result.output[2:]
            if len(given) != 4 or not agree(given[2:], wanted) or (given[1] is not None and given[1] % numbers):
                raise Fault(
                    "CS305",
                    f"{LAYER} needs {numbers} channels of {name} (or a multiple) at each of {show(wanted)} outputs, "
                    f"got {show(given)}",
                )
            groups = None if given[1] is None else given[1] // numbers
            if groups and shape[1] is not None and shape[1] % groups:
                raise Fault("CS307", f"{LAYER}: {groups} groups of {name}s do not divide its {shape[1]} channels")
        read = times(product(result.output[2:]), taps, shape[1])
        flops = total([result.flops, times(read, FLOPS_BILINEAR + len(more) - 1)])
        paths = result.paths[0] if result.paths else ()
        moved = tuple(
            path._replace(told=path.map._replace(exact=False)) if path.map and axis > 1 else path
            for axis, path in enumerate(paths)
        )
        aside = (Path(0), EVERYTHING, *(Path(axis) for axis in range(2, len(shape))))
        return result._replace(flops=flops, paths=(moved, *(aside for _ in more)))


@value
class RegionPooling(Operation):
    """A grid of values for each box, from one map or several; the boxes are the last input.

    Boxes are ``(boxes, 5)``, the number of the sample first, or ``(batch, boxes, 4)``, as a list has them.

    Attributes:
        points: samples along each axis of a cell; None where the size of the box decides.
        divided: whether the channels are shared out among the cells (position-sensitive pooling).
    """

    fewest = 2
    merges = False

    size: tuple[int, ...]
    points: int | None
    maps: int | None = 1
    divided: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """``(boxes, channels, height, width)``; each point costs an interpolation, a point of RoIPool nothing."""
        *maps, boxes = inputs
        if self.maps is not None and len(maps) != self.maps:
            raise Fault("CS203", f"{LAYER} takes {self.maps} maps and boxes, got {len(inputs)} inputs")
        for shape in maps:
            require_rank(shape, 2, CHANNELS_FIRST)
            if None not in (shape[1], maps[0][1]) and shape[1] != maps[0][1]:
                raise Fault("CS305", f"{LAYER} needs maps with as many channels, got {maps[0][1]} and {shape[1]}")
        if not (len(boxes) in (2, 3) and boxes[-1] in (None, 7 - len(boxes))):
            raise Fault("CS302", f"{LAYER} needs boxes of (boxes, 5), or of (batch, boxes, 4), but got {show(boxes)}")
        channels = maps[0][1]
        if self.divided and channels is not None:
            cells = product(self.size) or 1
            if channels % cells:
                raise Fault("CS307", f"{LAYER} shares channels out among {cells} cells, but gets {channels}")
            channels //= cells
        count = times(boxes[0], *boxes[1:-1])
        values = times(channels, product(self.size))
        flops = None if self.points is None else times(values, self.points**2, FLOPS_BILINEAR)
        paths = tuple((Path(0), EVERYTHING if self.divided else Path(1), SOMETHING, SOMETHING) for _ in maps)
        return Result(((count, channels, *self.size),), flops=flops, paths=(*paths, (EVERYTHING,) * len(boxes)))


@value
class Alike(Operation):
    """The first input resized to the size of the second, of which nothing else is read."""

    def apply(self, shape: Shape, like: Shape) -> Result:
        """The channels of the first with the sizes of the second."""
        if None in like[2:]:
            paths = (Path(0), Path(1), *(Path(axis, None, lost=True) for axis in range(2, len(shape))))
            return Result(((*shape[:2], *like[2:]),), paths=(paths, (EVERYTHING,) * len(like)))
        sizes = tuple(size or 1 for size in like[2:])
        result = Resize(sizes, "nearest", CHANNELS_FIRST).apply(shape)
        return result._replace(paths=(*(result.paths or ()), (EVERYTHING,) * len(like)))


@value
class Warped(Operation):
    """Images whose every place is read from another one, as so many numbers for each image say."""

    numbers: int
    layout: Layout
    smooth: bool = True

    def apply(self, shape: Shape, told: Shape) -> Result:
        """The shape of the images; an interpolation for each element."""
        require_rank(shape, 2, self.layout)
        if len(told) != 2 or told[1] not in (None, self.numbers) or not (told[0] == 1 or agree(told[:1], shape[:1])):
            raise Fault(
                "CS302", f"{LAYER} needs {self.numbers} numbers for each of {show(shape)}, but got {show(told)}"
            )
        paths = tuple(SOMETHING if axis in self.layout.spatial_axes(4) else Path(axis) for axis in range(4))
        flops = times(FLOPS_BILINEAR if self.smooth else 0, product(shape[1:]))
        return Result((shape,), flops=flops, paths=(paths, (EVERYTHING,) * 2))
