"""Several tensors to one: elementwise with broadcasting, concatenation, and the batchwise dot product."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Literal

from cnnshape.arithmetic.fields import IDENTITY
from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import AXIS, EVERYTHING, JOINED, STRETCHED, Operation, Path, Result, normalize_axis
from cnnshape.value import value

MergeKind = Literal["add", "subtract", "multiply", "divide", "average", "maximum", "minimum"]


def ordinal(index: int) -> str:
    """The number of an input, counted from 1: ``input 2``."""
    return f"input {index + 1}"


def broadcast_dim(one: Dim, other: Dim) -> Dim:
    """The size that two sizes broadcast to: a 1 stretches, an unknown size takes the other's.

    Raises:
        ValueError: both are known, differ, and neither is 1.
    """
    if one == 1:
        return other
    if other == 1 or one == other or other is None:
        return one
    if one is None:
        return other
    raise ValueError(f"{one} and {other} do not broadcast")


def broadcast(shapes: tuple[Shape, ...]) -> Shape:
    """The shape that these broadcast to, last axes aligned and shorter ones filled with 1 after the batch.

    Raises:
        Fault: CS305 with the first two shapes and the axis that do not agree.
    """
    if shapes.count(shapes[0]) == len(shapes):
        return shapes[0]
    rank = max(len(shape) for shape in shapes)
    result: list[Dim] = [1] * rank
    for index, shape in enumerate(shapes):
        for axis, size in enumerate(stretched(shape, rank)):
            try:
                result[axis] = broadcast_dim(result[axis], size)
            except ValueError:
                raise merge_mismatch(shapes, index, axis) from None
    return tuple(result)


def stretched(shape: Shape, rank: int) -> Shape:
    """The shape with ones after the batch, so that it has `rank` axes."""
    return (*shape[:1], *(1,) * (rank - len(shape)), *shape[1:])


def merge_mismatch(shapes: tuple[Shape, ...], index: int, axis: int) -> Fault:
    """The refusal of the input `index`, whose axis does not broadcast with an earlier one's."""
    rank = max(len(shape) for shape in shapes)
    full = [stretched(shape, rank) for shape in shapes]
    earlier = next(i for i in range(index) if full[i][axis] not in (1, None, full[index][axis]))
    return Fault(
        "CS305",
        f"{LAYER} cannot merge {ordinal(earlier)} {show(shapes[earlier])} with {ordinal(index)} "
        f"{show(shapes[index])}: axis {axis} has {full[earlier][axis]} and {full[index][axis]}",
        fix=f"make both {full[earlier][axis]} or both {full[index][axis]}, or one of them 1",
    )


def broadcast_paths(shape: Shape, output: Shape, first: int = 1) -> tuple[Path, ...]:
    """How the axes of one input continue: a 1 that stretches is seen whole by every output.

    New axes of the output lie before the axis `first`, which comes behind the batch.
    """
    shift = len(output) - len(shape)
    places = [axis + shift * (axis >= first) for axis in range(len(shape))]
    stretches = [size == 1 and output[place] != 1 for size, place in zip(shape, places, strict=True)]
    return paths_to(tuple(places), tuple(stretches))


@lru_cache(maxsize=512)  # networks have few, whatever their sizes
def paths_to(places: tuple[int, ...], stretches: tuple[bool, ...]) -> tuple[Path, ...]:
    """The paths of axes to these places, some of which are stretched there."""
    return tuple(STRETCHED if one else Path(place) for one, place in zip(stretches, places, strict=True))


@value
class Merge(Operation):
    """One output element from the elements of all inputs at its place, with broadcasting.

    Attributes:
        operands: how many tensors the framework's layer takes; None: one or more.
        constants: scalar operands beside the tensors (``ops.add(x, 3.0)``).
        pairs_batches: Keras's layers refuse different batch sizes and align shorter shapes after the batch;
            the operators broadcast the batch as any other axis.
    """

    per_sample: ClassVar[bool] = True

    kind: MergeKind
    operands: int | None = None
    constants: int = 0
    pairs_batches: bool = False

    @property
    def merges(self) -> bool:
        """Whether the number of inputs is open."""
        return self.operands is None

    def apply(self, *inputs: Shape) -> Result:
        """The broadcast shape; FLOPs: one per element and further operand, one more for an average."""
        if self.operands is not None and len(inputs) != self.operands:
            raise Fault(
                "CS203",
                f"{LAYER} takes exactly {self.operands} input{'s' * (self.operands != 1)}, got {len(inputs)}",
                fix=f"name them: {LAYER}()({', '.join('abcdef'[: self.operands])})",
            )
        self._check_batches(inputs)
        output = broadcast(inputs)
        if self.pairs_batches:
            output = (next((shape[0] for shape in inputs if shape[0] is not None), None), *output[1:])
        per_element = len(inputs) + self.constants - (self.kind != "average")
        return Result(
            (output,),
            flops=times(per_element, product(output[1:])),
            paths=tuple(broadcast_paths(shape, output) for shape in inputs),
        )

    def _check_batches(self, inputs: tuple[Shape, ...]) -> None:
        if self.pairs_batches:
            batches = sorted({shape[0] for shape in inputs if shape[0] is not None})
            if len(batches) > 1:
                raise Fault("CS305", f"{LAYER} cannot merge batches of {batches[0]} and {batches[-1]}")
        elif len({len(shape) for shape in inputs}) > 1:
            first = inputs[0]
            index = next(i for i, shape in enumerate(inputs) if len(shape) != len(first))
            raise Fault(
                "CS310",
                f"{LAYER} would align the batch axis of {show(first)} or {show(inputs[index])} with another "
                f"axis: {ordinal(0)} has {len(first)} axes, {ordinal(index)} has {len(inputs[index])}",
                fix="reshape the smaller one, with sizes of 1, to as many axes",
            )


@value
class Concatenate(Operation):
    """The inputs one after the other along `axis`, which counts the batch."""

    per_sample: ClassVar[bool] = True

    axis: int

    def apply(self, *inputs: Shape) -> Result:
        """Sizes add up along the axis and have to agree on all others."""
        first = inputs[0]
        axis = normalize_axis(self.axis, len(first))
        if axis == 0:
            raise Fault(
                "CS310",
                f"{LAYER} along {AXIS}={self.axis} would join batches",
                fix=f"use {JOINED}",
                argument=AXIS,
            )
        sizes = list(first)
        for index, shape in enumerate(inputs[1:], start=1):
            if len(shape) != len(first):
                raise Fault(
                    "CS305",
                    f"{LAYER} cannot join {ordinal(0)} {show(first)} with {ordinal(index)} {show(shape)}: "
                    f"they have {len(first)} and {len(shape)} axes",
                )
            for other, size in enumerate(shape):
                if other == axis:
                    continue
                if sizes[other] is None:
                    sizes[other] = size
                elif size not in (None, sizes[other]):
                    raise self._mismatch(inputs, index, axis, other)
        sizes[axis] = total(shape[axis] for shape in inputs)
        along = IDENTITY if len(inputs) == 1 else None
        paths = tuple(Path(a, along if a == axis else IDENTITY) for a in range(len(first)))
        return Result((tuple(sizes),), paths=(paths,) * len(inputs))

    def _mismatch(self, inputs: tuple[Shape, ...], index: int, axis: int, other: int) -> Fault:
        earlier = next(i for i in range(index) if inputs[i][other] not in (None, inputs[index][other]))
        one, two = inputs[earlier], inputs[index]
        differing = [a for a in range(len(one)) if None not in (one[a], two[a]) and one[a] != two[a]]
        fix = f"make both {one[other]} or both {two[other]}"
        if len(differing) == 1 and other:
            fix = f"{fix}, or join along {AXIS}={other}"
        return Fault(
            "CS305",
            f"{LAYER} along {AXIS}={self.axis} cannot join {ordinal(earlier)} {show(one)} with "
            f"{ordinal(index)} {show(two)}: axis {other} has {one[other]} and {two[other]}",
            fix=fix,
        )


@value
class Dot(Operation):
    """Keras's batchwise dot product: sums over one axis of either input (`axes`, which count the batch)."""

    axes: tuple[int, int]
    normalize: bool = False

    def apply(self, left: Shape, right: Shape) -> Result:
        """The remaining axes of both, batch once; MACs: output elements times the summed size."""
        first, second = self.axes
        axes = normalize_axis(first, len(left), argument="axes"), normalize_axis(second, len(right), argument="axes")
        if 0 in axes:
            raise Fault(
                "CS310",
                f"{LAYER} cannot sum over axis 0, the batch",
                fix="use axes from 1",
                argument="axes",
            )
        one, other = left[axes[0]], right[axes[1]]
        if (one is None) != (other is None):
            raise Fault(
                "CS312",
                f"{LAYER} cannot sum over axis {axes[0]} of {show(left)} and axis {axes[1]} of {show(right)}: "
                "only one of the sizes is known",
                fix="state both sizes in `input:`, or neither",
                argument="axes",
            )
        if one != other:
            raise Fault(
                "CS305",
                f"{LAYER} cannot sum over axis {axes[0]} of {show(left)} and axis {axes[1]} of {show(right)}: "
                f"they have {one} and {other}",
                argument="axes",
            )
        kept_left = [axis for axis in range(len(left)) if axis != axes[0]]
        kept_right = [axis for axis in range(1, len(right)) if axis != axes[1]]
        output = tuple([left[axis] for axis in kept_left] + [right[axis] for axis in kept_right])
        macs = times(product(output[1:]), one)
        normalizing = total((product(left[1:]), product(right[1:]))) if self.normalize else 0
        left_paths = tuple(
            Path(kept_left.index(axis)) if axis in kept_left else EVERYTHING for axis in range(len(left))
        )
        right_paths = tuple(
            Path(0)
            if axis == 0
            else Path(len(kept_left) + kept_right.index(axis))
            if axis in kept_right
            else EVERYTHING
            for axis in range(len(right))
        )
        if len(output) == 1:
            output = (*output, 1)
        flops = total((times(2, macs), times(3, normalizing)))
        return Result((output,), macs=macs, flops=flops, paths=(left_paths, right_paths))


@value
class MatrixProduct(Operation):
    """PyTorch's matmul: a matrix product over the last two axes; those before broadcast.

    With `batched` (bmm) there are three axes and nothing broadcasts.
    """

    batched: bool = False

    def apply(self, left: Shape, right: Shape) -> Result:
        """``(..., n, k), (..., k, m) -> (..., n, m)``; MACs ``n * k * m`` per matrix."""
        inputs = (left, right)
        for index, shape in enumerate(inputs):
            if len(shape) < 3 or (self.batched and len(shape) != 3):
                raise Fault(
                    "CS302",
                    f"{LAYER} needs {'3' if self.batched else 'at least 3'} axes (batch and a matrix), but "
                    f"{ordinal(index)} is {show(shape)}",
                )
        if len(left) != len(right):
            raise Fault(
                "CS310",
                f"{LAYER} would align the batch axis of {show(left)} or {show(right)} with another axis",
                fix="reshape the smaller one, with sizes of 1, to as many axes",
            )
        if None not in (left[-1], right[-2]) and left[-1] != right[-2]:
            raise Fault(
                "CS305",
                f"{LAYER} cannot multiply {show(left)} by {show(right)}: the last axis of the first is {left[-1]}, "
                f"the second last of the second is {right[-2]}",
                fix="transpose one of them, or make both sizes agree",
            )
        if self.batched and None not in (left[0], right[0]) and left[0] != right[0]:
            raise Fault("CS305", f"{LAYER} cannot multiply batches of {left[0]} and {right[0]}")
        output = (*broadcast((left[:-2], right[:-2])), left[-2], right[-1])
        summed = left[-1] if left[-1] is not None else right[-2]
        macs = times(product(output[1:]), summed)
        rank = len(left)
        before = tuple(
            tuple(Path(axis) if size != 1 or output[axis] == 1 else EVERYTHING for axis, size in enumerate(shape[:-2]))
            for shape in inputs
        )
        paths = ((*before[0], Path(rank - 2), EVERYTHING), (*before[1], EVERYTHING, Path(rank - 1)))
        return Result((output,), macs=macs, flops=times(2, macs), paths=paths)
