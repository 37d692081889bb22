"""The arguments that Keras's layers with a kernel and a bias have last, in their order."""

from __future__ import annotations

from cnnshape.vocabularies.keras.values import ActivationName
from cnnshape.vocabularies.layer import Layer
from cnnshape.vocabularies.values import Kept


class KernelAndBias(Layer):
    """The end of the constructors of Dense, Conv and ConvTranspose.

    A layer names this base before the one with its own arguments: a model's fields come in the order of its
    bases from last to first.
    """

    activation: ActivationName = None
    use_bias: bool = True
    kernel_initializer: Kept = "glorot_uniform"
    bias_initializer: Kept = "zeros"
    kernel_regularizer: Kept = None
    bias_regularizer: Kept = None
    activity_regularizer: Kept = None
    kernel_constraint: Kept = None
    bias_constraint: Kept = None
