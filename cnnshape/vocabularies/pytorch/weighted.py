"""Functions of `torch.nn.functional` whose weights are tensors: of a layer's operation, told by the weights' shapes."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnshape.operations.operation import Operation
from cnnshape.operations.tensors import Lookup
from cnnshape.operations.weighted import Weighted
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.pytorch.convolution import ConvolutionPadding
from cnnshape.vocabularies.pytorch.values import Amounts, Steps
from cnnshape.vocabularies.values import Kept, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType, lookup

Shape = tuple[Any, ...]


def layer(word: str, **arguments: Any) -> Operation:
    """The operation of a layer. Raises `Fault` where the weights do not make one."""
    try:
        return bind(lookup("pytorch", word), (), arguments).operation()
    except Faults as faults:
        raise faults.faults[0] from None


def convolution_arguments(weight: Shape, groups: int, *, transposed: bool) -> dict[str, Any]:
    """What the shape of a weight tells of a convolution."""
    first, second, *kernel = weight
    inputs, outputs = (first, second * groups) if transposed else (second * groups, first)
    return {"in_channels": inputs, "out_channels": outputs, "kernel_size": tuple(kernel), "groups": groups}


def Convolved(
    kind: LayerType,
    stride: Steps = 1,
    padding: ConvolutionPadding = 0,
    dilation: Steps = 1,
    groups: Positive = 1,
) -> Operation:
    """conv1d, conv2d, conv3d: called with a tensor, a weight (outputs, inputs of a group, kernel), and a bias."""
    given = {"stride": stride, "padding": padding, "dilation": dilation}
    word = f"Conv{kind.rank}d"

    def make(input: Shape, weight: Shape, bias: Shape | None) -> Operation:
        return layer(word, **convolution_arguments(weight, groups, transposed=False), **given, bias=bias is not None)

    return Weighted(make, ("weight", "bias"), ranks=((kind.rank or 0) + 2, 1))


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
    word = f"ConvTranspose{kind.rank}d"

    def make(input: Shape, weight: Shape, bias: Shape | None) -> Operation:
        return layer(word, **convolution_arguments(weight, groups, transposed=True), **given, bias=bias is not None)

    return Weighted(make, ("weight", "bias"), ranks=((kind.rank or 0) + 2, 1))


def Affine() -> Operation:
    """linear: called with a tensor, a weight (outputs, inputs), and a bias."""

    def make(input: Shape, weight: Shape, bias: Shape | None) -> Operation:
        return layer("Linear", in_features=weight[1], out_features=weight[0], bias=bias is not None)

    return Weighted(make, ("weight", "bias"), ranks=(2, 1))


def BatchNormFunction(training: bool = False, momentum: Number = 0.1, eps: Number = 1e-05) -> Operation:
    """batch_norm: called with a tensor, the running mean and variance, and a weight and a bias."""

    def make(input: Shape, mean: Shape, variance: Shape, weight: Shape | None, bias: Shape | None) -> Any:
        return layer("SyncBatchNorm", num_features=mean[0], affine=weight is not None)

    return Weighted(make, ("running_mean", "running_var", "weight", "bias"), 2, (1, 1, 1, 1))


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
    return Weighted(lambda input, weight: Lookup(weight[1]), ("weight",), ranks=(2,))
