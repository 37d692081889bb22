"""Calls and comments as lines of code, broken as ruff breaks them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from cnnshape.translation.calls import text
from cnnshape.writers.folding import Block, Item
from cnnshape.writers.holding import Spread

WIDTH = 88
"""The width of a line, as ruff formats by default."""


def arguments(item: Item) -> list[str]:
    """The arguments of a layer, or of the use of a block, as text."""
    values = list(item.arguments.items())
    keywords = [f"{name}={text(value)}" for name, value in values[item.positional :]]
    first = (
        each for _, value in values[: item.positional] for each in (value if isinstance(value, Spread) else (value,))
    )
    return [*map(text, first), *keywords]


def parameters(block: Block) -> list[str]:
    """The parameters of a block as a function declares them."""
    return [f"{name}={text(block.defaults[name])}" if name in block.defaults else name for name in block.parameters]


def call_lines(indent: str, before: str, given: Sequence[str], behind: str = "") -> str:
    """``before(given)behind``, broken as ruff breaks it where it is too long for a line."""
    line = f"{indent}{before}({', '.join(given)}){behind}"
    if len(line) <= WIDTH:
        return line
    target, equals, function = before.rpartition(" = ")
    if equals and len(f"{indent}{before}(") > WIDTH:
        return f"{indent}{target} = (\n{call_lines(indent + '    ', function, given, behind)}\n{indent})"
    head = f"{before}({', '.join(given)})"
    if behind[:1] == "(" and len(f"{indent}{head}(") <= WIDTH:  # what is behind is broken first
        before, given, behind = head, opened(f"called{behind}")[1], ""
    inner = f"{indent}    {', '.join(given)}"
    if len(inner) <= WIDTH:
        return f"{indent}{before}(\n{inner}\n{indent}){behind}"
    comma = "" if len(given) == 1 and given[0][-1:] in ("]", ")") else ","
    broken = [broken_value(f"{indent}    ", each, comma) for each in given]
    return "\n".join([f"{indent}{before}(", *broken, f"{indent}){behind}"])


def broken_value(indent: str, value: str, comma: str) -> str:
    """A value on a line; a list that is too long for one with each member on its own, and a call as any is broken."""
    opening, members = opened(value)
    if not members or len(indent) + len(value) < WIDTH:
        return f"{indent}{value}{comma}"
    if opening[-1] == "(":
        return call_lines(indent, opening[:-1], members, comma)
    inner = [broken_value(f"{indent}    ", each, ",") for each in members]
    return "\n".join([f"{indent}{opening}", *inner, f"{indent}]{comma}"])


def opened(value: str) -> tuple[str, list[str]]:
    """What stands before the members of a list, or the arguments of a call, up to the bracket; and these.

    Nothing where a value is neither. No string in code that is written here has a bracket without its other.
    """
    head = re.match(r"(\w+=)?(\[|[\w.]+\()", value)
    if not head or value[-1] not in "])":
        return value, []
    members, depth = [""], 0
    for part in re.split(r"(, |[][()])", value[head.end() : -1]):
        depth += (part in ("[", "(")) - (part in ("]", ")"))
        if part == ", " and not depth:
            members.append("")
        else:
            members[-1] += part
    return head[0], members


def comment_lines(indent: str, comment: str) -> list[str]:
    """A comment in lines that are no wider than others; a name in it may have any characters."""
    seen = "".join(each if each.isprintable() else " " for each in comment)
    return [f"{indent}# {line}" for line in textwrap.wrap(seen, WIDTH - len(indent) - 2)]


def subscript(item: Item) -> str | None:
    """What stands behind a tensor of which an item chooses along an axis, as people write it; None of other items."""
    given = item.arguments
    if item.head == "select":
        axis, chosen = given["dim"], text(given["index"])
    elif item.head == "narrow" and all(isinstance(given[name], int) for name in ("start", "length")):
        axis, chosen = given["dim"], f"{given['start'] or ''}:{given['start'] + given['length']}"
    elif item.head in ("index_select", "ops.take"):
        axis = given["dim" if item.head == "index_select" else "axis"]
        indices = given["index" if item.head == "index_select" else "indices"]
        chosen = text(indices) if isinstance(indices, int) else stretch(indices)
        if not chosen and item.head == "index_select":
            chosen = str(list(indices))  # Keras's tensors take no list
    elif item.head == "ops.slice":
        sizes = given["shape"]
        axis = next((number for number, size in enumerate(sizes) if size != -1), 0)
        if sum(size != -1 for size in sizes) != 1:
            return None
        start = given["start_indices"][axis]
        chosen = f"{start or ''}:{start + sizes[axis]}"
    else:
        return None
    return f"[{', '.join([*[':'] * axis, chosen])}]" if chosen and isinstance(axis, int) and axis >= 0 else None


def stretch(indices: Any) -> str:
    """Indices as a slice; nothing where they are no regular ones."""
    steps = {after - before for before, after in pairwise(indices)} if isinstance(indices, tuple | list) else set()
    if len(steps) != 1 or min(steps) < 1:
        return ""
    return f"{indices[0] or ''}:{indices[-1] + 1}{'' if steps == {1} else f':{min(steps)}'}"
