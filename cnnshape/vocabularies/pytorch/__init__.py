"""PyTorch's modules: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from cnnshape.vocabularies.vocabulary import build, table

LAYERS = table(
    """
    convolution.Conv: Conv?d
    convolution.ConvTranspose: ConvTranspose?d
    convolution.LazyConv: LazyConv?d
    convolution.LazyConvTranspose: LazyConvTranspose?d
    linear: Linear LazyLinear Bilinear
    pooling.MaxPool: MaxPool?d
    pooling: AvgPool1d
    pooling.AvgPool: AvgPool2d AvgPool3d
    pooling.LPPool: LPPool?d
    pooling.AdaptiveAvgPool: AdaptiveAvgPool?d
    pooling.AdaptiveMaxPool: AdaptiveMaxPool?d
    pooling.MaxUnpool: MaxUnpool?d
    pooling.FractionalMaxPool: FractionalMaxPool2d FractionalMaxPool3d
    padding.ZeroPad: ZeroPad?d
    padding.ConstantPad: ConstantPad?d
    padding.OtherPad: ReflectionPad?d ReplicationPad?d CircularPad?d
    resampling: Upsample
    resampling.UpsamplingNearest: UpsamplingNearest2d
    resampling.UpsamplingBilinear: UpsamplingBilinear2d
    resampling: PixelShuffle PixelUnshuffle ChannelShuffle Unfold Fold
    normalization.BatchNorm: BatchNorm?d
    normalization.LazyBatchNorm: LazyBatchNorm?d
    normalization: SyncBatchNorm FrozenBatchNorm2d
    normalization.InstanceNorm: InstanceNorm?d
    normalization.LazyInstanceNorm: LazyInstanceNorm?d
    normalization: GroupNorm LayerNorm LayerNorm2d RMSNorm LocalResponseNorm LayerScale CrossMapLRN2d CosineSimilarity
        PairwiseDistance
    activation.Inplace: ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid
    activation.Elementwise: Sigmoid Tanh Softsign Tanhshrink LogSigmoid
    activation.LeakyRelu: LeakyReLU
    activation.Elu: ELU
    activation.Celu: CELU
    activation.Gelu: GELU
    activation: Hardtanh
    activation.Shrink: Hardshrink
    activation: Softshrink Softplus Threshold
    activation.RandomRelu: RReLU
    activation.PRelu: PReLU
    activation.Glu: GLU
    activation.Softmax: Softmax LogSoftmax Softmin
    activation: Softmax2d
    regularization.Dropout: Dropout Dropout?d AlphaDropout FeatureAlphaDropout
    regularization: StochasticDepth Identity
    reshaping: Flatten Unflatten Permute
    recurrent: RNN LSTM GRU RNNCell
    recurrent.Cell: LSTMCell GRUCell
    lookup: Embedding EmbeddingBag
    attention: MultiheadAttention
    attention.TransformerLayer: TransformerEncoderLayer TransformerDecoderLayer
    attention: TransformerEncoder TransformerDecoder Transformer
    described.Described: Layer
    described: Parameter
    containers: Sequential weight_norm spectral_norm
    torchvision.ConvNormActivation: Conv2dNormActivation
    torchvision: Conv3dNormActivation
    torchvision.Perceptron: MLP
    torchvision.Regions: RoIPool PSRoIPool
    torchvision.SampledRegions: PSRoIAlign
    torchvision.DropBlock: DropBlock2d DropBlock3d
    torchvision: DeformConv2d SqueezeExcitation FeaturePyramidNetwork RoIAlign MultiScaleRoIAlign DropPath
        BatchNormAct2d SelectAdaptivePool2d
    """
)
"""Module classes. FrozenBatchNorm2d, LayerNorm2d, StochasticDepth and Permute are
torchvision's; DropPath, BatchNormAct2d and SelectAdaptivePool2d are timm's."""

OPERATORS = table(
    """
    merging.Add: add sub subtract rsub
    merging.Multiply: mul multiply true_divide
    merging.Divide: div divide
    merging.Merge: maximum minimum
    merging.Concatenate: cat concat concatenate
    merging: stack
    linear.MatMul: matmul bmm
    attention.ScaledDotProduct: scaled_dot_product_attention
    reshaping.FlattenFunction: flatten
    reshaping.UnflattenFunction: unflatten
    reshaping.PermuteFunction: permute
    reshaping.Transpose: transpose swapdims
    reshaping.SwapAxes: swapaxes
    reshaping: reshape squeeze unsqueeze chunk split narrow tile repeat_interleave flip
    reshaping.Reduce: mean sum amax amin
    reshaping.Variance: var std
    reshaping: norm
    pooling.MaxPoolFunction: max_pool?d
    pooling: avg_pool1d
    pooling.AvgPool: avg_pool2d avg_pool3d
    pooling.LPPool: lp_pool?d
    pooling.AdaptiveAvgPool: adaptive_avg_pool?d
    pooling.AdaptiveMaxPool: adaptive_max_pool?d
    pooling.MaxUnpool: max_unpool?d
    pooling.FractionalMaxPool: fractional_max_pool2d fractional_max_pool3d
    padding.PadFunction: pad
    resampling: interpolate pixel_shuffle pixel_unshuffle channel_shuffle unfold fold
    normalization: local_response_norm
    normalization.LayerNormFunction: layer_norm
    normalization.RMSNormFunction: rms_norm
    normalization.GroupNormFunction: group_norm
    normalization: normalize cosine_similarity pairwise_distance
    activation.Inplace: relu relu6 selu silu mish hardswish hardsigmoid
    activation.Elementwise: sigmoid tanh softsign tanhshrink logsigmoid abs neg exp log sqrt rsqrt square
    activation: leaky_relu elu celu
    activation.GeluFunction: gelu
    activation.HardtanhBounds: hardtanh
    activation.Shrink: hardshrink
    activation: softshrink softplus threshold
    activation.RandomReluFunction: rrelu
    activation: glu
    activation.Softmax: softmax log_softmax softmin
    activation: clamp pow
    functions.Each: sin cos tan sinh cosh asin acos atan erf erfc erfinv exp2 expm1 log1p log2 log10 floor ceil round
        trunc frac sign reciprocal isnan isinf isfinite logical_not lgamma digamma positive
    functions.Replaced: nan_to_num
    functions.Triangle: triu tril
    functions.Cumulative: cumsum cumprod logcumsumexp
    functions.CumulativeExtreme: cummax cummin
    functions.Rolled: roll
    functions.Ordered: sort
    functions.Order: argsort
    functions.Largest: topk
    functions.Extreme: max min median mode
    functions.Where: argmax argmin all any prod count_nonzero
    functions.Sums: logsumexp nansum nanmean
    functions.Compared: eq ne lt le gt ge logical_and logical_or logical_xor floor_divide fmod remainder fmax fmin atan2
        copysign hypot
    functions.Filled: masked_fill
    functions.AllAlike: ones zeros
    functions.Ascending: arange
    functions.Chosen: where
    functions.Mixed: lerp
    functions.Gathering: gather
    functions.Selected: select
    functions.IndexSelected: index_select
    functions.Unbound: unbind
    functions.MovedAxes: movedim moveaxis
    functions.Expanded: expand broadcast_to
    functions.Formula: einsum
    functions.AllDistances: cdist
    functions.Grid: grid_sample
    functions: one_hot gumbel_softmax
    functions.AffinePlaces: affine_grid
    weighted.Convolved: conv?d
    weighted.Deconvolved: conv_transpose?d
    weighted.Affine: linear
    weighted.BilinearForm: bilinear
    weighted.BatchNormFunction: batch_norm
    weighted.InstanceNormFunction: instance_norm
    weighted.TensorDot: tensordot
    weighted.PReluFunction: prelu
    weighted.EmbeddingFunction: embedding
    weighted.EmbeddingBagFunction: embedding_bag
    spectra.AlongOne: fft.fft fft.ifft fft.rfft fft.irfft
    spectra.AlongTwo: fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2
    spectra.AlongSeveral: fft.fftn fft.ifftn fft.rfftn fft.irfftn
    spectra.Shifted: fft.fftshift fft.ifftshift
    spectra.Part: real imag
    spectra.TakenApart: view_as_real
    spectra.Joined: view_as_complex
    regularization.DropoutFunction: dropout dropout?d
    regularization.AlphaDropoutFunction: alpha_dropout feature_alpha_dropout
    """
)
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
