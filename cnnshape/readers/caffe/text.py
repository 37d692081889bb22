"""The text form of protocol buffers, read without their schema: fields by name, each with all its values in order.

Source: protobuf.dev, "Text Format Language Specification"; a field is ``name: value``, ``name { ... }`` or a list.
"""

from __future__ import annotations

import re
from typing import Any

from cnnshape.diagnostics import Diagnostic, Fault, Position, Source, Span
from cnnshape.readers.files import UnreadableError

TOKEN = re.compile(
    r"""(?P<skip>[\s,;]+|\#[^\n]*)|(?P<word>-?[\w.+][\w.+-]*)"""
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<mark>[:{}<>\[\]])|(?P<other>.)"""
)

DEEPEST = 60
"""Messages in messages."""


class Message:
    """The fields of a message, and where it begins.

    Attributes:
        fields: every value of a field by its name, in order: texts, and messages.
    """

    def __init__(self, name: str, place: Position) -> None:
        self.name = name
        self.place = place
        self.fields: dict[str, list[Any]] = {}

    def inner(self, name: str) -> Message:
        """The last message of that name; an empty one where there is none."""
        return next((each for each in reversed(self.all(name)) if isinstance(each, Message)), Message(name, self.place))

    def messages(self, *names: str) -> list[Message]:
        """All messages of these names."""
        return [each for name in names for each in self.all(name) if isinstance(each, Message)]

    def all(self, name: str) -> list[Any]:
        """All values of a field."""
        return self.fields.get(name, [])

    def texts(self, name: str) -> list[str]:
        """All values of a field that are written as words."""
        return [each for each in self.all(name) if isinstance(each, str)]

    def word(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        return next(iter(self.texts(name)[::-1]), default)

    def is_set(self, name: str, default: bool = False) -> bool:
        """A field that is true or false."""
        return self.word(name, str(default)).lower() in ("true", "t", "1")

    def numbers(self, name: str) -> list[int]:
        """All values of a field that holds whole numbers. Raises `Fault`."""
        return [whole(name, text) for text in self.texts(name)]

    def number(self, name: str, default: int) -> int:
        """The last value of a field that holds a whole number. Raises `Fault`."""
        return next(iter(self.numbers(name)[::-1]), default)


def kind_of(layer: Message) -> str:
    """The type of a layer as both forms write it: ``InnerProduct``, ``INNER_PRODUCT``."""
    return layer.word("type").replace("_", "").lower()


def whole(name: str, text: str) -> int:
    """A whole number. Raises `Fault`."""
    try:
        return int(text, 0) if abs(int(text, 0)) < 2**31 else int("too large")
    except ValueError:
        raise Fault("CS305", f"{name} has to be a whole number, got {text[:40]!r}") from None


def parse(source: Source) -> Message:
    """The message that a text is. Raises `UnreadableError` (CS018) at the place where it is none."""
    top = Message("", Position(1, 1))
    open_messages, field, wants_value, in_list = [top], "", False, False
    line, begins = 1, 0
    for token in TOKEN.finditer(source.text):
        kind, text = token.lastgroup, token.group()
        place = Position(line, token.start() - begins + 1)
        if kind == "skip":
            if "\n" in text:
                line, begins = line + text.count("\n"), token.start() + text.rindex("\n") + 1
            continue
        here = open_messages[-1]
        if text in ("{", "<") and kind == "mark" and field:
            if len(open_messages) > DEEPEST:
                raise refused(source, place, "messages are nested too deep")
            inside = Message(field, place)
            here.fields.setdefault(field, []).append(inside)
            open_messages.append(inside)
            field, wants_value = "", False
        elif text in ("}", ">") and kind == "mark" and len(open_messages) > 1 and not field:
            open_messages.pop()
        elif text == ":" and kind == "mark" and field and not wants_value:
            wants_value = True
        elif text == "[" and kind == "mark" and wants_value and not in_list:
            in_list = True
        elif text == "]" and kind == "mark" and in_list:
            field, wants_value, in_list = "", False, False
        elif kind in ("word", "text") and wants_value:
            value = text[1:-1] if kind == "text" else text
            here.fields.setdefault(field, []).append(value)
            if not in_list:
                field, wants_value = "", False
        elif kind == "word" and not field:
            field = text
        else:
            raise refused(source, place, f"{text!r} does not belong here: a field is `name: value` or `name {{ ... }}`")
    if len(open_messages) > 1 or field:
        unclosed = open_messages[-1]
        what = f"{field} has no value" if field else f"{unclosed.name} {{ is not closed"
        raise refused(source, unclosed.place, what)
    return top


def refused(source: Source, place: Position, message: str) -> UnreadableError:
    """The refusal of a text, at a place."""
    span = Span(place, Position(place.row, place.column + 1))
    finding = Diagnostic(
        "CS018", f"{source.filename} is no text of a protocol buffer: {message}", source.filename, span
    )
    return UnreadableError(finding, {source.filename: source})
