"""The page of a plan: graph, table, charts, and the explanation of every layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.full import render as excerpt
from cnnshape.reports.graphs.families import family_of_all
from cnnshape.reports.graphs.graph import Graph, faulty_parts, fitting, folded, graph_of, row_numbers
from cnnshape.reports.graphs.labels import is_dead, is_merge, shape_text, subtitle, title
from cnnshape.reports.page.document import Strings, chart, document
from cnnshape.reports.plans.columns import summed
from cnnshape.reports.plans.view import fields_text, heading, worth_showing
from cnnshape.reports.units import UNKNOWN, binary_bytes, thousands
from cnnshape.studies.explain import explain_row

OPEN_AT_FIRST = 30
"""Parts of the graph; blocks are closed at first where there would be more."""

MEASURES = (("params", "Parameters", thousands), ("macs", "MACs", thousands), ("output_bytes", "Output", binary_bytes))
"""What is charted by layer: the key, the heading, and how numbers are written."""


def render(plan: Plan, depth: int | None = None) -> str:
    """The page; blocks are open `depth` deep at first, by default as far as it stays small."""
    return document(plan.name, data_of(plan, depth))


def data_of(plan: Plan, depth: int | None = None) -> dict[str, Any]:
    """What the page shows."""
    faulty = faulty_parts(plan)
    graph = graph_of(plan)
    shown = fitting(graph, OPEN_AT_FIRST, faulty) if depth is None else folded(graph, depth, faulty)
    keys = {part.key: number for number, part in enumerate(graph.walk())}
    name, _, about = heading(plan).partition(": ")
    return {
        "kind": "plan",
        "name": name,
        "about": about.replace(", ", " · "),
        "tiles": list(tiles(plan)),
        "findings": list(findings(plan, keys)),
        **parts_and_edges(graph, keys),
        **table(graph),
        "open": [keys[part.key] for part in shown.walk() if part.parts],
        "explained": explanations(plan),
        "charts": list(charts(plan, keys)),
    }


def parts_and_edges(graph: Graph, keys: Mapping[str, int]) -> dict[str, Any]:
    """The parts in the order of the table, and edges by their numbers."""
    parents = {keys[child.key]: keys[part.key] for part in graph.walk() for child in part.parts}
    return {
        "parts": [
            {
                "kind": part.kind,
                "name": part.name,
                "path": part.line.label if part.line else part.name,
                "title": title(part),
                "subtitle": subtitle(part),
                "family": family_of_all(part.rows),
                "in": parents.get(number),
                **({"merge": 1} if is_merge(part) else {}),
                **({"dead": 1} if is_dead(part) else {}),
                **({"uses": part.uses} if part.uses > 1 else {}),
            }
            for number, part in enumerate(graph.walk())
        ],
        "edges": [[keys[edge.source], keys[edge.target], edge.tensor, shape_text(edge)] for edge in graph.edges],
        "shares": [[keys[owner], keys[user]] for owner, user in graph.shares],
    }


def table(graph: Graph) -> dict[str, Any]:
    """The columns, and the cells of each part that has some, by its number; counts also as numbers, to sort by."""
    lines = {number: part.line for number, part in enumerate(graph.walk()) if part.line}
    columns = worth_showing(list(lines.values()))[1:]
    counts = {"params", "macs", "output_bytes"}
    return {
        "columns": [
            {"title": each.title, "right": each.align == "right", "count": each.key in counts} for each in columns
        ],
        "cells": {number: [column.text(line) for column in columns] for number, line in lines.items()},
        "counts": {
            number: [summed(line, column.key) if column.key in counts else None for column in columns]
            for number, line in lines.items()
        },
    }


def tiles(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """What one asks first: a label, a number, and a word about it."""
    totals = plan.totals
    if totals is None:
        return
    least = "" if totals.complete else "≥ "
    frozen = totals.non_trainable_params
    yield (
        "Parameters",
        least + thousands(totals.params),
        f"{thousands(frozen)} not trainable" if frozen else "all trainable",
    )
    yield "MACs", least + thousands(totals.macs), "per sample"
    yield "Weights", least + binary_bytes(totals.weight_bytes), plan.dtype
    yield "Peak activations", least + binary_bytes(totals.peak_activation_bytes), f"at {totals.peak_layer or UNKNOWN}"
    training = totals.training
    yield "Training step", ("≥ " if training.estimated else least) + binary_bytes(training.total), training.optimizer
    for text in list(fields_text(plan))[:1]:
        yield "Receptive field", text.partition(" of ")[0], text.partition("; ")[2] or f"of {text.partition(' of ')[2]}"
    yield "Layers", f"{totals.layers:,}", plan.framework


def findings(plan: Plan, keys: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """What is wrong or doubtful, with the lines of the file and the layer that it is about."""
    numbers = row_numbers(plan)
    for finding in plan.diagnostics:
        number = numbers.get(finding.layer)
        yield {
            "severity": finding.severity,
            "code": finding.code,
            "message": finding.message,
            "part": None if number is None else keys[f"n{number}"],
            "text": excerpt((finding,), plan.sources),
        }


def explanations(plan: Plan) -> dict[str, Any]:
    """Every layer's call, shapes, steps and windows; what many layers have in common is said once."""
    steps, windows, calls = Strings(), Strings(), Strings()
    layers = []
    for row in plan.layers:
        if row.failed:
            layers.append([calls.number(row.type), [], None])
            continue
        each = explain_row(plan, row)
        sliding = each.written or each.windows
        drawn = windows.number([[*axis[:-1], axis.leftover] for axis in sliding]) if sliding else None
        layers.append([calls.number(each.call), steps.numbers([list(step) for step in each.all_steps]), drawn])
        if each.written:
            layers[-1].append(1)
    return {"steps": steps.values, "windows": windows.values, "calls": calls.values, "layers": layers}


def charts(plan: Plan, keys: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Where the numbers are: by layer, and over time."""
    rows = [(keys[f"n{number}"], row) for number, row in enumerate(plan.layers)]
    for key, heading_, text in MEASURES:
        values = [getattr(row, key) for _, row in rows]
        known = [value for value in values if value]
        if known:
            most = max(known)
            note = f"most {text(most)}, {plan.layers[values.index(most)].name}"
            parts = [number for number, _ in rows]
            yield chart("bars", f"{heading_} by layer", note, values, parts, bytes=text is binary_bytes)
    ran = [number for number, row in rows if row.live and not row.training_only]
    if len(ran) == len(plan.alive) > 1:
        totals = plan.totals
        note = f"peak {binary_bytes(max(plan.alive))}" + (f", {totals.peak_layer}" if totals else "")
        yield chart("area", "Activations in memory", note, plan.alive, ran, bytes=True)
    if plan.totals and plan.totals.training.curve:
        training = plan.totals.training
        numbers = {row.name: number for number, row in rows}
        note = f"peak {binary_bytes(training.total)}, {training.phase} at {training.layer}"
        values = [moment.bytes for moment in training.curve]
        places = [numbers.get(moment.layer) for moment in training.curve]
        phases = [moment.phase for moment in training.curve]
        yield chart("area", "A training step in memory", note, values, places, phases=phases, bytes=True)
