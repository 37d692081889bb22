"""Every kernel computes what its framework computes, by plain loops and by matrix products alike."""

from __future__ import annotations

import ast
import subprocess
import sys
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from forward_cases import Case, cases

from cnnshape.reference import execution, products
from cnnshape.reference.execution import Execution, ForwardError
from cnnshape.reference.registry import IGNORED, IGNORED_ENDINGS, KERNELS, NOT_RUN, run_layer
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.keras import LAYERS
from cnnshape.vocabularies.layer import is_default, model_of
from cnnshape.vocabularies.vocabulary import vocabulary

FRAMEWORKS = ("keras", "pytorch")
METHODS = ("direct", "blocked")

SPELLED = {"Weight"}
"""Rows that are no words of a file: weights that stand beside tensors, each as a row of its own."""

UNRECORDED = {
    "keras": {
        *(f"SumPooling{rank}D" for rank in (1, 2, 3)),  # ours: no framework to record
        "InputLayer",  # not a computation
        "Parameter",  # a weight by itself
        *LAYERS["augmentation"]["Augmentation"],  # the identity, in inference
    },
    "pytorch": {
        *(
            f"Lazy{name}{rank}d"
            for name in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm")
            for rank in (1, 2, 3)
        ),
        "LazyLinear",  # the kernels of the modules that they become
        "SyncBatchNorm",  # BatchNorm in inference, refused on a CPU
        "Parameter",  # a weight by itself
        "gumbel_softmax",  # random
        "LayerScale",  # no module of torchvision, but a parameter of its ConvNeXt
    },
}
"""Kernels without a recorded case of their own, and why."""


def run(case: Case, method: str) -> tuple[tuple[np.ndarray, ...], Execution]:
    numbered = case.framework == "keras" and any("." in name for name in case.weights)
    done = Execution(given=list(case.weights.values()) if numbered else case.weights, method=method)
    return run_layer(case.framework, case.layer, done, case.inputs, case.arguments), done


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_values_equal_the_frameworks(framework: str, method: str) -> None:
    wrong = []
    for case in cases(framework):
        outputs, _ = run(case, method)
        assert len(outputs) == len(case.outputs), str(case)
        for output, expected in zip(outputs, case.outputs, strict=True):
            if output.shape != expected.shape:
                wrong.append(f"{case}: {output.shape}, recorded {expected.shape}")
            elif not np.allclose(output, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
                wrong.append(f"{case}: off by {np.nanmax(np.abs(output - expected))}")
    assert wrong == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_kernel_asks_for_exactly_the_frameworks_weights(framework: str) -> None:
    """Asked without being given any, it names the same weights in the same order, with the same shapes."""
    for case in cases(framework):
        done = Execution()
        run_layer(framework, case.layer, done, case.inputs, case.arguments)
        asked = [(plain(framework, weight.name), weight.shape) for weight in done.weights if weight.listed]
        assert asked == [(plain(framework, name), value.shape) for name, value in case.weights.items()], str(case)


def plain(framework: str, name: str) -> str:
    """PyTorch's name of a weight, or Keras's without the part that it belongs to, which records number."""
    return (
        name if framework == "pytorch" else name.rpartition(".")[2].removeprefix("forward_").removeprefix("backward_")
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_loops_and_matrix_products_execute_the_same_multiplications(framework: str) -> None:
    for case in cases(framework):
        counts = {run(case, method)[1].multiplications for method in METHODS}
        assert len(counts) == 1, str(case)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_kernel_has_a_recorded_case(framework: str) -> None:
    recorded = {case.layer for case in cases(framework)}
    assert set(KERNELS[framework]) - SPELLED - recorded == UNRECORDED[framework] - recorded


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_word_of_the_vocabulary_has_a_kernel(framework: str) -> None:
    words = vocabulary(framework).types
    assert set(KERNELS[framework]) - SPELLED == set(words) - set(NOT_RUN[framework])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_kernels_state_the_frameworks_arguments_and_defaults_by_themselves(framework: str) -> None:
    """The vocabulary states them too: two statements that do not know each other, and agree."""
    wrong = []
    for name, kind in vocabulary(framework).types.items():
        if name in NOT_RUN[framework]:
            continue
        parameters = signature(KERNELS[framework][name]).parameters
        if "arguments" in parameters:  # takes any: does nothing in inference
            continue
        for argument, field in declared(model_of(kind)).items():
            if argument in IGNORED or argument.endswith(IGNORED_ENDINGS):
                continue
            if argument not in parameters:
                wrong.append(f"{name} has no {argument}")
            elif not field.required and not is_default(field.default, parameters[argument].default):
                wrong.append(f"{name} has {argument}={parameters[argument].default}, planned {field.default}")
    assert wrong == []


@pytest.mark.parametrize(
    ("framework", "layer", "shape", "arguments", "products"),
    [
        # Windows are nominal: products with padded zeros count, as do those that are cropped away.
        ("keras", "Conv2D", (10, 8, 16, 3), {"filters": 5, "kernel_size": 3, "strides": 2}, 10 * 2835),
        ("keras", "Conv2D", (1, 8, 8, 1), {"filters": 1, "kernel_size": 3, "padding": "same"}, 64 * 9),
        ("keras", "SeparableConv2D", (1, 8, 8, 4), {"filters": 6, "kernel_size": 3}, 36 * 4 * 9 + 36 * 4 * 6),
        ("keras", "DepthwiseConv2D", (1, 56, 56, 32), {"kernel_size": 3, "padding": "same"}, 903_168),
        ("keras", "Dense", (2, 7, 5), {"units": 3}, 2 * 7 * 5 * 3),
        ("keras", "BatchNormalization", (2, 7, 5), {}, 0),
        ("keras", "MaxPooling2D", (2, 8, 8, 5), {}, 0),
        (
            "pytorch",
            "Conv2d",
            (1, 3, 224, 224),
            {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3},
            118_013_952,
        ),
        (
            "pytorch",
            "ConvTranspose2d",
            (1, 64, 16, 16),
            {"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
            8_388_608,
        ),
        (
            "pytorch",
            "ConvTranspose2d",
            (1, 64, 16, 16),
            {"out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1, "groups": 64},
            262_144,
        ),
        ("pytorch", "Linear", (1, 49, 64), {"out_features": 128}, 401_408),
    ],
)
@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_multiplications(framework, layer, shape, arguments, products, method) -> None:
    if method == "direct" and products > 20_000_000:
        method = "auto"
    done = Execution(method=method)
    run_layer(framework, layer, done, [np.ones(shape, np.float32)], arguments)
    assert done.multiplications == products


@pytest.mark.parametrize(("padding", "expected"), [("valid", [[3, 7], [11, 15]]), ("same", [[3, 7, 5], [11, 15, 9]])])
def test_sum_pooling_adds_up_its_windows(padding: str, expected: list[list[int]]) -> None:
    rows = np.array([[1, 2, 3, 4, 5], [5, 6, 7, 8, 9]], np.float32)
    (sums,) = run_layer("keras", "SumPooling1D", Execution(), [rows[:, :, None]], {"pool_size": 2, "padding": padding})
    assert sums[:, :, 0].tolist() == expected


CHANNELS_FIRST = [
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu", "groups": 2}, (2, 7, 6, 4)),
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, (2, 7, 4)),
    ("Conv3D", {"filters": 4, "kernel_size": 2, "strides": 2}, (1, 4, 5, 6, 2)),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 4, 3, 4)),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, (2, 5, 6, 3)),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3}, (2, 5, 6, 3)),
    ("MaxPooling2D", {"padding": "same"}, (2, 5, 6, 3)),
    ("AveragePooling2D", {"pool_size": 3, "padding": "same"}, (2, 5, 6, 3)),
    ("SumPooling2D", {"pool_size": 3, "padding": "same"}, (2, 5, 6, 3)),
    ("AdaptiveAveragePooling2D", {"output_size": 3}, (2, 5, 7, 3)),
    ("GlobalMaxPooling2D", {"keepdims": True}, (2, 5, 7, 3)),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, (2, 5, 7, 3)),
    ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, (2, 5, 7, 3)),
    ("Cropping2D", {"cropping": ((1, 2), (0, 3))}, (2, 5, 7, 3)),
    ("Resizing", {"height": 4, "width": 9}, (2, 5, 7, 3)),
]


@pytest.mark.parametrize(("layer", "arguments", "shape"), CHANNELS_FIRST)
def test_channels_first_is_the_same_layer_seen_otherwise(layer, arguments, shape) -> None:
    """TensorFlow's CPU refuses most of these, so the layout is compared with the other layout."""
    tensor = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    (last,) = run_layer("keras", layer, Execution(), [tensor], arguments)
    turned = np.moveaxis(tensor, -1, 1)
    (first,) = run_layer("keras", layer, Execution(), [turned], {**arguments, "data_format": "channels_first"})
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), last, rtol=1e-5, atol=1e-6)


LARGE = [
    ("keras", "Conv2D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 31, 30, 6)),
    ("keras", "Conv2D", {"filters": 8, "kernel_size": (3, 5), "dilation_rate": (2, 3), "groups": 2}, (2, 21, 22, 6)),
    ("keras", "Conv3D", {"filters": 4, "kernel_size": 3, "padding": "same"}, (2, 6, 7, 8, 3)),
    ("keras", "DepthwiseConv2D", {"kernel_size": 5, "depth_multiplier": 2, "padding": "same"}, (2, 17, 18, 4)),
    ("keras", "Conv2DTranspose", {"filters": 4, "kernel_size": 5, "strides": 3, "padding": "same"}, (2, 9, 8, 6)),
    (
        "pytorch",
        "ConvTranspose3d",
        {"out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 2, "groups": 2},
        (2, 6, 5, 4, 6),
    ),
    ("pytorch", "Conv1d", {"out_channels": 4, "kernel_size": 9, "stride": 2}, (3, 4, 200)),
]


@pytest.mark.parametrize("tile", [1, 1000, 10_000, 2**20])
@pytest.mark.parametrize(("framework", "layer", "arguments", "shape"), LARGE)
def test_tiles_cover_every_window_once(monkeypatch, framework, layer, arguments, shape, tile) -> None:
    """Wherever the borders of the tiles fall, the products are those of the loops."""
    tensor = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    oracle = Execution(method="direct")
    (expected,) = run_layer(framework, layer, oracle, [tensor], arguments)
    monkeypatch.setattr(products, "TILE", tile)
    done = Execution(method="blocked")
    (output,) = run_layer(framework, layer, done, [tensor], arguments)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)
    assert done.multiplications == oracle.multiplications


ALONG_AN_AXIS = {"softmax", "log_softmax", "glu", "sparsemax"}
ELEMENTWISE = [
    *(
        ("keras", "Activation", {"activation": name})
        for name in sorted(
            {case.arguments["activation"] for case in cases("keras") if case.layer == "Activation"} - ALONG_AN_AXIS
        )
    ),
    ("keras", "ReLU", {"max_value": 1.0, "threshold": 0.5}),
    ("keras", "LeakyReLU", {}),
    ("keras", "ELU", {}),
    *(
        ("pytorch", name, {})
        for name in (
            "CELU",
            "ELU",
            "GELU",
            "Hardshrink",
            "Hardsigmoid",
            "Hardswish",
            "Hardtanh",
            "LeakyReLU",
            "LogSigmoid",
            "Mish",
            "PReLU",
            "RReLU",
            "ReLU",
            "ReLU6",
            "SELU",
            "SiLU",
            "Sigmoid",
            "Softplus",
            "Softshrink",
            "Softsign",
            "Tanh",
            "Tanhshrink",
        )
    ),
    ("pytorch", "Threshold", {"threshold": 0.1, "value": 2.0}),
]


@pytest.mark.parametrize(("framework", "layer", "arguments"), ELEMENTWISE)
def test_activations_pass_nan_on_and_keep_it_in_its_place(framework, layer, arguments) -> None:
    tensor = np.linspace(-2, 2, 12, dtype=np.float32).reshape(1, 3, 4)
    tensor[0, 1, 2] = np.nan
    (output,) = run_layer(framework, layer, Execution(), [tensor], arguments)
    assert np.argwhere(np.isnan(output)).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("framework", "layer", "arguments", "reached"),
    [
        ("keras", "MaxPooling1D", {"pool_size": 2}, [2]),
        ("keras", "MaxPooling1D", {"pool_size": 3, "strides": 1}, [2, 3, 4]),
        ("keras", "AveragePooling1D", {"pool_size": 3, "strides": 2}, [1, 2]),
        ("keras", "SumPooling1D", {"pool_size": 2, "strides": 3}, [1]),
        ("keras", "Conv1D", {"filters": 2, "kernel_size": 3, "dilation_rate": 2}, [0, 2, 4]),
        ("keras", "UpSampling1D", {"size": 2}, [8, 9]),
        ("pytorch", "Upsample", {"size": 17, "mode": "linear", "align_corners": True}, [7, 8, 9]),
    ],
)
def test_windows_pass_nan_on_from_the_cells_they_read(framework, layer, arguments, reached, method) -> None:
    tensor = np.zeros((1, 9, 2), np.float32)
    tensor[0, 4] = np.nan
    channels = 2 if framework == "keras" else 1
    if framework == "pytorch":
        tensor = np.moveaxis(tensor, 2, 1)
    (output,) = run_layer(framework, layer, Execution(method=method), [tensor], arguments)
    where = np.isnan(output).all(axis=channels)[0]
    assert np.flatnonzero(where).tolist() == reached
    assert np.flatnonzero(np.isnan(output).any(axis=channels)[0]).tolist() == reached


def test_drawn_weights_depend_on_seed_layer_and_name_alone() -> None:
    def drawn(seed: int, layer: str, name: str) -> list[float]:
        return Execution(layer, seed=seed).parameter(name, (4,)).tolist()

    assert drawn(0, "conv2d", "kernel") == drawn(0, "conv2d", "kernel")
    others = [drawn(1, "conv2d", "kernel"), drawn(0, "conv2d_1", "kernel"), drawn(0, "conv2d", "bias")]
    assert drawn(0, "conv2d", "kernel") not in others


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([np.zeros((5, 4))], "`dense` needs `bias` as weight 2, given 1"),
        ([np.zeros((4, 5)), np.zeros(4)], "`dense` needs `kernel` of shape (5, 4), given (4, 5)"),
        ([np.zeros((5, 4)), np.zeros(4), np.zeros(4)], "`dense` got 3 weights and needs 2: `kernel`, `bias`"),
        ({"kernel": np.zeros((5, 4))}, "`dense` needs a weight `bias`, given `kernel`"),
        ({}, "`dense` needs a weight `kernel`, given nothing"),
        (
            {"kernel": np.zeros((5, 4)), "bias": np.zeros(4), "gamma": np.zeros(4)},
            "`dense` has no weight `gamma`: it needs `kernel`, `bias`",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(given, message) -> None:
    with pytest.raises(ForwardError) as refused:
        run_layer("keras", "Dense", Execution("dense", given), [np.zeros((2, 5), np.float32)], {"units": 4})
    assert str(refused.value) == message


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ForwardError, match=r"^the reference forward pass has no keras layer `LSTN`$"):
        run_layer("keras", "LSTN", Execution(), [np.zeros((2, 5), np.float32)], {})


def test_a_layer_that_is_not_run_is_refused_with_the_reason() -> None:
    with pytest.raises(ForwardError, match=r"^the reference forward pass does not run Lambda: its code is never run$"):
        run_layer("keras", "Lambda", Execution(), [np.zeros((2, 5), np.float32)], {})


@pytest.mark.parametrize(
    ("framework", "layer", "shape", "arguments", "message"),
    [
        pytest.param(
            "keras",
            "RMSNormalization",
            (2, 3, 4),
            {"axis": 1},
            "Keras lays RMSNormalization's scale (3,) over the last axes, which are (4,)",
            id="Keras fails, though it states a shape",
        ),
        pytest.param(
            "keras",
            "RMSNormalization",
            (2, 3, 1),
            {"axis": 1},
            "Keras lays RMSNormalization's scale (3,) over the last axes, which are (1,)",
            id="Keras gives another shape than it states",
        ),
        pytest.param(
            "pytorch",
            "CircularPad1d",
            (1, 1, 3),
            {"padding": (-2, 2)},
            "circular padding wraps around more cells than its negative sides leave",
            id="PyTorch reads what was in memory",
        ),
        pytest.param(
            "pytorch",
            "BatchNormAct2d",
            (1, 2, 3, 3),
            {"num_features": 2, "act_layer": "LeakyReLU", "act_kwargs": {"negative_slope": 0.2}},
            "`layer` with act_kwargs is not run by the reference pass",
            id="words of an activation that is not stated as a layer",
        ),
    ],
)
def test_a_layer_without_values_of_its_own_is_refused(framework, layer, shape, arguments, message) -> None:
    with pytest.raises(ForwardError) as refused:
        run_layer(framework, layer, Execution(), [np.ones(shape, np.float32)], arguments)
    assert str(refused.value) == message


REFERENCE = Path(execution.__file__).parent
FORBIDDEN = ("cnnshape.arithmetic", "cnnshape.operations")


def test_the_reference_imports_nothing_of_what_it_proves() -> None:
    """Neither directly nor through others: else it would prove nothing."""
    for file in REFERENCE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(FORBIDDEN)], file.name
    program = (
        "import sys, cnnshape.reference.registry;"
        f"print([name for name in sys.modules if name.startswith({FORBIDDEN!r})])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
