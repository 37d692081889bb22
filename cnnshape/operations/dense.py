"""The dense layer: every output feature sums over all features of the last axis."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.arithmetic.sizes import Shape, product, show, times, total
from cnnshape.diagnostics import Fault
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, Weight, require_known


@dataclass(frozen=True, slots=True)
class Dense(Operation):
    """A matrix product over the last axis, Keras's Dense and PyTorch's Linear.

    Attributes:
        in_features: the declared size of the last axis, checked when given.
        known_features: refuse an unknown last axis, as Keras does.
        activation: the activation applied in place to the output, if any.
    """

    units: int
    bias: bool = True
    activation: str | None = None
    in_features: int | None = None
    known_features: bool = False
    what: str = "Dense"

    def apply(self, *inputs: Shape) -> Result:
        """``(..., features) -> (..., units)``; params ``= features * units + units``."""
        (shape,) = inputs
        if len(shape) < 2:
            raise Fault("CS302", f"{self.what} needs at least 2 axes, but its input is {show(shape)}")
        features = shape[-1]
        if self.in_features is not None:
            if features is not None and features != self.in_features:
                raise Fault(
                    "CS304",
                    f"{self.what} declares in_features={self.in_features}, "
                    f"but its input {show(shape)} has {features} features",
                    fix=f"use in_features={features}",
                    argument="in_features",
                    replacement=str(features),
                )
            features = self.in_features
        if self.known_features:
            require_known(features, "features", self.what)
        weights = [Weight("kernel", (features, self.units))]
        if self.bias:
            weights.append(Weight("bias", (self.units,)))
        output = (*shape[:-1], self.units)
        elements = product(output[1:])
        macs = times(elements, features)
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        paths = (*(Path(axis) for axis in range(len(shape) - 1)), EVERYTHING)
        return Result((output,), tuple(weights), macs, flops, paths=(paths,))
