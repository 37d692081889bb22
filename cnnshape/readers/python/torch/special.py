"""Functions that are called in a way of their own: with weights, with several outputs, to make tensors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.operations.tensors import Broadcast, Gather, Index
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.functional import (
    apply,
    apply_operation,
    attention,
    einsum,
    expand,
    function,
    one,
    tensors_in,
)
from cnnshape.readers.python.torch.known import constant
from cnnshape.readers.python.torch.layers import is_unknown
from cnnshape.readers.python.torch.making import (
    arange,
    difference,
    eye,
    filled,
    full,
    like,
    linspace,
    meshgrid,
    of_values,
    unique,
)
from cnnshape.readers.python.torch.strides import require_viewable
from cnnshape.readers.python.torch.weighted import (
    batch_norm,
    convolution,
    embedding,
    group_norm,
    instance_norm,
    layer_norm,
    linear,
    prelu,
    rms_norm,
)
from cnnshape.readers.python.values import Class, Opaque, Stop, Tensor, Value


def reduction(name: str) -> Callable[..., Value]:
    """``mean``, ``sum``, ``amax``, ...: without axes, of everything."""

    def run(m: Machine, input: Value, dim: Value = None, keepdim: Value = False, **words: Value) -> Value:
        words = {"dim" if key == "axis" else "keepdim" if key == "keepdims" else key: v for key, v in words.items()}
        words.pop("dtype", None)
        dim = words.pop("dim", dim)
        if isinstance(input, Tensor) and input.shape is not None and dim is None:
            dim = tuple(range(len(input.shape)))
        if isinstance(input, Tensor) and input.shape == ():
            return input
        if isinstance(input, Tensor) and isinstance(input.data, list) and name in DATA:
            return constant(DATA[name](input.data))
        given = {"dim": dim, "keepdim": words.pop("keepdim", keepdim), **words}
        return apply(m, name, WORDS.get(name, name), (input,), [], given)

    return run


DATA: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "amax": max, "amin": min}
WORDS = {
    "logsumexp": "sum",
    "prod": "sum",
    "all": "amax",
    "any": "amax",
    "argmax": "amax",
    "argmin": "amin",
    "nanmean": "mean",
    "count_nonzero": "sum",
}


def variance(name: str) -> Callable[..., Value]:
    """``var`` and ``std``, whose third argument by position is how the elements are counted."""

    def run(
        m: Machine, input: Value, dim: Value = None, unbiased: Value = True, keepdim: Value = False, **words: Value
    ) -> Value:
        if isinstance(dim, bool):
            dim = None
        words.pop("correction", None)
        return reduction(name)(m, input, dim, keepdim, **words)

    return run


def norm(m: Machine, input: Value, p: Value = 2, dim: Value = None, keepdim: Value = False, **words: Value) -> Value:
    """``norm``, whose second argument by position is the power."""
    words.pop("p", None)
    return reduction("norm")(m, input, dim, keepdim, **words, p=2)


def extreme(name: str, word: str) -> Callable[..., Value]:
    """``max`` and ``min``: of all elements, of an axis (with its indices), or of two tensors."""

    def run(m: Machine, input: Value, *rest: Value, **words: Value) -> Value:
        other = rest[0] if rest else words.get("other")
        if isinstance(other, Tensor):
            return function(m, "minimum" if name == "min" else "maximum", [input, other], {})
        values = reduction(word)(m, input, *rest, **words)
        if not rest and "dim" not in words and "axis" not in words:
            return values
        return pair(values, m.opaque("indices of a tensor") if not isinstance(values, Tensor) else values)

    return run


VALUES = Class("return_types", module="torch")


def pair(values: Value, indices: Value) -> Value:
    """Values and indices, as a named tuple."""
    from cnnshape.readers.python.values import Instance

    return Instance(VALUES, {"values": values, "indices": indices}, payload=(values, indices))


def topk(m: Machine, input: Value, k: Value, dim: Value = -1, *_: Value, **__: Value) -> Value:
    """``topk``."""
    values = function(m, "narrow", [input, dim, 0, k], {})
    return pair(values, values)


def sort(m: Machine, input: Value, *_: Value, **__: Value) -> Value:
    """``sort``."""
    return pair(input, input)


def unbind(m: Machine, input: Value, dim: Value = 0) -> Value:
    """``unbind``: one tensor for each index of an axis."""
    if input.data is not None and dim == 0:
        return tuple(constant(each) for each in input.data)
    if input.shape is None:
        raise Stop("CS604", "this takes a tensor apart whose shape is not known")
    size = input.shape[dim]
    if size is None:
        raise Stop("CS604", "this takes a tensor apart along an axis whose size is not known")
    m.budget.cell(size)
    axis = dim % len(input.shape)
    return tuple(index(m, input, (*(slice(None),) * axis, number)) for number in range(size))


def split(m: Machine, input: Value, split_size_or_sections: Value = None, dim: Value = 0, **words: Value) -> Value:
    """``split``."""
    parts: Any = words.get("split_size", words.get("split_sizes", split_size_or_sections))
    if input.data is not None:
        sizes: list[int] = list(parts) if isinstance(parts, list | tuple) else [parts] * -(-len(input.data) // parts)
        cuts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
        return tuple(constant(input.data[low:high]) for low, high in pairwise(cuts))
    parts = list(parts) if isinstance(parts, tuple) else parts
    return apply(m, "split", "split", (input,), [parts, dim], {})


def tensor_split(m: Machine, input: Value, indices_or_sections: Value = None, dim: Value = 0, **words: Value) -> Value:
    """``tensor_split``: at indices, or into parts of which the first are the larger."""
    cuts: Any = words.get("indices", words.get("sections", indices_or_sections))
    size = input.shape[dim] if input.shape is not None else None
    if size is None:
        return m.trace.fail(m, "tensor_split", (input,), m.opaque("the size of the axis that is split"))
    if isinstance(cuts, int):
        sizes = [size // cuts + (number < size % cuts) for number in range(cuts)]
    else:
        bounds = [0, *(min(cut, size) for cut in cuts), size]
        sizes = [after - before for before, after in pairwise(bounds)]
    return split(m, input, sizes, dim)


def squeeze(m: Machine, input: Value, dim: Value = None) -> Value:
    """``squeeze``: an axis that is not 1 stays."""
    if input.shape is None:
        return apply(m, "squeeze", "squeeze", (input,), [], {"dim": dim})
    rank = len(input.shape)
    asked = range(rank) if dim is None else dim if isinstance(dim, list | tuple) else (dim,)
    axes = [axis for axis in asked if not -rank <= axis < rank or input.shape[axis] == 1]
    return (
        index(
            m, input, tuple(0 if axis in [a % rank for a in axes] else slice(None) for axis in range(rank)), "squeeze"
        )
        if axes
        else input
    )


def move(m: Machine, input: Value, source: Value, destination: Value) -> Value:
    """``movedim``."""
    rank = len(input.shape or ())
    sources = [each % rank for each in (source if isinstance(source, list | tuple) else (source,))]
    places = [each % rank for each in (destination if isinstance(destination, list | tuple) else (destination,))]
    rest = iter(axis for axis in range(rank) if axis not in sources)
    order = [sources[places.index(axis)] if axis in places else next(rest) for axis in range(rank)]
    return function(m, "permute", [input, order], {})


def transposed(m: Machine, input: Value) -> Value:
    """``.t()`` and ``.T``."""
    rank = len(input.shape or ())
    return function(m, "permute", [input, tuple(reversed(range(rank)))], {}) if rank > 1 else input


def view(m: Machine, input: Value, *sizes: Value, **words: Value) -> Value:
    """``view`` and ``reshape``."""
    shape: Any = words.get("shape", words.get("size", sizes[0] if len(sizes) == 1 else sizes))
    if isinstance(shape, str):
        return input
    if isinstance(shape, int):
        shape = (shape,)
    if isinstance(shape, Opaque) or is_unknown(shape):
        return m.trace.fail(m, "reshape", tensors_in([input]), m.opaque("a size of this shape"))
    if input.row is None and input.shape is not None:
        return reshaped_constant(m, input, tuple(shape))
    return apply(m, "reshape", "reshape", (input,), [tuple(shape)], {})


def repeat(m: Machine, input: Value, *sizes: Value, **words: Value) -> Value:
    """``repeat``: of more axes than there are, new ones come first."""
    counts = words.get("repeats", sizes[0] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes)
    if isinstance(input, Tensor) and input.shape is not None and len(counts) > len(input.shape):
        input = view(m, input, (*(1,) * (len(counts) - len(input.shape)), *input.shape))
    return apply(m, "repeat", "tile", (input,), [tuple(counts)], {})


def strict_view(m: Machine, input: Value, *sizes: Value, **words: Value) -> Value:
    """``view``, which copies nothing: PyTorch refuses it where elements do not lie together."""
    shape = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes
    if isinstance(input, Tensor) and shape and all(isinstance(each, int) for each in shape):
        fault = require_viewable(m, input, tuple(shape))
        if fault is not None:
            return m.trace.fail(m, "view", (input,), fault)
    return view(m, input, *sizes, **words)


def reshaped_constant(m: Machine, input: Tensor, shape: tuple[int, ...]) -> Value:
    """A weight or constant in another shape."""
    total = prod(each or 1 for each in input.shape or ())
    known = prod(each for each in shape if each != -1)
    if -1 in shape and known:
        shape = tuple(total // known if each == -1 else each for each in shape)
    if prod(shape) != total:
        fault = Fault("CS306", f"reshape to {list(shape)} needs {prod(shape)} elements, there are {total}")
        return m.trace.fail(m, "reshape", (), fault)
    return Tensor(shape, parameters=input.parameters)


def index(m: Machine, tensor: Tensor, key: Value, name: str = "index") -> Value:
    """``x[key]``."""
    keys: list[object] = []
    others: list[Tensor] = []
    for each in key if isinstance(key, tuple) else (key,):
        if isinstance(each, Tensor):
            if each.shape is None or each.dtype == "bool":
                return m.trace.fail(m, name, (tensor,), m.opaque("which elements are chosen"))
            keys.append(("of", *each.shape))
            others.append(each)
        elif isinstance(each, slice):
            keys.append((each.start, each.stop, each.step))
        elif isinstance(each, list | range):
            keys.append(("of", len(each)))
        elif each is Ellipsis:
            keys.append("...")
        else:
            keys.append(each)
    bounds = [bound for each in keys if isinstance(each, tuple) for bound in each]
    if any(isinstance(each, Opaque) for each in [*keys, *bounds]):
        return m.trace.fail(m, name, (tensor,), m.opaque("an index"))
    if any(isinstance(each, tuple) and each[0] != "of" and any(isinstance(b, float) for b in each) for each in keys):
        raise m.error("TypeError", "slice indices must be integers or None or have an __index__ method")
    return one(apply_operation(m, name, Index(tuple(keys)), [tensor], arguments={"index": keys}))


def gather(m: Machine, input: Value, dim: Value, index: Value, **_: Value) -> Value:
    """``gather``: the shape of the indices."""
    return one(apply_operation(m, "gather", Gather(), [input, index]))


def select(m: Machine, input: Value, dim: Value, index_: Value = 0, **words: Value) -> Value:
    """``select`` and ``index_select``."""
    axis = dim % len(input.shape or (1,))
    chosen = words.get("index", index_)
    return index(m, input, (*(slice(None),) * axis, chosen))


def compared(name: str) -> Callable[..., Value]:
    """A comparison: booleans."""

    def run(m: Machine, *values: Value) -> Value:
        given = [each for each in values if isinstance(each, Tensor)]
        return one(apply_operation(m, name, Broadcast(), given, dtype="bool"))

    return run


def pad(m: Machine, input: Value, pad: Value, mode: Value = "constant", value: Value = None) -> Value:
    """``F.pad``: of nothing it is nothing."""
    if isinstance(pad, list | tuple) and not any(isinstance(each, Opaque) for each in pad) and not any(pad):
        return input
    return apply(m, "pad", "pad", (input,), [pad, mode], {} if value is None else {"value": value})


def roll(m: Machine, input: Value, *_: Value, **__: Value) -> Value:
    """``roll``."""
    return apply(m, "roll", "abs", (input,), [], {})


SPECIAL: dict[str, Callable[..., Value]] = {
    **{f"conv{rank}d": convolution(rank) for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": convolution(rank, True) for rank in (1, 2, 3)},
    "linear": linear,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "prelu": prelu,
    "embedding": embedding,
    **{name: reduction(name) for name in ("mean", "sum", "amax", "amin", *WORDS)},
    "var": variance("var"),
    "std": variance("std"),
    "norm": norm,
    "median": extreme("median", "amax"),
    "max": extreme("max", "amax"),
    "min": extreme("min", "amin"),
    "topk": topk,
    "sort": sort,
    "unbind": unbind,
    "split": split,
    "split_with_sizes": split,
    "squeeze": squeeze,
    "movedim": move,
    "moveaxis": move,
    "t": transposed,
    "adjoint": lambda m, input: function(m, "transpose", [input, -2, -1], {}),
    "view": strict_view,
    "repeat": repeat,
    "reshape": view,
    "view_as": lambda m, input, other: view(m, input, tuple(other.shape or ())),
    "expand": expand,
    "expand_as": lambda m, input, other: expand(m, input, tuple(other.shape or ())),
    "broadcast_to": expand,
    "gather": gather,
    "select": select,
    "index_select": select,
    "pad": pad,
    "roll": roll,
    "einsum": einsum,
    "scaled_dot_product_attention": attention,
    "tensor": of_values,
    "as_tensor": of_values,
    "from_numpy": of_values,
    "linspace": linspace,
    "arange": arange,
    "meshgrid": meshgrid,
    "eye": eye,
    "diff": difference,
    "unique": unique,
    "reshape_as": lambda m, input, other: view(m, input, tuple(other.shape or ())),
    "tensor_split": tensor_split,
    "full": full,
    "new_full": lambda m, tensor, size, *_, **__: filled(m, size),
    **dict.fromkeys(("zeros", "ones", "empty", "rand", "randn", "FloatTensor", "Tensor", "LongTensor"), filled),
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like", "full_like"), like),
    **{
        name: lambda m, tensor, *sizes, **words: filled(m, *sizes, **words)
        for name in ("new_zeros", "new_ones", "new_empty", "new_tensor")
    },
    **{name: compared(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
}
