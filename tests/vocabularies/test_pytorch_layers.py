"""Every module and function answers as PyTorch 2.14 and torchvision 0.29 were observed to answer.

A row of the data files is one module (in eval mode) or function called on one input, or on a list of them. A
tensor without elements counts as a refusal. `pytorch_more_layers.jsonl.gz` was drawn at random for every word
of the vocabulary: all outputs, parameters, buffers, and where PyTorch refuses. Its rows marked `batch` PyTorch
accepts, though they move, merge, split or reduce the batch axis.

Left out on purpose are inputs without a batch axis, which we refuse as of the wrong rank, and two oddities of
PyTorch: LazyConvTranspose accepts groups that do not divide `out_channels` and then makes fewer channels, and
whether circular padding accepts a crop on its other side depends on how the tensor lies in memory.
"""

from __future__ import annotations

import json
import random

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Result
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, bind, is_default, model_of
from cnnshape.vocabularies.pytorch import VOCABULARY
from cnnshape.vocabularies.vocabulary import lookup
from tests.vocabularies.observed import DATA, Row, answer, apply, rows, truth

LAYERS = rows("pytorch_layers.jsonl.gz")
MORE_LAYERS = rows("pytorch_more_layers.jsonl.gz")
SIGNATURES = json.loads((DATA / "pytorch_signatures.json").read_text(encoding="utf-8"))


def inputs_of(row: Row) -> list[tuple[int, ...]]:
    given = row["input"]
    return [tuple(shape) for shape in (given if isinstance(given[0], list) else [given])]


def result_of(row: Row) -> Result | None:
    """Our result for a row; None where we refuse it."""
    try:
        return apply("pytorch", row["layer"], *inputs_of(row), **row["config"])
    except (Fault, Faults):
        return None


@pytest.mark.parametrize("layer", LAYERS)
def test_a_module_is_pytorchs(layer):
    for row in LAYERS[layer]:
        assert answer("pytorch", row) == truth(row), row


@pytest.mark.parametrize("layer", MORE_LAYERS)
def test_outputs_parameters_buffers_and_refusals_are_pytorchs(layer):
    for row in MORE_LAYERS[layer]:
        if "batch" in row:
            continue
        result = result_of(row)
        if "error" in row:
            assert result is None, row
        else:
            assert result is not None, row
            outputs = [list(shape) for shape in result.outputs]
            assert (outputs, result.params, result.elements("buffer")) == (
                row["outputs"],
                row["params"],
                row["buffers"],
            ), row


def test_the_batch_axis_stays_where_it_is():
    crossing = [row for of_layer in MORE_LAYERS.values() for row in of_layer if "batch" in row]
    assert len(crossing) == 86
    for row in crossing:
        with pytest.raises(Fault) as caught:
            apply("pytorch", row["layer"], *inputs_of(row), **row["config"])
        assert caught.value.code == "CS310", row


def test_the_observations_are_complete():
    assert sum(map(len, LAYERS.values())) == 2480
    assert sum(map(len, MORE_LAYERS.values())) == 5321
    synonyms = {"subtract", "multiply", "divide", "true_divide", "concat", "concatenate", "swapaxes", "swapdims"}
    dropouts = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}
    assert set(VOCABULARY.types) - {*LAYERS, *MORE_LAYERS, *rows("pytorch_modules.jsonl.gz")} == {
        *("Layer", "Parameter"),
        *("Identity", "LayerScale", "log", "rsqrt", "pow", "rsub"),
        *synonyms,
        *dropouts,
    }


@pytest.mark.parametrize("layer", sorted({*LAYERS, *MORE_LAYERS}))
def test_unknown_sizes_contradict_nothing(layer):
    """With sizes taken away, what is still known is the same, and nothing is refused that was accepted."""
    draw = random.Random(layer)
    for row in [*LAYERS.get(layer, []), *MORE_LAYERS.get(layer, [])][:60]:
        full = result_of(row)
        shapes = [tuple(None if draw.random() < 0.4 else size for size in shape) for shape in inputs_of(row)]
        try:
            partial = apply("pytorch", layer, *shapes, **row["config"])
        except Faults:
            continue
        except Fault as fault:
            assert full is None or fault.code in ("CS310", "CS312"), (row, shapes)
            continue
        if full is None or len(full.outputs) != len(partial.outputs):
            continue
        for known, less in zip(full.outputs, partial.outputs, strict=True):
            assert len(known) == len(less)
            assert all(size in (None, true) for size, true in zip(less, known, strict=True)), (row, shapes)
        for count in ("params", "macs", "flops"):
            assert getattr(partial, count) in (None, getattr(full, count)), (row, shapes, count)


LEFT_OUT = {"in_channels", "in_features", "num_features", "num_channels"}
"""What PyTorch demands and we infer where it is not given."""


@pytest.mark.parametrize("layer", SIGNATURES)
def test_names_order_and_defaults_are_pytorchs(layer):
    """Recorded with `inspect.signature`, without the tensors (those that may be None stay), `device` and `dtype`."""
    model = model_of(VOCABULARY.types[layer])
    fields = declared(model)
    theirs = {entry["name"]: entry for entry in SIGNATURES[layer]}
    assert [name for name in fields if name not in model.keyword_only] == [
        name for name, entry in theirs.items() if not entry.get("keyword_only")
    ]
    assert model.keyword_only - model.of_call == {name for name, entry in theirs.items() if entry.get("keyword_only")}
    for name, entry in theirs.items():
        field = fields[name]
        if name in LEFT_OUT:
            assert field.default is None
        elif "default" in entry:
            assert is_default(field.default, entry["default"]) or is_default(entry["default"], field.default), name
        else:
            assert field.required, name


CEIL_MODE = [  # size, kernel, stride, padding: with the rounding up alone it would be one more
    (5, 2, 2, 1, 3),
    (9, 4, 4, 2, 3),
    (12, 1, 2, 0, 6),
    (2, 3, 3, 1, 1),
]


@pytest.mark.parametrize(("size", "kernel", "stride", "padding", "output"), CEIL_MODE)
@pytest.mark.parametrize("layer", ["MaxPool1d", "AvgPool1d"])
def test_a_last_window_may_hang_over_the_edge_but_not_start_in_the_padding(
    layer, size, kernel, stride, padding, output
):
    arguments = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": True}
    assert apply("pytorch", layer, (1, 1, size), **arguments).output == (1, 1, output)


COUNTS = [  # layer, inputs, arguments, params, buffers, MACs, FLOPs
    ("Conv2d", [(1, 3, 224, 224)], {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False},
     9408, 0, 118_013_952, 2 * 118_013_952),
    ("Conv2d", [(1, 3, 224, 224)], {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3},
     9472, 0, 118_013_952, 2 * 118_013_952 + 112 * 112 * 64),
    ("Conv2d", [(1, 32, 56, 56)], {"out_channels": 32, "kernel_size": 3, "padding": 1, "groups": 32, "bias": False},
     288, 0, 903_168, 2 * 903_168),
    ("Conv2d", [(1, 4, 64, 64)], {"out_channels": 4, "kernel_size": 3, "padding": "same", "bias": False},
     144, 0, 589_824, 2 * 589_824),
    ("Conv2d", [(1, 8, 32, 32)], {"out_channels": 8, "kernel_size": 4, "padding": "same", "bias": False},
     1024, 0, 1_048_576, 2 * 1_048_576),
    ("ConvTranspose2d", [(1, 64, 16, 16)], {"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
     32_800, 0, 8_388_608, 2 * 8_388_608 + 32 * 32 * 32),
    ("ConvTranspose2d", [(1, 64, 16, 16)],
     {"out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1, "groups": 64, "bias": False},
     1024, 0, 262_144, 2 * 262_144),
    ("Linear", [(1, 49, 64)], {"out_features": 128}, 8320, 0, 401_408, 2 * 401_408 + 49 * 128),
    ("matmul", [(1, 4, 49, 16), (1, 4, 16, 49)], {}, 0, 0, 4 * 49 * 49 * 16, 2 * 4 * 49 * 49 * 16),
    ("BatchNorm2d", [(1, 64, 56, 56)], {"num_features": 64}, 128, 129, 0, 2 * 64 * 56 * 56),
    ("InstanceNorm2d", [(1, 64, 56, 56)], {}, 0, 0, 0, 7 * 64 * 56 * 56),
    ("GroupNorm", [(1, 64, 56, 56)], {"num_groups": 8}, 128, 0, 0, 7 * 64 * 56 * 56),
    ("LayerNorm", [(1, 49, 64)], {"normalized_shape": 64}, 128, 0, 0, 7 * 49 * 64),
    ("LocalResponseNorm", [(1, 64, 8, 8)], {"size": 5}, 0, 0, 0, 13 * 64 * 8 * 8),
    ("ReLU", [(1, 64, 56, 56)], {}, 0, 0, 0, 64 * 56 * 56),
    ("Softmax", [(1, 1000)], {"dim": 1}, 0, 0, 0, 3000),
    ("MaxPool2d", [(1, 64, 56, 56)], {"kernel_size": 2}, 0, 0, 0, 3 * 64 * 28 * 28),
    ("AvgPool2d", [(1, 64, 56, 56)], {"kernel_size": 2}, 0, 0, 0, 4 * 64 * 28 * 28),
    ("AdaptiveAvgPool2d", [(1, 64, 7, 7)], {"output_size": 1}, 0, 0, 0, 49 * 64),
    ("mean", [(1, 64, 7, 7)], {"dim": [2, 3]}, 0, 0, 0, 49 * 64),
    ("Upsample", [(1, 8, 4, 4)], {"scale_factor": 2}, 0, 0, 0, 0),
    ("Upsample", [(1, 8, 4, 4)], {"scale_factor": 2, "mode": "bilinear"}, 0, 0, 0, 7 * 8 * 8 * 8),
    ("LayerScale", [(1, 96, 7, 7)], {"dim": 96, "init": 1e-6}, 96, 0, 0, 96 * 49),
    ("add", [(1, 8, 4, 4), (1, 8, 4, 4)], {}, 0, 0, 0, 128),
    ("mul", [(1, 8, 4, 4)], {"other": 0.5}, 0, 0, 0, 128),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "arguments", "params", "buffers", "macs", "flops"), COUNTS)
def test_counts(layer, inputs, arguments, params, buffers, macs, flops):
    result = apply("pytorch", layer, *inputs, **arguments)
    assert (result.params, result.elements("buffer"), result.macs, result.flops) == (params, buffers, macs, flops)


@pytest.mark.parametrize(
    ("layer", "arguments", "memory"),
    [
        ("Flatten", {}, "view"),
        ("Identity", {}, "view"),
        ("Dropout", {}, "view"),
        ("permute", {"dims": [0, 2, 3, 1]}, "view"),
        ("chunk", {"chunks": 2, "dim": 1}, "view"),
        ("ReLU", {}, "new"),
        ("ReLU", {"inplace": True}, "in_place"),
        ("relu", {"inplace": True}, "in_place"),
        ("Sigmoid", {}, "new"),
        ("ZeroPad2d", {"padding": 1}, "new"),
        ("BatchNorm2d", {}, "new"),
    ],
)
def test_what_needs_memory(layer, arguments, memory):
    assert apply("pytorch", layer, (2, 4, 8, 8), **arguments).memory == memory


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("nn.Conv2d", "Conv2d"),
        ("torch.nn.Conv2d", "Conv2d"),
        ("F.relu", "relu"),
        ("torch.nn.functional.max_pool2d", "max_pool2d"),
        ("torch.cat", "cat"),
        ("torchvision.ops.StochasticDepth", "StochasticDepth"),
        ("ReLU", "ReLU"),
        ("relu", "relu"),
        ("RELU", "ReLU"),
        ("batch_norm2d", "BatchNorm2d"),
        ("flatten", "flatten"),
        ("FLATTEN", "Flatten"),
        ("F.relu_", "relu"),
        ("F.ReLU6", "ReLU6"),
        ("torch.Relu", "relu"),
        ("torch.clip", "clamp"),
        ("torch.absolute", "abs"),
        ("torch.negative", "neg"),
        ("torch.special.expit", "sigmoid"),
        ("torch.special.softmax", "softmax"),
        ("torch.special.log_softmax", "log_softmax"),
        ("torch.linalg.matmul", "matmul"),
        ("F.upsample", "interpolate"),
    ],
)
def test_names_are_found_exactly_first_then_by_letters_and_classes_win(written, name):
    assert lookup("pytorch", written).name == name


NUMPY_NAMES = {
    "mean": ({"axis": [2, 3], "keepdims": True}, (2, 4, 1, 1)),
    "sum": ({"axis": 1, "keepdims": False}, (2, 6, 6)),
    "amax": ({"axis": -1}, (2, 4, 6)),
    "amin": ({"dim": -1, "keepdims": True}, (2, 4, 6, 1)),
    "var": ({"axis": 1, "correction": 0}, (2, 6, 6)),
    "std": ({"axis": [2, 3], "correction": 0.5, "keepdim": True}, (2, 4, 1, 1)),
    "squeeze": ({"axis": 1}, (2, 4, 6, 6)),
    "unsqueeze": ({"axis": 1}, (2, 1, 4, 6, 6)),
    "chunk": ({"chunks": 2, "axis": 1}, (2, 2, 6, 6)),
    "narrow": ({"axis": 1, "start": 1, "length": 2}, (2, 2, 6, 6)),
    "repeat_interleave": ({"repeats": 2, "axis": 1}, (2, 8, 6, 6)),
    "unflatten": ({"axis": 1, "sizes": [2, 2]}, (2, 2, 2, 6, 6)),
}
"""What functions of `torch` were observed to take by NumPy's names on (2, 4, 6, 6), and what they return."""


@pytest.mark.parametrize("function", NUMPY_NAMES)
def test_functions_of_torch_take_numpys_names(function):
    arguments, output = NUMPY_NAMES[function]
    assert apply("pytorch", function, (2, 4, 6, 6), **arguments).output == output


@pytest.mark.parametrize(
    ("function", "output"),
    [("cat", (2, 8, 6)), ("concat", (2, 8, 6)), ("concatenate", (2, 8, 6)), ("stack", (2, 2, 4, 6))],
)
def test_tensors_are_joined_along_an_axis_by_numpys_name(function, output):
    assert apply("pytorch", function, (2, 4, 6), (2, 4, 6), axis=1).output == output


@pytest.mark.parametrize("function", ["split", "softmax", "log_softmax", "softmin", "normalize", "glu", "norm"])
def test_python_functions_of_pytorch_do_not_take_numpys_names(function):
    with pytest.raises(Faults, match=r"has no argument 'axis'"):
        apply("pytorch", function, (2, 4, 6), axis=1)


ACCEPTED = [  # as observed: layer, positional arguments, named arguments, parameters
    ("Identity", [64], {"unused": 1}, 0),
    ("layer_norm", [[8], None, None, 1e-6], {}, 0),
    ("group_norm", [2, None, None, 1e-5], {}, 0),
    ("rms_norm", [[8]], {}, 0),
    ("rms_norm", [[8, 8], None, 1e-6], {}, 0),
    ("norm", ["fro", 1], {}, 0),
    ("norm", [None, [1, 2]], {}, 0),
    ("norm", [2, [1, 2, 3]], {}, 0),
    ("norm", [-float("inf"), 1], {}, 0),
    ("normalize", [float("inf")], {}, 0),
    ("ConstantPad2d", [1, -float("inf")], {}, 0),
    ("pad", [[1, 1, 1, 1]], {"value": -float("inf")}, 0),
    ("true_divide", [2], {}, 0),
    ("Conv2d", [4, 2, 3], {"stride": [2], "padding": [1], "dilation": [1]}, 74),
    ("Conv2d", [4, 2, 3], {"padding": [1, 1], "padding_mode": "circular"}, 74),
    ("BatchNorm2d", [4, 0], {}, 8),
    ("GELU", ["tanh"], {}, 0),
]


@pytest.mark.parametrize(("layer", "positional", "keywords", "params"), ACCEPTED)
def test_what_pytorch_takes_is_taken(layer, positional, keywords, params):
    kind = lookup("pytorch", layer)
    operation = bind(kind, positional, keywords).operation()
    assert operation.apply((2, 4, 8, 8)).params == params


def test_pooling_may_return_where_the_maximum_was():
    assert (
        apply("pytorch", "MaxPool2d", (1, 3, 8, 8), kernel_size=2, return_indices=True).outputs == ((1, 3, 4, 4),) * 2
    )


def test_what_is_inferred_is_counted_as_if_it_were_stated():
    for shape in [(1, 12, 9, 9), (2, 5, 9, 9)]:
        stated = apply("pytorch", "Conv2d", shape, in_channels=shape[1], out_channels=4, kernel_size=3)
        assert apply("pytorch", "Conv2d", shape, out_channels=4, kernel_size=3) == stated
        assert apply("pytorch", "LazyConv2d", shape, out_channels=4, kernel_size=3) == stated
