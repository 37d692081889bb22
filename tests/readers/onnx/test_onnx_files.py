"""Models in ONNX are planned as ONNX Runtime runs them.

`onnx_nodes.jsonl.gz` has single operators; `onnx_models.zip` models that PyTorch, Keras and hands have written, with
the shape of every tensor for each of some inputs. Their larger weights are left out, as nobody reads them.
"""

from __future__ import annotations

import gzip
import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

import cnnshape
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.readers.onnx.reader import OnnxModel
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.studies.verify import verify
from cnnshape.writers import WRITERS, Unwritable, write, yaml

DATA = Path(__file__).parents[2] / "data"

with gzip.open(DATA / "onnx_nodes.jsonl.gz", "rt", encoding="utf-8") as lines:
    NODES = [json.loads(line) for line in lines]

with zipfile.ZipFile(DATA / "onnx_models.zip") as archive:
    MODELS = {name: archive.read(name) for name in archive.namelist() if name != "truth.json"}
    TRUTH = {model["file"]: model for model in json.loads(archive.read("truth.json"))}


def planned(model: ModelProto, **settings: Any) -> Plan:
    """The plan of a model in memory."""
    return plan_network(OnnxModel("model.onnx", model).network(Settings(**settings)))


def single(nodes: list[NodeProto], inputs: dict[str, list[Any]], opset: int = 21, **initializers: Any) -> ModelProto:
    """A model of these operators whose last output is its output."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        [tensor(name, value) for name, value in initializers.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def tensor(name: str, value: Any) -> TensorProto:
    """A list of whole numbers, or (a tuple) a weight of that shape whose values are not there."""
    if isinstance(value, tuple):
        return TensorProto(name=name, dims=value, data_type=TensorProto.FLOAT)
    return helper.make_tensor(name, TensorProto.INT64, [len(value)], value)


def node(type: str, inputs: str, output: str = "y", **attributes: Any) -> NodeProto:
    """An operator whose inputs are named in one text."""
    return helper.make_node(type, inputs.split(), [output], **attributes)


def output(model: ModelProto, **settings: Any) -> Any:
    """The shape of the only output; None where the model is wrong."""
    plan = planned(model, **settings)
    return None if plan.errors else next(iter(plan.outputs.values()))


@pytest.mark.parametrize("type", sorted({row["op"] for row in NODES}))
def test_a_window_is_onnx_runtimes(type: str) -> None:
    for row in (row for row in NODES if row["op"] == type):
        weight = {"w": tuple(row["weight"])} if row.get("weight") else {}
        one = node(type, "x w" if weight else "x", **row["attributes"])
        model = single([one], {"x": row["input"]}, row["opset"], **weight)
        assert output(model) == (None if row["error"] else tuple(row["output"])), row


RUNS = [(name, *run) for name, model in TRUTH.items() for run in model["runs"]]


@pytest.mark.parametrize(
    ("name", "inputs", "tensors"), RUNS, ids=[f"{name}-{list(run.values())[:1]}" for name, run, _ in RUNS]
)
def test_every_tensor_has_the_shape_that_onnx_runtime_gives_it(name: str, inputs: Any, tensors: Any) -> None:
    model = ModelProto.FromString(MODELS[name])
    batch = next((shape[0] for shape in inputs.values() if shape), None)
    plan = planned(model, batch=batch, inputs={each: tuple(shape[1:]) for each, shape in inputs.items() if shape})
    assert not plan.errors
    compared = 0
    for row in plan.layers:
        for each, shape in zip(row.output_names, row.output_shapes, strict=True):
            if each in tensors:
                compared += 1
                assert shape == tuple(tensors[each]) or (not inputs and agrees(shape, tensors[each])), each
    assert compared


def agrees(shape: Any, observed: list[int]) -> bool:
    """Whether a shape is the observed one as far as it is known."""
    return len(shape) == len(observed) and all(a is None or a == b for a, b in zip(shape, observed, strict=True))


@pytest.mark.parametrize("name", [name for name, model in TRUTH.items() if model["floats"] and "light" not in name])
def test_weights_are_the_floating_initializers_of_the_file(name: str) -> None:
    plan = planned(ModelProto.FromString(MODELS[name]))
    assert plan.totals is not None
    scalars = {"67_keras_mobilenetv2_front.onnx": 2}.get(name, 0)  # bounds of a clip, as tensors of no axes
    quantized = {"53_quantized_dynamic_miniresnet.onnx": 6106 - 41}.get(name, 0)
    assert plan.totals.params + plan.totals.buffers == TRUTH[name]["floats"] - scalars + quantized


def cases() -> Iterator[Any]:
    """The conformance tests of ONNX itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        yield from collect_testcases(None)


def test_no_case_of_onnxs_own_conformance_tests_is_planned_otherwise() -> None:
    """All inputs are constants, so that sizes that are computed are known; what is unknown stays so."""
    agreed = unknown = 0
    for case in cases():
        if case.model is None or any(each.domain not in ("", "ai.onnx") for each in case.model.opset_import):
            continue
        model, (inputs, outputs) = ModelProto(), case.data_sets[0]
        model.CopyFrom(case.model)
        for each, value in zip(model.graph.input, inputs, strict=False):
            if getattr(getattr(value, "dtype", None), "kind", "") in tuple("iufb") and model.graph.input[0] is not each:
                model.graph.initializer.append(numpy_helper.from_array(value, each.name))
        plan = planned(model)
        assert not plan.errors, case.name
        assert plan.to_dict()["layers"] is not None, case.name  # all numbers, also those that few ask for
        for each, value in zip(model.graph.output, outputs, strict=False):
            shape = plan.outputs.get(each.name)
            if shape is None or not hasattr(value, "shape"):
                unknown += 1
                continue
            assert agrees(shape, list(value.shape)), case.name
            agreed += 1
    assert agreed > 1850
    assert unknown < 420  # optional outputs, texts, sequences that are inputs, and shapes that depend on values


# -- sizes that are computed


def test_sizes_that_the_graph_computes_are_followed() -> None:
    model = single(
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Concat", "n two six rest", "t", axis=0),
            node("Reshape", "x t", "a"),
            node("Transpose", "a", "b", perm=[0, 2, 1, 3]),
            node("Reshape", "b back", "y"),
        ],
        {"x": ["N", 12, 5, 5]},
        zero=[0],
        two=[2],
        six=[6],
        rest=[-1],
        back=[0, 12, 5, 5],
    )
    assert output(model) == (None, 12, 5, 5)
    assert output(model, batch=3) == (3, 12, 5, 5)


def test_a_flattened_size_is_known_although_the_batch_is_not() -> None:
    assert output(single([node("Flatten", "x")], {"x": ["N", 3, 4, 5]})) == (None, 60)


def test_dynamic_axes_are_set_by_their_name_once() -> None:
    model = single([node("Add", "x z")], {"x": ["N", "size"], "z": ["N", "size"]})
    assert output(model) == (None, None)
    assert output(model, batch=2, inputs={"x": (7,)}) == (2, 7)
    with pytest.raises(UsageError, match="size is 7 and 8"):
        output(model, inputs={"x": (7,), "z": (8,)})


def test_a_fixed_axis_is_not_changed() -> None:
    with pytest.raises(UsageError, match="fixes 3 on axis 1 of x, got 4"):
        output(single([node("Relu", "x")], {"x": [1, 3]}), inputs={"x": (4,)})


# -- branches, functions, weights


def branch(type: str, name: str, **attributes: Any) -> Any:
    """A branch of one operator that reads x."""
    made = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    return helper.make_graph([node(type, "x", name, **attributes)], type, [], [made])


def conditional(**initializers: Any) -> ModelProto:
    """An If over the input c."""
    then, other = branch("Relu", "t"), branch("Flatten", "e")
    return single(
        [node("If", "c", "y", then_branch=then, else_branch=other)], {"x": [1, 3, 4], "c": []}, **initializers
    )


@pytest.mark.parametrize(("condition", "shape"), [([1], (1, 3, 4)), ([0], (1, 12))])
def test_of_a_known_condition_one_branch_is_planned(condition: list[int], shape: Any) -> None:
    assert output(conditional(c=condition)) == shape


def test_of_an_unknown_condition_nothing_is_known_where_the_branches_differ() -> None:
    plan = planned(conditional())
    assert [finding.code for finding in plan.diagnostics if finding.code != "CS211"] == ["CS116"]
    assert plan.outputs == {"y": None}


def test_a_weight_that_is_read_twice_counts_once() -> None:
    model = single([node("MatMul", "x w", "a"), node("MatMul", "a w", "y")], {"x": [1, 8]}, w=(8, 8))
    plan = planned(model)
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.macs) == (64, 128)


def test_a_weight_in_another_form_is_that_weight() -> None:
    model = single([node("Transpose", "w", "wt"), node("MatMul", "x wt", "y")], {"x": [1, 8]}, w=(4, 8))
    plan = planned(model)
    assert [(row.type, row.params) for row in plan.layers] == [("matmul", 32)]


def test_an_operator_of_another_domain_is_named_and_the_rest_is_planned() -> None:
    strange = helper.make_node("Magic", ["x"], ["a"], domain="com.example")
    model = single([strange, node("Relu", "a", "b"), node("Gemm", "x w", "y")], {"x": [1, 8]}, w=(8, 4))
    plan = planned(model)
    assert [finding.code for finding in plan.diagnostics if finding.code != "CS204"] == ["CS116"]
    assert plan.outputs == {"y": (1, 4)}


def test_a_quantized_linear_layer_has_its_weights_and_its_bias() -> None:
    quantized = helper.make_node(
        "QGemm", ["q", "s", "z", "w", "s", "z", "c", "s", "z"], ["p"], domain="com.microsoft", transB=0
    )
    model = single([node("QuantizeLinear", "x s z", "q"), quantized, node("DequantizeLinear", "p s z")], {"x": [2, 8]})
    model.graph.initializer.extend(
        [
            TensorProto(name="w", dims=[8, 4], data_type=TensorProto.INT8),
            TensorProto(name="c", dims=[4], data_type=TensorProto.INT32),
            TensorProto(name="s", data_type=TensorProto.FLOAT),
            TensorProto(name="z", data_type=TensorProto.INT8),
        ]
    )
    plan = planned(model)
    assert plan.totals is not None
    assert (plan.totals.params, plan.outputs) == (36, {"y": (2, 4)})


def test_the_zeros_that_a_recurrence_begins_with_are_of_the_size_of_the_batch() -> None:
    filled = node("ConstantFill", "n", "h", input_as_shape=1, extra_shape=[5])
    model = single([filled, node("Add", "x h")], {"x": [2, 3, 5]}, opset=8, n=[2, 3])
    assert output(model) == (2, 3, 5)


def test_what_a_squeeze_leaves_is_unknown_where_an_axis_may_be_1() -> None:
    model = single([node("Squeeze", "x")], {"x": ["N", 4, 1]})
    assert [finding.code for finding in planned(model).diagnostics] == ["CS116"]
    assert output(model, batch=3) == (3, 4)


def test_what_the_file_states_otherwise_is_reported_once() -> None:
    model = single([node("Relu", "x", "a"), node("Relu", "a", "y")], {"x": [1, 8]})
    model.graph.value_info.append(helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 9]))
    (finding,) = planned(model).diagnostics
    assert (finding.code, finding.severity) == ("CS317", "warning")
    assert finding.message == "the file states a (1, 9), which is (1, 8)"


# -- sequences, and graphs that run along an axis


def test_a_split_into_a_sequence_is_followed_to_where_it_is_joined() -> None:
    nodes = [
        node("SplitToSequence", "x two", "s", axis=1),
        node("SequenceAt", "s last", "odd"),
        node("SequenceErase", "s last", "even"),
        node("SequenceInsert", "even x", "more"),
        node("SequenceLength", "more", "n"),
        node("Unsqueeze", "n zero", "sizes"),
        node("Concat", "sizes one", "wanted", axis=0),
        node("Expand", "odd wanted", "wide"),
        node("ConcatFromSequence", "more", "y", axis=-2),
    ]
    model = single(nodes, {"x": [2, 5, 4]}, last=[-1], zero=[0], one=[1])
    model.graph.initializer.append(helper.make_tensor("two", TensorProto.INT64, [], [2]))
    plan = planned(model)
    assert {row.name: row.output_shapes for row in plan.layers} == {
        "s[0]": ((2, 2, 4), (2, 2, 4), (2, 1, 4)),
        "wide": ((2, 3, 4),),
        "y": ((2, 9, 4),),
    }


def test_a_sequence_of_unknown_parts_is_named() -> None:
    plan = planned(single([node("SplitToSequence", "x n", "s"), node("SequenceAt", "s n", "y")], {"x": [4], "n": []}))
    assert [finding.code for finding in plan.diagnostics if finding.code == "CS116"]
    assert plan.outputs == {"y": None}


def test_a_scan_runs_once_for_each_place_along_its_axis() -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("sum", "next", "new", "each")]
    body = helper.make_graph(
        [node("Add", "sum next", "new"), node("MatMul", "new w", "each")], "body", values[:2], values[2:]
    )
    scan = helper.make_node("Scan", ["zero", "x"], ["last", "all"], body=body, num_scan_inputs=1, scan_output_axes=[-1])
    plan = planned(single([scan, node("Relu", "all")], {"x": [6, 3], "zero": [3]}, w=(3, 2)))
    assert plan.outputs == {"y": (2, 6)}
    assert plan.totals is not None
    assert (plan.totals.params, plan.totals.macs) == (6, 6)  # a sample is one of the six steps


def test_an_input_without_a_shape_is_unknown_until_it_is_stated() -> None:
    model = single([node("Relu", "x")], {})
    model.graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, None))
    assert planned(model).outputs == {"y": None}
    assert output(model, batch=2, inputs={"x": (3,)}) == (2, 3)


def test_a_mask_of_zeros_is_no_parameter_and_a_filled_kernel_is() -> None:
    fill = [node("ConstantOfShape", "s", "w"), node("ConstantOfShape", "m", "mask")]
    model = single(
        [*fill, node("MatMul", "x w", "a"), node("Where", "c mask a")], {"x": [9, 8], "c": [9, 8]}, s=[8, 8], m=[9, 8]
    )
    plan = planned(model)
    assert plan.totals is not None
    assert (plan.totals.params, plan.outputs) == (64, {"y": (9, 8)})


def test_a_standardized_weight_counts_and_what_standardizes_it_is_no_layer_of_its_own_kind() -> None:
    nodes = [
        node("Reshape", "w flat", "r"),
        node("BatchNormalization", "r gain zero mean mean", "n"),
        node("Reshape", "n back", "k"),
        node("Conv", "x k"),
    ]
    weights = {"w": (4, 3, 3, 3), "gain": (4,), "zero": (4,), "mean": (4,)}
    plan = planned(single(nodes, {"x": [1, 3, 8, 8]}, flat=[1, 4, 27], back=[4, 3, 3, 3], **weights))
    assert [row.type for row in plan.layers] == ["batchnorm1d", "reshape", "Conv2d"]
    assert plan.totals is not None
    assert (plan.totals.params, plan.outputs) == (116, {"y": (1, 4, 6, 6)})


def test_tensors_have_the_types_that_operators_give_them() -> None:
    nodes = [
        node("Cast", "x", "half", to=TensorProto.FLOAT16),
        node("Relu", "half", "r"),
        node("QuantizeLinear", "x scale", "q"),
        node("DequantizeLinear", "q scale", "d"),
        node("Greater", "x d", "b"),
        node("ArgMax", "r", "i"),
        node("Where", "b d x"),
    ]
    model = single(nodes, {"x": [1, 8]}, scale=(1,))
    network = OnnxModel("model.onnx", model).network(Settings())
    types = {tensor.name: tensor.dtype or network.dtype for each in network.nodes for tensor in each.outputs}
    whole = {"half": "float16", "r": "float16", "q": "int8", "d": "float32", "b": "bool", "i": "int64", "y": "float32"}
    assert types == whole


# -- graphs that nobody need trust


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("Relu", "y", "a"), node("Relu", "a", "y")], "reads y, which nothing above it makes"),
        ([node("Relu", "b", "y"), node("Relu", "x", "b")], "reads b, which nothing above it makes"),
        ([node("Loop", "x", "y")], None),
        ([node("If", "", "y")], "too few inputs"),
        ([node("Constant", "", "y", value_int=1, value_float=1.0)], "several values"),
    ],
    ids=["circle", "out of order", "loop without a body", "if without a condition", "two values of one constant"],
)
def test_a_graph_that_does_not_run_in_its_order_is_refused(nodes: Any, message: str | None) -> None:
    model = single(nodes, {"x": [1, 8]})
    if message is None:
        assert planned(model).outputs == {"y": None}
        return
    with pytest.raises(cnnshape.ArchitectureError, match=message) as caught:
        planned(model)
    assert caught.value.diagnostics[0].code == "CS018"


def test_a_tensor_of_a_million_times_a_million_times_a_million_is_not_allocated() -> None:
    size = 10**6
    plan = planned(single([node("MatMul", "x w")], {"x": [1, size]}, w=(size, size * size)))
    assert plan.layers[0].output_shape == (1, size * size)


@pytest.mark.parametrize("raw", [b"\x08\x07:\x02", b"\x08\x07:\x00", MODELS["57_hand_if.onnx"][:200]])
def test_a_damaged_file_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(raw)
    with pytest.raises(cnnshape.ArchitectureError):
        cnnshape.plan(path)


@pytest.mark.parametrize(
    (
        "size",
        "factor",
        "mode",
        "resized",
    ),  # observed of ONNX Runtime 1.32; in exact arithmetic the first three are 6, 12, 22
    [
        (10, 0.7, "half_pixel", 7),
        (10, 1.3, "asymmetric", 13),
        (10, 2.3, "tf_crop_and_resize", 23),
        (57, 0.7, "half_pixel", 39),
    ],
)
def test_a_resized_axis_is_the_product_in_float32_of_the_whole_axis(
    size: int, factor: float, mode: str, resized: int
) -> None:
    region, factors = (
        helper.make_tensor(name, TensorProto.FLOAT, [len(of)], of)
        for name, of in (("r", [0, 0, 0.25, 1, 1, 0.75]), ("s", [1, 1, factor]))
    )
    model = single([node("Resize", "x r s", mode="linear", coordinate_transformation_mode=mode)], {"x": [1, 1, size]})
    model.graph.initializer.extend([region, factors])
    assert output(model) == (1, 1, resized)


@pytest.mark.parametrize(
    ("shape", "pads", "padded"),  # observed of ONNX Runtime 1.32, opsets 13 to 21
    [
        ([1, 3], [0, 2, 0, 0], (1, 5)),
        ([1, 3], [0, 3, 0, 0], None),
        ([1, 3], [0, -1, 0, 1], (1, 3)),
        ([1, 3], [0, -1, 0, 2], None),
        ([1, 1], [0, 1, 0, 0], None),
        ([2, 3], [1, 0, 1, 0], (4, 3)),
    ],
)
def test_a_reflection_needs_more_elements_than_it_adds(shape: list[int], pads: list[int], padded: Any) -> None:
    assert output(single([node("Pad", "x p", mode="reflect")], {"x": shape}, p=pads)) == padded


def test_weights_that_the_exporter_merged_are_proven_where_they_count() -> None:
    weights = {"w": (4, 3, 3, 3), "one": (4,), "zero": (4,)}
    nodes = [node("Conv", "x w zero", "c"), node("BatchNormalization", "c one zero zero one")]
    plan = planned(single(nodes, {"x": [1, 3, 8, 8]}, **weights))
    assert [(row.params, row.buffers) for row in plan.layers] == [(112, 0), (0, 4)]
    assert not verify(plan, fields=False).wrong


@pytest.mark.parametrize(
    ("mode", "shape", "word"),
    [
        ("linear", [1, 2, 4], "linear"),
        ("linear", [1, 2, 4, 4], "bilinear"),
        ("linear", [1, 2, 4, 4, 4], "trilinear"),
        ("cubic", [1, 2, 4, 4], "bicubic"),
        ("nearest", [1, 2, 4, 4], "nearest"),
    ],
)
def test_a_mode_is_the_word_that_pytorch_has_for_so_many_axes(mode: str, shape: list[int], word: str) -> None:
    resize = helper.make_node("Resize", ["x", "", "", "z"], ["y"], mode=mode)
    plan = planned(single([resize], {"x": shape}, z=[*shape[:2], *(8 for _ in shape[2:])]))
    again = cnnshape.plan(text=yaml.write(plan))
    assert [row.arguments["mode"] for row in plan.layers] == [word]
    assert again.layers[0].output_shapes == plan.layers[0].output_shapes


@pytest.mark.parametrize(
    ("mode", "places", "rounding", "seen"),  # of the two places that a window of 2 looks at, after doubling
    [
        ("nearest", "asymmetric", "floor", (2,)),
        ("nearest", "half_pixel", "round_prefer_floor", (2,)),
        ("linear", "half_pixel", "floor", (3,)),
        ("cubic", "pytorch_half_pixel", "floor", (5,)),
        ("linear", "align_corners", "floor", (3,)),
    ],
)
def test_what_is_resized_sees_its_neighbours_and_not_all(mode: str, places: str, rounding: str, seen: Any) -> None:
    factors = helper.make_tensor("s", TensorProto.FLOAT, [3], [1, 1, 2])
    resized = node("Resize", "x", "r", mode=mode, coordinate_transformation_mode=places, nearest_mode=rounding)
    resized.input.extend(["", "s"])
    model = single([resized, node("MaxPool", "r", kernel_shape=[2], strides=[1])], {"x": [1, 1, 9]})
    model.graph.initializer.append(factors)
    field = planned(model).receptive_field
    assert field is not None
    assert (field.size, field.is_global) == (seen, False)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(
    "nodes",
    [[node("Add", "x w")], [node("GatherND", "x indices")]],
    ids=lambda nodes: nodes[0].op_type,
)
def test_what_reads_a_weight_that_no_layer_has_is_not_written(nodes: list[NodeProto], form: str) -> None:
    plan = planned(single(nodes, {"x": [1, 4, 6]}, w=(1, 6, 6), indices=[0]))
    with pytest.raises(Unwritable):
        write(plan, form)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("read", [node("MatMul", "x w"), node("Concat", "x w", axis=1)], ids=lambda read: read.op_type)
def test_what_reads_a_weight_beside_a_tensor_is_written(read: NodeProto, form: str) -> None:
    assert write(planned(single([read], {"x": [1, 4, 6]}, w=(1, 6, 6))), form)


CONVOLVED = node("Conv", "x w", "c")


@pytest.mark.parametrize(
    ("nodes", "inputs", "given", "kept"),
    [
        ([node("Gather", "table i")], {"i": [2, 9]}, {"table": (20, 6)}, 2 * 9 * 8),
        ([CONVOLVED, node("Gather", "c k", axis=1)], {"x": [1, 3, 8, 8]}, {"w": (4, 3, 3, 3), "k": [0, 2]}, 768),
        ([CONVOLVED, node("Gather", "c i", axis=1)], {"x": [1, 3, 8, 8], "i": [5]}, {"w": (4, 3, 3, 3)}, 768 + 5 * 8),
    ],
    ids=["rows of a table", "channels by a constant", "channels by a tensor"],
)
def test_the_backward_pass_keeps_indices_as_pytorchs_does(
    nodes: list[NodeProto], inputs: dict[str, list[Any]], given: dict[str, Any], kept: int
) -> None:
    model = single(nodes, inputs, **given)
    for value in model.graph.input:
        value.type.tensor_type.elem_type = TensorProto.INT64 if value.name == "i" else TensorProto.FLOAT
    totals = planned(model).totals
    assert totals is not None
    assert totals.training.activations == kept


@pytest.mark.parametrize(("type", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_a_recurrent_operator_is_planned_but_for_what_a_training_step_keeps(type: str, gates: int) -> None:
    """PyTorch's layers say how their backward pass computes; the operators, with weights of another form, do not."""
    recurrent = node(type, "x w r", hidden_size=4)
    totals = planned(single([recurrent], {"x": [5, 2, 6]}, w=(1, 4 * gates, 6), r=(1, 4 * gates, 4))).totals
    assert totals is not None
    assert (totals.params, totals.training.activations) == (gates * 4 * (6 + 4), None)
