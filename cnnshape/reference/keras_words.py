"""Which kernel runs which layer or function of Keras."""

from __future__ import annotations

from functools import partial

import numpy as np

from cnnshape.reference import (
    activation,
    attention,
    composed,
    convolution,
    dense,
    formulas,
    keras_functions,
    lookup,
    merging,
    normalization,
    pooling,
    recurrent,
    resampling,
    reshaping,
    transposed,
)
from cnnshape.reference.activation import activate
from cnnshape.reference.choosing import KERAS_CHOOSING
from cnnshape.reference.elementwise import KERAS_ELEMENTWISE
from cnnshape.reference.execution import NEEDED, Kernel, by_rank, plain
from cnnshape.reference.images import KERAS_IMAGES
from cnnshape.reference.spectra import KERAS_SPECTRA
from cnnshape.reference.weighted import KERAS_WEIGHTED
from cnnshape.vocabularies.keras import LAYERS

KINDS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}

KERAS: dict[str, Kernel] = {
    **by_rank(
        {
            "Conv": convolution.keras_convolution,
            "AveragePooling": partial(pooling.keras_pooling, "average"),
            "MaxPooling": partial(pooling.keras_pooling, "max"),
            "SumPooling": partial(pooling.keras_pooling, "sum"),
            "GlobalAveragePooling": pooling.keras_global_pooling(np.mean),
            "GlobalMaxPooling": pooling.keras_global_pooling(np.max),
            "AdaptiveAveragePooling": pooling.keras_adaptive_pooling(np.add),
            "AdaptiveMaxPooling": pooling.keras_adaptive_pooling(np.maximum),
            "ZeroPadding": plain(reshaping.keras_zero_padding, padding=1, data_format=None),
            "SpatialDropout": reshaping.identity,
            "ConvLSTM": recurrent.convolutional,
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
    "UpSampling1D": plain(lambda x, size: np.repeat(x, size, 1), size=2),  # wherever the channels are
    "UpSampling2D": resampling.keras_upsampling,
    "UpSampling3D": resampling.keras_upsampling,
    "Cropping1D": plain(reshaping.keras_cropping, cropping=1),
    "Cropping2D": plain(reshaping.keras_cropping, cropping=0, data_format=None),
    "Cropping3D": plain(reshaping.keras_cropping, cropping=1, data_format=None),
    "Dense": dense.keras_dense,
    "Dot": dense.keras_dot,
    "Activation": lambda execution, x, *, activation: activate(activation, x, execution.disposable),
    "ReLU": activation.keras_relu,
    "LeakyReLU": plain(activation.leaky_relu, negative_slope=0.3),
    "PReLU": activation.keras_prelu,
    "ELU": plain(activation.elu, alpha=1.0),
    "Softmax": plain(activation.softmax, axis=-1),
    "BatchNormalization": normalization.keras_batch_normalization,
    "LayerNormalization": normalization.keras_layer_normalization,
    "GroupNormalization": normalization.keras_group_normalization,
    "UnitNormalization": plain(dense.to_unit_length, axis=-1),
    "RMSNormalization": normalization.keras_rms_normalization,
    "Normalization": normalization.keras_normalization,
    "Rescaling": normalization.keras_rescaling,
    "LayerScale": lambda execution, x, *, projection_dim: x * execution.parameter("gamma", (projection_dim,)),
    "Resizing": resampling.keras_resizing,
    "CenterCrop": resampling.keras_center_crop,
    "Flatten": reshaping.keras_flatten,
    "Reshape": plain(lambda x, shape: x.reshape(len(x), *shape), target_shape=NEEDED),
    "Permute": plain(lambda x, dims: x.transpose(0, *dims), dims=NEEDED),
    "RepeatVector": plain(lambda x, n: np.repeat(x[:, None], n, axis=1), n=NEEDED),
    **dict.fromkeys(
        (
            *("InputLayer", "Identity", "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
            *("ActivityRegularization", "StochasticDepth", *LAYERS["augmentation"]["Augmentation"]),
        ),
        reshaping.identity,
    ),
    "Add": partial(merging.folded, np.add),
    "Subtract": partial(merging.folded, np.subtract),
    "Multiply": partial(merging.folded, np.multiply),
    "Average": partial(merging.folded, np.add, mean=True),
    "Maximum": partial(merging.folded, np.maximum),
    "Minimum": partial(merging.folded, np.minimum),
    "Concatenate": merging.listed(np.concatenate, axis=-1),
    "CustomScaleLayer": plain(lambda shortcut, x, scale: shortcut + x * np.float32(scale), scale=NEEDED),
    "EinsumDense": formulas.keras_einsum_dense,
    **{name: partial(recurrent.keras_recurrent, kind) for name, kind in KINDS.items()},
    **{f"{name}Cell": partial(recurrent.keras_recurrent, kind, single=True) for name, kind in KINDS.items()},
    "RNN": composed.keras_rnn,
    "Bidirectional": composed.keras_bidirectional,
    "TimeDistributed": composed.keras_time_distributed,
    "SpectralNormalization": composed.keras_spectral_normalization,
    "Pipeline": partial(composed.sequential, "layers"),
    "Sequential": partial(composed.sequential, "layers"),
    "MultiHeadAttention": attention.keras_multihead,
    "GroupQueryAttention": attention.keras_group_query,
    "Attention": attention.keras_attention,
    "AdditiveAttention": attention.keras_additive_attention,
    "Embedding": lookup.keras_embedding,
    "ReversibleEmbedding": lookup.keras_reversible_embedding,
    "Masking": plain(lambda x, masked: x * np.any(x != masked, axis=-1, keepdims=True), mask_value=0.0),
    "CategoryEncoding": lookup.keras_category_encoding,
    "Discretization": lookup.keras_discretization,
    "STFTSpectrogram": formulas.keras_stft_spectrogram,
    "MelSpectrogram": formulas.keras_mel_spectrogram,
    "Parameter": lookup.parameter,
    "Weight": lookup.weight,
    "ops.ones": lookup.constant(1.0, "shape"),
    "ops.zeros": lookup.constant(0.0, "shape"),
    "ops.arange": plain(lookup.arange, start=NEEDED, stop=None, step=None),
    **{
        f"ops.{name}": kernel
        for kernels in (
            *(keras_functions.KERAS_OPERATIONS, KERAS_ELEMENTWISE, KERAS_CHOOSING, KERAS_WEIGHTED),
            *(KERAS_IMAGES, KERAS_SPECTRA),
        )
        for name, kernel in kernels.items()
    },
    "ops.einsum": lambda execution, *tensors, subscripts: formulas.sum_of_products(execution, subscripts, *tensors),
    "ops.one_hot": lookup.keras_one_hot,
    "ops.dot_product_attention": attention.keras_dot_products,
}
"""Keras's layers, and the functions of `keras.ops`."""
