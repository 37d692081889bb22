"""Random graphs, planned and built in the framework: every difference is printed with the file that shows it."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

import cnnshape
from cnnshape.api import examine
from cnnshape.diagnostics import Diagnostic
from tests.conformance.graph import Entry, Graph

SHARED, FROZEN, MERGED = 0.08, 0.1, 0.2
"""How often an entry uses another's weights, does not train, or reads two tensors."""


def deliberate(framework: str, error: Diagnostic, text: str) -> str:
    """Why this is refused here alone, where that is meant; empty where it is a difference.

    A network treats every sample alike, so what moves, merges or reduces the batch axis is refused; every tensor has a batch;
    and weights of other sizes than a shared layer's input are refused as Keras's run does, not as it declares.
    """
    if error.code == "CS310":
        return "for the batch"
    axes = re.search(r"needs (?:at least )?(\d+) axes.* has (\d+)$", error.message)
    if framework == "pytorch" and error.code == "CS302" and axes and int(axes[2]) < int(axes[1]):
        return "since PyTorch takes an input without its batch"
    owner = re.match(r"the weights of (\w+) are", error.message)
    if error.code == "CS208" and owner and re.search(rf"- {owner[1]} = (LayerNormalization|PReLU)\(", text):
        return "as Keras's run refuses the shared weights"
    return ""


def run_of(framework: str) -> Any:
    """The framework's side."""
    if framework == "keras":
        from tests.conformance.keras_graphs import KerasRun

        return KerasRun
    from tests.conformance.pytorch_graphs import PyTorchRun

    return PyTorchRun


def differences(framework: str, seed: int, told: Counter[str], keep: list[Graph] | None = None) -> Iterator[str]:
    """What the plans of one random graph, as it grows, and the framework do not agree about; `keep` gets the graph."""
    draw = random.Random(seed)
    run_class = run_of(framework)
    spatial = [draw.randint(3, 12) for _ in range(draw.choice([1, 2, 2, 2]))]
    channels = draw.choice([1, 2, 3, 4])
    shape = (draw.choice([1, 2]), *([*spatial, channels] if framework == "keras" else [channels, *spatial]))
    run, graph = run_class(shape), Graph(framework, shape)
    graph.shapes["input"] = shape
    for number in range(draw.randint(3, 14)):
        entry = next_entry(draw, run, graph, f"n{number}")
        try:
            run.apply(entry)
            actual = run.shape(entry.name)
        except Exception as error:
            told["refusals"] += 1
            if not examine(text=graph.text(entry)).errors:
                yield f"{framework} refuses {entry.name}: {str(error).splitlines()[0][:160]}\n{graph.text(entry)}"
            continue
        plan = examine(text=graph.text(entry))
        row = next((row for row in plan.layers if row.name == entry.name), None)
        told["rows"] += 1
        reason = deliberate(framework, plan.errors[0], graph.text(entry)) if plan.errors else ""
        if reason:
            told[f"refused here alone {reason}"] += 1
            continue
        if row is None or row.output_shape != actual:
            found = plan.errors[0].message if plan.errors else row and row.output_shape
            yield f"{entry.name} is {actual} in {framework}, planned {found}\n{graph.text(entry)}"
            return
        graph.entries.append(entry)
        graph.shapes[entry.name] = actual
    if graph.entries:
        names = [entry.name for entry in graph.entries]
        graph.outputs = tuple(dict.fromkeys(draw.choices(names[-3:], k=draw.choice([1, 1, 2]))))
        if keep is not None:
            keep.append(graph)
        yield from of_the_whole(run, graph, told)


def next_entry(draw: random.Random, run: Any, graph: Graph, name: str) -> Entry:
    """An entry that reads what is there."""
    names = [name for name in ("input", *(entry.name for entry in graph.entries)) if len(graph.shapes[name]) > 1]
    read = draw.choice(names[-3:])
    owners = [
        entry
        for entry in graph.entries
        if entry.name in getattr(run, "layers", {}) or entry.name in getattr(run, "modules", {})
    ]
    owners = [
        entry for entry in owners if not entry.owner and len(entry.inputs) == 1 and not entry.arguments.get("inplace")
    ]
    if owners and draw.random() < SHARED:
        owner = draw.choice(owners)
        return Entry(name, owner.layer, owner.arguments, (read,), owner.name)
    if draw.random() < MERGED:
        alike = [each for each in names if graph.shapes[each] == graph.shapes[read]]
        inputs = (read, draw.choice(alike if draw.random() < 0.8 else names))
        return Entry(name, *run.merges(draw, [graph.shapes[each] for each in inputs]), inputs)
    layer, arguments = run.layer_of(draw, graph.shapes[read])
    trainable = layer.startswith("ops.") or layer[0].islower() or draw.random() >= FROZEN or run.framework == "pytorch"
    return Entry(name, layer, arguments, (read,), None, trainable)


def of_the_whole(run: Any, graph: Graph, told: Counter[str]) -> Iterator[str]:
    """What the plan of the finished graph and the framework do not agree about: totals and values."""
    plan = examine(text=graph.text())
    if plan.totals is None:
        yield f"the whole is refused: {plan.errors[0].message}\n{graph.text()}"
        return
    planned = {key: getattr(plan.totals, key) for key in ("params", "trainable_params", "buffers")}
    actual = run.totals(graph)
    told["totals"] += 1
    if planned != actual:
        yield f"totals are {actual}, planned {planned}\n{graph.text()}"
    given = np.random.default_rng(1).standard_normal(graph.input).astype(np.float32)
    try:
        expected = run.run(graph, given)
    except Exception as error:  # what a framework declares and its run refuses is advised on, not an error
        told["not run"] += 1
        if not any(finding.severity == "advice" or finding.severity == "error" for finding in findings_of(plan)):
            yield f"the run refuses what is planned in silence: {str(error).splitlines()[0][:160]}\n{graph.text()}"
        return
    values = cnnshape.forward(plan, {"input": given}, weights=run.weights(graph))
    told["values"] += 1
    for name, right in zip(graph.outputs, expected, strict=True):
        if not np.allclose(values[name], right, rtol=1e-3, atol=1e-4, equal_nan=True):
            yield f"values of {name} are off by {np.nanmax(np.abs(values[name] - right))}\n{graph.text()}"


def findings_of(plan: Any) -> list[Any]:
    """The plan's findings and the advice of the check."""
    from cnnshape.checks.advice_view import AdviceView
    from cnnshape.checks.rules import RULES

    view = AdviceView(plan)
    return [*plan.diagnostics, *(finding for rule in RULES.values() for finding in rule(view))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("framework", choices=["keras", "pytorch"])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    told: Counter[str] = Counter()
    wrong = 0
    for number in range(arguments.seed, arguments.seed + arguments.count):
        for difference in differences(arguments.framework, number, told):
            wrong += 1
            print(f"-- seed {number}: {difference}", flush=True)
        told["graphs"] += 1
    counts = ", ".join(f"{count:,} {name}" for name, count in told.items())
    print(f"{arguments.framework}: {counts}; {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
