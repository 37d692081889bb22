"""Keras's Dense and EinsumDense."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.operations.dense import Dense as DenseOperation
from cnnshape.operations.einsum_dense import EinsumDense as EinsumDenseOperation
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.keras.kernels import KernelAndBias
from cnnshape.vocabularies.keras.values import ActivationName
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Kept, Positive, at_least
from cnnshape.vocabularies.vocabulary import LayerType


def sizes(value: Any, info: Info) -> tuple[int | None, ...]:
    """The sizes of an output without the batch; null where they are the input's."""
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple(None if each is None else at_least(1, each, info) for each in several)


def EinsumDense(
    equation: str,
    output_shape: Annotated[tuple[int | None, ...], Before(sizes, int | list[int | None])],
    activation: ActivationName = None,
    bias_axes: str | None = None,
    kernel_initializer: Kept = "glorot_uniform",
    bias_initializer: Kept = "zeros",
    kernel_regularizer: Kept = None,
    bias_regularizer: Kept = None,
    kernel_constraint: Kept = None,
    bias_constraint: Kept = None,
    lora_rank: Kept = None,
    lora_alpha: Kept = None,
    gptq_unpacked_column_size: Kept = None,
    quantization_config: Kept = None,
) -> Operation:
    """EinsumDense: a product with a weight by a formula."""
    return EinsumDenseOperation(equation, output_shape, bias_axes or "", activation)


class Units(Layer):
    """The beginning of Dense."""

    units: Positive


class Dense(KernelAndBias, Units):
    """Dense, over the last axis, wherever the channels lie."""

    def lower(self, kind: LayerType, defaults: Defaults) -> DenseOperation:
        """Keras insists on a known last axis."""
        return DenseOperation(self.units, self.use_bias, self.activation, known_features=True)
