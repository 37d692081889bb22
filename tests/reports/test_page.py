"""The page of a plan: one file that needs nothing else, with the plan's own numbers, in which names are text."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from reading import Read
from test_drawn_graphs import NAMES, hostile

import cnnshape
from cnnshape.api import examine
from cnnshape.cli.output import disarmed
from cnnshape.network.plan import Plan
from cnnshape.reports.page import plan as page
from cnnshape.reports.plans.columns import COLUMNS
from cnnshape.reports.plans.lines import lines

FILES = ("zoo:keras/resnet50", "zoo:pytorch/resnet50", "examples/two_inputs.yaml", "examples/pytorch_unet.yaml")


@pytest.fixture(scope="module", params=FILES)
def shown(request: pytest.FixtureRequest) -> tuple[Plan, Read, str]:
    plan = cnnshape.plan(request.param)
    text = page.render(plan)
    return plan, Read(text), text


def test_a_page_needs_nothing_else(shown: tuple[Plan, Read, str]) -> None:
    _, read, text = shown
    assert not [
        each for _, each in read.elements if {"src", "href", "data"} & set(each) and each.get("href") != "#layers"
    ]
    assert "url(" not in text.replace('"url(#arrow)"', "")
    assert "default-src 'none'" in read.policy


def test_a_page_of_resnet50_is_small() -> None:
    for file in FILES[:2]:
        assert len(page.render(cnnshape.plan(file)).encode()) < 300_000


def test_only_the_scripts_of_the_page_may_run(shown: tuple[Plan, Read, str]) -> None:
    _, read, _ = shown
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in read.scripts[1:]}
    assert set(re.findall(r"'sha256-([^']*)'", read.policy)) == hashes
    assert "unsafe-inline" not in read.policy.partition("style-src")[0]


def test_what_a_ci_system_would_obey_is_in_no_line_of_a_page(shown: tuple[Plan, Read, str]) -> None:
    assert disarmed(shown[2]) == shown[2]


def test_the_table_has_the_rows_of_the_plan_in_their_order(shown: tuple[Plan, Read, str]) -> None:
    plan, read, _ = shown
    data = read.data
    layers = [number for number, part in enumerate(data["parts"]) if part["kind"] == "layer"]
    assert [data["parts"][number]["path"] for number in layers] == [row.name for row in plan.layers]
    titles = [column["title"] for column in data["columns"]]
    columns = {COLUMNS[key].title: COLUMNS[key] for key in COLUMNS}
    for number, line in zip(layers, lines(plan.layers, 1000), strict=True):
        assert data["cells"][str(number)] == [columns[title].text(line) for title in titles]


def test_the_numbers_of_layers_and_blocks_add_up_to_the_totals(shown: tuple[Plan, Read, str]) -> None:
    plan, read, _ = shown
    data = read.data
    at = [column["title"] for column in data["columns"]].index("Params")
    top = [number for number, part in enumerate(data["parts"]) if part["in"] is None and str(number) in data["cells"]]
    assert plan.totals is not None
    assert sum(data["counts"][str(number)][at] for number in top) == plan.totals.params


def test_edges_join_parts_and_lead_downwards(shown: tuple[Plan, Read, str]) -> None:
    plan, read, _ = shown
    data = read.data
    kinds = [part["kind"] for part in data["parts"]]
    for source, target, _, _ in data["edges"]:
        assert source < target
        assert "block" not in {kinds[source], kinds[target]}
    assert len(data["edges"]) == sum(len(set(row.inputs)) for row in plan.layers) + len(plan.outputs)


def test_every_layer_is_explained(shown: tuple[Plan, Read, str]) -> None:
    plan, read, _ = shown
    explained = read.data["explained"]
    assert len(explained["layers"]) == len(plan.layers)
    for row, (call, steps, *_) in zip(plan.layers, explained["layers"], strict=True):
        assert explained["calls"][call].startswith(f"{row.type}(")
        results = {explained["steps"][step][3] for step in steps}
        assert row.params == 0 or f"{row.params:,}" in results


def test_the_curve_of_memory_has_the_peak_of_the_totals() -> None:
    for file in FILES:
        plan = cnnshape.plan(file)
        assert plan.totals is not None
        assert max(plan.alive) == plan.totals.peak_activation_bytes
        ran = [row.name for row in plan.layers if row.live and not row.training_only]
        assert ran[plan.alive.index(max(plan.alive))] == plan.totals.peak_layer


def test_blocks_are_open_as_deep_as_asked() -> None:
    plan = cnnshape.plan("zoo:keras/resnet50")
    assert Read(page.render(plan, 0)).data["open"] == []
    opened = Read(page.render(plan, 1)).data
    assert {opened["parts"][number]["path"] for number in opened["open"]} == {
        "stem",
        "conv2",
        "conv3",
        "conv4",
        "conv5",
    }


def test_names_are_text() -> None:
    plan = hostile(cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * len(NAMES)}), NAMES)
    read = Read(page.render(plan))
    assert [tag for tag, _ in read.elements].count("script") == len(read.scripts) == 9
    assert read.titles == NAMES[0]
    assert {part["path"] for part in read.data["parts"]} >= {
        name.partition("\n")[0] for name in NAMES if "\n" not in name
    }


def test_a_fault_is_told_with_its_lines_and_its_layer() -> None:
    plan = examine(text="input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 30)\n  - ReLU\n", filename="net.yaml")
    data = Read(page.render(plan)).data
    (finding,) = data["findings"]
    assert (finding["severity"], finding["code"]) == ("error", "CS301")
    assert data["parts"][finding["part"]]["path"] == "conv2d"
    assert "3 |   - Conv2D(4, 30)" in finding["text"]
    assert data["tiles"] == []


def test_unknown_sizes_are_shown_as_unknown() -> None:
    plan = cnnshape.plan({"input": [None, None, 3], "layers": ["Conv2D(4, 3)", "ReLU"]})
    data = Read(page.render(plan)).data
    assert plan.alive == ()
    assert [chart["title"] for chart in data["charts"]] == ["Parameters by layer"]
    assert ["MACs", "?", "per sample"] in data["tiles"]
