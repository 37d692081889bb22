"""``check --write-expect``: today's numbers written into a file as its promises, by position.

Exact promises get today's number; of bounds (``<= 26M``) only those that are broken change. A file without `expect:`
gets one with output, parameters and MACs. Comments and layout stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cnnshape.architecture.document import parse_document
from cnnshape.architecture.nodes import Mapping, Node, Scalar, Sequence, to_data
from cnnshape.checks.edits import BOM, edited
from cnnshape.diagnostics import Edit, Fault, Position, Source, Span
from cnnshape.planning.expectations import PER_AXIS, parse_bound
from cnnshape.planning.plan import Plan, Row

RECORDED = ("output", "params", "macs")
"""What a new `expect:` promises."""

SIGNS = ("<=", ">=", "<", ">")


def write_promises(text: str, plan: Plan) -> str:
    """The text of a file with the numbers of its plan as promises.

    Raises:
        DocumentError: the text is not a document; a plan without errors has none of these.
    """
    source = Source(plan.filename, text.removeprefix(BOM))
    root = parse_document(source)
    if not isinstance(root, Mapping):
        return text
    promises = root.get("expect")
    if isinstance(promises, Mapping) and promises.pairs:
        return edited(text, list(updates(promises, plan)))
    if promises is not None and to_data(promises) not in (None, {}):
        return text  # no promises, but not nothing either: the check says what it has to be
    return edited(text, [addition(root, promises, source, plan)])


def updates(promises: Mapping, plan: Plan) -> Iterator[Edit]:
    """The edits that bring existing promises up to date."""
    rows = {row.name: row for row in plan.layers}
    for key, node in promises.pairs:
        if key.text != "layers":
            yield from update(key.text, node, plan, None)
        elif isinstance(node, Mapping):
            for name, inner in node.pairs:
                row = rows.get(name.text)
                if row is not None and isinstance(inner, Mapping):
                    for each, value in inner.pairs:
                        yield from update(each.text, value, plan, row)


def update(key: str, node: Node, plan: Plan, row: Row | None) -> Iterator[Edit]:
    """The edits of one promise; none where it is kept already, or where today's number is unknown."""
    today = number(key, plan, row)
    if key == "output":
        if isinstance(today, list) and not is_shape(to_data(node), today):
            yield Edit(node.span, json.dumps(today))
    elif isinstance(today, list):
        items = node.items if isinstance(node, Sequence) else (node,)
        values = today if isinstance(node, Sequence) else [bounding(node, today)]
        for item, value in zip(items, values, strict=False):
            yield from update_bound(item, value)
    elif isinstance(today, int):
        yield from update_bound(node, today)


def update_bound(node: Node, today: int | None) -> Iterator[Edit]:
    """The edits of one bound."""
    try:
        bound = parse_bound(to_data(node))
    except Fault:
        return
    if today is None or not bound.excess(today):
        return
    if isinstance(node, Mapping):
        broken = "max" if bound.excess(today) > 0 else "min"
        value = node.get(broken)
        if value is not None:
            yield Edit(value.span, str(today))
    elif isinstance(node, Scalar):
        sign = next((sign for sign in SIGNS if node.text.lstrip().startswith(sign)), "")
        if sign in ("<", ">"):
            today += 1 if sign == "<" else -1
        quote = "" if node.plain else '"'
        yield Edit(node.span, f"{quote}{sign}{' ' * bool(sign)}{today}{quote}")


def bounding(node: Node, values: list[int]) -> int:
    """The value that decides whether one promise for several axes is kept."""
    return min(values) if isinstance(node, Scalar) and node.text.lstrip().startswith(">") else max(values)


def is_shape(written: Any, today: list[int | None]) -> bool:
    """Whether a promised shape says today's, also as ``2x4x5`` or with the batch."""
    if isinstance(written, str):
        return written.split("x") == [str(size) for size in today]
    return isinstance(written, list) and (written == today or written[1:] == today)


def number(key: str, plan: Plan, row: Row | None) -> Any:
    """Today's number (a list of them for shapes and axes), None where it is unknown."""
    if key == "output":
        shape = row.output_shape if row else next(iter(plan.outputs.values()), None)
        return None if shape is None else list(shape[1:])
    if key in PER_AXIS:
        field = row.receptive_field if row else plan.receptive_field
        if field is None or field.is_global:
            return None
        values = field.size if key == "receptive_field" else field.jump
        return list(values) if all(isinstance(value, int) for value in values) else None
    if row is not None:
        return getattr(row, key, None)
    return getattr(plan.totals, key, None) if plan.totals else None


def addition(root: Mapping, empty: Node | None, source: Source, plan: Plan) -> Edit:
    """The edit that adds `expect:` at the end of a file, or fills an empty one, in the file's own style."""
    lines = {key: json.dumps(value) for key in RECORDED if (value := number(key, plan, None)) is not None}
    if source.line(root.span.start.row)[root.span.start.column - 1 :].startswith("{"):
        end = root.pairs[-1][1].span.end
        body = ", ".join(f'"{key}": {value}' for key, value in lines.items())
        if empty is not None:
            return Edit(empty.span, f"{{{body}}}")
        return Edit(Span(end, end), f', "expect": {{{body}}}')
    margin = " " * (root.pairs[0][0].span.start.column - 1)
    newline = "\r\n" if "\r\n" in source.text else "\n"
    body = "".join(f"{margin}  {key}: {value}{newline}" for key, value in lines.items())
    if isinstance(empty, Mapping):
        return Edit(empty.span, newline + body.removesuffix(newline))
    if empty is not None:
        place = Position(empty.span.start.row, len(source.line(empty.span.start.row)) + 1)
        return Edit(Span(place, place), newline + body.removesuffix(newline))
    rows = [row for row, line in enumerate(source.lines, 1) if line == "..." or line.startswith("... ")]
    if rows:
        place = Position(rows[0], 1)
        return Edit(Span(place, place), f"{margin}expect:{newline}{body}")
    place = Position(len(source.lines), len(source.lines[-1]) + 1)
    before = newline if source.lines[-1] else ""
    return Edit(Span(place, place), f"{before}{margin}expect:{newline}{body}")
