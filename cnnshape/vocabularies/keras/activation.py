"""Keras's activation layers."""

from __future__ import annotations

from typing import Annotated

from cnnshape.operations import activation as operations
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import ActivationSchema, Axes, NotNegative, activation_name
from cnnshape.vocabularies.layer import also_called
from cnnshape.vocabularies.values import Number


def Activation(activation: Annotated[str | None, Before(activation_name), ActivationSchema]) -> Operation:
    """Activation, by name."""
    if activation == "glu":
        return operations.GatedLinearUnit()
    over_an_axis = activation in operations.OVER_THE_LAST_AXIS
    return operations.Activation(activation or "linear", axes=(-1,) if over_an_axis else ())


def ReLU(
    max_value: NotNegative | None = None, negative_slope: NotNegative = 0.0, threshold: NotNegative = 0.0
) -> Operation:
    """ReLU, also leaky and clipped: one operation per element, whatever the arguments."""
    return operations.Activation("relu")


@also_called({"alpha": "negative_slope"})
def LeakyReLU(negative_slope: NotNegative = 0.3) -> Operation:
    """LeakyReLU; `alpha` is what older Keras called its slope."""
    return operations.Activation("leaky_relu")


@keeps(None, alpha="Zeros")
def PReLU(shared_axes: Axes | None = None) -> Operation:
    """PReLU: a slope for each element of a sample, or one along shared axes. Shared axes count the batch."""
    return operations.PRelu(shared=shared_axes or ())


def ELU(alpha: Number = 1.0) -> Operation:
    """ELU: one operation per element."""
    return operations.Activation("elu")


def Softmax(axis: Axes = -1) -> Operation:
    """Softmax: over one axis or several."""
    return operations.Activation("softmax", axes=axis)
