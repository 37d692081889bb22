"""Caffe's layers, each by what PyTorch has for it.

Source: `src/caffe/layers/` of BVLC/caffe 1.0: a convolution rounds its windows down, pooling up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.windows import count_windows_ceil
from cnnshape.diagnostics import Fault
from cnnshape.network.tensor import Tensor
from cnnshape.operations.merging import Merge, MergeKind
from cnnshape.operations.operation import CHANNELS_FIRST, EVERYTHING, Path, Result, Weight
from cnnshape.operations.pooling import Pooling
from cnnshape.operations.worked import Worked
from cnnshape.readers.caffe.text import Message, kind_of

if TYPE_CHECKING:
    from cnnshape.readers.caffe.reader import Walk


def per_axis(given: Message, rank: int, name: str, default: int, short: str = "") -> tuple[int, ...]:
    """A number for every spatial axis: ``kernel_size`` once or each, or ``kernel_h`` and ``kernel_w``."""
    short = short or name
    if rank == 2 and (given.texts(f"{short}_h") or given.texts(f"{short}_w")):
        return given.number(f"{short}_h", default), given.number(f"{short}_w", default)
    listed = given.numbers(name) or [default]
    if len(listed) not in (1, rank):
        raise Fault("CS305", f"{name} is stated {len(listed)} times for {rank} axes")
    return tuple(listed * rank)[:rank]


def convolution(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Convolution, and (Deconvolution) its transpose."""
    given, shape = layer.inner("convolution_param"), source.shape or ()
    rank = max(len(shape) - 2, 1)
    transposed = "Transpose" if kind_of(layer) == "deconvolution" else ""
    return walk.add(
        f"Conv{transposed}{rank}d",
        source,
        in_channels=shape[1],
        out_channels=given.number("num_output", 0),
        kernel_size=per_axis(given, rank, "kernel_size", 0, "kernel"),
        stride=per_axis(given, rank, "stride", 1),
        padding=per_axis(given, rank, "pad", 0),
        dilation=per_axis(given, rank, "dilation", 1),
        groups=given.number("group", 1),
        bias=given.is_set("bias_term", True),
    )


def pooling(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Windows, of which the last may hang over the edge; ``global_pooling`` is one."""
    given, shape = layer.inner("pooling_param"), source.shape or ()
    averages = given.word("pool", "MAX") in ("AVE", "1")
    kind = "Avg" if averages else "Max"
    if given.is_set("global_pooling"):
        return walk.add(f"Adaptive{kind}Pool2d", source, output_size=1)
    window, strides = per_axis(given, 2, "kernel_size", 0, "kernel"), per_axis(given, 2, "stride", 1)
    pads = per_axis(given, 2, "pad", 0)
    up = given.word("round_mode", "CEIL") not in ("FLOOR", "1")
    if min(*window, *strides) < 1 or min(pads) < 0 or len(shape) != 4:
        raise Fault("CS305", f"pooling by {window} and {strides}, padded by {pads}, of {len(shape)} axes")
    shown = {"kernel_size": window, "stride": strides, "padding": pads} | ({"ceil_mode": True} if up else {})
    both = tuple([(pad, pad) for pad in pads])
    operation = Pooling("average" if averages else "max", window, strides, both, (1, 1), up, CHANNELS_FIRST)
    for size, extent, stride, pad in zip(shape[2:], window, strides, pads, strict=True):
        if up and not pad and size and extent <= size:
            stated = -(-(size - extent) // stride) + 1  # Caffe drops a window outside only where it pads
            if stated != count_windows_ceil(size, extent, stride):
                raise Fault("CS303", f"a last window of {extent} by {stride} would lie outside the {size} elements")
    return walk.own(f"{kind}Pool2d", operation, source, **shown)


def inner_product(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """A linear layer on all axes from `axis` on."""
    given = layer.inner("inner_product_param")
    axis = given.number("axis", 1)
    if len(source.shape or ()) > axis + 1:
        (source,) = walk.add("flatten", source, part="flatten", start_dim=axis)
    features = (source.shape or (None,))[-1]
    bias = given.is_set("bias_term", True)
    return walk.add("Linear", source, in_features=features, out_features=given.number("num_output", 0), bias=bias)


def local_response(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Each element by the squares of its neighbours, across channels or within one."""
    given = layer.inner("lrn_param")
    if given.word("norm_region", "ACROSS_CHANNELS") in ("WITHIN_CHANNEL", "1"):
        walk.unknown.add("LRN", layer.word("name"), "within a channel", cost_alone=True)
        shape = source.shape or ()
        paths = ((Path(0), Path(1), *(EVERYTHING,) * (len(shape) - 2)),)
        return walk.own("LRN", Worked(Result((shape,), flops=None, paths=paths), complete=False), source)
    return walk.add("LocalResponseNorm", source, size=given.number("local_size", 5))


def activation(type: str, **arguments: Any) -> Callable[..., Sequence[Tensor]]:
    """A function of each element."""
    return lambda walk, layer, source: walk.add(type, source, **arguments)


def relu(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """ReLU, which may leak."""
    slope = layer.inner("relu_param").word("negative_slope", "0")
    if float(slope or 0) == 0:
        return walk.add("ReLU", source)
    return walk.add("LeakyReLU", source, negative_slope=float(slope))


def prelu(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """A slope for each channel, or one for all."""
    shared = layer.inner("prelu_param").is_set("channel_shared")
    return walk.add("PReLU", source, num_parameters=1 if shared else (source.shape or (0, 0))[1])


def batch_norm(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """By moving statistics alone; a Scale below it has the weights."""
    shape = source.shape or ()
    return walk.add(f"BatchNorm{max(len(shape) - 2, 1)}d", source, num_features=shape[1], affine=False)


def scale(walk: Walk, layer: Message, source: Tensor, *others: Tensor) -> Sequence[Tensor]:
    """A factor (Scale, with ``bias_term`` a summand too) or a summand (Bias) of each channel, or another tensor's."""
    is_bias = kind_of(layer) == "bias"
    given = layer.inner("bias_param" if is_bias else "scale_param")
    shape = source.shape or ()
    axis, count = given.number("axis", 1), given.number("num_axes", 1)
    sizes = shape[axis:] if count < 0 else shape[axis : axis + count]
    adds = not is_bias and given.is_set("bias_term")
    weights: tuple[Weight, ...] = () if others else (Weight("bias" if is_bias else "weight", sizes),)
    weights += (Weight("bias", sizes),) if adds else ()
    per_sample = None if None in shape[1:] else prod([size or 0 for size in shape[1:]]) * (1 + adds)
    paths = (tuple([Path(at) for at in range(len(shape))]), *((EVERYTHING,) * len(each.shape or ()) for each in others))
    return walk.own(layer.word("type"), Worked(Result((shape,), weights, 0, per_sample, paths=paths)), source, *others)


def eltwise(walk: Walk, layer: Message, *sources: Tensor) -> Sequence[Tensor]:
    """The sum, the product or the largest of tensors of the same shape."""
    kinds: dict[str, tuple[str, MergeKind]] = {"PROD": ("mul", "multiply"), "MAX": ("maximum", "maximum")}
    kinds |= {"0": kinds["PROD"], "2": kinds["MAX"]}
    type, kind = kinds.get(layer.inner("eltwise_param").word("operation", "SUM"), ("add", "add"))
    if len({each.shape for each in sources}) > 1:
        raise Fault(
            "CS305", f"Eltwise of {' and '.join(str(each.shape) for each in sources)}: they have to be the same"
        )
    return walk.own(type, Merge(kind, None), *sources)


def concat(walk: Walk, layer: Message, *sources: Tensor) -> Sequence[Tensor]:
    """One after the other."""
    given = layer.inner("concat_param")
    return walk.add("cat", *sources, dim=given.number("axis", given.number("concat_dim", 1)))


def parts(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Parts of an axis, cut at ``slice_point`` or equal."""
    given, tops = layer.inner("slice_param"), len(layer.texts("top"))
    axis = given.number("axis", given.number("slice_dim", 1))
    size, points = (source.shape or ())[axis] or 0, given.numbers("slice_point")
    ends = [*points, size] if points else [size * (number + 1) // tops for number in range(tops)]
    if not points and size % tops:
        raise Fault("CS305", f"{size} elements are not {tops} equal parts")
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return walk.add("split", source, split_size_or_sections=sizes, dim=axis)


def reshape(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Other sizes: 0 is the size of that axis, -1 what is left; `axis` and `num_axes` say which are replaced."""
    given, shape = layer.inner("reshape_param"), list(source.shape or ())
    start = given.number("axis", 0) % (len(shape) + 1)
    end = start + given.number("num_axes", -1) if given.number("num_axes", -1) >= 0 else len(shape)
    dims = given.inner("shape").numbers("dim")
    target = [*shape[:start], *(shape[start + at] if dim == 0 else dim for at, dim in enumerate(dims)), *shape[end:]]
    return walk.add("reshape", source, shape=target)


def crop(walk: Walk, layer: Message, source: Tensor, like: Tensor) -> Sequence[Tensor]:
    """As large as another from an axis on."""
    axis, shape = layer.inner("crop_param").number("axis", 2), source.shape or ()
    output = (*shape[:axis], *(like.shape or ())[axis:])
    paths = (tuple([Path(at) for at in range(len(shape))]), (EVERYTHING,) * len(shape))
    return walk.own("Crop", Worked(Result((output,), paths=paths, memory="view")), source, like)


def flatten(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """Axes merged."""
    given = layer.inner("flatten_param")
    return walk.add("flatten", source, start_dim=given.number("axis", 1), end_dim=given.number("end_axis", -1))


def each_element(walk: Walk, layer: Message, source: Tensor) -> Sequence[Tensor]:
    """One operation for each element."""
    shape = source.shape or ()
    flops = None if None in shape[1:] else prod([size or 0 for size in shape[1:]])
    paths = (tuple([Path(at) for at in range(len(shape))]),)
    return walk.own(layer.word("type"), Worked(Result((shape,), flops=flops, paths=paths)), source)


RULES: dict[str, Callable[..., Sequence[Tensor]]] = {
    **dict.fromkeys(("convolution", "deconvolution", "depthwiseconvolution"), convolution),
    "pooling": pooling,
    "innerproduct": inner_product,
    "lrn": local_response,
    "relu": relu,
    "relu6": activation("ReLU6"),
    "prelu": prelu,
    "elu": activation("ELU"),
    "sigmoid": activation("Sigmoid"),
    "tanh": activation("Tanh"),
    "bnll": activation("Softplus"),
    "swish": activation("SiLU"),
    "dropout": activation("Dropout"),
    **dict.fromkeys(("absval", "clip", "exp", "log", "power", "threshold"), each_element),
    "softmax": lambda walk, layer, source: walk.add(
        "Softmax", source, dim=layer.inner("softmax_param").number("axis", 1)
    ),
    "batchnorm": batch_norm,
    **dict.fromkeys(("scale", "bias"), scale),
    "eltwise": eltwise,
    "concat": concat,
    "slice": parts,
    "split": lambda walk, layer, source: [source] * len(layer.texts("top")),
    "flatten": flatten,
    "reshape": reshape,
    "permute": lambda walk, layer, source: walk.add(
        "permute", source, dims=layer.inner("permute_param").numbers("order")
    ),
    "crop": crop,
}
"""By the type of the layer, without its underscores and its case."""
