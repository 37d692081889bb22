"""The syntax of calls and expressions: Python's, read by `ast` within bounds, with places that count code points."""

from __future__ import annotations

import _ast as ast  # the nodes alone: what `ast` adds, a start does without
import re
import warnings
from itertools import pairwise

from cnnshape.arithmetic.quantities import QUANTITY
from cnnshape.diagnostics import Fault
from cnnshape.value import NamedTuple

LONGEST_TEXT = 4096
DEEPEST_BRACKETS = 50
DEEPEST_TREE = 200
"""Levels of a parsed text: a sum of that many numbers, or a path of as many names."""


class Extent(NamedTuple):
    """Where a piece stands in its text: first line from 0, first character, last line, character past the end."""

    line: int
    column: int
    end_line: int
    end_column: int


ANYWHERE = Extent(0, 0, 0, 0)
"""The extent of what has no text of its own."""


def dotted(node: ast.expr) -> str | None:
    """``nn.functional.relu``: names joined by dots, as text."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def whole(text: str) -> Extent:
    """All of a text."""
    lines = text.split("\n")
    return Extent(0, 0, len(lines) - 1, len(lines[-1]))


class ExpressionFault(Fault):
    """A fault that knows where in the expression's text it lies; `replacement` is what should stand there."""

    def __init__(
        self, code: str, message: str, extent: Extent | None, *, fix: str | None = None, replacement: str | None = None
    ) -> None:
        super().__init__(code, message, fix=fix, replacement=replacement)
        self.extent = extent


class Syntax:
    """A parsed text: its Python tree and the way from the tree's positions back to the text."""

    __slots__ = ("is_plain", "lines", "offset", "text", "tree")

    def __init__(self, text: str, offset: int = 0) -> None:
        self.text = text
        self.offset = offset
        self.lines = text.split("\n")
        self.is_plain = len(self.lines) == 1 and text.isascii()  # then characters and bytes are the same
        self.tree = _parse(text.replace("\r", " "), offset)  # to Python a carriage return ends a line too

    def extent(self, node: ast.expr) -> Extent:
        """Where `node` stands: `ast` counts lines from 1 and UTF-8 bytes, behind the bracket put around the text."""
        if self.is_plain and node.end_lineno == 1:
            shift, end = self.offset - 1, len(self.text)
            return Extent(0, min(node.col_offset + shift, end), 0, min((node.end_col_offset or 0) + shift, end))
        return Extent(
            node.lineno - 1,
            self._column(node.lineno - 1, node.col_offset),
            (node.end_lineno or node.lineno) - 1,
            self._column((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line] if line < len(self.lines) else ""
        start = self.offset if line == 0 else 0
        column = offset - 1 if line == 0 else offset
        raw = text[start:]
        if raw.isascii():
            return start + min(max(column, 0), len(raw))
        return start + len(raw.encode()[: max(column, 0)].decode(errors="ignore"))

    def source(self, node: ast.expr) -> str:
        """The text of `node`, for messages."""
        return self.piece(self.extent(node))

    def piece(self, extent: Extent) -> str:
        """The text there, up to the end of its first line."""
        if extent.line != extent.end_line:
            return self.lines[extent.line][extent.column :] + " ..."
        return self.lines[extent.line][extent.column : extent.end_column]

    def all_of(self, node: ast.expr) -> str:
        """The whole text of `node`, its lines joined."""
        line, column, end_line, end_column = self.extent(node)
        lines = self.lines[line : end_line + 1]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][column:]
        return " ".join(each.strip() for each in lines)

    def fault(self, node: ast.expr, code: str, message: str, fix: str | None = None) -> ExpressionFault:
        """A fault at `node`."""
        return ExpressionFault(code, message, self.extent(node), fix=fix)


def check_length(text: str) -> None:
    """Refuse a text that is too long to be looked into."""
    if len(text) > LONGEST_TEXT:
        extent = extent_at(text, 0, 1)
        raise ExpressionFault("CS107", f"{len(text):,} characters; at most {LONGEST_TEXT:,} are read", extent)


def check_brackets(text: str) -> None:
    """Refuse a text too long, too deeply bracketed or unbalanced, before `ast` sees it.

    `ast` raises RecursionError or MemoryError on hostile nesting, and its message for a bracket left open is about
    the end of the file.
    """
    check_length(text)
    if text.isidentifier():
        return
    flaw = _first_flaw(text)
    if flaw is None:
        return
    place = extent_at(text, flaw.at, 1)
    if flaw.deep:
        raise ExpressionFault("CS107", f"brackets nested more than {DEEPEST_BRACKETS} deep", place)
    found = text[flaw.at]
    if found in QUOTES:
        raise ExpressionFault("CS107", f"a string is not closed: {found} is missing", extent_at(text, len(text) - 1, 1))
    if flaw.opened is None:
        raise ExpressionFault("CS107", f"this `{found}` closes no bracket", place, fix="remove it")
    missing = CLOSING[text[flaw.opened]]
    if flaw.opened == flaw.at:
        fix = f"add `{missing}`; inside [ ] YAML cuts a call at its commas, so write calls one a line, or quote them"
        raise ExpressionFault("CS012", f"this `{found}` is never closed: `{missing}` is missing", place, fix=fix)
    message = f"this `{found}` stands where `{missing}` has to close `{text[flaw.opened]}`"
    is_call = re.search(_KEYWORD, text[flaw.opened : flaw.at])
    raise ExpressionFault("CS107", message, place, fix=None if is_call else _closed(text, flaw.at, missing))


CLOSING = {"(": ")", "[": "]", "{": "}"}
QUOTES = "\"'"
_TOKEN = r"""(?s)"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|["'()\[\]{}]"""
"""What the balance of brackets depends on: strings, a quote that begins none, brackets."""


_DOLLAR = r""""[^"\\\n]*"|'[^'\\\n]*'|(?P<sign>\$)\("""
"""A string, or ``$(`` that stands in none."""


_KEYWORD = r",\s*[A-Za-z_]\w*\s*=(?!=)"
"""An argument of a call, which no list and no tuple has: the bracket has to be closed before it."""


class _Flaw(NamedTuple):
    """Where a text is out of balance: the character, the bracket open there, and whether it is one too deep."""

    at: int
    opened: int | None = None
    deep: bool = False


def _first_flaw(text: str) -> _Flaw | None:
    stack: list[int] = []
    for match in re.finditer(_TOKEN, text):
        token, index = match[0], match.start()
        if token in CLOSING:
            stack.append(index)
            if len(stack) > DEEPEST_BRACKETS:
                return _Flaw(index, deep=True)
        elif token in QUOTES:
            return _Flaw(index)
        elif token[0] not in QUOTES:
            if not stack or CLOSING[text[stack[-1]]] != token:
                return _Flaw(index, stack[-1] if stack else None)
            stack.pop()
    return _Flaw(stack[-1], stack[-1]) if stack else None


def _closed(text: str, index: int, missing: str) -> str | None:
    """How to close the bracket at a place where another closing one stands, if that leaves no other flaw."""
    before, found, after = text[:index], text[index], text[index + 1 :]
    if _first_flaw(f"{before}{missing}{after}") is None:
        return f"write `{missing}` in its place"
    if _first_flaw(f"{before}{missing}{found}{after}") is None:
        return f"add `{missing}` before it"
    return None


def extent_at(text: str, index: int, length: int) -> Extent:
    """Where the characters from an index on stand in a text."""
    ends = ((text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1) for at in (index, index + length))
    return Extent(*next(ends), *next(ends))


def _parse(text: str, offset: int) -> ast.expr:
    check_brackets(text)
    if not text[offset:].strip():
        raise ExpressionFault("CS107", "nothing stands here", extent_at(text, 0, len(text)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _tree(text[offset:])
    except SyntaxError as error:
        if signs := [match.start("sign") for match in re.finditer(_DOLLAR, text) if match["sign"]]:
            first, last = signs[0], signs[-1] + 1  # all at once: a fix of a fix would end at the bound of rounds
            rest = "".join(text[begin + 1 : end] for begin, end in pairwise([*signs, last]))
            raise ExpressionFault(
                "CS107",
                f"`$(...)` stands around a whole value, not within one, as in `{text.strip()}`",
                extent_at(text, first, last - first),
                fix=f"leave out {'each' if signs[1:] else 'this'} `$`: `{(text[:first] + rest + text[last:]).strip()}`",
                replacement=rest,
            ) from None
        line = max((error.lineno or 1) - 1, 0)
        column = max((error.offset or 1) - 1 - (1 if line == 0 else 0), 0) + (offset if line == 0 else 0)
        lines = text.split("\n")
        if line >= len(lines):
            line, column = len(lines) - 1, len(lines[-1])
        column = min(column, len(lines[line]))
        message = re.split(r"[.] (?:Perhaps|Maybe) ", error.msg or "invalid syntax")[0]
        place = Extent(line, column, line, column + 1)
        raise ExpressionFault("CS107", f"cannot be read: {message}", place, fix=_syntax_hint(text)) from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise ExpressionFault("CS107", "cannot be read: nested too deep", extent_at(text, 0, 1)) from None
    if len(text) > DEEPEST_TREE and _depth(tree) > DEEPEST_TREE:
        raise ExpressionFault("CS107", f"nested more than {DEEPEST_TREE} levels deep", extent_at(text, 0, 1))
    return tree


_QUANTITIES = rf"(?P<other>\"[^\"]*\"|'[^']*'|[A-Za-z_]\w*)|{QUANTITY}\b"


def _tree(text: str) -> ast.expr:
    """What Python reads; a count such as ``9.6M``, which it does not, is a name as long in the tree."""
    try:
        return parsed(text)
    except SyntaxError:
        as_names = re.sub(_QUANTITIES, lambda match: match["other"] or "N" * len(match[0]), text)
        if as_names == text:
            raise
        return parsed(as_names)


def parsed(text: str) -> ast.expr:
    """What Python reads, whatever its lines begin with."""
    tree = compile(f"({text}\n)", "<unknown>", "eval", ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Expression)
    return tree.body


def _depth(tree: ast.expr) -> int:
    """The levels of a tree: what reads it may go down level by level."""
    from ast import iter_child_nodes  # only for a long text

    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        level = [child for node in level for child in iter_child_nodes(node)]
        depth += 1
    return depth


_DIGITS = r"\b\d+[OoIl][\dOoIl]*\b"
_AS_DIGITS = str.maketrans("OoIl", "0011")
"""Letters that look like digits."""


def _syntax_hint(text: str) -> str | None:
    if "->" in text:
        return "write one layer an entry; entries read the one before them"
    if re.search(_DIGITS, text):
        return f"write `{re.sub(_DIGITS, lambda digits: digits[0].translate(_AS_DIGITS), text.strip())}`"
    if text.strip().endswith("="):
        return "write what the name stands for after ="
    return None
