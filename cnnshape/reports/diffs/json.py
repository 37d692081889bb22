"""A difference as JSON: every key that differs, by the names of the plan's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnshape.reports.json_text import json_text
from cnnshape.studies.diff import Change, Difference, LayerChange


def render(difference: Difference, *, color: bool = False) -> str:
    """The whole document; ASCII alone, so that no text of a file reaches a terminal as a command."""
    return json_text(to_dict(difference))


def render_folders(pairs: Mapping[str, Difference], *, color: bool = False) -> str:
    """A list of the documents of all files, also of those that are the same."""
    return json_text([to_dict(difference) for difference in pairs.values()])


def to_dict(difference: Difference) -> dict[str, Any]:
    """The difference as data."""
    return {
        "schema_version": 1,
        "old": difference.old.filename if difference.old else None,
        "new": difference.new.filename if difference.new else None,
        "identical": difference.identical,
        "head": {key: before_after(change) for key, change in difference.head.items()},
        "layers": [layer(change) for change in difference.layers if change.status != "same"],
        "totals": {key: {**before_after(change), "delta": delta(change)} for key, change in difference.totals.items()},
    }


def layer(change: LayerChange) -> dict[str, Any]:
    """One row."""
    return {
        "status": change.status,
        "name": change.row.name,
        "old_name": change.old.name if change.old else None,
        "type": change.row.type,
        "line": change.row.line,
        "params": change.row.params,
        "macs": change.row.macs,
        "changes": {key: before_after(each) for key, each in change.changes.items()},
    }


def before_after(change: Change) -> dict[str, Any]:
    """A value before and after."""
    return {"old": change[0], "new": change[1]}


def delta(change: Change) -> int | None:
    """New less old; None where one is unknown."""
    before, after = change
    return None if before is None or after is None else after - before
