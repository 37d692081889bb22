"""The graph of a plan: which parts it has, which tensors go where, and what closing blocks makes of both."""

from __future__ import annotations

import re
from pathlib import Path
from xml.dom import minidom

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network.plan import Plan, Rows, Scope
from cnnshape.reports.graphs import dot, mermaid, svg
from cnnshape.reports.graphs.graph import Graph, faulty_parts, fitting, folded, graph_of
from cnnshape.reports.graphs.layout import Size, lay_out
from cnnshape.value import replace


def named(graph: Graph) -> set[tuple[str, str, str]]:
    """The edges by the names of what they join."""
    names = {part.key: part.line.label if part.line else part.name for part in graph.walk()}
    return {(names[edge.source], names[edge.target], "x".join(map(str, edge.shape or "?"))) for edge in graph.edges}


def shown(graph: Graph) -> list[str]:
    """What is drawn closed, in order."""
    return [part.line.label if part.line else part.name for part in graph.walk() if not part.parts]


RESIDUAL = {
    "input": [8, 8, 4],
    "layers": [
        "main = Conv2D(4, 3, padding='same')",
        "Add()(input, main)",
        "Flatten",
    ],
}


def test_every_tensor_is_an_edge_with_its_shape_from_its_maker_to_each_reader() -> None:
    assert named(graph_of(cnnshape.plan(RESIDUAL))) == {
        ("input", "main", "1x8x8x4"),
        ("input", "add", "1x8x8x4"),
        ("main", "add", "1x8x8x4"),
        ("add", "flatten", "1x8x8x4"),
        ("flatten", "flatten", "1x256"),
    }


@pytest.mark.parametrize(
    "file",
    [
        "zoo:keras/resnet50",
        "zoo:pytorch/googlenet",
        "zoo:keras/nasnetmobile",
        "examples/pytorch_unet.yaml",
        "examples/two_inputs.yaml",
    ],
)
def test_the_edges_of_the_open_graph_are_what_the_rows_read(file: str) -> None:
    plan = cnnshape.plan(file)
    graph = graph_of(plan)
    makers = {name: f"n{number}" for number, row in enumerate(plan.layers) for name in (row.name, *row.output_names)}
    makers |= {name: f"in{number}" for number, name in enumerate(plan.inputs)}
    read = {
        (makers[name], f"n{number}", name, shape)
        for number, row in enumerate(plan.layers)
        for name, shape in zip(row.inputs, row.input_shapes, strict=True)
    }
    returned = {
        (makers[name], f"out{number}", name, shape) for number, (name, shape) in enumerate(plan.outputs.items())
    }
    assert {tuple(edge) for edge in graph.edges} == read | returned
    assert [part.line.last for part in graph.walk() if part.kind == "layer" and part.line] == list(plan.layers)


AGAIN = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        a = self.relu(self.conv(x))
        b = self.relu(self.conv(a))
        left, right = (a + b).chunk(2, dim=1)
        return torch.cat([self.relu(right), left, a], 1), left, left
"""


def test_a_module_that_is_called_again_is_a_layer_of_its_own_between_the_tensors_of_that_call(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(AGAIN, encoding="utf-8")
    plan = cnnshape.plan(f"{tmp_path / 'net.py'}:Net", input=[8, 4, 4])
    graph = graph_of(plan)
    assert [part.name for part in graph.parts if part.kind == "layer"] == [
        *("conv", "relu", "conv", "relu", "add", "chunk", "relu", "cat"),
    ]
    assert sorted((edge.source, edge.target, edge.tensor) for edge in graph.edges) == sorted(
        [
            ("in0", "n0", "x"),
            ("n0", "n1", "conv"),
            ("n1", "n2", "relu"),
            ("n2", "n3", "conv (2)"),
            ("n1", "n4", "relu"),
            ("n3", "n4", "relu (2)"),
            ("n4", "n5", "add"),
            ("n5", "n6", "chunk:1"),
            ("n6", "n7", "relu (3)"),
            ("n5", "n7", "chunk:0"),
            ("n1", "n7", "relu"),
            ("n7", "out0", "cat"),
            ("n5", "out1", "chunk:0"),
            ("n5", "out2", "chunk:0 (2)"),
        ]
    )
    assert graph.shares == (("n0", "n2"),)


def test_the_outputs_of_one_layer_are_edges_of_their_own() -> None:
    plan = cnnshape.plan("examples/two_inputs.yaml")
    assert {part.name for part in graph_of(plan).parts if part.kind == "input"} == set(plan.inputs)
    split = cnnshape.plan({"framework": "pytorch", "input": [8, 4, 4], "layers": ["chunk(2, dim=1)"]})
    sources = {(edge.source, edge.tensor) for edge in graph_of(split).edges if edge.source == "n0"}
    assert len(sources) == len(split.outputs)


def test_the_shapes_of_several_outputs_stand_below_each_other() -> None:
    layers = ["left, right = chunk(2, dim=1)", "cat(dim=1)(right, left)"]
    picture = svg.render(cnnshape.plan({"framework": "pytorch", "input": [8, 4, 4], "layers": layers}))
    labels = re.findall(r'<text x="([^"]*)" y="([^"]*)" class="shape">1x4x4x4<', picture)
    assert len(labels) == len(set(labels)) == 2


def test_layers_that_share_weights_are_linked_and_those_without_weights_are_not() -> None:
    graph = graph_of(cnnshape.plan("examples/two_inputs.yaml"))
    names = {part.key: part.line.label for part in graph.walk() if part.line}
    assert {(names[owner], names[user]) for owner, user in graph.shares} == {
        (f"a/conv2d{number}", f"b/conv2d{number}") for number in ("", "_1", "_2", "_3", "_4")
    }


def test_a_closed_block_has_the_edges_of_what_lies_in_it_and_none_to_itself() -> None:
    graph = folded(graph_of(cnnshape.plan("examples/pytorch_unet.yaml")), 0)
    assert ("skip[0]", "max_pool2d", "1x32x256x256") in named(graph)
    assert ("skip[0]", "cat_2", "1x32x256x256") in named(graph)
    assert not [edge for edge in graph.edges if edge.source == edge.target]


def test_equal_uses_of_a_block_are_one_part_until_it_is_opened() -> None:
    graph = graph_of(cnnshape.plan("examples/resnet.yaml"))
    assert "bottleneck x 2" in shown(folded(graph, 0))
    opened = shown(folded(graph, 1))
    assert "bottleneck x 2" not in opened
    assert {"bottleneck_1/conv_bn", "bottleneck_2/conv_bn"} <= set(opened)


def test_blocks_stay_open_around_a_faulty_layer() -> None:
    plan = examine(
        {
            "input": [8, 8, 3],
            "blocks": {"broken": ["Conv2D(4, 3)", "Conv2D(4, 30)"], "sound": ["ReLU"]},
            "layers": ["broken", "sound"],
        }
    )
    assert shown(folded(graph_of(plan), 0, faulty_parts(plan))) == [
        "input",
        "broken/conv2d",
        "broken/conv2d_1",
        "sound",
        "sound/re_lu",
    ]


@pytest.mark.parametrize("most", [20, 60, 200])
def test_as_many_blocks_are_open_as_leave_it_small(most: int) -> None:
    graph = graph_of(cnnshape.plan("zoo:keras/resnet50"))
    found = shown(fitting(graph, most))
    assert len(found) <= most
    assert (len(found) == 178) == (most == 200)


def test_chains_of_a_large_network_without_blocks_are_closed_between_its_merges() -> None:
    layers: list[object] = []
    before = "input"
    for number in range(30):
        layers += [
            "Conv2D(4, 3, padding='same')",
            "ReLU",
            f"r{number} = ReLU",
            f"s{number} = Add()({before}, r{number})",
        ]
        before = f"s{number}"
    plan = cnnshape.plan({"input": [8, 8, 4], "layers": layers})
    found = shown(fitting(graph_of(plan), 70))
    assert found[:4] == ["input", "conv2d ... r0", "s0", "conv2d_1 ... r1"]
    assert len(found) == 62


def hostile(plan: Plan, names: list[str]) -> Plan:
    """A plan whose layers, and a block around them, bear these names."""
    rows = []
    before = "input"
    for row, name in zip(plan.layers, names, strict=True):
        rows.append(
            row._replace(
                name=name, output_names=(name,), inputs=(before,), scopes=(Scope('<b>&"', "<i>"),) * (len(rows) < 2)
            )
        )
        before = name
    return replace(plan, name=names[0], rows=Rows.of(rows), outputs={before: plan.layers[-1].output_shape})


NAMES = [
    "</script><script>alert(1)</script>",
    '"];click n0 href "javascript:alert(1)"',
    "`*md*` #quot; &lt; %%{init}%%",
    "1. - + | ---",
    "end",
    "<img src=x onerror=alert(1)>\n::error::x ##[error]",
    "]]> --> <!-- \\N {a|b} \u202e",
    "- list",
]


@pytest.fixture(scope="module")
def hostile_plan() -> Plan:
    return hostile(cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * len(NAMES)}), NAMES)


def test_names_are_text_in_svg(hostile_plan: Plan) -> None:
    document = minidom.parseString(svg.render(hostile_plan))
    assert {node.tagName for node in document.getElementsByTagName("*")} <= {
        *("svg", "title", "defs", "marker", "path", "style", "rect", "g", "text"),
    }
    texts = [node.firstChild.data for node in document.getElementsByTagName("text") if node.firstChild]
    assert {'"];click n0 href "javascript:alert(1)"', "- list", '<b>&"'} <= set(texts)


def test_names_are_text_in_dot(hostile_plan: Plan) -> None:
    text = dot.render(hostile_plan)
    assert text.count("\n") == len(text.splitlines()) - 1
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert not set("<>|#&`\\") & set(outside.replace("->", ""))
    assert 'label="ReLU\\n\\"];click n0 href \\"javascript:alert(1)\\""' in text


def test_names_are_text_in_mermaid(hostile_plan: Plan) -> None:
    for line in mermaid.render(hostile_plan).splitlines():
        for label in re.findall(r'"([^"]*)"', line):
            assert re.fullmatch(r"(?:[A-Za-z0-9 .,:/=()_·×+‖−-]|#\d+;|<br/>)*", label), label
        assert not re.search(r"[<>`%&]", re.sub(r'"[^"]*"|-->|-\.->', "", line)), line


@pytest.mark.parametrize("format", [svg, dot, mermaid], ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_fault_is_seen(format: object) -> None:
    plan = examine({"input": [8, 8, 3], "layers": ["Conv2D(4, 3)", "Conv2D(4, 30)"]})
    assert "#d32121" in format.render(plan)  # type: ignore[attr-defined]
    assert "#d32121" not in format.render(cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"]}))  # type: ignore[attr-defined]


@pytest.mark.parametrize("file", ["zoo:keras/densenet201", "zoo:keras/nasnetlarge", "zoo:pytorch/efficientnet_v2_l"])
def test_mermaid_stays_within_what_github_draws(file: str) -> None:
    text = mermaid.render(cnnshape.plan(file))
    assert len(text) < 50_000
    assert text.count("-->") <= 500


def test_parts_are_below_what_they_read_and_beside_each_other_without_overlap() -> None:
    sizes = {name: Size(40.0 + 10 * number, 20.0) for number, name in enumerate("abcdef")}
    edges = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d"), ("d", "e"), ("a", "f")]
    layout = lay_out(sizes, edges)
    for source, target in edges:
        assert layout.places[source].bottom < layout.places[target].top
    boxes = [(layout.places[name], size) for name, size in sizes.items()]
    for number, (place, size) in enumerate(boxes):
        assert size.width / 2 <= place.x + 1e-6
        assert place.x + size.width / 2 <= layout.size.width + 1e-6
        for other, its in boxes[:number]:
            apart = abs(place.x - other.x) >= (size.width + its.width) / 2 or abs(place.y - other.y) >= 20
            assert apart
    assert len(layout.bends["a", "d"]) == 1


def test_a_chain_is_drawn_straight() -> None:
    layout = lay_out(
        {name: Size(10.0 * (number + 1), 20.0) for number, name in enumerate("abcd")},
        [("a", "b"), ("b", "c"), ("c", "d")],
    )
    assert len({round(place.x, 6) for place in layout.places.values()}) == 1
