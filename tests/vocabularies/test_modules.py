"""Layers as they are called in an architecture file answer as PyTorch 2.14, torchvision 0.29, timm 1.0 and Keras 3.15 do.

A row of ``FRAMEWORK_modules.jsonl.gz`` (`record_modules.py`) is a call, the shapes of its inputs, and what was observed:
the shapes of all outputs, the numbers of parameters and of elements in buffers, or None where the framework refuses.
"""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import require_count
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


NONSENSE = [
    ("pytorch", "LSTM(4, 4, 10**9)", (1, 4, 4)),
    ("pytorch", "TransformerEncoder(TransformerEncoderLayer(4, 2), 10_000_000)", (1, 4, 4)),
    ("pytorch", "TransformerEncoder(Linear(4, 4), 2)", (1, 4, 4)),
    ("pytorch", "MultiScaleRoIAlign(5, 3, 2)", (1, 4, 4)),
    ("pytorch", "spectral_norm(Linear(16, 4), dim=9)", (1, 16)),
    ("pytorch", "weight_norm(Linear(16, 4), dim=9)", (1, 16)),
    ("pytorch", "weight_norm(3)", (1, 16)),
    ("pytorch", "Sequential(3)", (1, 16)),
    ("pytorch", "Linear(Linear(3, 4), 5)", (1, 16)),
    ("pytorch", "conv2d()", (1, 3, 9, 9)),
    ("keras", "ops.conv()", (1, 9, 9, 3)),
    ("keras", "EinsumDense(',->', 3)", (1, 4)),
    ("keras", "EinsumDense('abc,cd->abd', (None, 5), bias_axes='z')", (1, 4, 4)),
    ("keras", "RNN(Dense(3))", (1, 4, 4)),
    ("keras", "SpectralNormalization(ReLU())", (1, 4)),
    ("keras", "ops.take('a', axis=1)", (1, 4)),
    ("keras", "Conv2D(3, 3, activation=Conv2D(1, 1))", (1, 9, 9, 3)),
]


@pytest.mark.parametrize(("framework", "call", "shape"), NONSENSE)
def test_what_makes_no_sense_is_refused(framework: Framework, call: str, shape: tuple[int, ...]) -> None:
    assert answer(framework, {"call": call, "inputs": [shape]}) == [None, None, None]
