"""Record what a framework computes, for `tests/reference`. Run by hand, with the framework's own Python:

    TF_ENABLE_ONEDNN_OPTS=0 python record.py keras
    python record.py pytorch [--add]    # --add: only the cases that are not recorded yet

Writes `observed_keras.jsonl` and `.npz` (or `observed_pytorch`): per case the layer, its arguments, the input
shapes, the names of its weights; arrays `CASE/x0`, `CASE/x1` ... (inputs), `CASE/w0` ... (weights, in the
framework's order) and `CASE/y0` ... (outputs, inference mode). The cases of `keras.jsonl` and `pytorch.jsonl`
beside it were drawn at random; those here are chosen, to reach every layer and every argument.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

KERAS_ACTIVATIONS = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
]

KERAS_FUNCTIONS = [
    *("relu", "relu6", "selu", "silu", "swish", "sigmoid", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("tanh", "hard_tanh", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "tanh_shrink", "abs", "absolute"),
    *("negative", "reciprocal", "exp", "log", "sqrt", "rsqrt", "square", "gelu", "leaky_relu", "elu", "celu"),
    *("soft_shrink", "hard_shrink", "squareplus", "softmax", "log_softmax", "sparsemax", "glu"),
]

KERAS = [
    *(("Activation", {"activation": name}, [[2, 5, 6]]) for name in KERAS_ACTIVATIONS),
    *(("Dense", {"units": 4, "activation": name}, [[3, 5]]) for name in ("softmax", "gelu", "tanh")),
    ("ReLU", {}, [[2, 9]]),
    ("ReLU", {"max_value": 1.0}, [[2, 9]]),
    ("ReLU", {"max_value": 6.0, "negative_slope": 0.2}, [[2, 9]]),
    ("ReLU", {"negative_slope": 0.1, "threshold": 0.5}, [[2, 9]]),
    ("ReLU", {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.5}, [[2, 9]]),
    ("ReLU", {"threshold": 0.7}, [[2, 9]]),
    ("LeakyReLU", {}, [[2, 9]]),
    ("LeakyReLU", {"negative_slope": 0.1}, [[2, 3, 4]]),
    ("PReLU", {}, [[2, 3, 4]]),
    ("PReLU", {"shared_axes": [1, 2]}, [[2, 3, 4, 2]]),
    ("PReLU", {"shared_axes": [1]}, [[2, 3, 4, 2]]),
    ("ELU", {}, [[2, 9]]),
    ("ELU", {"alpha": 0.5}, [[2, 9]]),
    ("Softmax", {}, [[2, 3, 4]]),
    ("Softmax", {"axis": 1}, [[2, 3, 4]]),
    ("Softmax", {"axis": [1, 2]}, [[2, 3, 4]]),
    # Convolutions: every padding, dilation, groups; windows that leave cells over in 3-D.
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, [[2, 9, 2]]),
    ("Conv1D", {"filters": 3, "kernel_size": 4, "padding": "causal", "strides": 2}, [[2, 9, 2]]),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 4, "groups": 2}, [[2, 10, 4]]),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 2], "padding": "same", "dilation_rate": [2, 3]}, [[1, 8, 9, 3]]),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "strides": 2, "padding": "same", "groups": 3}, [[2, 8, 7, 6]]),
    ("Conv2D", {"filters": 2, "kernel_size": 1, "strides": 3, "padding": "same"}, [[1, 6, 8, 2]]),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "strides": 5, "padding": "same"}, [[1, 9, 14, 2]]),
    ("Conv2D", {"filters": 3, "kernel_size": 7, "padding": "same"}, [[1, 3, 4, 2]]),
    ("Conv3D", {"filters": 2, "kernel_size": [1, 2, 3], "strides": [4, 4, 2], "padding": "same"}, [[1, 7, 8, 6, 2]]),
    ("Conv3D", {"filters": 2, "kernel_size": 1, "strides": 4, "padding": "same"}, [[1, 6, 7, 8, 2]]),
    ("Conv3D", {"filters": 2, "kernel_size": 1, "strides": 3, "padding": "same", "groups": 2}, [[1, 6, 5, 3, 2]]),
    ("Conv3D", {"filters": 2, "kernel_size": 2, "padding": "valid", "activation": "elu"}, [[1, 4, 3, 3, 2]]),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "dilation_rate": 2}, [[2, 9, 3]]),
    ("DepthwiseConv1D", {"kernel_size": 3, "padding": "same", "strides": 2, "use_bias": False}, [[2, 8, 3]]),
    ("DepthwiseConv1D", {"kernel_size": 2, "strides": 2, "dilation_rate": 3, "padding": "same"}, [[2, 9, 3]]),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": "same"}, [[1, 9, 8, 2]]),
    ("DepthwiseConv2D", {"kernel_size": [2, 3], "depth_multiplier": 3, "activation": "relu"}, [[2, 5, 6, 2]]),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "strides": 2}, [[2, 9, 3]]),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, [[2, 9, 3]]),
    (
        "SeparableConv2D",
        {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "strides": 2, "padding": "same"},
        [[1, 8, 9, 3]],
    ),
    ("SeparableConv2D", {"filters": 5, "kernel_size": [1, 4], "activation": "tanh"}, [[1, 4, 6, 2]]),
    (
        "SeparableConv2D",
        {"filters": 3, "kernel_size": 2, "strides": 2, "dilation_rate": 2, "padding": "same"},
        [[1, 7, 6, 2]],
    ),
    # Transposed convolutions: kernels smaller than strides, output padding, dilation.
    *(
        (
            "Conv1DTranspose",
            {"filters": 2, "kernel_size": k, "strides": s, "padding": p, "dilation_rate": d, "output_padding": o},
            [[1, n, 2]],
        )
        for k, s, d, o, n in (
            (2, 3, 1, None, 4),
            (1, 3, 1, None, 3),
            (3, 2, 1, None, 5),
            (4, 2, 1, None, 4),
            (5, 2, 1, None, 4),
            (5, 3, 1, None, 4),
            (3, 2, 1, 0, 4),
            (3, 2, 1, 1, 4),
            (4, 3, 1, 1, 4),
            (4, 3, 1, 2, 3),
            (3, 1, 2, None, 5),
            (2, 1, 3, None, 4),
            (1, 2, 1, 1, 3),
            (1, 2, 1, 0, 3),
            (2, 4, 1, 3, 3),
        )
        for p in ("valid", "same")
    ),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, [[1, 4, 5, 2]]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": [2, 5], "strides": [3, 2], "padding": "same"}, [[2, 4, 3, 2]]),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1, "activation": "relu"},
        [[1, 4, 3, 2]],
    ),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, [[1, 2, 3, 2, 2]]),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 1, "strides": 3, "padding": "same"}, [[1, 2, 3, 2, 2]]),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "valid"}, [[1, 2, 2, 2, 2]]),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 1, "strides": 4, "padding": "same"}, [[1, 2, 2, 1, 2]]),
    # Pooling.
    *(
        (f"{kind}Pooling{rank}D", {"pool_size": size, "strides": stride, "padding": padding}, [[2, *shape, 2]])
        for kind in ("Max", "Average")
        for rank, shape in ((1, [9]), (2, [7, 8]), (3, [4, 7, 5]))
        for size, stride, padding in (
            (3, 2, "same"),
            (2, 3, "valid"),
            (2, 5, "same"),
            (3, None, "same"),
            (4, 1, "same"),
        )
        if not (rank == 3 and size == 4)
    ),
    *(
        (f"Adaptive{kind}Pooling{rank}D", {"output_size": size}, [[2, *shape, 2]])
        for kind in ("Max", "Average")
        for rank, size, shape in (
            (1, 3, [10]),
            (1, 4, [6]),
            (2, 3, [7, 8]),
            (2, [2, 5], [7, 8]),
            (2, 1, [3, 4]),
            (3, 2, [3, 4, 5]),
            (3, [1, 2, 3], [4, 4, 4]),
        )
    ),
    *(
        (f"Global{kind}Pooling{rank}D", {"keepdims": keepdims}, [[2, *shape, 3]])
        for kind in ("Max", "Average")
        for rank, shape in ((1, [4]), (2, [4, 3]), (3, [2, 3, 2]))
        for keepdims in (False, True)
    ),
    ("GlobalAveragePooling2D", {"data_format": "channels_first"}, [[2, 3, 4, 5]]),
    ("GlobalMaxPooling1D", {"data_format": "channels_first", "keepdims": True}, [[2, 3, 4]]),
    # Resampling.
    ("UpSampling1D", {"size": 3}, [[2, 4, 2]]),
    ("UpSampling3D", {"size": [1, 2, 3]}, [[1, 2, 2, 2, 2]]),
    ("UpSampling2D", {"size": [2, 3], "data_format": "channels_first"}, [[1, 2, 3, 2]]),
    *(
        ("UpSampling2D", {"size": size, "interpolation": mode}, [[1, 4, 5, 2]])
        for mode in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        for size in (2, [3, 1])
    ),
    *(
        ("Resizing", {"height": h, "width": w, "interpolation": mode, "antialias": antialias}, [[1, 7, 9, 2]])
        for mode in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        for h, w, antialias in ((3, 5, False), (3, 5, True), (12, 10, False), (7, 4, True))
    ),
    *(
        ("Resizing", {"height": h, "width": w, ratio: True}, [[1, 7, 10, 2]])
        for ratio in ("crop_to_aspect_ratio", "pad_to_aspect_ratio")
        for h, w in ((5, 5), (8, 3), (4, 12))
    ),
    ("Resizing", {"height": 6, "width": 6, "pad_to_aspect_ratio": True, "fill_value": 0.5}, [[1, 4, 9, 2]]),
    ("Resizing", {"height": 6, "width": 5, "data_format": "channels_first"}, [[1, 2, 4, 9]]),
    ("CenterCrop", {"height": 3, "width": 4}, [[1, 6, 9, 2]]),
    ("CenterCrop", {"height": 6, "width": 8}, [[1, 6, 9, 2]]),
    ("CenterCrop", {"height": 8, "width": 4}, [[1, 6, 9, 2]]),
    ("CenterCrop", {"height": 3, "width": 4, "data_format": "channels_first"}, [[1, 2, 6, 9]]),
    # Dense, dot.
    ("Dense", {"units": 3, "use_bias": False}, [[2, 4]]),
    ("Dot", {"axes": 1}, [[2, 4], [2, 4]]),
    ("Dot", {"axes": [2, 1], "normalize": True}, [[2, 3, 4], [2, 4, 5]]),
    ("Dot", {"axes": -1}, [[2, 3, 4], [2, 5, 4]]),
    ("Dot", {"axes": [1, 2]}, [[2, 4], [2, 3, 4]]),
    ("Dot", {"axes": [2, 1]}, [[2, 3, 4], [2, 4]]),
    ("Dot", {"axes": [1, 3]}, [[2, 3, 4], [2, 2, 5, 3]]),
    ("Dot", {"axes": 1, "normalize": True}, [[3, 6], [3, 6]]),
    # Normalization.
    ("BatchNormalization", {"epsilon": 0.1, "center": False}, [[2, 3, 4]]),
    ("BatchNormalization", {"scale": False, "axis": 1}, [[2, 3, 4, 2]]),
    ("BatchNormalization", {"scale": False, "center": False}, [[2, 3]]),
    ("BatchNormalization", {"renorm": True}, [[2, 3]]),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.01}, [[2, 3, 4]]),
    ("LayerNormalization", {"axis": 1, "center": False}, [[2, 3, 4]]),
    ("LayerNormalization", {"axis": [-1, 1], "scale": False}, [[2, 3, 5, 4]]),
    ("LayerNormalization", {"axis": [3, 1]}, [[2, 3, 5, 4]]),
    ("RMSNormalization", {}, [[2, 3, 4]]),
    ("GroupNormalization", {"groups": 2, "epsilon": 0.01}, [[2, 3, 3, 4]]),
    ("GroupNormalization", {"groups": -1, "scale": False}, [[2, 3, 4]]),
    ("GroupNormalization", {"groups": 2, "axis": 1, "center": False}, [[2, 4, 3, 2]]),
    ("GroupNormalization", {"groups": 3}, [[2, 6]]),
    ("UnitNormalization", {}, [[2, 3, 4]]),
    ("UnitNormalization", {"axis": [1, 2]}, [[2, 3, 4]]),
    ("Normalization", {}, [[2, 3, 4]]),
    ("Normalization", {"axis": None}, [[2, 3, 4]]),
    ("Normalization", {"axis": [1, 2], "invert": True}, [[2, 3, 4]]),
    ("Normalization", {"mean": 0.5, "variance": 2.0}, [[2, 3, 4]]),
    ("Normalization", {"mean": [0.1, 0.2, 0.3], "variance": [1.0, 2.0, 3.0]}, [[2, 4, 4, 3]]),
    ("Normalization", {"axis": 1, "mean": [0.1, 0.2], "variance": [1.0, 2.0]}, [[2, 2, 4, 3]]),
    ("Normalization", {"axis": [1, 2], "mean": [0.1, 0.2, 0.3], "variance": [1.0, 2.0, 3.0]}, [[2, 2, 3, 4]]),
    ("Rescaling", {"scale": 0.5, "offset": -1.0}, [[2, 3, 4]]),
    ("Rescaling", {"scale": [0.5, 0.1], "offset": [1.0, 2.0]}, [[2, 3, 2]]),
    # Merging.
    *(
        (kind, {}, shapes)
        for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
        for shapes in (
            [[2, 3, 4], [2, 3, 4]],
            [[2, 3, 4], [2, 1, 4]],
            [[2, 4], [2, 3, 4]],
            [[2, 1, 1, 3], [2, 4, 5, 3]],
        )
    ),
    *((kind, {}, [[2, 3, 4]] * 3) for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum")),
    ("Average", {}, [[2, 1, 4], [2, 3, 1], [2, 3, 4]]),
    ("Concatenate", {}, [[2, 3, 4], [2, 3, 2], [2, 3, 1]]),
    ("Concatenate", {"axis": 1}, [[2, 3, 4], [2, 1, 4]]),
    ("LayerScale", {"init_values": 0.1, "projection_dim": 4}, [[2, 3, 4]]),
    ("StochasticDepth", {"drop_path_rate": 0.5}, [[2, 3, 4]]),
    ("CustomScaleLayer", {"scale": 0.2}, [[2, 3, 4], [2, 3, 4]]),
    # Reshaping.
    ("Flatten", {"data_format": "channels_first"}, [[2, 3, 4, 2]]),
    ("Reshape", {"target_shape": [2, 6]}, [[2, 3, 4]]),
    ("Reshape", {"target_shape": [-1, 2]}, [[2, 3, 4]]),
    ("Reshape", {"target_shape": [1, 1, 12]}, [[2, 12]]),
    ("Permute", {"dims": [2, 1]}, [[2, 3, 4]]),
    ("Permute", {"dims": [3, 1, 2]}, [[2, 3, 4, 5]]),
    ("RepeatVector", {"n": 3}, [[2, 4]]),
    ("ZeroPadding1D", {}, [[2, 3, 2]]),
    ("ZeroPadding1D", {"padding": [2, 0]}, [[2, 3, 2]]),
    ("ZeroPadding2D", {"padding": [1, 2]}, [[2, 3, 2, 2]]),
    ("ZeroPadding2D", {"padding": [[0, 1], [2, 0]], "data_format": "channels_first"}, [[2, 2, 3, 2]]),
    ("ZeroPadding3D", {"padding": [1, 0, 2]}, [[1, 2, 2, 2, 2]]),
    ("ZeroPadding3D", {}, [[1, 2, 2, 2, 2]]),
    ("Cropping1D", {"cropping": [1, 2]}, [[2, 5, 2]]),
    ("Cropping1D", {}, [[2, 5, 2]]),
    ("Cropping2D", {}, [[2, 5, 4, 2]]),
    ("Cropping2D", {"cropping": [[0, 1], [2, 0]], "data_format": "channels_first"}, [[2, 2, 5, 4]]),
    ("Cropping2D", {"cropping": [1, 0]}, [[2, 5, 4, 2]]),
    ("Cropping3D", {}, [[1, 4, 4, 4, 2]]),
    ("Cropping3D", {"cropping": [[1, 0], [0, 0], [2, 1]]}, [[1, 4, 4, 4, 2]]),
    # Nothing, in inference.
    *(
        (kind, {"rate": 0.5}, [[2, 3, 4]])
        for kind in ("Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D")
    ),
    ("SpatialDropout2D", {"rate": 0.5}, [[2, 3, 4, 2]]),
    ("SpatialDropout3D", {"rate": 0.5}, [[1, 2, 3, 2, 2]]),
    ("GaussianNoise", {"stddev": 0.5}, [[2, 3]]),
    ("ActivityRegularization", {}, [[2, 3]]),
    ("Identity", {}, [[2, 3]]),
    # Functions.
    ("ops.add", {}, [[2, 3, 4], [3, 1]]),
    ("ops.add", {"x2": 0.5}, [[2, 3, 4]]),
    ("ops.subtract", {}, [[2, 3, 4], [2, 3, 4]]),
    ("ops.subtract", {"x1": 1.0}, [[2, 3, 4]]),
    ("ops.multiply", {}, [[2, 3, 4], [2, 1, 1]]),
    ("ops.divide", {}, [[2, 3, 4], [2, 3, 4]]),
    ("ops.divide", {"x1": 2.0}, [[2, 3, 4]]),
    ("ops.true_divide", {"x2": 3}, [[2, 3, 4]]),
    ("ops.maximum", {}, [[2, 3, 4], [2, 3, 4]]),
    ("ops.minimum", {"x2": 0.1}, [[2, 3, 4]]),
    *((f"ops.{name}", {}, [[2, 3, 4]]) for name in KERAS_FUNCTIONS),
    ("ops.gelu", {"approximate": False}, [[2, 3, 4]]),
    ("ops.leaky_relu", {"negative_slope": 0.4}, [[2, 3, 4]]),
    ("ops.elu", {"alpha": 0.4}, [[2, 3, 4]]),
    ("ops.celu", {"alpha": 0.4}, [[2, 3, 4]]),
    ("ops.soft_shrink", {"threshold": 0.9}, [[2, 3, 4]]),
    ("ops.hard_shrink", {"threshold": 0.9}, [[2, 3, 4]]),
    ("ops.squareplus", {"b": 2}, [[2, 3, 4]]),
    ("ops.threshold", {"threshold": 0.2, "default_value": -3.0}, [[2, 3, 4]]),
    ("ops.clip", {"x_min": -0.5, "x_max": 0.7}, [[2, 3, 4]]),
    ("ops.softmax", {"axis": 1}, [[2, 3, 4]]),
    ("ops.log_softmax", {"axis": 1}, [[2, 3, 4]]),
    ("ops.sparsemax", {"axis": 1}, [[2, 3, 4]]),
    ("ops.glu", {"axis": 1}, [[2, 4, 3]]),
    ("ops.concatenate", {"axis": 1}, [[2, 3, 4], [2, 1, 4]]),
    ("ops.concatenate", {"axis": -1}, [[2, 3, 4], [2, 3, 1], [2, 3, 2]]),
    ("ops.stack", {"axis": 1}, [[2, 3, 4], [2, 3, 4]]),
    ("ops.mean", {"axis": [1, 2]}, [[2, 3, 4]]),
    ("ops.sum", {"axis": 1, "keepdims": True}, [[2, 3, 4]]),
    ("ops.max", {"axis": -1}, [[2, 3, 4]]),
    ("ops.min", {"axis": [1]}, [[2, 3, 4]]),
    ("ops.reshape", {"newshape": [2, -1, 2]}, [[2, 3, 4]]),
    ("ops.transpose", {"axes": [0, 2, 1]}, [[2, 3, 4]]),
    ("ops.swapaxes", {"axis1": 1, "axis2": -1}, [[2, 3, 4, 5]]),
    ("ops.squeeze", {"axis": 1}, [[2, 1, 4]]),
    ("ops.squeeze", {}, [[2, 1, 4, 1]]),
    ("ops.expand_dims", {"axis": 1}, [[2, 4]]),
    ("ops.split", {"indices_or_sections": 2, "axis": 1}, [[2, 4, 3]]),
    ("ops.split", {"indices_or_sections": [1, 3], "axis": 1}, [[2, 4, 3]]),
    ("ops.repeat", {"repeats": 2, "axis": 1}, [[2, 4, 3]]),
    ("ops.var", {"axis": [1, 2]}, [[2, 3, 4, 2]]),
    ("ops.std", {"axis": 1, "keepdims": True}, [[2, 3, 4]]),
    ("ops.amax", {"axis": -1}, [[2, 3, 4]]),
    ("ops.amin", {"axis": [1]}, [[2, 3, 4]]),
    ("ops.matmul", {}, [[2, 3, 4], [2, 4, 5]]),
    ("ops.matmul", {}, [[2, 1, 3, 4], [2, 2, 4, 5]]),
    ("ops.norm", {"axis": -1}, [[2, 3, 4]]),
    ("ops.norm", {"axis": 1, "ord": 1, "keepdims": True}, [[2, 3, 4]]),
    ("ops.norm", {"axis": [1, 2]}, [[2, 3, 4]]),
    ("ops.normalize", {}, [[2, 3, 4]]),
    ("ops.normalize", {"axis": 1, "order": 1}, [[2, 3, 4]]),
    ("ops.normalize", {"axis": 1, "order": 3, "epsilon": 0.5}, [[2, 3, 4]]),
    ("ops.normalize", {"axis": -1, "epsilon": 9.0}, [[2, 3, 4]]),
    ("ops.flip", {"axis": 1}, [[2, 3, 4]]),
    ("ops.flip", {"axis": [1, 2]}, [[2, 3, 4, 2]]),
    ("ops.tile", {"repeats": [1, 2, 3]}, [[2, 3, 4]]),
    ("ops.tile", {"repeats": [2]}, [[2, 3, 4]]),
    ("ops.pad", {"pad_width": [[0, 0], [1, 2], [0, 3]]}, [[2, 3, 4]]),
    ("ops.pad", {"pad_width": [[0, 0], [1, 2], [0, 3]], "constant_values": 0.5}, [[2, 3, 4]]),
    ("ops.pad", {"pad_width": [[0, 0], [1, 2], [0, 3]], "mode": "reflect"}, [[2, 3, 4]]),
    ("ops.pad", {"pad_width": [[0, 0], [1, 3], [0, 3]], "mode": "symmetric"}, [[2, 3, 4]]),
    ("ops.unfold", {"kernel_size": 2}, [[2, 3, 4, 5]]),
    ("ops.unfold", {"kernel_size": [2, 3], "padding": 1, "dilation": [1, 2]}, [[2, 3, 5, 7]]),
    ("ops.fold", {"output_size": [4, 5], "kernel_size": 2}, [[2, 12, 12]]),
    ("ops.fold", {"output_size": [4, 6], "kernel_size": 2, "stride": 2}, [[2, 8, 6]]),
    # Keras lays the scale over the last axes, whichever were normalized.
    ("RMSNormalization", {"axis": 1}, [[2, 4, 4]]),
    ("RMSNormalization", {"axis": [-1, 1], "epsilon": 0.01}, [[2, 3, 3, 3]]),
    ("RMSNormalization", {"axis": [1, 2]}, [[2, 3, 4]]),
    ("Resizing", {"height": 3, "width": 5, "interpolation": "area"}, [[2, 4, 4, 2]]),
    ("Resizing", {"height": 7, "width": 2, "interpolation": "area"}, [[1, 5, 9, 1]]),
    ("Resizing", {"height": 23, "width": 2, "interpolation": "nearest"}, [[1, 26, 3, 1]]),
    ("UpSampling2D", {"size": 2, "interpolation": "area"}, [[2, 3, 4, 2]]),
    # Deprecated: divided by the deviation, and the mean stays.
    ("LayerNormalization", {"rms_scaling": True}, [[2, 3, 4]]),
    ("LayerNormalization", {"rms_scaling": True, "scale": False, "axis": [1, 2], "epsilon": 0.01}, [[2, 3, 4]]),
]

TORCH_PLAIN = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]

PYTORCH = [
    *((name, {}, [[2, 4, 6]]) for name in TORCH_PLAIN),
    *((name, {}, [[2, 4, 3, 2]]) for name in ("Softmax", "Softmin", "LogSoftmax", "Softmax2d")),
    ("CELU", {"alpha": 0.4}, [[2, 9]]),
    ("ELU", {"alpha": 0.4}, [[2, 9]]),
    ("GELU", {"approximate": "tanh"}, [[2, 9]]),
    ("GLU", {"dim": 1}, [[2, 4, 3]]),
    ("Hardshrink", {"lambd": 0.9}, [[2, 9]]),
    ("Hardtanh", {"min_val": -0.4, "max_val": 0.8}, [[2, 9]]),
    ("LeakyReLU", {"negative_slope": 0.3}, [[2, 9]]),
    ("LogSoftmax", {"dim": -1}, [[2, 4, 3]]),
    ("PReLU", {"num_parameters": 4}, [[2, 4, 3]]),
    ("RReLU", {"lower": 0.1, "upper": 0.2}, [[2, 9]]),
    ("Softmax", {"dim": 2}, [[2, 4, 3]]),
    ("Softmin", {"dim": 1}, [[2, 4, 3]]),
    ("Softplus", {"beta": 3.0, "threshold": 1.0}, [[2, 9]]),
    ("Softshrink", {"lambd": 0.9}, [[2, 9]]),
    ("Threshold", {"threshold": 0.3, "value": -2.0}, [[2, 9]]),
    # Convolutions.
    *(
        (
            "Conv2d",
            {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": padding, "padding_mode": mode},
            [[1, 2, 5, 6]],
        )
        for mode in ("zeros", "reflect", "replicate", "circular")
        for padding in (1, [2, 1], "same")
    ),
    (
        "Conv1d",
        {"in_channels": 2, "out_channels": 2, "kernel_size": 4, "padding": "same", "padding_mode": "reflect"},
        [[2, 2, 7]],
    ),
    ("Conv1d", {"in_channels": 2, "out_channels": 2, "kernel_size": 4, "padding": "same", "dilation": 3}, [[2, 2, 7]]),
    ("Conv1d", {"in_channels": 2, "out_channels": 2, "kernel_size": 2, "padding": "valid", "stride": 3}, [[2, 2, 7]]),
    (
        "Conv3d",
        {"in_channels": 2, "out_channels": 4, "kernel_size": [1, 2, 3], "padding": "same", "groups": 2},
        [[1, 2, 3, 4, 5]],
    ),
    (
        "Conv3d",
        {"in_channels": 1, "out_channels": 2, "kernel_size": 2, "padding": 1, "padding_mode": "replicate"},
        [[1, 1, 3, 2, 3]],
    ),
    (
        "Conv2d",
        {"in_channels": 4, "out_channels": 8, "kernel_size": 3, "groups": 4, "stride": 2, "dilation": 2, "padding": 2},
        [[2, 4, 9, 8]],
    ),
    (
        "Conv2d",
        {"in_channels": 6, "out_channels": 3, "kernel_size": [3, 1], "groups": 3, "bias": False},
        [[2, 6, 5, 4]],
    ),
    # Transposed convolutions.
    *(
        (
            "ConvTranspose1d",
            {
                "in_channels": 4,
                "out_channels": 2,
                "kernel_size": k,
                "stride": s,
                "padding": p,
                "output_padding": o,
                "dilation": d,
                "groups": g,
            },
            [[1, 4, n]],
        )
        for k, s, p, o, d, g, n in (
            (2, 3, 0, 0, 1, 1, 4),
            (1, 4, 0, 2, 1, 1, 3),
            (3, 2, 1, 1, 1, 2, 5),
            (4, 2, 1, 0, 1, 2, 4),
            (3, 2, 2, 1, 2, 1, 4),
            (3, 1, 2, 1, 2, 1, 5),
            (5, 3, 2, 2, 1, 2, 3),
        )
    ),
    (
        "ConvTranspose2d",
        {
            "in_channels": 2,
            "out_channels": 4,
            "kernel_size": [3, 2],
            "stride": [2, 3],
            "output_padding": [1, 0],
            "groups": 2,
        },
        [[2, 2, 3, 4]],
    ),
    (
        "ConvTranspose3d",
        {
            "in_channels": 2,
            "out_channels": 2,
            "kernel_size": 2,
            "stride": 2,
            "padding": 1,
            "output_padding": 1,
            "bias": False,
        },
        [[1, 2, 2, 3, 2]],
    ),
    # Pooling.
    *(
        (
            f"MaxPool{rank}d",
            {"kernel_size": k, "stride": s, "padding": p, "dilation": d, "ceil_mode": c},
            [[2, 2, *shape]],
        )
        for rank, shape in ((1, [8]), (2, [8, 7]), (3, [5, 4, 7]))
        for k, s, p, d, c in (
            (3, 2, 1, 1, True),
            (2, 2, 1, 1, True),
            (2, 3, 0, 2, True),
            (3, None, 1, 1, False),
            (3, 4, 1, 1, True),
        )
    ),
    *(
        (
            f"AvgPool{rank}d",
            {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": c, "count_include_pad": i},
            [[2, 2, *shape]],
        )
        for rank, shape in ((1, [8]), (2, [8, 7]), (3, [5, 4, 7]))
        for k, s, p, c in ((3, 2, 1, True), (2, 2, 1, True), (4, 3, 2, True), (3, None, 1, False), (2, 4, 0, True))
        for i in (True, False)
    ),
    ("AvgPool2d", {"kernel_size": 3, "divisor_override": 5, "padding": 1}, [[1, 2, 6, 6]]),
    ("AvgPool3d", {"kernel_size": 2, "divisor_override": 3, "stride": 1, "ceil_mode": True}, [[1, 2, 3, 3, 3]]),
    *(
        (f"LPPool{rank}d", {"norm_type": p, "kernel_size": k, "stride": s, "ceil_mode": c}, [[2, 2, *shape]])
        for rank, shape in ((1, [8]), (2, [8, 7]), (3, [4, 4, 5]))
        for p, k, s, c in ((1, 2, None, False), (2, 3, 2, True), (4, 3, 2, True), (3, 2, 1, False))
    ),
    *(
        (f"Adaptive{kind}Pool{rank}d", {"output_size": size}, [[2, 2, *shape]])
        for kind in ("Max", "Avg")
        for rank, size, shape in (
            (1, 7, [10]),
            (1, 7, [5]),
            (2, [None, 3], [5, 8]),
            (2, [4, None], [5, 3]),
            (3, [1, None, 4], [3, 2, 7]),
        )
    ),
    # Resampling.
    *(
        ("Upsample", {"mode": mode, **how}, [[1, 2, *shape]])
        for mode, shape in (
            ("nearest", [5]),
            ("nearest", [5, 4]),
            ("nearest", [3, 4, 2]),
            ("nearest-exact", [5]),
            ("nearest-exact", [5, 4]),
            ("linear", [5]),
            ("bilinear", [5, 4]),
            ("bicubic", [5, 4]),
            ("trilinear", [3, 4, 2]),
        )
        for how in (
            {"scale_factor": 2},
            {"scale_factor": 1.7},
            {"size": 7},
            {"size": 3},
            {"scale_factor": 1.7, "recompute_scale_factor": True},
        )
    ),
    *(
        ("Upsample", {"mode": mode, "align_corners": True, **how}, [[1, 2, *shape]])
        for mode, shape in (("linear", [5]), ("bilinear", [5, 4]), ("bicubic", [5, 4]), ("trilinear", [3, 4, 2]))
        for how in ({"scale_factor": 2}, {"scale_factor": 1.7}, {"size": 7}, {"size": 1})
    ),
    ("Upsample", {"scale_factor": [2, 3]}, [[1, 2, 3, 4]]),
    ("Upsample", {"size": [4, 9], "mode": "bilinear"}, [[1, 2, 3, 4]]),
    ("UpsamplingNearest2d", {"scale_factor": 3}, [[1, 2, 3, 4]]),
    ("UpsamplingBilinear2d", {"scale_factor": 3}, [[1, 2, 3, 4]]),
    ("UpsamplingBilinear2d", {"size": [5, 2]}, [[1, 2, 3, 4]]),
    # Reshaping.
    ("PixelShuffle", {"upscale_factor": 2}, [[2, 8, 3, 2]]),
    ("PixelUnshuffle", {"downscale_factor": 2}, [[2, 2, 4, 6]]),
    ("ChannelShuffle", {"groups": 3}, [[2, 6, 3, 2]]),
    ("ChannelShuffle", {"groups": 2}, [[2, 6, 3]]),
    ("Unfold", {"kernel_size": 2}, [[2, 3, 4, 5]]),
    ("Unfold", {"kernel_size": [3, 2], "dilation": [1, 2], "padding": [1, 0], "stride": 2}, [[2, 3, 6, 7]]),
    (
        "Fold",
        {"output_size": [6, 7], "kernel_size": [3, 2], "dilation": [1, 2], "padding": [1, 0], "stride": 2},
        [[2, 12, 9]],
    ),
    ("Flatten", {"start_dim": 2}, [[2, 3, 4, 5]]),
    ("Flatten", {"start_dim": 0, "end_dim": 1}, [[2, 3, 4]]),
    ("Unflatten", {"dim": 1, "unflattened_size": [2, -1]}, [[2, 6, 3]]),
    ("Unflatten", {"dim": -1, "unflattened_size": [3, 2]}, [[2, 6]]),
    *(
        (f"{kind}Pad{rank}d", {"padding": padding}, [[2, 2, *shape]])
        for kind in ("Zero", "Reflection", "Replication", "Circular")
        for rank, shape, padding in (
            (1, [5], 2),
            (1, [5], [1, 3]),
            (2, [4, 5], 2),
            (2, [4, 5], [0, 3, 2, 1]),
            (3, [3, 4, 4], 1),
            (3, [3, 4, 4], [1, 0, 0, 3, 2, 1]),
        )
    ),
    ("ZeroPad2d", {"padding": [-1, 2, 1, -2]}, [[1, 2, 5, 6]]),
    ("ConstantPad1d", {"padding": [1, 2], "value": 0.7}, [[1, 2, 5]]),
    ("ConstantPad2d", {"padding": 1, "value": -1.5}, [[1, 2, 3, 4]]),
    ("ConstantPad3d", {"padding": [0, 1, 2, 0, -1, 1], "value": 3.0}, [[1, 2, 3, 2, 2]]),
    # Dense, normalization.
    ("Linear", {"in_features": 4, "out_features": 3}, [[2, 5, 4]]),
    ("Bilinear", {"in1_features": 3, "in2_features": 4, "out_features": 5}, [[2, 3], [2, 4]]),
    ("Bilinear", {"in1_features": 3, "in2_features": 4, "out_features": 2, "bias": False}, [[2, 6, 3], [2, 6, 4]]),
    ("torchvision.LayerNorm2d", {"normalized_shape": [5], "eps": 0.1}, [[2, 5, 3, 4]]),
    ("torchvision.FrozenBatchNorm2d", {"num_features": 5}, [[2, 5, 3, 4]]),
    ("torchvision.FrozenBatchNorm2d", {"num_features": 5, "eps": 0.1}, [[2, 5, 3, 4]]),
    ("BatchNorm1d", {"num_features": 3, "eps": 0.1}, [[4, 3]]),
    ("BatchNorm1d", {"num_features": 3}, [[2, 3, 5]]),
    ("BatchNorm2d", {"num_features": 3, "track_running_stats": False}, [[4, 3, 2, 5]]),
    ("BatchNorm2d", {"num_features": 3, "bias": False}, [[4, 3, 2, 5]]),
    ("BatchNorm3d", {"num_features": 3, "affine": False, "track_running_stats": False}, [[2, 3, 2, 2, 2]]),
    ("InstanceNorm1d", {"num_features": 3}, [[2, 3, 6]]),
    ("InstanceNorm2d", {"num_features": 3, "affine": True}, [[2, 3, 4, 5]]),
    ("InstanceNorm2d", {"num_features": 3, "affine": True, "track_running_stats": True}, [[2, 3, 4, 5]]),
    ("InstanceNorm3d", {"num_features": 3, "track_running_stats": True, "eps": 0.1}, [[2, 3, 2, 2, 3]]),
    ("GroupNorm", {"num_groups": 2, "num_channels": 4, "eps": 0.1}, [[2, 4, 3, 2]]),
    ("GroupNorm", {"num_groups": 4, "num_channels": 4, "affine": False}, [[2, 4, 5]]),
    ("LayerNorm", {"normalized_shape": [4, 5], "eps": 0.1}, [[2, 3, 4, 5]]),
    ("LayerNorm", {"normalized_shape": 5, "bias": False}, [[2, 3, 5]]),
    ("LayerNorm", {"normalized_shape": [5], "elementwise_affine": False}, [[2, 3, 5]]),
    ("RMSNorm", {"normalized_shape": [5]}, [[2, 3, 5]]),
    ("RMSNorm", {"normalized_shape": [3, 5], "eps": 0.1, "elementwise_affine": False}, [[2, 3, 5]]),
    ("LocalResponseNorm", {"size": 3}, [[2, 6, 3, 4]]),
    ("LocalResponseNorm", {"size": 4, "alpha": 0.5, "beta": 0.5, "k": 2.0}, [[2, 6, 5]]),
    ("LocalResponseNorm", {"size": 9, "alpha": 1.0}, [[2, 4, 3, 2, 2]]),
    # Nothing, in inference.
    *((name, {"p": 0.5}, [[2, 3, 4]]) for name in ("Dropout", "Dropout1d", "AlphaDropout", "FeatureAlphaDropout")),
    ("Dropout2d", {}, [[2, 3, 4, 2]]),
    ("Dropout3d", {}, [[1, 2, 3, 4, 2]]),
    ("Identity", {}, [[2, 3]]),
    ("torchvision.StochasticDepth", {"p": 0.5, "mode": "row"}, [[2, 3, 4]]),
    ("torchvision.Permute", {"dims": [0, 2, 3, 1]}, [[2, 3, 4, 5]]),
    # Functions.
    ("torch.add", {}, [[2, 3, 4], [3, 1]]),
    ("torch.add", {"alpha": 2}, [[2, 3], [2, 3]]),
    ("torch.sub", {}, [[2, 3], [2, 3]]),
    ("torch.sub", {"alpha": 0.5}, [[2, 3], [2, 3]]),
    ("torch.mul", {}, [[2, 3, 4, 4], [2, 3, 1, 1]]),
    ("torch.cat", {"dim": 1}, [[2, 3, 4], [2, 1, 4]]),
    ("torch.cat", {}, [[2, 3], [1, 3]]),
    ("torch.stack", {"dim": 1}, [[2, 3], [2, 3], [2, 3]]),
    ("torch.stack", {"dim": -1}, [[2, 3], [2, 3]]),
    ("torch.chunk", {"chunks": 2, "dim": 1}, [[2, 6, 3]]),
    ("torch.chunk", {"chunks": 3, "dim": 1}, [[2, 7, 3]]),
    ("torch.chunk", {"chunks": 4, "dim": 1}, [[2, 6, 3]]),
    ("torch.split", {"split_size_or_sections": 2, "dim": 1}, [[2, 5, 3]]),
    ("torch.split", {"split_size_or_sections": [1, 3, 2], "dim": 1}, [[2, 6, 3]]),
    ("torch.permute", {"dims": [0, 2, 1]}, [[2, 6, 3]]),
    ("torch.flatten", {"start_dim": 1}, [[2, 6, 3]]),
    ("torch.flatten", {}, [[2, 6, 3]]),
    ("torch.add", {"other": 0.5, "alpha": 3}, [[2, 3]]),
    ("torch.sub", {"other": 0.5}, [[2, 3]]),
    ("torch.subtract", {}, [[2, 3], [2, 3]]),
    ("torch.mul", {"other": 3}, [[2, 3]]),
    ("torch.multiply", {}, [[2, 3], [2, 1]]),
    ("torch.div", {}, [[2, 3], [2, 3]]),
    ("torch.div", {"other": 0.3, "rounding_mode": "trunc"}, [[2, 9]]),
    ("torch.divide", {"other": 0.3, "rounding_mode": "floor"}, [[2, 9]]),
    ("torch.true_divide", {}, [[2, 3], [2, 3]]),
    ("torch.maximum", {}, [[2, 3], [2, 3]]),
    ("torch.minimum", {}, [[2, 3], [2, 3]]),
    ("torch.concat", {"dim": 1}, [[2, 3], [2, 1]]),
    ("torch.concatenate", {"dim": -1}, [[2, 3, 2], [2, 3, 4]]),
    ("torch.matmul", {}, [[2, 3, 4], [2, 4, 5]]),
    ("torch.matmul", {}, [[2, 1, 3, 4], [5, 4, 2]]),
    ("torch.bmm", {}, [[2, 3, 4], [2, 4, 5]]),
    ("torch.unflatten", {"dim": 1, "sizes": [2, -1]}, [[2, 6, 3]]),
    *((f"torch.{name}", {"dim0": 1, "dim1": -1}, [[2, 3, 4, 5]]) for name in ("transpose", "swapdims")),
    ("torch.swapaxes", {"axis0": 1, "axis1": -1}, [[2, 3, 4, 5]]),
    ("torch.reshape", {"shape": [2, -1, 2]}, [[2, 3, 4]]),
    ("torch.squeeze", {}, [[2, 1, 3, 1]]),
    ("torch.squeeze", {"dim": 1}, [[2, 1, 3, 1]]),
    ("torch.squeeze", {"dim": [1, 2]}, [[2, 1, 3, 1]]),
    ("torch.unsqueeze", {"dim": -1}, [[2, 3]]),
    ("torch.narrow", {"dim": 1, "start": 1, "length": 2}, [[2, 4, 3]]),
    ("torch.narrow", {"dim": 1, "start": -3, "length": 2}, [[2, 4, 3]]),
    ("torch.tile", {"dims": [1, 2, 1]}, [[2, 2, 3]]),
    ("torch.tile", {"dims": [2]}, [[2, 2, 3]]),
    ("torch.repeat_interleave", {"repeats": 2, "dim": 1}, [[2, 2, 3]]),
    ("torch.flip", {"dims": [1, 2]}, [[2, 2, 3]]),
    ("torch.mean", {"dim": [2, 3]}, [[2, 3, 4, 5]]),
    ("torch.sum", {"dim": 1}, [[2, 3, 4]]),
    ("torch.amax", {"dim": [1, 2], "keepdim": True}, [[2, 3, 4]]),
    ("torch.amin", {"dim": -1}, [[2, 3, 4]]),
    ("torch.var", {"dim": [1, 2]}, [[2, 3, 4]]),
    ("torch.std", {"dim": 1, "unbiased": False, "keepdim": True}, [[2, 3, 4]]),
    ("torch.norm", {"dim": 1}, [[2, 3, 4]]),
    ("torch.norm", {"p": 1.0, "dim": [1, 2], "keepdim": True}, [[2, 3, 4]]),
    ("torch.norm", {"p": 3.0, "dim": 1}, [[2, 3, 4]]),
    ("torch.clamp", {"min": -0.3}, [[2, 9]]),
    ("torch.clamp", {"min": -0.3, "max": 0.4}, [[2, 9]]),
    ("torch.pow", {"exponent": 3}, [[2, 9]]),
    *(
        (f"torch.{name}", {}, [[2, 9]])
        for name in ("abs", "neg", "exp", "log", "sqrt", "rsqrt", "square", "relu", "sigmoid", "tanh")
    ),
    *(
        (f"F.{name}", {}, [[2, 9]])
        for name in (
            *("relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid", "softsign", "tanhshrink", "logsigmoid"),
            *("leaky_relu", "elu", "celu", "gelu", "hardtanh", "hardshrink", "softshrink", "softplus", "rrelu"),
        )
    ),
    ("F.threshold", {"threshold": 0.2, "value": -1.0}, [[2, 9]]),
    ("F.glu", {"dim": 1}, [[2, 6, 3]]),
    *((f"F.{name}", {"dim": 1}, [[2, 6, 3]]) for name in ("softmax", "log_softmax", "softmin")),
    *((f"F.{name}", {"training": False}, [[2, 6, 3]]) for name in ("dropout", "dropout1d", "alpha_dropout")),
    ("F.dropout2d", {"training": False}, [[2, 6, 3, 2]]),
    ("F.dropout3d", {"training": False}, [[2, 6, 3, 2, 2]]),
    ("F.feature_alpha_dropout", {"training": False}, [[2, 6, 3]]),
    ("F.normalize", {}, [[2, 6, 3]]),
    ("F.normalize", {"p": 1.0, "dim": -1}, [[2, 6, 3]]),
    ("F.layer_norm", {"normalized_shape": [4, 3]}, [[2, 4, 3]]),
    ("F.group_norm", {"num_groups": 2}, [[2, 4, 3]]),
    ("F.local_response_norm", {"size": 3, "alpha": 0.3}, [[2, 5, 3]]),
    ("F.pad", {"pad": [1, 2]}, [[2, 3, 4]]),
    ("F.pad", {"pad": [1, 2, 0, 1], "mode": "constant", "value": 0.7}, [[2, 2, 3, 4]]),
    ("F.pad", {"pad": [1, 2, 0, 1], "mode": "reflect"}, [[2, 2, 3, 4]]),
    ("F.pad", {"pad": [1, 2], "mode": "replicate"}, [[2, 3, 4]]),
    ("F.pad", {"pad": [1, 2, 0, 1], "mode": "circular"}, [[2, 2, 3, 4]]),
    ("F.max_pool1d", {"kernel_size": 2, "ceil_mode": True}, [[2, 2, 5]]),
    ("F.max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, [[2, 2, 5, 6]]),
    ("F.max_pool3d", {"kernel_size": 2}, [[2, 2, 4, 4, 5]]),
    ("F.avg_pool1d", {"kernel_size": 2}, [[2, 2, 5]]),
    ("F.avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, [[2, 2, 5, 6]]),
    ("F.avg_pool3d", {"kernel_size": 2}, [[2, 2, 4, 4, 5]]),
    ("F.lp_pool1d", {"norm_type": 2, "kernel_size": 2}, [[2, 2, 5]]),
    ("F.lp_pool2d", {"norm_type": 2, "kernel_size": 2}, [[2, 2, 5, 4]]),
    ("F.lp_pool3d", {"norm_type": 2, "kernel_size": 2}, [[2, 2, 5, 4, 2]]),
    ("F.adaptive_avg_pool1d", {"output_size": 3}, [[2, 2, 5]]),
    ("F.adaptive_avg_pool2d", {"output_size": 1}, [[2, 2, 5, 4]]),
    ("F.adaptive_avg_pool3d", {"output_size": 2}, [[2, 2, 5, 4, 3]]),
    ("F.adaptive_max_pool1d", {"output_size": 3}, [[2, 2, 5]]),
    ("F.adaptive_max_pool2d", {"output_size": [2, 3]}, [[2, 2, 5, 4]]),
    ("F.adaptive_max_pool3d", {"output_size": 2}, [[2, 2, 5, 4, 3]]),
    ("F.interpolate", {"scale_factor": 2}, [[1, 2, 3, 4]]),
    *(
        ("F.interpolate", {"size": size, "mode": mode, "antialias": True, "align_corners": aligned}, [[1, 2, 7, 9]])
        for mode in ("bilinear", "bicubic")
        for size in ([3, 5], [12, 4])
        for aligned in (False, True)
    ),
    ("F.interpolate", {"size": [3, 5], "mode": "lanczos", "antialias": True}, [[1, 2, 7, 9]]),
    ("F.pixel_shuffle", {"upscale_factor": 2}, [[1, 8, 3, 4]]),
    ("F.pixel_unshuffle", {"downscale_factor": 2}, [[1, 2, 4, 6]]),
    ("torch.channel_shuffle", {"groups": 2}, [[1, 4, 2, 3]]),
    ("F.unfold", {"kernel_size": 2, "stride": 2}, [[1, 2, 5, 4]]),
    ("F.fold", {"output_size": [4, 5], "kernel_size": 2}, [[2, 8, 12]]),
    ("torch.mean", {"dim": 1, "keepdim": True}, [[2, 3, 4]]),
    # Means of parts, whose borders cut cells where the sizes do not divide.
    *(
        ("Upsample", {**target, "mode": "area"}, [[1, 2, *shape]])
        for target, shape in (
            ({"scale_factor": 0.5}, [9]),
            ({"scale_factor": 0.5}, [5, 8]),
            ({"size": [3, 4]}, [5, 9]),
            ({"size": [7, 2]}, [4, 5]),
            ({"scale_factor": [1.0, 2.0, 0.4]}, [3, 2, 7]),
        )
    ),
    ("F.interpolate", {"size": [3, 4], "mode": "area"}, [[1, 2, 5, 9]]),
    # Padding that adds on one side and cuts off on the other: what is reflected is the input as it was.
    *(
        (f"{kind}Pad{len(shape)}d", {"padding": padding}, [[1, 2, *shape]])
        for kind in ("Reflection", "Replication", "Zero")
        for padding, shape in (
            ([-2, 3], [5]),
            ([2, -1], [4]),
            ([-2, 2, 3, -1], [4, 5]),
            ([1, -1, -1, 2, 2, -2], [3, 4, 5]),
        )
    ),
    *(
        (name, {**arguments, "return_indices": True}, [[2, 3, *shape]])
        for name, arguments, shape in (
            ("MaxPool1d", {"kernel_size": 3, "stride": 2, "padding": 1}, [8]),
            ("MaxPool2d", {"kernel_size": [3, 2], "stride": [2, 3], "padding": 1, "ceil_mode": True}, [7, 8]),
            ("MaxPool2d", {"kernel_size": 2, "dilation": 2, "stride": 1}, [5, 6]),
            ("MaxPool3d", {"kernel_size": 2}, [4, 3, 5]),
            ("F.max_pool2d", {"kernel_size": 3}, [6, 7]),
            ("AdaptiveMaxPool1d", {"output_size": 3}, [7]),
            ("AdaptiveMaxPool2d", {"output_size": [3, None]}, [7, 4]),
            ("AdaptiveMaxPool3d", {"output_size": 2}, [3, 4, 5]),
            ("F.adaptive_max_pool2d", {"output_size": 3}, [8, 5]),
        )
    ),
    ("PixelShuffle", {"upscale_factor": 2}, [[2, 3, 8, 3, 4]]),
    ("PixelUnshuffle", {"downscale_factor": 2}, [[2, 3, 2, 4, 6]]),
    ("CircularPad1d", {"padding": [-2, 3]}, [[1, 2, 6]]),
    ("CircularPad2d", {"padding": [2, -1, -1, 1]}, [[1, 2, 4, 5]]),
    # What lies between outputs: as the factor says, or as the sizes do where it is recomputed, or in a short cut.
    *(
        ("Upsample", {"scale_factor": factor, "mode": mode, "recompute_scale_factor": True}, [[1, 2, *shape]])
        for factor, mode, shape in ((1.25, "nearest", [10]), (0.5, "linear", [7]), (0.5, "bicubic", [7, 8]))
    ),
    *(
        ("Upsample", {"scale_factor": [1.25, 2.25, 1.5][:rank], "mode": mode}, [[1, 2, *[3] * rank]])
        for mode, rank in (
            *(("nearest", rank) for rank in (1, 2, 3)),
            *(("nearest-exact", 2), ("linear", 1), ("bilinear", 2), ("trilinear", 3), ("bicubic", 2)),
        )
    ),
    ("Upsample", {"scale_factor": 2.25}, [[1, 2, 3]]),
    *(("Upsample", {"scale_factor": [2.0625, 1.03125]}, [[1, 1, height, 30]]) for height in (7, 47, 50)),
    ("F.interpolate", {"scale_factor": [1.25, 1.5], "mode": "bilinear", "antialias": True}, [[1, 2, 3, 3]]),
    ("F.interpolate", {"scale_factor": 1.25, "mode": "bicubic", "antialias": True}, [[1, 2, 3, 3]]),
    # Infinite powers are the largest magnitude, or the smallest.
    *(
        (f"LPPool{rank}d", {"norm_type": p, "kernel_size": 2, "ceil_mode": True}, [[1, 2, *[5] * rank]])
        for rank in (1, 2, 3)
        for p in (float("inf"), float("-inf"))
    ),
    *(("torch.norm", {"p": p, "dim": 1}, [[2, 3, 4]]) for p in ("fro", None, float("inf"), float("-inf"), 0)),
    ("torch.norm", {"p": "fro", "dim": [1, 2]}, [[2, 3, 4]]),
    ("torch.norm", {"p": 2, "dim": [1, 2, 3]}, [[2, 3, 4, 2]]),
    ("F.normalize", {"p": float("inf")}, [[2, 3, 4]]),
    ("ConstantPad2d", {"padding": 1, "value": float("-inf")}, [[1, 2, 3, 4]]),
    ("F.pad", {"pad": [1, 2], "value": float("-inf")}, [[1, 2, 3, 4]]),
    # Corrections, down to nothing that is left to divide by; functions whose weights are left out.
    *((f"torch.{name}", {"dim": 1, "correction": 0}, [[2, 3, 4]]) for name in ("var", "std")),
    ("torch.var", {"dim": [1, 2], "correction": 0.5, "keepdim": True}, [[2, 3, 4]]),
    ("torch.std", {"dim": 2}, [[2, 6, 1]]),
    ("torch.var", {"dim": 2, "correction": 5}, [[2, 6, 3]]),
    ("torch.true_divide", {"other": 0.3}, [[2, 3]]),
    ("F.layer_norm", {"normalized_shape": [3], "weight": None, "bias": None, "eps": 0.1}, [[2, 4, 3]]),
    ("F.group_norm", {"num_groups": 2, "weight": None, "bias": None, "eps": 0.1}, [[2, 4, 3]]),
    ("F.rms_norm", {"normalized_shape": [3]}, [[2, 4, 3]]),
    ("F.rms_norm", {"normalized_shape": [4, 3], "weight": None, "eps": 0.1}, [[2, 4, 3]]),
]


def run_keras(layer, config, inputs, generator):
    import keras
    import tensorflow
    from keras.src.applications.convnext import LayerScale, StochasticDepth
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    ours = {each.__name__: each for each in (LayerScale, StochasticDepth, CustomScaleLayer)}
    if layer.startswith("ops."):
        function = getattr(keras.ops, layer[4:])
        if layer in ("ops.concatenate", "ops.stack"):
            outputs = function(inputs, **config)
        elif "x1" in config or "x2" in config:
            outputs = function(config["x1"], *inputs) if "x1" in config else function(*inputs, config["x2"])
        else:
            outputs = function(*inputs, **config)
        return {}, [np.asarray(each) for each in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]
    config = {
        name: tuple(value) if name == "axes" and value != -1 and value != 1 else value for name, value in config.items()
    }
    module = (ours.get(layer) or getattr(keras.layers, layer))(**config)
    argument = inputs if len(inputs) > 1 else inputs[0]
    module.build([each.shape for each in inputs] if len(inputs) > 1 else inputs[0].shape)
    if module.weights:
        module.set_weights([weights_like(weight.name, weight.shape, generator) for weight in module.weights])
    if layer == "Normalization":
        module.finalize_state()
    call = module
    if config.get("dilation_rate", 1) != 1 and layer.endswith("Transpose"):
        call = tensorflow.function(module, jit_compile=True)  # without XLA, TensorFlow's CPU has no such operation
    names = ["gamma" if weight.name == "variable" else weight.name for weight in module.weights]  # LayerScale
    return dict(zip(names, module.get_weights(), strict=True)), [np.asarray(call(argument))]


def run_pytorch(layer, config, inputs, generator):
    import torch

    tensors = [torch.from_numpy(each) for each in inputs]
    where, _, name = layer.rpartition(".")
    if where in ("torch", "F"):
        function = getattr(torch if where == "torch" else torch.nn.functional, name)
        if name in ("cat", "concat", "concatenate", "stack"):
            outputs = function(tensors, **config)
        elif "other" in config:  # a number goes by position
            rest = {key: value for key, value in config.items() if key != "other"}
            outputs = function(*tensors, config["other"], **rest)
        else:
            outputs = function(*tensors, **config)
        return {}, [each.numpy() for each in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]
    config = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    home = torch.nn
    if where:
        import torchvision

        home = torchvision.models.convnext if name == "LayerNorm2d" else torchvision.ops
    module = getattr(home, name)(**config).eval()
    weights = {
        name: weights_like(name, value.shape, generator)
        for name, value in module.state_dict().items()
        if name != "num_batches_tracked"
    }
    module.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=False)
    with torch.no_grad():
        outputs = module(*tensors)
    return weights, [each.numpy() for each in (outputs if isinstance(outputs, tuple) else [outputs])]


def plain(layer):
    """A layer's name as architecture files have it."""
    return layer if layer.startswith("ops.") else layer.rpartition(".")[2]


def weights_like(name, shape, generator):
    """Random values that suit the weight's part: variances are positive."""
    if name == "count":
        return np.zeros(shape, np.int32)
    values = generator.normal(size=tuple(shape)).astype(np.float32)
    positive = any(part in name for part in ("var", "stddev"))
    return np.asarray(np.abs(values) + 0.3 if positive else values, np.float32)


def main():
    framework, adds = sys.argv[1], "--add" in sys.argv
    here = Path(__file__).parent
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    generator = np.random.default_rng(7)
    arrays, lines = {}, []
    cases = KERAS if framework == "keras" else PYTORCH
    run = run_keras if framework == "keras" else run_pytorch
    if adds:
        lines = [json.loads(line) for line in (here / f"observed_{framework}.jsonl").read_text().splitlines()]
        arrays = dict(np.load(here / f"observed_{framework}.npz"))
        recorded = [(line["layer"], line["config"], line["inputs"]) for line in lines]
        cases = [case for case in cases if (plain(case[0]), json.loads(json.dumps(case[1])), case[2]) not in recorded]
        generator = np.random.default_rng([7, len(lines)])
    for layer, config, shapes in cases:
        inputs = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
        try:
            weights, outputs = run(layer, config, inputs, generator)
        except Exception as error:
            print(f"refused: {layer}({config}) on {shapes}: {str(error).splitlines()[0][:150]}")
            continue
        case = len(lines)
        for letter, values in (("x", inputs), ("w", weights.values()), ("y", outputs)):
            arrays |= {f"{case}/{letter}{index}": value for index, value in enumerate(values)}
        lines.append(
            {
                "layer": plain(layer),
                "config": config,
                "inputs": shapes,
                "outputs": [list(each.shape) for each in outputs],
                "weights": list(weights),
                "case": case,
            }
        )
    (here / f"observed_{framework}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    np.savez_compressed(here / f"observed_{framework}.npz", **arrays)
    print(f"{len(lines)} cases")


if __name__ == "__main__":
    main()
