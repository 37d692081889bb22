"""Keras 3's layers: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from cnnshape.vocabularies.vocabulary import build, table

LAYERS = table(
    """
    convolution.Conv: Conv?D
    transposed.ConvTranspose: Conv1DTranspose Conv2DTranspose
    transposed: Conv3DTranspose
    separable.DepthwiseConv: DepthwiseConv1D DepthwiseConv2D
    separable.SeparableConv: SeparableConv1D SeparableConv2D
    pooling.Pooling: MaxPooling?D SumPooling?D
    pooling.AveragePooling: AveragePooling?D
    pooling.GlobalPooling: GlobalMaxPooling?D GlobalAveragePooling?D
    adaptive_pooling.AdaptivePooling: AdaptiveMaxPooling?D AdaptiveAveragePooling?D
    dense: Dense EinsumDense
    spectra: STFTSpectrogram MelSpectrogram
    activation: Activation ReLU LeakyReLU PReLU ELU Softmax
    normalization: BatchNormalization LayerNormalization RMSNormalization GroupNormalization UnitNormalization
    reshaping: Flatten Reshape Permute RepeatVector InputLayer
    padding.ZeroPadding: ZeroPadding?D
    padding: Cropping1D Cropping2D Cropping3D CenterCrop
    resampling: UpSampling1D UpSampling2D UpSampling3D Resizing
    regularization: Identity ActivityRegularization Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D
    regularization.SpatialDropout: SpatialDropout2D SpatialDropout3D
    merging.Merge: Add Subtract Multiply Average Maximum Minimum
    merging: Concatenate Dot
    preprocessing: Rescaling Normalization
    recurrent: SimpleRNN LSTM GRU
    recurrent.ConvLSTM: ConvLSTM?D
    recurrent: SimpleRNNCell LSTMCell GRUCell
    described.Described: Layer
    described: Parameter Lambda
    wrapping: TimeDistributed Bidirectional SpectralNormalization Pipeline RNN StackedRNNCells Sequential
    attention.MultiHead: MultiHeadAttention
    attention.GroupQuery: GroupQueryAttention
    attention: Attention AdditiveAttention
    lookup: Embedding ReversibleEmbedding Masking CategoryEncoding Discretization
    augmentation: RandomCrop
    augmentation.Augmentation: AugMix AutoContrast CutMix MixUp ContrastLimitedAdaptiveHistogramEqualization
        Equalization RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
        RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
        RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
        RandomTranslation RandomZoom Solarization
    custom: LayerScale StochasticDepth CustomScaleLayer
    """
)
"""Layer classes."""

OPERATORS = table(
    """
    operators.Binary: add subtract multiply divide true_divide maximum minimum
    operators.Unary: relu relu6 selu silu swish sigmoid log_sigmoid hard_sigmoid hard_silu hard_swish tanh hard_tanh
        softplus softsign sparse_plus sparse_sigmoid tanh_shrink abs absolute negative reciprocal exp log sqrt rsqrt
        square
    operators: gelu leaky_relu
    operators.Alpha: elu celu
    operators.Shrink: soft_shrink hard_shrink
    operators: squareplus threshold clip
    operators.OverAxes: softmax log_softmax
    operators.OverAxis: sparsemax
    operators: glu concatenate stack
    operators.Reduce: mean sum var std amax amin
    operators.Extremum: max min
    operators: reshape transpose
    operators.SwapAxes: swapaxes
    operators: squeeze expand_dims split repeat
    functions.Each: sin cos tan sinh cosh arcsin arccos arctan erf erfinv expm1 log1p log2 log10 floor ceil trunc sign
        isnan isinf isfinite logical_not
    functions.Rounded: round
    functions.Replaced: nan_to_num
    functions: cast
    functions.Triangle: triu tril
    functions.Cumulative: cumsum cumprod
    functions.Rolled: roll
    functions.Ordered: sort argsort
    functions.Largest: top_k
    functions.Where: argmax argmin
    functions.Sums: logsumexp all any median
    functions.Product: prod
    functions.MomentsOver: moments
    functions.Compared: power equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor
        mod floor_divide arctan2
    functions.Chosen: where
    functions.Unstacked: unstack
    functions.TakenFrom: take
    functions.SlicedFrom: slice
    functions.Filled: ones zeros
    functions.Ascending: arange
    functions.MovedAxes: moveaxis
    functions.Expanded: broadcast_to
    functions.Formula: einsum
    functions: one_hot
    functions.Pooled: max_pool average_pool
    functions.DotProducts: dot_product_attention
    weighted.Convolved: conv
    weighted.Depthwise: depthwise_conv
    weighted.Separable: separable_conv
    weighted.Deconvolved: conv_transpose
    weighted.BatchNormFunction: batch_normalization
    weighted.Normalized: layer_normalization
    weighted.RootMeanSquare: rms_normalization
    weighted.Dotted: dot inner
    weighted.TensorDot: tensordot
    images.Blocks: depth_to_space space_to_depth
    images.Resized: image.resize
    images.PatchesOf: image.extract_patches image.extract_patches_3d
    images.Affine: image.affine_transform
    images.Cropped: image.crop_images
    images.Padded: image.pad_images
    images.Gray: image.rgb_to_grayscale
    images.Blurred: image.gaussian_blur
    spectra.Transformed: fft fft2 ifft2
    spectra.OfReal: rfft irfft
    spectra.WindowsOf: stft
    array_operators.MatMul: matmul
    array_operators: norm normalize flip tile pad unfold fold
    """,
    prefix="ops.",
)
"""Functions of `keras.ops`, which make operator rows."""


ALIASES: dict[str, str] = {
    alias.replace("?", rank): name.replace("?", rank)
    for alias, name in {
        "Convolution?D": "Conv?D",
        "Convolution?DTranspose": "Conv?DTranspose",
        "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D",
        "MaxPool?D": "MaxPooling?D",
        "AvgPool?D": "AveragePooling?D",
        "GlobalMaxPool?D": "GlobalMaxPooling?D",
        "GlobalAvgPool?D": "GlobalAveragePooling?D",
        "Input": "InputLayer",
    }.items()
    for rank in "123"
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
