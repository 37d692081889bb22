"""Graphviz and Mermaid read what is written for them. See README.md here for what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.reports.graphs import changes, dot, mermaid
from cnnshape.studies.diff import compare
from tests.browser.browsing import chromium

sys.path.insert(0, str(Path(__file__).parent.parent / "reports"))
from test_drawn_graphs import NAMES, hostile

FILES = ("zoo:keras/resnet50", "zoo:keras/nasnetmobile", "examples/pytorch_unet.yaml", "examples/two_inputs.yaml")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        found = browser.new_page()
        found.goto("about:blank")
        found.add_script_tag(path=os.environ["MERMAID"])
        found.evaluate("mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' })")
        yield found


def labels(page: Page, text: str) -> list[str]:
    """The labels that Mermaid draws."""
    script = """async (text) => {
      document.body.innerHTML = (await mermaid.render("graph", text)).svg;
      return [...document.querySelectorAll(".nodeLabel")].map((label) => label.innerText);
    }"""
    return list(page.evaluate(script, text))


def named() -> Plan:
    return hostile(cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * len(NAMES)}), NAMES)


@pytest.mark.parametrize("file", FILES)
def test_mermaid_draws_every_part(page: Page, file: str) -> None:
    text = mermaid.render(cnnshape.plan(file))
    assert len(labels(page, text)) == sum(
        line.lstrip().startswith(("n", "b", "in", "out", "subgraph")) and "-->" not in line and "-.->" not in line
        for line in text.splitlines()
    )


def test_mermaid_draws_names_as_text(page: Page) -> None:
    drawn = "\n".join(labels(page, mermaid.render(named())))
    assert all(name.rpartition("/")[2] in drawn for name in NAMES if name.isprintable())
    assert page.locator("img, script[src], a").count() == 0


def test_mermaid_draws_a_difference(page: Page) -> None:
    text = changes.mermaid(compare(cnnshape.plan("examples/lenet5.yaml"), named()))
    assert text is None or labels(page, text)


@pytest.mark.parametrize("file", FILES)
def test_graphviz_draws_every_part(file: str) -> None:
    plan = cnnshape.plan(file)
    drawn = subprocess.run(["dot", "-Tplain"], input=dot.render(plan), capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    nodes = [line for line in drawn.stdout.splitlines() if line.startswith("node ")]
    assert len(nodes) == len(plan.inputs) + len(plan.layers) + len(plan.outputs)


def test_graphviz_draws_names_as_text() -> None:
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot.render(named()), capture_output=True, text=True, check=True)
    assert "<script" not in drawn.stdout
    assert "javascript:alert(1)&quot;" in drawn.stdout
