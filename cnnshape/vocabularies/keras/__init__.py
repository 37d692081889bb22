"""Keras 3's layers: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from functools import partial

from cnnshape.vocabularies.vocabulary import build, namesakes, over_axes

each = partial(over_axes, letter="D")

LAYERS: dict[str, dict[str, tuple[str, ...]]] = {
    "convolution": {
        "Conv": each("Conv"),
    },
    "transposed": {
        "ConvTranspose": ("Conv1DTranspose", "Conv2DTranspose"),
        "Conv3DTranspose": ("Conv3DTranspose",),
    },
    "separable": {
        "DepthwiseConv": ("DepthwiseConv1D", "DepthwiseConv2D"),
        "SeparableConv": ("SeparableConv1D", "SeparableConv2D"),
    },
    "pooling": {
        "Pooling": each("MaxPooling", "SumPooling"),
        "AveragePooling": each("AveragePooling"),
        "GlobalPooling": each("GlobalMaxPooling", "GlobalAveragePooling"),
    },
    "adaptive_pooling": {
        "AdaptivePooling": each("AdaptiveMaxPooling", "AdaptiveAveragePooling"),
    },
    "dense": namesakes("Dense", "EinsumDense"),
    "spectra": namesakes("STFTSpectrogram", "MelSpectrogram"),
    "activation": namesakes("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
    "normalization": namesakes(
        "BatchNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization", "UnitNormalization"
    ),
    "reshaping": namesakes("Flatten", "Reshape", "Permute", "RepeatVector", "InputLayer"),
    "padding": {
        "ZeroPadding": each("ZeroPadding"),
        **namesakes("Cropping1D", "Cropping2D", "Cropping3D", "CenterCrop"),
    },
    "resampling": namesakes("UpSampling1D", "UpSampling2D", "UpSampling3D", "Resizing"),
    "regularization": {
        **namesakes(
            "Identity",
            "ActivityRegularization",
            "Dropout",
            "AlphaDropout",
            "GaussianDropout",
            "GaussianNoise",
            "SpatialDropout1D",
        ),
        "SpatialDropout": ("SpatialDropout2D", "SpatialDropout3D"),
    },
    "merging": {
        "Merge": ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"),
        **namesakes("Concatenate", "Dot"),
    },
    "preprocessing": namesakes("Rescaling", "Normalization"),
    "recurrent": {
        **namesakes("SimpleRNN", "LSTM", "GRU"),
        "ConvLSTM": each("ConvLSTM"),
        **namesakes("SimpleRNNCell", "LSTMCell", "GRUCell"),
    },
    "described": {"Described": ("Layer",), "Parameter": ("Parameter",), "Lambda": ("Lambda",)},
    "wrapping": namesakes(
        *("TimeDistributed", "Bidirectional", "SpectralNormalization", "Pipeline", "RNN"),
        *("StackedRNNCells", "Sequential"),
    ),
    "attention": {
        "MultiHead": ("MultiHeadAttention",),
        "GroupQuery": ("GroupQueryAttention",),
        **namesakes("Attention", "AdditiveAttention"),
    },
    "lookup": namesakes("Embedding", "ReversibleEmbedding", "Masking", "CategoryEncoding", "Discretization"),
    "augmentation": {
        "RandomCrop": ("RandomCrop",),
        "Augmentation": (
            *(
                "AugMix",
                "AutoContrast",
                "CutMix",
                "MixUp",
                "ContrastLimitedAdaptiveHistogramEqualization",
                "Equalization",
            ),
            *("RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast"),
            *("RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale"),
            *("RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation"),
            *("RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization"),
        ),
    },
    "custom": namesakes("LayerScale", "StochasticDepth", "CustomScaleLayer"),
}
"""Layer classes: ``{module: {model: names}}``."""

OPERATORS: dict[str, dict[str, tuple[str, ...]]] = {
    "operators": {
        "Binary": (
            "ops.add",
            "ops.subtract",
            "ops.multiply",
            "ops.divide",
            "ops.true_divide",
            "ops.maximum",
            "ops.minimum",
        ),
        "Unary": (
            *("ops.relu", "ops.relu6", "ops.selu", "ops.silu", "ops.swish", "ops.sigmoid", "ops.log_sigmoid"),
            *("ops.hard_sigmoid", "ops.hard_silu", "ops.hard_swish", "ops.tanh", "ops.hard_tanh"),
            *("ops.softplus", "ops.softsign", "ops.sparse_plus", "ops.sparse_sigmoid", "ops.tanh_shrink"),
            *("ops.abs", "ops.absolute", "ops.negative", "ops.reciprocal"),
            *("ops.exp", "ops.log", "ops.sqrt", "ops.rsqrt", "ops.square"),
        ),
        **namesakes("gelu", "leaky_relu", prefix="ops."),
        "Alpha": ("ops.elu", "ops.celu"),
        "Shrink": ("ops.soft_shrink", "ops.hard_shrink"),
        **namesakes("squareplus", "threshold", "clip", prefix="ops."),
        "OverAxes": ("ops.softmax", "ops.log_softmax"),
        "OverAxis": ("ops.sparsemax",),
        **namesakes("glu", "concatenate", "stack", prefix="ops."),
        "Reduce": ("ops.mean", "ops.sum", "ops.var", "ops.std", "ops.amax", "ops.amin"),
        "Extremum": ("ops.max", "ops.min"),
        **namesakes("reshape", "transpose", prefix="ops."),
        "SwapAxes": ("ops.swapaxes",),
        **namesakes("squeeze", "expand_dims", "split", "repeat", prefix="ops."),
    },
    "functions": {
        model: tuple(f"ops.{name}" for name in names)
        for model, names in {
            "Each": (
                *("sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "erf", "erfinv", "expm1", "log1p"),
                *("log2", "log10", "floor", "ceil", "trunc", "sign", "isnan", "isinf", "isfinite", "logical_not"),
            ),
            "Rounded": ("round",),
            "Replaced": ("nan_to_num",),
            "Cast": ("cast",),
            "Triangle": ("triu", "tril"),
            "Cumulative": ("cumsum", "cumprod"),
            "Rolled": ("roll",),
            "Ordered": ("sort", "argsort"),
            "Largest": ("top_k",),
            "Where": ("argmax", "argmin"),
            "Sums": ("logsumexp", "all", "any", "median"),
            "Product": ("prod",),
            "MomentsOver": ("moments",),
            "Compared": (
                *("power", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and"),
                *("logical_or", "logical_xor", "mod", "floor_divide", "arctan2"),
            ),
            "Chosen": ("where",),
            "Unstacked": ("unstack",),
            "TakenFrom": ("take",),
            "SlicedFrom": ("slice",),
            "Filled": ("ones", "zeros"),
            "Ascending": ("arange",),
            "MovedAxes": ("moveaxis",),
            "Expanded": ("broadcast_to",),
            "Formula": ("einsum",),
            "OneHot": ("one_hot",),
            "Pooled": ("max_pool", "average_pool"),
            "DotProducts": ("dot_product_attention",),
        }.items()
    },
    "weighted": {
        "Convolved": ("ops.conv",),
        "Depthwise": ("ops.depthwise_conv",),
        "Separable": ("ops.separable_conv",),
        "Deconvolved": ("ops.conv_transpose",),
        "BatchNormFunction": ("ops.batch_normalization",),
        "Normalized": ("ops.layer_normalization",),
        "RootMeanSquare": ("ops.rms_normalization",),
        "Dotted": ("ops.dot", "ops.inner"),
        "TensorDot": ("ops.tensordot",),
    },
    "images": {
        "Blocks": ("ops.depth_to_space", "ops.space_to_depth"),
        "Resized": ("ops.image.resize",),
        "PatchesOf": ("ops.image.extract_patches", "ops.image.extract_patches_3d"),
        "Affine": ("ops.image.affine_transform",),
        "Cropped": ("ops.image.crop_images",),
        "Padded": ("ops.image.pad_images",),
        "Gray": ("ops.image.rgb_to_grayscale",),
        "Blurred": ("ops.image.gaussian_blur",),
    },
    "spectra": {
        "Transformed": ("ops.fft", "ops.fft2", "ops.ifft2"),
        "OfReal": ("ops.rfft", "ops.irfft"),
        "WindowsOf": ("ops.stft",),
    },
    "array_operators": {
        "MatMul": ("ops.matmul",),
        **namesakes("norm", "normalize", "flip", "tile", "pad", "unfold", "fold", prefix="ops."),
    },
}
"""Functions of `keras.ops`, which make operator rows."""


def of_all_ranks(alias: str, name: str, ranks: str = "123") -> dict[str, str]:
    """Second names for a family: ``{rank}`` stands for its number of spatial axes."""
    return {alias.format(rank=rank): name.format(rank=rank) for rank in ranks}


ALIASES: dict[str, str] = {
    **of_all_ranks("Convolution{rank}D", "Conv{rank}D"),
    **of_all_ranks("Convolution{rank}DTranspose", "Conv{rank}DTranspose"),
    **of_all_ranks("SeparableConvolution{rank}D", "SeparableConv{rank}D", "12"),
    **of_all_ranks("MaxPool{rank}D", "MaxPooling{rank}D"),
    **of_all_ranks("AvgPool{rank}D", "AveragePooling{rank}D"),
    **of_all_ranks("GlobalMaxPool{rank}D", "GlobalMaxPooling{rank}D"),
    **of_all_ranks("GlobalAvgPool{rank}D", "GlobalAveragePooling{rank}D"),
    "Input": "InputLayer",
}
"""Keras's own second names."""

PREFIXES = (
    "tensorflow.keras.layers.",
    "tf.keras.layers.",
    "keras.layers.",
    "layers.",
    "tensorflow.keras.",
    "tf.keras.",
    "keras.",
)

VOCABULARY = build("keras", LAYERS, OPERATORS, ALIASES, PREFIXES)
