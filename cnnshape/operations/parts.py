"""Axes taken apart and put together: chunks, splits, stretches, stacks. None of them has weights."""

from __future__ import annotations

from itertools import pairwise

from cnnshape.arithmetic.fields import IDENTITY, shifted_map
from cnnshape.arithmetic.sizes import Shape, agree, ceil_div, divided, show, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import PARTS, Operation, Path, Result, sample_axis
from cnnshape.value import value


@value
class Chunk(Operation):
    """At most `count` equal parts of an axis, the last one smaller: parts of ``ceil(size / count)``."""

    count: int
    axis: int

    def apply(self, shape: Shape) -> Result:
        """One output per part; fewer than `count` where the rounded-up parts run out."""
        axis = sample_axis(self.axis, len(shape), "split")
        size = shape[axis]
        if size is None:
            check_parts(self.count)
            return split_into(shape, axis, (None,) * self.count)._replace(at_most=True)
        return split_into(shape, axis, equal_parts(size, ceil_div(size, self.count)))


@value
class Split(Operation):
    """Parts of an axis: of a given size (the last one smaller), or of several sizes that add up to it.

    With `sections` (Keras) `parts` is the number of equal parts or the indices where to cut.
    """

    parts: int | tuple[int, ...]
    axis: int
    sections: bool = False

    def apply(self, shape: Shape) -> Result:
        """One output per part."""
        axis = sample_axis(self.axis, len(shape), "split")
        return split_into(shape, axis, self._sections(shape, axis) if self.sections else self._sizes(shape, axis))

    def _sizes(self, shape: Shape, axis: int) -> Shape:
        size = shape[axis]
        if isinstance(self.parts, tuple):
            if size is not None and total(self.parts) != size:
                raise Fault(
                    "CS306",
                    f"{LAYER} into {list(self.parts)} needs {total(self.parts)} elements on axis {axis}, "
                    f"but its input {show(shape)} has {size}",
                    fix=f"use sizes that add up to {size}",
                    argument=PARTS,
                )
            return self.parts
        if size is None:
            message = f"{LAYER} has to know the size of axis {axis} of {show(shape)} to know its number of outputs"
            raise Fault("CS312", message, fix="give the input's size, or list the sizes of the parts")
        return equal_parts(size, self.parts)

    def _sections(self, shape: Shape, axis: int) -> Shape:
        size = shape[axis]
        if isinstance(self.parts, tuple):
            sizes = tuple(end - start for start, end in pairwise((0, *self.parts)))
            return (*sizes, None if size is None else size - sum(sizes))
        if size is not None and size % self.parts:
            raise Fault(
                "CS313",
                f"{LAYER} into {self.parts} equal parts needs an axis {axis} that {self.parts} divides, "
                f"but its input {show(shape)} has {size} there",
                argument=PARTS,
            )
        check_parts(self.parts)
        return (divided(size, self.parts),) * self.parts


MOST_PARTS = 10_000
"""Outputs of one split; more are surely a mistake, and every one would be a tensor of its own."""


def check_parts(count: int) -> None:
    """Refuse a split into more than `MOST_PARTS`."""
    if count > MOST_PARTS:
        raise Fault("CS105", f"{LAYER} would make {count} outputs; at most {MOST_PARTS} are possible")


def equal_parts(size: int, part: int) -> Shape:
    """`size` in parts of `part`; the last one holds the rest."""
    check_parts(ceil_div(size, part))
    return tuple(min(part, size - start) for start in range(0, size, part))


def split_into(shape: Shape, axis: int, sizes: Shape) -> Result:
    """The parts of `sizes` along an axis, as views."""
    outputs = tuple((*shape[:axis], size, *shape[axis + 1 :]) for size in sizes)
    least = min(size for size in (*sizes, 1) if size is not None)
    if least < 0:
        raise Fault("CS308", f"no part of axis {axis} of {show(shape)} can have {least} elements: {list(sizes)}")
    if least == 0:
        raise Fault(
            "CS308",
            f"a part of axis {axis} of {show(shape)} is empty, {list(sizes)}: the framework makes a tensor of size 0, "
            "and what reads it computes on nothing",
            fix="leave the empty part out",
        )
    whole = len(sizes) == 1
    paths = tuple(Path(each, IDENTITY if each != axis or whole else None) for each in range(len(shape)))
    return Result(outputs, paths=(paths,), memory="view")


@value
class Select(Operation):
    """Elements `start` up to (not including) `stop` of an axis (``narrow``)."""

    axis: int
    start: int
    length: int

    def apply(self, shape: Shape) -> Result:
        """``out = length`` on the axis."""
        axis = sample_axis(self.axis, len(shape), "cut")
        size = shape[axis]
        if size is None and self.start < 0:
            raise Fault(
                "CS312",
                f"{LAYER} has to know the size of axis {axis} of {show(shape)} to count from its end",
                fix="give the input's size, or a start from 0 on",
            )
        start = self.start if self.start >= 0 else self.start + (size or 0)
        if size is not None and (start < 0 or start + self.length > size):
            raise Fault(
                "CS309",
                f"{LAYER} takes {self.length} elements from {self.start} on, but axis {axis} of {show(shape)} "
                f"has {size}",
                fix=f"use a length of at most {max(size - start, 0)}",
                argument="length",
            )
        paths = tuple(Path(each, shifted_map(-start) if each == axis else IDENTITY) for each in range(len(shape)))
        output = (*shape[:axis], self.length, *shape[axis + 1 :])
        return Result((output,), paths=(paths,), memory="view")


@value
class Stack(Operation):
    """Tensors of one shape along a new axis at position `axis` of the output; may be negative."""

    axis: int = 0

    def apply(self, *inputs: Shape) -> Result:
        """The common shape with the number of tensors at `axis`."""
        first = inputs[0]
        merged = list(first)
        for number, shape in enumerate(inputs[1:], start=2):
            if not agree(tuple(merged), shape):
                raise Fault(
                    "CS305",
                    f"{LAYER} needs inputs of one shape, but input 1 is {show(first)} and input {number} is "
                    f"{show(shape)}",
                )
            merged = [ours if ours is not None else theirs for ours, theirs in zip(merged, shape, strict=True)]
        axis = sample_axis(self.axis, len(first) + 1, "move")
        paths = tuple(Path(each + (each >= axis)) for each in range(len(first)))
        return Result(((*merged[:axis], len(inputs), *merged[axis:]),), paths=(paths,) * len(inputs))
