"""Functions that are called in a way of their own: with weights, with several outputs, with sizes as arguments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.dtypes import COMPLEX
from cnnshape.operations.operation import Result
from cnnshape.operations.tensors import Broadcast, Index, Written
from cnnshape.operations.worked import Worked
from cnnshape.readers.python.language.values import Opaque, Symbol, Tensor, Value, named, now, pairs, words
from cnnshape.readers.python.noting.traced import plain_key, sizes_of
from cnnshape.readers.python.rows.applying import apply, apply_operation, is_unknown, tensors_in, wordless
from cnnshape.readers.python.rows.strides import lying_in_order, require_viewable
from cnnshape.readers.python.rows.trace import parameters_of
from cnnshape.readers.python.torch.functions import SPECIAL, function, plainly
from cnnshape.readers.python.torch.making import computed, constant
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import vocabulary

# ---------------------------------------------------------------------- functions whose weights are arguments


WEIGHTS = {
    **dict.fromkeys(("batch_norm", "instance_norm"), ("running_mean", "running_var", "weight", "bias")),
    **dict.fromkeys(("prelu", "embedding", "embedding_bag", "rms_norm"), ("weight",)),
}
"""The weights among a function's arguments; of most a weight and a bias."""
TWO = ("weight", "bias")
WEIGHTED = words(
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear bilinear batch_norm instance_norm "
    "group_norm layer_norm rms_norm prelu embedding embedding_bag"
)


def weighted(name: str) -> Callable[..., Value]:
    """A function of weights, which stand among its arguments: first of them, but where its word says otherwise."""
    names = WEIGHTS.get(name, TWO)

    def run(input: Value, *rest: Value, **options: Value) -> Value:
        stated = positional_arguments(model_of(vocabulary("pytorch").types[name]))
        order = stated if names[0] in stated else (*names, *stated)
        tensors: tuple[Any, ...] = (input,)
        if name == "bilinear":
            tensors, rest = (input, rest[0]), rest[1:]
        if name == "embedding_bag" and rest[1:]:
            rest = (rest[0], *rest[2:])  # the offsets of bags
        given = {**dict(zip(order, rest, strict=False)), **options}
        weights = [given.pop(each, None) for each in names]
        unknown = next(
            (each for each in weights if isinstance(each, Opaque) or getattr(each, "shape", ()) is None), None
        )
        if unknown is not None:
            why = unknown if isinstance(unknown, Opaque) else unknown.unknown or now().opaque("the shape of a weight")
            return now().trace.fail(name, tensors_in([tensors]), why)
        return apply(name, name, tensors, [], given, weights, "float32" if name.startswith("embedding") else None)

    return run


# ---------------------------------------------------------------------- reductions

WHOLE = pairs(
    "max amax min amin median amax mode amax all amax any amax argmax amax argmin amin norm amax prod sum "
    "count_nonzero sum"
)
"""Functions of all elements where no axis is named, by what has their shape then."""


def extreme(name: str) -> Callable[..., Value]:
    """``max``, ``norm`` and the like: of all elements, of an axis, or (the first) of two tensors."""

    def run(input: Value, *rest: Value, **options: Value) -> Value:
        other = rest[0] if rest else options.get("other")
        if isinstance(other, Tensor):
            return function("minimum" if name == "min" else "maximum", [input, other], {})
        place = 1 if name == "norm" else 0
        named = next((options[word] for word in ("dim", "axis") if word in options), None)
        axis = rest[place] if len(rest) > place else named
        if axis is None and not isinstance(input, Opaque):
            known = computed(name, [input], {})
            if known is None and input.row is None and input.shape is not None:
                return Tensor((), parameters=input.parameters)  # of a weight, which has no batch
            return plainly(WHOLE[name], [input], {}) if known is None else known
        return plainly(name, [input, *rest], options)

    return run


def both(spread: str) -> Callable[..., Value]:
    """``var_mean`` and ``std_mean``."""

    def run(input: Value, dim: Value = None, *_: Value, keepdim: Value = False, **__: Value) -> Value:
        words = {"dim": dim, "keepdim": keepdim}
        return tuple(plainly(word, [input], dict(words)) for word in (spread, "mean"))

    return run


# ---------------------------------------------------------------------- taking apart


def at(axis: int, tensor: Tensor, chosen: Value) -> tuple[Value, ...]:
    """The key of an element or slice along one axis."""
    return (*(slice(None),) * (axis % len(tensor.shape or (1,))), chosen)


def unbind(input: Value, dim: Value = 0) -> Value:
    """``unbind``: one tensor for each index of an axis."""
    known = input.data is not None and dim == 0
    return tuple(constant(each, input) for each in input.data) if known else plainly("unbind", [input, dim], {})


def split(input: Value, split_size_or_sections: Value = None, dim: Value = 0, **options: Value) -> Value:
    """``split``."""
    parts: Any = options.get("split_size", options.get("split_sizes", split_size_or_sections))
    parts = list(parts) if isinstance(parts, list | tuple) else parts
    if input.data is None:
        return plainly("split", [input, parts, dim], {})
    sizes = parts if isinstance(parts, list) else [parts] * -(-len(input.data) // parts)
    cuts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    return tuple(constant(input.data[low:high], input) for low, high in pairwise(cuts))


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
    key = plain_key(key)
    if isinstance(key, tuple):
        key = tuple(list(each) if isinstance(each, tuple) else each for each in key)
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
    numbers = [
        each if isinstance(each, Tensor) else Tensor((len(each),), dtype="int64")
        for each in (key if isinstance(key, tuple) else (key,))
        if isinstance(each, list | range) or (isinstance(each, Tensor) and each.shape)
    ]
    made, given = ([each for each in numbers if (each.row is None) is stands] for stands in (False, True))
    return apply_operation(name, Index(tuple(keys)), [tensor, *made], arguments={"index": keys}, beside=tuple(given))


def select(input: Value, dim: Value, index_: Value = 0, **options: Value) -> Value:
    """``select`` and ``index_select``."""
    return index(input, at(dim, input, options.get("index", index_)))


# ---------------------------------------------------------------------- other shapes


def spread(sizes: tuple[Value, ...], **options: Value) -> Any:
    """Sizes that are several arguments, one tuple, or given by name."""
    if options:
        return next(iter(options.values()))
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes


def reshape(input: Value, *sizes: Value, **options: Value) -> Value:
    """``reshape``."""
    shape = tuple(spread(sizes, **options))
    if is_unknown(shape):
        return now().trace.fail("reshape", tensors_in([input]), now().opaque("a size of this shape"))
    if input.row is None and input.shape is not None:
        return reshaped_constant(input, shape)
    return plainly("reshape", [input, shape], {})


def view(input: Value, *sizes: Value, **options: Value) -> Value:
    """``view``, which copies nothing: PyTorch refuses it where elements do not lie together."""
    if sizes and isinstance(sizes[0], Symbol):
        return input  # as another type
    shape = spread(sizes, **options)
    if isinstance(input, Tensor) and shape and all(isinstance(each, int) for each in shape):
        fault = require_viewable(input, tuple(shape))
        if fault is not None:
            return now().trace.fail("view", (input,), fault)
    return reshape(input, shape)


def reshaped_constant(input: Tensor, shape: tuple[int, ...]) -> Value:
    """A weight or constant in another shape."""
    total = prod(each or 1 for each in input.shape or ())
    known = prod(each for each in shape if each != -1)
    if -1 in shape and known:
        shape = tuple(total // known if each == -1 else each for each in shape)
    if prod(shape) != total:
        fault = Fault("CS306", f"reshape to {list(shape)} needs {prod(shape)} elements, there are {total}")
        return now().trace.fail("reshape", (), fault)
    made = Tensor(shape, parameters=input.parameters, dtype=input.dtype)
    viewed = Worked(Result((shape,), memory="view"))
    made.made = wordless("reshape", viewed, {"shape": shape}), (input,), 1, True
    return made


def repeat(input: Value, *sizes: Value, **options: Value) -> Value:
    """``repeat``: of more axes than there are, new ones come first."""
    counts = tuple(spread(sizes, **options))
    rank = len(input.shape) if isinstance(input, Tensor) and input.shape is not None else len(counts)
    if len(counts) < rank:
        fault = Fault("CS302", f"repeat needs a count for each axis: it has {len(counts)} for {rank} axes")
        return now().trace.fail("repeat", (input,), fault)
    if len(counts) > rank:
        input = reshape(input, (*(1,) * (len(counts) - rank), *input.shape))
    return apply("repeat", "tile", (input,), [counts], {})


def transposed(input: Value) -> Value:
    """``.t()`` and ``.T``."""
    rank = len(input.shape or ())
    return plainly("permute", [input, tuple(reversed(range(rank)))], {}) if rank > 1 else input


def windowed(input: Value, dimension: int, size: int, step: int) -> Value:
    """``x.unfold(dimension, size, step)``: windows along an axis, their elements along a last one."""
    rank = len(input.shape or (1,))
    axis, along = dimension % rank, (input.shape or (None,) * rank)[dimension]
    if along is None or any(isinstance(each, Opaque) for each in (size, step)):
        return now().trace.fail("unfold", (input,), now().opaque("a size of unfold"))
    if size > along:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {along} but size is {size}")
    places = Tensor(((along - size) // step + 1, size), dtype="int64")
    return plainly("movedim", [index(input, at(axis, input, places), "unfold"), axis + 1, -1], {})


def stft(input: Value, n_fft: int, hop_length: Value = None, *_: Value, **options: Value) -> Value:
    """``torch.stft``: the spectra of windows, which begin before the signal unless it is told otherwise."""
    if options.get("center", True):
        input = plainly("pad", [input, (n_fft // 2, n_fft // 2)], {})
    transform = "fft.fft" if options.get("onesided") is False else "fft.rfft"
    spectra = plainly(transform, [windowed(input, -1, n_fft, hop_length or n_fft // 4)], {})
    spectra = plainly("transpose", [spectra, -1, -2], {})
    return spectra if options.get("return_complex", True) else plainly("view_as_real", [spectra], {})


# ---------------------------------------------------------------------- tensors where words have numbers


def pad(input: Value, pad: Value, mode: Value = "constant", value: Value = None) -> Value:
    """``F.pad``: of nothing it is nothing."""
    if isinstance(pad, list | tuple):
        pad = [now().framework.number(each) if isinstance(each, Tensor) else each for each in pad]
    if isinstance(pad, list | tuple) and not is_unknown(pad) and not any(pad):
        return input
    return plainly("pad", [input, pad, mode], {} if value is None else {"value": value})


def clamp(input: Value, min: Value = None, max: Value = None) -> Value:
    """``clamp``, between numbers or tensors."""
    bounds = [each for each in (min, max) if isinstance(each, Tensor)]
    if bounds:
        return apply_operation("clamp", Broadcast(whole=True), [input, *bounds])
    return plainly("clamp", [input], {"min": min, "max": max})


def loss(input: Value, *_: Value, reduction: Value = "mean", reduce: Value = True, **__: Value) -> Value:
    """A loss: one number."""
    if reduction not in ("mean", "sum") or not reduce:
        return now().trace.fail("loss", (input,), now().opaque(f"a loss with reduction={reduction!r}"))
    return plainly("mean", [input], {})


def elementwise_loss(input: Value, target: Value, *_: Value, reduction: Value = "mean", **options: Value) -> Value:
    """A loss, or one of every element."""
    return plainly("sub", [input, target], {}) if reduction == "none" else loss(input, reduction=reduction, **options)


def repeat_interleave(input: Value, repeats: Value, dim: Value = None, **_: Value) -> Value:
    """``repeat_interleave``: without an axis of all elements in a row."""
    if dim is None and isinstance(input, Tensor) and input.shape is not None:
        input, dim = reshape(input, -1), 0
    return plainly("repeat_interleave", [input, repeats, dim], {})


def one_hot(input: Value, num_classes: Value = -1) -> Value:
    """``F.one_hot``."""
    if isinstance(num_classes, Opaque) or num_classes < 0:
        return now().trace.fail("one_hot", (input,), now().opaque("the number of classes"))
    return plainly("one_hot", [input, num_classes], {})


def of_vectors(shape: Callable[[Any, Any], tuple[int, ...]], otherwise: Callable[..., Value]) -> Callable[..., Value]:
    """A product with a vector; of weights and vectors, as spectral norms iterate, it has no batch."""

    def run(input: Value, other: Value, **_: Value) -> Value:
        if any(not isinstance(each, Tensor) or each.row is not None or not each.shape for each in (input, other)):
            return otherwise(input, other)
        return Tensor(shape(input.shape, other.shape), parameters=parameters_of((input, other)))

    return run


def matmul(input: Value, other: Value) -> Value:
    """``matmul``: a vector is a matrix of one row or of one column, which the answer has no more."""
    ranks = [len(each.shape) if isinstance(each, Tensor) and each.shape else None for each in (input, other)]
    if 1 not in ranks:
        return plainly("matmul", [input, other], {})
    if ranks[1] == 1:
        return SPECIAL["dot" if ranks[0] == 1 else "mv"](input, other)
    return plainly("squeeze", [plainly("matmul", [reshape(input, (1, -1)), other], {}), -2], {})


LOSSES = words(
    "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy kl_div binary_cross_entropy_with_logits"
)
SPECIAL |= named(stft, unbind, split, tensor_split, reshape, view, repeat, pad, clamp, one_hot, matmul) | {
    **{name: weighted(name) for name in WEIGHTED},
    **{name: extreme(name) for name in WHOLE},
    **{f"{name}_mean": both(name) for name in ("var", "std")},
    **dict.fromkeys(LOSSES, elementwise_loss),
    **dict.fromkeys(("cross_entropy", "nll_loss"), loss),
    **dict.fromkeys(words("select index_select"), select),
    **dict.fromkeys(
        words("view_as reshape_as"), lambda input, other: reshape(input, tuple(sizes_of(other.shape) or ()))
    ),
    "einsum": lambda equation, *operands: plainly("einsum", [*tensors_in(operands), equation], {}),
    "histc": lambda input, bins=100, *_, **__: index(reshape(input, -1), Tensor((bins,), dtype="int64"), "histc"),
    **dict.fromkeys(("clip", "clamp_min"), clamp),
    "clamp_max": lambda input, max: clamp(input, None, max),
    "mv": of_vectors(
        lambda one, other: one[:-1],
        lambda input, vec: plainly("squeeze", [plainly("matmul", [input, reshape(vec, (-1, 1))], {}), -1], {}),
    ),
    "dot": of_vectors(
        lambda one, other: one[:-1], lambda input, tensor: plainly("sum", [plainly("mul", [input, tensor], {})], {})
    ),
    **dict.fromkeys(
        ("outer", "ger"),
        of_vectors(
            lambda one, other: (one[0], other[0]),
            lambda input, vec2: plainly("mul", [reshape(input, (-1, 1)), reshape(vec2, (1, -1))], {}),
        ),
    ),
    **{  # as older networks have them
        f"upsample_{mode}": lambda input, size=None, scale_factor=None, *, mode=mode: plainly(
            "interpolate", [input, size, scale_factor, mode], {}
        )
        for mode in ("bilinear", "nearest")
    },
    **dict.fromkeys(
        ("addmm", "baddbmm", "addbmm"),
        lambda input, left, right, **_: plainly("add", [input, plainly("matmul", [left, right], {})], {}),
    ),
    "vector_norm": lambda x, ord=2, dim=None, keepdim=False, **_: extreme("norm")(x, ord, dim, keepdim),
    "take_along_dim": lambda input, indices, dim: plainly("gather", [input, dim, indices], {}),
    **dict.fromkeys(
        words("scatter scatter_add index_add index_copy index_fill"),
        lambda input, dim, *given, **_: apply_operation("scatter", Written(), tensors_in([input, given[-1]])),
    ),
    "hstack": lambda tensors: plainly("cat", [tensors, min(len(tensors[0].shape or (1, 1)) - 1, 1)], {}),
    "vstack": lambda tensors: plainly("cat", [tensors, 0], {}),
    "ravel": lambda input: reshape(input, -1),
    "real": lambda input: plainly("real", [input], {}) if input.dtype == COMPLEX else input,
    "repeat_interleave": repeat_interleave,
    "contiguous": lambda input, **_: lying_in_order(input) if input.strides is not None else input,
    "windowed": windowed,
    "split_with_sizes": split,
    "t": transposed,
    "expand_as": lambda input, other: plainly("expand", [input, tuple(sizes_of(other.shape) or ())], {}),
    "adjoint": lambda input: plainly("transpose", [input, -2, -1], {}),
}
