"""What ``torch.fx`` traces, and features that torchvision takes out of models.

The figures are those of PyTorch 2.14.1 and torchvision's `create_feature_extractor`, in the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

NET = """\
import torch
from torch import nn
from torch.fx import symbolic_trace
from torchvision.models import resnet18
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.feature_extraction import create_feature_extractor

class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.c = nn.Conv2d(a, b, 3, padding=1)
        self.r = nn.ReLU()
    def forward(self, x):
        return self.r(self.c(x))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Block(3, 4)
        self.s1 = nn.Sequential(Block(4, 8), Block(8, 8), nn.MaxPool2d(2))
        self.s2 = nn.Sequential(Block(8, 16), Block(16, 16))
        self.aux = nn.Linear(3, 1000)
        self.head = nn.Linear(16, 5)
        self.relu = nn.ReLU()
    def forward(self, x):
        x = self.relu(self.stem(x))
        x = self.relu(self.s1(x))
        return self.head(self.s2(x).mean((2, 3)))

whole = Net()
"""
MODELS = {
    "symbolic_trace(whole)": ([(1, 5)], 4565),
    "create_feature_extractor(whole, ['s1.0', 's1.1.c'])": ([(1, 8, 16, 16), (1, 8, 16, 16)], 992),
    "create_feature_extractor(whole, {'s1': 'x', 'stem.r': 'y'})": ([(1, 4, 16, 16), (1, 8, 8, 8)], 992),
    "create_feature_extractor(whole, {'relu_1': 'x'})": ([(1, 8, 8, 8)], 992),
    "create_feature_extractor(whole, return_nodes={'s2.1.r': 'x', 'head': 'y'})": ([(1, 16, 8, 8), (1, 5)], 4565),
    "create_feature_extractor(resnet18(), {'layer1': 'a', 'layer3': 'b'})": ([(1, 64, 4, 4), (1, 256, 1, 1)], 2782784),
    "IntermediateLayerGetter(resnet18(), {'layer1': 'a', 'layer3': 'b'})": ([(1, 64, 4, 4), (1, 256, 1, 1)], 2782784),
}


@pytest.mark.parametrize(("written", "outputs", "params"), [(each, *found) for each, found in MODELS.items()])
def test_what_is_traced_runs_as_far_as_it_is_asked_for(
    written: str, outputs: list[tuple[int, ...]], params: int, tmp_path: Path
) -> None:
    plan = planned(f"model = {written}", tmp_path)
    assert plan.totals is not None
    assert (list(plan.outputs.values()), plan.totals.params) == (outputs, params)


def test_what_a_traced_module_has_may_be_replaced_and_leaves_the_other_as_it_is(tmp_path: Path) -> None:
    lines = "model = symbolic_trace(whole)\nmodel.head = nn.Linear(16, 7)\nmodel.recompile()"
    assert list(planned(lines, tmp_path).outputs.values()) == [(1, 7)]
    assert planned(lines, tmp_path, "whole").totals.params == 8565  # type: ignore[union-attr]  # it is known


REFUSED = {
    "model = create_feature_extractor(whole, ['mean'])": "mean is the path of no module that runs",
    "model = symbolic_trace(whole)\nfor n in model.graph.nodes: n.target = 'stem'": "the graph of a traced module",
    "def made():\n    m = symbolic_trace(whole)\n    for n in m.graph.nodes: n.replace_input_with(n, n)\n    return m\n"
    "model = made()": "the graph of a traced module",
    "whole.s2.forward = whole.s2[0].forward\nmodel = symbolic_trace(whole)": "s2.1 does not run",
}


@pytest.mark.parametrize("lines", REFUSED)
def test_what_else_is_done_to_graphs_is_not_read(lines: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match=REFUSED[lines]):
        planned(lines, tmp_path)


def test_functions_of_diagonals_and_extremes(tmp_path: Path) -> None:
    body = "\n".join(
        f"        {each}"
        for each in (
            "low, high = torch.aminmax(x, dim=1)",
            "both = torch.aminmax(x)",
            "return torch.trace(x[0]), torch.diag_embed(x), low, high, both.min, torch.diag_embed(x, 1), "
            "torch.diag_embed(x, 0, 0, 2)",
        )
    )
    lines = f"class Made(nn.Module):\n    def forward(self, x):\n{body}\nmodel = Made()"
    outputs = planned(lines, tmp_path, input=[5, 8]).outputs.values()
    assert [*outputs] == [(), (1, 5, 8, 8), (1, 8), (1, 8), (), (1, 5, 9, 9), (8, 1, 8, 5)]


def planned(lines: str, folder: Path, model: str = "model", input: object = (3, 16, 16)) -> cnnshape.Plan:
    path = folder / "net.py"
    path.write_text(f"{NET}{lines}\n", encoding="utf-8")
    return cnnshape.plan(f"{path}:{model}", input=input)
