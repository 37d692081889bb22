"""Variants of one architecture as a table, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.reports.grid import Align, Style, render
from cnnshape.reports.units import UNKNOWN, binary_bytes, by_x, thousands
from cnnshape.studies.scale import Budget, Variant

COSTS = ("params", "MACs", "peak memory", "weights", "receptive field")


def table(variants: Sequence[Variant], front: Sequence[bool], budget: Budget, style: Style) -> str:
    """One row a variant; a star marks the Pareto front, a remark what is wrong or over the budget."""
    names = [name for name, _ in variants[0].variables]
    limited = any(limit is not None for limit in budget)
    remarked = limited or any(variant.error for variant in variants)
    titles = [*names, *COSTS, "front", *(["remarks"] if remarked else [])]
    right: Align = "right"
    left: Align = "left"
    aligns = [*[right] * (len(names) + len(COSTS)), *[left] * (1 + remarked)]
    rows = [
        [
            *(written(value) for _, value in variant.variables),
            *costs(variant),
            "*" if best else "",
            *([remark(variant, budget)] if remarked else []),
        ]
        for variant, best in zip(variants, front, strict=True)
    ]
    over = frozenset(index for index, variant in enumerate(variants) if not budget.allows(variant))
    return render(titles, rows, aligns, style, marked=over)


def written(value: float) -> str:
    """A value of a variable."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def costs(variant: Variant) -> list[str]:
    """The cells of the costs."""
    if variant.error is not None:
        return ["-"] * len(COSTS)
    return [
        thousands(variant.params),
        thousands(variant.macs),
        binary_bytes(variant.memory),
        binary_bytes(variant.weights),
        UNKNOWN if variant.receptive_field is None else by_x(variant.receptive_field),
    ]


def remark(variant: Variant, budget: Budget) -> str:
    """The error, or what is over the budget and by how much."""
    if variant.error is not None:
        return variant.error
    titles = {name: name for name in budget._fields} | {"macs": "MACs", "memory": "peak memory"}
    over = []
    for key, most in zip(budget._fields, budget, strict=True):
        actual = getattr(variant, key)
        if most is not None and actual is not None and actual > most:
            excess = actual - most
            by = binary_bytes(excess) if key in ("memory", "weights", "training") else thousands(excess)
            over.append(f"{titles[key]} {by} too much")
    return ", ".join(over) or "fits"


def documents(variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> list[dict[str, Any]]:
    """The variants as JSON states them."""
    return [
        {**variant.to_dict(), "pareto": best, "fits": budget.allows(variant)}
        for variant, best in zip(variants, front, strict=True)
    ]


def csv(variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> str:
    """The variants as CSV with exact numbers; unknown ones are empty."""
    import csv as writer  # only where CSV is asked for
    import io

    text = io.StringIO()
    lines = writer.writer(text, lineterminator="\n")
    names = [name for name, _ in variants[0].variables]
    keys = (
        "params",
        "macs",
        "peak_activation_bytes",
        "weight_bytes",
        "peak_training_bytes",
        "receptive_field",
        "error",
        "pareto",
        "fits",
    )
    lines.writerow([*names, *keys])
    for document in documents(variants, front, budget):
        field = document["receptive_field"]
        cells = {**document, "receptive_field": field and by_x(field)}
        values = [document["variables"][name] for name in names]
        lines.writerow([*values, *(cell(cells[key]) for key in keys)])
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as CSV has it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
