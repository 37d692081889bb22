"""Make the pictures of the documentation: `python scripts/build_pictures.py` (the one of the report with Chromium)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.reports.graphs import svg
from cnnshape.reports.page import plan as page
from cnnshape.reports.page.document import document, source
from cnnshape.reports.windows_svg import render as windows
from cnnshape.studies.explain import explain

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
REPORT = ("zoo:pytorch/resnet50", "bottleneck_3/conv_bn_1/conv2d")
"""The network that the page is of, and the layer that is chosen in it."""

BLOCK = """\
name: residual block
input: [56, 56, 64]
layers:
  - shortcut = Conv2D(256, 1)
  - Conv2D(64, 1)(input)
  - BatchNormalization
  - ReLU
  - Conv2D(64, 3, padding="same")
  - BatchNormalization
  - ReLU
  - main = Conv2D(256, 1)
  - Add()(shortcut, main)
"""


def drawings() -> dict[str, str]:
    """The pictures that are text, by the names of their files."""
    tutorial = cnnshape.plan("examples/tutorial.yaml")
    convolution = explain(tutorial, "conv2d")[0]
    return {
        "windows.svg": windows(convolution.windows, f"{convolution.name}: {convolution.call}"),
        "block.svg": svg.render(cnnshape.plan(text=BLOCK)),
    }


def digest() -> str:
    """What the picture of the report shows, as a digest: the data, and how it is drawn."""
    plan = cnnshape.plan(REPORT[0])
    data = page.data_of(plan)
    names = (
        "page.html",
        "page.css",
        "elements.js",
        "table.js",
        "charts.js",
        "windows.js",
        "layer.js",
        "graph.js",
        "page.js",
    )
    shown = {**data, "explained": chosen(plan, data["explained"]), "sources": [source(name) for name in names]}
    return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def chosen(plan: Plan, explained: dict[str, Any]) -> list[Any]:
    """The explanation of the chosen layer."""
    (number,) = (number for number, row in enumerate(plan.layers) if row.name == REPORT[1])
    _, steps, drawn = explained["layers"][number]
    return [*(explained["steps"][step] for step in steps), explained["windows"][drawn]]


def photograph(chromium: str) -> None:
    """The picture of the report."""
    plan = cnnshape.plan(REPORT[0])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(document(plan.name, page.data_of(plan)), encoding="utf-8")
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1400,950"),
                *(
                    "--virtual-time-budget=4000",
                    f"--screenshot={FOLDER / 'report.png'}",
                    f"{file.as_uri()}#{REPORT[1]}",
                ),
            ],
            check=True,
            capture_output=True,
        )
    (FOLDER / "report.json").write_text(f'{{"shows": "{digest()}"}}\n', encoding="utf-8")


def main() -> None:
    """Make them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in drawings().items():
        (FOLDER / name).write_text(f"{text}\n", encoding="utf-8")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("the picture of the report needs Chromium: apt-get install chromium")
    photograph(chromium)


if __name__ == "__main__":
    main()
