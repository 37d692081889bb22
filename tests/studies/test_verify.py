"""The proof: what is right is confirmed, and every kind of lie is found out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import cnnshape
from cnnshape.arithmetic import windows
from cnnshape.network.plan import Plan, Row, Rows
from cnnshape.operations.sliding import slide
from cnnshape.reference.execution import ForwardError
from cnnshape.reference.run import steps, take_inputs
from cnnshape.reports.grid import Style
from cnnshape.reports.proofs.table import render
from cnnshape.studies.nan_marks import marked_steps, overwrites
from cnnshape.studies.pace import OutOfTimeError, Pace
from cnnshape.studies.run_memory import fit_memory, halved, memory_needed
from cnnshape.studies.verify import verify, work_of_proof
from cnnshape.value import replace

NETWORK = """
name: proved
input: [100, 92, 4]
batch: 2
layers:
  - Conv2D(8, 3, strides=2, padding="same")
  - BatchNormalization
  - c = Conv2D(8, 3, padding="same", groups=2, activation="relu")
  - MaxPooling2D(2)
  - DepthwiseConv2D(3, dilation_rate=2)
  - UpSampling2D(2)
  - Conv2DTranspose(4, 3, strides=2)
  - GlobalAveragePooling2D
  - Dense(5)
"""

PYTORCH = """
framework: pytorch
input: [4, 33, 36]
layers:
  - Conv2d(4, 8, 3, stride=2, padding=1)
  - BatchNorm2d
  - a = ReLU()
  - permute((0, 2, 3, 1))
  - LayerNorm(8)
  - b = permute((0, 3, 1, 2))
  - add()(a, b)
  - AvgPool2d(2, ceil_mode=True)
  - left, right = chunk(2, dim=1)
  - cat(dim=1)(right, left)
"""


def plan(text: str = NETWORK, **settings) -> Plan:
    return cnnshape.plan(text=text, **settings)


def mutate(original: Plan, name: str, **changes) -> Plan:
    """The plan with another row of that name."""
    rows = tuple(row._replace(**changes) if row.name == name else row for row in original.layers)
    return replace(original, rows=Rows.of(rows))


def test_a_true_plan_is_confirmed_to_the_pixel() -> None:
    verification = verify(plan())
    assert verification.agrees
    assert [proof.field for proof in verification.proofs] == ["proven"] * 7 + ["global"] * 2
    assert verification.probes == 4


def test_axes_are_followed_where_they_are_moved() -> None:
    verification = verify(plan(PYTORCH))
    assert verification.agrees
    assert {proof.row.name: proof.field for proof in verification.proofs}["layer_norm"] == "proven"


def test_the_counts_are_those_of_the_run() -> None:
    found = {proof.row.name: proof.found for proof in verify(plan(), fields=False).proofs}
    assert found["conv2d"].params == 3 * 3 * 4 * 8 + 8
    assert found["conv2d"].macs == 50 * 46 * 8 * 3 * 3 * 4
    assert found["c"].params == 3 * 3 * 4 * 8 + 8
    assert found["conv2d_transpose"].macs == 42 * 38 * 8 * 3 * 3 * 4
    buffers = {proof.row.name: proof.found.buffers for proof in verify(plan(PYTORCH), fields=False).proofs}
    assert buffers["batch_norm2d"] == 2 * 8 + 1


LIES = [
    # The layer that is run is not the layer that was planned.
    (
        "conv2d",
        {"arguments": {"filters": 8, "kernel_size": (3, 3), "strides": (1, 1), "padding": "same"}},
        "output_shapes",
    ),
    ("conv2d", {"arguments": {"filters": 8, "kernel_size": (3, 3), "strides": (2, 2)}}, "output_shapes"),
    ("c", {"arguments": {"filters": 8, "kernel_size": (3, 3), "padding": "same", "groups": 4}}, "params"),
    ("c", {"arguments": {"filters": 8, "kernel_size": (3, 3), "padding": "same", "groups": 1}}, "macs"),
    ("c", {"arguments": {"filters": 8, "kernel_size": (5, 5), "padding": "same", "groups": 2}}, "receptive_field"),
    ("max_pooling2d", {"arguments": {"pool_size": (3, 3), "strides": (2, 2), "padding": "same"}}, "receptive_field"),
    ("depthwise_conv2d", {"arguments": {"kernel_size": (3, 3), "dilation_rate": (1, 1)}}, "output_shapes"),
    ("up_sampling2d", {"arguments": {"size": (2, 3)}}, "output_shapes"),
    # A number of the plan is not that of its layer.
    ("conv2d", {"params": 297}, "params"),
    ("c", {"macs": 1}, "macs"),
    ("batch_normalization", {"params": 16}, "params"),
    ("max_pooling2d", {"output_shapes": ((2, 25, 24, 8),)}, "output_shapes"),
    ("dense", {"buffers": 1}, "buffers"),
]


@pytest.mark.parametrize(("name", "changes", "quantity"), LIES)
def test_a_lie_about_a_row_is_found_at_the_row(name, changes, quantity) -> None:
    verification = verify(mutate(plan(), name, **changes))
    assert not verification.agrees
    assert name == verification.wrong[0].row.name
    assert quantity in [difference.quantity for difference in verification.wrong[0].differences]


@pytest.mark.parametrize("change", [{"size": (4, 3)}, {"start": (-1, 0)}, {"jump": (1, 2)}, {"is_global": True}])
def test_a_lie_about_a_receptive_field_is_found(change) -> None:
    original = plan()
    field = original.layers[0].receptive_field._replace(**change)
    verification = verify(mutate(original, "conv2d", receptive_field=field))
    assert [proof.row.name for proof in verification.wrong] == ["conv2d"]
    assert verification.wrong[0].field == "wrong"


@pytest.fixture
def unremembered() -> Iterator[None]:
    """What windows do is not remembered from before a test, nor after it."""
    slide.cache_clear()
    yield
    slide.cache_clear()


def test_a_wrong_formula_for_sizes_is_found(monkeypatch: pytest.MonkeyPatch, unremembered: None) -> None:
    """Not the plan is edited but the arithmetic behind it: it rounds up where the frameworks round down."""
    monkeypatch.setattr(windows, "count_windows", windows.count_windows_ceil)
    verification = verify(plan("{input: [16, 16, 2], layers: ['Conv2D(2, 3, strides=2)']}"))
    differences = verification.wrong[0].differences
    assert differences[0] == ("output_shapes", ((1, 8, 8, 2),), ((1, 7, 7, 2),))
    assert differences[1] == ("macs", 8 * 8 * 2 * 18, 7 * 7 * 2 * 18)


def test_a_wrong_formula_for_padding_is_found(monkeypatch: pytest.MonkeyPatch, unremembered: None) -> None:
    """The odd cell of `same` before instead of after shifts every field by one pixel, and no shape."""
    monkeypatch.setattr(windows, "same_padding", partial(windows.same_padding, odd_pixel="low"))
    verification = verify(plan("{input: [16, 16, 2], layers: ['Conv2D(2, 4, strides=3, padding=\"same\")']}"))
    assert [difference.quantity for difference in verification.wrong[0].differences] == ["receptive_field"]
    assert verification.wrong[0].differences[0].found == (
        "along axis 1, output 3 does not see pixel 7, planned 7 to 10"
    )


def test_a_wrong_formula_for_parameters_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups forgotten: every filter is taken to have a kernel for every channel."""
    network = plan("{input: [8, 8, 4], layers: ['Conv2D(4, 3, groups=2)']}")
    lie = mutate(network, "conv2d", params=4 * 3 * 3 * 4 + 4)
    assert verify(lie).wrong[0].differences == (("params", 148, 76),)


def test_what_cannot_be_run_is_said_and_ends_the_proof() -> None:
    lie = mutate(plan(), "max_pooling2d", arguments={"pool_size": (2, 2), "strides": (9, 9)})
    lie = mutate(lie, "depthwise_conv2d", type="Reshape", arguments={"target_shape": (7, 7)})
    verification = verify(lie)
    last = verification.proofs[-1]
    assert last.row.name == "depthwise_conv2d"
    assert last.found is None
    assert last.differences[0].quantity == "run"


def test_one_layer_alone() -> None:
    verification = verify(plan(), layer="c")
    assert [proof.row.name for proof in verification.proofs] == ["c"]
    assert verification.proofs[0].field == "proven"
    assert verification.probes == 2
    with pytest.raises(ForwardError, match=r"^no row is named `cc`; did you mean `c`\?$"):
        verify(plan(), layer="cc")


def test_progress_is_told() -> None:
    told = []
    verify(plan(), progress=lambda what, done, total: told.append((what, done, total)))
    assert told[0] == ("running the network", 0, 9)
    assert told[-1][0] == "probing receptive fields"
    assert told[-1][2] == 4


def test_inputs_are_halved_until_the_run_fits_into_memory() -> None:
    whole = plan()

    def replan(shapes, batch):
        return plan(input=shapes, batch=batch)

    assert fit_memory(whole, replan, None) is whole
    assert fit_memory(whole, replan, memory_needed(whole)) is whole
    assert fit_memory(whole, replan, memory_needed(whole) * 3 // 4).inputs == {"input": (1, 100, 92, 4)}
    assert fit_memory(whole, replan, memory_needed(whole) // 4).inputs == {"input": (1, 50, 46, 4)}


@pytest.mark.parametrize(
    "text",
    [
        "{framework: pytorch, input: [3, 64, 64], layers: ['MaxPool2d(8)', Flatten, 'Linear(192, 10)']}",
        "{input: [64, 64, 3], layers: [Flatten, 'Dense(10)']}",
        "{input: [3, 3, 64], layers: ['Conv2D(4, 3)']}",
    ],
)
def test_no_other_network_is_verified_instead(text: str) -> None:
    """A smaller input that the layers refuse, or for which they would have other weights."""

    def replan(shapes, batch):
        return plan(text, input=shapes, batch=batch)

    assert fit_memory(plan(text), replan, 1000) is None


def test_halving_leaves_channels_alone() -> None:
    assert halved((9, 8, 3), channels_last=True) == (5, 4, 3)
    assert halved((3, 9, 8), channels_last=False) == (3, 5, 4)


SOUND = {
    "weights that are tensors": (
        "{framework: pytorch, input: [3, 11, 12], layers: ['w = Parameter(4, 3, 3, 2)', 'b = Parameter(4)', "
        "'x = F.conv2d(stride=2)(input, w, b)', 'm = Parameter(4)', 'v = Parameter(4)', 'y = F.batch_norm()(x, m, v)', "
        "'u = Parameter(4, 2, 2, 2)', 'F.conv_transpose2d(stride=2)(y, u)']}"
    ),
    "a transposed convolution of the size that a pool has read": (
        "{framework: pytorch, input: [2, 11, 12], layers: ['x = MaxPool2d(2)', "
        "'ConvTranspose2d(2, 3, 2, stride=2, output_size=shape(input))']}"
    ),
    "kernels that are tensors": (
        "{input: [11, 12, 4], layers: ['w = Parameter(3, 3, 2, 6)', 'x = ops.conv(strides=2)(input, w)', "
        "'d = Parameter(2, 2, 6, 1)', 'p = Parameter(1, 1, 6, 3)', 'ops.separable_conv()(x, d, p)']}"
    ),
    "a gate whose path skips pixels": (
        "{input: [32, 32, 16], layers: ['x = Conv2D(16, 1)', 'Conv2D(8, 1, strides=2)', "
        "GlobalAveragePooling2D: {keepdims: true}, 'gate = Dense(16)', 'Multiply()(x, gate)']}"
    ),
    "a map of one row that stretches over all": (
        "{input: [5, 4, 2], layers: ['x = Conv2D(2, 1)', 'y = MaxPooling2D((3, 4))', 'Minimum()(x, y)']}"
    ),
    "half of an image, pooled": (
        "{input: [32, 32, 4], layers: ['top, bottom = ops.split(2, axis=1)', "
        "'GlobalAveragePooling2D(keepdims=True)(bottom)']}"
    ),
    "half of an image, dense": (
        "{framework: pytorch, input: [4, 8, 8], layers: ['a, b = chunk(2, dim=3)(input)', 'LazyLinear(3)(b)']}"
    ),
    "a batch stated beside a size that follows": (
        "{framework: pytorch, input: [4, 8, 8], layers: ['reshape([1, 4, 8, -1])', 'Conv2d(4, 4, 3)']}"
    ),
    "the same in Keras": "{input: [8, 4], batch: 3, layers: ['ops.reshape([3, -1, 4])', 'Conv1D(2, 3)']}",
    "nearest pixels by float32": "{input: [26, 8, 1], layers: ['Resizing(23, 2, interpolation=\"nearest\")']}",
    "pixels on the edge of a filter": "{input: [15, 15, 1], layers: ['Resizing(13, 13)']}",
    "groups of a vector": "{input: [9, 1], layers: [Flatten, 'GroupNormalization(1)']}",
    "windows that TensorFlow may centre": (
        "{input: [6, 6, 6, 2], layers: ['Conv3D(4, 1, strides=3, padding=\"same\")', 'ReLU']}"
    ),
    "softmax over the width, where channels come first": (
        "{data_format: channels_first, input: [3, 12], layers: ['Conv1D(3, 3, activation=\"softmax\")']}"
    ),
    "a merge of one": "{inputs: {a: [3, 2]}, layers: ['Add()(a)']}",
    "means of the last of many axes": (
        "{framework: pytorch, input: [2, 3, 4, 5], layers: ['AdaptiveAvgPool2d(1)', 'ReLU']}"
    ),
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_a_sound_plan_is_never_contradicted(text: str) -> None:
    verification = verify(plan(text))
    assert [proof.differences for proof in verification.wrong] == []


def test_the_fields_of_every_input_are_probed() -> None:
    original = plan(
        "{inputs: {left: [9, 9, 3], right: [12, 12, 3]}, outputs: [a, b], "
        "layers: ['a = Conv2D(4, 1)(left)', 'b = Conv2D(4, 5, padding=\"same\")(right)']}"
    )
    assert [proof.field for proof in verify(original).proofs] == ["proven", "proven"]
    field = original.layers[1].receptive_field
    wrong = verify(mutate(original, "b", receptive_field=field._replace(size=(99, 99), jump=(7, 7), start=(50, 50))))
    assert [proof.row.name for proof in wrong.wrong] == ["b"]


def test_a_lower_bound_is_said_to_be_one() -> None:
    verification = verify(
        plan(
            "{input: [32, 32, 2], layers: ['a = Conv2D(4, 9, strides=2, padding=\"same\")', "
            "'Cropping2D(((4, 12), (4, 12)))(input)', 'c = Conv2D(4, 3, padding=\"same\")', 'Add()(a, c)']}"
        )
    )
    assert [proof.field for proof in verification.proofs] == ["proven", "proven", "proven", "at least"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("size", lambda self: 99), ("jump", lambda self: 99), ("start", lambda self: 99)],
)
def test_a_wrong_way_to_read_a_field_off_its_map_is_found(name: str, wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnshape.arithmetic.fields import AxisMap
    from cnnshape.network.fields import short_sight_of

    short_sight_of.cache_clear()
    monkeypatch.setattr(AxisMap, name, property(wrong))
    verification = verify(plan("{input: [20, 20, 1], layers: ['Conv2D(2, 3, strides=2)', 'Conv2D(2, 3)']}"))
    short_sight_of.cache_clear()
    assert not verification.agrees


def test_inputs_differ_from_each_other() -> None:
    siamese = plan(
        "{inputs: {a: [4, 4, 1], b: [4, 4, 1]}, layers: ['x = Conv2D(2, 1)(a)', 'y = Shared(x)(b)', 'Subtract()(x, y)']}"
    )
    assert abs(cnnshape.forward(siamese)["subtract"]).max() > 0.1


def test_a_tensor_may_be_merged_with_itself() -> None:
    thrice = plan("{input: [3], layers: ['d = Rescaling(1.0)', 'm = Add()(d, d, d)']}")
    run = cnnshape.forward(thrice, {"input": [[1.0, 2.0, 3.0]]}, keep=[])
    assert run["m"].tolist() == [[3.0, 6.0, 9.0]]


def test_mirrors_at_the_border_are_no_contradiction() -> None:
    verification = verify(
        plan("{framework: pytorch, input: [2, 20, 20], layers: ['ReflectionPad2d(9)', 'Conv2d(2, 2, 5)']}")
    )
    assert [proof.field for proof in verification.proofs] == ["proven", "proven"]


def test_a_pixel_in_a_gap_of_one_axis_says_nothing_about_the_other() -> None:
    verification = verify(plan("{input: [33, 33, 2], layers: ['Conv2D(2, (5, 1), strides=(1, 3))']}"))
    assert verification.proofs[0].field == "proven"


def test_a_layer_that_states_the_batch_is_probed_with_that_batch() -> None:
    verification = verify(
        plan(
            "{framework: pytorch, batch: 2, input: [2, 20, 20], layers: ['Conv2d(2, 4, 3)', 'reshape((2, 8, 9, 18))']}"
        )
    )
    assert verification.agrees
    assert verification.proofs[0].field == "proven"


def test_padding_below_a_global_gate_is_no_contradiction() -> None:
    """The cells of the padding see nothing, though every cell beside them sees everything."""
    verification = verify(
        plan(
            """
input: [32, 32, 4]
layers:
  - a = Conv2D(4, 3, strides=2, padding="same")
  - gate = GlobalAveragePooling2D(keepdims=True)(a)
  - Multiply()(a, gate)
  - ZeroPadding2D(((1, 2), (1, 2)))
"""
        )
    )
    assert [proof.field for proof in verification.proofs] == ["proven", "global", "global", "global"]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("['Conv2D(4, 1, strides=2)', GlobalAveragePooling2D]", id="every other pixel is skipped"),
        pytest.param("['AveragePooling2D(4, strides=7)', GlobalMaxPooling2D]", id="the last rows are never read"),
        pytest.param(
            "['Softmax(axis=1)', 'MaxPooling2D(1, strides=(1, 3))']", id="columns are skipped below what sees all rows"
        ),
    ],
)
def test_a_pixel_that_is_never_read_is_no_contradiction_to_a_global_layer(layers: str) -> None:
    verification = verify(plan(f"{{input: [11, 12, 3], layers: {layers}}}"))
    assert verification.agrees
    assert verification.proofs[1].field == "global"


@pytest.mark.parametrize("layer", ["UpSampling1D(3)", "Cropping1D(1)", "ZeroPadding1D(2)", "MaxPooling1D(2)"])
def test_channels_may_come_first(layer: str) -> None:
    """Two of these take axis 1 for the length nevertheless, in Keras, in the plan and in the run."""
    verification = verify(plan(f"{{data_format: channels_first, input: [5, 8], layers: [{layer}]}}"))
    assert verification.agrees


@pytest.mark.parametrize("layer", ["Softmax", "normalize(dim=0)"])
def test_samples_that_see_each_other_are_probed_together(layer: str) -> None:
    """Without `dim`, PyTorch takes the softmax of three axes along the first, the batch."""
    text = f"{{framework: pytorch, batch: 3, input: [2, 9], layers: [{layer}, 'AvgPool1d(3)']}}"
    assert [proof.field for proof in verify(plan(text)).proofs] == ["proven", "proven"]


def test_what_is_nan_without_a_probe_says_nothing_about_fields() -> None:
    """Odd roots of negative sums; all probes see the values that the first run saw."""
    lines = "{framework: pytorch, input: [1, 40], layers: ['lp_pool1d(norm_type=3, kernel_size=1, stride=3)']}"
    for seed in range(5):
        assert verify(plan(lines), seed=seed).agrees


def test_padding_is_told_from_a_pixel_by_what_it_sees() -> None:
    """The padded cell behind a large window stands for a place well inside a small input, and sees nothing of it."""
    verification = verify(plan("{input: [7, 5, 1], layers: ['Conv2D(2, 4)', ZeroPadding2D, 'Conv2D(2, 2)']}"))
    assert verification.agrees


class Impatient(Pace):
    """Time for so many rows."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def before(self, row: Row, samples: int) -> None:
        if not self.rows:
            raise OutOfTimeError
        self.rows -= 1


TWO_ROWS = "input: [8, 8, 3]\nlayers:\n  - a = Conv2D(4, 3)\n  - b = Conv2D(4, 3, strides=2)\n"


@pytest.mark.parametrize(
    ("rows", "proven", "left_open"),
    [
        (0, [], "2 of 2 rows, from a on, and fields"),
        (1, ["a"], "1 of 2 rows, from b on, and fields"),
        (2, ["a", "b"], "receptive fields of input"),
        (5, ["a", "b"], "receptive fields of input"),
        (6, ["a", "b"], ""),
    ],
)
def test_what_there_is_time_for_is_proven(rows: int, proven: list[str], left_open: str) -> None:
    found = verify(plan(text=TWO_ROWS), pace=Impatient(rows))
    assert [proof.row.name for proof in found.proofs] == proven
    assert found.left_open == left_open
    assert found.agrees
    assert bool(found.probes) == (left_open == "")


def test_a_row_that_would_take_too_long_is_not_begun() -> None:
    found = verify(plan(text=TWO_ROWS), pace=Pace(3600, speed=1e-9))
    assert found.proofs == ()


def test_the_work_is_known_beforehand() -> None:
    work = work_of_proof(plan(text=TWO_ROWS))
    assert work.samples == 1 + 2 + 1  # one run, a probe for each pixel of the jump, and all pixels at once
    assert work_of_proof(plan(text=TWO_ROWS), fields=False).samples == 1


def test_a_field_that_the_plan_does_not_know_is_not_passed_over() -> None:
    layer = "interpolate(scale_factor=1.5, mode='bilinear', antialias=True)"
    plan = cnnshape.plan({"framework": "pytorch", "input": [1, 9, 9], "layers": [layer]})
    assert "1 at least as planned (the plan states a lower bound)" in render(verify(plan), Style())


PROBED = """
framework: pytorch
input: [6, 24, 24]
layers:
  - a = Conv2d(6, 8, 3, stride=2, padding=1)
  - BatchNorm2d
  - ReLU(inplace=True)
  - Conv2d(8, 8, 3, padding=1, groups=2)
  - left, right = chunk(2, dim=1)
  - MaxPool2d(3, stride=1, padding=1)(left)
  - b = cat(dim=1)(previous, right)
  - add()(a, b)
  - Softmax(dim=1)
  - AvgPool2d(2)
"""


@pytest.mark.parametrize("text", [NETWORK, PYTORCH, PROBED])
def test_a_channel_that_stands_for_all_holds_nan_where_they_do(text: str) -> None:
    """The same probes on all channels: wherever some channel is NaN, and where all are."""
    planned = plan(text)
    inputs = take_inputs(planned, {}, 0)
    inputs["input"][(0, slice(None), 12, 13) if planned.framework == "pytorch" else (0, 12, 13)] = np.nan
    axis = planned.layout.channel_axis
    saved = 0
    for one, every in zip(marked_steps(planned, inputs, 0, {}), steps(planned, inputs, draws=True), strict=True):
        assert one.row.name == every.row.name
        for thin, full in zip(one.outputs, every.outputs, strict=True):
            marks = np.isnan(full)
            channel = axis(full.ndim)
            saved += full.size - thin.size
            assert (np.isnan(thin) == (marks if thin.shape == full.shape else marks.take([0], channel))).all()
            assert thin.shape == full.shape or (marks == marks.take([0], channel)).all()
    assert saved > 0


def test_what_is_written_over_and_read_again_is_run_on_all_channels() -> None:
    again = plan(PROBED.replace("- ReLU(inplace=True)", "- ReLU(inplace=True)\n  - add()(batch_norm2d, previous)"))
    assert overwrites(again, again.layers[2])
    assert not overwrites(plan(PROBED), plan(PROBED).layers[2])


FOLDED = "from torch import nn\nimport torch.nn.functional as F\n\nclass Net(nn.Module):\n    def __init__(self):\n" + (
    "        super().__init__()\n        self.l = nn.Linear(8, 3)\n\n    def forward(self, x):\n        return "
)


@pytest.mark.parametrize("run", ["self.l(x.reshape(-1, 8))", "self.l(x[0, 0, 0])"])
def test_the_products_of_all_samples_are_shared_among_those_of_the_network(run: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(FOLDED + run, encoding="utf-8")
    assert all(proof.agrees for proof in verify(cnnshape.plan(f"{path}:Net", input=[3, 4, 8])).proofs)


def test_a_function_whose_weights_no_row_makes_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(FOLDED + "F.linear(x, self.l.weight)", encoding="utf-8")
    with pytest.raises(ForwardError, match="the forward pass does not run functions of weights"):
        verify(cnnshape.plan(f"{path}:Net", input=[3, 4, 8]))


CALLED_AGAIN = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 4, 3, padding=1)
        self.two = nn.Conv2d(4, 4, 3, padding=1)
        self.relu, self.down = nn.ReLU(), nn.MaxPool2d(2)

    def forward(self, x):
        return self.down(self.relu(self.two(self.down(self.relu(self.one(x))))))
"""


@pytest.mark.parametrize(("layer", "shown"), [(None, 6), ("relu", 2)])
def test_a_module_that_is_called_again_has_a_field_for_each_call(layer: str | None, shown: int, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(CALLED_AGAIN, encoding="utf-8")
    proofs = verify(cnnshape.plan(f"{path}:Net", input=[3, 24, 24]), layer=layer).proofs
    assert [proof.field for proof in proofs] == ["proven"] * shown


OF_ONES_OWN = """\
import torch
from torch import nn
from torch.nn.utils import prune, spectral_norm, weight_norm

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.normed = weight_norm(nn.Conv2d(3, 8, 3), dim=None)
        self.pruned = prune.l1_unstructured(nn.Conv2d(8, 8, 3, groups=4), "weight", amount=0.3)
        self.spectral = spectral_norm(nn.ConvTranspose2d(8, 6, 2, stride=2))
        self.batch_norm = nn.BatchNorm2d(6)
        self.batch_norm.weight = None
        self.scale = nn.Parameter(torch.ones(6, 1, 1))
        self.fc = nn.utils.parametrizations.weight_norm(nn.Linear(6, 10))
        self.fc.bias = None

    def forward(self, x):
        x = self.batch_norm(self.spectral(self.pruned(self.normed(x)))) * self.scale
        return self.fc(x.mean((2, 3)))
"""


def test_weights_beside_those_that_a_layer_makes_are_no_contradiction(tmp_path: Path) -> None:
    """Counted by PyTorch 2.14.1: 657 parameters, and 195 elements of buffers."""
    file = tmp_path / "net.py"
    file.write_text(OF_ONES_OWN)
    planned = cnnshape.plan(str(file), input=[3, 16, 16])
    assert planned.totals is not None
    assert (planned.totals.params, planned.totals.buffers) == (657, 195)
    assert verify(planned).agrees
    for name, changes in (("normed", {"params": 224}), ("spectral", {"buffers": 0}), ("fc", {"params": 60})):
        assert [proof.row.name for proof in verify(mutate(planned, name, **changes)).wrong] == [name]


ATTENTION = {
    "pytorch": """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        made, _ = self.attention(x, x, x, need_weights=False)
        return made
""",
    "pytorch, with scores": """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, x):
        x = self.encoder(x.permute(1, 0, 2))
        return self.attention(x, x, x)
""",
    "pytorch, with scores of every head": """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, x):
        return self.attention(x, x, x, average_attn_weights=False)
""",
    "keras": """\
import keras
from keras import layers

x = keras.Input((6, 8))
Net = keras.Model(x, layers.MultiHeadAttention(2, 4)(x, x, return_attention_scores=True))
""",
}


@pytest.mark.parametrize("source", ATTENTION)
def test_attention_gives_the_scores_where_its_call_asks_for_them(source: str, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(ATTENTION[source], encoding="utf-8")
    given = {"input": (6, 8)} if source.startswith("pytorch") else {}
    assert verify(cnnshape.plan(f"{file}:Net", batch=1, **given)).agrees
