"""``Sequential``, ``ModuleList``, ``ModuleDict`` and the containers of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.values import Opaque, Parameter, Tensor, Value, named, now, unknown_in
from cnnshape.readers.python.torch.making import parameter
from cnnshape.readers.python.torch.module import Module


class Container(Module):
    """A module that holds modules, or parameters, under names."""

    _holds = "_modules"

    @property
    def _members(self) -> dict[str, Value]:
        found: dict[str, Value] = vars(self)[self._holds]
        return found

    def _put(self, name: str, value: Value) -> None:
        if isinstance(value, ParameterList | ParameterDict) and not self._members:
            vars(self)["_holds"] = "_modules"  # lists of lists of parameters
        if self._holds == "_parameters" and isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = parameter(value)
        expected = Tensor if self._holds == "_parameters" else Module
        if not (isinstance(value, expected) or value is None or unknown_in(value) is not None):
            raise TypeError(f"{type(value).__name__} is not a Module subclass")
        now().cell()
        self._members[name] = value

    def _key_of(self, index: Value) -> str:
        if isinstance(index, str):
            return index
        if isinstance(index, Opaque):
            index.refuse()
        names = list(self._members)
        if not -len(names) <= index < len(names):
            raise IndexError(f"index {index} is out of range")
        return names[index]

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, value: Value) -> bool:
        return value in self._members

    def __getitem__(self, index: Value) -> Value:
        return self._members[self._key_of(index)]

    def __setitem__(self, index: Value, value: Value) -> None:
        self._put(self._key_of(index), value)

    def __delitem__(self, index: Value) -> None:
        del self._members[self._key_of(index)]

    def pop(self, index: Value = -1) -> Value:
        """Take one out."""
        value = self[index]
        del self[index]
        return value


class Listed(Container):
    """A container in order; its names are numbers, but for those of a dict that a `Sequential` is made of."""

    def __init__(self, values: Value = ()) -> None:
        super().__init__()
        self.extend(values if values is not None else ())

    def _refill(self, values: list[Value]) -> None:
        self._members.clear()
        self.extend(values)

    def __iter__(self) -> Iterator[Value]:
        return iter(list(self._members.values()))

    def __getitem__(self, index: Value) -> Value:
        if not isinstance(index, slice):
            return super().__getitem__(index)
        cls: Any = type(self) if type(self) in (Sequential, ModuleList) else LISTS[isinstance(self, Sequential)]
        chosen = list(self._members.items())[index]
        return cls(dict(chosen)) if cls is Sequential else cls([each for _, each in chosen])

    def __delitem__(self, index: Value) -> None:
        names = list(self._members)
        for name in names[index] if isinstance(index, slice) else [self._key_of(index)]:
            del self._members[name]
        self._refill(list(self._members.values()))

    def append(self, value: Value) -> Value:
        """One more at the end."""
        self._put(str(len(self)), value)
        return self

    def extend(self, values: Value) -> Value:
        """More at the end."""
        for value in list(values):
            self.append(value)
        return self

    def insert(self, index: int, value: Value) -> Value:
        """One more before another."""
        values = list(self._members.values())
        values.insert(index, value)
        self._refill(values)
        return self

    def __add__(self, other: Value) -> Value:
        together = [*self, *other]
        cls: Any = type(self)
        return cls(*together) if isinstance(self, Sequential) else cls(together)

    __iadd__ = extend


class Sequential(Listed):
    """One module after the other."""

    def __init__(self, *values: Value) -> None:
        Module.__init__(self)
        if len(values) == 1 and isinstance(values[0], dict):
            for name, value in values[0].items():
                self._put(name, value)
        else:
            self.extend(values)

    def forward(self, input: Value) -> Value:
        """Each on what the one before it answers."""
        for each in self:
            input = call(now(), each, [input], {})
        return input


class ModuleList(Listed):
    """Modules in order."""


class ParameterList(Listed):
    """Parameters in order."""

    _holds = "_parameters"


class ModuleDict(Container):
    """Modules by name."""

    def __init__(self, values: Value = None) -> None:
        super().__init__()
        self.update(values or {})

    def __setitem__(self, index: Value, value: Value) -> None:
        self._put(index, value)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._members))

    def get(self, name: str, default: Value = None) -> Value:
        """What a name holds."""
        return self._members.get(name, default)

    def update(self, values: Value) -> None:
        """More of them, or others."""
        for name, value in values.items() if hasattr(values, "items") else map(tuple, values):
            self._put(name, value)

    def clear(self) -> None:
        """None of them any more."""
        self._members.clear()


for view in ("keys", "values", "items"):  # of the names, of what is held, of both
    setattr(ModuleDict, view, lambda self, view=view: list(getattr(self._members, view)()))


class ParameterDict(ModuleDict):
    """Parameters by name."""

    _holds = "_parameters"


LISTS = (ModuleList, Sequential)
CONTAINERS = named(Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict)
