"""Of a large model the values of the weights are not read: they say nothing of its layers."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper

import cnnshape
from cnnshape.readers.files import UnreadableError
from cnnshape.readers.onnx import reader
from cnnshape.readers.onnx.pruning import LARGEST_KEPT, without_weights

with zipfile.ZipFile(Path(__file__).parents[2] / "data" / "onnx_models.zip") as archive:
    MODELS = {name: archive.read(name) for name in archive.namelist() if name.endswith(".onnx")}


def model(count: int, raw: bool) -> ModelProto:
    """A model that multiplies by a weight of so many numbers, and by a constant of as many in a node."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [count], bytes(4 * count) if raw else [0.5] * count, raw=raw)
    nodes = [
        helper.make_node("Mul", ["x", "w"], ["a"]),
        helper.make_node("Constant", [], ["c"], value=weight),
        helper.make_node("Mul", ["a", "c"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, count]) for name in "xy"]
    return helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], [weight]))


@pytest.mark.parametrize("raw", [True, False])
def test_the_values_of_large_weights_are_left_out_and_nothing_else(raw: bool) -> None:
    for count in (10, LARGEST_KEPT):
        whole = model(count, raw)
        content = whole.SerializeToString()
        kept = without_weights(BytesIO(content), len(content))
        if count == LARGEST_KEPT:
            assert len(kept) < 1000
            for tensor in (whole.graph.initializer[0], whole.graph.node[1].attribute[0].t):
                tensor.ClearField("raw_data")
                tensor.ClearField("float_data")
        assert ModelProto.FromString(kept) == whole


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_planned_alike_without_them(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    plans = []
    for content in (MODELS[name], without_weights(BytesIO(MODELS[name]), len(MODELS[name]))):
        path.write_bytes(content)
        plans.append(cnnshape.plan(path).to_dict())
    assert plans[0] == plans[1]


def test_what_is_too_large_without_its_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model(10, raw=True).SerializeToString())
    monkeypatch.setattr(reader, "LARGEST_GRAPH", 20)
    with pytest.raises(UnreadableError, match=r"CS006 .* bytes that are no weights; at most 20 are read"):
        cnnshape.plan(path)


@pytest.mark.parametrize("content", [b"\x3a\xff", b"\x3a\x05ab", b"\x0b\x0c", b"\xff" * 20])
def test_what_is_no_protocol_buffer_is_no_message(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|number"):
        without_weights(BytesIO(content), len(content))
