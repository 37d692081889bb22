"""Arrays whose values are known: those of numpy, and the constants of the frameworks."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from cnnshape.arithmetic.strides import contiguous
from cnnshape.readers.python.language.values import Opaque, Tensor, Value, changing, now, words

UNARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "log10", "exp", "trunc", "sin", "cos", "tanh")},
    "floor": lambda value: float(math.floor(value)),
    "ceil": lambda value: float(math.ceil(value)),
    **dict.fromkeys(("round", "around", "rint"), lambda value, digits=0: round(value, digits)),
    **dict.fromkeys(("abs", "absolute"), abs),
    **dict.fromkeys(("neg", "negative"), operator.neg),
    "clip": lambda value, low, high: min(max(value, low), high),
    "logical_not": operator.not_,
}
BINARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in words("add sub mul truediv floordiv mod pow eq ne lt le gt ge")},
    "subtract": operator.sub,
    "multiply": operator.mul,
    **dict.fromkeys(("divide", "div", "true_divide"), operator.truediv),
    "floor_divide": operator.floordiv,
    **dict.fromkeys(("power", "float_power"), operator.pow),
    "remainder": operator.mod,
    "maximum": max,
    "minimum": min,
    "where": lambda condition, one, other: one if condition else other,
}
REDUCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "prod": math.prod,
    "sum": sum,
    **dict.fromkeys(("max", "amax"), max),
    **dict.fromkeys(("min", "amin"), min),
    "any": any,
    "all": all,
    "mean": lambda values: sum(values) / len(values),
    "argmax": lambda values: values.index(max(values)),
    "argmin": lambda values: values.index(min(values)),
}


def walk(sizes: Iterable[int], steps: Iterable[int]) -> list[int]:
    """The places of all elements of a shape, whose axes lie so many elements apart, in order."""
    places = [0]
    for size, step in zip(sizes, steps, strict=True):
        now().cell(len(places) * size)
        places = [place + number * step for place in places for number in range(size)]
    return places


class Array:
    """An array: its shape, and its values in order; a part of one is not known once elements of that were changed."""

    def __init__(self, values: Sequence[Any], shape: Sequence[int] | None = None, origin: Any = None) -> None:
        now().cell(len(values))
        self._values = tuple(values)
        self._changes, self._origin = 0, origin
        if origin is not None and origin._origin is not None:
            self._origin = origin._origin
        self._seen = 0 if self._origin is None else self._origin._changes
        self.shape = (len(values),) if shape is None else tuple(shape)
        self.size = len(values)
        self.ndim = len(self.shape)

    @property
    def values(self) -> tuple[Any, ...]:
        """Its values in order."""
        if self._origin is not None and self._origin._changes != self._seen:
            now().opaque("a part of an array whose elements are changed").refuse()
        return self._values

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.values[0]) if self.size == 1 else now().opaque("an array's truth").refuse()

    def __getitem__(self, key: Value) -> Value:
        keys = list(key) if isinstance(key, tuple) else [key]
        given = [part for each in keys for part in ((each.start, each.stop) if isinstance(each, slice) else (each,))]
        several = sum(isinstance(each, Array | list) for each in keys)
        if several > 1 or any(isinstance(each, Opaque | Tensor) for each in given):
            return now().opaque("which elements of an array are chosen")
        if isinstance(key, Array) and key.shape == self.shape and all(isinstance(each, bool) for each in key.values):
            return Array([each for each, wanted in zip(self.values, key.values, strict=True) if wanted], None, self)
        left = self.ndim - sum(each is not None and each is not ... for each in keys)
        place = next((number for number, each in enumerate(keys) if each is ...), len(keys))
        keys[place : place + 1] = [slice(None)] * max(left, 0)
        sizes: list[int] = []
        places, axes = [0], iter(zip(self.shape, contiguous(self.shape), strict=True))
        for each in keys:
            size, step = (1, 0) if each is None else next(axes)
            picked = (
                [range(size)[each]]
                if isinstance(each, int)
                else range(size)[each or slice(None)]
                if (each is None or isinstance(each, slice))
                else [range(size)[number] for number in (each.values if isinstance(each, Array) else each)]
            )
            sizes += [] if isinstance(each, int) else [len(picked)]
            places = [place + number * step for place in places for number in picked]
        found = [self.values[place] for place in places]
        return Array(found, sizes, self) if sizes else found[0]

    def __setitem__(self, key: Value, value: Value) -> None:
        places, value = Array(range(self.size), self.shape)[key], array(value)
        if self._origin is not None or not all(isinstance(each, Array | int | float) for each in (places, value)):
            now().opaque("an array whose elements are changed").refuse()
        sizes = places.shape if isinstance(places, Array) else ()
        shape = value.shape if isinstance(value, Array) else ()
        if len(shape) > len(sizes) or any(a not in (1, b) for a, b in zip(shape[::-1], sizes[::-1], strict=False)):
            raise ValueError(f"could not broadcast input array from shape {shape} into shape {tuple(sizes)}")
        numbers, found = spread(value, sizes), list(self.values)
        if {*map(type, numbers)} - {*map(type, found)} - ({int} if float in map(type, found) else set()):
            now().opaque("an array whose elements are made of another type").refuse()
        for place, number in zip(spread(places, sizes), numbers, strict=True):
            found[place] = type(found[place])(number)
        self._values, self._changes = tuple(found), self._changes + 1

    def __iter__(self) -> Any:
        return (self[number] for number in range(len(self)))

    def __getattr__(self, name: str) -> Value:
        if name in WRITING:
            raise changing(f"`{name}` of an array, which changes it in place, is not read")
        if name in METHODS:
            return lambda *given, **options: METHODS[name](self, *given, **options)
        if name.startswith("__"):
            raise AttributeError(name)
        return self.transpose() if name == "T" else now().opaque(f"`{name}` of an array")

    def replaced(self, key: Value, number: Value) -> Array | None:
        """The array with another number at one place; None where that is not one."""
        if self.ndim != 1 or not isinstance(key, int) or not -self.size <= key < self.size:
            return None
        place = key % self.size
        return Array([*self.values[:place], number, *self.values[place + 1 :]])

    def astype(self, kind: Value, *_: Value, **__: Value) -> Value:
        """Its numbers as others."""
        name = kind.__name__ if isinstance(kind, type) else str(kind)
        return elementwise(math.trunc if "int" in name else bool if "bool" in name else float)(self)

    def tolist(self) -> Value:
        """Its numbers, in lists in lists."""
        values: Sequence[Any] = self.values
        for size in self.shape[:0:-1]:
            values = [list(values[start : start + size]) for start in range(0, len(values), size)]
        return list(values) if self.shape else values[0]

    def item(self) -> Value:
        """Its only number."""
        return self.values[0] if self.size == 1 else now().opaque("an element of an array").refuse()

    def reshape(self, *sizes: Value, **options: Value) -> Value:
        """Its values in another shape."""
        if (strange := unread(options)) is not None:
            return strange
        shape = list(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else list(sizes)
        if -1 in shape:
            shape[shape.index(-1)] = self.size // max(-prod(shape), 1)
        if prod(shape) != self.size:
            raise ValueError(f"cannot reshape array of size {self.size} into shape {tuple(shape)}")
        return Array(self.values, shape, self)

    def transpose(self, *axes: Value) -> Array:
        """Its axes in another order."""
        asked = axes[0] if len(axes) == 1 and isinstance(axes[0], list | tuple) else axes
        order = [axis % self.ndim for axis in asked] or list(range(self.ndim))[::-1]
        steps, sizes = contiguous(self.shape), [self.shape[axis] for axis in order]
        return Array([self.values[place] for place in walk(sizes, (steps[axis] for axis in order))], sizes, self)


WRITING = words("sort fill put resize partition itemset setfield byteswap")
"""Methods that change elements."""


class Labels(Tensor):
    """An array of which nothing is known but its shape and that its numbers are all those from 0 to `classes`."""

    __slots__ = ("classes",)

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__(shape)
        self.classes = classes


def of_classes(apply: Callable[..., Value]) -> Callable[..., Value]:
    """A function that answers of labels what it answers of their classes, where it is asked of all of them."""

    def run(value: Value, *given: Value, **options: Value) -> Value:
        whole = isinstance(value, Labels) and not given and not options
        return apply(Array(range(value.classes)) if whole else value, *given, **options)

    return run


def shaped(values: Sequence[Any], shape: Sequence[int]) -> Value:
    """An array; without axes it is a number."""
    return Array(values, shape) if shape else values[0]


READ = words("dtype copy subok casting device requires_grad like")
"""Options that change no value: types are told where they do."""


def unread(options: Mapping[str, Value]) -> Opaque | None:
    """Why it is not known what a function makes of an array: the first of its options that is not read, and says so."""
    for name, value in options.items():
        if name not in READ and value is not None and (name, value) not in (("order", "C"), ("order", "K")):
            return now().opaque(f"what {name}= makes of an array")
    return None


def array(value: Value) -> Value:
    """``np.array``, of lists in lists: of what is not known it is unknown, of a number that number."""
    if isinstance(value, Tensor):
        value = now().opaque("the values of a tensor") if value.data is None else value.data
    if isinstance(value, Opaque | Array | int | float):
        return value
    if not isinstance(value, list | tuple | range):
        return now().opaque("an array of what is no number")
    parts = [array(each) for each in now().listed(value)]
    unknown = next((each for each in parts if not isinstance(each, Array | int | float)), None)
    if unknown is not None:
        return unknown
    shapes = {each.shape if isinstance(each, Array) else () for each in parts}
    if len(shapes) > 1:
        raise ValueError("setting an array element with a sequence: the parts are not of one shape")
    numbers = [number for each in parts for number in (each.values if isinstance(each, Array) else (each,))]
    return Array(numbers, (len(parts), *next(iter(shapes), ())))


def copied(value: Value, dtype: Value = None, *_: Value, **options: Value) -> Value:
    """``np.array``: of an array another one."""
    made = Array(value.values, value.shape) if isinstance(value, Array) else array(value)
    if (strange := unread(options)) is not None:
        return strange
    return made.astype(dtype) if dtype is not None and isinstance(made, Array) else made


def taken_as(value: Value, dtype: Value = None, **options: Value) -> Value:
    """``np.asarray``: an array as it is, where it is asked for no other type."""
    return array(value) if dtype is None and not options else copied(value, dtype, **options)


PLACED = words("decimals digits a_min a_max")
"""Arguments of functions of numbers, in their order, that are given by their names."""


def elementwise(apply: Callable[..., Any]) -> Callable[..., Value]:
    """A function of numbers for arrays of them, whose shapes broadcast."""

    def run(*values: Value, **options: Value) -> Value:
        values = (*values, *(options.pop(name) for name in PLACED if name in options))
        if (strange := unread(options)) is not None:
            return strange
        given = [array(each) if isinstance(each, list | tuple | Tensor) else each for each in values]
        for each in given:
            if not isinstance(each, Array | int | float):
                return each if isinstance(each, Opaque) else now().opaque("a function of an array and something else")
        rank = max((each.ndim for each in given if isinstance(each, Array)), default=0)
        padded = [(*(1,) * (rank - each.ndim), *each.shape) for each in given if isinstance(each, Array)]
        sizes = [max(column) for column in zip(*padded, strict=True)]
        if any(size not in (1, wanted) for shape in padded for size, wanted in zip(shape, sizes, strict=True)):
            shown = " ".join(map(str, padded))
            raise ValueError(f"operands could not be broadcast together with shapes {shown}")
        try:
            columns = [spread(each, sizes) for each in given]
            return shaped([apply(*row) for row in zip(*columns, strict=True)], sizes)
        except (ArithmeticError, ValueError, TypeError):
            return now().opaque("a number that is not finite")

    return run


def spread(value: Value, sizes: Sequence[int]) -> list[Any]:
    """The elements of an array that is broadcast to a shape; one number so many times."""
    if not isinstance(value, Array):
        now().cell(prod(sizes))
        return [value] * prod(sizes)
    steps = [0 if size == 1 else step for size, step in zip(value.shape, contiguous(value.shape), strict=True)]
    return [value.values[place] for place in walk(sizes, [0] * (len(sizes) - value.ndim) + steps)]


def is_data(tensor: Tensor) -> bool:
    """Whether it is an array, such as of a data set: no tensor of a model, which follow from inputs and weights."""
    return tensor.row is None and not tensor.parameters and tensor.data is None


def axes_of(axis: Value, rank: int) -> list[int]:
    """The axes that are named: one, some, or all."""
    asked = range(rank) if axis is None else axis if isinstance(axis, list | tuple) else (axis,)
    return [each % rank for each in asked]


def reduction(apply: Callable[[Sequence[Any]], Any]) -> Callable[..., Value]:
    """A function of all elements, or of those along axes."""

    def run(value: Value, axis: Value = None, *given: Value, keepdims: bool = False, **options: Value) -> Value:
        keepdims = keepdims or True in given  # as PyTorch has it
        if (strange := unread(options)) is not None:
            return strange
        if isinstance(value, Tensor) and is_data(value) and value.shape:
            axes = axes_of(axis, len(value.shape))
            return Tensor(
                tuple(1 if at in axes else size for at, size in enumerate(value.shape) if keepdims or at not in axes)
            )
        value = array(value)
        if not isinstance(value, Array):
            return value if isinstance(value, Opaque) else apply((value,))
        axes = axes_of(axis, value.ndim)
        kept = [each for each in range(value.ndim) if each not in axes]
        moved, count = value.transpose([*kept, *axes]).values, prod(value.shape[each] for each in axes)
        groups = prod(value.shape[each] for each in kept)
        numbers = [now().charge(apply(moved[at * count : (at + 1) * count])) for at in range(groups)]
        shape = [1 if each in axes else size for each, size in enumerate(value.shape)]
        return shaped(numbers, shape if keepdims else [value.shape[each] for each in kept])

    return run


def repeated(value: Value, count: Value, axis: Value = None) -> Value:
    """``np.repeat``, of every element as often."""
    value = array(value)
    if not isinstance(value, Array) or not isinstance(count, int):
        return value if isinstance(value, Opaque) else now().opaque("how often elements of an array are repeated")
    value = value.reshape(-1) if axis is None else value
    axis = (axis or 0) % value.ndim
    return value[(*[slice(None)] * axis, [number for number in range(value.shape[axis]) for _ in range(count)])]


def along(apply: Callable[[Sequence[Any]], Iterable[Any]]) -> Callable[..., Value]:
    """A function of the values in order."""

    def run(value: Value, *axes: Value, **options: Value) -> Value:
        value = array(value)
        asked = [*axes, *(options.pop(name) for name in ("axis", "dim") if name in options)]
        if (strange := unread(options)) is not None:
            return strange
        if (asked and getattr(value, "ndim", 0) > 1) or any(each not in (0, -1, None, "C") for each in asked):
            return now().opaque("what a function makes of one of several axes")
        return value if isinstance(value, Opaque) else Array(list(apply(spread(value, getattr(value, "shape", (1,))))))

    return run


def reflected(apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator with its operands exchanged."""
    return lambda right, left: apply(left, right)


ELEMENTWISE = {name: elementwise(apply) for name, apply in {**UNARY, **BINARY}.items()}
REDUCED = {name: reduction(apply) for name, apply in REDUCTIONS.items()}
METHODS: dict[str, Callable[..., Value]] = {
    **REDUCED,
    **{name: of_classes(REDUCED[name]) for name in words("max amax min amin")},
    "round": ELEMENTWISE["round"],
    "cumsum": along(accumulate),
    **dict.fromkeys(("flatten", "ravel"), along(iter)),
    "copy": copied,
    "repeat": repeated,
}
for name in words("add sub mul truediv floordiv mod pow eq ne lt le gt ge neg"):
    setattr(Array, f"__{name}__", ELEMENTWISE[name])
    if name in BINARY:
        setattr(Array, f"__r{name}__", elementwise(reflected(BINARY[name])))
