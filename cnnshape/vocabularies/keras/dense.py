"""Keras's Dense and EinsumDense."""

from __future__ import annotations

from typing import Annotated

from cnnshape.operations.dense import Dense as DenseOperation
from cnnshape.operations.einsum_dense import EinsumDense as EinsumDenseOperation
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import ActivationName, sizes_or_unknown
from cnnshape.vocabularies.values import Kept, Positive


@keeps("bias_axes", kernel="glorot_uniform", bias="zeros")
def EinsumDense(
    equation: str,
    output_shape: Annotated[tuple[int | None, ...], Before(sizes_or_unknown, int | list[int | None])],
    activation: ActivationName = None,
    bias_axes: str | None = None,
    lora_rank: Kept = None,
    lora_alpha: Kept = None,
    gptq_unpacked_column_size: Kept = None,
    quantization_config: Kept = None,
) -> Operation:
    """EinsumDense: a product with a weight by a formula."""
    return EinsumDenseOperation(equation, output_shape, bias_axes or "", activation)


@keeps("use_bias", activity=True, kernel="glorot_uniform", bias="zeros")
def Dense(units: Positive, activation: ActivationName = None, use_bias: bool = True) -> Operation:
    """Dense, over the last axis, wherever the channels lie."""
    return DenseOperation(units, use_bias, activation, known_features=True)  # Keras insists on a known last axis
