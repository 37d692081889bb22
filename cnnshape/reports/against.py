"""A plan beside what the other framework would give for every layer: shape, padding and parameters side by side."""

from __future__ import annotations

from typing import Any

from cnnshape.network.plan import Plan, Row
from cnnshape.reports.diagnostics.text import no_workflow_command, paint, visible
from cnnshape.reports.grid import Style, align_all, natural_width
from cnnshape.reports.grid import render as render_grid
from cnnshape.reports.layer import pads_text
from cnnshape.reports.plans.columns import FAILED
from cnnshape.reports.plans.salient import salient
from cnnshape.reports.units import by_x, grouped
from cnnshape.translation.answer import Counterpart
from cnnshape.translation.conversion import counterpart_of
from cnnshape.vocabularies.vocabulary import title

MARKS = {"same": "", "other values": "values differ", "other shape": "SHAPE DIFFERS", "none": "no such layer"}


KEYS = ("name", "type", "output_shape", "params", "padding")
"""What JSON states of a row."""

Pair = tuple[Row, Counterpart | None]
"""A row and its counterpart; None where nothing is known of it."""


def pairs(plan: Plan) -> list[Pair]:
    """Every row with its counterpart."""
    return [(row, counterpart_of(plan, row)) for row in plan.layers]


def to_dict(plan: Plan) -> dict[str, Any]:
    """The comparison as JSON states it."""
    told = [(row.to_dict(), other and other.to_dict()) for row, other in pairs(plan)]
    layers = [{**{key: row[key] for key in KEYS}, "counterpart": other} for row, other in told]
    return {"name": plan.name, "framework": plan.framework, "layers": layers}


ALIGNS = align_all("llllrlllrl")
NARROWER = ((3, 7), (1,), (4,))
"""Columns that a narrow terminal goes without, in this order: padding, our own layer, our own parameters."""


def render(plan: Plan, style: Style = Style(), *, width: int | None = None) -> str:  # noqa: B008  # immutable
    """The comparison as a table, and below it why something differs.

    Args:
        width: the columns of the terminal, or None where nothing may be left out.
    """
    compared = pairs(plan)
    ours, theirs = title(plan.framework), title("pytorch" if plan.framework == "keras" else "keras")
    titles = ["Layer", ours, "Output", "Padding", "Params", theirs, "Output", "Padding", "Params", ""]
    table = [titles, *(cells(pair) for pair in compared)]
    kept = columns_that_fit(table, width)
    differing = frozenset(
        number for number, (_, other) in enumerate(compared) if other and other.verdict == "other shape"
    )
    heading, *rows = [[row[at] for at in kept] for row in table]
    parts = [
        paint(visible(f"{plan.name}: {ours} against {theirs}"), "bold", style.color),
        render_grid(heading, rows, [ALIGNS[at] for at in kept], style, marked=differing),
    ]
    notes = reasons(compared)
    if notes:
        parts.append("\n".join(notes))
    return no_workflow_command("\n\n".join(parts))


def columns_that_fit(table: list[list[str]], width: int | None) -> list[int]:
    """The numbers of the columns for a terminal of this width; empty ones are left out anywhere."""
    kept = [at for at in range(len(table[0])) if any(row[at] for row in table[1:])]
    for unwanted in NARROWER:
        heading, *rows = [[row[at] for at in kept] for row in table]
        if width is None or natural_width(heading, rows) <= width:
            break
        kept = [at for at in kept if at not in unwanted]
    return kept


def cells(pair: Pair) -> list[str]:
    """One line of the table."""
    row, other = pair
    if row.failed:
        ours = [row.name, salient(row), FAILED, "", FAILED]
    else:
        ours = [row.name, salient(row), by_x(row.output_shape or ()), pads_text(row.padding), grouped(row.params)]
    if other is None:
        return [*ours, "", "", "", "", ""]
    if other.output_shape is None:
        return [*ours, other.layer, "", "", "", MARKS[other.verdict]]
    theirs = [other.layer, by_x(other.output_shape), pads_text(other.padding), grouped(other.params)]
    return [*ours, *theirs, MARKS[other.verdict]]


def reasons(compared: list[Pair]) -> list[str]:
    """Why layers differ: each reason once, with the layers that it is about."""
    about: dict[str, list[str]] = {}
    for row, other in compared:
        if other and other.note and other.verdict != "same":
            about.setdefault(other.note, []).append(row.name)
    more = {note: f" and {len(names) - 3} more" * (len(names) > 3) for note, names in about.items()}
    return [visible(f"{', '.join(names[:3])}{more[note]}: {note}") for note, names in about.items()]
