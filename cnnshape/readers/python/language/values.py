"""The values of the source that Python does not have: what is not known, names without a meaning here, tensors.

Everything else is Python's own: a class of the source is a class, its objects are objects, its exceptions are raised.
"""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from cnnshape.readers.python.language.machine import Machine

Value = Any
"""A value of the source."""
MISSING: Any = object()
CURRENT: ContextVar[Machine] = ContextVar("reading")


def now() -> Machine:
    """The reading that goes on."""
    return CURRENT.get()


def named(*values: Any) -> dict[str, Value]:
    """Functions and classes by their names."""
    return {each.__name__: each for each in values}


def pairs(text: str) -> dict[str, str]:
    """Names and other names, in turn."""
    names = text.split()
    return dict(zip(names[::2], names[1::2], strict=True))


def words(text: str) -> frozenset[str]:
    """The words of a text, for tables of names."""
    return frozenset(text.split())


class Place(NamedTuple):
    """A node of a file."""

    filename: str
    node: ast.AST | None


class Stop(BaseException):
    """The source cannot be read any further: a finding, with the place it has so far.

    Attributes:
        changes: whether what cannot be read may change a network that is known otherwise.
    """

    changes = False

    def __init__(self, code: str, message: str, *, fix: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.place = place


def changing(message: str, code: str = "CS601") -> Stop:
    """Why nothing is known from here of what was known before."""
    stop = Stop(code, message)
    stop.changes = True
    return stop


class Fixed:
    """What is the same wherever it is copied to."""

    __slots__ = ()

    def __copy__(self) -> Value:
        return self

    def __deepcopy__(self, memo: Value) -> Value:
        return self


class Placed:
    """An object of a library, which knows where it was made; its copies have that and its layer in common with it."""

    def __new__(cls, *_: Value, **__: Value) -> Any:
        """The object, with the place where it is made."""
        self = super().__new__(cls)
        vars(self)["_place"] = now().place()
        return self

    def __copy__(self) -> Placed:
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Value]) -> Placed:
        memo[id(self)] = twin = object.__new__(type(self))
        for name, value in vars(self).items():
            vars(twin)[name] = value if name in ("_place", "_lowered", "_fault") else copy.deepcopy(value, memo)
        return twin


class Opaque(Fixed):
    """A value that is not known, and why. What is computed of it is not known; nothing may depend on it."""

    __slots__ = ("place", "reason")
    fix: str | None = None
    """How it is made known, where the caller may."""

    def __init__(self, reason: str, place: Place | None = None) -> None:
        self.reason = reason
        self.place = place

    @property
    def name(self) -> str:
        """The dotted name in its reason; nothing where no name is to blame."""
        return self.reason.split("`")[1] if "`" in self.reason else ""

    @property
    def is_made(self) -> bool:
        """Whether it is what a class answers, by its name, which is no loss."""
        last = self.name.rpartition(".")[2]
        return self.reason.startswith("what ") and last[:1].isupper() and not last.endswith("Loss")

    def refuse(self, *_: Value) -> NoReturn:
        """Nothing may depend on it."""
        raise Stop("CS604", f"this depends on {self.reason}, which is not known here", fix=self.fix)

    __bool__ = __hash__ = __len__ = __index__ = refuse

    def endless(self) -> Stop:
        """Why nobody can go through it."""
        return Stop("CS604", f"this loops over {self.reason}, which is not known here", fix=self.fix)

    def __iter__(self) -> Iterator[Value]:
        raise self.endless()

    def __getattr__(self, name: str) -> Value:
        if name.startswith("__"):
            raise AttributeError(name)
        reason = f"{self.reason[:-1]}.{name}`" if self.reason.endswith("`") else self.reason
        return type(self)(reason, self.place)

    def __call__(self, *positional: Value, **keywords: Value) -> Value:
        from cnnshape.readers.python.language.functions import Generator  # they are values

        m, given = now(), (*positional, *keywords.values())
        if any(isinstance(each, Generator) for each in given):
            raise Stop("CS604", f"how far {self.reason} runs a generator is not known here")
        if any(isinstance(each, m.framework.MODEL) for each in given):
            m.note(f"{self.reason} is given a model or a part of one, and taken to change nothing of it")
        return m.framework.opaque_call(self, positional, keywords)

    def __getitem__(self, key: Value) -> Value:
        return self

    def put(self, key: Value, value: Value) -> None:
        """An attribute or an item is set: what it is was not known before."""


def unknown_in(value: Value) -> Opaque | None:
    """What is not known of a value: itself, or a base of its class; None where both are known."""
    return value if isinstance(value, Opaque) else getattr(type(value), "__unknown__", None)


class Part(Opaque):
    """An unknown part of a network that runs all the same: nothing that changes it may be passed over."""

    __slots__ = ()

    def __call__(self, *_: Value, **__: Value) -> NoReturn:
        """A method may change it, such as ``requires_grad_``."""
        raise changing(f"this may change {self.reason}, which is not known here", "CS604")

    def put(self, key: Value, value: Value) -> NoReturn:
        """As a method."""
        self()

    def endless(self) -> Stop:
        """What is done to its own parts is not known either."""
        stop = super().endless()
        stop.changes = True
        return stop


class Unset(Opaque):
    """An option of a program that has no default, and is given no value."""

    __slots__ = ("fix",)

    def __init__(self, reason: str, place: Place | None = None, fix: str | None = None) -> None:
        super().__init__(reason, place)
        self.fix = fix


class Symbol(Fixed):
    """A named constant of a library, equal by its name: ``torch.float32``, ``Optional[int]``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol | str) and str(other) == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __getattr__(self, name: str) -> Value:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("type", "index"):
            return self.name
        return name not in self.name if name == "is_floating_point" else Symbol(f"{self.name}.{name}")

    def __call__(self, *_: Value, **__: Value) -> Value:
        return self

    def __getitem__(self, key: Value) -> Value:
        return self

    def __or__(self, other: Value) -> Value:
        return other

    __ror__ = __or__


class Namespace(Fixed):
    """A module of a library that is told here; `missing` answers for names that it does not list."""

    __slots__ = ("missing", "name", "names")

    def __init__(self, name: str, names: dict[str, Value], missing: Callable[[str], Value] | None = None) -> None:
        self.name = name
        self.names = names
        self.missing = missing

    def __repr__(self) -> str:
        return f"<module '{self.name}'>"


class Tensor:
    """A tensor: its shape, and where it comes from.

    Attributes:
        shape: the batch first; None where it is not known at all, for the reason of `unknown`.
        row: the number of the row that makes it; -1 for an input of the model, None for what depends on no input.
        output: which output of that row it is.
        parameters: those that went into it, where no row has read them.
        dtype: PyTorch's name of it.
        data: its values, where they are few and known: a number, or a list of numbers.
        strides: how far elements lie apart along each axis, where axes were exchanged; else they lie in their order.
        made: of what depends on no input: the layer that computes it, what that reads, and whether it is a view.
        given: what the source sets of it that tensors do not have.
        base: the tensor that it is an element of, or whose elements it has.
    """

    __slots__ = (
        *("__weakref__", "base", "data", "dtype", "given", "made", "output", "parameters", "row", "shape", "strides"),
        "unknown",
    )

    def __init__(
        self,
        shape: tuple[int | None, ...] | None,
        row: int | None = None,
        output: int = 0,
        *,
        dtype: str = "float32",
        parameters: tuple[Parameter, ...] = (),
        unknown: Opaque | None = None,
    ) -> None:
        self.shape = shape
        self.row = row
        self.output = output
        self.dtype = dtype
        self.parameters = parameters
        self.unknown = unknown
        self.data: Value = None
        self.strides: tuple[int, ...] | None = None
        self.made: Value = None
        self.given: dict[str, Value] | None = None
        self.base: Tensor | None = None

    def __bool__(self) -> bool:
        if isinstance(self.data, int | float):
            return bool(self.data)
        raise Stop("CS604", "this depends on the values of a tensor, which are not known: only its shape is")

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        size = now().framework.size(self, 0)
        return size if isinstance(size, int) else Opaque.refuse(size)

    def __iter__(self) -> Iterator[Value]:
        return iter(now().framework.unbind(self))

    def __getitem__(self, key: Value) -> Value:
        return now().framework.get_item(self, key)

    def __setitem__(self, key: Value, value: Value) -> None:
        now().framework.set_item(self, key, value)

    def __deepcopy__(self, memo: Value) -> Tensor:
        if self.data is None:
            return self
        twin = copy.copy(self)
        twin.data, twin.base = copy.deepcopy(self.data), None
        return twin


class Parameter(Tensor):
    """A weight of a module, or a buffer; one that a layer's row has by itself knows that layer."""

    __slots__ = ("kind", "layer", "name", "trains")

    def __init__(self, shape: tuple[int | None, ...] | None, *, kind: str = "parameter", trains: bool = True) -> None:
        super().__init__(shape)
        self.parameters = (self,)
        self.kind = kind
        self.trains = trains
        self.name = ""
        self.layer: Value = None

    def __deepcopy__(self, memo: Value) -> Parameter:
        twin = Parameter(self.shape, kind=self.kind, trains=self.trains)
        twin.dtype, twin.name = self.dtype, self.name
        return twin


def operations(text: str) -> dict[type[ast.AST], Callable[..., Value]]:
    """Operators of the syntax by what Python's own module of operators calls them."""
    return {getattr(ast, kind): getattr(operator, name) for kind, name in pairs(text).items()}


BINARY = operations(
    "Add add Sub sub Mult mul Div truediv FloorDiv floordiv Mod mod Pow pow MatMult matmul BitAnd and_ BitOr or_ "
    "BitXor xor LShift lshift RShift rshift"
)
IN_PLACE = {kind: getattr(operator, f"i{apply.__name__.strip('_')}") for kind, apply in BINARY.items()}
COMPARISONS = operations("Eq eq NotEq ne Lt lt LtE le Gt gt GtE ge")
UNARY = operations("USub neg UAdd pos Invert invert")


def define_operators() -> None:
    """Operators of tensors are the framework's; of what is not known nothing is known."""

    def of_tensors(name: str, reflected: bool = False) -> Callable[..., Value]:
        def run(self: Tensor, other: Value = MISSING) -> Value:
            if name in ("eq", "ne") and not isinstance(other, Tensor | Opaque | int | float):
                return name == "ne"
            return now().framework.operate(name, *((other, self) if reflected else (self, other)))

        return run

    def changing_it(name: str) -> Callable[[Tensor, Value], Value]:
        return lambda self, other: now().framework.changed(self, now().framework.operate(name, self, other))

    def passed(self: Opaque, other: Value = None) -> Value:
        return NotImplemented if isinstance(other, Tensor) else self

    for apply in (*BINARY.values(), *COMPARISONS.values(), *UNARY.values(), abs):
        name = apply.__name__.strip("_")
        setattr(Tensor, f"__{name}__", of_tensors(name))
        setattr(Opaque, f"__{name}__", passed)
        if apply in BINARY.values():
            setattr(Tensor, f"__r{name}__", of_tensors(name, True))
            setattr(Tensor, f"__i{name}__", changing_it(name))
            setattr(Opaque, f"__r{name}__", passed)


define_operators()
