"""A difference as a page: the graph of both plans with what happened to each layer, the table of it, the totals."""

from __future__ import annotations

from cnnshape.reports.diffs.wording import headline, total_texts
from cnnshape.reports.graphs.changes import changes_of
from cnnshape.reports.graphs.graph import folded, walked
from cnnshape.reports.page.document import document
from cnnshape.reports.page.plan import parts_and_edges
from cnnshape.reports.plans.columns import COLUMNS
from cnnshape.studies.diff import Difference

WIDE = "What differs"


def render(difference: Difference, *, color: bool = False) -> str:
    """The page; blocks in which something changed are open at first."""
    changes = changes_of(difference)
    graph = changes.graph
    keys = {part.key: number for number, part in enumerate(graph.walk())}
    drawn = parts_and_edges(graph, keys)
    cells: dict[int, list[str]] = {}
    for number, part in enumerate(graph.walk()):
        if part.line is None:
            continue
        statuses = [changes.status[each.key] for each in walked((part,)) if each.key in changes.status]
        told = [f"{statuses.count(each)} {each}" for each in dict.fromkeys(statuses) if each != "same"]
        if part.kind == "layer":
            told = [changes.told[part.key]]
            drawn["parts"][number]["mark"] = statuses[0]
        cells[number] = [
            ", ".join(statuses[:1] if part.kind == "layer" else []),
            COLUMNS["type"].text(part.line),
            ", ".join(told),
        ]
    return document(
        f"{difference.plan.name}: what changed",
        {
            "kind": "diff",
            "name": difference.plan.name,
            "about": headline(difference),
            "tiles": [[key, new, f"{delta} of {old}"] for key, old, new, delta in total_texts(difference)],
            **drawn,
            "columns": [
                {"title": title, "right": False, "count": False, "wide": title == WIDE}
                for title in ("Status", "Type", WIDE)
            ],
            "cells": cells,
            "counts": {number: [None] * 3 for number in cells},
            "open": [keys[part.key] for part in folded(graph, 0, changes.changed).walk() if part.parts],
        },
    )
