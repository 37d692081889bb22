"""A plan as a table for people."""

from __future__ import annotations

from cnnshape.planning.plan import Plan
from cnnshape.reports.diagnostics.text import paint, visible
from cnnshape.reports.grid import GAP, Style, columns_of, widths_of
from cnnshape.reports.grid import render as render_grid
from cnnshape.reports.layer import aligned
from cnnshape.reports.plans.columns import Column
from cnnshape.reports.plans.view import Body, View, body, footer, heading

DROPPED_FIRST = ("leftover", "receptive_field", "output_bytes", "macs", "params")
"""What a narrow terminal goes without, in this order."""

SHORTEST_NAME = 16


def render(plan: Plan, view: View = View(), style: Style = Style(), *, width: int | None = None) -> str:  # noqa: B008
    """The heading, the table and the totals.

    Args:
        width: the columns of the terminal, or None where nothing may be left out.
    """
    shown = body(plan, view)
    cells = shown.cells(view.exact)
    columns, cells, hidden = fitted(shown, cells, width)
    failed = frozenset(number for number, line in enumerate(shown.lines) if line.failed)
    parts = [paint(visible(heading(plan)), "bold", style.color)]
    if cells:
        titles, aligns = [column.title for column in columns], [column.align for column in columns]
        parts.append(render_grid(titles, cells, aligns, style, marked=failed))
    notes = [note for note in (omitted(shown, view), left_out(hidden, width)) if note]
    if notes:
        parts.append("\n".join(notes))
    totals = footer(plan, view.exact)
    if totals:
        parts.append(aligned([(label, visible(value)) for label, value in totals]))
    return "\n\n".join(parts)


def omitted(shown: Body, view: View) -> str:
    """How many lines are not shown, and why."""
    if not shown.omitted:
        return ""
    if view.sort or view.top is not None:
        return f"{len(shown.lines)} of {len(shown.lines) + shown.omitted} layers; the totals are of all"
    return f"... {shown.omitted} more below the fault"


def left_out(hidden: list[Column], width: int | None) -> str:
    """Which columns the terminal has no room for."""
    if not hidden:
        return ""
    return f"{', '.join(column.key for column in hidden)}: not shown in {width} columns; see --columns"


def fitted(
    shown: Body, cells: list[list[str]], width: int | None
) -> tuple[tuple[Column, ...], list[list[str]], list[Column]]:
    """The columns and cells for a terminal of this width, and the columns it has no room for.

    First paths and types are shortened, then columns go.
    """
    columns = shown.columns
    hidden: list[Column] = []
    if width is None or natural_width(columns, cells) <= width:
        return columns, cells, hidden
    keys = [column.key for column in columns]
    if "type" in keys:
        at = keys.index("type")
        cells = [[*row[:at], row[at].split(" ")[0].rstrip(",:"), *row[at + 1 :]] for row in cells]
    for key in DROPPED_FIRST:
        if natural_width(columns, cells) <= width or key not in keys:
            continue
        at = [column.key for column in columns].index(key)
        hidden.insert(0, columns[at])
        columns = (*columns[:at], *columns[at + 1 :])
        cells = [[*row[:at], *row[at + 1 :]] for row in cells]
    excess = natural_width(columns, cells) - width
    if excess > 0 and columns and columns[0].key == "name":
        room = max(max((columns_of(row[0]) for row in cells), default=0) - excess, SHORTEST_NAME)
        cells = [[shortened(row[0], room), *row[1:]] for row in cells]
    return columns, cells, hidden


def natural_width(columns: tuple[Column, ...], cells: list[list[str]]) -> int:
    """The width that the table wants."""
    widths = widths_of([column.title for column in columns], [[visible(text) for text in row] for row in cells])
    return sum(widths) + len(GAP) * (len(widths) - 1)


def shortened(name: str, room: int) -> str:
    """The end of a path, which tells rows apart."""
    return name if len(name) <= room else f"..{name[-(room - 2) :]}"
