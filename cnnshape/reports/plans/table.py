"""A plan as a table for people."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import no_workflow_command, paint, visible
from cnnshape.reports.folding import columns_of
from cnnshape.reports.grid import GAP, Style, natural_width
from cnnshape.reports.grid import render as render_grid
from cnnshape.reports.layer import aligned
from cnnshape.reports.plans.columns import Column
from cnnshape.reports.plans.view import Body, View, body, footer, heading

STEPS = (
    ("drop", "leftover"),
    ("drop", "receptive_field"),
    ("drop", "output_bytes"),
    ("type", "type"),
    ("path", "name"),
    ("drop", "macs"),
    ("drop", "type"),
)
"""What a narrow terminal goes without, in this order, until the table fits."""

SHORTEST_NAME = 16


def render(plan: Plan, view: View = View(), style: Style = Style(), *, width: int | None = None) -> str:  # noqa: B008
    """The heading, the table and the totals.

    Args:
        width: the columns of the terminal, or None where nothing may be left out.
    """
    shown = body(plan, view)
    cells = shown.cells(view.exact)
    columns, cells, hidden = fitted(shown, cells, width)
    parts = [paint(visible(heading(plan)), "bold", style.color)]
    if cells:
        titles, aligns = [column.title for column in columns], [column.align for column in columns]
        parts.append(render_grid(titles, cells, aligns, style, marked=shown.faulty))
    unseen = (
        f"{', '.join(column.key for column in hidden)}: not shown in {width} columns; see --columns" if hidden else ""
    )
    notes = [note for note in (omitted(shown, view), unseen) if note]
    if notes:
        parts.append("\n".join(notes))
    totals = footer(plan, view)
    if totals:
        parts.append(aligned(folded([(label, visible(value)) for label, value in totals], width)))
    return no_workflow_command("\n\n".join(parts))


def folded(pairs: list[tuple[str, str]], width: int | None) -> list[tuple[str, str]]:
    """Values that are too wide for the terminal on several lines, broken between words."""
    if width is None:
        return pairs
    from textwrap import wrap  # only a terminal has a width

    room = max(width - max(len(label) for label, _ in pairs) - len(GAP), SHORTEST_NAME)
    lines: list[tuple[str, str]] = []
    for label, value in pairs:
        first, *rest = wrap(value, room, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [(label, first), *(("", more) for more in rest)]
    return lines


def omitted(shown: Body, view: View) -> str:
    """How many lines are not shown, and why."""
    if not shown.omitted:
        return ""
    if view.is_ordered:
        return f"{len(shown.lines)} of {len(shown.lines) + shown.omitted} layers; the totals are of all"
    return f"... {shown.omitted} more below the fault"


def fitted(
    shown: Body, cells: list[list[str]], width: int | None
) -> tuple[tuple[Column, ...], list[list[str]], list[Column]]:
    """The columns and cells for a terminal of this width, and the columns it has no room for."""
    columns: tuple[Column, ...] = shown.columns
    hidden: list[Column] = []
    for step, key in STEPS:
        keys = [column.key for column in columns]
        if width is None or key not in keys:
            continue
        excess = natural_width([column.title for column in columns], cells) - width
        if excess <= 0:
            break
        at = keys.index(key)
        if step == "drop":
            hidden.append(columns[at])
            columns = (*columns[:at], *columns[at + 1 :])
            cells = [[*row[:at], *row[at + 1 :]] for row in cells]
        else:
            room = max(max((columns_of(row[at]) for row in cells), default=0) - excess, SHORTEST_NAME)
            cells = [[*row[:at], SHORTEN[step](row[at], room), *row[at + 1 :]] for row in cells]
    return columns, cells, hidden


SHORTEN: dict[str, Callable[[str, int], str]] = {
    "type": lambda text, room: text.split(" ")[0].rstrip(",:"),
    "path": lambda name, room: name if len(name) <= room else f"..{name[-(room - 2) :]}",
}
"""The class without its arguments; the end of a path, which tells rows apart."""
