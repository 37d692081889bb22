"""Files of Keras are planned as Keras counts them: `keras_models.jsonl.gz` has configurations with what Keras says.

A shape of None is unknown there (a `Lambda`); axis 0 is the batch, which Keras leaves open.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from math import prod
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network.plan import Plan
from cnnshape.readers.registry import read
from cnnshape.readers.requests import Settings
from cnnshape.writers import write

DATA = Path(__file__).parents[2] / "data"
FILES = DATA / "files" / "keras"

with gzip.open(DATA / "keras_models.jsonl.gz", "rt", encoding="utf-8") as lines:
    MODELS = {model["file"]: model for model in map(json.loads, lines)}


with gzip.open(DATA / "keras_functions.jsonl.gz", "rt", encoding="utf-8") as lines:
    FUNCTIONS = {model["name"]: model for model in map(json.loads, lines)}
"""A model for each of many functions of `keras.ops`, and (``L.``) for calls of layers, with what Keras says of it."""


def planned(tmp_path: Path, config: Any, **settings: Any) -> Plan:
    """The plan of a configuration as JSON."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return examine(path, **settings)


def archive(path: Path, config: Any) -> Path:
    """The configuration as a `.keras`."""
    with zipfile.ZipFile(path, "w") as members:
        members.writestr("metadata.json", "{}")
        members.writestr("config.json", json.dumps(config))
    return path


def samples(shapes: Any) -> Any:
    """Shapes without their batch."""
    return [tuple(shape[1:]) for shape in shapes]


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_is_as_keras_says(name: str, tmp_path: Path) -> None:
    model = MODELS[name]
    plan = planned(tmp_path, model["config"])
    rows = {row.name: row for row in reversed(plan.layers)}
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (model["params"], model["trainable"])
    for layer, outputs, params in model["layers"]:
        if outputs is None:
            assert rows[layer].failed
            continue
        assert samples(rows[layer].output_shapes) == samples(outputs), layer
        assert rows[layer].params == params, layer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_and_calls_in_a_graph_are_kerass(name: str, tmp_path: Path) -> None:
    model = FUNCTIONS[name]
    plan = planned(tmp_path, model["config"])
    assert not plan.errors
    assert plan.totals is not None
    assert plan.totals.params == model["params"]
    assert samples(plan.outputs.values()) == samples(model["outputs"])


def test_an_archive_is_its_configuration(tmp_path: Path) -> None:
    config = MODELS["keras/nested"]["config"]
    path = archive(tmp_path / "model.keras", config)
    assert cnnshape.plan(path).outputs == planned(tmp_path, config).outputs


def without_modules(config: Any) -> Any:
    """The configuration as an `.h5` has it."""
    if isinstance(config, dict):
        return {
            key: without_modules(value) for key, value in config.items() if key not in ("module", "registered_name")
        }
    return [without_modules(each) for each in config] if isinstance(config, list) else config


@pytest.mark.parametrize("name", MODELS)
def test_an_hdf5_file_tells_layers_from_functions_without_their_modules(name: str, tmp_path: Path) -> None:
    config = MODELS[name]["config"]
    assert planned(tmp_path, without_modules(config)).layers == planned(tmp_path, config).layers


@pytest.mark.parametrize("kind", ["SpatialDropout2D", "Dropout"])
def test_a_layer_that_states_no_trainable_is_no_function(kind: str, tmp_path: Path) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 8, 8, 3], "keras_history": ["x", 0, 0]}}
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3], "name": "x"}, "name": "x"},
        {"class_name": kind, "config": {"rate": 0.3, "name": "y", "dtype": "float32"}, "name": "y"},
    ]
    for layer, calls in zip(layers, ([], [{"args": [tensor], "kwargs": {}}]), strict=True):
        layer["inbound_nodes"] = calls
    graph = {"name": "m", "layers": layers, "input_layers": ["x", 0, 0], "output_layers": ["y", 0, 0]}
    plan = planned(tmp_path, {"class_name": "Functional", "config": graph})
    assert plan.diagnostics == ()
    assert {row.type: row.output_shape for row in plan.layers} == {kind: (1, 8, 8, 3)}


def test_an_hdf5_file_is_read_by_its_attribute() -> None:
    plan = cnnshape.plan(FILES / "45_keras2.h5")
    assert plan.totals is not None
    assert plan.totals.params == 396


def test_a_shared_layer_counts_once_and_costs_each_time() -> None:
    plan = cnnshape.plan(FILES / "18_shared.keras", input=[16, 16, 2])
    first, second = (row for row in plan.layers if row.name.startswith("conv2d"))
    assert (first.shared_with, second.shared_with) == (None, "conv2d_26")
    assert (first.params, second.params) == (76, 0)
    assert (first.macs, second.macs) == (14 * 14 * 9 * 2 * 4, 6 * 6 * 9 * 2 * 4)


def test_unknown_sizes_are_unknown_until_they_are_stated() -> None:
    sizes = {row.output_shape for row in cnnshape.plan(FILES / "18_shared.keras").layers if row.type == "Conv2D"}
    assert sizes == {(1, None, None, 4)}
    assert cnnshape.plan(FILES / "18_shared.keras", input={"input_layer_33": [16, 16, 2]}).totals.macs is not None


def test_a_model_of_its_own_class_is_named_and_unknown() -> None:
    plan = cnnshape.plan(FILES / "30_subclassed.keras")
    (finding,) = plan.diagnostics
    assert (finding.code, finding.severity) == ("CS116", "warning")
    assert finding.message.startswith("nothing is known of Net (net): what depends on it is unknown")
    assert plan.totals is not None
    assert not plan.totals.complete


def called(name: str, config: dict[str, Any], *sources: list[Any], kind: str = "Dense", **more: Any) -> dict[str, Any]:
    """A layer that is called on tensors, once each."""
    nodes = [
        {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": each}}], "kwargs": {}}
        for each in sources
    ]
    given = {"module": "keras.layers", "class_name": kind, "name": name, "config": {"name": name, **config}}
    return {**given, "inbound_nodes": nodes, **more}


def functional(name: str, size: int, layers: list[Any], output: list[Any], **config: Any) -> dict[str, Any]:
    """A Functional of one input."""
    first = called("in", {"batch_shape": [None, size]}, kind="InputLayer")
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [output]}
    return {"name": name, "layers": [first, *layers], **ends, **config}


def test_layers_of_a_frozen_model_train_where_they_say_so(tmp_path: Path) -> None:
    """Keras 3.15.1: `base.trainable = False`, then `base.layers[-1].trainable = True`; saved and loaded alike."""
    parts = [
        called("one", {"units": 2, "trainable": False}, ["in", 0, 0]),
        called("two", {"units": 3}, ["one", 0, 0]),
    ]
    base = functional("base", 4, parts, ["two", 0, 0], trainable=False)
    layers = [called("base", base, ["in", 0, 0], kind="Functional"), called("head", {"units": 5}, ["base", 0, 0])]
    whole = functional("whole", 4, layers, ["head", 0, 0])
    plan = planned(tmp_path, {"module": "keras", "class_name": "Functional", "config": whole})
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.trainable_params) == (10 + 9 + 20, 9 + 20)


@pytest.mark.parametrize("is_graph", [True, False])
def test_a_functional_model_of_a_users_class_is_its_graph_where_the_file_has_it(is_graph: bool, tmp_path: Path) -> None:
    """Keras 3.15.1 counts a call of a functional model's own in `output_layers`, and there alone."""
    graph = functional("mine", 4, [called("one", {"units": 2}, ["in", 0, 0])], ["one", 0, 0])
    own = {"kind": "Mine", "module": None, "registered_name": "pkg>Mine"}
    middle = called("mine", graph if is_graph else {}, ["in", 0, 0], ["more", 0, 0], **own)
    whole = functional("whole", 4, [middle, called("more", {"units": 4}, ["mine", 0, 0])], ["mine", 2, 0])
    plan = planned(tmp_path, {"module": "keras", "class_name": "Functional", "config": whole})
    assert [finding.code for finding in plan.diagnostics] == ([] if is_graph else ["CS116"])
    assert list(plan.outputs.values()) == [(1, 2) if is_graph else None]


LAMBDA = next(model for model in MODELS.values() if "lambda" in str(model["config"]))


def test_what_a_lambda_holds_is_never_run_and_the_rest_is_planned(tmp_path: Path) -> None:
    plan = planned(tmp_path, LAMBDA["config"])
    assert [(finding.code, finding.layer) for finding in plan.diagnostics] == [("CS116", "lambda")]
    assert plan.layers[-1].failed
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.complete) == (166, False)
    assert plan.to_dict()["totals"]["complete"] is False


def sequential(*layers: tuple[str, dict[str, Any]], **config: Any) -> dict[str, Any]:
    """A Sequential of these layers that nobody has built."""
    listed = [{"module": "keras.layers", "class_name": name, "config": given} for name, given in layers]
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": listed, **config}}


UNBUILT = sequential(("Dense", {"name": "dense", "units": 3}))


def test_a_sequential_that_was_never_built_asks_for_its_input(tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError, match="never built"):
        planned(tmp_path, UNBUILT)
    assert planned(tmp_path, UNBUILT, input=[8]).totals.params == 8 * 3 + 3


def test_a_model_at_every_step_is_its_layers_at_every_step(tmp_path: Path) -> None:
    inner = sequential(
        ("Conv2D", {"name": "conv", "filters": 4, "kernel_size": [3, 3]}), ("GlobalMaxPooling2D", {"name": "pool"})
    )
    outer = sequential(
        ("TimeDistributed", {"name": "each", "layer": inner}),
        ("Bidirectional", {"name": "both", "layer": sequential(("LSTM", {"units": 5}))["config"]["layers"][0]}),
    )
    plan = planned(tmp_path, outer, input=[7, 10, 10, 2])
    assert [(row.name, row.output_shape) for row in plan.layers] == [
        ("each/conv", (1, 7, 8, 8, 4)),
        ("each/pool", (1, 7, 4)),
        ("both", (1, 10)),
    ]
    assert plan.layers[0].macs == 7 * 8 * 8 * 4 * 9 * 2
    assert plan.layers[2].params == 2 * 4 * 5 * (4 + 5 + 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config: config["layers"].clear(), "is no layer"),
        (lambda config: config.update(output_layers=["absent", 0, 0]), "is not there"),
        (lambda config: config.update(output_layers=7), "no tensors"),
        (lambda config: config["layers"][1].pop("config"), "has no config"),
        (lambda config: config["layers"].append(config["layers"][1]), "two layers of one name"),
        (lambda config: config["layers"][0]["config"].update(batch_shape=[None, -1]), "is no list of sizes"),
    ],
)
def test_a_graph_that_is_none_is_refused_by_name(tmp_path: Path, change: Any, message: str) -> None:
    model = json.loads(json.dumps(MODELS["keras/operators"]["config"]))
    change(model["config"])
    with pytest.raises(cnnshape.ArchitectureError, match=message) as caught:
        planned(tmp_path, model)
    assert caught.value.diagnostics[0].code == "CS018"


def test_a_circle_is_refused(tmp_path: Path) -> None:
    text = json.dumps(MODELS["keras/operators"]["config"])
    circle = text.replace('"keras_history": ["conv2d", 0, 0]', '"keras_history": ["multiply", 0, 0]')
    with pytest.raises(cnnshape.ArchitectureError, match="the graph is a circle"):
        planned(tmp_path, json.loads(circle))


# -- archives that nobody need trust


def zipped(**members: bytes) -> bytes:
    """An archive with these members, without the dots that keywords cannot have."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name.replace("_", "."), raw)
    return stream.getvalue()


WHOLE = zipped(config_json=json.dumps(UNBUILT).encode())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (WHOLE[:-20], "CS018"),
        (WHOLE[:60] + bytes(8) + WHOLE[68:], "CS018"),
        (zipped(config_json=b"{" * 100), "CS018"),
        (zipped(config_json=b"[" * 100_000), "CS007"),
        (zipped(config_json=b"0" * (32 * 1024**2 + 1)), "CS006"),
        (zipped(config_json=b"[" + b"0," * 2_000_000 + b"0]"), "CS006"),
        (zipped(config_json=b'{"class_name": "Sequential", "config": 7}'), "CS018"),
        (zipped(config_json=b"\xff\xfe"), "CS018"),
    ],
)
def test_a_damaged_archive_is_refused_and_never_unpacked(raw: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(raw)
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(path)
    assert caught.value.diagnostics[0].code == code
    assert [each.name for each in tmp_path.iterdir()] == ["model.keras"]


with gzip.open(DATA / "keras_types.jsonl.gz", "rt", encoding="utf-8") as lines:
    TYPED = {model["policy"]: model for model in map(json.loads, lines)}
"""A model under each of several dtype policies, with the types of all that its layers and functions make and keep."""


@pytest.mark.parametrize("policy", TYPED)
def test_every_tensor_has_the_type_that_its_policy_gives_it(policy: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(TYPED[policy]["config"]), encoding="utf-8")
    network = read(str(path)).network(Settings())
    types = {each.tensor.name: each.tensor for each in network.inputs}
    types |= {node.name: node.outputs[0] for node in network.nodes}
    expected = {name: outputs[0] for name, (outputs, _) in TYPED[policy]["types"].items()}
    assert {name: tensor.dtype or network.dtype for name, tensor in types.items()} == expected


@pytest.mark.parametrize("policy", TYPED)
def test_every_layer_takes_the_bytes_of_its_types(policy: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, TYPED[policy]["config"])
    types = TYPED[policy]["types"]
    for row in plan.layers:
        elements = prod(size for size in row.output_shape or () if size)
        assert row.output_bytes == elements * BYTES[types[row.name][0][0]], row.name
    assert plan.totals is not None
    kept = sum(count * BYTES[dtype] for _, weights in types.values() for count, dtype in weights)
    assert plan.totals.weight_bytes + plan.totals.buffer_bytes == kept


BYTES = {"float64": 8, "float32": 4, "int32": 4, "float16": 2, "bfloat16": 2, "bool": 1}


with gzip.open(DATA / "keras_batches.json.gz", "rt", encoding="utf-8") as file:
    BATCHES = json.load(file)
"""Recorded by `tests/data/record_keras_batches.py`."""


@pytest.mark.parametrize("name", BATCHES)
def test_functions_of_a_graph_treat_the_batch_as_keras_does(name: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, BATCHES[name]["config"])
    assert not plan.errors
    assert [list(shape) for shape in plan.outputs.values()] == BATCHES[name]["outputs"]


KERAS2 = json.loads((DATA / "keras2_graphs.json").read_text(encoding="utf-8"))
"""Recorded with Keras 2 by `tests/data/record_keras2.py`."""


@pytest.mark.parametrize("name", KERAS2)
def test_functions_of_tensorflow_and_lists_of_cells_are_as_keras_2_says(name: str, tmp_path: Path) -> None:
    recorded = KERAS2[name]
    (tmp_path / "model.json").write_text(json.dumps(recorded["config"]))
    plan = cnnshape.plan(tmp_path / "model.json")
    assert plan.totals is not None
    assert plan.totals.params == recorded["params"]
    assert [shape and shape[1:] for shape in plan.outputs.values()] == [tuple(s[1:]) for s in recorded["outputs"]]


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"slice_spec": None}, "called in a way that is not read"), ({"transpose_a": True}, "exchanges axes")],
)
def test_a_function_that_is_called_otherwise_is_unknown_with_the_reason(
    given: Any, reason: str, tmp_path: Path
) -> None:
    text = json.dumps(KERAS2["functions"]["config"])
    config = json.loads(text)
    wanted = "getitem" if "slice_spec" in given else "matmul"
    layer = next(each for each in config["config"]["layers"] if wanted in each["config"].get("function", ""))
    arguments = layer["inbound_nodes"][0][3]
    arguments |= given
    if "slice_spec" in given:
        arguments.pop("slice_spec")
    (tmp_path / "model.json").write_text(json.dumps(config))
    plan = cnnshape.plan(tmp_path / "model.json")
    assert any(finding.code == "CS116" and reason in finding.message for finding in plan.diagnostics)


def told(layer: str, shape: list[int | None], dtype: str = "float32") -> dict[str, Any]:
    """A tensor as a file of Keras 3 names it."""
    config = {"shape": shape, "dtype": dtype, "keras_history": [layer, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


@pytest.mark.parametrize("recurrent", ["GRU", "LSTM", "SimpleRNN"])
def test_a_mask_is_no_state_of_a_recurrent_layer(recurrent: str, tmp_path: Path) -> None:
    words = told("words", [None, 10])
    mask = {"mask": told("not_equal", [None, 10], "bool")}
    called = [
        ("InputLayer", "words", {"batch_shape": [None, 10], "dtype": "float32"}, []),
        ("Embedding", "embedding", {"input_dim": 50, "output_dim": 6, "mask_zero": True}, [{"args": [words], "kwargs": {}}]),
        ("NotEqual", "not_equal", {}, [{"args": [words, 0], "kwargs": {}}]),
        (recurrent, "read", {"units": 4}, [{"args": [told("embedding", [None, 10, 6])], "kwargs": mask}]),
    ]  # fmt: skip
    layers = [
        {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}
        | {"module": "keras.src.ops.numpy" if kind == "NotEqual" else "keras.layers"}
        for kind, name, config, calls in called
    ]
    ends = {"input_layers": [["words", 0, 0]], "output_layers": [["read", 0, 0]]}
    config = {"name": "m", "layers": layers, **ends}
    plan = planned(tmp_path, {"module": "keras.src.models.functional", "class_name": "Functional", "config": config})
    assert [(row.name, row.inputs) for row in plan.layers if row.type == recurrent] == [("read", ("embedding",))]
    assert "not_equal" not in write(plan, "keras")
