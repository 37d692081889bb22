"""The page of a search: what fits as a scatter plot of two figures, and the Pareto front as a table."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.yaml.space import PER_AXIS_AND_OUTPUT, Objective, Space
from cnnshape.reports.page.document import document
from cnnshape.reports.page.document import variant as part
from cnnshape.reports.search import cell, cells, counted, in_order, several, title
from cnnshape.studies.search import Tally, Variant


def render(name: str, tally: Tally, space: Space) -> str:
    """The page; what is on the front stands out, and in the table."""
    front = in_order(tally)
    on_front = {variant.position for variant in front}
    shown = [*front, *(each for each in tally.sample if each.position not in on_front)]
    columns = [
        *({"title": each, "right": True, "count": False} for each in space.variables),
        *({"title": title(key), "right": True, "count": key not in PER_AXIS_AND_OUTPUT} for key in space.figures),
    ]
    wrong = [f"wrong: {counted(tally.errors)}"] if tally.errors else []
    outside = [f"not within {counted(tally.outside)}"] if tally.outside else []
    excluded = [f"{tally.excluded:,} excluded by when"] if tally.excluded else []
    return document(
        f"{name}: search",
        {
            "kind": "search",
            "name": name,
            "about": "; ".join([f"{several(tally.planned)}, {tally.fitting:,} fit", *outside, *wrong, *excluded]),
            "heading": "Pareto front" if front else "Variants that fit",
            "named": "Variant",
            "parts": [
                part(f"{each.position:,}", f"{each.position}", "added" if each.position in on_front else "affected")
                for each in shown
            ],
            "columns": columns,
            "cells": {number: cells(variant, space) for number, variant in enumerate(front or shown)},
            "counts": {
                number: [
                    *(None for _ in space.variables),
                    *(None if key in PER_AXIS_AND_OUTPUT else variant.figures[key] for key in space.figures),
                ]
                for number, variant in enumerate(front or shown)
            },
            "charts": [chart(shown, space)] if shown else [],
        },
    )


def chart(shown: list[Variant], space: Space) -> dict[str, Any]:
    """The scatter plot: the figures of each variant, two of which are seen at a time, at first the objectives."""
    keys = [key for key in space.figures if any(number(each, key) is not None for each in shown)]
    asked = [each.key for each in space.objectives if each.key in keys]
    first = list(dict.fromkeys([*asked, *keys]))
    return {
        "kind": "scatter",
        "title": "What fits",
        "note": "a point a variant; the front stands out",
        "axes": [{"title": title(key), "bytes": key.endswith("bytes")} for key in keys],
        "shown": [keys.index(each) for each in (first * 2)[:2]],
        "names": [", ".join(f"{name} = {cell(value)}" for name, value in each.variables.items()) for each in shown],
        "values": [[number(each, key) for key in keys] for each in shown],
    }


def number(variant: Variant, key: str) -> Any:
    """A figure as one number: of several sizes the smallest, as objectives have it; None of the output's shape."""
    return None if key == "output" else Objective(key, most=False).score(variant.figures[key])
