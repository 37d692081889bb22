"""Which kernel runs which layer: every word of both vocabularies, by the framework's own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature
from typing import Any

import numpy as np

from cnnshape.reference import (
    activation,
    convolution,
    dense,
    keras_functions,
    merging,
    normalization,
    pooling,
    pytorch_functions,
    resampling,
    reshaping,
    transposed,
)
from cnnshape.reference.activation import plain
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, ForwardError, Kernel
from cnnshape.vocabularies import keras, pytorch


def by_rank(names: Mapping[str, Kernel], ranks: Sequence[int], mark: str) -> dict[str, Kernel]:
    """A family of layers whose names end in their number of axes: `Conv` for ranks 1 to 3 and `D` is `Conv1D` ..."""
    return {f"{name}{rank}{mark}": kernel for name, kernel in names.items() for rank in ranks}


KERAS: dict[str, Kernel] = {
    **by_rank(
        {
            "Conv": convolution.keras_convolution,
            "AveragePooling": pooling.keras_average_pooling,
            "MaxPooling": pooling.keras_max_pooling,
            "SumPooling": pooling.keras_sum_pooling,
            "GlobalAveragePooling": pooling.keras_global_average_pooling,
            "GlobalMaxPooling": pooling.keras_global_max_pooling,
            "AdaptiveAveragePooling": pooling.keras_adaptive_average_pooling,
            "AdaptiveMaxPooling": pooling.keras_adaptive_max_pooling,
            "ZeroPadding": reshaping.keras_zero_padding,
            "SpatialDropout": reshaping.identity,
        },
        (1, 2, 3),
        "D",
    ),
    **by_rank(
        {
            "DepthwiseConv": convolution.keras_depthwise_convolution,
            "SeparableConv": convolution.keras_separable_convolution,
        },
        (1, 2),
        "D",
    ),
    **by_rank({"Conv": transposed.keras_transposed_convolution}, (1, 2, 3), "DTranspose"),
    "UpSampling1D": resampling.keras_upsampling_1d,
    "UpSampling2D": resampling.keras_upsampling,
    "UpSampling3D": resampling.keras_upsampling,
    "Cropping1D": reshaping.keras_cropping_1d,
    "Cropping2D": reshaping.keras_cropping_2d,
    "Cropping3D": reshaping.keras_cropping,
    "Dense": dense.keras_dense,
    "Dot": dense.keras_dot,
    "Activation": activation.keras_activation,
    "ReLU": activation.keras_relu,
    "LeakyReLU": activation.keras_leaky_relu,
    "PReLU": activation.keras_prelu,
    "ELU": activation.keras_elu,
    "Softmax": activation.keras_softmax,
    "BatchNormalization": normalization.keras_batch_normalization,
    "LayerNormalization": normalization.keras_layer_normalization,
    "GroupNormalization": normalization.keras_group_normalization,
    "UnitNormalization": normalization.keras_unit_normalization,
    "RMSNormalization": normalization.keras_rms_normalization,
    "Normalization": normalization.keras_normalization,
    "Rescaling": normalization.keras_rescaling,
    "LayerScale": normalization.keras_layer_scale,
    "Resizing": resampling.keras_resizing,
    "CenterCrop": resampling.keras_center_crop,
    "Flatten": reshaping.keras_flatten,
    "Reshape": reshaping.keras_reshape,
    "Permute": reshaping.keras_permute,
    "RepeatVector": reshaping.keras_repeat_vector,
    "InputLayer": reshaping.identity,
    "Identity": reshaping.identity,
    "Dropout": reshaping.identity,
    "AlphaDropout": reshaping.identity,
    "GaussianDropout": reshaping.identity,
    "GaussianNoise": reshaping.identity,
    "ActivityRegularization": reshaping.identity,
    "StochasticDepth": reshaping.identity,
    "Add": merging.keras_add,
    "Subtract": merging.keras_subtract,
    "Multiply": merging.keras_multiply,
    "Average": merging.keras_average,
    "Maximum": merging.keras_maximum,
    "Minimum": merging.keras_minimum,
    "Concatenate": merging.keras_concatenate,
    "CustomScaleLayer": merging.keras_custom_scale,
    **{f"ops.{name}": kernel for name, kernel in keras_functions.KERAS_OPERATIONS.items()},
}
"""Keras's layers, and the functions of `keras.ops`."""

PYTORCH: dict[str, Kernel] = {
    **by_rank(
        {
            "Conv": convolution.pytorch_convolution,
            "LazyConv": convolution.pytorch_convolution,
            "ConvTranspose": transposed.pytorch_transposed_convolution,
            "LazyConvTranspose": transposed.pytorch_transposed_convolution,
            "MaxPool": pooling.pytorch_max_pooling,
            "AvgPool": pooling.pytorch_average_pooling,
            "LPPool": pooling.pytorch_norm_pooling,
            "AdaptiveAvgPool": pooling.pytorch_adaptive_average_pooling,
            "AdaptiveMaxPool": pooling.pytorch_adaptive_max_pooling,
            "ZeroPad": reshaping.pytorch_zero_padding,
            "ConstantPad": reshaping.pytorch_constant_padding,
            "ReflectionPad": reshaping.pytorch_reflection_padding,
            "ReplicationPad": reshaping.pytorch_replication_padding,
            "CircularPad": reshaping.pytorch_circular_padding,
            "BatchNorm": normalization.pytorch_batch_normalization,
            "LazyBatchNorm": normalization.pytorch_batch_normalization,
            "InstanceNorm": normalization.pytorch_instance_normalization,
            "LazyInstanceNorm": normalization.pytorch_lazy_instance_normalization,
            "Dropout": reshaping.identity,
        },
        (1, 2, 3),
        "d",
    ),
    "Linear": dense.pytorch_linear,
    "LazyLinear": dense.pytorch_linear,
    "Bilinear": dense.pytorch_bilinear,
    "FrozenBatchNorm2d": normalization.pytorch_frozen_batch_normalization,
    "SyncBatchNorm": normalization.pytorch_batch_normalization,
    "GroupNorm": normalization.pytorch_group_normalization,
    "LayerNorm2d": normalization.pytorch_channel_normalization,
    "LayerScale": normalization.pytorch_layer_scale,
    "LayerNorm": normalization.pytorch_layer_normalization,
    "RMSNorm": normalization.pytorch_rms_normalization,
    "LocalResponseNorm": normalization.pytorch_local_response_normalization,
    "Upsample": resampling.pytorch_upsampling,
    "UpsamplingNearest2d": resampling.pytorch_nearest_upsampling,
    "UpsamplingBilinear2d": resampling.pytorch_bilinear_upsampling,
    "PixelShuffle": reshaping.pytorch_pixel_shuffle,
    "PixelUnshuffle": reshaping.pytorch_pixel_unshuffle,
    "ChannelShuffle": reshaping.pytorch_channel_shuffle,
    "Unfold": reshaping.pytorch_unfold,
    "Fold": reshaping.pytorch_fold,
    "Flatten": reshaping.pytorch_flatten,
    "Unflatten": reshaping.pytorch_unflatten,
    "Permute": reshaping.permute,
    "Identity": reshaping.identity,
    "Dropout": reshaping.identity,
    "AlphaDropout": reshaping.identity,
    "FeatureAlphaDropout": reshaping.identity,
    "StochasticDepth": reshaping.identity,
    "CELU": activation.pytorch_celu,
    "ELU": activation.pytorch_elu,
    "GELU": activation.pytorch_gelu,
    "GLU": activation.pytorch_glu,
    "Hardshrink": activation.pytorch_hard_shrink,
    "Hardsigmoid": plain(activation.hard_sigmoid),
    "Hardswish": plain(activation.hard_silu),
    "Hardtanh": activation.pytorch_hard_tanh,
    "LeakyReLU": activation.pytorch_leaky_relu,
    "LogSigmoid": plain(activation.log_sigmoid),
    "LogSoftmax": activation.pytorch_log_softmax,
    "Mish": plain(activation.mish),
    "PReLU": activation.pytorch_prelu,
    "RReLU": activation.pytorch_random_leaky_relu,
    "ReLU": activation.pytorch_relu,
    "ReLU6": plain(activation.relu6),
    "SELU": plain(activation.selu),
    "SiLU": plain(activation.silu),
    "Sigmoid": plain(activation.sigmoid),
    "Softmax": activation.pytorch_softmax,
    "Softmax2d": activation.pytorch_softmax_2d,
    "Softmin": activation.pytorch_softmin,
    "Softplus": activation.pytorch_softplus,
    "Softshrink": activation.pytorch_soft_shrink,
    "Softsign": plain(activation.softsign),
    "Tanh": plain(activation.tanh),
    "Tanhshrink": plain(activation.tanh_shrink),
    "Threshold": activation.pytorch_threshold,
    **pytorch_functions.PYTORCH_FUNCTIONS,
    "local_response_norm": normalization.pytorch_local_response_normalization,
}
"""PyTorch's modules, torchvision's, and the functions of `torch` and `torch.nn.functional`."""


def words_of(table: Mapping[str, Mapping[str, Sequence[str]]], modules: Sequence[str], *others: str) -> frozenset[str]:
    """All words of some modules of a vocabulary, and others."""
    return frozenset(name for module in modules for names in table[module].values() for name in names) | {*others}


KERAS |= dict.fromkeys(keras.LAYERS["augmentation"]["Augmentation"], reshaping.identity)

NOT_RUN = {
    "keras": words_of(
        keras.LAYERS, ("recurrent", "attention", "lookup", "wrapping", "described", "spectra"), "RandomCrop"
    )
    | words_of(keras.OPERATORS, ("functions",), "EinsumDense", "RandomCrop"),
    "pytorch": words_of(
        pytorch.LAYERS,
        ("recurrent", "attention", "lookup", "containers", "torchvision", "described"),
        *("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "FractionalMaxPool2d", "FractionalMaxPool3d"),
        *("CosineSimilarity", "PairwiseDistance", "CrossMapLRN2d", "cosine_similarity", "pairwise_distance"),
        "scaled_dot_product_attention",
    )
    | words_of(pytorch.OPERATORS, ("functions",), "max_unpool1d", "max_unpool2d", "max_unpool3d"),
}
"""Words that the forward pass, which is for networks of convolutions, does not run."""

KERNELS: Mapping[str, Mapping[str, Kernel]] = {"keras": KERAS, "pytorch": PYTORCH}

IGNORED = frozenset(
    {
        "autocast",
        "device",
        "dtype",
        "inplace",
        "lora_alpha",
        "lora_rank",
        "momentum",
        "name",
        "noise_shape",
        "process_group",
        "quantization_config",
        "seed",
        "trainable",
    }
)
IGNORED_ENDINGS = ("_initializer", "_regularizer", "_constraint")
"""Arguments that change nothing in inference; initial values do not, since weights are given or drawn."""


def run_layer(
    framework: str,
    kind: str,
    execution: Execution,
    tensors: Sequence[Array],
    arguments: Mapping[str, Any],
    data_format: str = "channels_last",
) -> tuple[Array, ...]:
    """Run one layer.

    Args:
        framework: `keras` or `pytorch`.
        kind: the layer's class, or the function's name.
        execution: takes the weights, and what the kernel counts.
        tensors: the inputs, batch first, in the framework's layout.
        arguments: those of the constructor that are not at their default, by the framework's names.
        data_format: what Keras's layers take where they state none.

    Returns:
        The outputs; a layer with one output returns a tuple of one.

    Raises:
        ForwardError: the reference has no such layer, or the weights do not fit.
    """
    kernel = KERNELS[framework].get(kind)
    if kernel is None:
        raise ForwardError(f"the reference forward pass has no {framework} layer `{kind}`")
    used = {
        name: value for name, value in arguments.items() if name not in IGNORED and not name.endswith(IGNORED_ENDINGS)
    }
    if data_format != "channels_last" and used.get("data_format") is None and knows_data_format(kernel):
        used["data_format"] = data_format
    with np.errstate(all="ignore"):  # values at the edge of float32 are the framework's business, and NaN a tool
        outputs = kernel(execution, *tensors, **used)
    execution.check_all_used()
    return outputs if isinstance(outputs, tuple) else (outputs,)


@cache
def knows_data_format(kernel: Kernel) -> bool:
    """Whether the layer of a kernel has an argument `data_format`, or follows Keras's setting without one."""
    return "data_format" in signature(kernel).parameters
