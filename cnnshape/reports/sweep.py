"""Variants of one architecture as a table, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.reports.grid import Style, align_all, render
from cnnshape.reports.search import cell, csv_line, listed_as_tuple
from cnnshape.reports.units import UNKNOWN, binary_bytes, by_x, thousands
from cnnshape.studies.scale import Budget, Variant

COSTS = ("params", "MACs", "peak memory", "weights", "receptive field")


def table(variants: Sequence[Variant], front: Sequence[bool], budget: Budget, style: Style) -> str:
    """One row a variant; a star marks the Pareto front, a remark what is wrong or over the budget."""
    names = [name for name, _ in variants[0].variables]
    limited = any(limit is not None for limit in budget)
    remarked = limited or any(variant.error for variant in variants)
    titles = [*names, *COSTS, "front", *(["remarks"] if remarked else [])]
    aligns = align_all("r" * (len(names) + len(COSTS)) + "l" * (1 + remarked))
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
    made = documents(variants, front, budget)
    keys = [key for key in made[0] if key != "variables"]
    rows = ([*each["variables"].values(), *(cell(listed_as_tuple(each[key])) for key in keys)] for each in made)
    return "".join(map(csv_line, ([*made[0]["variables"], *keys], *rows)))
