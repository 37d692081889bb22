"""Numbers that scripts compute with NumPy and with PyTorch's constants, where options change them.

The values are what NumPy and PyTorch 2.14.1 gave for the same lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError

VALUES = [
    ("len(np.arange(0, 10, step=2))", 5),
    ("len(np.arange(1, stop=5))", 4),
    ("np.linspace(0, 8, num=4, endpoint=False)[-1]", 6),
    ("np.linspace(0, 5, 3, dtype=int)[1] * 4", 8),
    ("np.asarray([7.9], dtype=int)[0]", 7),
    ("np.eye(3, k=1)[0, 1] + 1", 2),
    ("np.eye(2, 5).shape[1]", 5),
    ("np.stack([[1, 2], [3, 4]], axis=1)[0, 1]", 3),
    ("np.stack([np.arange(3), np.arange(3) + 3], -1).shape[1]", 2),
    ("np.flip([[1, 2], [3, 4]], axis=1)[0, 0]", 2),
    ("np.round(25.67, decimals=1) * 10", 257),
    ("np.full(3, fill_value=4).sum()", 12),
    ("np.arange(6).reshape(2, 3)[np.arange(6).reshape(2, 3) > 2].sum()", 12),
    ("torch.arange(0, 5, step=2).numel()", 3),
    ("torch.arange(0, end=4).numel()", 4),
    ("torch.tensor([[1, 5], [7, 2]]).sum(0, True).shape[0]", 1),
    ("torch.tensor([1.9, 2.9]).int().sum().item()", 3),
    ("torch.tensor(5).bool().item() + 1", 2),
    ("torch.iinfo(torch.int8).max", 127),
    ("torch.finfo(torch.float16).bits", 16),
    ("torch.meshgrid(torch.arange(2), torch.arange(3), indexing='xy')[0].shape[0]", 3),
]


@pytest.mark.parametrize(("written", "value"), VALUES)
def test_options_of_functions_are_read(written: str, value: int, tmp_path: Path) -> None:
    assert width(written, tmp_path) == value


LITERALS = [("[4, 8]", "[1]", 8), ("{'a': (2, -3)}", "['a'][0]", 2), (" 'abc'", ".index('c')", 2)]


@pytest.mark.parametrize(("text", "part", "value"), LITERALS)
def test_literals_in_texts_are_read(text: str, part: str, value: int, tmp_path: Path) -> None:
    assert width(f"__import__('ast').literal_eval({text!r}){part}", tmp_path) == value


@pytest.mark.parametrize("text", ["b'abc'", "2j", "-" * 2_000 + "1", "(" * 500 + "1" + ")" * 500, "..."])
def test_other_texts_are_no_plain_literals(text: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError):
        width(f"__import__('ast').literal_eval({text!r}) != 0", tmp_path)


UNREAD = [
    ("np.unique([3, 1, 1], return_index=True)[1][0]", "return_index="),
    ("np.diff([1, 4, 9], n=2)[0]", "n="),
    ("np.sum([1, 2], initial=5)", "initial="),
    ("np.sum([1, 2, 3], where=[True, False, True])", "where="),
    ("np.max([1, 2], initial=9)", "initial="),
    ("np.arange(6).reshape(3, 2, order='F')[0, 1]", "order="),
]


@pytest.mark.parametrize(("written", "option"), UNREAD)
def test_an_option_that_is_not_read_is_told(written: str, option: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match=f"what {option} makes of an array"):
        width(written, tmp_path)


@pytest.mark.parametrize("name", ["name", "reason", "place", "endless", "refuse", "put"])
def test_what_is_not_known_has_no_attributes_that_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match=r"yaml\.load"):
        width(f"3 if yaml.safe_load(open('settings.yaml')).{name} == 'small' else 5", tmp_path)


def width(written: str, folder: Path) -> object:
    """The features that a layer has of an expression."""
    path = folder / "net.py"
    imports = "import numpy as np\nimport torch, yaml\nfrom torch import nn\n"
    path.write_text(f"{imports}model = nn.Linear(1, int({written}))\n", encoding="utf-8")
    (row,) = cnnshape.plan(f"{path}:model", input=[1]).layers
    return row.output_shape[-1]


def test_a_table_of_a_hundred_thousand_numbers_is_worked_out(tmp_path: Path) -> None:
    """The table of sines of a transformer, as most write it: 196 places, 512 channels, each line of all of them."""
    source = """
import numpy as np
import torch
from torch import nn

def table(places, width):
    found = np.array([[place / np.power(10000, 2 * (at // 2) / width) for at in range(width)] for place in range(places)])
    found[:, 0::2] = np.sin(found[:, 0::2])
    found[:, 1::2] = np.cos(found[:, 1::2])
    np.put(found, np.arange(196), np.arange(196))
    grid = np.zeros((100, 100), dtype=int)
    for row in range(100):
        for column in range(100):
            grid[row, column] = row + column
    order = np.argsort(found + np.arange(512) * 10, axis=0)
    return torch.FloatTensor(found + 0 * order.sum()).unsqueeze(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.places = nn.Parameter(table(196, 512), requires_grad=False)
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        return self.head((x + self.places).mean(1))
"""
    (tmp_path / "net.py").write_text(source)
    plan = cnnshape.plan(tmp_path / "net.py", input=(196, 512))
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (196 * 512 + 5130, 5130)
