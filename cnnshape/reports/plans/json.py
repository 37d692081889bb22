"""Plans as JSON: what ``Plan.to_dict()`` says, of several files as a list; the layers one a line, as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from operator import attrgetter
from typing import Any

from cnnshape.network.plan import STATED, TOLD, Plan, Row
from cnnshape.reports.indented import Lines, Written, indented, on_one_line
from cnnshape.reports.plans.view import View
from cnnshape.value import remember

OWN = ("name", "inputs", "receptive_field", "line", "column", "used_at")
"""What each row states for itself, in the order of the document."""

COMMON_OF = attrgetter(*[key for key in STATED if key not in ("arguments", *OWN)])


def document(plan: Plan, view: View = View()) -> dict[str, Any]:  # noqa: B008  # immutable
    """The plan; with chosen columns its layers have only those keys. Blocks are never closed."""
    rows = view.rows(plan.layers)
    layers: Iterable[Any] = map(RowWriter(), rows)
    if view.columns:
        keys = [column.key for column in view.columns]
        layers = ({key: stated[key] for key in keys} for stated in map(Row.stated, rows))
    document = plan.stated(Lines(layers))
    if view.count_like and not plan.errors:
        from cnnshape.studies.counting import count_like  # only where asked for

        document["count_like"] = count_like(plan, view.count_like).to_dict()
    return document


def documents(plans: Sequence[Plan], view: View = View()) -> Any:  # noqa: B008
    """One plan as an object, several as a list."""
    found = [document(plan, view) for plan in plans]
    return found[0] if len(found) == 1 else found


class RowWriter:
    """Writes the rows of a plan: what they have in common but `OWN`, as nearly all do with some row above, once."""

    def __init__(self) -> None:
        self.forms: dict[Any, str] = {}
        self.texts: dict[Any, str] = {}

    def __call__(self, row: Row) -> Written:
        """The row as JSON."""
        common = id(row.arguments), COMMON_OF(row)  # those of a plan are there as long as its rows
        form = self.forms.get(common) or remember(self.forms, common, form_of(row))
        inputs = f"[{', '.join(map(indented, row.inputs))}]"
        field = self.texts.get(row.receptive_field) or self.written(row, "receptive_field")
        used_at = self.texts.get(row.used_at) or self.written(row, "used_at")
        return Written(form % (indented(row.name), inputs, field, indented(row.line), indented(row.column), used_at))

    def written(self, row: Row, key: str) -> str:
        """What a row states by a key."""
        return remember(self.texts, getattr(row, key), on_one_line(TOLD[key](row)))


def form_of(row: Row) -> str:
    """The row as JSON, with a place for each of `OWN`."""
    text = on_one_line({**row.stated(), **dict.fromkeys(OWN, nan)}).replace("%", "%%")
    for key in OWN:
        text = text.replace(f'"{key}": NaN', f'"{key}": %s', 1)  # no value of a row is NaN, nor has it such a text
    return text
