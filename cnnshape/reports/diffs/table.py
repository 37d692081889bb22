"""A difference as text: a line a row that is not the same, then the totals."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.diffs.wording import MARKS, headline, told, total_texts, unchanged, value_text, worth_telling
from cnnshape.studies.diff import Difference

COLORS = {"added": "32", "removed": "31", "changed": "33", "affected": "2"}


def render(difference: Difference, *, color: bool = False) -> str:
    """The whole text."""
    lines = [headline(difference)]
    for key, (before, after) in difference.head.items():
        lines.append(f"  {key}: {flat(value_text(key, before))} → {flat(value_text(key, after))}")
    shown = worth_telling(difference)
    if shown:
        lines.append("")
    wide = max((len(flat(change.row.name)) for change in shown), default=0)
    kind = max((len(flat(change.row.type)) for change in shown), default=0)
    for change in shown:
        line = (
            f"{MARKS[change.status]} {flat(change.row.name):<{wide}}  {flat(change.row.type):<{kind}}  "
            f"{flat(told(change))}"
        ).rstrip()
        lines.append(f"\x1b[{COLORS[change.status]}m{line}\x1b[0m" if color else line)
    if difference.totals:
        lines += ["", *totals(difference)]
    return "\n".join(lines) + "\n"


def render_folders(pairs: Mapping[str, Difference], *, color: bool = False) -> str:
    """A heading and a text for every file that differs."""
    parts = [f"{flat(name)}: {render(each, color=color)}" for name, each in pairs.items() if not each.identical]
    return "\n".join([*parts, f"{unchanged(pairs.values())}\n"])


def totals(difference: Difference) -> list[str]:
    """The totals that changed, numbers under each other."""
    rows = [("", "old", "new", "change"), *total_texts(difference)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"{name:<{widths[0]}}  {old:>{widths[1]}}  {new:>{widths[2]}}  {delta:>{widths[3]}}".rstrip()
        for name, old, new, delta in rows
    ]
