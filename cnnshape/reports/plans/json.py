"""Plans as JSON: what ``Plan.to_dict()`` says, of several files as a list; the layers one a line, as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.reports.indented import Lines
from cnnshape.reports.plans.lines import Line
from cnnshape.reports.plans.view import View


def document(plan: Plan, view: View = View()) -> dict[str, Any]:  # noqa: B008  # immutable
    """The plan; with chosen columns its layers have only those keys. Blocks are never closed."""
    lines = view.ordered([Line(row.name, (row,)) for row in plan.layers])
    layers: Iterator[dict[str, Any]] = (line.last.stated() for line in lines)
    if view.columns:
        keys = [column.key for column in view.columns]
        layers = ({key: layer[key] for key in keys} for layer in layers)
    document = plan.stated(Lines(layers))
    if view.count_like and not plan.errors:
        from cnnshape.studies.counting import count_like  # only where asked for

        document["count_like"] = count_like(plan, view.count_like).to_dict()
    return document


def documents(plans: Sequence[Plan], view: View = View()) -> Any:  # noqa: B008
    """One plan as an object, several as a list."""
    found = [document(plan, view) for plan in plans]
    return found[0] if len(found) == 1 else found
