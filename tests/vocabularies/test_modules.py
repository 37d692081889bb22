"""Layers as they are called in an architecture file answer as PyTorch 2.14, torchvision 0.29, timm 1.0 and Keras 3.15 do.

A row of ``FRAMEWORK_modules.jsonl.gz`` (`record_modules.py`) is a call, the shapes of its inputs, and what was observed:
the shapes of all outputs, the numbers of parameters and of elements in buffers, or None where the framework refuses.
"""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.network.builder import require_count
from cnnshape.vocabularies.layer import Faults
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework
from tests.vocabularies.observed import Row, operation_of, rows

MODULES = {framework: rows(f"{framework}_modules.jsonl.gz") for framework in FRAMEWORKS}


def answer(framework: Framework, row: Row) -> Any:
    """Outputs, parameters and buffers, as we have them; None where we refuse the row."""
    try:
        kind, operation = operation_of(framework, row["call"])
        require_count(operation, len(row["inputs"]), kind.name)
        result = operation.apply(*map(tuple, row["inputs"]))
    except (Fault, Faults):
        return [None, None, None]
    return [[list(shape) for shape in result.outputs], result.params, result.elements("buffer")]


@pytest.mark.parametrize(("framework", "layer"), [(each, layer) for each in FRAMEWORKS for layer in MODULES[each]])
def test_a_layer_gives_what_was_observed(framework: Framework, layer: str) -> None:
    wrong = [(row, found) for row in MODULES[framework][layer] if (found := answer(framework, row)) != row["answer"]]
    assert wrong == []
