"""How `export` calls layers: what they take, and what they return, is as the frameworks have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnshape import api
from cnnshape.network.plan import Plan
from cnnshape.writers import write


def planned(framework: str, shape: list[int], *layers: Any) -> Plan:
    return api.plan({"framework": framework, "input": shape, "layers": list(layers)})


def calls(code: str, of: str = "= self.") -> list[str]:
    return [line.strip() for line in code.splitlines() if of in line and "nn." not in line]


class TestStatesOfAnLSTM:
    """PyTorch's LSTM returns ``y, (h, c)`` and takes ``x, (h, c)``; an LSTMCell returns ``h, c``."""

    def test_they_are_a_pair_where_it_returns_them_and_where_it_is_given_them(self) -> None:
        plan = planned(
            *("pytorch", [20, 8]),
            "y, h, c = LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True, proj_size=3)",
            "z, _, last = LSTM(6, 6, num_layers=2, batch_first=True, bidirectional=True, proj_size=3)(y, h, c)",
            "Linear(6, 2)(z)",
        )
        assert calls(write(plan, "pytorch")) == [
            "y, (h, c) = self.lstm(inputs)",
            "z, (layer__, last) = self.lstm_1(y, (h, c))",
            "x = self.linear(z)",
        ]

    def test_a_cell_takes_a_pair_and_returns_two(self, tmp_path: Path) -> None:
        source = tmp_path / "cell.py"
        source.write_text(CELL, encoding="utf-8")
        code = write(api.plan(f"{source}:Steps", input=(2, 8)), "pytorch")
        assert [line for line in calls(code) if "cell(" in line] == [
            "cell_0, cell_1 = self.cell(x)",
            "cell__2__0, cell__2__1 = self.cell(x, (cell_0, cell_1))",
        ]

    @pytest.mark.parametrize("layer", ["GRU(8, 6, batch_first=True)", "RNN(8, 6, batch_first=True)"])
    def test_others_have_one_state(self, layer: str) -> None:
        plan = planned("pytorch", [20, 8], f"y, h = {layer}", f"z, last = {layer.replace('8', '6')}(y, h)")
        name = layer[:3].lower()
        assert calls(write(plan, "pytorch")) == [f"y, h = self.{name}(inputs)", f"z, last = self.{name}_1(y, h)"]


CELL = """\
from torch import nn

class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(8, 6)

    def forward(self, x):
        h, c = self.cell(x[:, 0])
        h, c = self.cell(x[:, 1], (h, c))
        return h
"""
