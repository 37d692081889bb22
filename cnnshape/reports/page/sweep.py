"""The page of a sweep: a table of its variants, and charts of what each costs."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.reports.page.document import chart, document
from cnnshape.reports.page.document import variant as part
from cnnshape.reports.sweep import COSTS, costs, remark, written
from cnnshape.reports.units import binary_bytes, thousands
from cnnshape.studies.scale import Budget, Variant

CHARTS = (("params", "Parameters", thousands), ("macs", "MACs", thousands), ("memory", "Peak memory", binary_bytes))
KEYS = ("params", "macs", "memory", "weights")
"""The costs that are counts, in the order of `COSTS`."""


def render(name: str, variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> str:
    """The page; the Pareto front stands out."""
    names = [", ".join(f"{key} = {written(value)}" for key, value in variant.variables) for variant in variants]
    marks = [
        "removed" if not budget.allows(variant) else "added" if best else "affected"
        for variant, best in zip(variants, front, strict=True)
    ]
    charts = []
    for key, title, text in CHARTS:
        values = [getattr(variant, key) for variant in variants]
        known = [value for value in values if value]
        if known:
            note, parts = f"{text(min(known))} to {text(max(known))}", [*range(len(variants))]
            charts.append(chart("bars", title, note, values, parts, bytes=text is binary_bytes))
    counts = len(KEYS)
    return document(
        f"{name}: variants",
        {
            "kind": "scale",
            "name": name,
            "about": f"{len(variants)} variants, {sum(front)} on the Pareto front",
            "heading": "Variants",
            "named": "Variant",
            "parts": [part(each, each, mark) for each, mark in zip(names, marks, strict=True)],
            "columns": [
                *({"title": title, "right": at < counts, "count": at < counts} for at, title in enumerate(COSTS)),
                *({"title": title, "right": False, "count": False} for title in ("front", "remarks")),
            ],
            "cells": {
                number: [*costs(variant), "front" if best else "", remark(variant, budget)]
                for number, (variant, best) in enumerate(zip(variants, front, strict=True))
            },
            "counts": {
                number: [*(getattr(variant, key) for key in KEYS), None, None, None]
                for number, variant in enumerate(variants)
            },
            "charts": charts,
        },
    )
