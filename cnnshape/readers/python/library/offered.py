"""What modules of PyTorch 2.14.1 and Keras 3.15.1 offer, told here or not: another name that is like one is a slip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cnnshape.readers.python.assuming import assumed
from cnnshape.readers.python.language.values import MISSING, Stop, Value, now
from cnnshape.spelling import nearest

LIKE = 0.8
"""The likeness from which a name that a module has not is a slip; of a newer version it may be right."""


@cache
def offered() -> Mapping[str, frozenset[str]]:
    """The names of modules; `scripts/record_offered.py` writes the list."""
    text = Path(__file__).with_name("offered.txt").read_text(encoding="utf-8")
    return {module: frozenset(names.split()) for module, names in re.findall(r"^(\S+)\n((?:    .*\n)*)", text, re.M)}


def meant(module: str, name: str) -> str | None:
    """The name of a module that another one, which it has not, is a slip for; None where it may be right."""
    names = offered().get(re.sub(r"^.*keras\.", "keras.", module), frozenset())
    if name in names or name.startswith("_"):
        return None
    same = next((each for each in sorted(names) if each.casefold() == name.casefold()), None)
    close = same or nearest(name, sorted(names), LIKE)
    return close if close and re.findall(r"\d", close) == re.findall(r"\d", name) else None


def untold(module: str, name: str) -> Value:
    """A name of a module that nobody tells of, unless the caller does. Raises `AttributeError` where it is a slip."""
    found = assumed(now(), f"{module}.{name}", MISSING)
    if found is not MISSING:
        return found
    close = meant(module, name)
    if close is None:
        return now().opaque(f"`{module}.{name}`")
    error = AttributeError(f"module {module!r} has no attribute {name!r}")
    vars(error)["_meant"] = close
    raise error


def unread(module: str, name: str) -> Stop:
    """Why a function, or a method of a tensor, is not read."""
    close = meant(module, name)
    fix = f"did you mean {close}?" if close else None
    return Stop("CS601", f"the function `{name}` is not known here", fix=fix)
