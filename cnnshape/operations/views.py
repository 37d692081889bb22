"""Operations that hand on what they read: as it is, or flattened."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic.fields import IDENTITY
from cnnshape.arithmetic.sizes import Shape, product, show
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    Layout,
    Memory,
    Operation,
    Path,
    Result,
    normalize_axis,
    refuse_batch,
    require_rank,
)
from cnnshape.value import value


@value
class Identity(Operation):
    """The input itself: identity, and dropout at inference.

    `rank` is the number of spatial axes that the framework insists on (SpatialDropout2D: 2); None: any.
    """

    per_sample: ClassVar[bool] = True

    rank: int | None = None
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        if self.rank is not None:
            require_rank(shape, self.rank, self.layout)
        return Result((shape,), memory="view")


@value
class Flatten(Operation):
    """Axes `start` up to and including `end` merged into one; they may be negative.

    `memory` is ``new`` where the framework moves the channels last before (Keras with channels first). `column` makes a
    column of a tensor that has no axis but the batch, as Keras does.
    """

    per_sample: ClassVar[bool] = True

    start: int = 1
    end: int = -1
    memory: Memory = "view"
    column: bool = False

    def apply(self, shape: Shape) -> Result:
        """``out = the product of the merged sizes``."""
        rank = len(shape)
        if rank == 1 and self.column:
            return Result(((*shape, 1),), paths=((Path(0),),), memory=self.memory)
        start = normalize_axis(self.start, rank, argument="start_dim")
        end = normalize_axis(self.end, rank, argument="end_dim")
        if start > end:
            raise Fault(
                "CS309",
                f"{LAYER}: start_dim={self.start} lies behind end_dim={self.end} in {show(shape)}",
                fix=f"use start_dim={end} or smaller",
                argument="start_dim",
            )
        if end > start:
            refuse_batch(start, "merge", argument="start_dim")
        output = (*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :])
        return Result((output,), paths=(merge_paths(shape, start, end),), memory=self.memory)


@value
class OfRank(Operation):
    """An operation that takes only inputs with certain numbers of axes, batch included."""

    operation: Operation
    ranks: tuple[int, ...]

    @property
    def per_sample(self) -> bool:  # type: ignore[override]
        """As the operation is."""
        return self.operation.per_sample

    def apply(self, shape: Shape) -> Result:
        """The result of the operation."""
        if len(shape) not in self.ranks:
            counts = " or ".join(str(rank) for rank in self.ranks)
            raise Fault("CS302", f"{LAYER} needs {counts} axes, but its input {show(shape)} has {len(shape)}")
        return self.operation.apply(shape)


def merge_paths(shape: Shape, start: int, end: int) -> tuple[Path, ...]:
    """Paths of axes merged into `start`; one that is merged with axes of size 1 alone stays as it was."""
    alone = sum(size != 1 for size in shape[start : end + 1]) == 1
    paths = []
    for axis, size in enumerate(shape):
        if axis < start or start == end:
            paths.append(Path(axis))
        elif axis <= end:
            paths.append(Path(start, IDENTITY if alone and size != 1 else None))
        else:
            paths.append(Path(axis - (end - start)))
    return tuple(paths)
