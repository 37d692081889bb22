"""What stands at a place of an architecture file, in both spellings, and what its words mean.

A file that is being written is rarely well formed, so that this looks at the text alone; the names come from the
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from cnnshape.diagnostics import Position
from cnnshape.readers.yaml.program import Block, Body, For, If, Let, Repeat
from cnnshape.readers.yaml.signatures import Signature
from cnnshape.readers.yaml.syntax import LONGEST_TEXT
from cnnshape.server.documents import Document
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.glossary import meaning
from cnnshape.vocabularies.vocabulary import Framework, LayerType, vocabulary

Kind = Literal["nothing", "key", "promise", "entry", "beside", "argument", "value", "tensor", "include"]
OUTPUTS = ("outputs", "training_outputs")
MOST_LINES = 200
"""Lines of one entry that are looked at."""
LONGEST_WORD = 200
"""Characters before a bracket that may be what is called."""

_WORD = re.compile(r"[\w.]*\Z")
_GIVEN = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:=(?!=)|:\s)")


class Spot(NamedTuple):
    """What is being written at a place.

    Attributes:
        kind: an entry, a key of the file, of `expect:` or beside a layer, an argument's name (or value by position), a
            value, the name of a tensor, the target of an include; or nothing that has words.
        word: the word at the place; `begun` is its part before the place.
        callee: the layer or block whose arguments these are.
        keyword: the argument (or key) whose value this is.
        number: how many arguments stand before this one.
        given: the names of the arguments that stand there already.
        mapping: whether the arguments are written as a mapping.
        quoted: whether the word stands behind a quotation mark.
    """

    kind: Kind
    word: str
    begun: str
    callee: str = ""
    keyword: str = ""
    number: int = 0
    given: frozenset[str] = frozenset()
    mapping: bool = False
    quoted: bool = False


class Bracket(NamedTuple):
    """A bracket that is open: which, where it stands, and where the arguments in it begin."""

    mark: str
    at: int
    arguments: tuple[int, ...]


def spot_at(document: Document, place: Position) -> Spot:
    """What is being written at a place of an architecture file."""
    line = document.source.line(place.row)
    before = line[: place.column - 1]
    begun = found[0] if (found := _WORD.search(before)) else ""
    behind = found[0] if (found := re.match(r"\w*", line[place.column - 1 :])) else ""
    word = begun + behind
    text = entry_before(document, place)[-LONGEST_TEXT:]
    stack = open_brackets(text)
    if stack is None:
        return Spot("nothing", word, begun)
    if target := re.match(r"\s*(?:-\s+)?include:\s*(\S*)\Z", before):
        return Spot("include", target[1] + line[place.column - 1 :].split(" ")[0], target[1])
    for depth, bracket in reversed(list(enumerate(stack))):
        inner = depth + 1 < len(stack)
        head = text[max(bracket.at - LONGEST_WORD, 0) : bracket.at].rstrip()
        if bracket.mark == "(" and head.endswith(")"):
            return Spot("tensor", word, begun)
        name = re.search(r"([\w.]+)\Z" if bracket.mark == "(" else r"([\w.]+):\Z", head)
        pieces = [text[a:b] for a, b in zip(bracket.arguments, (*bracket.arguments[1:], len(text) + 1), strict=True)]
        if re.match(r"\s*inputs:\s", pieces[-1]):
            return Spot("tensor", word, begun)
        if bracket.mark == "[" or not name:
            continue
        later = line[place.column - 1 :].split(",")[1:]
        given = frozenset(found[1] for piece in (*pieces, *later) if (found := _GIVEN.match(piece)))
        own = _GIVEN.match(pieces[-1])
        kind: Kind = "value" if own or inner else "argument"
        keyword = own[1] if own else ""
        quoted = before.removesuffix(begun)[-1:] in ("'", '"')
        return Spot(kind, word, begun, name[1], keyword, len(pieces) - 1, given, bracket.mark == "{", quoted)
    return on_a_line_of_its_own(document, place, Spot("entry", word, begun))


def on_a_line_of_its_own(document: Document, place: Position, spot: Spot) -> Spot:
    """What is written outside all brackets: an entry, a key, or a pair of a mapping over several lines."""
    before = document.source.line(place.row)[: place.column - 1]
    key = re.match(r"\s*(?:-\s+)?([A-Za-z_][\w.]*):\s", before)
    dashed = re.match(r"\s*-\s", before)
    section = section_of(document, place)
    if (key and key[1] in ("inputs", *OUTPUTS)) or (dashed and section in OUTPUTS):
        return spot._replace(kind="tensor")
    above = parent(document, place)
    callee = above if kind_of(document, above) or above in document.program.blocks else ""
    if callee and not dashed:
        kind: Kind = "value" if key else "argument"
        return spot._replace(kind=kind, callee=callee, keyword=key[1] if key else "", number=-1, mapping=True)
    if key:
        return spot._replace(kind="value", keyword=key[1], mapping=True)
    if not before[:1].isspace() and not dashed:
        return spot._replace(kind="key")
    if section not in ("layers", "blocks"):
        return spot._replace(kind="promise" if section == "expect" else "nothing")
    return spot._replace(kind="entry" if dashed else "beside")


def entry_before(document: Document, place: Position) -> str:
    """The text of the entry up to a place: from its dash on, or the line alone where there is none above."""
    lines = [document.source.line(place.row)[: place.column - 1]]
    for row in range(place.row, max(place.row - MOST_LINES, 0), -1):
        line = lines[0] if row == place.row else document.source.line(row)
        if row != place.row:
            lines.insert(0, line)
        if dash := re.match(r"\s*-\s+", line):
            lines[0] = line[dash.end() :]
            return "\n".join(lines)
        if not line[:1].isspace():
            break
    return lines[-1]


def open_brackets(text: str) -> list[Bracket] | None:
    """The brackets that are open at the end of a text, outermost first; None where that is in a comment."""
    stack: list[Bracket] = []
    quote = ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character in (quote, "\n") else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and text[index - 1 : index] in ("", " ", "\n"):
            if "\n" not in text[index:]:
                return None
        elif character in "([{":
            stack.append(Bracket(character, index, (index + 1,)))
        elif character in ")]}" and stack:
            stack.pop()
        elif character == "," and stack:
            stack[-1] = stack[-1]._replace(arguments=(*stack[-1].arguments, index + 1))
    return stack


def parent(document: Document, place: Position) -> str:
    """The key below which a line is indented: ``Conv2D`` of ``- Conv2D:``; empty where there is none."""
    depth = indent(document.source.line(place.row)[: place.column - 1])
    for row in range(place.row - 1, max(place.row - MOST_LINES, 0), -1):
        line = document.source.line(row)
        if line.strip() and indent(line.replace("- ", "  ", 1)) < depth:
            found = re.match(r"\s*(?:-\s+)?([A-Za-z_][\w.]*):\s*(?:#.*)?\Z", line)
            return found[1] if found else ""
    return ""


def indent(line: str) -> int:
    """How far a line is indented."""
    return len(line) - len(line.lstrip(" "))


def section_of(document: Document, place: Position) -> str:
    """The key of the file below which a place lies."""
    return document.sections[min(place.row, len(document.sections)) - 1]


def scope_of(document: Document, place: Position) -> tuple[Block | None, Body]:
    """The block in which a place lies, and the entries whose names hold there."""
    within = document.program.blocks.values() if section_of(document, place) == "blocks" else ()
    above = [block for block in within if block.span and block.span.start <= place]
    return (above[-1], above[-1].body) if above else (None, document.program.body)


def statements(*bodies: Body) -> Iterator[object]:
    """Every statement of these bodies, those within others too."""
    for body in bodies:
        for statement in body:
            yield statement
            if isinstance(statement, For | Repeat):
                yield from statements(statement.body)
            elif isinstance(statement, If):
                yield from statements(statement.then, statement.otherwise)


def values_in(body: Body) -> Iterator[str]:
    """The names that loops and `let:` give to values."""
    for statement in statements(body):
        if isinstance(statement, Let):
            yield from (name for name, *_ in statement.values)
        elif isinstance(statement, For):
            yield from statement.names


def kind_of(document: Document, name: str) -> LayerType | None:
    """The layer that a word names, if it names one exactly."""
    return vocabulary(document.framework).find_exact(name)


def layer_help(framework: Framework, name: str) -> str | None:
    """A layer's signature and what it is, as Markdown; None for what is no layer."""
    from cnnshape.reports.schema import describe, signature  # with pydantic: only when asked

    kind = vocabulary(framework).find_exact(name)
    return f"```python\n{signature(kind)}\n```\n\n{describe(kind)}" if kind else None


def argument_help(document: Document, callee: str, name: str) -> str | None:
    """What an argument means and what it is by default, as Markdown; None for what is no argument of it."""
    shown, text = parameters(document, callee).get(name, ("", ""))
    return f"`{shown}`\n\n{text}".rstrip() if shown else None


def parameters(document: Document, callee: str) -> dict[str, tuple[str, str]]:
    """The parameters of a layer or block by name: how they are written with their defaults, and what they mean."""
    if block := document.program.blocks.get(callee):
        return {
            name: (name if default is None else f"{name}={default.text}", "")
            for name, default in block.signature.parameters
        }
    kind = kind_of(document, callee)
    if kind is None:
        return {}
    from cnnshape.reports.schema import shown  # with pydantic: only when asked

    return {name: (text, described(kind.name, name)) for name, text in shown(kind).items()}


def described(layer: str, argument: str) -> str:
    """What an argument means; empty where nobody has said it."""
    try:
        return meaning(layer, argument)
    except KeyError:
        return ""


def written(signature: Signature) -> str:
    """A block's signature: ``up(filters, kernel_size=3)(below, skip)``."""
    given = ", ".join(name if value is None else f"{name}={value.text}" for name, value in signature.parameters)
    inputs = "" if signature.inputs == ("input",) else f"({', '.join(signature.inputs)})"
    return f"{signature.name}({given}){inputs}"
