"""Variants of one architecture as a table, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.network.plan import plain
from cnnshape.reports.grid import Style, align_all, render
from cnnshape.reports.search import cell, csv_line, listed_as_tuple, title, written
from cnnshape.studies.scale import FIGURES, Budget
from cnnshape.studies.search import Variant

SHOWN = ("params", "macs", "peak_activation_bytes", "weight_bytes", "receptive_field")
COSTS = tuple(map(title, SHOWN))
STATED = (*SHOWN[:4], "peak_training_bytes", "receptive_field")
"""What JSON and CSV state of a variant."""


def table(variants: Sequence[Variant], front: Sequence[bool], budget: Budget, style: Style) -> str:
    """One row a variant; a star marks the Pareto front, a remark what is wrong or over the budget."""
    names = [*variants[0].variables]
    limited = any(limit is not None for limit in budget)
    remarked = limited or any(variant.error for variant in variants)
    titles = [*names, *COSTS, "front", *(["remarks"] if remarked else [])]
    aligns = align_all("r" * (len(names) + len(COSTS)) + "l" * (1 + remarked))
    rows = [
        [
            *map(value_text, variant.variables.values()),
            *costs(variant),
            "*" if best else "",
            *([remark(variant, budget)] if remarked else []),
        ]
        for variant, best in zip(variants, front, strict=True)
    ]
    over = frozenset(index for index, variant in enumerate(variants) if not budget.allows(variant))
    return render(titles, rows, aligns, style, marked=over)


def value_text(value: float) -> str:
    """A value of a variable."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def costs(variant: Variant) -> list[str]:
    """The cells of the costs."""
    if variant.error is not None:
        return ["-"] * len(COSTS)
    return [written(key, variant.figures[key]) for key in SHOWN]


def remark(variant: Variant, budget: Budget) -> str:
    """The error, or what is over the budget and by how much."""
    if variant.error is not None:
        return variant.error
    titles = {"macs": "MACs", "memory": "peak memory"}
    over = [
        f"{titles.get(name, name)} {written(FIGURES[name], actual - most)} too much"
        for name, actual, most in budget.limits(variant)
        if actual is not None and actual > most
    ]
    return ", ".join(over) or "fits"


def documents(variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> list[dict[str, Any]]:
    """The variants as JSON states them."""
    return [
        {
            "variables": variant.variables,
            **{key: plain(variant.figures.get(key)) for key in STATED},
            "error": variant.error,
            "pareto": best,
            "fits": budget.allows(variant),
        }
        for variant, best in zip(variants, front, strict=True)
    ]


def csv(variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> str:
    """The variants as CSV with exact numbers; unknown ones are empty."""
    made = documents(variants, front, budget)
    keys = [key for key in made[0] if key != "variables"]
    rows = ([*each["variables"].values(), *(cell(listed_as_tuple(each[key])) for key in keys)] for each in made)
    return "".join(map(csv_line, ([*made[0]["variables"], *keys], *rows)))
