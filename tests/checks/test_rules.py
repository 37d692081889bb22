"""The advices: the numbers in their messages, their thresholds, and where they keep silent."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnshape.api import examine, load
from cnnshape.checks.advice_view import AdviceView
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration
from cnnshape.checks.rules import RULES
from cnnshape.diagnostics import CODES, ArchitectureError
from cnnshape.diagnostics.pages import page
from cnnshape.network.plan import Plan, Row, Rows
from cnnshape.value import replace

PROJECT = Path()
ADVICES = [code for code, (_, severity) in CODES.items() if severity == "advice" and code.startswith("CS5")]


def found(code: str, layers: str, *, input: str = "[32, 32, 3]", framework: str = "keras") -> list[tuple[str, str]]:
    """What one rule says about a list of layers: (layer, message)."""
    entries = "".join(f"  - {line.strip()}\n" for line in layers.strip().splitlines())
    plan = examine(text=f"framework: {framework}\ninput: {input}\nlayers:\n{entries}")
    assert not plan.errors, plan.errors
    return [(finding.row.name, finding.message) for finding in RULES[code](AdviceView(plan))]


class SizelessRow(Row):
    """A row of which nobody may ask a size."""

    def refuse(self) -> None:
        raise AssertionError("a size was asked for")

    input_shapes = output_shapes = receptive_field = padding = leftover = macs = flops = output_bytes = property(refuse)
    params = trainable_params = non_trainable_params = buffers = property(refuse)

    @property
    def result(self) -> Any:
        """What operations say whatever the sizes are."""
        result = super().result
        return result and SimpleNamespace(memory=result.memory, weights=bool(result.weights))


def test_what_is_found_once_for_plans_of_any_sizes_hangs_on_no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """`AdviceView.once` asks in the first of several files; here it asks rows that refuse to tell a size."""
    asked = set()
    once = AdviceView.once

    def refusing(view: AdviceView, find: Any) -> Any:
        asked.add(find.__module__)
        told = list(once(view, find))
        sizeless = AdviceView(replace(view.plan, inputs={}, rows=Rows.of([*map(SizelessRow._make, view.plan.layers)])))
        sizeless.plan.in_common.clear()
        assert [tuple(map(name_of, each)) for each in once(sizeless, find)] == [
            tuple(map(name_of, each)) for each in told
        ]
        return iter(told)

    def name_of(each: Any) -> Any:
        return each.name if isinstance(each, Row) else each

    monkeypatch.setattr(AdviceView, "once", refusing)
    texts = [text for _, _, text in EXAMPLES]
    plans = [*filter(None, map(planned, texts)), *(examine(f"zoo:{name}") for name in ZOO)]
    for plan in plans:
        for code in ADVICES:
            for _ in RULES[code](AdviceView(plan)):
                pass
    assert len(asked) > 10


def planned(text: str) -> Plan | None:
    """The plan of a text; None of one that is none."""
    try:
        return examine(text=text)
    except ArchitectureError:
        return None


ZOO = ("keras/mobilenetv2", "keras/inceptionv3", "pytorch/googlenet", "pytorch/mnasnet1_0", "pytorch/vgg11")


def test_every_advice_has_a_rule() -> None:
    assert list(RULES) == ADVICES


EXAMPLES = [
    (code, kind, text)
    for code in CODES
    for kind, section in (("example", page(code).example), ("fix", page(code).fix))
    for text in re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)
]


@pytest.mark.parametrize(("code", "kind", "text"), EXAMPLES, ids=[f"{code}-{kind}" for code, kind, _ in EXAMPLES])
def test_a_pages_example_gives_its_code_and_its_fix_does_not(code: str, kind: str, text: str) -> None:
    try:
        codes = {finding.code for finding in findings_of(examine(load(text=text)), Configuration(PROJECT))}
    except ArchitectureError as error:
        codes = {finding.code for finding in error.diagnostics}
    assert (code in codes) == (kind == "example")
    if kind == "fix":
        assert not [each for each in codes if CODES[each].severity == "error"]


ABOUT_PYTHON = {code for code in CODES if code.startswith("CS6")}
"""Their examples are Python, and tried in `tests/readers/python`."""


def test_every_page_has_an_example_that_is_tried_but_those_about_bytes_and_configurations() -> None:
    tried = {code for code, kind, _ in EXAMPLES if kind == "example"}
    assert set(CODES) - tried == {"CS002", "CS006", "CS017", "CS018", "CS116", "CS317", "CS404", *ABOUT_PYTHON}


@pytest.mark.parametrize(
    ("layers", "messages"),
    [
        pytest.param(
            "MaxPooling2D(3)",
            [
                "MaxPooling2D never reads the last 2 of 32 along the height and the last 2 of 32 along the width: "
                "windows of 3x3 every 3x3 end before them"
            ],
            id="two rows and columns",
        ),
        pytest.param(
            "MaxPooling2D((2, 5))",
            [
                "MaxPooling2D never reads the last 2 of 32 along the width: windows of 2x5 every 2x5 end before them",
            ],
            id="one axis",
        ),
        pytest.param("MaxPooling2D(2)", [], id="even"),
        pytest.param('MaxPooling2D(3, padding="same")', [], id="padded"),
        pytest.param("Conv2D(8, 1, strides=2)", [], id="gaps between windows are another rule"),
        pytest.param("ZeroPadding2D(1)\nConv2D(8, 3, strides=2)", [], id="only padding is left over"),
        pytest.param("ZeroPadding2D(1)\nConv2D(8, 7, strides=4)", 1, id="more than padding is left over"),
    ],
)
def test_unread_border(layers: str, messages: list[str] | int) -> None:
    said = [message for _, message in found("CS501", layers)]
    assert len(said) == messages if isinstance(messages, int) else said == messages


def test_unread_border_names_the_sizes_that_fit() -> None:
    plan = examine(text="input: [32, 32, 3]\nlayers:\n  - MaxPooling2D(3)\n")
    (finding,) = RULES["CS501"](AdviceView(plan))
    assert finding.fix == 'nothing is left over with an input of 30x30 or 33x33 here, or padding="same"'
    for size in (30, 33):
        assert not list(RULES["CS501"](AdviceView(examine(plan_text(size)))))


def plan_text(size: int) -> dict[str, object]:
    return {"input": [size, size, 3], "layers": [{"MaxPooling2D": 3}]}


@pytest.mark.parametrize(
    ("layer", "share"),
    [
        ("Conv2D(8, 1, strides=2)", "25%"),
        ("Conv2D(8, 3, strides=4)", "56%"),
        ("Conv2D(8, (1, 3), strides=(2, 3))", "50%"),
        ("Conv2D(8, 2, strides=2)", None),
        ("Conv2D(8, 3, strides=2)", None),
        ("Conv2D(8, 32, strides=40)", None),
        ("x = ReLU\na = Conv2D(8, 1, strides=2)(x)\nb = Conv2D(8, 3, strides=2, padding='same')(x)\nAdd()(a, b)", None),
        ("x = ReLU\na = Conv2D(8, 1, strides=2)(x)\nb = Conv2D(8, 1, strides=2)(x)\nAdd()(a, b)", "25%"),
    ],
)
def test_stride_skips_input(layer: str, share: str | None) -> None:
    said = {message.split(" of its input")[0].rsplit(" ", 1)[1] for _, message in found("CS502", layer)}
    assert said == ({share} if share else set())


def test_a_dilated_kernel_may_skip_what_its_extent_covers() -> None:
    layer = "Conv2d(3, 8, 3, stride=2, dilation=2)"
    said = found("CS502", layer, input="[3, 33, 33]", framework="pytorch")
    assert said == [("conv2d", "Conv2d reads only 25% of its input: its kernel of 3x3 moves by 2x2")]


EVENLY_PADDED = "ZeroPadding2D(1)\nConv2D(3, 3)"
"""As PyTorch pads; the size stays."""


@pytest.mark.parametrize(
    ("layer", "size", "pads"),
    [
        ('Conv2D(8, 7, strides=2, padding="same")', 224, "pads 2 before and 3 after the height of 224"),
        ('MaxPooling2D(2, padding="same")', 5, "pads 0 before and 1 after the height of 5"),
        ('Conv2D(8, 3, strides=2, padding="same")', 33, None),
        ('Conv2D(8, 3, padding="same")', 32, None),
    ],
)
def test_uneven_same_padding(layer: str, size: int, pads: str | None) -> None:
    said = [message for _, message in found("CS503", f"{EVENLY_PADDED}\n{layer}", input=f"[{size}, {size}, 3]")]
    assert found("CS503", layer, input=f"[{size}, {size}, 3]") == []
    assert [pads in message for message in said] == [True] * bool(pads) if pads else said == []


@pytest.mark.parametrize(("layer", "infinite"), [("MaxPooling2D", True), ("AveragePooling2D", False)])
def test_zeros_stand_for_the_padding_of_max_pooling_only_where_nothing_is_negative(layer: str, infinite: bool) -> None:
    text = f'input: [5, 5, 3]\nlayers: [ZeroPadding2D(1), "Conv2D(3, 3)", \'{layer}(2, padding="same")\']\n'
    (finding,) = RULES["CS503"](AdviceView(examine(text=text)))
    fix = 'where weights come from PyTorch, pad 1 on both sides with a padding layer and use padding="valid"'
    condition = " where no value is negative, as behind a ReLU: PyTorch's pooling pads with -inf, not with 0"
    assert finding.fix == fix + condition * infinite


def test_the_bias_of_a_layer_counts_its_parameters_in_both_frameworks() -> None:
    keras = found("CS505", "Conv2D(24, 3)\nBatchNormalization")
    torch = found("CS505", "Conv2d(3, 24, 3)\nBatchNorm2d(24)", input="[3, 32, 32]", framework="pytorch")
    text = "bias of 24 parameters has no effect: the batch normalization behind it subtracts the mean, and the bias with it"
    assert keras == [("conv2d", f"Conv2D's {text}")]
    assert torch == [("conv2d", f"Conv2d's {text}")]


@pytest.mark.parametrize(
    ("layers", "input", "framework"),
    [
        ('Conv2D(8, 3, data_format="channels_first")\nBatchNormalization(axis=1)', "[3, 32, 32]", "keras"),
        ("Conv2D(8, 3)\nBatchNormalization(axis=3)", "[32, 32, 3]", "keras"),
        ("Linear(32, 8)\nBatchNorm1d(8)", "[32]", "pytorch"),
    ],
)
def test_a_bias_along_the_normalized_axis_is_not_needed(layers: str, input: str, framework: str) -> None:
    assert len(found("CS505", layers, input=input, framework=framework)) == 1


def test_pytorch_normalizes_the_axis_before_the_features_of_a_linear_layer() -> None:
    assert found("CS505", "Linear(32, 8)\nBatchNorm1d(4)", input="[4, 32]", framework="pytorch") == []


@pytest.mark.parametrize(
    "layers",
    [
        "Conv2D(8, 3, use_bias=False)\nBatchNormalization",
        'Conv2D(8, 3, activation="relu")\nBatchNormalization',
        "c = Conv2D(8, 3)\nb = BatchNormalization\nAdd()(b, c)",
        "Conv2D(8, 3)\nBatchNormalization(axis=1)",
        'Conv2D(8, 3, data_format="channels_first")\nBatchNormalization(axis=3)',
    ],
)
def test_a_bias_that_matters_is_left_alone(layers: str) -> None:
    assert found("CS505", layers) == []


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ("Conv2D(8, 3)\nConv2D(8, 3)", 1),
        ("Flatten\nDense(64)\nDropout(0.5)\nDense(10)", 1),
        ('Conv2D(8, 3)\nActivation("relu")\nConv2D(8, 3)', 0),
        ('Conv2D(8, 3, activation="relu")\nConv2D(8, 3)', 0),
        ("Flatten\nDense(4)\nDense(64)", 0),
        ("SeparableConv2D(8, 3)\nConv2D(8, 3)", 0),
        ("Conv2D(8, 3)\nBatchNormalization\nConv2D(8, 3)", 1),
        ("Conv2D(8, 3)\nBatchNormalization\nReLU\nConv2D(8, 3)", 0),
        ("Conv2D(8, 3)\nLayerNormalization\nConv2D(8, 3)", 0),
        ("Conv2D(16, 3, activation='relu')\nConv2D(8, 1)\nBatchNormalization\nConv2D(48, 1)", 0),
        ("Conv2D(16, 3, activation='relu')\nConv2D(16, 1)\nBatchNormalization\nConv2D(96, 1)", 0),
        ("Conv2D(12, 3, groups=3)\nBatchNormalization\nConv2D(12, 1)", 0),
        ("DepthwiseConv2D(3)\nBatchNormalization\nConv2D(12, 1)", 0),
        ("c = Conv2D(3, 1)\nBatchNormalization\nAdd()(input, batch_normalization)\nConv2D(8, 1)", 0),
    ],
)
def test_linear_after_linear(layers: str, count: int) -> None:
    assert len(found("CS506", layers)) == count


def test_an_activation_is_missed_behind_the_normalization_where_there_is_one() -> None:
    text = "input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)\n  - n = BatchNormalization\n  - Conv2D(8, 3)\n"
    (finding,) = RULES["CS506"](AdviceView(examine(text=text)))
    assert finding.message == (
        "Conv2D follows conv2d (Conv2D) with no activation between them, and batch normalization is linear too: together "
        "they are one linear layer, and the second adds no power"
    )
    assert finding.fix == "put an activation, such as ReLU(), behind n"


def test_the_ends_of_known_blocks_are_linear_on_purpose() -> None:
    for name in ("keras/mobilenetv2", "keras/mobilenetv3small", "keras/efficientnetb0", "pytorch/shufflenet_v2_x1_0"):
        assert list(RULES["CS506"](AdviceView(examine(f"zoo:{name}")))) == []


@pytest.mark.parametrize(
    ("layers", "framework", "count"),
    [
        ("Flatten()\nLinear(3072, 10)\nSoftmax(dim=1)", "pytorch", 1),
        ("Flatten()\nLinear(3072, 10)\nLogSoftmax(dim=1)", "pytorch", 0),
        ("Flatten()\nLinear(3072, 1)\nSigmoid()", "pytorch", 0),
        ("Flatten()\nLinear(3072, 10)\nReLU()", "pytorch", 1),
        ("Flatten()\nLinear(3072, 10)\nDropout(0.1)\nReLU()", "pytorch", 1),
        ("Flatten()\nLinear(3072, 1)\nReLU()", "pytorch", 0),
        ("Conv2d(3, 8, 3)\nReLU()", "pytorch", 0),
        ("Flatten()\nLinear(3072, 64)\nReLU()\nLinear(64, 10)", "pytorch", 0),
        ('Flatten\nDense(10, activation="softmax")', "keras", 0),
        ('Flatten\nDense(10, activation="softmax")\nSoftmax', "keras", 1),
        ("Flatten\nDense(10)\nReLU\nSoftmax", "keras", 1),
    ],
)
def test_activation_on_logits(layers: str, framework: str, count: int) -> None:
    shape = "[3, 32, 32]" if framework == "pytorch" else "[32, 32, 3]"
    assert len(found("CS507", layers, input=shape, framework=framework)) == count


@pytest.mark.parametrize(
    ("layers", "depth"),
    [
        ('Conv2D(8, 3, padding="same", activation="relu") * 11', None),
        ('Conv2D(8, 3, padding="same", activation="relu") * 12', 12),
        ('Conv2D(8, 3, padding="same", activation="selu") * 30', None),
        (
            'Conv2D(8, 3, padding="same") * 8\nBatchNormalization\nConv2D(8, 3, padding="same") * 8',
            None,
        ),
        (
            'a = Conv2D(8, 3, padding="same")\nb = Conv2D(8, 3, padding="same") * 9\nAdd()(a, b)\nConv2D(8, 3, padding="same") * 9',
            None,
        ),
    ],
)
def test_deep_without_normalization(layers: str, depth: int | None) -> None:
    said = found("CS508", layers)
    assert [message.split(" ")[0] for _, message in said] == ([str(depth)] if depth else [])
    assert [layer for layer, _ in said] == (["conv2d_11"] if depth else [])


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ("Dropout(0.5)\nBatchNormalization", 1),
        ("Dropout(0.0)\nBatchNormalization", 0),
        ("Dropout(0.5)\nReLU\nBatchNormalization", 1),
        ("Dropout(0.5)\nConv2D(8, 3)\nBatchNormalization", 1),
        ("Dropout(0.5)\nConv2D(8, 3)\nConv2D(8, 3)\nBatchNormalization", 0),
        ("BatchNormalization\nDropout(0.5)\nConv2D(8, 3)", 0),
    ],
)
def test_dropout_before_batch_norm(layers: str, count: int) -> None:
    assert len(found("CS509", layers)) == count


def test_the_head_is_the_last_pooling_not_one_of_squeeze_and_excitation() -> None:
    layers = """
        c = Conv2D(8, 3, padding="same", activation="relu")
        s = GlobalAveragePooling2D(keepdims=True)
        Conv2D(8, 1, activation="sigmoid")
        Multiply()(c, conv2d)
        Conv2D(8, 3, strides=8, activation="relu")
        head = GlobalAveragePooling2D
        Dense(10)
    """
    assert found("CS510", layers) == []  # the multiplication has seen everything
    plain = "Conv2D(8, 3, strides=8, activation='relu')\nhead = GlobalAveragePooling2D\nDense(10)"
    assert [layer for layer, _ in found("CS510", plain)] == ["head"]


def test_a_dense_layer_is_told_its_share() -> None:
    layers = "Conv2D(16, 3, padding='same')\nFlatten\nd = Dense(64)\nDense(10)"
    said = found("CS512", layers, input="[32, 32, 3]")
    assert said == [
        (
            "d",
            "Dense holds 1,048,640 of the network's 1,049,738 parameters (100%), since it reads 16,384 features",
        )
    ]
    assert found("CS512", "Conv2D(16, 3)\nFlatten\nDense(10)") == []


def test_pooling_is_advised_only_where_a_map_is_flattened() -> None:
    def fix(layers: str) -> str | None:
        entries = "".join(f"  - {line}\n" for line in layers.splitlines())
        (finding,) = RULES["CS512"](AdviceView(examine(text=f"input: [32, 32, 3]\nlayers:\n{entries}")))
        return finding.fix

    assert str(fix("Conv2D(16, 3)\nDropout(0.5)\nFlatten\nDropout(0.5)\nDense(100)")).startswith("pool the feature map")
    pooled = "let it read fewer features (of a narrower layer before it), or give fewer"
    assert fix("Conv2D(512, 3)\nGlobalAveragePooling2D\nDense(5000)") == pooled
    assert fix("Conv2D(512, 3)\nGlobalAveragePooling2D(keepdims=True)\nFlatten\nDense(5000)") == pooled
    assert found("CS512", "Conv2D(512, 3)\nGlobalAveragePooling2D\nDense(5000)") == [
        (
            "dense",
            "Dense holds 2,565,000 of the network's 2,579,336 parameters (99%), since it reads 512 features and gives 5,000",
        )
    ]


@pytest.mark.parametrize(
    ("layer", "size", "idle"),
    [
        ('Conv2D(8, 9, padding="same")', 4, 2),
        ('Conv2D(8, 7, padding="same")', 4, 0),
        ('Conv2D(8, 3, padding="same", dilation_rate=4)', 4, 2),
        ('Conv2D(8, 3, padding="same")', 2, 0),
        ('Conv2D(8, 3, padding="same")', 1, 0),
    ],
)
def test_idle_positions_are_those_that_no_window_brings_over_the_input(layer: str, size: int, idle: int) -> None:
    said = [message for _, message in found("CS513", layer, input=f"[{size}, {size}, 3]")]
    assert [message.split(" ")[0] for message in said] == [str(idle)] * bool(idle)


@pytest.mark.parametrize(("filters", "said"), [(8, 0), (16, 0), (5, 0), (30, 1), (9, 1)])
def test_channels_not_multiple_of_8(filters: int, said: int) -> None:
    assert len(found("CS515", f"Conv2D({filters}, 3)\nConv2D(10, 1)")) == said


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ("ReLU\nReLU", 1),
        ('Conv2D(8, 3, activation="relu")\nReLU', 1),
        ("ReLU\nLeakyReLU", 0),
        ("BatchNormalization\nBatchNormalization", 1),
        ("Flatten\nFlatten", 1),
        ("a = MaxPooling2D(2)(input)\nb = MaxPooling2D(2)(input)\nAdd()(a, b)", 1),
        ("a = MaxPooling2D(2)(input)\nb = AveragePooling2D(2)(input)\nAdd()(a, b)", 0),
        ("a = Conv2D(8, 3)(input)\nb = Conv2D(8, 3)(input)\nAdd()(a, b)", 0),
        ("a = Dropout(0.5)(input)\nb = Dropout(0.5)(input)\nAdd()(a, b)", 0),
    ],
)
def test_duplicate_layer(layers: str, count: int) -> None:
    assert len(found("CS516", layers)) == count


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ("Conv2D(64, 1)\nConv2D(3, 1)\nConv2D(64, 1)", 1),
        ("Conv2D(64, 1)\nConv2D(4, 1)\nConv2D(64, 1)", 0),
        ("Conv2D(64, 1)\nConv2D(1, 1)", 0),
        ("a = Conv2D(64, 1)\nb = Conv2D(3, 1)(a)\nc = Conv2D(8, 1)(a)\nConcatenate()(b, c)\nConv2D(64, 1)", 0),
    ],
)
def test_representational_bottleneck(layers: str, count: int) -> None:
    assert len(found("CS517", layers)) == count


def test_known_networks_have_no_narrow_places() -> None:
    for name in (
        "keras/resnet50",
        "keras/inceptionv3",
        "keras/mobilenetv2",
        "pytorch/resnet50",
        "pytorch/googlenet",
    ):
        assert list(RULES["CS517"](AdviceView(examine(f"zoo:{name}")))) == []


CONV = 'Conv2D(8, 3, padding="same")'


@pytest.mark.parametrize(
    ("layers", "layer", "sees"),
    [
        (f"{CONV}\n" * 15, None, None),
        (f"{CONV}\n" * 17, "conv2d_16", "33x33"),  # sixteen 3x3 see 33
        (f"{CONV}\n" * 8 + f"a = {CONV}\nAdd()(a, conv2d_7)\n" + f"{CONV}\n" * 7, None, None),  # 17 or 19, then 31
        (f"{CONV}\n" * 8 + f"a = {CONV}\nAdd()(a, conv2d_7)\n" + f"{CONV}\n" * 9, "conv2d_16", "33x33"),  # 17, not 19
        (f"{CONV}\n" * 17 + "GlobalAveragePooling2D(keepdims=True)\nMultiply()(conv2d_15, global_average_pooling2d)\n"
         f"gated = {CONV}", "conv2d_16", "33x33"),
    ],
    ids=["sees no more", "sees all", "skip", "long skip", "gate"],
)  # fmt: skip
def test_unproductive_layers_count_the_branch_that_sees_least(layers: str, layer: str | None, sees: str | None) -> None:
    findings = found("CS511", layers)
    assert [name for name, _ in findings] == ([layer] if layer else [])
    assert all(f"already see {sees}" in message for _, message in findings)


@pytest.mark.parametrize("example", sorted(Path("examples").glob("*.yaml")), ids=str)
def test_our_own_examples_draw_no_advice(example: Path) -> None:
    assert findings_of(examine(example), Configuration(PROJECT)) == ()


GRIDS = [  # dilations of kernels of 3, elements seen, of how many; None: nothing is reported
    ((2, 2, 2), 7, 13),
    ((2, 4, 8), 15, 29),
    ((1, 5), 9, 13),
    ((1, 2, 4), None, None),
    ((1, 2, 5), None, None),
    ((1, 1), None, None),
    ((2, 2, 1), None, None),
]


@pytest.mark.parametrize(("dilations", "seen", "size"), GRIDS)
def test_holes_of_dilated_windows_are_counted_one_by_one(
    dilations: tuple[int, ...], seen: int | None, size: int | None
) -> None:
    """The elements are sums of one tap of each window, counted here by hand."""
    reached = {0}
    for dilation in dilations:
        reached = {each + tap * dilation for each in reached for tap in (-1, 0, 1)}
    layers = "\n".join(f"Conv1D(4, 3, dilation_rate={each})" for each in dilations)
    messages = [message for _, message in found("CS525", layers, input="[200, 3]")]
    assert (len(reached) < max(reached) - min(reached) + 1) == (seen is not None)
    if seen is None:
        assert messages == []
    else:
        assert (len(reached), max(reached) - min(reached) + 1) == (seen, size)
        assert [f" sees {seen} of the {size} elements" in message for message in messages] == [True]


def test_holes_are_reported_where_a_stack_ends_and_not_where_everything_is_seen() -> None:
    stack = "Conv2D(4, 3, dilation_rate=2)\nConv2D(4, 3, dilation_rate=2)\n"
    assert [layer for layer, _ in found("CS525", stack + "UpSampling2D(2)\nConv2D(4, 3)")] == ["conv2d_1"]
    assert found("CS525", stack + "Conv2D(4, 3)\nUpSampling2D(2)") == []
    skip = "a = Conv2D(4, 3, padding='same')\nb = Conv2D(4, 3, padding='same', dilation_rate=2)\nAdd()(a, b)"
    assert found("CS525", skip) == []


def test_calls_of_one_module_are_told_apart(tmp_path: Path) -> None:
    """Each call of the convolution is read by one normalization, and by nothing else, though both have one name."""
    path = tmp_path / "net.py"
    path.write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.conv, self.a, self.b = nn.Conv2d(3, 3, 3), nn.BatchNorm2d(3), nn.BatchNorm2d(3)\n\n"
        "    def forward(self, x):\n        return self.b(self.conv(self.a(self.conv(x))))\n",
        encoding="utf-8",
    )
    found = list(RULES["CS505"](AdviceView(examine(str(path), input=[3, 16, 16]))))
    assert [finding.row.output_names for finding in found] == [("conv",), ("conv (2)",)]
