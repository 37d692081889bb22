"""Tensors that are made: of a shape, of values; and arithmetic where values are known, as how deep layers drop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from math import prod
from typing import Any

from cnnshape.readers.python.language.values import Opaque, Parameter, Symbol, Tensor, Value, named, now, pairs, words
from cnnshape.readers.python.library.arrays import Array, array
from cnnshape.readers.python.library.elements import ELEMENTWISE, REDUCED, elementwise
from cnnshape.readers.python.library.numerical import NUMPY

COMPUTED: dict[str, Callable[..., Value]] = {
    **ELEMENTWISE,
    **REDUCED,
    **{name: NUMPY[name] for name in words("cumsum ravel diff unique outer arange linspace")},
    "flip": lambda value, *axes, **options: copy(NUMPY["flip"](value, *axes, **options)),
    "flatten": NUMPY["ravel"],
    **dict.fromkeys(("int", "long"), elementwise(math.trunc)),
    **dict.fromkeys(("reshape", "view"), lambda value, *sizes: value.reshape(*sizes)),
}
"""Functions whose values are computed where their arguments' are known."""


class Size(tuple[Value, ...]):
    """``torch.Size``: what a tensor is made of by these sizes, where of a tuple it would have these values."""

    __module__ = "torch"

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return Size(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> Size:
        return Size((*self, *other))

    def numel(self) -> Value:
        """The elements of a tensor of these sizes."""
        return prod(self)


def constant(data: Value, base: Tensor | None = None) -> Tensor:
    """A tensor of values: a number, or an array, which it has in common with whoever has that, such as its `base`."""
    kind = data.kind if isinstance(data, Array) else type(data)
    dtype = TYPES.get(kind, "float32") if base is None else base.dtype
    made = Tensor(data.shape if isinstance(data, Array) else (), dtype=dtype)
    made.base = base
    if kind is float and base is None:
        data = single(data)
    made.data = None if isinstance(data, Opaque) else data
    return made


TYPES: dict[type | None, str] = {bool: "bool", int: "int64"}
"""The types of tensors of Python's numbers; of others, and of none, 32 bits."""


def overwrite(tensor: Tensor, data: Value) -> None:
    """What a tensor's elements are from here on, and those of whoever has them in common with it; None: unknown."""
    if isinstance(tensor.data, Array):
        tensor.data.change(now().opaque("an element of a tensor") if data is None else data)
    if data is None or not isinstance(tensor.data, Array):
        tensor.data = data
        for each in bases(tensor):
            overwrite(each, None)


def bases(tensor: Tensor) -> Sequence[Tensor]:
    """The tensors that have elements in common with one whose own are not known, or with a number."""
    viewed = tensor.made[1] if tensor.made is not None and tensor.made[3] else ()
    return viewed if tensor.base is None else (tensor.base,)


def refilled(tensor: Value = None, *_: Value, **__: Value) -> Value:
    """A tensor that is given other values, such as to begin with."""
    if isinstance(tensor, Tensor):
        overwrite(tensor, None)
    return tensor


def single(value: Any) -> Any:
    """A number as 32 bits hold it, as PyTorch computes; of an array all of them, in their places."""
    from struct import error, pack, unpack  # seldom

    if isinstance(value, Array):
        value[...] = elementwise(single)(value)
        return value
    try:
        return unpack("f", pack("f", value))[0] if isinstance(value, float) else value
    except (error, OverflowError):
        return value


def computed(name: str, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """The values of a function; None where they do not follow."""
    if name not in COMPUTED or not any(isinstance(each, Tensor) for each in positional):
        return None
    values = [each.data if isinstance(each, Tensor) else each for each in positional]
    if not all(isinstance(each, Array | int | float | tuple | list) for each in values):
        return None
    names = {"dim": "axis", "keepdim": "keepdims"}
    made = COMPUTED[name](*values, **{names.get(word, word): each for word, each in keywords.items()})
    return of_known(made)


def of_known(made: Value) -> Value:
    """Tensors of what was computed; None where that is not known."""
    if isinstance(made, tuple | list):
        return tuple(map(of_known, made))
    return constant(made) if isinstance(made, Array | int | float) else None


BOUNDS = {
    **{name: name for name in words("start stop step num endpoint")},
    **pairs("end stop limit stop delta step steps num"),
}
"""The bounds of ``arange`` and ``linspace`` by their names in PyTorch, TensorFlow and Keras."""


def made_of(name: str) -> Callable[..., Value]:
    """A function that makes a tensor of numbers: ``arange``, ``linspace``."""

    def run(*given: Value, **options: Value) -> Value:
        words = {BOUNDS[word]: each for word, each in options.items() if word in BOUNDS and each is not None}
        known = {word: each.data if isinstance(each, Tensor) else each for word, each in words.items()}
        values = NUMPY[name](*(each.data if isinstance(each, Tensor) else each for each in given), **known)
        return Tensor(None, unknown=values) if isinstance(values, Opaque) else constant(values)

    return run


def of_number(number: Value) -> Callable[..., Value]:
    """``zeros``, ``ones``: a tensor of a shape, whose values are known where they are few."""

    def run(*sizes: Value, **options: Value) -> Value:
        made = filled(*sizes, **options)
        if made.shape and None not in made.shape and prod(made.shape) <= FEW:
            made.data = Array([number] * prod(made.shape), made.shape)
        return made

    return run


FEW = 1024
"""Elements of a tensor of one number whose values are kept."""


def filled(*sizes: Value, **options: Value) -> Value:
    """``zeros``, ``ones``, ``randn``, ...: a tensor of a shape."""
    sizes = (options["size"],) if "size" in options else sizes
    shape: tuple[Value, ...] = tuple(sizes[0]) if sizes and isinstance(sizes[0], list | tuple) else sizes
    if any(isinstance(each, Opaque) for each in shape):
        return Tensor(None, unknown=now().opaque("a size of this tensor"))
    if not all(isinstance(each, int) for each in shape):
        raise TypeError("sizes of a tensor must be integers")
    dtype = options.get("dtype")
    return Tensor(shape, dtype=dtype.name.removeprefix("torch.") if isinstance(dtype, Symbol) else "float32")


def normal(mean: Value = 0.0, std: Value = 1.0, size: Value = None, **_: Value) -> Value:
    """``torch.normal``: of a size, or as many numbers as there are means or deviations."""
    given = next((each for each in (mean, std) if isinstance(each, Tensor)), None)
    return filled(size) if given is None else Tensor(given.shape, unknown=given.unknown)


def randint(*bounds: Value, size: Value = None, **_: Value) -> Value:
    """``randint``: the size comes last, behind one bound or two."""
    return filled(bounds[-1] if size is None else size, dtype=Symbol("torch.int64"))


def typed(*sizes: Value, **options: Value) -> Value:
    """``torch.Tensor``, ``torch.FloatTensor``: of sizes, or of values in a list."""
    listed = len(sizes) == 1 and isinstance(sizes[0], list | tuple | Tensor | Array) and type(sizes[0]) is not Size
    return of_values(sizes[0]) if listed else filled(*sizes, **options)


def of_values(data: Value = (), **_: Value) -> Value:
    """``torch.tensor``: of numbers it is known; else it has the shape of nested lists."""
    if isinstance(data, Tensor | Opaque):
        return data if isinstance(data, Tensor) else Tensor(None, unknown=data)
    holds = isinstance(data, list | tuple) and any(isinstance(each, Tensor) for each in data)
    values = None if holds else array(data)
    if isinstance(values, Array | int | float):
        return constant(values)
    shape: list[int] = []
    while isinstance(data, list | tuple):
        shape.append(len(data))
        data = data[0] if data else None
    return Tensor(tuple(shape) + (data.shape or () if isinstance(data, Tensor) else ()))


def shared(data: Value, *_: Value, **__: Value) -> Value:
    """``torch.from_numpy``: an array and the tensor have their elements in common."""
    if not isinstance(data, Array):
        return of_values(data)
    return constant(data, Tensor(data.shape) if data.kind is float else None)


def meshgrid(*tensors: Value, indexing: Value = "ij") -> Value:
    """``meshgrid``."""
    given = list(tensors[0]) if len(tensors) == 1 else list(tensors)
    shape = tuple(each.shape[0] if each.shape else 1 for each in given)
    if indexing == "xy":
        shape = (*shape[:2][::-1], *shape[2:])
    return tuple(Tensor(shape) for _ in given)


def detached(value: Value) -> Value:
    """What has the values of a weight, and is none itself; other tensors as they are."""
    if not isinstance(value, Parameter):
        return value
    twin = Tensor(value.shape, dtype=value.dtype, parameters=(value,))
    twin.data, twin.base = value.data, value
    return twin


def parameter(data: Value = None, requires_grad: Value = True) -> Value:
    """``nn.Parameter``."""
    known = isinstance(data, Tensor)
    result = Parameter(data.shape if known else None if data is not None else (), trains=bool(requires_grad))
    result.unknown = data.unknown if known else data
    result.base = data if known else None
    return result


MAKERS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(words("empty rand randn randperm"), filled),
    "tensor": lambda data=(), **_: deepcopy(of_values(data)),
    **dict.fromkeys(("as_tensor", "from_numpy"), shared),
    **dict.fromkeys(
        words("zeros_like ones_like empty_like rand_like randn_like randint_like full_like"),
        lambda input, *_, **__: Tensor(input.shape, unknown=input.unknown),
    ),
    **dict.fromkeys(
        words("new_zeros new_ones new_empty new_tensor"), lambda tensor, *sizes, **options: filled(*sizes, **options)
    ),
    **{name: made_of(name) for name in ("arange", "linspace")},
    "zeros": of_number(0.0),
    "ones": of_number(1.0),
    **dict.fromkeys(words("Tensor FloatTensor LongTensor"), typed),
    **dict.fromkeys(
        words("full hann_window hamming_window blackman_window bartlett_window kaiser_window"),
        lambda size, *_, **options: filled(size, **options),
    ),
    "new": lambda tensor, *sizes, **options: typed(*sizes, **options),
    "new_full": lambda tensor, size, *_, **__: filled(size),
    **named(normal, randint),
    "eye": lambda rows, columns=None, **_: Tensor((rows, rows if columns is None else columns)),
    "meshgrid": meshgrid,
}
"""Functions that make tensors."""
