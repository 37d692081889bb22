"""PyTorch's modules: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from cnnshape.vocabularies.vocabulary import build, namesakes
from cnnshape.vocabularies.vocabulary import over_axes as each

LAYERS: dict[str, dict[str, tuple[str, ...]]] = {
    "convolution": {
        "Conv": each("Conv"),
        "ConvTranspose": each("ConvTranspose"),
        "LazyConv": each("LazyConv"),
        "LazyConvTranspose": each("LazyConvTranspose"),
    },
    "linear": namesakes("Linear", "LazyLinear", "Bilinear"),
    "pooling": {
        "MaxPool": each("MaxPool"),
        "AvgPool1d": ("AvgPool1d",),
        "AvgPool": ("AvgPool2d", "AvgPool3d"),
        "LPPool": each("LPPool"),
        "AdaptiveAvgPool": each("AdaptiveAvgPool"),
        "AdaptiveMaxPool": each("AdaptiveMaxPool"),
        "MaxUnpool": each("MaxUnpool"),
        "FractionalMaxPool": ("FractionalMaxPool2d", "FractionalMaxPool3d"),
    },
    "padding": {
        "ZeroPad": each("ZeroPad"),
        "ConstantPad": each("ConstantPad"),
        "OtherPad": each("ReflectionPad", "ReplicationPad", "CircularPad"),
    },
    "resampling": {
        "Upsample": ("Upsample",),
        "UpsamplingNearest": ("UpsamplingNearest2d",),
        "UpsamplingBilinear": ("UpsamplingBilinear2d",),
        **namesakes("PixelShuffle", "PixelUnshuffle", "ChannelShuffle", "Unfold", "Fold"),
    },
    "normalization": {
        "BatchNorm": each("BatchNorm"),
        "LazyBatchNorm": each("LazyBatchNorm"),
        **namesakes("SyncBatchNorm", "FrozenBatchNorm2d"),
        "InstanceNorm": each("InstanceNorm"),
        "LazyInstanceNorm": each("LazyInstanceNorm"),
        **namesakes(
            "GroupNorm",
            "LayerNorm",
            "LayerNorm2d",
            "RMSNorm",
            "LocalResponseNorm",
            "LayerScale",
            "CrossMapLRN2d",
            "CosineSimilarity",
            "PairwiseDistance",
        ),
    },
    "activation": {
        "Inplace": ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"),
        "Elementwise": ("Sigmoid", "Tanh", "Softsign", "Tanhshrink", "LogSigmoid"),
        "LeakyRelu": ("LeakyReLU",),
        "Elu": ("ELU",),
        "Celu": ("CELU",),
        "Gelu": ("GELU",),
        "Hardtanh": ("Hardtanh",),
        "Shrink": ("Hardshrink",),
        **namesakes("Softshrink", "Softplus", "Threshold"),
        "RandomRelu": ("RReLU",),
        "PRelu": ("PReLU",),
        "Glu": ("GLU",),
        "Softmax": ("Softmax", "LogSoftmax", "Softmin"),
        "Softmax2d": ("Softmax2d",),
    },
    "regularization": {
        "Dropout": ("Dropout", *each("Dropout"), "AlphaDropout", "FeatureAlphaDropout"),
        **namesakes("StochasticDepth", "Identity"),
    },
    "reshaping": namesakes("Flatten", "Unflatten", "Permute"),
    "recurrent": {
        **namesakes("RNN", "LSTM", "GRU", "RNNCell"),
        "Cell": ("LSTMCell", "GRUCell"),
    },
    "lookup": namesakes("Embedding", "EmbeddingBag"),
    "attention": {
        "MultiheadAttention": ("MultiheadAttention",),
        "TransformerLayer": ("TransformerEncoderLayer", "TransformerDecoderLayer"),
        **namesakes("TransformerEncoder", "TransformerDecoder", "Transformer"),
    },
    "described": {"Described": ("Layer",), "Parameter": ("Parameter",)},
    "containers": {
        "Sequential": ("Sequential",),
        **namesakes("weight_norm", "spectral_norm"),
    },
    "torchvision": {
        "ConvNormActivation": ("Conv2dNormActivation",),
        "Conv3dNormActivation": ("Conv3dNormActivation",),
        "Perceptron": ("MLP",),
        "Regions": ("RoIPool", "PSRoIPool"),
        "SampledRegions": ("PSRoIAlign",),
        "DropBlock": ("DropBlock2d", "DropBlock3d"),
        **namesakes("DeformConv2d", "SqueezeExcitation", "FeaturePyramidNetwork", "RoIAlign"),
        **namesakes("MultiScaleRoIAlign", "DropPath", "BatchNormAct2d", "SelectAdaptivePool2d"),
    },
}
"""Module classes: ``{module: {model: names}}``. FrozenBatchNorm2d, LayerNorm2d, StochasticDepth and Permute are
torchvision's; DropPath, BatchNormAct2d and SelectAdaptivePool2d are timm's."""

OPERATORS: dict[str, dict[str, tuple[str, ...]]] = {
    "merging": {
        "Add": ("add", "sub", "subtract", "rsub"),
        "Multiply": ("mul", "multiply", "true_divide"),
        "Divide": ("div", "divide"),
        "Merge": ("maximum", "minimum"),
        "Concatenate": ("cat", "concat", "concatenate"),
        "Stack": ("stack",),
    },
    "linear": {
        "MatMul": ("matmul", "bmm"),
    },
    "attention": {
        "ScaledDotProduct": ("scaled_dot_product_attention",),
    },
    "reshaping": {
        "FlattenFunction": ("flatten",),
        "UnflattenFunction": ("unflatten",),
        "PermuteFunction": ("permute",),
        "Transpose": ("transpose", "swapdims"),
        "SwapAxes": ("swapaxes",),
        **namesakes("reshape", "squeeze", "unsqueeze", "chunk", "split", "narrow", "tile", "repeat_interleave", "flip"),
        "Reduce": ("mean", "sum", "amax", "amin"),
        "Variance": ("var", "std"),
        "Norm": ("norm",),
    },
    "pooling": {
        "MaxPoolFunction": each("max_pool"),
        "AvgPool1d": ("avg_pool1d",),
        "AvgPool": ("avg_pool2d", "avg_pool3d"),
        "LPPool": each("lp_pool"),
        "AdaptiveAvgPool": each("adaptive_avg_pool"),
        "AdaptiveMaxPool": each("adaptive_max_pool"),
        "MaxUnpool": each("max_unpool"),
        "FractionalMaxPool": ("fractional_max_pool2d", "fractional_max_pool3d"),
    },
    "padding": {
        "PadFunction": ("pad",),
    },
    "resampling": {
        **namesakes("interpolate", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "unfold", "fold"),
    },
    "normalization": {
        "LocalResponseNorm": ("local_response_norm",),
        "LayerNormFunction": ("layer_norm",),
        "RMSNormFunction": ("rms_norm",),
        "GroupNormFunction": ("group_norm",),
        **namesakes("normalize", "cosine_similarity", "pairwise_distance"),
    },
    "activation": {
        "Inplace": ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid"),
        "Elementwise": (
            *("sigmoid", "tanh", "softsign", "tanhshrink", "logsigmoid"),
            *("abs", "neg", "exp", "log", "sqrt", "rsqrt", "square"),
        ),
        **namesakes("leaky_relu", "elu", "celu"),
        "GeluFunction": ("gelu",),
        "HardtanhBounds": ("hardtanh",),
        "Shrink": ("hardshrink",),
        **namesakes("softshrink", "softplus", "threshold"),
        "RandomReluFunction": ("rrelu",),
        "Glu": ("glu",),
        "Softmax": ("softmax", "log_softmax", "softmin"),
        **namesakes("clamp", "pow"),
    },
    "functions": {
        "Each": (
            *("sin", "cos", "tan", "sinh", "cosh", "asin", "acos", "atan", "erf", "erfc", "erfinv", "exp2", "expm1"),
            *("log1p", "log2", "log10", "floor", "ceil", "round", "trunc", "frac", "sign", "reciprocal", "isnan"),
            *("isinf", "isfinite", "logical_not", "lgamma", "digamma", "positive"),
        ),
        "Replaced": ("nan_to_num",),
        "Triangle": ("triu", "tril"),
        "Cumulative": ("cumsum", "cumprod", "logcumsumexp"),
        "CumulativeExtreme": ("cummax", "cummin"),
        "Rolled": ("roll",),
        "Ordered": ("sort",),
        "Order": ("argsort",),
        "Largest": ("topk",),
        "Extreme": ("max", "min", "median", "mode"),
        "Where": ("argmax", "argmin", "all", "any", "prod", "count_nonzero"),
        "Sums": ("logsumexp", "nansum", "nanmean"),
        "Compared": (
            *("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "floor_divide", "fmod"),
            *("remainder", "fmax", "fmin", "atan2", "copysign", "hypot"),
        ),
        "Filled": ("masked_fill",),
        "AllAlike": ("ones", "zeros"),
        "Ascending": ("arange",),
        "Chosen": ("where",),
        "Mixed": ("lerp",),
        "Gathering": ("gather",),
        "Selected": ("select",),
        "IndexSelected": ("index_select",),
        "Unbound": ("unbind",),
        "MovedAxes": ("movedim", "moveaxis"),
        "Expanded": ("expand", "broadcast_to"),
        "Formula": ("einsum",),
        "AllDistances": ("cdist",),
        "Grid": ("grid_sample",),
        **namesakes("one_hot", "gumbel_softmax"),
        "AffinePlaces": ("affine_grid",),
    },
    "weighted": {
        "Convolved": each("conv"),
        "Deconvolved": each("conv_transpose"),
        "Affine": ("linear",),
        "BilinearForm": ("bilinear",),
        "BatchNormFunction": ("batch_norm",),
        "InstanceNormFunction": ("instance_norm",),
        "TensorDot": ("tensordot",),
        "PReluFunction": ("prelu",),
        "EmbeddingFunction": ("embedding",),
        "EmbeddingBagFunction": ("embedding_bag",),
    },
    "spectra": {
        "AlongOne": ("fft.fft", "fft.ifft", "fft.rfft", "fft.irfft"),
        "AlongTwo": ("fft.fft2", "fft.ifft2", "fft.rfft2", "fft.irfft2"),
        "AlongSeveral": ("fft.fftn", "fft.ifftn", "fft.rfftn", "fft.irfftn"),
        "Shifted": ("fft.fftshift", "fft.ifftshift"),
        "Part": ("real", "imag"),
        "TakenApart": ("view_as_real",),
        "Joined": ("view_as_complex",),
    },
    "regularization": {
        "DropoutFunction": ("dropout", *each("dropout")),
        "AlphaDropoutFunction": ("alpha_dropout", "feature_alpha_dropout"),
    },
}
"""Functions of `torch` and `torch.nn.functional`, which make operator rows."""

ALIASES: dict[str, str] = {
    "absolute": "abs",
    "clip": "clamp",
    "linalg.matmul": "matmul",
    "negative": "neg",
    "special.expit": "sigmoid",
    "special.log_softmax": "log_softmax",
    "special.softmax": "softmax",
    "upsample": "interpolate",
    "view": "reshape",
}
"""PyTorch's own second names, as they stand below ``torch``, ``torch.nn.functional``, or a tensor."""

OF_FUNCTIONS = ("torch.nn.functional.", "nn.functional.", "F.", "torch.")
"""The prefixes of functions."""

PREFIXES = (
    *("torch.nn.utils.parametrizations.", "torch.nn.utils.", "torch.nn.functional.", "torch.nn."),
    *("torchvision.ops.misc.", "torchvision.ops.", "torch.", "timm.layers."),
    *("nn.utils.parametrizations.", "nn.utils.", "nn.functional.", "nn.", "F.", "ops."),
)

VOCABULARY = build("pytorch", LAYERS, OPERATORS, ALIASES, PREFIXES, OF_FUNCTIONS)
