"""Layers of torchvision and of timm: those that other modules do not have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import Operation
from cnnshape.operations.sampling import Alike, DeformableConvolution, RegionPooling
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.composition import Composition
from cnnshape.vocabularies.declaration import Before, Info, declared
from cnnshape.vocabularies.layer import Defaults, bind, layer_of, model_of
from cnnshape.vocabularies.objects import LayerCall, NamesLayer
from cnnshape.vocabularies.pytorch.values import LAYOUT, Amounts, Declared, PositiveList, Probability, Steps, symmetric
from cnnshape.vocabularies.values import Integer, Kept, Number, Positive, Sizes, lists_to_tuples
from cnnshape.vocabularies.vocabulary import LayerType, lookup


def layer_class(value: Any, info: Info) -> str | None:
    """The class of a layer that is made without arguments of ours, by its name: ``nn.ReLU``; or None."""
    if value is None:
        return None
    name = value.name if isinstance(value, LayerCall) else value
    if not isinstance(name, str):
        raise ValueError('must be the class of a layer, as in "nn.ReLU", or null')
    return lookup(info.context["kind"].framework, name).name


LayerClass = Annotated[str | None, Before(layer_class, str | None), NamesLayer]


def DeformConv2d(
    in_channels: Declared,
    out_channels: Positive,
    kernel_size: Steps,
    stride: Steps = 1,
    padding: Amounts = 0,
    dilation: Steps = 1,
    groups: Positive = 1,
    bias: bool = True,
) -> Operation:
    """torchvision's DeformConv2d: called with the input, the offsets, and a mask if there is one."""
    window = kernel_size, stride, symmetric(padding), dilation
    return DeformableConvolution(Convolution(out_channels, *window, groups, bias, None, LAYOUT, in_channels))


def SqueezeExcitation(
    kind: LayerType,
    defaults: Defaults,
    input_channels: Positive,
    squeeze_channels: Positive,
    activation: LayerClass = "ReLU",
    scale_activation: LayerClass = "Sigmoid",
) -> Operation:
    """torchvision's SqueezeExcitation: every channel times a number that all of the image decides.

    A mean, two layers of a kernel of 1, a product.
    """
    made = Composition(kind, defaults)
    mean = made.word("avgpool", "AdaptiveAvgPool2d", 0, output_size=1)
    words: dict[str, Any] = {"kernel_size": 1}
    x = made.word("fc1", "Conv2d", mean, in_channels=input_channels, out_channels=squeeze_channels, **words)
    x = made.word("activation", activation or "Identity", x)
    x = made.word("fc2", "Conv2d", x, out_channels=input_channels, **words)
    x = made.word("scale_activation", scale_activation or "Identity", x)
    return made.result(made.word("mul", "mul", x, 0))


def ConvNormActivation(
    kind: LayerType,
    defaults: Defaults,
    in_channels: Positive,
    out_channels: Positive,
    kernel_size: Sizes = 3,
    stride: Sizes = 1,
    padding: Kept = None,
    groups: Positive = 1,
    norm_layer: LayerClass = "BatchNorm2d",
    activation_layer: LayerClass = "ReLU",
    dilation: Sizes = 1,
    inplace: bool | None = True,
    bias: bool | None = None,
) -> Operation:
    """torchvision's Conv2dNormActivation."""
    if padding is None:  # the size stays at stride 1
        padding = tuple((k - 1) // 2 * d for k, d in zip(kernel_size, dilation, strict=True))
    if bias is None:
        bias = norm_layer is None
    made = Composition(kind, defaults)
    window = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    channels = (in_channels, out_channels)
    x = made.word("0", f"Conv{kind.rank}d", 0, given=channels, **window, groups=groups, bias=bias)
    x = normalized_and_activated(made, x, norm_layer, out_channels, activation_layer, inplace)
    return made.result(x)


Conv3dNormActivation = layer_of(
    ConvNormActivation, meaning="torchvision's Conv3dNormActivation.", norm_layer="BatchNorm3d"
)


def normalized_and_activated(
    made: Composition, x: int, norm: str | None, channels: int, activation: str | None, inplace: bool | None
) -> int:
    """A normalization of so many channels, and an activation, where there are some."""
    if norm is not None:
        x = made.word(str(len(made.parts)), norm, x, given=(channels,))
    return x if activation is None else activated(made, str(len(made.parts)), activation, x, inplace)


def activated(made: Composition, name: str, activation: str, x: int, inplace: bool | None) -> int:
    """An activation, in place where that is asked and it can work so."""
    can = "inplace" in declared(model_of(lookup(made.kind.framework, activation)))
    words: dict[str, Any] = {"inplace": True} if inplace and can else {}
    return made.word(name, activation, x, **words)


def Perceptron(
    kind: LayerType,
    defaults: Defaults,
    in_channels: Positive,
    hidden_channels: PositiveList,
    norm_layer: LayerClass = None,
    activation_layer: LayerClass = "ReLU",
    inplace: bool | None = None,
    bias: bool = True,
    dropout: Probability = 0.0,
) -> Operation:
    """torchvision's MLP. Linear layers, with a normalization and an activation behind all but the last."""
    made = Composition(kind, defaults)
    x, features = 0, in_channels
    for number, width in enumerate(hidden_channels, start=1):
        words: dict[str, Any] = {"in_features": features, "out_features": width, "bias": bias}
        x, features = made.word(str(len(made.parts)), "Linear", x, **words), width
        if number < len(hidden_channels):
            x = normalized_and_activated(made, x, norm_layer, width, activation_layer, inplace)
        x = made.word(str(len(made.parts)), "Dropout", x, p=dropout, inplace=bool(inplace))
    return made.result(x)


def FeaturePyramidNetwork(
    kind: LayerType,
    defaults: Defaults,
    in_channels_list: PositiveList,
    out_channels: Positive,
    extra_blocks: Kept = None,
    norm_layer: LayerClass = None,
) -> Operation:
    """torchvision's FeaturePyramidNetwork: called with maps, the largest first; gives as many.

    Each map by a kernel of 1, plus the one above it resized; then a kernel of 3.
    """
    if extra_blocks is not None:
        raise Fault("CS105", f"{kind.name} with extra_blocks is not known: write them below it")
    count = len(in_channels_list)
    made = Composition(kind, defaults, count)

    def block(name: str, x: int, channels: int, size: int) -> int:
        words: dict[str, Any] = {"kernel_size": size, "padding": size // 2, "bias": norm_layer is None}
        x = made.word(f"{name}.0", "Conv2d", x, in_channels=channels, out_channels=out_channels, **words)
        if norm_layer is None:
            return x
        return made.word(f"{name}.1", norm_layer, x, given=(out_channels,))

    inner = [block(f"inner_blocks.{each}", each, in_channels_list[each], 1) for each in range(count)]
    outputs = [0] * count
    for level in reversed(range(count)):
        if level < count - 1:
            resized = bind(lookup(kind.framework, "interpolate"), (), {"scale_factor": 2})
            above = made.put("interpolate", Alike(), inner[level + 1], like=inner[level], made_from=resized)
            inner[level] = made.word("add", "add", inner[level], above)
        outputs[level] = block(f"layer_blocks.{level}", inner[level], out_channels, 3)
    return made.result(*outputs)


def Regions(kind: LayerType, output_size: Sizes, spatial_scale: Number) -> Operation:
    """torchvision's pooling of boxes: called with a map and boxes."""
    return RegionPooling(output_size, None, divided=kind.name.startswith("PS"))


def SampledRegions(output_size: Sizes, spatial_scale: Number, sampling_ratio: Integer) -> Operation:
    """PSRoIAlign."""
    return RegionPooling(output_size, points_along(sampling_ratio), divided=True)


def RoIAlign(output_size: Sizes, spatial_scale: Number, sampling_ratio: Integer, aligned: bool = False) -> Operation:
    """RoIAlign."""
    return RegionPooling(output_size, points_along(sampling_ratio))


def points_along(ratio: int) -> int | None:
    """The points along each axis of a cell; as many as the box is large where the number is not positive."""
    return ratio if ratio > 0 else None


def MultiScaleRoIAlign(
    featmap_names: Annotated[tuple[str, ...], Before(lists_to_tuples, list[str])],
    output_size: Sizes,
    sampling_ratio: Integer,
    *,
    canonical_scale: Positive = 224,
    canonical_level: Positive = 4,
) -> Operation:
    """torchvision's MultiScaleRoIAlign: called with the maps that it names, and the boxes.

    Each box from the map that fits its size.
    """
    return RegionPooling(output_size, points_along(sampling_ratio), len(featmap_names))


def DropBlock(p: Probability, block_size: Positive, inplace: bool = False, eps: Number = 1e-06) -> Operation:
    """torchvision's DropBlock2d and DropBlock3d. The input itself at inference."""
    return Identity()


def DropPath(drop_prob: Probability = 0.0, scale_by_keep: bool = True) -> Operation:
    """timm's DropPath. The input itself at inference."""
    return Identity()


def BatchNormAct2d(
    kind: LayerType,
    defaults: Defaults,
    num_features: Declared = None,
    eps: Number = 1e-05,
    momentum: Number | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    apply_act: bool = True,
    act_layer: LayerClass = "ReLU",
    act_kwargs: Kept = None,
    inplace: bool = True,
    drop_layer: Kept = None,
) -> Operation:
    """timm's BatchNormAct2d. Batch normalization and an activation."""
    made = Composition(kind, defaults)
    words: dict[str, Any] = {"eps": eps, "affine": affine, "track_running_stats": track_running_stats}
    x = made.word("", "BatchNorm2d", 0, num_features=num_features or None, **words)
    if apply_act and act_layer is not None:
        x = activated(made, "act", act_layer, x, inplace)
    return made.result(x)


PoolType = Literal["fast", "fastavg", "fastmax", "fastavgmax", "fastcatavgmax", "avg", "max", "avgmax", "catavgmax", ""]


def SelectAdaptivePool2d(
    kind: LayerType,
    defaults: Defaults,
    output_size: Sizes = 1,
    pool_type: PoolType = "fast",
    flatten: bool = False,
    input_fmt: Literal["NCHW"] = "NCHW",
) -> Operation:
    """timm's SelectAdaptivePool2d. The mean, the maximum, or both: their mean, or one beside the other."""
    made = Composition(kind, defaults)
    pooled = pool_type.removeprefix("fast") or ("avg" if pool_type else "")
    x = 0
    if pooled:
        kinds = [each for each in ("Avg", "Max") if each.lower() in pooled]
        if pool_type.startswith("fast"):
            functions = {"Avg": "mean", "Max": "amax"}
            found = [made.word(f"pool{each}", functions[each], 0, dim=(2, 3), keepdim=True) for each in kinds]
        else:
            words = {each: f"Adaptive{each}Pool2d" for each in kinds}
            if len(kinds) > 1:  # which calls functions
                words = {each: f"adaptive_{each.lower()}_pool2d" for each in kinds}
            found = [made.word(f"pool{each}", words[each], 0, output_size=output_size) for each in kinds]
        x = found[0]
        if len(found) > 1:
            x = (
                made.word("cat", "cat", *found, dim=1)
                if "cat" in pooled
                else made.word("mul", "mul", made.word("add", "add", *found), other=0.5)
            )
    if flatten:
        x = made.word("flatten", "Flatten", x)
    return made.result(x)
