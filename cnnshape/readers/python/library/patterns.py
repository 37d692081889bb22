"""``re``: Python's own, for patterns and texts of which it is known that they take it no long time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from cnnshape.readers.python.language.values import Stop, Value, now

MOST_WAYS = 10**8
"""Ways to share the characters of a text among the repetitions of a pattern."""
METHODS = ("match", "search", "fullmatch", "split", "sub", "findall", "finditer")


def repetitions(nodes: Any, within: bool = False) -> Iterator[bool]:
    """For every repetition in a parsed pattern, whether it lies within another."""
    for kind, value in nodes:
        inner, repeats = [], "REPEAT" in str(kind) and value[1] > 1
        if "REPEAT" in str(kind) or str(kind) in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
            inner = [value[-1]]
        elif str(kind) == "BRANCH":
            inner = value[1]
        elif str(kind).startswith("GROUPREF"):
            raise Stop("CS601", "`re` with a group that is repeated is not read")
        if repeats:
            yield within
        for each in inner:
            yield from repetitions(each, within or repeats)


@cache
def compiled(text: str, flags: int) -> tuple[re.Pattern[str], int]:
    """A pattern, and how many repetitions it has. Raises `Stop` (CS606) where one lies within another."""
    from re import _parser  # type: ignore[attr-defined]  # the parser alone

    if len(text) > 1000:
        raise Stop("CS606", "a pattern of more than 1000 characters")
    found = list(repetitions(_parser.parse(text, flags)))
    if any(found):
        raise Stop("CS606", f"the pattern {text!r} repeats what repeats: it may take for ever")
    return re.compile(text, flags), len(found)


class Pattern:
    """``re.Pattern``."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._compiled, self._repetitions = compiled(pattern, int(flags))

    def _run(self, name: str, *given: Value) -> Value:
        text = given[1] if name == "sub" else given[0]
        if len(text) ** (self._repetitions + 1) > MOST_WAYS:
            raise Stop(
                "CS606", f"a pattern of {self._repetitions} repetitions is matched against {len(text)} characters"
            )
        if name == "sub" and isinstance(given[0], str):
            now().cell((len(text) + 1) * (len(given[0]) + given[0].count("\\") * len(text)))
        return now().charge(getattr(self._compiled, name)(*given))


def function(name: str) -> Callable[..., Value]:
    """A function of `re`, of a pattern or its text."""

    def run(pattern: Value, *given: Value, flags: int = 0) -> Value:
        known = pattern if isinstance(pattern, Pattern) else Pattern(pattern, flags)
        return known._run(name, *given)

    return run


for method in METHODS:
    setattr(Pattern, method, function(method))
MODULES: dict[str, dict[str, Value]] = {
    "re": {
        **{name: function(name) for name in METHODS},
        **{name: flag for name, flag in vars(re).items() if isinstance(flag, re.RegexFlag)},
        "compile": lambda pattern, flags=0: pattern if isinstance(pattern, Pattern) else Pattern(pattern, flags),
        "escape": re.escape,
    },
}
