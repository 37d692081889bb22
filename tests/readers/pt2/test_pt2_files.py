"""Programs of `torch.export` are planned as PyTorch ran them: `pt2_programs.jsonl.gz` has graphs with what it said.

`pt2_archives.jsonl.gz` has whole archives. They are of PyTorch 2.5 to 2.14. A size that is text is an expression of a symbol, and unknown until the symbol has a value.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.arithmetic.symbols import named
from cnnshape.cli.start import main
from cnnshape.network.plan import Plan
from cnnshape.readers.pt2.arguments import base_name
from cnnshape.readers.pt2.expressions import size_of
from cnnshape.readers.pt2.program import Call, Named
from cnnshape.readers.pt2.recomposed import recomposed
from cnnshape.readers.registry import read
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.writers import Unwritable, pytorch, yaml
from cnnshape.writers.weights import weights_map

DATA = Path(__file__).parents[2] / "data"

with gzip.open(DATA / "pt2_programs.jsonl.gz", "rt", encoding="utf-8") as lines:
    PROGRAMS = {program["file"]: program for program in map(json.loads, lines)}

with gzip.open(DATA / "pt2_archives.jsonl.gz", "rt", encoding="utf-8") as lines:
    ARCHIVES = {program["file"]: program for program in map(json.loads, lines)}

DYNAMIC = "19_miniresnet_dynamic.pt2"


def archive(folder: Path, graph: Any, member: str = "net/models/model.json", stored: Any = None) -> Path:
    """The graph as an archive, with the member that lists its weights and what that holds."""
    path = folder / "net.pt2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("net/data/weights/weight_0", b"")
        members.writestr(member, json.dumps(graph))
        if stored:
            members.writestr(stored[0], json.dumps(stored[1]))
    return path


def known(shape: list[Any]) -> tuple[int | None, ...]:
    """A shape in which expressions are unknown sizes."""
    return tuple(size if isinstance(size, int) else None for size in shape)


def planned(folder: Path, name: str, **settings: Any) -> Plan:
    """The plan of a recorded program."""
    member, graph = PROGRAMS[name]["program"]
    return cnnshape.plan(archive(folder, graph, member, PROGRAMS[name]["stored"]), **settings)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_node_is_as_pytorch_says(name: str, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    plan = planned(tmp_path, name)
    assert plan.diagnostics == ()
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.buffers) == (program["params"], program["buffers"])
    rows: dict[str, Any] = {}
    for row in plan.layers:
        rows |= {name: (shape,) for name, shape in zip(row.output_names, row.output_shapes, strict=True)}
        rows |= {row.name: row.output_shapes}
    for node, shape, _ in program["nodes"]:
        if node not in rows:  # what no module asks for, and the transposed weight of a linear layer
            assert node.startswith(("getitem", "permute")), node
            continue
        stated = tuple(map(known, shape)) if shape and isinstance(shape[0], list) else (known(shape),)
        assert rows[node] == stated[: len(rows[node])], node


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_holds_what_its_module_does(name: str, tmp_path: Path) -> None:
    program = ARCHIVES[name]
    path = tmp_path / "net.pt2"
    path.write_bytes(base64.b64decode(program["archive"]))
    plan = cnnshape.plan(path)
    assert plan.totals is not None
    assert {finding.code for finding in plan.diagnostics} <= ({"CS116"} if name.startswith("cond") else set())
    held = plan.totals.params, plan.totals.trainable_params, plan.totals.buffers
    assert held == (program["params"], program["trainable"], program["buffers"])
    made = {
        output: list(shape)
        for row in plan.layers
        for output, shape in zip(row.output_names, row.output_shapes, strict=False)
    }
    common = made.keys() & program["shapes"].keys()
    assert common or name.startswith(("cell", "lstm"))
    assert {output: made[output] for output in common} == {output: program["shapes"][output] for output in common}


def pickled(folder: Path, listed: bytes) -> Path:
    """The archive of an earlier version with this list of weights."""
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as members:
        members.writestr("archive/data.pkl", listed)
    path = archive(folder, PROGRAMS["residual_2.5.1.pt2"]["program"][1], "serialized_exported_program.json")
    with zipfile.ZipFile(path, "a") as members:
        members.writestr("serialized_state_dict.pt", inside.getvalue())
    return path


@pytest.mark.parametrize(
    "listed",
    [b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.", b"\x80\x02}q\xff", b"junk", b"", pickle.dumps([1, {2}], 2)],
)
def test_a_list_of_weights_that_is_none_is_refused_and_never_run(listed: bytes, tmp_path: Path) -> None:
    if not listed:
        assert cnnshape.plan(pickled(tmp_path, listed)).totals is not None
        return
    with pytest.raises(cnnshape.ArchitectureError, match="lists no weights as PyTorch does") as caught:
        cnnshape.plan(pickled(tmp_path, listed))
    assert caught.value.diagnostics[0].code == "CS018"


TYPED = [name for name, program in PROGRAMS.items() if any(dtype for _, _, dtype in program["nodes"])]


@pytest.mark.parametrize("name", TYPED)
def test_every_tensor_is_of_the_type_that_pytorch_states(name: str, tmp_path: Path) -> None:
    member, graph = PROGRAMS[name]["program"]
    network = read(str(archive(tmp_path, graph, member))).network(Settings())
    ours = {tensor.name: tensor.dtype or network.dtype for node in network.nodes for tensor in node.outputs}
    stated = {node: dtype for node, _, dtype in PROGRAMS[name]["nodes"] if node in ours}
    assert stated.items() <= ours.items()
    assert len(stated) >= 3


RUNS = [(name, inputs, outputs) for name, each in PROGRAMS.items() for inputs, outputs in each["runs"]]


@pytest.mark.parametrize(("name", "inputs", "outputs"), RUNS, ids=[f"{name}-{inputs}" for name, inputs, _ in RUNS])
def test_other_inputs_give_what_they_gave_pytorch(name: str, inputs: Any, outputs: Any, tmp_path: Path) -> None:
    names = planned(tmp_path, name).inputs
    sizes = {each: shape[1:] for each, shape in zip(names, inputs, strict=True)}
    plan = planned(tmp_path, name, batch=inputs[0][0], input=sizes)
    assert list(plan.outputs.values()) == [tuple(shape) for shape in outputs]


def test_the_costs_of_a_sample_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    costs = {planned(tmp_path, DYNAMIC, batch=batch, input=[3, 40, 48]).totals.macs for batch in (1, 3, 16)}
    assert len(costs) == 1


def test_modules_are_scopes_and_layers_are_rows(tmp_path: Path) -> None:
    row = next(row for row in planned(tmp_path, "resnet.pt2.pt2").layers if row.name == "conv2d_1")
    assert [scope.name for scope in row.scopes] == ["layer1", "layer1.0"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input": [3, 41, 48]}, "exported for 40 on axis 2 of x, got 41"),
        ({"batch": 65}, "axis 0 of x is s77, 1 to 64; got 65"),
        ({"input": [4, 40, 48]}, "exported for 3 on axis 1 of x, got 4"),
        ({"input": [3, 40]}, "3 axes besides the batch, got 2"),
        ({"input": {"y": [3, 40, 48]}}, "no input 'y'; it has x"),
    ],
)
def test_sizes_that_the_program_was_not_exported_for_are_refused(settings: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        planned(tmp_path, DYNAMIC, **settings)


def test_of_a_fixed_program_no_other_size_and_batch_is_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    member, graph = PROGRAMS["residual_2.14.1.pt2"]["program"]
    path = str(archive(tmp_path, graph, member, PROGRAMS["residual_2.14.1.pt2"]["stored"]))
    assert main(["sizes", path]) == 2
    assert "no other size can be tried: the program was exported for 64 on axis 2 of x;" in capsys.readouterr().err
    assert main(["fit", path, "--memory", "8GiB"]) == 0
    assert re.search(r"largest batch +2\n[\s\S]*the file, which takes no larger batch", capsys.readouterr().out)


def test_the_archive_of_earlier_versions_is_read_too(tmp_path: Path) -> None:
    graph = PROGRAMS["resnet.pt2.pt2"]["program"][1]
    path = archive(tmp_path, graph, "serialized_exported_program.json")
    assert cnnshape.plan(path).totals.params == 3377


def changed(old: str, new: str) -> Any:
    """A graph with another text in the place of one."""
    return json.loads(json.dumps(PROGRAMS["resnet.pt2.pt2"]["program"][1]).replace(old, new))


LINEAR = [
    ({"target": "t", "given": {}}, {}, "Linear"),
    ({"target": "permute", "given": {"dims": [1, 0]}}, {}, "Linear"),
    ({"target": "permute", "given": {"dims": [0, 1]}}, {}, "addmm"),
    ({"target": "t", "given": {}}, {"beta": 2}, "addmm"),
]


@pytest.mark.parametrize(("turn", "given", "kind"), LINEAR)
def test_a_product_with_a_transposed_weight_is_a_linear_layer(turn: Any, given: Any, kind: str) -> None:
    def call(target: str, arguments: dict[str, Any], *outputs: str) -> Call:
        return Call(outputs[0], f"torch.ops.aten.{target}.default", arguments, outputs, ())

    sum_of = {"self": Named("bias"), "mat1": Named("x"), "mat2": Named("turned"), **given}
    calls = [call(turn["target"], {"self": Named("weight"), **turn["given"]}, "turned"), call("addmm", sum_of, "y")]
    found = [base_name(each.target) for each in recomposed(calls, ["y"], ["weight", "bias"])]
    assert found == (["linear"] if kind == "Linear" else [turn["target"], "addmm"])


def test_what_a_module_gives_unasked_is_left_out(tmp_path: Path) -> None:
    rows = {row.type: row.output_shapes for row in planned(tmp_path, "decomposed_2.14.1.pt2").layers}
    assert "BatchNorm2d" in rows
    assert all(len(shapes) == 1 for shapes in rows.values())


def test_an_operator_of_another_library_has_its_stated_shape_and_an_unknown_cost(tmp_path: Path) -> None:
    plan = cnnshape.plan(
        archive(tmp_path, changed("torch.ops.aten.adaptive_avg_pool2d.default", "torch.ops.mine.fold.default"))
    )
    assert [(finding.code, finding.severity) for finding in plan.diagnostics] == [("CS116", "warning")]
    assert plan.totals is not None


def test_what_reads_a_tensor_that_nothing_makes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError, match="reads absent, which nothing above it makes") as caught:
        cnnshape.plan(
            archive(
                tmp_path, changed('"arg": {"as_tensor": {"name": "relu"}}', '"arg": {"as_tensor": {"name": "absent"}}')
            )
        )
    assert caught.value.diagnostics[0].code == "CS018"


@pytest.mark.parametrize("graph", [{}, [], {"graph_module": 7}, {"graph_module": {"graph": {}, "signature": {}}}])
def test_a_json_of_another_form_is_refused(graph: Any, tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(archive(tmp_path, graph))
    assert caught.value.diagnostics[0].code == "CS018"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7", 7),
        ("s0", named("s0")),
        ("2*s0", 2 * named("s0")),
        ("Symbol('s77', positive=True, integer=True)", named("s77")),
        ("Mul(Integer(4), Symbol('s0', integer=True))", named("s0") * 4),
        ("s1 + s1 - 2*s1 + 3", 3),
        ("(4*s0)//2", 2 * named("s0")),
        ("Mod(6*s0, 3)", 0),
        ("Max(1, s0)", named("max(1, s0)")),
        ("__import__('os')", named("__import__('os')")),
        ("s0**9", named("s0**9")),
        ("((", named("((")),
    ],
)
def test_expressions_are_sizes(text: str, size: Any) -> None:
    assert size_of(text, {}) == size


@pytest.mark.parametrize(("text", "size"), [("((s0 - 3)//2) + 1", 20), ("Max(1, s0)", 41), ("FloorDiv(s0, 2)", 20)])
def test_expressions_have_values_once_their_symbols_have(text: str, size: int) -> None:
    assert size_of(text, {"s0": 41}) == size


RESAMPLED = {
    "up_2.14.1.pt2": ((7, 7), {"scale_factor": 0.5, "mode": "bilinear"}),
    "fpn.pt2.pt2": ((15, 15), {"size": (17, 12), "mode": "nearest"}),
}
"""What an element sees after the first resampling of a program, and its arguments in PyTorch's words."""


@pytest.mark.parametrize("name", RESAMPLED)
def test_a_resampling_sees_its_neighbours_and_not_everything(name: str, tmp_path: Path) -> None:
    row = next(row for row in planned(tmp_path, name).layers if row.type == "interpolate")
    field = row.receptive_field
    assert field is not None
    assert (field.size, dict(row.arguments)) == RESAMPLED[name]
    assert not field.is_global


IMPORTED = ("07_shuffle.pt2", "se.pt2.pt2", "fpn.pt2.pt2", "up_2.14.1.pt2")
"""Programs with views, a reshaping that sees sizes, resamplings, and `padding="same"`."""


@pytest.mark.parametrize("name", IMPORTED)
def test_what_moves_elements_is_written_as_pytorch_calls_it(name: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, name)
    again = cnnshape.plan(text=yaml.write(plan))
    assert [row.receptive_field and row.receptive_field.size for row in again.layers] == [
        row.receptive_field and row.receptive_field.size for row in plan.layers
    ]


def test_a_function_of_which_an_argument_is_not_known_is_not_written(tmp_path: Path) -> None:
    member, graph = PROGRAMS["se.pt2.pt2"]["program"]
    text = json.dumps(graph).replace("torch.ops.aten.relu.default", "torch.ops.aten.expand.default")
    assert "aten.expand" in text
    plan = cnnshape.plan(archive(tmp_path, json.loads(text), member))
    with pytest.raises(Unwritable, match="the file does not say the size of expand"):
        pytorch.write(plan)


def test_arguments_with_names_for_sizes_are_text(tmp_path: Path) -> None:
    plan = planned(tmp_path, "22_aspp_dynamic.pt2")
    row = next(row for row in plan.layers if row.type == "interpolate")
    assert json.loads(json.dumps(row.arguments))["size"] == ["1 + (-3 + s53)//(2)", 18]


NOT_WRITTEN = frozenset({"22_aspp_dynamic.pt2"})
"""Programs that there is no code for as long as their sizes are names."""


@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - NOT_WRITTEN))
def test_a_map_names_weights_as_the_state_dict_and_makes_of_each_what_it_is(name: str, tmp_path: Path) -> None:
    entries = weights_map(planned(tmp_path, name), "pytorch")["weights"]
    specs = PROGRAMS[name]["program"][1]["graph_module"]["signature"]["input_specs"]
    parameters = {spec["parameter"]["parameter_name"] for spec in specs if "parameter" in spec}
    assert {each["from"] for each in entries if "to" in each} >= parameters
    for each in entries:
        if {"from", "to"} <= each.keys():
            made_of = each["from"].rpartition(".")[2].removeprefix("in_proj_")  # a product with all three projections
            assert each["to"].rpartition(".")[2] == made_of
