"""What the values of the source are here.

Numbers, strings, None, lists, tuples, dicts, sets, ranges and slices are Python's own; everything else is one of
these classes. A value that is not known is `Opaque`: it may be passed on, but nothing may depend on it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from cnnshape.diagnostics import Fault

Value = Any
"""A value of the source."""


def words(text: str) -> frozenset[str]:
    """The words of a text, for tables of names."""
    return frozenset(text.split())


class Place(NamedTuple):
    """A node of a file."""

    filename: str
    node: ast.AST | None


class Stop(Exception):  # noqa: N818 - the reading stops; it is not an error of this program
    """The source cannot be read any further: a finding, with the place it has so far."""

    def __init__(self, code: str, message: str, *, fix: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.place = place


class Raised(Exception):  # noqa: N818 - likewise
    """An exception that the source raises, and may catch."""

    def __init__(self, value: Instance, place: Place | None = None) -> None:
        super().__init__(value)
        self.value = value
        self.place = place
        self.fault: Fault | None = None


class Opaque:
    """A value that is not known, and why. It has no truth, equals nothing and differs from nothing."""

    __slots__ = ("place", "reason")

    def __init__(self, reason: str, place: Place | None = None) -> None:
        self.reason = reason
        self.place = place

    def refuse(self) -> NoReturn:
        """Nothing may depend on it."""
        raise Stop("CS604", f"this depends on {self.reason}, which is not known here")

    def __bool__(self) -> bool:
        self.refuse()

    def __eq__(self, other: object) -> bool:
        self.refuse()

    def __hash__(self) -> int:
        self.refuse()

    def __len__(self) -> int:
        self.refuse()

    def __iter__(self) -> Iterator[Value]:
        self.refuse()

    def __index__(self) -> int:
        self.refuse()


class Symbol(str):
    """A named constant of a library: ``torch.float32``, ``nn.init.kaiming_normal_``'s mode; equal by its name."""


class Native:
    """A function of a library as it is told here: called with the machine before its arguments."""

    __slots__ = ("attributes", "call", "name")

    def __init__(self, name: str, call: Callable[..., Value]) -> None:
        self.name = name
        self.call = call
        self.attributes: dict[str, Value] = {}

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class Function:
    """A function or lambda of the source."""

    __slots__ = ("attributes", "closure", "defaults", "generates", "keyword_defaults", "name", "node", "owner")

    def __init__(
        self,
        name: str,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        closure: Any,
        defaults: list[Value],
        keyword_defaults: dict[str, Value],
        generates: bool,
    ) -> None:
        self.name = name
        self.node = node
        self.closure = closure
        self.defaults = defaults
        self.keyword_defaults = keyword_defaults
        self.generates = generates
        self.owner: Class | None = None
        self.attributes: dict[str, Value] = {}

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class Method:
    """A function with its first argument."""

    __slots__ = ("function", "self")

    def __init__(self, self_: Value, function: Value) -> None:
        self.self = self_
        self.function = function

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self.self is other.self and self.function is other.function

    def __hash__(self) -> int:
        return hash((id(self.self), id(self.function)))

    def __repr__(self) -> str:
        return f"<method {getattr(self.function, 'name', '?')}>"


class Descriptor(NamedTuple):
    """A property, class method or static method."""

    kind: str
    function: Value
    setter: Value = None


class Class:
    """A class of the source or of a library; `layer` is the type of the vocabulary that it stands for.

    `converts` makes the value of a class of Python's own (`int`, `list`), whose instances are Python's.
    """

    __slots__ = ("bases", "converts", "found", "layer", "module", "mro", "name", "namespace", "place", "unknown")

    def __init__(
        self,
        name: str,
        bases: tuple[Class, ...] = (),
        namespace: dict[str, Value] | None = None,
        *,
        converts: Callable[..., Value] | None = None,
        module: str = "builtins",
    ) -> None:
        self.name = name
        self.bases = bases
        self.namespace = namespace if namespace is not None else {}
        self.converts = converts
        self.module = module
        self.layer: Any = next((each.layer for base in bases for each in base.mro if each.layer), None)
        self.place: Place | None = None
        self.unknown: Opaque | None = next((base.unknown for base in bases if base.unknown is not None), None)
        self.mro: tuple[Class, ...] = (self, *linearized([*(base.mro for base in bases), bases]))
        self.found: dict[str, Value] = {}

    def find(self, name: str, default: Value = None) -> Value:
        """What the class or the first of its bases that has it says of a name."""
        if name in self.found:
            return self.found[name]
        for each in self.mro:
            if name in each.namespace:
                value = self.found[name] = each.namespace[name]
                return value
        return default

    def assign(self, name: str, value: Value) -> None:
        """Set an attribute of the class."""
        self.namespace[name] = value
        self.found.clear()

    def below(self, other: Class) -> bool:
        """Whether it is the other or derives from it."""
        return other in self.mro

    def __repr__(self) -> str:
        return f"<class '{self.module}.{self.name}'>"


def linearized(orders: list[tuple[Class, ...]]) -> tuple[Class, ...]:
    """The order in which bases are asked (C3), of the orders of the bases and of the bases themselves."""
    result: list[Class] = []
    rest = [list(order) for order in orders if order]
    while rest:
        for order in rest:
            if not any(order[0] in other[1:] for other in rest):
                break
        else:
            raise ValueError("bases in no consistent order")
        chosen = order[0]
        result.append(chosen)
        rest = [kept for kept in ([each for each in order if each is not chosen] for order in rest) if kept]
    return tuple(result)


class Instance:
    """An object of a class of the source; `payload` is the dict, list, ... that it also is."""

    __slots__ = ("attributes", "cls", "payload", "place")

    def __init__(self, cls: Class, attributes: dict[str, Value] | None = None, payload: Value = None) -> None:
        self.cls = cls
        self.attributes: dict[str, Value] = {} if attributes is None else attributes
        self.payload = payload
        self.place: Place | None = None

    def __repr__(self) -> str:
        return f"<{self.cls.name} object>"


class Namespace:
    """A module of a library that is told here; `missing` answers for names that it does not list."""

    __slots__ = ("missing", "name", "names")

    def __init__(self, name: str, names: dict[str, Value], missing: Callable[[str], Value] | None = None) -> None:
        self.name = name
        self.names = names
        self.missing = missing

    def __repr__(self) -> str:
        return f"<module '{self.name}'>"


class Super(NamedTuple):
    """``super()``: attributes of the classes after `after` in the order of `self`'s class."""

    after: Class
    self: Value


class Generated:
    """An iterator, run as it is asked."""

    __slots__ = ("iterator",)

    def __init__(self, iterator: Iterator[Value]) -> None:
        self.iterator = iterator

    def __iter__(self) -> Iterator[Value]:
        return self.iterator


class Partial:
    """``functools.partial``."""

    __slots__ = ("function", "keywords", "positional")

    def __init__(self, function: Value, positional: tuple[Value, ...], keywords: dict[str, Value]) -> None:
        self.function = function
        self.positional = positional
        self.keywords = keywords


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
    """

    __slots__ = ("data", "dtype", "output", "parameters", "row", "shape", "strides", "unknown")

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

    def __bool__(self) -> bool:
        if isinstance(self.data, int | float):
            return bool(self.data)
        raise Stop("CS604", "this depends on the values of a tensor, which are not known: only its shape is")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Parameter(Tensor):
    """A weight of a module, or a buffer."""

    __slots__ = ("kind", "name", "trains")

    def __init__(self, shape: tuple[int | None, ...] | None, *, kind: str = "parameter", trains: bool = True) -> None:
        super().__init__(shape)
        self.parameters = (self,)
        self.kind = kind
        self.trains = trains
        self.name = ""
