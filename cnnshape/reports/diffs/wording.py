"""The words that the formats of a difference share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnshape.arithmetic.sizes import show
from cnnshape.studies.diff import Change, Difference, LayerChange, Status

MARKS: dict[Status, str] = {"added": "+", "removed": "-", "changed": "~", "affected": "·", "same": " "}
TOLD = ("name", "type", "arguments", "inputs", "trainable", "shared_with", "live", "output_shapes", "params", "macs")
"""What is told of a changed row; the JSON has everything."""


def value_text(key: str, value: Any) -> str:
    """A value as people read it."""
    if key == "output_shapes":
        return " ".join(show(shape[1:]) for shape in value) or "-"
    if key in ("inputs", "outputs") and isinstance(value, dict):
        return ", ".join(f"{name} {show(shape[1:])}" if shape else f"{name} ?" for name, shape in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return f"[{', '.join(value_text('', each) for each in value)}]"
    return "unknown" if value is None else str(value)


def change_texts(change: LayerChange) -> list[str]:
    """What differs in a pair of rows, a piece a key (and a piece an argument)."""
    texts = []
    for key in TOLD:
        if key not in change.changes:
            continue
        before, after = change.changes[key]
        if key == "arguments":  # one that is not stated has its default
            texts += [
                f"{name} {value_text('', before.get(name, 'default'))} → {value_text('', after.get(name, 'default'))}"
                for name in dict.fromkeys((*before, *after))
                if before.get(name) != after.get(name)
            ]
        else:
            label = "output" if key == "output_shapes" else key
            texts.append(f"{label} {value_text(key, before)} → {value_text(key, after)}")
    return texts


def told(change: LayerChange) -> str:
    """What differs in a pair of rows, or what a row gives and costs that was added or removed."""
    if change.old and change.new:
        return "; ".join(change_texts(change))
    shapes, params, macs = (value_text(key, getattr(change.row, key)) for key in ("output_shapes", "params", "macs"))
    return f"output {shapes}; params {params}; macs {macs}"


def total_texts(difference: Difference) -> list[tuple[str, str, str, str]]:
    """The totals that changed: the key, the number before and after, and the change."""
    return [
        (key, value_text(key, change[0]), value_text(key, change[1]), delta_text(change))
        for key, change in difference.totals.items()
    ]


def delta_text(change: Change) -> str:
    """``+1,024 (+2.5 %)``; unknown where one of the numbers is."""
    before, after = change
    if before is None or after is None:
        return "unknown"
    percent = f" ({(after - before) / before:+.1%})" if before else ""
    return f"{after - before:+,}{percent}"


def worth_telling(difference: Difference) -> list[LayerChange]:
    """The rows to show: not those that are the same, nor those that differ only in what they see or pad."""
    return [
        change
        for change in difference.layers
        if change.status in ("added", "removed", "changed") or (change.status == "affected" and change_texts(change))
    ]


def headline(difference: Difference) -> str:
    """``layers: 2 added, 1 removed, 3 changed, 14 affected, 57 the same``; ``a new network; layers: 5 added``."""
    if difference.identical:
        return f"no difference in {len(difference.layers)} layers"
    counts = [f"{count} {'the ' * (each == 'same')}{each}" for each in MARKS if (count := difference.count(each))]
    whole = "a new network; " if not difference.old else "a removed network; " if not difference.new else ""
    return f"{whole}layers: {', '.join(counts) or 'none'}"


def unchanged(differences: Iterable[Difference]) -> str:
    """``3 of 5 files differ``."""
    every = [*differences]
    return f"{sum(not each.identical for each in every)} of {len(every)} file{'s' * (len(every) != 1)} differ"
