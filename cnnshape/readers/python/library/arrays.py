"""Arrays whose values are known: those of numpy, and the constants of the frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from math import prod
from typing import Any

from cnnshape.arithmetic.strides import contiguous
from cnnshape.readers.python.language.values import Opaque, Tensor, Value, changing, now, words


def walk(sizes: Iterable[int], steps: Iterable[int]) -> list[int]:
    """The places of all elements of a shape, whose axes lie so many elements apart, in order."""
    places = [0]
    for size, step in zip(sizes, steps, strict=True):
        now().cell(len(places) * size)
        places = [place + number * step for place in places for number in range(size)]
    return places


class Store(list[Any]):
    """The elements of an array and of its parts, which are of one type for good."""

    @cached_property
    def kind(self) -> type | None:
        """That type; None where none of them is known."""
        return next((each for each in (float, int, bool) if any(type(number) is each for number in self)), None)


class Array:
    """An array: its shape, and where its values lie in order in a store, which it has in common with its parts."""

    def __init__(
        self, values: Sequence[Any], shape: Sequence[int] | None = None, places: Sequence[int] | None = None
    ) -> None:
        """One with a store of its own, of these values; with `places` a part of the array whose store it is given."""
        now().cell(len(values if places is None else places))
        self._store: Any = Store(values) if places is None else values
        self._places = range(len(values)) if places is None else places
        self.size = len(self._places)
        self.shape = (self.size,) if shape is None else tuple(shape)
        self.ndim = len(self.shape)

    @property
    def values(self) -> list[Any]:
        """Its values in order, in a list that is made whenever it is asked for."""
        return [self._store[place] for place in self._places]

    def part(self, numbers: Iterable[int], shape: Sequence[int]) -> Array:
        """Some of its elements, which are the same ones."""
        return Array(self._store, shape, [self._places[number] for number in numbers])

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.values[0]) if self.size == 1 else now().opaque("an array's truth").refuse()

    def __getitem__(self, key: Value) -> Value:
        chosen = self.chosen(key)
        if isinstance(chosen, Opaque):
            return chosen
        places, sizes, by_list = chosen
        found = self.part(places, sizes)
        return (Array(found.values, sizes) if by_list else found) if sizes else found.values[0]

    def __setitem__(self, key: Value, value: Value) -> None:
        chosen, value = self.chosen(key), array(value)
        if isinstance(chosen, Opaque):
            chosen, value = (range(self.size), (self.size,), False), chosen
        places, sizes, _ = chosen
        shape = value.shape if isinstance(value, Array) else ()
        if len(shape) > len(sizes) or any(a not in (1, b) for a, b in zip(shape[::-1], sizes[::-1], strict=False)):
            raise ValueError(f"could not broadcast input array from shape {shape} into shape {tuple(sizes)}")
        kind = self.kind or (lambda _: now().opaque("an element of an array of which none is known"))
        for place, number in zip(places, spread(value, sizes), strict=True):
            self._store[self._places[place]] = number if isinstance(number, Opaque) else kind(number)

    def chosen(self, key: Value) -> tuple[Sequence[int], Sequence[int], bool] | Opaque:
        """The numbers of the elements that a key means, the sizes of what they make, and whether it lists some."""
        keys = list(key) if isinstance(key, tuple) else [key]
        given = [part for each in keys for part in ((each.start, each.stop) if isinstance(each, slice) else (each,))]
        several = sum(isinstance(each, Array | list) for each in keys)
        if several > 1 or any(isinstance(each, Opaque | Tensor) for each in given):
            return now().opaque("which elements of an array are chosen")
        if isinstance(key, Array) and key.shape == self.shape and all(isinstance(each, bool) for each in key.values):
            places = [number for number, wanted in enumerate(key.values) if wanted]
            return places, (len(places),), True
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
        return places, sizes, several > 0

    def change(self, result: Value) -> Array:
        """Its elements are those of a result from here on, as in ``a += 1``."""
        numbers = result.values if isinstance(result, Array) else (result,)
        if self.kind not in (float, None) and float in map(type, numbers):
            raise TypeError("Cannot cast a result of floats to the integers that it would change")
        self[...] = result
        return self

    @property
    def kind(self) -> type | None:
        """The type of its elements; None where none is known."""
        kind: type | None = self._store.kind
        return kind

    def __iter__(self) -> Any:
        return (self[number] for number in range(len(self)))

    def __getattr__(self, name: str) -> Value:
        if name in WRITING:
            raise changing(f"`{name}` of an array, which changes it in place, is not read")
        if name in METHODS:
            return lambda *given, **options: METHODS[name](self, *given, **options)
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("flat", "real"):
            return self if name == "real" else self.reshape(-1)
        return self.transpose() if name == "T" else now().opaque(f"`{name}` of an array")

    def __copy__(self) -> Array:
        return Array(self.values, self.shape)

    def __deepcopy__(self, memo: Value) -> Array:
        return self.__copy__()

    def fill(self, value: Value) -> None:
        """One number everywhere."""
        self[...] = value

    def put(self, key: Value, value: Value, *_: Value, **__: Value) -> None:
        """Numbers at places that are counted through all axes, from the first one again where they are too few."""
        numbers, places = array(value), array(key)
        if isinstance(numbers, Array) and isinstance(places, Array):
            values = numbers.values
            numbers = [values[at % len(values)] for at in range(places.size)]
        self.flat[key] = numbers

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
        return Array(self._store, shape, self._places)

    def transpose(self, *axes: Value) -> Array:
        """Its axes in another order."""
        asked = axes[0] if len(axes) == 1 and isinstance(axes[0], list | tuple) else axes
        order = [axis % self.ndim for axis in asked] or list(range(self.ndim))[::-1]
        steps, sizes = contiguous(self.shape), [self.shape[axis] for axis in order]
        return self.part(walk(sizes, (steps[axis] for axis in order)), sizes)


METHODS: dict[str, Callable[..., Value]] = {}
"""The methods of an array; ``elements.py`` adds those that compute with its elements."""
WRITING = words("resize partition itemset setfield byteswap")
"""Methods that change elements."""


def lose(value: Value, why: Opaque) -> None:
    """Note that nobody knows any more what a list or an array holds."""
    value = value.data if isinstance(value, Tensor) else value
    if isinstance(value, list):
        value[:] = [why] * len(value)
    elif isinstance(value, Array):
        value[...] = why


def shuffled(value: Value, *_: Value) -> None:
    """``random.shuffle``."""
    lose(value, now().opaque("an element of what was shuffled"))


def of_known(apply: Callable[..., Any], values: Sequence[Value]) -> Value:
    """What a function makes of values: where one of them is not known, that."""
    unknown = next((each for each in values if isinstance(each, Opaque)), None)
    return apply(*values) if unknown is None else unknown


class Labels(Tensor):
    """An array of which nothing is known but its shape and that its numbers are all those from 0 to `classes`."""

    __slots__ = ("classes",)

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__(shape)
        self.classes = classes


def shaped(values: Sequence[Any], shape: Sequence[int]) -> Value:
    """An array; without axes it is a number."""
    return Array(values, shape) if shape else values[0]


READ = words("dtype copy subok casting device requires_grad like")
"""Options that change no value: types are told where they do."""


def unread(options: Mapping[str, Value]) -> Opaque | None:
    """Why it is not known what a function makes of an array: the first of its options that is not read, and says so."""
    for name, value in options.items():
        if name not in READ and value is not None and (name, value) not in (("order", "C"), ("order", "K")):
            strange = now().opaque(f"what {name}= makes of an array")
            lose(value if name == "out" else None, strange)
            return strange
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


def known(value: Value) -> Value:
    """An array of which every element is known, a number, or why it is neither."""
    made = array(value)
    return of_known(lambda *_: made, made.values) if isinstance(made, Array) else made


def copied(value: Value, dtype: Value = None, *_: Value, **options: Value) -> Value:
    """``np.array``: of an array another one."""
    made = array(value) if options.get("copy") is False else copy(array(value))
    if (strange := unread(options)) is not None:
        return strange
    return made.astype(dtype) if dtype is not None and isinstance(made, Array) else made


def taken_as(value: Value, dtype: Value = None, **options: Value) -> Value:
    """``np.asarray``: an array as it is, where it is asked for no other type."""
    return array(value) if dtype is None and not options else copied(value, dtype, **options)


def spread(value: Value, sizes: Sequence[int]) -> list[Any]:
    """The elements of an array that is broadcast to a shape; one number so many times."""
    if not isinstance(value, Array):
        now().cell(prod(sizes))
        return [value] * prod(sizes)
    steps = [0 if size == 1 else step for size, step in zip(value.shape, contiguous(value.shape), strict=True)]
    values = value.values
    return [values[place] for place in walk(sizes, [0] * (len(sizes) - value.ndim) + steps)]


def is_data(tensor: Tensor) -> bool:
    """Whether it is an array, such as of a data set: no tensor of a model, which follow from inputs and weights."""
    return tensor.row is None and not tensor.parameters and tensor.data is None


def axes_of(axis: Value, rank: int) -> list[int]:
    """The axes that are named: one, some, or all."""
    asked = range(rank) if axis is None else axis if isinstance(axis, list | tuple) else (axis,)
    return [each % rank for each in asked]
