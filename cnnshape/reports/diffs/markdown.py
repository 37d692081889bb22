"""A difference as Markdown for a pull request: totals first, a graph of what changed, long lists folded."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.diffs.wording import headline, told, total_texts, unchanged, value_text, worth_telling
from cnnshape.reports.graphs.changes import mermaid
from cnnshape.reports.markdown import escaped
from cnnshape.reports.plans.markdown import row
from cnnshape.studies.diff import Difference, Status

MOST_OPEN = 20
"""Longer lists of layers are folded."""

TOO_MUCH = "Too much changed to draw it here; `cnnshape diff --format html` draws all of it."

TITLES: dict[Status, str] = {"added": "Added", "removed": "Removed", "changed": "Changed", "affected": "Affected"}


def render(difference: Difference, *, color: bool = False) -> str:
    """The whole comment."""
    parts = [f"**{escaped(difference.plan.name)}**: {headline(difference)}"]
    if difference.head:
        parts.append(
            "\n".join(
                f"- {key}: {escaped(value_text(key, before))} → {escaped(value_text(key, after))}"
                for key, (before, after) in difference.head.items()
            )
        )
    if difference.totals:
        parts.append("\n".join(totals(difference)))
    drawn = mermaid(difference)
    if drawn:
        parts.append(f"```mermaid\n{drawn}\n```")
    elif any(change.status in ("added", "removed", "changed") for change in difference.layers):
        parts.append(TOO_MUCH)
    for status, title in TITLES.items():
        rows = [
            f"| `{code(change.row.name)}` | {escaped(change.row.type)} | {escaped(told(change))} |"
            for change in worth_telling(difference)
            if change.status == status
        ]
        if rows:
            table = "\n".join(["| layer | type | |", "|---|---|---|", *rows])
            folded = status == "affected" or len(rows) > MOST_OPEN
            heading = f"{title} ({len(rows)})"
            parts.append(
                f"<details><summary>{heading}</summary>\n\n{table}\n\n</details>"
                if folded
                else f"#### {heading}\n\n{table}"
            )
    return "\n\n".join(parts) + "\n"


def render_folders(pairs: Mapping[str, Difference], *, color: bool = False) -> str:
    """A heading and a comment for every file that differs."""
    parts = [f"### `{code(name)}`\n\n{render(each)}" for name, each in pairs.items() if not each.identical]
    return "\n".join([*parts, f"{unchanged(pairs.values())}\n"])


def totals(difference: Difference) -> list[str]:
    """The totals that changed, as a table."""
    return ["| total | old | new | change |", "|---|---:|---:|---:|", *map(row, total_texts(difference))]


def code(text: str) -> str:
    """Text of a file inside a code span, where backslashes do not count."""
    return flat(text).replace("`", "'").replace("|", "\\|")
