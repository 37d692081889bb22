"""The planner and the reference, which do not know each other, agree on every recorded layer."""

from __future__ import annotations

import pytest
from forward_cases import cases

import cnnshape
from cnnshape.studies.verify import verify


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
def test_every_recorded_layer_is_planned_as_it_runs(framework: str) -> None:
    """Shape, parameters, buffers and MACs, of every case that both the planner and the framework take."""
    wrong, refused = [], []
    for case in cases(framework):
        if len({value.shape[0] for value in case.inputs}) > 1 or min(value.ndim for value in case.inputs) < 2:
            continue  # functions that broadcast over the batch are no layers of a network
        inputs = {f"input_{number}": list(value.shape[1:]) for number, value in enumerate(case.inputs)}
        entry = {case.layer: case.arguments, "inputs": list(inputs)}
        document = {"framework": framework, "batch": len(case.inputs[0]), "inputs": inputs, "layers": [entry]}
        try:
            network = cnnshape.plan(document)
        except cnnshape.ArchitectureError as error:
            refused.append((case.layer, error.diagnostics[0].code))
            continue
        verification = verify(network, fields=False)
        if not verification.agrees:
            wrong.append((str(case), verification.wrong[0].differences))
    assert wrong == []
    assert refused == ([("Flatten", "CS310"), ("flatten", "CS310")] if framework == "pytorch" else [])
