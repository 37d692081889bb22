"""Elements chosen or put in order along an axis. No weights."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    EVERYTHING,
    SOMETHING,
    Operation,
    Path,
    Result,
    normalize_axis,
    refuse_batch,
    sample_axis,
)
from cnnshape.operations.parts import Select, check_parts
from cnnshape.value import value


@value
class AlongAxis(Operation):
    """The shape of the input, each element from others along an axis: sums so far, another order, a shift.

    Attributes:
        axis: None: each element by itself, or all axes but the batch.
        flops: operations for each element; ordering and moving are none.
        stays: whether each element is where it was after all.
    """

    axis: int | None = None
    flops: int = 1
    stays: bool = False

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        axis = None if self.axis is None else normalize_axis(self.axis, len(shape))
        if axis is not None:
            refuse_batch(axis, "reorder")
        paths = tuple(Path(each, whole=each == axis and not self.stays) for each in range(len(shape)))
        return Result((shape,), flops=times(self.flops, product(shape[1:])), paths=(paths,))


@value
class Choice(Operation):
    """One index of an axis, which goes (``x[:, 2]``); or, with `index` None, every one as an output (unbind)."""

    axis: int
    index: int | None = None

    def apply(self, shape: Shape) -> Result:
        """The shape without the axis."""
        axis = sample_axis(self.axis, len(shape), "take apart")
        size = shape[axis]
        count = 1
        if self.index is None:
            if size is None:
                raise Fault("CS312", f"{LAYER} has to know the size of axis {axis} of {show(shape)}")
            check_parts(size)
            count = size
        elif size is not None and not -size <= self.index < size:
            raise Fault("CS309", f"{LAYER}: index {self.index} is outside the {size} of axis {axis} of {show(shape)}")
        output = (*shape[:axis], *shape[axis + 1 :])
        paths = tuple(Path(each - (each > axis)) if each != axis else SOMETHING for each in range(len(shape)))
        return Result((output,) * count, paths=(paths,), memory="view")


@value
class Taken(Operation):
    """So many indices of an axis, in any order (``take``); with `highest`, the largest, none may be outside."""

    axis: int
    count: int
    highest: int | None = None

    def apply(self, shape: Shape) -> Result:
        """The shape with `count` on the axis."""
        axis = sample_axis(self.axis, len(shape), "choose from")
        size = shape[axis]
        if not self.count:
            raise Fault("CS309", f"{LAYER} chooses no index of axis {axis} of {show(shape)}: nothing would be left")
        if self.highest is not None and size is not None and self.highest >= size:
            raise Fault("CS309", f"{LAYER}: index {self.highest} is outside the {size} of axis {axis} of {show(shape)}")
        paths = tuple(Path(each, None, lost=True) if each == axis else Path(each) for each in range(len(shape)))
        return Result(((*shape[:axis], self.count, *shape[axis + 1 :]),), paths=(paths,))


@value
class Sliced(Operation):
    """So many elements of each axis from a place on (Keras's ``slice``), all samples; -1: all that are left."""

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """The sizes."""
        if not len(self.starts) == len(self.sizes) == len(shape):
            counts = f"got {len(self.starts)} and {len(self.sizes)}"
            raise Fault("CS302", f"{LAYER} needs a start and a size for each axis of {show(shape)}, {counts}")
        if self.starts[0] != 0 or self.sizes[0] not in (-1, shape[0]):
            raise Fault("CS310", f"{LAYER} would choose among the samples of the batch", fix="begin with 0 and -1")
        output = list(shape)
        for axis, (start, size, given) in enumerate(zip(self.starts, self.sizes, shape, strict=True)):
            if given is not None and not 0 <= start < start + max(size, 1) <= given:
                wanted = f"{start} to {start + size}" if size != -1 else f"from {start} on"
                raise Fault("CS309", f"{LAYER}: {wanted} lies outside the {given} of axis {axis} of {show(shape)}")
            if axis:
                output[axis] = size if size != -1 else None if given is None else given - start
        paths = tuple(
            Path(each, None, lost=True) if size != output[each] else Path(each) for each, size in enumerate(shape)
        )
        return Result((tuple(output),), paths=(paths,))


@value
class Largest(Operation):
    """The `count` largest elements along an axis: each may be any of them."""

    axis: int
    count: int

    def apply(self, shape: Shape) -> Result:
        """The shape with `count` on the axis."""
        result = Select(self.axis, 0, self.count).apply(shape)
        axis = normalize_axis(self.axis, len(shape))
        paths = tuple(EVERYTHING if each == axis else Path(each) for each in range(len(shape)))
        return result._replace(paths=(paths,), memory="new")


@value
class Moved(Operation):
    """Axes taken from their places and put to others, the rest in order (``movedim``)."""

    sources: tuple[int, ...]
    places: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """The sizes in their new order. The batch stays first."""
        rank = len(shape)
        if len(self.sources) != len(self.places):
            raise Fault(
                "CS305", f"{LAYER} needs as many places as axes, got {len(self.sources)} and {len(self.places)}"
            )
        sources = [normalize_axis(axis, rank, argument="source") for axis in self.sources]
        places = [normalize_axis(axis, rank, argument="destination") for axis in self.places]
        if len(set(sources)) < len(sources) or len(set(places)) < len(places):
            raise Fault("CS309", f"{LAYER} names an axis twice")
        rest = iter(axis for axis in range(rank) if axis not in sources)
        order = [sources[places.index(axis)] if axis in places else next(rest) for axis in range(rank)]
        if order[0] != 0:
            raise Fault("CS310", f"{LAYER} would move the batch axis", argument="source")
        paths = tuple(Path(order.index(axis)) for axis in range(rank))
        return Result((tuple(shape[axis] for axis in order),), paths=(paths,), memory="view")


@value
class SampledGrid(Operation):
    """An image read at the places of a grid, the second input: ``(batch, places..., axes)``. Channels first."""

    flops: int = 7

    def apply(self, shape: Shape, grid: Shape) -> Result:
        """``(batch, channels, places...)``; each value costs an interpolation."""
        rank = len(shape) - 2
        fits = rank in (2, 3) and len(grid) == rank + 2 and grid[-1] in (None, rank)
        if not fits or (None not in (shape[0], grid[0]) and shape[0] != grid[0]):
            raise Fault(
                "CS305", f"{LAYER} cannot read {show(shape)} at {show(grid)}: (batch, places..., axes) is needed"
            )
        output = (*shape[:2], *grid[1:-1])
        paths = (Path(0), Path(1), *(SOMETHING,) * rank), (Path(0), *(Path(a + 2) for a in range(rank)), EVERYTHING)
        return Result((output,), flops=times(self.flops, product(output[1:])), paths=paths)
