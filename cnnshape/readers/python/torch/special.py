"""Functions that are called in a way of their own: with weights, with several outputs, with sizes as arguments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.operations.tensors import Attention, Einsum, Expand, Gather, Index, Lookup
from cnnshape.readers.python.applying import apply, apply_operation, is_unknown, tensors_in, weights_among
from cnnshape.readers.python.records import namedtuple
from cnnshape.readers.python.torch.functions import SPECIAL, function
from cnnshape.readers.python.torch.making import constant
from cnnshape.readers.python.torch.strides import require_viewable
from cnnshape.readers.python.values import Opaque, Stop, Symbol, Tensor, Value, named, now, pairs, words

# ---------------------------------------------------------------------- functions whose weights are arguments


def convolution(transposed: bool) -> Callable[..., dict[str, Value]]:
    """The arguments of a convolution, of its weight's shape."""

    def run(input: Value, weight: Value, given: dict[str, Value]) -> dict[str, Value]:
        first, second, *kernel = weight.shape
        second *= given.get("groups", 1)
        inputs, outputs = (first, second) if transposed else (second, first)
        return {**given, "in_channels": inputs, "out_channels": outputs, "kernel_size": tuple(kernel)}

    return run


def features(input: Value, weight: Value, given: dict[str, Value]) -> dict[str, Value]:
    """The arguments of a linear layer, of its weight's shape."""
    return {"in_features": weight.shape[1], "out_features": weight.shape[0], "bias": given["bias"]}


def channels(name: str, **kept: str) -> Callable[..., dict[str, Value]]:
    """The arguments of a normalization of so many channels."""
    return lambda input, weight, given: {
        name: input.shape[1] if input.shape and len(input.shape) > 1 else 1,
        "affine": weight is not None,
        **{each: given[old] for each, old in kept.items()},
    }


def normalized(input: Value, weight: Value, given: dict[str, Value]) -> dict[str, Value]:
    """The arguments of a normalization of the last axes."""
    return {"normalized_shape": given["normalized_shape"], "elementwise_affine": weight is not None}


CONVOLVED = "weight bias stride padding dilation groups"
DECONVOLVED = "weight bias stride padding output_padding groups dilation"
NORMALIZED = "running_mean running_var weight bias"
WEIGHTED: dict[str, tuple[str, str, Callable[..., dict[str, Value]]]] = {
    **{f"conv{n}d": (f"Conv{n}d", CONVOLVED, convolution(False)) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": (f"ConvTranspose{n}d", DECONVOLVED, convolution(True)) for n in (1, 2, 3)},
    "linear": ("Linear", "weight bias", features),
    "batch_norm": ("SyncBatchNorm", NORMALIZED, channels("num_features", track_running_stats="running_mean")),
    "instance_norm": ("InstanceNorm{}d", NORMALIZED, channels("num_features")),
    "group_norm": ("GroupNorm", "num_groups weight bias", channels("num_channels", num_groups="num_groups")),
    "layer_norm": ("LayerNorm", "normalized_shape weight bias", normalized),
    "rms_norm": ("RMSNorm", "normalized_shape weight", normalized),
    "prelu": ("PReLU", "weight", lambda input, weight, given: {"num_parameters": prod(weight.shape or (1,))}),
}
"""Functions of weights: the layer whose operation they are, the order of their arguments, and the layer's arguments."""
WEIGHTS = ("weight", "bias", "running_mean", "running_var")


def weighted(name: str) -> Callable[..., Value]:
    """A layer's operation on a tensor, the weights read from where they are kept."""
    kind, order, arguments = WEIGHTED[name]

    def run(input: Value, *rest: Value, **options: Value) -> Value:
        given = {**dict(zip(order.split(), rest, strict=False)), **options}
        read = {each: given.pop(each, None) for each in WEIGHTS if each in order}
        for each in read.values():
            if isinstance(each, Opaque) or (isinstance(each, Tensor) and (each.shape is None or None in each.shape)):
                why = each if isinstance(each, Opaque) else now().opaque("the shape of a weight")
                return now().trace.fail(name, tensors_in([input]), why)
        given |= {each: value is not None for each, value in read.items() if each != "weight"}
        told = arguments(input, read["weight"], given)
        layer = kind.format(len(input.shape or (1, 1, 1)) - 2)
        return apply(name, layer, (input,), [], told, weights_among(*read.values()), weightless=True)

    return run


def embedding(input: Value, weight: Value, *_: Value, **__: Value) -> Value:
    """``F.embedding``: a row of the weight for each index."""
    if not isinstance(weight, Tensor) or weight.shape is None:
        return now().trace.fail("embedding", tensors_in([input]), now().opaque("the shape of a weight"))
    return apply_operation("embedding", Lookup(weight.shape[-1] or 1), [input], "float32", read=(weight,))


# ---------------------------------------------------------------------- reductions

REDUCED = pairs(
    "mean mean sum sum amax amax amin amin norm norm var var std std logsumexp sum prod sum count_nonzero sum "
    "nanmean mean all amax any amax argmax amax argmin amin"
)
"""Functions of all elements or along axes, by the word whose shape they have."""
DATA: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "amax": max, "amin": min}


def reduction(name: str) -> Callable[..., Value]:
    """``mean``, ``sum``, ``amax``, ...: without axes, of everything."""

    def run(input: Value, dim: Value = None, keepdim: Value = False, **options: Value) -> Value:
        dim = options.pop("axis", dim)
        keepdim = options.pop("keepdims", keepdim)
        options.pop("dtype", None)
        if isinstance(input, Tensor):
            if input.shape == ():
                return input
            if isinstance(input.data, list) and name in DATA:
                return constant(DATA[name](input.data))
            if dim is None and input.shape is not None:
                dim = tuple(range(len(input.shape)))
        return apply(name, REDUCED[name], (input,), [], {"dim": dim, "keepdim": keepdim, **options})

    return run


def variance(name: str) -> Callable[..., Value]:
    """``var`` and ``std``, whose third argument by position is how the elements are counted."""

    def run(input: Value, dim: Value = None, unbiased: Value = True, keepdim: Value = False, **options: Value) -> Value:
        options.pop("correction", None)
        return reduction(name)(input, None if isinstance(dim, bool) else dim, keepdim, **options)

    return run


def norm(input: Value, p: Value = 2, dim: Value = None, keepdim: Value = False, **options: Value) -> Value:
    """``norm``, whose second argument by position is the power."""
    return reduction("norm")(input, dim, keepdim, **options, p=2)


VALUES = namedtuple("return_types", "values indices", module="torch")


def extreme(name: str, word: str) -> Callable[..., Value]:
    """``max`` and ``min``: of all elements, of an axis (with its indices), or of two tensors."""

    def run(input: Value, *rest: Value, **options: Value) -> Value:
        other = rest[0] if rest else options.get("other")
        if isinstance(other, Tensor):
            return function("minimum" if name == "min" else "maximum", [input, other], {})
        values = reduction(word)(input, *rest, **options)
        return VALUES(values, values) if rest or "dim" in options or "axis" in options else values

    return run


def topk(input: Value, k: Value, dim: Value = -1, *_: Value, **__: Value) -> Value:
    """``topk``."""
    values = function("narrow", [input, dim, 0, k], {})
    return VALUES(values, values)


# ---------------------------------------------------------------------- taking apart


def at(axis: int, tensor: Tensor, chosen: Value) -> tuple[Value, ...]:
    """The key of an element or slice along one axis."""
    return (*(slice(None),) * (axis % len(tensor.shape or (1,))), chosen)


def unbind(input: Value, dim: Value = 0) -> Value:
    """``unbind``: one tensor for each index of an axis."""
    if input.data is not None and dim == 0:
        return tuple(map(constant, input.data))
    size = None if input.shape is None else input.shape[dim]
    if size is None:
        what = "whose shape is not known" if input.shape is None else "along an axis whose size is not known"
        raise Stop("CS604", f"this takes a tensor apart {what}")
    now().cell(size)
    return tuple(index(input, at(dim, input, number)) for number in range(size))


def split(input: Value, split_size_or_sections: Value = None, dim: Value = 0, **options: Value) -> Value:
    """``split``."""
    parts: Any = options.get("split_size", options.get("split_sizes", split_size_or_sections))
    parts = list(parts) if isinstance(parts, list | tuple) else parts
    if input.data is None:
        return apply("split", "split", (input,), [parts, dim], {})
    sizes = parts if isinstance(parts, list) else [parts] * -(-len(input.data) // parts)
    cuts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    return tuple(constant(input.data[low:high]) for low, high in pairwise(cuts))


def tensor_split(input: Value, indices_or_sections: Value = None, dim: Value = 0, **options: Value) -> Value:
    """``tensor_split``: at indices, or into parts of which the first are the larger."""
    cuts: Any = options.get("indices", options.get("sections", indices_or_sections))
    size = input.shape[dim] if input.shape is not None else None
    if size is None:
        return now().trace.fail("tensor_split", (input,), now().opaque("the size of the axis that is split"))
    if isinstance(cuts, int):
        return split(input, [size // cuts + (number < size % cuts) for number in range(cuts)], dim)
    return split(input, [high - low for low, high in pairwise([0, *(min(cut, size) for cut in cuts), size])], dim)


def index(tensor: Tensor, key: Value, name: str = "index") -> Value:
    """``x[key]``."""
    keys: list[object] = []
    for each in key if isinstance(key, tuple) else (key,):
        if isinstance(each, Tensor):
            if each.shape is None or each.dtype == "bool":
                return now().trace.fail(name, (tensor,), now().opaque("which elements are chosen"))
            keys.append(("of", *each.shape))
        elif isinstance(each, slice):
            keys.append((each.start, each.stop, each.step))
        elif isinstance(each, list | range):
            keys.append(("of", len(each)))
        else:
            keys.append("..." if each is Ellipsis else each)
    bounds = [bound for each in keys for bound in (each if isinstance(each, tuple) else (each,))]
    if any(isinstance(each, Opaque) for each in bounds):
        return now().trace.fail(name, (tensor,), now().opaque("an index"))
    if any(isinstance(each, float) for each in bounds):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return apply_operation(name, Index(tuple(keys)), [tensor], arguments={"index": keys})


def squeeze(input: Value, dim: Value = None) -> Value:
    """``squeeze``: an axis that is not 1 stays."""
    if input.shape is None:
        return apply("squeeze", "squeeze", (input,), [], {"dim": dim})
    rank = len(input.shape)
    asked = range(rank) if dim is None else dim if isinstance(dim, list | tuple) else (dim,)
    axes = {axis % rank if -rank <= axis < rank else axis for axis in asked}
    axes = {axis for axis in axes if axis >= rank or axis < 0 or input.shape[axis] == 1}
    key = tuple(0 if axis in axes else slice(None) for axis in range(rank))
    return index(input, key, "squeeze") if axes else input


def select(input: Value, dim: Value, index_: Value = 0, **options: Value) -> Value:
    """``select`` and ``index_select``."""
    return index(input, at(dim, input, options.get("index", index_)))


# ---------------------------------------------------------------------- other shapes


def spread(sizes: tuple[Value, ...], *names: str, **options: Value) -> Any:
    """Sizes that are several arguments, one tuple, or given by name."""
    for name in names:
        if name in options:
            return options[name]
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes


def view(input: Value, *sizes: Value, **options: Value) -> Value:
    """``view`` and ``reshape``."""
    shape = spread(sizes, "shape", "size", **options)
    if sizes and isinstance(sizes[0], Symbol):
        return input  # as another type
    if is_unknown(tuple(shape)):
        return now().trace.fail("reshape", tensors_in([input]), now().opaque("a size of this shape"))
    if input.row is None and input.shape is not None:
        return reshaped_constant(input, tuple(shape))
    return apply("reshape", "reshape", (input,), [tuple(shape)], {})


def strict_view(input: Value, *sizes: Value, **options: Value) -> Value:
    """``view``, which copies nothing: PyTorch refuses it where elements do not lie together."""
    shape = spread(sizes, "shape", "size", **options)
    if isinstance(input, Tensor) and shape and all(isinstance(each, int) for each in shape):
        fault = require_viewable(input, tuple(shape))
        if fault is not None:
            return now().trace.fail("view", (input,), fault)
    return view(input, *sizes, **options)


def reshaped_constant(input: Tensor, shape: tuple[int, ...]) -> Value:
    """A weight or constant in another shape."""
    total = prod(each or 1 for each in input.shape or ())
    known = prod(each for each in shape if each != -1)
    if -1 in shape and known:
        shape = tuple(total // known if each == -1 else each for each in shape)
    if prod(shape) != total:
        fault = Fault("CS306", f"reshape to {list(shape)} needs {prod(shape)} elements, there are {total}")
        return now().trace.fail("reshape", (), fault)
    return Tensor(shape, parameters=input.parameters)


def repeat(input: Value, *sizes: Value, **options: Value) -> Value:
    """``repeat``: of more axes than there are, new ones come first."""
    counts = spread(sizes, "repeats", **options)
    if isinstance(input, Tensor) and input.shape is not None and len(counts) > len(input.shape):
        input = view(input, (*(1,) * (len(counts) - len(input.shape)), *input.shape))
    return apply("repeat", "tile", (input,), [tuple(counts)], {})


def expand(tensor: Tensor, *sizes: Value) -> Value:
    """``expand``."""
    wanted = tuple(spread(sizes))
    if is_unknown(wanted):
        return now().trace.fail("expand", (tensor,), now().opaque("a size of expand"))
    return apply_operation("expand", Expand(wanted), [tensor])


def move(input: Value, source: Value, destination: Value) -> Value:
    """``movedim``."""
    rank = len(input.shape or ())
    sources, places = (
        [axis % rank for axis in (each if isinstance(each, list | tuple) else (each,))]
        for each in (source, destination)
    )
    rest = iter(axis for axis in range(rank) if axis not in sources)
    order = [sources[places.index(axis)] if axis in places else next(rest) for axis in range(rank)]
    return function("permute", [input, order], {})


def transposed(input: Value) -> Value:
    """``.t()`` and ``.T``."""
    rank = len(input.shape or ())
    return function("permute", [input, tuple(reversed(range(rank)))], {}) if rank > 1 else input


def pad(input: Value, pad: Value, mode: Value = "constant", value: Value = None) -> Value:
    """``F.pad``: of nothing it is nothing."""
    if isinstance(pad, list | tuple) and not is_unknown(pad) and not any(pad):
        return input
    return apply("pad", "pad", (input,), [pad, mode], {} if value is None else {"value": value})


def einsum(equation: Value, *operands: Value) -> Value:
    """``torch.einsum``."""
    return apply_operation("einsum", Einsum(equation), tensors_in(operands), arguments={"equation": equation})


def attention(query: Tensor, key: Tensor, value: Tensor, *_: Value, **__: Value) -> Value:
    """``F.scaled_dot_product_attention``."""
    return apply_operation("scaled_dot_product_attention", Attention(), [query, key, value])


SPECIAL |= named(norm, embedding, topk, unbind, tensor_split, squeeze, repeat, pad, einsum) | {
    **{name: weighted(name) for name in WEIGHTED},
    **{name: reduction(name) for name in REDUCED if name not in ("norm", "var", "std")},
    **{name: variance(name) for name in ("var", "std")},
    **{name: extreme(name, word) for name, word in pairs("median amax max amax min amin").items()},
    **dict.fromkeys(words("split split_with_sizes"), split),
    **dict.fromkeys(words("movedim moveaxis"), move),
    **dict.fromkeys(words("select index_select"), select),
    **dict.fromkeys(words("expand broadcast_to"), expand),
    **dict.fromkeys(words("view_as reshape_as"), lambda input, other: view(input, tuple(other.shape or ()))),
    "view": strict_view,
    "reshape": view,
    "t": transposed,
    "scaled_dot_product_attention": attention,
    "sort": lambda input, *_, **__: VALUES(input, input),
    "expand_as": lambda input, other: expand(input, tuple(other.shape or ())),
    "adjoint": lambda input: function("transpose", [input, -2, -1], {}),
    "gather": lambda input, dim, index, **_: apply_operation("gather", Gather(), [input, index]),
    "roll": lambda input, *_, **__: apply("roll", "abs", (input,), [], {}),
}
