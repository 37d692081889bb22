"""``re``: patterns matched by a small matcher of our own, whose steps count. The host's may take for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Instance, Native, Stop, Value

LONGEST = 500
"""Characters of a text that a pattern is matched against."""

Captures = dict[int, tuple[int, int]]


def matches(m: Machine, nodes: list[Any], text: str, start: int, captures: Captures) -> Iterator[tuple[int, Captures]]:
    """Where `nodes` may end that begin at `start`, the longest first where they are greedy."""
    m.budget.step()
    if not nodes:
        yield start, captures
        return
    (kind, value), rest = nodes[0], nodes[1:]
    name = str(kind)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, inner = value
        yield from repeated(m, list(inner), rest, int(least), int(most), name == "MAX_REPEAT", text, start, captures)
    elif name == "SUBPATTERN":
        group, inner = value[0], value[-1]
        for end, found in matches(m, list(inner), text, start, captures):
            kept = found if group is None else {**found, group: (start, end)}
            yield from matches(m, rest, text, end, kept)
    elif name == "BRANCH":
        for branch in value[1]:
            yield from matches(m, [*branch, *rest], text, start, captures)
    elif name == "AT":
        if (start == 0) if "BEGINNING" in str(value) else (start == len(text)):
            yield from matches(m, rest, text, start, captures)
    elif start < len(text) and accepts(name, value, text[start]):
        yield from matches(m, rest, text, start + 1, captures)


def repeated(
    m: Machine,
    inner: list[Any],
    rest: list[Any],
    least: int,
    most: int,
    greedy: bool,
    text: str,
    start: int,
    captures: Captures,
) -> Iterator[tuple[int, Captures]]:
    """As `matches`, of something repeated."""
    if not greedy and least <= 0:
        yield from matches(m, rest, text, start, captures)
    if most > 0:
        for end, found in matches(m, inner, text, start, captures):
            if end > start or least > 0:
                yield from repeated(m, inner, rest, least - 1, most - 1, greedy, text, end, found)
    if greedy and least <= 0:
        yield from matches(m, rest, text, start, captures)


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


def parsed(m: Machine, pattern: Value) -> tuple[list[Any], int]:
    """The parts of a pattern, and the number of its groups."""
    from re import _parser  # type: ignore[attr-defined]  # the parser alone: it cannot hang

    if isinstance(pattern, Instance):
        pattern = pattern.attributes["pattern"]
    m.budget.cell(len(pattern))
    if len(pattern) > 1000:
        raise Stop("CS606", "a pattern of more than 1000 characters")
    try:
        tree = _parser.parse(pattern)
    except Exception as error:
        raise m.error("ValueError", str(error)) from None
    return list(tree), tree.state.groups - 1


def first(m: Machine, pattern: Value, text: str, *, search: bool, whole: bool = False, start: int = 0) -> Any:
    """The first match: (start, end, captures), or None."""
    nodes, _ = parsed(m, pattern)
    if len(text) > LONGEST:
        raise Stop("CS606", f"a pattern is matched against more than {LONGEST} characters")
    for begin in range(start, len(text) + 1) if search else (start,):
        for end, captures in matches(m, nodes, text, begin, {}):
            if not whole or end == len(text):
                return begin, end, captures
    return None


def match_object(m: Machine, text: str, found: Any, groups: int) -> Value:
    """What ``re.match`` answers."""
    if found is None:
        return None
    begin, end, captures = found

    def group(m: Machine, self: Instance, *numbers: int) -> Value:
        got = []
        for number in numbers or (0,):
            span = (begin, end) if number == 0 else captures.get(number)
            got.append(None if span is None else text[span[0] : span[1]])
        return got[0] if len(got) == 1 else tuple(got)

    def every(m: Machine, self: Instance) -> Value:
        return tuple(group(m, self, number) for number in range(1, groups + 1))

    cls = Class("Match")
    cls.namespace |= {
        "group": Native("group", group),
        "groups": Native("groups", every),
        "start": Native("start", lambda m, self: begin),
        "end": Native("end", lambda m, self: end),
        "__getitem__": Native("__getitem__", group),
    }
    return Instance(cls)


def matched(search: bool, whole: bool = False) -> Callable[..., Value]:
    """``re.match``, ``re.search``, ``re.fullmatch``."""

    def run(m: Machine, pattern: Value, text: str, *_: Value) -> Value:
        return match_object(m, text, first(m, pattern, text, search=search, whole=whole), parsed(m, pattern)[1])

    return run


def pieces(m: Machine, pattern: Value, text: str) -> Iterator[tuple[int, int, Captures]]:
    """All matches, one after the other."""
    start = 0
    while start <= len(text):
        found = first(m, pattern, text, search=True, start=start)
        if found is None:
            return
        yield found
        start = max(found[1], found[0] + 1)


def split(m: Machine, pattern: Value, text: str, *_: Value) -> list[str | None]:
    """``re.split``, groups kept."""
    result: list[str | None] = []
    last = 0
    groups = parsed(m, pattern)[1]
    for begin, end, captures in pieces(m, pattern, text):
        if end == begin:
            continue
        result.append(text[last:begin])
        for number in range(1, groups + 1):
            span = captures.get(number)
            result.append(None if span is None else text[span[0] : span[1]])
        last = end
    return [*result, text[last:]]


def substituted(m: Machine, pattern: Value, new: str, text: str, *_: Value) -> str:
    """``re.sub`` with a plain text."""
    if not isinstance(new, str) or "\\" in new:
        raise Stop("CS601", "`re.sub` with groups or a function is not read")
    parts: list[str] = []
    last = 0
    for begin, end, _captures in pieces(m, pattern, text):
        m.budget.cell(len(new) + begin - last)
        parts += [text[last:begin], new]
        last = end
    return "".join([*parts, text[last:]])


def found_all(m: Machine, pattern: Value, text: str, *_: Value) -> list[Value]:
    """``re.findall``."""
    groups = parsed(m, pattern)[1]
    result: list[Value] = []
    for begin, end, captures in pieces(m, pattern, text):
        spans = [captures.get(number, (0, 0)) for number in range(1, groups + 1)] or [(begin, end)]
        texts = tuple(text[low:high] for low, high in spans)
        result.append(texts[0] if len(texts) == 1 else texts)
    return result


PATTERN = Class("Pattern")
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "match": matched(False),
    "search": matched(True),
    "fullmatch": matched(False, True),
    "split": split,
    "sub": substituted,
    "findall": found_all,
}
PATTERN.namespace |= {name: Native(name, function) for name, function in FUNCTIONS.items()}
PATTERNS: dict[str, Value] = {
    **{name: Native(name, function) for name, function in FUNCTIONS.items()},
    "compile": Native("compile", lambda m, pattern, *_: Instance(PATTERN, {"pattern": pattern})),
}
