"""What the backward pass keeps of networks in source is what PyTorch kept (`scripts/record_source_kept.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnnshape

DATA = Path(__file__).parent.parent / "data" / "source_kept.jsonl"
FIRST, *LINES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
NETWORKS = [(line["init"], forward, line["input"], kept) for line in LINES for forward, kept in line["kept"].items()]


@pytest.mark.parametrize(("init", "forward", "shape", "kept"), NETWORKS)
def test_a_network_keeps_what_pytorch_keeps(init, forward, shape, kept, tmp_path):
    file = tmp_path / "network.py"
    file.write_text(FIRST["head"].format(init, forward), encoding="utf-8")
    for amp, expected in zip((None, "bf16"), kept, strict=True):
        totals = cnnshape.plan(file, input=shape[1:], batch=shape[0], optimizer="sgd", amp=amp).totals
        assert totals is not None
        assert (amp, totals.training.activations, totals.training.unknown) == (amp, expected, None)
