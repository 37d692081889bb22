"""Operations around another one."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.arithmetic.sizes import Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Operation, Path, Result, Weight
from cnnshape.value import value

Merging = Literal["concat", "sum", "ave", "mul"]


@value
class PerStep(Operation):
    """The same operation for every step of axis 1 (Keras's TimeDistributed)."""

    fewest: ClassVar[int] = 0
    most: ClassVar[int | None] = None

    operation: Operation

    @property
    def merges(self) -> bool:
        """As the operation does."""
        return self.operation.merges

    def apply(self, *inputs: Shape) -> Result:
        """``(batch, steps, ...)``: what the operation makes of ``(batch, ...)``; its costs for each step."""
        for shape in inputs:
            if len(shape) < 3:
                raise Fault("CS302", f"{LAYER} needs at least 3 axes (batch, steps, ...), but got {show(shape)}")
        steps = inputs[0][1]
        one = self.operation.apply(*((shape[0], *shape[2:]) for shape in inputs))
        outputs = tuple((shape[0], steps, *shape[1:]) for shape in one.outputs)
        paths = one.paths and tuple((each[0], Path(1), *map(behind, each[1:])) for each in one.paths)
        return one._replace(outputs=outputs, macs=times(one.macs, steps), flops=times(one.flops, steps), paths=paths)


def behind(path: Path) -> Path:
    """The path of an axis that lies one further back, as all but the batch do."""
    return path._replace(axis=path.axis + 1) if path.axis else path


@value
class BothDirections(Operation):
    """Keras's Bidirectional: a recurrent operation forwards and one backwards, their outputs merged or (None) apart.

    Further inputs are the states that both begin with.
    """

    most: ClassVar[int | None] = 5

    forwards: Operation
    backwards: Operation
    merging: Merging | None = "concat"

    def apply(self, *inputs: Shape) -> Result:
        """The outputs of both, then the states of both; weights of both."""
        shape, *states = inputs
        half = len(states) // 2
        first, second = self.forwards.apply(shape, *states[:half]), self.backwards.apply(shape, *states[half:])
        output = first.output
        merged: tuple[Shape, ...] = (output,)
        if self.merging is None:
            merged = (output, second.output)
        elif self.merging == "concat":
            merged = ((*output[:-1], total([output[-1], second.output[-1]])),)
        merges = self.merging in ("sum", "ave", "mul")
        return first._replace(
            outputs=(*merged, *first.outputs[1:], *second.outputs[1:]),
            weights=(
                *(weight._replace(name=f"forward_{weight.name}") for weight in first.weights),
                *(weight._replace(name=f"backward_{weight.name}") for weight in second.weights),
            ),
            paths=first.paths and second.paths and (*first.paths, *second.paths[1:]),
            macs=total([first.macs, second.macs]),
            flops=total([first.flops, second.flops, product(output[1:]) if merges else 0]),
        )


@value
class SpectralNormalization(Operation):
    """Keras's SpectralNormalization: a layer whose kernel is divided by its largest singular value.

    That is estimated by a vector with an element for each output of the kernel, which does not train.
    """

    operation: Operation

    def apply(self, *inputs: Shape) -> Result:
        """What the operation gives, and the vector."""
        result = self.operation.apply(*inputs)
        kernel = next((weight for weight in result.weights if weight.name in ("kernel", "embeddings")), None)
        if kernel is None:
            raise Fault("CS105", f"{LAYER} needs a layer with a kernel", argument="layer")
        return result._replace(weights=(*result.weights, Weight("vector_u", (1, kernel.shape[-1]), "non_trainable")))
