"""Paths name tensors: ``stem``, ``skip[i]``, ``block/conv2d``, ``tower[0]/node[i, 1]``."""

from __future__ import annotations

import _ast as ast
import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, TypeVar

from cnnshape.diagnostics import Fault
from cnnshape.readers.yaml.syntax import ExpressionFault, Syntax, check_length, whole

NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
MOST_INDICES = 8
LONGEST_INDEX = 64
LONGEST_NAME = 255
"""Of a row. Names of blocks stand before those of their rows, so that long ones add up."""
VALID_NAME = re.compile(rf"{NAME}\Z")
_STEP = rf"(?s)\s*(?P<name>{NAME})\s*(?:\[(?P<index>.*)\]\s*)?\Z"
_LITERAL = rf"{NAME}(?:\[[0-9]+\])?(?:/{NAME}(?:\[[0-9]+\])?)+\Z"


NAME_FIX = "begin with a letter from A to Z or _, then letters, digits, _, . or -"


def invalid_name(name: str) -> str | None:
    """What is wrong with a name, if anything."""
    if len(name) > LONGEST_NAME:
        return f"a name of {len(name):,} characters; {LONGEST_NAME} are possible"
    return None if VALID_NAME.match(name) else f"{name!r} is no valid name"


T = TypeVar("T")
Compile = Callable[[Syntax, ast.expr], T]
"""Takes an index: a piece of a parsed text."""
Steps = tuple[tuple[str, T | None], ...]
"""The names of a path, each with what stands in the square brackets behind it, if they are there."""


def indexed(name: str, index: Any) -> str:
    """The name of an element: ``skip[2]``, ``node[1, 0]``; however the index was written.

    Raises `Fault` (CS110) for an index that is neither a whole number nor a text, nor some of these.
    """
    parts = index if isinstance(index, list) else [index]
    if not 0 < len(parts) <= MOST_INDICES:
        raise Fault("CS110", f"{name}[...] has {len(parts):,} indices; 1 to {MOST_INDICES} are possible")
    return f"{name}[{', '.join(_index(name, each) for each in parts)}]"


def _index(name: str, index: Any) -> str:
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    if isinstance(index, bool) or not isinstance(index, int | str):
        fix = f"use int({index}) or round({index})" if isinstance(index, float) and isfinite(index) else None
        what = "nothing" if index is None else repr(index)
        raise Fault("CS110", f"the index of {name} has to be a whole number or a text, got {what}", fix=fix)
    if len(str(index)) > LONGEST_INDEX:
        raise Fault("CS110", f"the index of {name} has {len(str(index)):,} characters; {LONGEST_INDEX} are possible")
    return str(index)


def is_literal_path(text: str) -> bool:
    """Whether the text can only be a path, even where its names are none of Python's: ``layer1.0/conv1``."""
    return "/" in text and re.match(_LITERAL, text) is not None


def read_path(text: str, compiled: Compile[T]) -> Steps[T]:
    """The path that a whole text is. Raises `ExpressionFault` (CS210) where it is none."""
    check_length(text)
    steps = []
    start = 0
    for piece in _pieces(text):
        match = re.match(_STEP, piece)
        if not match or match["index"] == "":
            raise ExpressionFault(
                "CS210", f"{text!r} is no name of a layer", whole(text), fix="write a name, such as stem"
            )
        index = None
        if match["index"] is not None:
            before = re.sub(r"[^\n]", " ", text[: start + match.start("index")])  # so that it keeps its place
            syntax = Syntax(before + match["index"])
            index = compiled(syntax, syntax.tree)
        steps.append((match["name"], index))
        start += len(piece) + 1
    return tuple(steps)


def path_of(syntax: Syntax, node: ast.expr, compiled: Compile[T]) -> Steps[T] | None:
    """The path that a piece of a parsed text is, or None: Python reads its ``/``, ``-`` and ``.`` as operators.

    Raises `ExpressionFault` (CS107) for a name with two indices.
    """
    steps: list[tuple[str, T | None]] = []
    name, index = "", None
    for token in [*_tokens(syntax, node), "/"]:
        if isinstance(token, ast.expr):
            if index is not None:
                text = syntax.source(node)
                fix = "write both in one pair: `name[i, j]`"
                raise syntax.fault(node, "CS107", f"`{text}` has two indices", fix)
            index = compiled(syntax, token)
        elif token == "/":
            if not VALID_NAME.match(name):
                return None
            steps.append((name, index))
            name, index = "", None
        elif index is not None or not token:
            return None
        else:
            name += token
    return tuple(steps)


def _tokens(syntax: Syntax, node: ast.expr) -> Iterator[str | ast.expr]:
    """What a path is made of: names and signs as text, indices as trees, an empty text for anything else."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield from _tokens(syntax, node.value)
        yield f".{node.attr}"
    elif isinstance(node, ast.Subscript):
        yield from _tokens(syntax, node.value)
        yield node.slice
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Sub):
        yield from _tokens(syntax, node.left)
        yield "/" if isinstance(node.op, ast.Div) else "-"
        yield from _tokens(syntax, node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        yield syntax.source(node)  # the 1 of conv-1
    else:
        yield ""


def _pieces(text: str) -> list[str]:
    """The text cut at each ``/`` outside brackets."""
    pieces = [""]
    depth = 0
    for character in text:
        if character == "/" and not depth:
            pieces.append("")
            continue
        depth += (character in "[({") - (character in "])}")
        pieces[-1] += character
    return pieces
