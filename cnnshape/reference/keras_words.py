"""Which kernel runs which layer or function of Keras."""

from __future__ import annotations

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
from cnnshape.reference.choosing import KERAS_CHOOSING
from cnnshape.reference.elementwise import KERAS_ELEMENTWISE
from cnnshape.reference.execution import Kernel, by_rank
from cnnshape.reference.images import KERAS_IMAGES
from cnnshape.reference.spectra import KERAS_SPECTRA
from cnnshape.reference.weighted import KERAS_WEIGHTED
from cnnshape.vocabularies.keras import LAYERS

KINDS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}

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
    "EinsumDense": formulas.keras_einsum_dense,
    **{name: recurrent.keras_recurrent(kind) for name, kind in KINDS.items()},
    **{f"{name}Cell": recurrent.keras_single(kind) for name, kind in KINDS.items()},
    **{f"ConvLSTM{rank}D": recurrent.convolutional(rank) for rank in (1, 2, 3)},
    "RNN": composed.keras_rnn,
    "Bidirectional": composed.keras_bidirectional,
    "TimeDistributed": composed.keras_time_distributed,
    "SpectralNormalization": composed.keras_spectral_normalization,
    "Pipeline": composed.sequential("layers"),
    "Sequential": composed.sequential("layers"),
    "MultiHeadAttention": attention.keras_multihead,
    "GroupQueryAttention": attention.keras_group_query,
    "Attention": attention.keras_attention,
    "AdditiveAttention": attention.keras_additive_attention,
    "Embedding": lookup.keras_embedding,
    "ReversibleEmbedding": lookup.keras_reversible_embedding,
    "Masking": lookup.keras_masking,
    "CategoryEncoding": lookup.keras_category_encoding,
    "Discretization": lookup.keras_discretization,
    "STFTSpectrogram": formulas.keras_stft_spectrogram,
    "MelSpectrogram": formulas.keras_mel_spectrogram,
    "Parameter": lookup.parameter,
    "Weight": lookup.weight,
    "ops.ones": lookup.constant(1.0),
    "ops.zeros": lookup.constant(0.0),
    "ops.arange": lookup.keras_arange,
    **dict.fromkeys(LAYERS["augmentation"]["Augmentation"], reshaping.identity),
    **{
        f"ops.{name}": kernel
        for kernels in (
            *(keras_functions.KERAS_OPERATIONS, KERAS_ELEMENTWISE, KERAS_CHOOSING, KERAS_WEIGHTED),
            *(KERAS_IMAGES, KERAS_SPECTRA),
        )
        for name, kernel in kernels.items()
    },
    "ops.einsum": formulas.keras_einsum,
    "ops.one_hot": lookup.keras_one_hot,
    "ops.dot_product_attention": attention.keras_dot_products,
}
"""Keras's layers, and the functions of `keras.ops`."""
