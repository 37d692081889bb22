"""Numbers and shapes of a reading that is noted: they know who looks at them.

Python knows no way to the value of a `Traced` number but by methods of it. Sums and products are noted; where the
source decides by one, indexes with it or hands it to something that is written in C, what it is becomes a question with
its answer, on which all depends from then on.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.readers.python.language.values import BINARY, Fixed, Value
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from cnnshape.readers.python.noting.tracing import Tape

Number = int | float


class Traced(Fixed):
    """A number that follows from variables.

    Attributes:
        number: what it is in this reading.
        made: how it follows: a function of `given`, or where it is read.
    """

    __slots__ = ("given", "made", "number", "slot", "tape")

    def __init__(self, tape: Tape, number: Number, made: Any, given: tuple[Any, ...] = ()) -> None:
        self.tape = tape
        self.number = number
        self.made = made
        self.given = given
        self.slot: int | None = None

    @property  # type: ignore[misc]  # that of others may be set
    def __class__(self) -> Any:
        """Whoever asks is told that it is a number; `type` says what it is."""
        return type(self.number)

    def pinned(self) -> Number:
        """The number, which is now one that all depends on."""
        self.tape.ask(self)
        return self.number

    def __bool__(self) -> bool:
        return self.tape.decided(bool, self)

    def __hash__(self) -> int:
        return hash(self.pinned())

    def __index__(self) -> int:
        number: Any = self.pinned()
        return operator.index(number)

    def __int__(self) -> int:
        return int(self.pinned())

    def __float__(self) -> float:
        return float(self.pinned())

    def __complex__(self) -> complex:
        return complex(self.pinned())

    def __repr__(self) -> str:
        return repr(self.pinned())

    def __str__(self) -> str:
        return str(self.pinned())

    def __format__(self, spec: str) -> str:
        return format(self.pinned(), spec)

    def bit_length(self) -> int:
        """For bounds alone, which are seen to wherever the number is worked out."""
        return int(self.number).bit_length()

    def __getattr__(self, name: str) -> Value:
        return getattr(self.pinned(), name)


def define_operators() -> None:
    """Of numbers they give a number; comparisons are questions; of anything else it is as with the plain number."""

    def arithmetic(apply: Callable[..., Value], reflected: bool = False) -> Callable[..., Value]:
        def run(self: Traced, other: Value) -> Value:
            if not is_number(other):
                return NotImplemented
            given = (other, self) if reflected else (self, other)
            if apply is operator.pow and not (type(given[1]) is int and given[1] >= 0):
                return apply(*map(plain, given))  # of which type that is hangs on the numbers
            return self.tape.number(apply, *given)

        return run

    def alone(apply: Callable[..., Value]) -> Callable[..., Value]:
        return lambda self, *more: self.tape.number(apply, self, *more)

    def comparison(apply: Callable[..., Value]) -> Callable[..., Value]:
        return lambda self, other: self.tape.decided(apply, self, other) if is_number(other) else NotImplemented

    for apply in BINARY.values():
        name = apply.__name__.strip("_")
        setattr(Traced, f"__{name}__", arithmetic(apply))
        setattr(Traced, f"__r{name}__", arithmetic(apply, reflected=True))
    setattr(Traced, "__divmod__", lambda self, other: (self // other, self % other))  # noqa: B010 - as the others
    setattr(Traced, "__rdivmod__", lambda self, other: (other // self, other % self))  # noqa: B010
    for apply in (operator.neg, operator.pos, operator.invert, operator.abs):
        setattr(Traced, f"__{apply.__name__.strip('_')}__", alone(apply))
    for name in ("ceil", "floor", "trunc"):
        setattr(Traced, f"__{name}__", alone(getattr(math, name)))
    setattr(Traced, "__round__", alone(round))  # noqa: B010
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Traced, f"__{name}__", comparison(getattr(operator, name)))


define_operators()


def is_number(value: Value) -> bool:
    """Whether a value is a number of the source."""
    return type(value) in (Traced, int, float, bool)


def plain(value: Value) -> Value:
    """A value as it is in this reading."""
    return value.pinned() if type(value) is Traced else value


def plain_key(key: Value) -> Value:
    """An index, or several, as they are in this reading."""
    if isinstance(key, slice):
        return slice(plain(key.start), plain(key.stop), plain(key.step))
    return type(key)([plain_key(each) for each in key]) if type(key) in (list, tuple) else plain(key)


def computed(apply: Value, given: Sequence[Value]) -> Value:
    """A function of numbers alone, some of them traced; `NotImplemented` of all else."""
    tape = next((each.tape for each in given if type(each) is Traced), None)
    pure = apply in (int, float) or getattr(apply, "__module__", None) == "math"
    if tape is None or not pure or not all(map(is_number, given)):
        return NotImplemented
    return tape.number(apply, *given)


class Seen(tuple[Any, ...]):
    """A shape that notes which of its sizes somebody looks at. How many they are, and which are open, is no secret."""

    sizes: tuple[Any, ...]

    def bare(self) -> tuple[Any, ...]:
        """The shape, for who works it out anew for other numbers."""
        return tuple.__getitem__(self, slice(None))

    def traced(self) -> tuple[Any, ...]:
        """The sizes, for the source."""
        return tuple([each.pinned() if type(each) is Hidden else each for each in self.sizes])

    def __getitem__(self, key: Any) -> Any:
        read = self.sizes[key]
        return tuple(map(settled, read)) if isinstance(key, slice) else settled(read)

    def __iter__(self) -> Iterator[Any]:
        return map(settled, self.sizes)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __contains__(self, value: object) -> bool:
        return any(each is None for each in self.sizes) if value is None else value in tuple(self)

    def __repr__(self) -> str:
        return repr(tuple(self))


def define_shapes() -> None:
    """All else is told of a plain tuple."""

    def plainly(name: str) -> Callable[..., Value]:
        return lambda self, *given: getattr(tuple(self), name)(*given)

    for name in ("eq", "ne", "lt", "le", "gt", "ge", "add", "mul", "rmul"):
        setattr(Seen, f"__{name}__", plainly(f"__{name}__"))
    for name in ("index", "count"):
        setattr(Seen, name, plainly(name))
    setattr(Seen, "__radd__", lambda self, other: other + tuple(self))  # noqa: B010 - as the others


define_shapes()


def bare(shape: Any) -> Any:
    """A shape that is looked at by what is worked out anew for other numbers."""
    return shape.bare() if type(shape) is Seen else shape


def sizes_of(shape: Any) -> Any:
    """The sizes of a shape, for the source."""
    return shape.traced() if type(shape) is Seen else shape


def settled(size: Any) -> Any:
    """A size that somebody looks at."""
    return size.pinned() if type(size) in (Traced, Hidden) else size


class Hidden(NamedTuple):
    """A number that follows from arguments of a layer, nobody noted how: they are what all depends on."""

    number: int
    given: tuple[Traced, ...]

    def pinned(self) -> int:
        """The number."""
        for each in self.given:
            each.pinned()
        return self.number


def seen(shape: Sequence[Any], sizes: Sequence[Any]) -> Seen:
    """A shape whose sizes are these."""
    made = Seen(shape)
    made.sizes = tuple(sizes)
    return made
