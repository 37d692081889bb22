"""Keras's activation layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from cnnshape.operations import activation as operations
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.values import ActivationSchema, Axes, NotNegative, activation_name
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Kept, Number
from cnnshape.vocabularies.vocabulary import LayerType


def activation(name: str | None) -> Operation:
    """The operation of an activation of this name."""
    if name == "glu":
        return operations.GatedLinearUnit()
    return operations.Activation(name or "linear", axes=(-1,) if name in operations.OVER_THE_LAST_AXIS else ())


class Activation(Layer):
    """Activation, by name."""

    activation: Annotated[str | None, Before(activation_name), ActivationSchema]

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The activation of that name; Activation("glu") halves the last axis."""
        return activation(self.activation)


def ReLU(
    max_value: NotNegative | None = None, negative_slope: NotNegative = 0.0, threshold: NotNegative = 0.0
) -> Operation:
    """ReLU, also leaky and clipped: one operation per element, whatever the arguments."""
    return operations.Activation("relu")


class LeakyReLU(Layer):
    """LeakyReLU; `alpha` is what older Keras called its slope."""

    second_names: ClassVar[Mapping[str, str]] = {"alpha": "negative_slope"}
    negative_slope: NotNegative = 0.3

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """One operation per element."""
        return operations.Activation("leaky_relu")


def PReLU(
    alpha_initializer: Kept = "Zeros",
    alpha_regularizer: Kept = None,
    alpha_constraint: Kept = None,
    shared_axes: Axes | None = None,
) -> Operation:
    """PReLU: a slope for each element of a sample, or one along shared axes. Shared axes count the batch."""
    return operations.PRelu(shared=shared_axes or ())


def ELU(alpha: Number = 1.0) -> Operation:
    """ELU: one operation per element."""
    return operations.Activation("elu")


def Softmax(axis: Axes = -1) -> Operation:
    """Softmax: over one axis or several."""
    return operations.Activation("softmax", axes=axis)
