"""What changes a list, an array or a tensor in place: what is read of it afterwards is what it is then, or unknown.

The values are what Python, NumPy and PyTorch 2.14.1 gave for the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

KNOWN = [
    ("x = [5, 3, 4, 1]; heapq.heapify(x); heapq.heappush(x, 2)", "x[0]", 1),
    ("x = [1, 3, 4, 7]; first = heapq.heappop(x)", "x[0]", 3),
    ("x = [1, 3, 4, 7]; bisect.insort(x, 2)", "x[1]", 2),
    ("x = [3, 1, 2]; operator.setitem(x, 0, 9)", "x[0]", 9),
    ("x = [3, 1, 2]; operator.iadd(x, [9])", "len(x)", 4),
    ("x = [3, 1, 2]; operator.delitem(x, 0)", "len(x)", 2),
    ("x = {1, 2, 3}; x.difference_update({1})", "len(x)", 2),
    ("x = 3; globals().update(x=9)", "x", 9),
    ("x = np.zeros((3, 3)); np.fill_diagonal(x, 4)", "x.sum()", 12),
    ("x = np.ones((5, 2)); np.fill_diagonal(x, 4, wrap=True)", "x.sum()", 22),
    ("x = np.ones((2, 2, 2)); np.fill_diagonal(x, [4, 5])", "x.sum()", 15),
    ("x = np.zeros(5); np.put(x, [1, 2], [3, 4])", "x.sum()", 7),
    ("x = np.zeros((2, 3)); x.put([1, 2, 4], [3, 4])", "x[1, 1]", 3),
    ("x = np.zeros(5); np.copyto(x, np.arange(5))", "x.sum()", 10),
    ("x = np.array([3, 1, 2]); x.sort()", "x[0]", 1),
    ("x = np.array([3, 1, 2]); np.ndarray.sort(x)", "x[0]", 1),
    ("x = np.zeros(3); x.fill(7)", "x.sum()", 21),
    ("x = np.array([3, 1, 2]); np.add(x, 1, out=x)", "x.sum()", 9),
    ("x = np.array([3, 1, 2]); np.add(x, 1, x)", "x.sum()", 9),
    ("x = np.array([3, 1, 2]); y = x; y += 4", "x.sum()", 18),
    ("x = np.array([3, 1, 2]); y = x[1:]; y += 10", "x.sum()", 26),
    ("x = np.array([3, 1, 2]); y = x[1:]; x[1] = 10", "y.sum()", 12),
    ("x = np.zeros((4, 2)); x[0][0] = 3", "x[0, 0]", 3),
    ("x = np.zeros((2, 3)); x.reshape(-1)[4] = 5", "x[1, 1]", 5),
    ("x = np.zeros((2, 3)); x.T[0] = 5", "x.sum()", 10),
    ("x = np.zeros((2, 3)); x.ravel()[0] = 5", "x.sum()", 5),
    ("x = np.ones((2, 3)); x.flatten()[0] = 5; x[[0]][0] = 5; x.copy()[0] = 5", "x.sum()", 6),
    ("x = np.ones((1, 3)); x.squeeze()[0] = 5; x.swapaxes(0, 1)[1] = 5", "x.sum()", 11),
    ("x = np.array([1, 2, 3]); x[::-1][0] = 9", "x[2]", 9),
    ("x = np.arange(1, 4); x[x > 1] += 5", "x.sum()", 16),
    ("x = np.zeros(3, dtype=int); x[0] = 2.7", "x.sum()", 2),
    ("x = np.zeros(3); x.flat[0] = 9", "x[0]", 9),
    ("x = np.array([1, 2]); y = copy.copy(x); x[0] = 5", "y[0]", 1),
    ("x = np.arange(4); np.random.shuffle(x)", "len(x[:3])", 3),
    ("x = torch.tensor([1, 2, 3]); y = x; y += 1", "x.sum()", 9),
    ("x = torch.tensor([1, 2, 3]); y = x[1:]; y += 1", "x.sum()", 8),
    ("x = torch.tensor([1, 2, 3]); y = x[1:]; x[1] = 7", "y.sum()", 10),
    ("x = torch.tensor([1, 2, 3]); x[x > 1] = 9", "x.sum()", 19),
    ("x = torch.tensor([1, 2, 3]); a, b = x.split([1, 2]); b += 4", "x[1]", 6),
    ("x = torch.tensor([1, 2, 3]); y = x.clone(); x[1] = 7", "y.sum()", 6),
    ("x = torch.tensor([1, 2, 3]); y = copy.deepcopy(x); x[1] = 7", "y.sum()", 6),
    ("x = torch.tensor([1., 2, 3]); y = x.double(); x += 4", "y[0]", 1),
    ("x = torch.tensor([1, 2, 3]); y = torch.flip(x, [0]); y[0] = 9", "x[2]", 3),
    ("x = torch.tensor([1, 2, 3]); x.data = torch.tensor([4, 5])", "x.sum()", 9),
    ("x = torch.tensor([[1, 2, 3]]); x.flatten()[0] = 9", "x[0, 0]", 9),
    ("x = np.array([1, 2, 3]); y = torch.from_numpy(x); y[1] = 7", "x.sum()", 11),
    ("x = np.array([1, 2, 3]); y = torch.tensor(x); x[1] = 7", "y.sum()", 6),
]


@pytest.mark.parametrize(("lines", "read", "value"), KNOWN)
def test_what_is_read_is_what_was_changed(lines: str, read: str, value: int, tmp_path: Path) -> None:
    assert width(lines, read, tmp_path) == value


UNKNOWN = [
    ("x = [1, 2, 3]; random.shuffle(x)", "x[0]"),
    ("x = [1, 2, 3]; random.Random(0).shuffle(x)", "x[0]"),
    ("x = np.arange(1, 4); np.random.shuffle(x)", "x[0]"),
    ("x = np.arange(1, 4); np.random.default_rng(0).shuffle(x)", "x.max()"),
    ("x = np.zeros(5); np.place(x, x == 0, [3])", "x.sum()"),
    ("x = np.ones(5); np.cumsum(x, out=x)", "x.sum()"),
    ("x = np.ones(5); np.clip(x, 2, 3, x)", "x.sum()"),
    ("x = np.ones(5); np.add.at(x, [0, 0], 1)", "x.sum()"),
    ("x = np.array([3, 1, 2]); x.resize(2)", "x.sum()"),
    ("x = np.array([3, 1, 2]); x += 1.5", "x.sum()"),
    ("x = torch.ones(3); x.fill_(4)", "x.sum()"),
    ("x = torch.ones(3); x.copy_(torch.arange(3.0))", "x.sum()"),
    ("x = torch.ones(3); nn.init.constant_(x, 5.0)", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); x[1:].fill_(1)", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); y = x[1:]; x.fill_(1)", "y.sum()"),
    ("x = torch.tensor([1, 2, 3]); y = x.unsqueeze(0); y[0] = 9", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); y = x[0]; y += 4", "x.sum()"),
    ("x = torch.tensor([1., 2, 3]); nn.Parameter(x).data += 4", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); torch.add(x, 1, out=x)", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); x.resize_(2)", "x.sum()"),
    ("x = torch.tensor([1, 2, 3]); x.clamp_(max=2)", "x.sum()"),
    ("x = 3; exec('x = 9')", "x"),
]


@pytest.mark.parametrize(("lines", "read"), UNKNOWN)
def test_what_nobody_follows_is_not_known_any_more(lines: str, read: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError):
        width(lines, read, tmp_path)


def width(lines: str, read: str, folder: Path) -> object:
    """The features of a layer of as many as a value that some lines make."""
    imports = "import bisect, copy, heapq, operator, random\nimport numpy as np\nimport torch\nfrom torch import nn\n"
    path = folder / "net.py"
    path.write_text(f"{imports}{lines}\nmodel = nn.Sequential(nn.Linear(3, int({read})))\n", encoding="utf-8")
    return cnnshape.plan(f"{path}:model", input="3").layers[0].arguments["out_features"]


@pytest.mark.parametrize(
    "lines",
    ["x = x.clone(); x[self.gate(x) > 0] = 0", "m = torch.zeros(1, 3, 4, 4); m[self.gate(x) > 0] = 1; x = x * m"],
    ids=["what flows", "zeros"],
)
def test_what_chooses_the_places_that_are_written_counts(lines: str, tmp_path: Path) -> None:
    """The convolution that makes the mask runs: PyTorch counts 3 x 27 x 16 multiplications of it, and 8 x 3 x 16."""
    source = f"""
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.conv = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 8, 1)

    def forward(self, x):
        {lines}
        return self.conv(x)
"""
    (tmp_path / "net.py").write_text(source)
    plan = cnnshape.plan(tmp_path / "net.py", input=(3, 4, 4))
    assert plan.totals is not None
    assert (plan.totals.macs, [*plan.outputs.values()]) == (3 * 27 * 16 + 8 * 3 * 16, [(1, 8, 4, 4)])
