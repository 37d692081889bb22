"""The dense layer: every output feature sums over all features of the last axis."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic.sizes import Shape, agree, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, Weight, require_known
from cnnshape.value import value


@value
class Dense(Operation):
    """A matrix product over the last axis, Keras's Dense and PyTorch's Linear.

    Attributes:
        in_features: the declared size of the last axis, checked when given.
        known_features: refuse an unknown last axis, as Keras does.
        activation: the activation applied in place to the output, if any.
    """

    per_sample: ClassVar[bool] = True

    units: int
    bias: bool = True
    activation: str | None = None
    in_features: int | None = None
    known_features: bool = False

    def apply(self, shape: Shape) -> Result:
        """``(..., features) -> (..., units)``; params ``= features * units + units``."""
        if len(shape) < 2:
            raise Fault("CS302", f"{LAYER} needs at least 2 axes, but its input is {show(shape)}")
        features = shape[-1]
        if self.in_features is not None:
            if features is not None and features != self.in_features:
                flat = product(shape[1:]) == self.in_features
                sizes = " x ".join(map(str, shape[1:]))
                flattened = product(shape[1:])
                spatial = len(shape) >= 4 and flattened is not None
                raise Fault(
                    "CS304",
                    f"{LAYER} declares in_features={self.in_features}, "
                    f"but its input {show(shape)} has {features} features",
                    fix=f"put Flatten() before it: {sizes} = {self.in_features}"
                    if flat
                    else f"put Flatten() before it and use in_features={flattened} ({sizes}), "
                    f"or use in_features={features} for every position"
                    if spatial
                    else f"use in_features={features}",
                    argument="in_features",
                    replacement=None if flat or spatial else str(features),
                )
            features = self.in_features
        if self.known_features:
            fix = "state the unknown sizes in `input:`, or pool them away before (GlobalAveragePooling2D)"
            require_known(features, "features", fix=fix)
        weights = [Weight("kernel", (features, self.units))]
        if self.bias:
            weights.append(Weight("bias", (self.units,)))
        output = (*shape[:-1], self.units)
        elements = product(output[1:])
        macs = times(elements, features)
        flops = total((times(2, macs), elements if self.bias else 0, activation_flops(self.activation, elements)))
        paths = (*(Path(axis) for axis in range(len(shape) - 1)), EVERYTHING)
        return Result((output,), tuple(weights), macs, flops, paths=(paths,))


@value
class Bilinear(Operation):
    """PyTorch's Bilinear: every output feature sums over all pairs of features of two inputs."""

    first: int
    second: int
    units: int
    bias: bool = True

    def apply(self, left: Shape, right: Shape) -> Result:
        """``(..., first), (..., second) -> (..., units)``; params ``= units * first * second + units``."""
        for number, shape, declared in ((1, left, self.first), (2, right, self.second)):
            if len(shape) < 2:
                raise Fault("CS302", f"{LAYER} needs at least 2 axes, but input {number} is {show(shape)}")
            if shape[-1] not in (None, declared):
                raise Fault(
                    "CS304",
                    f"{LAYER} declares in{number}_features={declared}, but input {number} {show(shape)} has "
                    f"{shape[-1]} features",
                    fix=f"use in{number}_features={shape[-1]}",
                    argument=f"in{number}_features",
                    replacement=str(shape[-1]),
                )
        if not agree(left[:-1], right[:-1]):
            raise Fault(
                "CS305",
                f"{LAYER} needs inputs that agree in all axes but the last, got {show(left)} and {show(right)}",
            )
        output = (*(one if one is not None else two for one, two in zip(left, right, strict=True)),)[:-1]
        output = (*output, self.units)
        elements = product(output[1:])
        macs = times(elements, self.first, self.second + 1)
        weights = [Weight("kernel", (self.units, self.first, self.second))]
        if self.bias:
            weights.append(Weight("bias", (self.units,)))
        flops = total((times(2, macs), elements if self.bias else 0))
        paths = (*(Path(axis) for axis in range(len(left) - 1)), EVERYTHING)
        return Result((output,), tuple(weights), macs, flops, paths=(paths, paths))
