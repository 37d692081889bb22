"""A plan as a Markdown table, as GitHub and GitLab read it."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.network.plan import Plan
from cnnshape.reports.markdown import escaped
from cnnshape.reports.plans.view import View, body, footer, heading


def render(plan: Plan, view: View = View()) -> str:  # noqa: B008  # immutable
    """The heading, the table and the totals."""
    shown = body(plan, view)
    titles = [column.title for column in shown.columns]
    rules = ["---:" if column.align == "right" else "---" for column in shown.columns]
    table = [row(titles), row(rules), *(row([escaped(text) for text in cells]) for cells in shown.cells(view.exact))]
    name, _, rest = heading(plan).partition(": ")
    parts = [f"### {escaped(name)}\n\n{escaped(rest)}", "\n".join(table)]
    totals = footer(plan, view)
    if totals:
        parts.append("\n".join(f"- **{label.strip()}**: {escaped(value)}" for label, value in totals))
    return "\n\n".join(parts)


def row(cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"
