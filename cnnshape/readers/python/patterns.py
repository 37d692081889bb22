"""``re``: patterns matched by a small matcher of our own, whose steps count. The host's may take for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from cnnshape.readers.python.values import Stop, Value, now

LONGEST = 500
"""Characters of a text that a pattern is matched against."""

Captures = dict[int, tuple[int, int]]


def matches(nodes: list[Any], text: str, start: int, captures: Captures) -> Iterator[tuple[int, Captures]]:
    """Where `nodes` may end that begin at `start`, the longest first where they are greedy."""
    now().step()
    if not nodes:
        yield start, captures
        return
    (kind, value), rest = nodes[0], nodes[1:]
    name = str(kind)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        yield from repeated(value, name == "MAX_REPEAT", rest, text, start, captures)
    elif name == "SUBPATTERN":
        group, inner = value[0], value[-1]
        for end, found in matches(list(inner), text, start, captures):
            kept = found if group is None else {**found, group: (start, end)}
            yield from matches(rest, text, end, kept)
    elif name == "BRANCH":
        for branch in value[1]:
            yield from matches([*branch, *rest], text, start, captures)
    elif name == "AT":
        if (start == 0) if "BEGINNING" in str(value) else (start == len(text)):
            yield from matches(rest, text, start, captures)
    elif start < len(text) and accepts(name, value, text[start]):
        yield from matches(rest, text, start + 1, captures)


def repeated(
    value: Any, greedy: bool, rest: list[Any], text: str, start: int, captures: Captures
) -> Iterator[tuple[int, Captures]]:
    """As `matches`, of something repeated."""
    least, most, inner = value
    if not greedy and least <= 0:
        yield from matches(rest, text, start, captures)
    if most > 0:
        for end, found in matches(list(inner), text, start, captures):
            if end > start or least > 0:
                yield from repeated((least - 1, most - 1, inner), greedy, rest, text, end, found)
    if greedy and least <= 0:
        yield from matches(rest, text, start, captures)


CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdigit,
    "SPACE": str.isspace,
    "WORD": lambda character: character.isalnum() or character == "_",
}


def accepts(name: str, value: Any, character: str) -> bool:
    """Whether one character fits."""
    if name == "LITERAL":
        return bool(ord(character) == value)
    if name == "NOT_LITERAL":
        return bool(ord(character) != value)
    if name == "ANY":
        return character != "\n"
    if name == "RANGE":
        low, high = value
        return bool(low <= ord(character) <= high)
    if name == "CATEGORY":
        word = str(value).removeprefix("CATEGORY_")
        known = CATEGORIES.get(word.removeprefix("NOT_"))
        if known is None:
            raise Stop("CS601", f"`re` with {word.lower()} is not read")
        return bool(known(character)) is not word.startswith("NOT_")
    if name == "IN":
        negated: bool = str(value[0][0]) == "NEGATE"
        some = any(accepts(str(kind), each, character) for kind, each in value[negated:])
        return some is not negated
    raise Stop("CS601", f"`re` with {name.lower()} is not read")


class Pattern:
    """A pattern, with Python's functions as its methods."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def match(self, text: str) -> Value:
        """At the beginning."""
        return matched(self, text, False)

    def search(self, text: str) -> Value:
        """Anywhere."""
        return matched(self, text, True)

    def fullmatch(self, text: str) -> Value:
        """The whole text."""
        return matched(self, text, False, True)

    def split(self, text: str, *_: Value) -> list[str | None]:
        """The texts between the matches, groups kept."""
        result: list[str | None] = []
        last = 0
        for each in pieces(self, text):
            if each.end() > each.start():
                result += [text[last : each.start()], *each.groups()]
                last = each.end()
        return [*result, text[last:]]

    def sub(self, new: str, text: str, *_: Value) -> str:
        """The text with a plain text for each match."""
        if not isinstance(new, str) or "\\" in new:
            raise Stop("CS601", "`re.sub` with groups or a function is not read")
        parts: list[str] = []
        last = 0
        for each in pieces(self, text):
            now().cell(len(new) + each.start() - last)
            parts += [text[last : each.start()], new]
            last = each.end()
        return "".join([*parts, text[last:]])

    def findall(self, text: str, *_: Value) -> list[Value]:
        """The groups of all matches, or the matches."""
        found = [each.groups() or (each.group(),) for each in pieces(self, text)]
        return [each[0] if len(each) == 1 else each for each in found]


class Match:
    """What ``re.match`` answers."""

    def __init__(self, text: str, spans: Captures, count: int) -> None:
        self.text = text
        self.spans = spans
        self.count = count

    def group(self, *numbers: int) -> Value:
        """The texts of groups, of the whole match where none is asked for."""
        spans = [self.spans.get(number) for number in numbers or (0,)]
        texts = tuple(None if span is None else self.text[slice(*span)] for span in spans)
        return texts[0] if len(texts) == 1 else texts

    __getitem__ = group

    def groups(self) -> tuple[str | None, ...]:
        """The texts of all groups."""
        return tuple(self.group(number + 1) for number in range(self.count))

    def start(self) -> int:
        """Where it begins."""
        return self.spans[0][0]

    def end(self) -> int:
        """Where it ends."""
        return self.spans[0][1]


@cache
def parsed(pattern: str) -> tuple[list[Any], int]:
    """The parts of a pattern, and the number of its groups."""
    from re import _parser  # type: ignore[attr-defined]  # the parser alone: it cannot hang

    if len(pattern) > 1000:
        raise Stop("CS606", "a pattern of more than 1000 characters")
    try:
        tree = _parser.parse(pattern)
    except Exception as error:
        raise ValueError(str(error)) from None
    return list(tree), tree.state.groups - 1


def matched(pattern: Pattern, text: str, search: bool, whole: bool = False, start: int = 0) -> Match | None:
    """The first match."""
    nodes, groups = parsed(pattern.pattern)
    if len(text) > LONGEST:
        raise Stop("CS606", f"a pattern is matched against more than {LONGEST} characters")
    for begin in range(start, len(text) + 1) if search else (start,):
        for end, captures in matches(nodes, text, begin, {}):
            if not whole or end == len(text):
                return Match(text, {0: (begin, end), **captures}, groups)
    return None


def pieces(pattern: Pattern, text: str) -> Iterator[Match]:
    """All matches, one after the other."""
    start = 0
    while start <= len(text):
        found = matched(pattern, text, True, start=start)
        if found is None:
            return
        yield found
        start = max(found.end(), found.start() + 1)


def compiled(pattern: Value, *_: Value) -> Pattern:
    """``re.compile``."""
    return pattern if isinstance(pattern, Pattern) else Pattern(pattern)


def function(name: str) -> Callable[..., Value]:
    """A function of `re`: the method of a pattern."""
    return lambda pattern, *rest: getattr(compiled(pattern), name)(*rest)


PATTERNS: dict[str, Value] = {
    **{name: function(name) for name in ("match", "search", "fullmatch", "split", "sub", "findall")},
    "compile": compiled,
}
