"""What notebooks show, and the cell magic; a real notebook is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from test_drawn_graphs import NAMES, hostile

import cnnshape
from cnnshape.api import examine
from cnnshape.cli.misuse import Misuse
from cnnshape.magic import plan_cell
from cnnshape.readers.requests import UsageError
from cnnshape.studies.diff import compare
from cnnshape.studies.sizes.study import study


class Text(HTMLParser):
    """The texts and the elements of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("file", ["zoo:keras/resnet50", "zoo:pytorch/resnet50"])
def test_a_plan_is_a_folded_table_of_less_than_50_kb(file: str) -> None:
    plan = cnnshape.plan(file)
    html = plan._repr_html_()
    assert len(html.encode()) < 50_000
    assert "<details><summary>" in html
    assert "<details open" not in html
    read = Text(html)
    assert {"Conv2d 1x1, 64" if "pytorch" in file else "Conv2D 1x1, 64", "Params"} <= set(read.texts)
    assert "script" not in read.elements


def test_a_plan_is_written_in_at_most_ten_lines() -> None:
    plan = cnnshape.plan({"name": "small", "input": [8, 16, 3], "layers": ["Conv2D(5, 3)"]})
    assert repr(plan).splitlines()[:4] == [
        "Plan of small: keras, float32, batch 1, input 1x8x16x3",
        "1 layers",
        "outputs: conv2d 1x6x14x5",
        "params: 140 (trainable 140, non-trainable 0)",
    ]
    for file in ("zoo:pytorch/googlenet", "examples/two_inputs.yaml"):
        assert len(repr(cnnshape.plan(file)).splitlines()) <= 10


def test_a_faulty_plan_shows_what_is_wrong() -> None:
    plan = examine({"input": [8, 8, 3], "layers": ["ReLU", "Conv2D(5, 30)"]})
    assert "1 error, first: Conv2D's window of 30 is larger" in repr(plan)
    assert any("Conv2D's window of 30 is larger" in text for text in Text(plan._repr_html_()).texts)
    assert '<div class="r f"><i>conv2d</i>' in plan._repr_html_()


def test_names_are_text() -> None:
    plan = hostile(cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * len(NAMES)}), NAMES)
    assert set(Text(plan._repr_html_()).elements) <= {
        *("div", "style", "p", "strong", "details", "summary", "b", "i", "u", "span", "dl", "dt", "dd"),
    }


def test_large_networks_are_shown_up_to_a_bound() -> None:
    plan = cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * 3000})
    assert len(plan._repr_html_()) < 150_000
    assert "<p>…</p>" in plan._repr_html_()


def test_a_difference_shows_its_totals_and_its_layers() -> None:
    difference = compare(
        cnnshape.plan({"input": [8, 8, 3], "layers": ["Conv2D(4, 3)", "ReLU"]}),
        cnnshape.plan({"input": [8, 8, 3], "layers": ["Conv2D(8, 3)", "ReLU", "Flatten"]}),
    )
    texts = Text(difference._repr_html_()).texts
    assert {"params", "112 → 224 (+112 (+100.0%))", "1 added", "1 changed"} <= set(texts)
    assert repr(difference).startswith("layers: 1 added, 1 changed")
    assert len(repr(difference).splitlines()) <= 10


def test_sizes_are_shown() -> None:
    file = "examples/pytorch_unet.yaml"
    found = study(lambda shapes: examine(file, input=shapes), cnnshape.plan(file))
    assert "multiples of 8" in Text(found._repr_html_()).texts
    assert repr(found).startswith("pytorch-unet: sizes of input")


PYTHON = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Block()
        self.conv = nn.Conv2d(8, 4, 3)

    def forward(self, x):
        return self.conv(self.stem(x))
"""
EARLIER = """\
%matplotlib inline
import torch
from torch import nn

class Block(nn.Module):
    def forward(self, x):
        return nn.functional.relu(x)
"""
YAML = "input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n"


def test_a_cell_of_python_is_planned_with_what_earlier_cells_know() -> None:
    plan = plan_cell("--input 8x16x16", PYTHON, ["1 +", EARLIER])
    assert plan.diagnostics == ()
    assert [(row.name, row.output_shape) for row in plan.layers][-1] == ("conv", (1, 4, 14, 14))


def test_a_cell_names_its_model() -> None:
    both = f"{EARLIER}\n{PYTHON}"
    assert plan_cell("--input 8x16x16", both).name == "Net"
    assert plan_cell("Block --input 8x16x16", both).name == "Block"


def test_a_cell_of_yaml_is_planned() -> None:
    assert plan_cell("--batch 2", YAML).layers[0].output_shape == (2, 6, 6, 4)


@pytest.mark.parametrize(
    ("cell", "line", "row"),
    [(YAML.replace("3)", "30)"), "", 4), (PYTHON.replace("8, 4", "9, 4"), "--input 8x16x16", 6)],
)
def test_findings_count_the_lines_as_the_notebook_does(cell: str, line: str, row: int) -> None:
    (finding,) = plan_cell(line, cell, [EARLIER]).errors
    assert finding.filename == "cell"
    assert finding.span is not None
    assert finding.span.start.row == row


def test_a_cell_that_cannot_be_read_says_why() -> None:
    assert [finding.code for finding in plan_cell("", "input: [8").errors] == ["CS003"]


@pytest.mark.parametrize("line", ["--colour 3", "--batch none", "--input"])
def test_options_that_make_no_sense_are_refused(line: str) -> None:
    with pytest.raises((UsageError, Misuse)):
        plan_cell(line, YAML)


def test_importing_cnnshape_imports_no_notebook() -> None:
    code = "import sys, cnnshape; cnnshape.plan({'input': [8, 8, 3], 'layers': ['ReLU']}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"IPython", "cnnshape.magic", "cnnshape.reports.notebook"} & set(loaded)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What the cells of a real notebook show, run by a real kernel."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "run.py").write_text(RUN, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, check=False, env=environment(folder)
    )
    assert result.returncode == 0, result.stderr
    found: list[list[Any]] = json.loads(result.stdout)
    return found


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder), "IPYTHONDIR": str(folder), "PYTHONPATH": str(Path.cwd())}


RUN = f"""
import json
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
cells = [
    "import cnnshape\\n%load_ext cnnshape",
    "%%cnnshape --input 9x9x3\\n" + {YAML!r},
    "%%cnnshape --input 8x16x16\\nimport torch\\nfrom torch import nn\\n" + {PYTHON.replace("Block()", "nn.ReLU()")!r},
    "cnnshape.plan('zoo:keras/lenet5')",
    "%%cnnshape --input\\ninput: [8]",
]
notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
print(json.dumps([[dict(each) for each in cell.outputs] for cell in notebook.cells]))
"""


def test_a_notebook_plans_its_cells_and_shows_plans(outputs: list[list[Any]]) -> None:
    _, yaml, python, plan, refused = outputs
    assert ">1x7x7x4<" in yaml[0]["data"]["text/html"]
    assert ">1x4x14x14<" in python[0]["data"]["text/html"]
    assert python[0]["data"]["text/plain"].startswith("Plan of Net: pytorch")
    assert ">Conv2D 5x5, 6, tanh<" in plan[0]["data"]["text/html"]
    assert "%%cnnshape takes a model of the cell" in str(refused)
