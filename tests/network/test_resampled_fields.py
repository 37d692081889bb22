"""What outputs of a resampling see, held against the gradients of PyTorch (`tests/data/record_resampled_fields.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnshape.network.builder import NetworkBuilder

RECORDED = Path(__file__).parent.parent / "data" / "resampled_fields.jsonl"
CASES = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]


def axis_of(arguments: dict[str, Any], length: int | None) -> Any:
    """The view of the first spatial axis below one resampling."""
    builder = NetworkBuilder("pytorch", name="net", filename="net.yaml")
    tensor = builder.input("input", (1, 1, length, 8))
    node = builder.add(builder.layer("interpolate", [], arguments), (tensor,), name="resampled")
    return node.outputs[0].sight.views[0].axes[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["arguments"]))
def test_every_output_sees_what_pytorch_derives_it_from(case: dict[str, Any]) -> None:
    """Of an interpolation that is not exact, an output that lies on an input may see its neighbour as well."""
    axis, last = axis_of(case["arguments"], case["length"]), case["length"] - 1
    assert axis.exact
    for output, observed in enumerate(case["seen"]):
        turn, phase = divmod(output, axis.map.period)
        low, high = (turn * axis.map.step + end for end in axis.map.phases[phase][:2])
        found = [min(max(end, 0), last) for end in (low, high)]
        if axis.map.exact:
            assert found == observed, output
        else:
            assert all(abs(end - seen) <= 1 for end, seen in zip(found, observed, strict=True)), output


@pytest.mark.parametrize(
    ("arguments", "size", "jump", "exact"),
    [
        ({"scale_factor": 1.35, "mode": "bilinear"}, 2, 1 / 1.35, True),
        ({"scale_factor": 0.4, "mode": "bicubic"}, 4, 2.5, True),
        ({"scale_factor": 0.29}, 1, 1 / 0.29, True),
        ({"scale_factor": 2.3}, 1, 1 / 2.3, True),
        ({"scale_factor": 0.6, "mode": "bilinear"}, 2, 1 / 0.6, True),
        ({"scale_factor": 5 / 3, "mode": "bicubic"}, 4, 0.6, False),
    ],
)
def test_a_factor_that_binary_fractions_do_not_hold_has_its_field(
    arguments: dict[str, Any], size: int, jump: float, exact: bool
) -> None:
    axis = axis_of(arguments, 100)
    assert (axis.map.size, axis.map.jump, axis.map.exact) == (size, pytest.approx(jump, rel=1e-15), exact)


@pytest.mark.parametrize(
    ("arguments", "length"),
    [
        ({"size": [50, 8], "mode": "bilinear"}, None),
        ({"size": [50, 8], "mode": "area"}, None),
        ({"scale_factor": 1.5, "mode": "bilinear", "antialias": True}, 100),
    ],
)
def test_a_field_that_is_not_known_does_not_pass_for_exact(arguments: dict[str, Any], length: int | None) -> None:
    axis = axis_of(arguments, length)
    assert not (axis.exact and axis.map.exact)
