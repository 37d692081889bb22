"""What is shown of the place under the mouse: an argument's meaning, and how the layer's numbers came about."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.diagnostics import Position
from cnnshape.network.plan import Plan, Row
from cnnshape.reports.explanations.layers import section
from cnnshape.reports.units import by_x
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json, contains
from cnnshape.server.words import argument_help, layer_help, spot_at
from cnnshape.studies.explain import explain_row


def hover(document: Document, place: Position) -> Json:
    """The Markdown for a place; None where nothing is known of it."""
    blocks = [*about_word(document, place), *about_rows(document, place)]
    return {"contents": {"kind": "markdown", "value": "\n\n".join(blocks)}} if blocks else None


def about_word(document: Document, place: Position) -> Iterator[str]:
    """What the word means, where it is an argument or the name of a layer without a row."""
    if document.is_python:
        return
    spot = spot_at(document, place)
    text = argument_help(document, spot.callee, spot.word) if spot.callee and spot.word != spot.callee else None
    if not text and not rows_at(document, place):
        text = layer_help(document.framework, spot.word)
    if text:
        yield text


def about_rows(document: Document, place: Position) -> Iterator[str]:
    """The first row of the place, explained, and how many more there are."""
    rows = rows_at(document, place)
    known = [(plan, row) for plan, row in rows if not row.failed]
    if not known:
        return
    plan, row = known[0]
    yield section(explain_row(plan, row))
    if field := row.receptive_field:
        seen = f"all of {field.of}" if field.is_global else f"{'' if field.exact else 'at least '}{by_x(field.size)}"
        yield f"Receptive field: {seen}"
    if len(rows) > 1:
        yield f"The first of {len(rows)} rows from this line."


def rows_at(document: Document, place: Position) -> list[tuple[Plan, Row]]:
    """The rows whose text is at a place; of nested ones the innermost; else those of the line."""
    own = [(plan, row) for plan, row in document.rows if row.filename == document.path and row.span]
    found = [(plan, row) for plan, row in own if contains(row.span, place)]
    spans = (row.span for _, row in found if row.span)
    inner = min(spans, key=lambda each: (each[1].row - each[0].row, each[1].column - each[0].column), default=None)
    if inner:
        return [(plan, row) for plan, row in found if row.span == inner]
    used = [
        (plan, row)
        for plan, row in document.rows
        if any(use.filename == document.path and contains(use.span, place) for use in row.used_at[-1:])
    ]
    return used or [(plan, row) for plan, row in own if row.line == place.row]
