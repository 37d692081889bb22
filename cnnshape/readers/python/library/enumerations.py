"""``enum``, as it is told to the source."""

from __future__ import annotations

import ast
import enum
import types
from collections.abc import Callable

from cnnshape.readers.python.language.expressions import evaluate
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.values import Value


class Later:
    """The value of a member that is worked out where somebody asks for it."""

    def __init__(self, work: Callable[[], Value]) -> None:
        self.work = work


class Enum(enum.Enum):
    """``enum.Enum``, whose values may be worked out later."""

    @types.DynamicClassAttribute
    def value(self) -> Value:
        """The value of a member."""
        if isinstance(self._value_, Later):
            self._value_ = self._value_.work()
        return self._value_


def is_postponed(m: Machine, statement: ast.stmt, bases: list[type], body: Scope) -> bool:
    """Whether a statement of a class body tells of weights, which is then worked out later, and bound so.

    Torchvision's descriptions of weights have the names of a thousand classes, and ways to prepare images.
    """
    if not any(each.__name__ == "WeightsEnum" and issubclass(each, Enum) for each in bases):
        return False
    match statement:
        case ast.Assign([ast.Name(name)], ast.Call() as value):
            pass
        case _:
            return False
    body.set(name, Later(lambda: m.within(body.module, value, lambda: evaluate(m, value, body))))
    return True


MODULES: dict[str, dict[str, Value]] = {
    "enum": {
        "Enum": Enum,
        **{
            name: getattr(enum, name)
            for name in ("IntEnum", "StrEnum", "Flag", "IntFlag", "EnumMeta", "auto", "unique")
        },
    }
}
