"""An operation as source code applies it: on weights beside its inputs, and across the batch."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, Shape, times
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result
from cnnshape.value import replace, value


@value
class Applied(Operation):
    """`operation` on inputs among weights and constants of fixed shapes, for each sample or for the whole batch.

    Attributes:
        operands: a shape for every operand that is no input of the network, None for one that is.
        across: the batch is an axis like any other: the operation sees one sample that holds them all.
        batch: the samples of the network; where the operation takes more for samples than that (patches and windows
            that were folded into the batch), each costs so many times more.
        weightless: the weights are operands, and counted where they are kept.
        aligned: shapes with fewer axes get ones before them, as PyTorch broadcasts.
        whole: the operation itself counts over all samples.
        values: so many inputs, the last ones, are read for their values alone.
    """

    operation: Operation
    operands: tuple[Shape | None, ...] = ()
    across: bool = False
    batch: Dim = 1
    weightless: bool = False
    aligned: bool = False
    whole: bool = False
    values: int = 0

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """As many as the operation takes, but for its weights and constants."""
        return 0 if self.operands or self.values else self.operation.fewest

    @property
    def most(self) -> int | None:  # type: ignore[override]
        """As many as the operation takes, but for its weights and constants."""
        return None if self.operands or self.values else self.operation.most

    def apply(self, *inputs: Shape) -> Result:
        """What the operation answers, without the axis that stands for the one sample."""
        read = inputs[: len(inputs) - self.values]
        if len(read) < self.operands.count(None):
            raise Fault("CS310", "not all that is read is known")
        given = iter(read)
        shapes = tuple(next(given) if shape is None else shape for shape in self.operands) or read
        if self.aligned:
            rank = max(map(len, shapes))
            shapes = tuple((*(1,) * (rank - len(shape)), *shape) for shape in shapes)
        if self.across:
            shapes = tuple((1, *shape) for shape in shapes)
        result = self.operation.apply(*shapes)
        outputs, paths, macs, flops = result.outputs, result.paths, result.macs, result.flops
        if self.operands and paths is not None:
            paths = tuple(path for path, shape in zip(paths, self.operands, strict=False) if shape is None)
        if self.across:
            outputs = tuple(shape[1:] for shape in outputs)
            paths = None if paths is None else tuple(tuple(within(path) for path in each[1:]) for each in paths)
        if (self.across or self.whole) and self.batch is None:
            macs, flops = self.of_each(shapes)
        elif self.across or self.whole:
            macs, flops = shared(macs, self.batch), shared(flops, self.batch)
        elif (samples := self.samples(shapes)) != self.batch:  # of an unknown batch one sample is one
            macs, flops = shared(times(macs, samples), self.batch), shared(times(flops, samples), self.batch)
        if paths is not None and [*map(len, paths)] != [*map(len, inputs)]:
            paths = tuple((EVERYTHING,) * len(shape) for shape in inputs)
        return result._replace(
            outputs=outputs,
            paths=paths,
            macs=macs,
            flops=flops,
            weights=() if self.weightless else result.weights,
        )

    def of_each(self, shapes: tuple[Shape, ...]) -> tuple[Dim, Dim]:
        """MACs and FLOPs of a sample where nobody knows how many there are: of one, if two take twice as much."""
        at = 1 if self.across else 0
        unknown = [shape[at : at + 1] == (None,) for shape in shapes]
        one, two = (
            self.operation.apply(
                *(
                    (*shape[:at], count, *shape[at + 1 :]) if fits else shape
                    for shape, fits in zip(shapes, unknown, strict=True)
                )
            )
            for count in (1, 2)
        )
        pairs = ((one.macs, two.macs), (one.flops, two.flops))
        macs, flops = (count if count is not None and both == 2 * count else None for count, both in pairs)
        return macs, flops

    def samples(self, shapes: tuple[Shape, ...]) -> Dim:
        """How many the operation takes for samples: as many as the first input that is no constant has."""
        axis = self.operation.batch_axis
        read = [
            shape for shape, fixed in zip(shapes, self.operands or (None,) * len(shapes), strict=True) if fixed is None
        ] or shapes  # of constants alone the first says how many there are
        return read[0][axis] if read and len(read[0]) > axis else self.batch


def without_weights(operation: Operation, batch: Dim) -> Operation:
    """The operation with its weights kept elsewhere; what was folded into the batch counts once, as before."""
    if isinstance(operation, Applied):
        return replace(operation, weightless=True)
    return Applied(operation, batch=batch, weightless=True)


def has_weights_elsewhere(operation: Operation) -> bool:
    """Whether the weights of an operation are kept, and counted, elsewhere."""
    return isinstance(operation, Applied) and operation.weightless


def shared(count: Dim, batch: Dim) -> Dim:
    """What falls to one sample of a count over all."""
    if not count:
        return count
    return None if not batch or count % batch else count // batch


def within(path: Path) -> Path:
    """A path between tensors with one axis more before them."""
    return path if path.axis is None else path._replace(axis=path.axis - 1)
