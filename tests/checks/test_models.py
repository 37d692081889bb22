"""``[tool.cnnshape.models]``: networks in Python source that ``cnnshape check`` guards."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.api import examine
from cnnshape.checks.check import check_files
from cnnshape.checks.configuration import ConfigurationError, configure
from cnnshape.checks.discovery import discover

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.mark.parametrize(
    ("target", "wanted", "codes"),
    [
        ("net.py:Net", {"input": "3x8x8", "params": "<= 1k"}, []),
        ("net.py:Net(width=64)", {"input": "3x8x8", "params": "<= 1k"}, ["CS401"]),
        ("net.py:Net", {"input": "3x8x8", "output": [9, 6, 6]}, ["CS401"]),
        ("net.py:Net", {"input": "4x8x8"}, ["CS303"]),
        ("net.py:Nets", {"input": "3x8x8"}, ["CS602"]),
        ("net.py:Net", {"input": "3x8x8", "assume": {"Net": "5x6x6"}, "output": [5, 6, 6]}, ["CS608"]),
    ],
)
def test_a_model_is_held_to_its_promises(
    target: str, wanted: dict[str, object], codes: list[str], tmp_path: Path
) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    configuration = configure({"models": {target: wanted}}, tmp_path / "cnnshape.toml")
    files = discover([str(tmp_path)], configuration)
    report = check_files(files, configuration, examine)
    assert [finding.code for finding in report.findings] == codes


def test_a_file_means_the_models_that_are_guarded_in_it(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    models = {"net.py:Net": {"input": "3x8x8"}, "net.py:Net(width=4)": {"input": "3x8x8"}}
    configuration = configure({"models": models}, tmp_path / "cnnshape.toml")
    found = discover([str(tmp_path / "net.py")], configuration)
    assert [name.rpartition("/")[2] for name in found] == ["net.py:Net", "net.py:Net(width=4)"]


@pytest.mark.parametrize(
    "models", [{"net.yaml": {}}, {"net.py:Net": {"parms": "<= 1"}}, {"net.py:Net": {"assume": "a=b"}}, ["net.py"]]
)
def test_what_cannot_be_meant_is_refused(models: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        configure({"models": models}, tmp_path / "cnnshape.toml")


@pytest.mark.parametrize(
    ("arguments", "stated"), [("x", '"3x224x224"'), ("left, right", '{left = "3x224x224", right = "3x224x224"}')]
)
def test_a_model_without_an_input_is_told_what_to_write_into_the_configuration(
    arguments: str, stated: str, tmp_path: Path
) -> None:
    text = NET.replace("self, x", f"self, {arguments}").replace("conv(x)", f"conv({arguments.partition(',')[0]})")
    (tmp_path / "net.py").write_text(text, encoding="utf-8")
    configuration = configure({}, tmp_path / "cnnshape.toml")
    (finding,) = check_files([str(tmp_path / "net.py")], configuration, examine).findings
    assert finding.fix == f'state it in the configuration, [tool.cnnshape.models] "net.py" = {{input = {stated}}}'
