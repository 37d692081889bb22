"""Networks that people have: each file gives what its framework gives, counted there or run."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import examine

DATA = Path(__file__).parents[1] / "data/vocabulary"

NETWORKS = [  # file, shape of the first output, parameters, MACs (None: not asked)
    ("max_unpool_to_size", (1, 3, 540, 960), 0, 0),
    ("deformable", (1, 128, 28, 28), 20_754 + 147_584, None),
    ("lstm_macs", (1, 100, 64), 33_280, 100 * 2 * 4 * 64 * 64),
    ("weight_norm", (1, 20, 8, 8), 5_040, 8 * 8 * 20 * 250),
    ("time_distributed_lstm", (1, 10, 256), 66_751_616, None),
    ("embedding_text_cnn", (1, 20), 2_247_416, None),
    ("batch_axis_idioms", (33, 1, 512), 0, 0),
    ("concat_of_a_loop", (1, 16, 16, 16), 480, None),
    ("interpolate_to_size_of", (1, 256, 64, 85), 590_080, None),
]


@pytest.mark.parametrize(("name", "output", "params", "macs"), NETWORKS)
def test_a_network_gives_what_its_framework_gives(
    name: str, output: tuple[int, ...], params: int, macs: int | None
) -> None:
    plan = cnnshape.plan(DATA / f"{name}.yaml")
    assert plan.layers[-1].output_shape == output
    assert plan.totals.params == params
    assert macs in (None, plan.totals.macs)


def test_an_unpooling_needs_the_size_that_a_pool_has_dropped() -> None:
    (finding,) = examine(DATA / "max_unpool.yaml").diagnostics
    assert (finding.code, finding.layer) == ("CS305", "u2")
    assert "(1, 3, 134, 240) and its indices are (1, 3, 135, 240)" in finding.message
    assert "output_size" in (finding.fix or "")


def test_a_layer_that_nobody_knows_is_what_its_author_says() -> None:
    plan = cnnshape.plan(DATA / "described.yaml")
    rows = {row.name: row for row in plan.layers}
    assert [(row.output_shapes, row.params, row.macs) for row in (rows["y"], rows["g"], rows["w"], rows["layer"])] == [
        (((1, 64, 28, 28),), 12_345, 9_600_000),
        (((1, 64, 1, 1),), 64, 0),
        (((1, 64, 28, 28),), None, None),
        (((1, 4, 4), (1, 5)), 1_000, 0),
    ]
    assert plan.totals is not None
    assert not plan.totals.complete
    assert plan.totals.params == 3 * 9 * 64 + 64 + 12_345 + 64 + 1_000 + 12
    assert plan.totals.macs == 62 * 62 * 64 * 27 + 9_600_000 + 10


@pytest.mark.parametrize(
    ("entry", "params"),
    [("Dense(2k)", 8_000 + 2_000), ("Dense(1.5k + 500)", 10_000), ('Layer("10M", output=[3], params=2M)', 2_000_000)],
)
def test_counts_are_written_as_people_write_them(entry: str, params: int) -> None:
    totals = cnnshape.plan(text=f"input: [4]\nlayers:\n  - {entry}\n").totals
    assert totals is not None
    assert totals.params == params
