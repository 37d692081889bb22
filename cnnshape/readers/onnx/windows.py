"""Operators with windows: convolutions, pooling, padding. ONNX Runtime's behaviour is the truth."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Size, Sizes, chosen, product_of
from cnnshape.arithmetic.windows import Padding, effective_kernel, same_padding
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.operations.pooling import GlobalPooling
from cnnshape.readers import layers
from cnnshape.readers.exported import Meaning, function, seen
from cnnshape.readers.onnx.operator import Operator, Rule, whole
from cnnshape.readers.onnx.resizing import resize


class Window:
    """The window of an operator over spatial axes, its padding as pairs."""

    def __init__(self, operator: Operator, spatial: Sizes, kernel: tuple[int, ...]) -> None:
        rank = len(kernel)
        if len(spatial) != rank:
            raise ValueError(f"a window of {rank} axes over {len(spatial)} axes")
        self.kernel = kernel
        self.strides = per_axis(operator.attribute("strides"), rank, "strides")
        self.dilation = per_axis(operator.attribute("dilations"), rank, "dilations")
        self.extents = tuple(effective_kernel(k, d) for k, d in zip(kernel, self.dilation, strict=True))
        self.automatic = str(operator.attribute("auto_pad", "NOTSET") or "NOTSET")
        self.ceil = bool(operator.attribute("ceil_mode", 0))
        pads = list(operator.attribute("pads") or [0] * 2 * rank)
        if len(pads) != 2 * rank:
            raise ValueError(f"pads {pads} are not two for each of {rank} axes")
        self.pads: tuple[Padding, ...] = tuple(zip(pads[:rank], pads[rank:], strict=True))
        if self.automatic == "VALID":
            self.pads = ((0, 0),) * rank
        elif self.automatic.startswith("SAME"):
            odd = "low" if self.automatic == "SAME_LOWER" else "high"
            self.pads = tuple(  # of dilation ONNX Runtime knows nothing here
                same_padding(size, extent, stride, odd_pixel=odd) if isinstance(size, int) else (0, 0)
                for size, extent, stride in zip(spatial, kernel, self.strides, strict=True)
            )

    @property
    def sliding(self) -> layers.Sliding:
        """How it moves."""
        return layers.Sliding(self.strides, self.pads, self.dilation)

    def counts(self, spatial: Sizes, *, hanging: bool = False) -> Sizes:
        """How many windows fit each axis; `hanging`: one that is too large may fit once."""
        axes = zip(spatial, self.extents, self.kernel, self.strides, self.pads, strict=True)
        return tuple(
            [
                (size + stride - 1) // stride - (extent - kernel)
                if self.automatic.startswith("SAME") and not isinstance(size, int)
                else count(size, extent, stride, pads, ceil_mode=self.ceil, hanging=hanging)
                for size, extent, kernel, stride, pads in axes
            ]
        )


def per_axis(given: Any, rank: int, name: str) -> tuple[int, ...]:
    """A number for each axis, 1 where nothing is given."""
    found = tuple(given) if given else (1,) * rank
    if len(found) != rank or min(found) < 1:
        raise ValueError(f"{name} {list(found)} for {rank} axes")
    return found


def count(size: Size, extent: int, stride: int, pads: Padding, *, ceil_mode: bool, hanging: bool) -> Size:
    """Windows along an axis; with `ceil_mode` less the last where it would start in the high padding.

    In pooling (`hanging`) ONNX Runtime divides towards zero, so that a window larger than its input by less than a
    stride fits once.
    """
    room = size + pads[0] + pads[1] - extent
    if hanging and isinstance(room, int) and -stride < room < 0:
        return 1
    counted = t.windows(size, extent, stride, pads[0] + pads[1], ceil=ceil_mode)
    if ceil_mode and isinstance(counted, int) and isinstance(size, int) and (counted - 1) * stride >= size + pads[0]:
        counted -= 1
    if isinstance(counted, int) and counted < 1:
        raise ValueError(f"no window of {extent} fits an axis of {size} padded by {pads}")
    return counted


def conv(source: int, kernel: int, bias: int, operator: Operator) -> Meaning:
    """A convolution whose input, weight and bias are at these places."""
    shape, weight = operator.sizes(source), tuple(whole(size) for size in operator.sizes(kernel))
    if len(weight) != len(shape) or len(shape) < 3:
        raise ValueError(f"a convolution of {t.written(shape)} with a weight of {t.written(weight)}")
    groups = operator.attribute("group", 1)
    if groups < 1 or weight[0] % groups or (isinstance(shape[1], int) and shape[1] != weight[1] * groups):
        raise ValueError(f"{groups} groups of {weight[1]} channels each do not read {shape[1]} channels")
    stated = operator.attribute("kernel_shape")
    if stated and tuple(stated) != weight[2:]:
        raise ValueError(f"kernel_shape {list(stated)} is not that of the weight {t.written(weight)}")
    window = Window(operator, shape[2:], weight[2:])
    if window.automatic.startswith("SAME") and max(window.dilation) > 1:
        raise ValueError(f"auto_pad {window.automatic} does not go with dilations {list(window.dilation)}")
    outputs = ((shape[0], weight[0], *window.counts(shape[2:])),)
    return layers.convolution(outputs, weight, window.sliding, groups=groups, bias=operator.has(bias))


def conv_transpose(operator: Operator) -> Meaning:
    """``(size - 1) * stride + extent + output_padding - pads``, or the stated `output_shape`."""
    shape, weight = operator.sizes(0), tuple(whole(size) for size in operator.sizes(1))
    if len(weight) != len(shape) or len(shape) < 3:
        raise ValueError(f"a transposed convolution of {t.written(shape)} with a weight of {t.written(weight)}")
    if isinstance(shape[1], int) and shape[1] != weight[0]:
        raise ValueError(f"a weight for {weight[0]} channels reads {shape[1]}")
    groups = operator.attribute("group", 1)
    if groups < 1 or weight[0] % groups:
        raise ValueError(f"{groups} groups do not divide {weight[0]} channels")
    rank = len(shape) - 2
    window = Window(operator, shape[2:], weight[2:])
    more = tuple(operator.attribute("output_padding") or (0,) * rank)
    stated = operator.attribute("output_shape")
    if any(extra >= stride for extra, stride in zip(more, window.strides, strict=True)):
        raise ValueError(f"output_padding {list(more)} has to be smaller than the strides {list(window.strides)}")
    axes = zip(shape[2:], window.extents, window.strides, more, window.pads, strict=True)
    full: list[Size] = [(size - 1) * stride + extent + extra for size, extent, stride, extra, _ in axes]
    if stated:
        sizes: Sizes = tuple(stated[-rank:])
    elif window.automatic.startswith("SAME"):
        same = [size * stride for size, stride in zip(shape[2:], window.strides, strict=True)]
        sizes = tuple([chosen(min, each, size) for each, size in zip(full, same, strict=True)])
    else:
        sizes = tuple([each - low - high for each, (low, high) in zip(full, window.pads, strict=True)])
    if any(isinstance(size, int) and size < 1 for size in sizes):
        raise ValueError(f"a transposed convolution of {t.written(shape)} that leaves nothing")
    pads = window.pads
    if stated or window.automatic.startswith("SAME"):
        pads = tuple([cropped(each, size, window.automatic) for each, size in zip(full, sizes, strict=True)])
    outputs = ((shape[0], weight[1] * groups, *sizes),)
    sliding = window.sliding._replace(pads=pads)
    return layers.transposed_convolution(
        outputs, shape, weight, sliding, more=more, groups=groups, bias=operator.has(2)
    )


def cropped(full: Size, size: Size, automatic: str) -> Padding:
    """What is cut off both ends so that `size` is left; the odd element at the end, unless SAME_UPPER."""
    total = full - size
    if not isinstance(total, int):
        return 0, 0
    half = total // 2
    return (half, total - half) if automatic != "SAME_UPPER" else (total - half, half)


def pool(kind: Any, name: str, operator: Operator) -> Meaning:
    """Pooling over windows."""
    shape = operator.sizes(0)
    kernel = per_axis(operator.attribute("kernel_shape"), len(shape) - 2, "kernel_shape")
    window = Window(operator, shape[2:], kernel)
    if any(max(pads) >= size for pads, size in zip(window.pads, kernel, strict=True)):
        raise ValueError(f"pads {list(window.pads)} have to be smaller than the window {list(kernel)}")
    output = (*shape[:2], *window.counts(shape[2:], hanging=True))
    outputs = (output,) * max(len(operator.outputs), 1)
    return layers.pooling(kind, name, outputs, kernel, window.sliding, ceil=window.ceil)


def global_pool(kind: Any, name: str, operator: Operator) -> Meaning:
    """Pooling over all of the spatial axes, which stay as 1."""
    shape = operator.sizes(0)
    rank = len(shape) - 2
    if rank < 1:
        raise ValueError(f"{operator.type} of {t.written(shape)}, which has no spatial axes")
    operation = GlobalPooling(kind, rank, True, CHANNELS_FIRST) if kind else None
    type = f"{name}{rank}d" if kind else operator.type
    shown = {"output_size": 1} if kind else {}
    return Meaning(type, ((*shape[:2], *(1,) * rank),), operation, shown, flops=product_of(shape))


def max_unpool(operator: Operator) -> Meaning:
    """The input of the pooling that is undone."""
    shape = operator.sizes(0)
    if operator.has(2):
        return Meaning(operator.type, (tuple(operator.elements(2)),))
    kernel = per_axis(operator.attribute("kernel_shape"), len(shape) - 2, "kernel_shape")
    window = Window(operator, shape[2:], kernel)
    axes = zip(shape[2:], window.strides, kernel, window.pads, strict=True)
    sizes = [(size - 1) * stride + each - low - high for size, stride, each, (low, high) in axes]
    return Meaning(operator.type, ((*shape[:2], *sizes),))


def shuffled(operator: Operator) -> Meaning:
    """Elements between channels and space, as PyTorch but for the order of the channels."""
    batch, channels, height, width = operator.sizes(0)
    block = operator.attribute("blocksize")
    if operator.type == "SpaceToDepth":
        name, given = "pixel_unshuffle", {"downscale_factor": block}
        output: Sizes = (batch, channels * block**2, height // block, width // block)
    else:
        if isinstance(channels, int) and channels % block**2:
            raise ValueError(f"{block} squared does not divide {channels} channels")
        name, given = "pixel_shuffle", {"upscale_factor": block}
        output = (batch, channels // block**2, height * block, width * block)
    return Meaning(name, (output,), None, given, paths=seen(function(name, given), operator.sizes(0)))


def pad(operator: Operator) -> Meaning:
    """Elements before and after axes; negative ones are cut off."""
    shape = operator.sizes(0)
    pads = operator.attribute("pads", operator.attribute("paddings"))
    amounts = list(pads) if pads is not None else operator.elements(1)
    axes = t.axes_of(operator.numbers(3), len(shape)) if operator.has(3) else tuple(range(len(shape)))
    if len(amounts) != 2 * len(axes):
        raise ValueError(f"{len(amounts)} pads for {len(axes)} axes")
    output = list(shape)
    mode = str(operator.attribute("mode", "constant"))
    for axis, low, high in zip(axes, amounts, amounts[len(axes) :], strict=False):
        kept = shape[axis] + min(low, 0) + min(high, 0)
        if mode == "reflect" and isinstance(kept, int) and max(low, high) >= max(kept, 1):
            raise ValueError(
                f"pads {amounts} reflect {max(low, high)} elements of the {kept} on axis {axis}: one must be left"
            )
        output[axis] = output[axis] + low + high
    if any(isinstance(size, int) and size < 0 for size in output):
        raise ValueError(f"pads {amounts} leave nothing of {t.written(shape)}")
    shown: dict[str, Any] = {"mode": mode} if mode != "constant" else {}
    if all(isinstance(each, int) for each in amounts):
        pairs = dict(zip(axes, zip(amounts[: len(axes)], amounts[len(axes) :], strict=True), strict=True))
        ends = [each for axis in reversed(range(len(shape))) for each in pairs.get(axis, (0, 0))]
        while ends[-2:] == [0, 0]:
            ends = ends[:-2]
        said = {"pad": ends or [0, 0], **({"mode": PAD_MODES.get(mode, mode)} if shown else {})}
        return Meaning("pad", (tuple(output),), function("pad", said), said)
    return Meaning("pad", (tuple(output),), None, shown)


PAD_MODES = {"edge": "replicate", "wrap": "circular"}
"""What PyTorch calls a mode."""


def roi_align(operator: Operator) -> Meaning:
    """One output of a fixed size for every region."""
    shape, regions = operator.sizes(0), operator.sizes(1)
    height, width = operator.attribute("output_height", 1), operator.attribute("output_width", 1)
    if operator.type == "MaxRoiPool":
        height, width = operator.attribute("pooled_shape")
    output = (regions[0], shape[1], height, width)
    return Meaning(operator.type, (output,), flops=product_of(output))


def grid_sample(operator: Operator) -> Meaning:
    """A value for every place of the grid."""
    shape, grid = operator.sizes(0), operator.sizes(1)
    output = (*shape[:2], *grid[1:-1])
    return Meaning("grid_sample", (output,), flops=product_of(output) * 7)


def deform_conv(operator: Operator) -> Meaning:
    """A convolution whose places are an input."""
    shape, weight = operator.sizes(0), tuple(whole(size) for size in operator.sizes(1))
    window = Window(operator, shape[2:], weight[2:])
    output = (shape[0], weight[0], *window.counts(shape[2:]))
    macs = product_of(output) * prod(weight[1:])
    return Meaning("DeformConv2d", (output,), macs=macs, flops=macs * 2)


def col2im(operator: Operator) -> Meaning:
    """Windows summed back into an image."""
    shape, block = operator.sizes(0), operator.numbers(2)
    output = (shape[0], shape[1] // prod(block), *operator.elements(1))
    return Meaning("fold", (output,), flops=product_of(shape))


def center_crop_pad(operator: Operator) -> Meaning:
    """The stated sizes of these axes."""
    output = list(operator.sizes(0))
    axes = operator.attribute("axes") or range(len(output))
    for axis, size in zip(t.axes_of(axes, len(output)), operator.elements(1), strict=True):
        output[axis] = size
    return Meaning(operator.type, (tuple(output),))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("Conv", "FusedConv"), partial(conv, 0, 1, 2)),
    "ConvInteger": partial(conv, 0, 1, 99),
    "QLinearConv": partial(conv, 0, 3, 8),
    "ConvTranspose": conv_transpose,
    "MaxPool": partial(pool, "max", "MaxPool"),
    **dict.fromkeys(("AveragePool", "QLinearAveragePool"), partial(pool, "average", "AvgPool")),
    "LpPool": partial(pool, "lp", "LPPool"),
    **dict.fromkeys(
        ("GlobalAveragePool", "QLinearGlobalAveragePool"), partial(global_pool, "average", "AdaptiveAvgPool")
    ),
    "GlobalMaxPool": partial(global_pool, "max", "AdaptiveMaxPool"),
    "GlobalLpPool": partial(global_pool, None, "GlobalLpPool"),
    "MaxUnpool": max_unpool,
    **dict.fromkeys(("Resize", "Upsample"), resize),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), shuffled),
    "Pad": pad,
    **dict.fromkeys(("RoiAlign", "MaxRoiPool"), roi_align),
    "GridSample": grid_sample,
    "DeformConv": deform_conv,
    "Col2Im": col2im,
    "CenterCropPad": center_crop_pad,
}
"""By the name of the operator."""
