"""Inlay hints: what comes out of each line, at its end."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import show
from cnnshape.network.plan import Row
from cnnshape.reports.units import grouped
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json


def hints(document: Document, first: int, last: int) -> list[Json]:
    """The hints of the lines from `first` to `last`, both from 1."""
    return [
        {
            "position": document.places.position(document.places.line_end(line)),
            "label": label(uses),
            "paddingLeft": True,
            "tooltip": tooltip(uses),
        }
        for line, uses in sorted(lines(document).items())
        if first <= line <= last and any(uses)
    ]


def lines(document: Document) -> dict[int, list[list[Row]]]:
    """The rows of each line: those that its text makes, each by itself, else those of each use of its block."""
    own: dict[int, list[list[Row]]] = {}
    used: dict[int, dict[object, list[Row]]] = {}
    for plan, row in document.rows:
        if row.filename == document.path and row.line:
            own.setdefault(row.line, []).append([row])
        for depth, use in enumerate(row.used_at, 1):
            if use.filename == document.path:
                way = (id(plan), row.used_at[:depth], row.scopes[:depth])
                used.setdefault(use.span.start.row, {}).setdefault(way, []).append(row)
    return {line: list(ways.values()) for line, ways in used.items()} | own


def label(uses: list[list[Row]]) -> str:
    """``(1, 16, 32, 32) · 448 params``; of a line that is used several times the first and the last shape."""
    shapes = list(dict.fromkeys(show(shape) if (shape := rows[-1].output_shape) else "?" for rows in uses))
    parts = [shapes[0] if len(shapes) == 1 else f"{shapes[0]} … {shapes[-1]}"]
    if len(uses) > 1:
        parts.append(f"{len(uses)} ×")
    counts = [row.params for rows in uses for row in rows]
    if any(count != 0 for count in counts) and shapes != ["?"]:
        total = None if None in counts else sum(count or 0 for count in counts)
        parts.append(f"{grouped(total)} params")
    return " · ".join(parts)


def tooltip(uses: list[list[Row]]) -> str:
    """Every use by its name and shape, a line each, up to twenty."""
    shown = [(row, ", ".join(map(show, row.output_shapes)) or "?") for *_, row in uses[:20]]
    lines = [f"{row.name}: {shapes}, {grouped(row.params)} params" for row, shapes in shown]
    return "\n".join([*lines, f"and {len(uses) - 20} more"] if len(uses) > 20 else lines)
