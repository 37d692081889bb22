"""Every layer answers as Keras 3.15 was observed to answer: shape, parameters, and where it refuses.

`keras_layers.jsonl.gz` holds one layer called on one input a row.
"""

from __future__ import annotations

import pytest

from tests.vocabularies.observed import answer, rows, truth

OBSERVED = rows("keras_layers.jsonl.gz")


@pytest.mark.parametrize("layer", OBSERVED)
def test_shape_parameters_and_refusals_are_kerass(layer):
    for row in OBSERVED[layer]:
        assert answer("keras", row) == truth(row), row


def test_all_observed_rows_are_there():
    assert sum(map(len, OBSERVED.values())) == 2497
    assert any(row["error"] for row in OBSERVED["Conv2D"])
