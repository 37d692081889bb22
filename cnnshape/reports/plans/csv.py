"""Plans as CSV: one line a layer, exact numbers, the JSON's keys as headers."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import visible
from cnnshape.reports.plans.columns import DEFAULT_CSV, chosen
from cnnshape.reports.plans.view import View

AT_ONCE = 500
"""Lines that are written at a time."""


def render(plans: Sequence[Plan], view: View = View()) -> Iterator[str]:  # noqa: B008  # immutable
    """All layers of all plans; of several the first column names the file. Unknown numbers are empty."""
    columns = view.columns or chosen(DEFAULT_CSV)
    several = len(plans) > 1
    waiting = Waiting()
    writer = csv.writer(waiting, lineterminator="\n")
    writer.writerow([*(["filename"] if several else []), *(column.key for column in columns)])
    for plan in plans:
        for row in view.rows(plan.layers):
            cells = [cell(column.value(row)) for column in columns]
            writer.writerow([*([cell(plan.filename)] if several else []), *cells])
            if len(waiting) > AT_ONCE:
                yield waiting.taken()
    yield waiting.taken()


class Waiting(list[str]):
    """Lines that a writer has written, and nobody has taken yet."""

    write = list.append

    def taken(self) -> str:
        """All of them."""
        text = "".join(self)
        self.clear()
        return text


def cell(value: Any) -> Any:
    """A value for a spreadsheet or a terminal: text that the one would run, or the other obey, is made harmless."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = visible(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
