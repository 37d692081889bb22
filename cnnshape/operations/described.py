"""Layers that nobody knows here, as who writes a file describes them; and weights by themselves."""

from __future__ import annotations

from math import ceil

from cnnshape.arithmetic.sizes import Dim, Shape, show
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, Weight, require_content
from cnnshape.value import value


@value
class Described(Operation):
    """A layer of which is known what is said: what it gives, and what it costs.

    Attributes:
        outputs: the shapes that it gives, without the batch.
        parameters, macs, flops: None where nothing is said of them; totals are lower bounds then.
    """

    fewest = 0
    merges = False

    outputs: tuple[Shape, ...]
    parameters: Dim = None
    macs: Dim = None
    flops: Dim = None

    @property
    def complete(self) -> bool:
        """Whether all that it costs is said."""
        return None not in (self.parameters, self.macs)

    def apply(self, *inputs: Shape) -> Result:
        """What is said, for the batch of the first input."""
        batch = inputs[0][0] if inputs else 1
        weights = () if self.parameters == 0 else (Weight("weights", (self.parameters,)),)
        outputs = tuple((batch, *shape) for shape in self.outputs)
        paths = tuple(unknown_paths(shape, outputs[0]) for shape in inputs)
        return Result(outputs, weights, self.macs, self.flops, paths=paths)


def unknown_paths(shape: Shape, output: Shape) -> tuple[Path, ...]:
    """Every axis as it was where the output has as many, what an index of it sees not known; else all of it is seen."""
    if len(shape) != len(output):
        return (EVERYTHING,) * len(shape)
    return tuple(Path(axis, None, lost=True) for axis in range(len(shape)))


@value
class Parameter(Operation):
    """A weight by itself, as a tensor that is the same for every sample: it has one in place of the batch."""

    sizes: tuple[int, ...]

    def apply(self) -> Result:
        """``(1, sizes...)``."""
        return Result(((1, *self.sizes),), (Weight("weight", self.sizes),))


@value
class Constant(Operation):
    """A tensor of one number, the same for every sample: it has 1 in place of the batch, and nothing is trained."""

    sizes: tuple[int, ...]

    def apply(self) -> Result:
        """The sizes as they are stated, of which the first is 1."""
        if self.sizes[:1] != (1,):
            raise Fault("CS310", f"{LAYER} needs 1 in place of the batch, got {show(self.sizes)}", argument="shape")
        require_content(self.sizes)
        return Result((self.sizes,))


def counted(start: float, stop: float | None, step: float) -> Constant:
    """Numbers from a start up to an end, or from 0 up to one. Raises `Fault` where there are none."""
    first, end = (0, start) if stop is None else (start, stop)
    count = ceil((end - first) / step) if step else 0
    if count < 1:
        raise Fault(
            "CS308", f"{LAYER} from {first:g} to {end:g} in steps of {step:g} makes no numbers", argument="step"
        )
    return Constant((1, count))
