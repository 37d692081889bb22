"""``--fix`` on Python source: a number that stands in the line is replaced; everything else is left to its author."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.cli.mending import examine_source
from cnnshape.mending.fixes import fix_file

NET = """from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        width = 512
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten())
        {line}

    def forward(self, x):
        return self.head(self.body(x))
"""


def fixed(line: str, folder: Path) -> str:
    """The line after its fixes."""
    path = folder / "net.py"
    path.write_text(NET.format(line=line), encoding="utf-8")
    result = fix_file(
        str(path), lambda text, file: examine_source(text, file, model="Net", asked={"input": [3, 10, 10]})
    )
    return result.after.split("\n")[8].strip()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("self.head = nn.Linear(500, 10)", "self.head = nn.Linear(512, 10)"),
        (
            "self.head = nn.Linear(out_features=500, in_features=500)",
            "self.head = nn.Linear(out_features=500, in_features=512)",
        ),
        (
            "self.head = nn.Sequential(nn.Linear(500, 10), nn.Linear(9, 2))",
            "self.head = nn.Sequential(nn.Linear(512, 10), nn.Linear(10, 2))",
        ),
    ],
)
def test_a_number_is_replaced(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(before, tmp_path) == after


@pytest.mark.parametrize(
    "line",
    [
        "self.head = nn.Linear(500, 10)  # noqa: CS304",
        "self.head = nn.Linear(width - 12, 10)",
        "self.head = nn.Linear(8 * 62, 10)",
        "self.head = nn.Sequential(*[nn.Linear(500, 10) for _ in range(2)])",
    ],
)
def test_what_is_no_number_of_one_layer_is_left_alone(line: str, tmp_path: Path) -> None:
    assert fixed(line, tmp_path) == line
