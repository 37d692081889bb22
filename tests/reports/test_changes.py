"""A difference as a graph: in Markdown for a pull request, and as a page."""

from __future__ import annotations

import re

import pytest
from reading import Read

import cnnshape
from cnnshape.reports.diffs import html, markdown
from cnnshape.reports.graphs.changes import MOST, changes_of, mermaid
from cnnshape.reports.page import sweep
from cnnshape.studies.diff import Difference, compare
from cnnshape.studies.scale import Budget, Range, task_of
from cnnshape.studies.scale import sweep as swept

OLD = {
    "input": [8, 8, 3],
    "layers": ["Conv2D(4, 3)", "BatchNormalization", "ReLU", "Conv2D(4, 3)", "Flatten", "Dense(2)"],
}
NEW = {"input": [8, 8, 3], "layers": ["Conv2D(4, 3)", "ReLU", "Dropout(0.5)", "Conv2D(8, 3)", "Flatten", "Dense(2)"]}


@pytest.fixture(scope="module")
def difference() -> Difference:
    return compare(cnnshape.plan(OLD), cnnshape.plan(NEW))


def labels(text: str) -> dict[str, str]:
    """The first line of every node of a flowchart."""
    return dict(re.findall(r'(\w+)[(\[]+"([^"<]*)', text))


def test_the_graph_has_the_layers_of_both_plans_and_what_became_of_them(difference: Difference) -> None:
    changes = changes_of(difference)
    names = {part.key: part.line.last.type for part in changes.graph.walk() if part.line}
    assert [(names[key], status) for key, status in changes.status.items()] == [
        ("Conv2D", "same"),
        ("BatchNormalization", "removed"),
        ("ReLU", "changed"),
        ("Dropout", "added"),
        ("Conv2D", "changed"),
        ("Flatten", "affected"),
        ("Dense", "affected"),
    ]


def test_edges_are_the_new_ones_and_those_of_what_was_removed(difference: Difference) -> None:
    assert {(edge.source, edge.target) for edge in changes_of(difference).graph.edges} == {
        ("in0", "n0"),
        ("n0", "n1"),
        ("n1", "n2"),
        ("n0", "n2"),
        ("n2", "n3"),
        ("n3", "n4"),
        ("n4", "n5"),
        ("n5", "n6"),
        ("n6", "out0"),
    }


def test_markdown_draws_what_changed_and_what_is_beside_it(difference: Difference) -> None:
    text = markdown.render(difference)
    drawn = text.partition("```mermaid\n")[2].partition("\n```")[0]
    assert set(labels(drawn)) == {"n0", "n1", "n2", "n3", "n4", "n5"}
    assert "class n1 removed" in drawn
    assert "class n3 added" in drawn
    assert "class n2,n4 changed" in drawn
    assert "filters 4 #8594; 8" in drawn


def test_nothing_is_drawn_where_nothing_or_too_much_changed() -> None:
    old, new = (cnnshape.plan({"input": [8, 8, 3], "layers": [f"Dropout({rate})"] * (MOST + 1)}) for rate in (0.1, 0.2))
    assert mermaid(compare(old, old)) is None
    assert mermaid(compare(old, new)) is None
    assert "```mermaid" not in markdown.render(compare(old, new))
    assert markdown.TOO_MUCH in markdown.render(compare(old, new))
    assert markdown.TOO_MUCH not in markdown.render(compare(old, old))


def test_a_graph_of_one_change_in_a_large_network_is_small() -> None:
    old = cnnshape.plan("zoo:keras/resnet50")
    new = cnnshape.plan("zoo:keras/resnet50", variables={"classes": 10})
    text = mermaid(compare(old, new))
    assert text is not None
    assert len(labels(text)) <= 4


@pytest.mark.parametrize("missing", ["old", "new"])
def test_a_network_that_is_new_or_gone_is_drawn_whole(missing: str) -> None:
    plan = cnnshape.plan(NEW)
    found = changes_of(compare(None, plan) if missing == "old" else compare(plan, None))
    assert set(found.status.values()) == {"added" if missing == "old" else "removed"}
    assert len(found.graph.edges) == 7


def test_a_page_of_a_difference_says_what_the_tables_say(difference: Difference) -> None:
    data = Read(html.render(difference)).data
    assert data["about"] == "layers: 1 added, 1 removed, 2 changed, 2 affected, 1 the same"
    marks = [part.get("mark") for part in data["parts"] if part["kind"] == "layer"]
    assert marks == [change.status for change in difference.layers]
    assert [tile[0] for tile in data["tiles"]] == list(difference.totals)
    assert [
        "changed",
        "Conv2D 3x3, 8",
        "filters 4 → 8; inputs [re_lu] → [dropout]; output (4, 4, 4) → (4, 4, 8); params 148 → 296; macs 2,304 → 4,608",
    ] in list(data["cells"].values())


def test_blocks_in_which_something_changed_are_open() -> None:
    old, new = (
        cnnshape.plan(
            {
                "input": [8, 8, 3],
                "blocks": {"a": ["Conv2D(4, 3)", "ReLU"], "b": ["Conv2D(4, 3)", f"Dropout({rate})"]},
                "layers": ["a", "b"],
            }
        )
        for rate in (0.1, 0.2)
    )
    data = Read(html.render(compare(old, new))).data
    assert [data["parts"][number]["name"] for number in data["open"]] == ["b"]


def test_a_page_of_variants_has_their_costs() -> None:
    requests = task_of("examples/resnet.yaml", None, {}, [Range("width", (0.5, 1, 2))])
    variants = list(swept(requests))
    data = Read(sweep.render("resnet", variants, (True, True, False), Budget(params=30_000_000))).data
    assert [part["name"] for part in data["parts"]] == ["width = 0.5", "width = 1", "width = 2"]
    assert [part["mark"] for part in data["parts"]] == ["added", "added", "removed"]
    assert [data["counts"][str(number)][0] for number in range(3)] == [
        variant.figures["params"] for variant in variants
    ]
    assert [chart["title"] for chart in data["charts"]] == ["Parameters", "MACs", "Peak memory"]
