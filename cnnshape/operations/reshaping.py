"""Operations that rearrange axes. None of them has weights.

The batch axis is fixed: what would move, merge, split or repeat it is refused (CS310).
"""

from __future__ import annotations

from cnnshape.arithmetic.fields import IDENTITY, repeated_map, told
from cnnshape.arithmetic.sizes import Shape, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    AXIS,
    EVERYTHING,
    FIRST,
    REPEATS,
    SECOND,
    SHAPE,
    Memory,
    Operation,
    Path,
    Result,
    distinct_axes,
    normalize_axis,
    refuse_batch,
    sample_axis,
)
from cnnshape.value import value


@value
class Reshape(Operation):
    """Another shape with as many elements per sample; one size of `target` may be -1.

    With `batch` the first entry of `target` is the batch axis (PyTorch); it may be -1 or the batch size.
    """

    target: tuple[int, ...]
    batch: bool = False

    @property
    def per_sample(self) -> bool:  # type: ignore[override]
        """Unless a batch is written that another one may contradict."""
        return not self.batch

    def apply(self, shape: Shape) -> Result:
        """The target, its -1 replaced by ``elements / product of the others``."""
        target = self.target
        if self.batch:
            target = self._without_batch(shape)
        lead = self.target[:1] if self.batch else ()
        output = (shape[0], *fill_in(shape[1:], target, lead))
        return Result((output,), paths=(reshape_paths(shape, output),), memory="view")

    def _without_batch(self, shape: Shape) -> tuple[int, ...]:
        """The target of one sample; refuses one that does not keep the batch axis."""
        first, *rest = self.target or (0,)
        elements = product(shape[1:])
        kept = first in (-1, shape[0]) or shape[0] is None
        if first == -1 and elements is not None and elements != product(rest):
            kept = False
        if not kept or not self.target:
            raise Fault(
                "CS310",
                f"{LAYER} to {show(self.target)} would move elements of {show(shape)} across the batch axis",
                fix=f"keep the batch first: {_with_batch(shape, rest)}",
                argument=SHAPE,
            )
        return tuple(rest)


def _with_batch(shape: Shape, rest: list[int]) -> str:
    """A target that keeps the batch of `shape` and as many of the sizes in `rest` as divide its elements.

    Where a block or a loop reads other sizes, too, its -1 fits them all.
    """
    elements, others = product(shape[1:]), product(each for each in rest if each != -1) or 1
    if elements is not None and elements == product(rest):
        return show((-1, *rest))
    if rest and elements is not None and elements % others == 0:
        return show((shape[0], *rest)) if -1 in rest else show((shape[0], -1, *rest))
    return show((shape[0], -1))


def fill_in(sizes: Shape, target: tuple[int, ...], lead: tuple[int, ...] = ()) -> Shape:
    """`target` with its -1 filled in so that the elements match `sizes`; `lead` is the batch that is written before it.

    Raises:
        Fault: CS306 where they cannot match.
    """
    elements = product(sizes)
    known = product(size for size in target if size != -1) or 0
    if -1 not in target:
        if elements is not None and elements != known:
            raise Fault(
                "CS306",
                f"{LAYER} to {show(target)} needs {known} elements, but its input {show(sizes)} has {elements} "
                "per sample",
                fix=_replace_one(target, elements, lead),
                argument=SHAPE,
            )
        return target
    if elements is None:
        return tuple(None if size == -1 else size for size in target)
    if not known or elements % known:
        others = " x ".join(str(size) for size in target if size != -1)
        others = others if others == str(known) else f"{others} = {known}"
        raise Fault(
            "CS306",
            f"{LAYER} to {show(target)}: {others} does not divide the {elements} elements of its input {show(sizes)}",
            fix=f"use sizes whose product divides {elements}",
            argument=SHAPE,
        )
    return tuple(elements // known if size == -1 else size for size in target)


def _replace_one(target: tuple[int, ...], elements: int, lead: tuple[int, ...]) -> str:
    """A fix for a target that does not fit: one of its sizes changed, or -1 where one size can absorb the rest."""
    for position in range(len(target) - 1, -1, -1):
        others = product(size for axis, size in enumerate(target) if axis != position) or 0
        if others and elements % others == 0:
            changed = (*lead, *target[:position], elements // others, *target[position + 1 :])
            return f"use {show(changed)}"
    return f"use sizes whose product is {elements}"


def reshape_paths(shape: Shape, output: Shape) -> tuple[Path, ...]:
    """Paths through a reshape: axes kept at both ends stay, all others lose their regular meaning."""
    head = 1  # the batch
    while head < min(len(shape), len(output)) and shape[head] == output[head] and shape[head] is not None:
        head += 1
    tail = 0
    while (
        tail < min(len(shape), len(output)) - head
        and shape[-1 - tail] == output[-1 - tail]
        and shape[-1 - tail] is not None
    ):
        tail += 1
    spread = (
        sum(size != 1 for size in output[head : len(output) - tail]) > 1
    )  # of which axes an element lies on several
    paths = []
    for axis in range(len(shape)):
        if axis < head:
            paths.append(Path(axis))
        elif axis >= len(shape) - tail:
            paths.append(Path(axis + len(output) - len(shape)))
        else:
            paths.append(Path(min(head, len(output) - 1), None, lost=spread))
    return tuple(paths)


@value
class Unflatten(Operation):
    """One axis split into several; one of `sizes` may be -1."""

    axis: int
    sizes: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """The axis replaced by `sizes`, whose product it has to be."""
        axis = sample_axis(self.axis, len(shape), "split")
        filled = fill_in((shape[axis],), self.sizes)
        output = (*shape[:axis], *filled, *shape[axis + 1 :])
        more = len(filled) - 1
        paths = tuple(
            Path(each, IDENTITY if each != axis or not more else None) if each <= axis else Path(each + more)
            for each in range(len(shape))
        )
        return Result((output,), paths=(paths,), memory="view")


@value
class Permute(Operation):
    """Axes in another order: output axis i is input axis ``order[i]``, the batch included. May be negative.

    `implied_batch` says that who wrote the order left the batch out (Keras's Permute).
    """

    order: tuple[int, ...]
    memory: Memory = "new"
    implied_batch: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out[i] = in[order[i]]``."""
        rank = len(shape)
        if len(self.order) != rank:
            first = int(self.implied_batch)
            besides = " besides the batch" if first else ""
            raise Fault(
                "CS302",
                f"{LAYER} orders {len(self.order) - first} axes{besides}, but its input {show(shape)} has "
                f"{rank - first}",
                fix=f"name all axes from {first} to {rank - 1}",
                argument=AXIS,
            )
        order = tuple(normalize_axis(axis, rank) for axis in self.order)
        if sorted(order) != list(range(rank)):
            raise Fault(
                "CS309",
                f"{LAYER}: {AXIS}={list(self.order)} names an axis twice",
                fix=f"name each axis from 0 to {rank - 1} once",
                argument=AXIS,
            )
        return permuted(shape, order, self.memory)


def permuted(shape: Shape, order: tuple[int, ...], memory: Memory, argument: str = AXIS) -> Result:
    """The result of ordering the axes of `shape` (non-negative, each once)."""
    if order[0] != 0:
        raise Fault(
            "CS310",
            f"{LAYER} with {argument}={list(order)} would move the batch axis to position {order.index(0)}",
            fix=f"keep 0 first: {[0, *(axis for axis in order if axis)]}",
            argument=argument,
        )
    paths = tuple(Path(order.index(axis)) for axis in range(len(shape)))
    return Result((tuple(shape[axis] for axis in order),), paths=(paths,), memory=memory)


@value
class Transpose(Operation):
    """Two axes exchanged; they may be negative."""

    first: int
    second: int
    memory: Memory = "view"

    def apply(self, shape: Shape) -> Result:
        """The shape with the two sizes exchanged."""
        first = normalize_axis(self.first, len(shape), argument=FIRST)
        second = normalize_axis(self.second, len(shape), argument=SECOND)
        if first != second:
            refuse_batch(first, "move", argument=FIRST)
            refuse_batch(second, "move", argument=SECOND)
        order = list(range(len(shape)))
        order[first], order[second] = order[second], order[first]
        return permuted(shape, tuple(order), self.memory, FIRST)


@value
class Squeeze(Operation):
    """Axes of size 1 taken out: those of `axes` that have size 1, or (None) every one.

    An axis of another size stays, as in PyTorch; with `strict` it is refused, as in Keras. Without `axes` a batch of 1
    would vanish as well, which is refused; with `strict` it stays, as Keras does not know the batch while it plans.
    """

    axes: tuple[int, ...] | None = None
    strict: bool = False

    def apply(self, shape: Shape) -> Result:
        """The shape without those axes."""
        if self.axes is None:
            chosen = set(range(1, len(shape)))
            if shape[0] == 1 and not self.strict:
                ones = [axis for axis in chosen if shape[axis] == 1]
                raise Fault(
                    "CS310",
                    f"{LAYER} without {AXIS} would take out the batch axis of {show(shape)} too, as the batch is 1",
                    fix=f"name the axes: {AXIS}={ones}" if ones else "leave it out: no axis but the batch is 1",
                )
        else:
            chosen = {normalize_axis(axis, len(shape)) for axis in self.axes}
            if not self.strict:  # Keras takes an axis that is named twice
                distinct_axes(self.axes, len(shape))
            for axis in chosen:
                refuse_batch(axis, "take out")
        for axis in sorted(chosen):
            size = shape[axis]
            if size is None:
                raise Fault(
                    "CS312",
                    f"{LAYER} has to know whether axis {axis} of {show(shape)} is 1",
                    fix="give the input's size, or name other axes",
                    argument=AXIS,
                )
            if size != 1 and self.strict and self.axes is not None:
                raise Fault(
                    "CS306",
                    f"{LAYER} can take out axes of size 1 only, but axis {axis} of {show(shape)} is {size}",
                    argument=AXIS,
                )
        kept = [axis for axis, size in enumerate(shape) if axis not in chosen or size != 1]
        paths = tuple(Path(kept.index(axis)) if axis in kept else EVERYTHING for axis in range(len(shape)))
        return Result((tuple(shape[axis] for axis in kept),), paths=(paths,), memory="view")


@value
class Unsqueeze(Operation):
    """A new axis of size 1 at position `axis` of the output; may be negative."""

    axis: int

    def apply(self, shape: Shape) -> Result:
        """The shape with a 1 at `axis`."""
        axis = sample_axis(self.axis, len(shape) + 1, "move")
        paths = tuple(Path(each + (each >= axis)) for each in range(len(shape)))
        return Result(((*shape[:axis], 1, *shape[axis:]),), paths=(paths,), memory="view")


@value
class Repeat(Operation):
    """A vector per sample repeated along a new axis: ``(N, C)`` becomes ``(N, count, C)`` (Keras's RepeatVector)."""

    count: int

    def apply(self, shape: Shape) -> Result:
        """``(batch, count, features)``."""
        if len(shape) != 2:
            raise Fault(
                "CS302",
                f"{LAYER} needs 2 axes (batch, features), but its input {show(shape)} has {len(shape)}",
                fix="put a Flatten before it",
            )
        return Result(((shape[0], self.count, shape[1]),), paths=((Path(0), Path(2)),))


@value
class Tile(Operation):
    """Every axis repeated as a whole: `counts` of the last axes, 1 for those before them."""

    counts: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """``out = size * count`` per axis; more counts than axes add axes in front, which would move the batch."""
        if len(self.counts) > len(shape):
            raise Fault(
                "CS310",
                f"{LAYER} with {len(self.counts)} counts for the {len(shape)} axes of {show(shape)} "
                "would add an axis before the batch",
                fix=f"give at most {len(shape)} counts",
                argument=REPEATS,
            )
        counts = (1,) * (len(shape) - len(self.counts)) + self.counts
        if counts[0] != 1:
            refuse_batch(0, "repeat", argument=REPEATS)
        output = tuple(times(size, count) for size, count in zip(shape, counts, strict=True))
        paths = tuple(Path(axis, IDENTITY if count == 1 else None) for axis, count in enumerate(counts))
        return Result((output,), paths=(paths,))


@value
class RepeatElements(Operation):
    """Every element of an axis repeated `count` times in place (``repeat_interleave``)."""

    count: int
    axis: int

    def apply(self, shape: Shape) -> Result:
        """``out = size * count`` on the axis."""
        axis = sample_axis(self.axis, len(shape), "repeat")
        output = (*shape[:axis], times(shape[axis], self.count), *shape[axis + 1 :])
        repeated = told(self.count, repeated_map, self.count)
        paths = tuple(Path(each, repeated if each == axis else IDENTITY) for each in range(len(shape)))
        return Result((output,), paths=(paths,))


@value
class Flip(Operation):
    """Axes with their elements in reverse order."""

    axes: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        axes = distinct_axes(self.axes, len(shape))
        if 0 in axes:
            refuse_batch(0, "reverse")
        return Result(
            (shape,), paths=(tuple(Path(axis, None if axis in axes else IDENTITY) for axis in range(len(shape))),)
        )
