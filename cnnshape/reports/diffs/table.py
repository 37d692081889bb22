"""A difference as text: a line a row that is not the same, then the totals."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.network.plan import Row
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.diffs.wording import (
    MARKS,
    change_texts,
    delta_text,
    headline,
    unchanged,
    value_text,
    worth_telling,
)
from cnnshape.studies.diff import Difference

COLORS = {"added": "32", "removed": "31", "changed": "33", "affected": "2"}


def render(difference: Difference, *, color: bool = False) -> str:
    """The whole text."""
    lines = [headline(difference)]
    for key, (before, after) in difference.head.items():
        lines.append(f"  {key}: {flat(value_text(key, before))} → {flat(value_text(key, after))}")
    told = worth_telling(difference)
    if told:
        lines.append("")
    wide = max((len(flat(change.row.name)) for change in told), default=0)
    kind = max((len(flat(change.row.type)) for change in told), default=0)
    for change in told:
        pieces = change_texts(change) if change.old and change.new else [alone(change.row)]
        line = (
            f"{MARKS[change.status]} {flat(change.row.name):<{wide}}  {flat(change.row.type):<{kind}}  "
            f"{flat('; '.join(pieces))}"
        ).rstrip()
        lines.append(f"\x1b[{COLORS[change.status]}m{line}\x1b[0m" if color else line)
    if difference.totals:
        lines += ["", *totals(difference)]
    return "\n".join(lines) + "\n"


def render_folders(pairs: Mapping[str, Difference], *, color: bool = False) -> str:
    """A heading and a text for every file that differs."""
    parts = [f"{flat(name)}: {render(each, color=color)}" for name, each in pairs.items() if not each.identical]
    return "\n".join([*parts, f"{unchanged(pairs.values())}\n"])


def alone(row: Row) -> str:
    """What is told of a row that was added or removed."""
    shapes = value_text("output_shapes", row.output_shapes)
    return f"output {shapes}; params {value_text('params', row.params)}; macs {value_text('macs', row.macs)}"


def totals(difference: Difference) -> list[str]:
    """The totals that changed, numbers under each other."""
    rows = [("", "old", "new", "change")]
    rows += [
        (key, value_text(key, change[0]), value_text(key, change[1]), delta_text(change))
        for key, change in difference.totals.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"{name:<{widths[0]}}  {old:>{widths[1]}}  {new:>{widths[2]}}  {delta:>{widths[3]}}".rstrip()
        for name, old, new, delta in rows
    ]
