"""Plans as JSON: ``Plan.to_dict()``, of several files as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.reports.plans.columns import sorted_lines
from cnnshape.reports.plans.lines import Line
from cnnshape.reports.plans.view import View


def to_dict(plan: Plan, view: View = View()) -> dict[str, Any]:  # noqa: B008  # immutable
    """The plan; with chosen columns its layers have only those keys. Blocks are never closed."""
    document = plan.to_dict()
    rows = plan.layers
    if view.sort or view.top is not None:
        ordered = sorted_lines([Line(row.name, (row,)) for row in rows], view.sort or "params")
        rows = tuple(line.last for line in ordered[: view.top])
        document["layers"] = [row.to_dict() for row in rows]
    if view.columns:
        keys = [column.key for column in view.columns]
        document["layers"] = [{key: layer[key] for key in keys} for layer in document["layers"]]
    if view.count_like and not plan.errors:
        from cnnshape.studies.counting import count_like  # only where asked for

        document["count_like"] = count_like(plan, view.count_like).to_dict()
    return document


def documents(plans: Sequence[Plan], view: View = View()) -> Any:  # noqa: B008
    """One plan as an object, several as a list."""
    found = [to_dict(plan, view) for plan in plans]
    return found[0] if len(found) == 1 else found
