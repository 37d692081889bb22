"""Every layer answers as Keras 3.15 was observed to answer: shape, parameters, and where it refuses.

A row of the data files is one layer (or function of `keras.ops`) called on one input, or on a list of them;
`keras_more_layers.jsonl.gz` has channels first, unknown sizes and symbolic tensors too. A tensor without
elements counts as a refusal.
"""

from __future__ import annotations

import json
from itertools import product

import pytest

import cnnshape
from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.keras import VOCABULARY
from cnnshape.vocabularies.layer import is_default, model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import lookup
from tests.vocabularies.observed import DATA, answer, apply, rows, truth

LAYERS = rows("keras_layers.jsonl.gz")
MORE_LAYERS = rows("keras_more_layers.jsonl.gz") | rows("keras_operators.jsonl.gz")
RECURRENT_LAYERS = rows("keras_recurrent_layers.jsonl.gz")
SIGNATURES = json.loads((DATA / "keras_signatures.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_kerass(layer):
    for row in LAYERS[layer]:
        assert answer("keras", row) == truth(row), row


@pytest.mark.parametrize("layer", MORE_LAYERS)
def test_more_of_a_layer_is_kerass(layer):
    for row in MORE_LAYERS[layer]:
        assert answer("keras", row) == truth(row), row


@pytest.mark.parametrize("layer", RECURRENT_LAYERS)
def test_recurrence_attention_and_augmentation_are_kerass(layer):
    for row in RECURRENT_LAYERS[layer]:
        assert answer("keras", row) == truth(row), row


def test_the_observations_are_complete():
    assert sum(map(len, LAYERS.values())) == 2497
    assert sum(map(len, MORE_LAYERS.values())) == 3064 + 720
    ours = {"SumPooling1D", "SumPooling2D", "SumPooling3D"}
    unobserved = {name for name, kind in VOCABULARY.types.items() if not kind.operator} - {
        *LAYERS,
        *MORE_LAYERS,
        *RECURRENT_LAYERS,
        *rows("keras_modules.jsonl.gz"),
    }
    assert unobserved == ours | {"InputLayer", "RMSNormalization", "StackedRNNCells", "Layer", "Parameter", "Lambda"}


NOT_OURS = {"x", "xs", "name", "lora_rank", "lora_alpha", "quantization_config"}
"""What a function is applied to, and arguments of training alone. InputLayer's dtype is its own."""

BEHIND_KWARGS = {("InputLayer", "dtype"), ("LayerNormalization", "rms_scaling")}
"""Arguments of ours that the signature does not show."""


def standard(value):
    """Nested lists of one number as that number: ``[[1, 1], [1, 1]]`` says the same as 1."""
    parts = [standard(each) for each in value] if isinstance(value, list) else []
    return parts[0] if parts and all(part == parts[0] for part in parts) else value


@pytest.mark.parametrize("layer", SIGNATURES)
def test_names_order_and_defaults_are_kerass(layer):
    """Recorded with `inspect.signature`; an argument without a default has to be given."""
    theirs = [entry for entry in SIGNATURES[layer] if entry[0] not in NOT_OURS]
    if not layer.startswith("Spatial") and layer != "InputLayer":
        theirs = [entry for entry in theirs if entry[0] != "dtype"]
    fields = declared(model_of(VOCABULARY.types[layer]))
    ours = [name for name in fields if (layer, name) not in BEHIND_KWARGS]
    names = [entry[0] for entry in theirs if entry[0] != "dtype"]
    assert ours == names
    for name, *default in theirs:
        if name in ("x1", "x2", "dtype"):
            continue
        assert fields[name].required == (not default)
        if default:
            assert is_default(standard(default[0]), fields[name].default), name


@pytest.mark.parametrize(
    ("entry", "arguments"),
    [
        ("LeakyReLU(alpha=0.2)", {"negative_slope": 0.2}),
        ("Dense(3, input_dim=20)", {"units": 3}),
        ("LayerNormalization(rms_scaling=True)", {"rms_scaling": True}),
    ],
)
def test_arguments_that_keras_takes_without_stating_them(entry, arguments):
    (row,) = cnnshape.plan({"input": [20], "layers": [entry]}).layers
    assert row.arguments == arguments


@pytest.mark.parametrize(
    ("entry", "shape"),
    [
        ("InputLayer(shape=(20,))", (1, 20)),
        ("InputLayer(shape=(20,), batch_size=4)", (4, 20)),
        ("InputLayer(batch_shape=(None, 20))", (1, 20)),
        ("Input(batch_shape=(4, 20))", (4, 20)),
        ("InputLayer(input_shape=(20,))", (1, 20)),
        ("InputLayer(batch_input_shape=(4, 20))", (4, 20)),
        ("keras.Input(shape=(20,), tensor=None)", (1, 20)),
    ],
)
def test_a_leading_input_layer_states_the_input(entry, shape):
    plan = cnnshape.plan({"layers": [entry, "Dense(3)"]})
    assert list(plan.inputs.values()) == [shape]
    assert plan.layers[0].output_shape == (shape[0], 3)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("InputLayer()", "CS108"),
        ("InputLayer(shape=(20,), batch_shape=(4, 20))", "CS108"),
        ("InputLayer(batch_shape=(4, 20), batch_size=4)", "CS108"),
        ("InputLayer(shape=(20,), batch_size=5)", "CS105"),
    ],
)
def test_an_input_layer_states_one_thing(entry, code):
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan({"batch": 4, "layers": [entry, "Dense(3)"]})
    assert [finding.code for finding in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Convolution2D", "Conv2D"),
        ("Convolution3DTranspose", "Conv3DTranspose"),
        ("SeparableConvolution1D", "SeparableConv1D"),
        ("MaxPool2D", "MaxPooling2D"),
        ("AvgPool3D", "AveragePooling3D"),
        ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
        ("GlobalAvgPool2D", "GlobalAveragePooling2D"),
        ("Input", "InputLayer"),
        ("conv2d", "Conv2D"),
        ("max_pooling2d", "MaxPooling2D"),
        ("batch_normalization", "BatchNormalization"),
        ("layers.Conv2D", "Conv2D"),
        ("keras.layers.Dense", "Dense"),
        ("tf.keras.layers.ReLU", "ReLU"),
        ("ops.add", "ops.add"),
        ("keras.ops.add", "ops.add"),
        ("global_average_pooling2d", "GlobalAveragePooling2D"),
    ],
)
def test_other_spellings_of_a_name(written, name):
    assert lookup("keras", written).name == name


EXAMPLES = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, 3),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, 4),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, 4),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, 4),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3}, 4),
    ("MaxPooling2D", {"padding": "same"}, 4),
    ("SumPooling3D", {}, 5),
    ("GlobalAveragePooling2D", {"keepdims": True}, 4),
    ("AdaptiveMaxPooling2D", {"output_size": 3}, 4),
    ("Dense", {"units": 3, "activation": "softmax"}, 3),
    ("Flatten", {}, 4),
    ("Flatten", {"data_format": "channels_first"}, 4),
    ("Reshape", {"target_shape": [-1, 4]}, 4),
    ("Permute", {"dims": [3, 1, 2]}, 4),
    ("RepeatVector", {"n": 3}, 2),
    ("ZeroPadding2D", {"padding": [[1, 2], [3, 4]]}, 4),
    ("Cropping2D", {"cropping": 1}, 4),
    ("UpSampling2D", {"interpolation": "bilinear"}, 4),
    ("Resizing", {"height": 5, "width": 3}, 4),
    ("CenterCrop", {"height": 5, "width": 3}, 4),
    ("BatchNormalization", {}, 4),
    ("LayerNormalization", {"axis": [1, 2, 3]}, 4),
    ("GroupNormalization", {"groups": 2}, 4),
    ("UnitNormalization", {}, 4),
    ("Normalization", {}, 4),
    ("Rescaling", {"scale": 0.5}, 4),
    ("Dropout", {"rate": 0.5}, 4),
    ("SpatialDropout2D", {"rate": 0.5}, 4),
    ("PReLU", {"shared_axes": [1, 2]}, 4),
    ("Softmax", {"axis": [1, 2]}, 4),
    ("Activation", {"activation": "glu"}, 4),
    ("LayerScale", {"init_values": 1e-6, "projection_dim": 4}, 4),
    ("ops.mean", {"axis": [1, 2]}, 4),
    ("ops.split", {"indices_or_sections": 2, "axis": -1}, 4),
]


@pytest.mark.parametrize(("layer", "arguments", "rank"), EXAMPLES)
def test_unknown_sizes_stay_unknown_or_are_refused_as_such(layer, arguments, rank):
    """Every combination of unknown sizes: the sizes that stay known are those of the whole known input."""
    known = apply("keras", layer, (2, *(8, 6, 10)[: rank - 2], 4), **arguments)
    for blanked in product((False, True), repeat=rank):
        shape = tuple(
            None if blank else size for blank, size in zip(blanked, (2, *(8, 6, 10)[: rank - 2], 4), strict=True)
        )
        try:
            result = apply("keras", layer, shape, **arguments)
        except Fault as fault:
            assert fault.code == "CS312"
            continue
        for output, whole in zip(result.outputs, known.outputs, strict=True):
            assert all(size in (None, full) for size, full in zip(output, whole, strict=True))
        for number, full in ((result.params, known.params), (result.macs, known.macs), (result.flops, known.flops)):
            assert number in (None, full)


OPERATORS = json.loads((DATA / "keras_operator_arguments.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_functions_take_their_arguments_in_the_order_of_keras(name: str) -> None:
    """Recorded with `inspect.signature` of ``keras.ops``, Keras 3.15.1."""
    ours = positional_arguments(model_of(lookup("keras", name)))
    assert list(ours) == [each for each in OPERATORS[name] if each in ours]
