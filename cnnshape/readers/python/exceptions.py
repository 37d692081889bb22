"""Python's built-in exceptions as classes of the source."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from cnnshape.readers.python.values import Class, Native, Value


def exceptions(start: Callable[..., Value]) -> dict[str, Class]:
    """Python's exceptions, with their bases; `start` is their ``__init__``."""
    made: dict[type, Class] = {}

    def of(kind: type) -> Class:
        if kind not in made:
            bases = tuple(of(base) for base in kind.__bases__ if base is not object)
            made[kind] = Class(kind.__name__, bases)
            made[kind].namespace |= {
                "__init__": Native("__init__", start),
                "with_traceback": Native("with_traceback", lambda m, self, *_: self),
                **dict.fromkeys(("__traceback__", "__cause__", "__context__")),
            }
        return made[kind]

    for each in vars(builtins).values():
        if isinstance(each, type) and issubclass(each, BaseException):
            of(each)
    return {cls.name: cls for cls in made.values()}
