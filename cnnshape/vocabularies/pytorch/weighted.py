"""Functions of `torch.nn.functional` whose weights are tensors: of a layer's operation, told by the weights' shapes."""

from __future__ import annotations

from math import prod
from typing import Any, Literal

from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.einsum_dense import axes_summed
from cnnshape.operations.lookup import Lookup
from cnnshape.operations.normalization import GroupNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.weighted import Weighted
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.pytorch.convolution import ConvolutionPadding
from cnnshape.vocabularies.pytorch.values import Amounts, Steps
from cnnshape.vocabularies.values import Kept, Number, Positive, SummedAxes
from cnnshape.vocabularies.vocabulary import LayerType, lookup

Shape = tuple[Any, ...]


def layer(word: str, **arguments: Any) -> Operation:
    """The operation of a layer. Raises `Fault` where the weights do not make one."""
    try:
        return bind(lookup("pytorch", word), (), arguments).operation()
    except Faults as faults:
        raise faults.faults[0] from None


def convolution(kind: LayerType, word: str, groups: int, **given: Any) -> Operation:
    """A convolution without its weights; the shape of a weight tells its channels and its kernel."""

    def make(input: Shape, weight: Shape, bias: Shape | None) -> Operation:
        first, second, *kernel = weight
        inputs, outputs = (second * groups, first) if word == "Conv" else (first, second * groups)
        told = {"in_channels": inputs, "out_channels": outputs, "kernel_size": tuple(kernel), "groups": groups}
        return layer(f"{word}{kind.rank}d", **told, **given, bias=bias is not None)

    return Weighted(make, ("weight", "bias"), ranks=((kind.rank or 0) + 2, 1))


def Convolved(
    kind: LayerType,
    stride: Steps = 1,
    padding: ConvolutionPadding = 0,
    dilation: Steps = 1,
    groups: Positive = 1,
) -> Operation:
    """conv1d, conv2d, conv3d: called with a tensor, a weight (outputs, inputs of a group, kernel), and a bias."""
    return convolution(kind, "Conv", groups, stride=stride, padding=padding, dilation=dilation)


def Deconvolved(
    kind: LayerType,
    stride: Steps = 1,
    padding: Amounts = 0,
    output_padding: Amounts = 0,
    groups: Positive = 1,
    dilation: Steps = 1,
) -> Operation:
    """conv_transpose1d to 3d: called with a tensor, a weight (inputs, outputs of a group, kernel), and a bias."""
    given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return convolution(kind, "ConvTranspose", groups, **given)


def Affine() -> Operation:
    """linear: called with a tensor, a weight (outputs, inputs), and a bias."""

    def make(input: Shape, weight: Shape, bias: Shape | None) -> Operation:
        return layer("Linear", in_features=weight[1], out_features=weight[0], bias=bias is not None)

    return Weighted(make, ("weight", "bias"), ranks=(2, 1))


def BilinearForm() -> Operation:
    """bilinear: called with two tensors, a weight (outputs, features of the one, of the other), and a bias."""

    def make(first: Shape, second: Shape, weight: Shape, bias: Shape | None) -> Operation:
        words = dict(zip(("out_features", "in1_features", "in2_features"), weight, strict=True))
        return layer("Bilinear", bias=bias is not None, **words)

    return Weighted(make, ("weight", "bias"), ranks=(3, 1), own=2)


STATISTICS = ("running_mean", "running_var", "weight", "bias")


def BatchNormFunction(training: bool = False, momentum: Number = 0.1, eps: Number = 1e-05) -> Operation:
    """batch_norm: called with a tensor, the running mean and variance, and a weight and a bias."""

    def make(input: Shape, mean: Shape | None, _: Any, weight: Shape | None, bias: Shape | None) -> Operation:
        words = {"affine": weight is not None, "track_running_stats": mean is not None}
        return layer("SyncBatchNorm", num_features=channels_of(input), bias=bias is not None, **words)

    return Weighted(make, STATISTICS, 2, (1, 1, 1, 1))


def InstanceNormFunction(use_input_stats: bool = True, momentum: Number = 0.1, eps: Number = 1e-05) -> Operation:
    """instance_norm: called with a tensor, and a running mean and variance, a weight and a bias, or without them."""

    def make(input: Shape, mean: Shape | None, _: Any, weight: Shape | None, bias: Shape | None) -> Operation:
        if not use_input_stats:
            if mean is None:
                raise Fault("CS203", f"{LAYER} with use_input_stats=False needs a running mean and variance")
            words = {"affine": weight is not None, "bias": bias is not None}
            return layer("SyncBatchNorm", num_features=channels_of(input), **words)
        given = (weight is not None, bias is not None)
        return GroupNormalization(-1, 1, *given, channels_of(input), several="sample", ranks=tuple(range(3, 65)))

    return Weighted(make, STATISTICS, 0, (1, 1, 1, 1))


def channels_of(shape: Shape) -> Any:
    """The size of the axis of channels; of a tensor without one it is 1."""
    return shape[1] if len(shape) > 1 else 1


def TensorDot(dims: SummedAxes = 2) -> Operation:
    """tensordot: called with a tensor and a weight, summed over the last axes of the one and the first of the other."""
    return Weighted(lambda input, other: axes_summed(input, other, dims), ("other",))


def PReluFunction() -> Operation:
    """prelu: called with a tensor and its slopes."""
    return Weighted(lambda input, weight: layer("PReLU", num_parameters=prod(weight or (1,))), ("weight",), ranks=(1,))


def EmbeddingFunction(
    padding_idx: Kept = None,
    max_norm: Kept = None,
    norm_type: Number = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Operation:
    """embedding: called with numbers and a table (entries, features)."""
    return Weighted(lambda input, weight: Lookup(*weight), ("weight",), ranks=(2,))


def EmbeddingBagFunction(
    max_norm: Kept = None,
    norm_type: Number = 2.0,
    scale_grad_by_freq: bool = False,
    mode: Literal["sum", "mean", "max"] = "mean",
    sparse: bool = False,
    include_last_offset: bool = False,
    padding_idx: Kept = None,
) -> Operation:
    """embedding_bag: called with numbers and a table (entries, features), one vector for all numbers of a sample."""
    return Weighted(lambda input, weight: Lookup(weight[0], weight[1], bag=True), ("weight",), ranks=(2,))
