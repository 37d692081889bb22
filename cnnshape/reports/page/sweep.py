"""The page of a sweep: a table of its variants, and charts of what each costs."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.reports.page.document import chart, document
from cnnshape.reports.page.document import variant as part
from cnnshape.reports.search import title, written
from cnnshape.reports.sweep import SHOWN, costs, remark, value_text
from cnnshape.studies.scale import Budget
from cnnshape.studies.search import Variant

CHARTS = {"params": "Parameters", "macs": "MACs", "peak_activation_bytes": "Peak memory"}
COUNTS = SHOWN[:4]
"""The costs that are counts."""


def render(name: str, variants: Sequence[Variant], front: Sequence[bool], budget: Budget) -> str:
    """The page; the Pareto front stands out."""
    names = [
        ", ".join(f"{key} = {value_text(value)}" for key, value in variant.variables.items()) for variant in variants
    ]
    marks = [
        "removed" if not budget.allows(variant) else "added" if best else "affected"
        for variant, best in zip(variants, front, strict=True)
    ]
    charts = []
    for key, heading in CHARTS.items():
        values = [variant.figures.get(key) for variant in variants]
        known = [value for value in values if value]
        if known:
            note, parts = f"{written(key, min(known))} to {written(key, max(known))}", [*range(len(variants))]
            charts.append(chart("bars", heading, note, values, parts, bytes=key.endswith("bytes")))
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
                *({"title": title(key), "right": key in COUNTS, "count": key in COUNTS} for key in SHOWN),
                *({"title": each, "right": False, "count": False} for each in ("front", "remarks")),
            ],
            "cells": {
                number: [*costs(variant), "front" if best else "", remark(variant, budget)]
                for number, (variant, best) in enumerate(zip(variants, front, strict=True))
            },
            "counts": {
                number: [*(variant.figures.get(key) for key in COUNTS), None, None, None]
                for number, variant in enumerate(variants)
            },
            "charts": charts,
        },
    )
