"""The planner and the reference, which do not know each other, agree on every recorded layer."""

from __future__ import annotations

import numpy as np
import pytest
from forward_cases import Case, cases

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.studies.verify import verify


def is_no_layer(case: Case) -> bool:
    """Functions of no tensor, and such as broadcast over the batch, or merge it, are no layers of a network."""
    batches = {value.shape[0] for value in case.inputs}
    return len(batches) != 1 or min(value.ndim for value in case.inputs) < 2 or "_random_samples" in case.arguments


def planned(case: Case) -> Plan:
    """The plan of a network of this layer alone."""
    inputs = {f"input_{number}": list(value.shape[1:]) for number, value in enumerate(case.inputs)}
    entry: object = {case.layer: case.arguments, "inputs": list(inputs)}
    if case.call:
        prefix = "" if case.framework == "keras" or case.layer[0].isupper() or "_norm(" in case.call else "F."
        entry = f"{prefix}{case.call}({', '.join(inputs)})"
    batch = len(case.inputs[0])
    return cnnshape.plan({"framework": case.framework, "batch": batch, "inputs": inputs, "layers": [entry]})


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_a_planned_layer_gives_the_frameworks_values(framework: str) -> None:
    """From the architecture to the values: by the plan's own arguments, and weights in the framework's order."""
    wrong = []
    for case in cases(framework):
        if is_no_layer(case) or case.layer in ("Flatten", "flatten"):
            continue
        network = planned(case)
        inputs = dict(zip(network.inputs, case.inputs, strict=True))
        (row,) = network.layers
        weights = {row.name: list(case.weights.values())} if case.weights else {}
        run = cnnshape.forward(network, inputs, weights)
        for name, expected in zip(row.output_names, case.outputs, strict=True):
            if not np.allclose(run[name], expected, rtol=1e-4, atol=1e-5, equal_nan=True):
                wrong.append(str(case))
    assert wrong == []


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_every_recorded_layer_is_planned_as_it_runs(framework: str) -> None:
    """Every number of the plan, of every case that both the planner and the framework take."""
    wrong, refused = [], []
    for case in cases(framework):
        if is_no_layer(case):
            continue
        try:
            network = planned(case)
        except cnnshape.ArchitectureError as error:
            refused.append((case.layer, error.diagnostics[0].code))
            continue
        verification = verify(network)
        differences = [each for proof in verification.wrong for each in proof.differences]
        if differences:
            wrong.append((str(case), differences))
    assert wrong == []
    assert refused == ([("Flatten", "CS310"), ("flatten", "CS310")] if framework == "pytorch" else [])
