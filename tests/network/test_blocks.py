"""Blocks, loops, conditions, presets and includes: the language in which ResNet-152 fits on a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network.plan import Plan


def plan(text: str, **settings: Any) -> Plan:
    return cnnshape.plan(text=text, **settings)


def names(result: Plan) -> list[str]:
    return [row.name for row in result.layers]


HEAD = """\
input: [32, 32, 3]
blocks:
  conv_bn(filters, kernel_size=3):
    - Conv2D(filters, kernel_size, padding="same")
    - BatchNormalization
"""


def test_the_rows_of_a_block_are_named_by_their_path() -> None:
    result = plan(HEAD + "layers:\n  - conv_bn(8)\n  - conv_bn(8)\n  - stem = conv_bn(4, kernel_size=1)\n")
    assert names(result) == [
        "conv_bn/conv2d",
        "conv_bn/batch_normalization",
        "conv_bn_1/conv2d",
        "conv_bn_1/batch_normalization",
        "stem/conv2d",
        "stem/batch_normalization",
    ]
    assert [scope.block for scope in result.layers[-1].scopes] == ["conv_bn"]


def test_a_row_inside_a_block_knows_the_line_that_used_it() -> None:
    result = plan(HEAD + "layers:\n  - Conv2D(3, 1)\n  - conv_bn(8)\n")
    assert (result.layers[1].line, result.layers[1].column) == (4, 7)
    assert [use.span.start.row for use in result.layers[1].used_at] == [8]


def test_an_inner_row_is_read_by_its_path() -> None:
    result = plan(HEAD + "layers:\n  - a = conv_bn(8)\n  - Conv2D(8, 1)\n  - Add()(a/conv2d, conv2d)\n")
    assert result.layers[-1].inputs == ("a/conv2d", "conv2d")


def test_repetition_repeats_and_times_zero_adds_nothing() -> None:
    result = plan(
        "input: [4]\nlayers:\n  - Dense(3)\n  - Dense(3) * 2\n  - Dense(9) * 0\n  - {repeat: 2, layers: [Dense(5), ReLU]}\n"
    )
    assert names(result) == ["dense", "dense_1", "dense_2", "dense_3", "re_lu", "dense_4", "re_lu_1"]


def test_a_named_repetition_names_its_last_round() -> None:
    result = plan("input: [4]\nlayers:\n  - last = Dense(3) * 2\n  - Dense(1)(last)\n")
    assert [(row.name, row.inputs) for row in result.layers] == [
        ("dense", ("input",)),
        ("last", ("dense",)),
        ("dense_1", ("last",)),
    ]


def test_what_a_round_binds_by_index_is_read_outside() -> None:
    result = plan(
        "input: [16, 16, 2]\nlayers:\n  - for: i\n    in: range(2)\n    layers:\n      - skip[i] = Conv2D(2, 1)\n"
        "      - MaxPooling2D(2)\n  - UpSampling2D(2)\n  - Add()(skip[1], up_sampling2d)\n"
    )
    assert result.layers[-1].inputs == ("skip[1]", "up_sampling2d")


def test_if_opens_no_scope_and_sees_shapes() -> None:
    text = (
        "input: [{size}, 16, 2]\nlayers:\n  - if: shape(input)[0] > 16\n    layers:\n      - x = Conv2D(2, 3, strides=2)\n"
        "    else:\n      - x = Conv2D(2, 3)\n  - Flatten()(x)\n"
    )
    assert plan(text.format(size=16)).layers[0].output_shape == (1, 14, 14, 2)
    assert plan(text.format(size=17)).layers[0].output_shape == (1, 8, 7, 2)


def test_let_names_a_value() -> None:
    result = plan(
        "input: [4, 4, 6]\nlayers:\n  - let: {c: channels(input), d: c // 2}\n  - Conv2D($(c), 1)\n".replace(
            "$(c)", "c + d"
        )
    )
    assert result.layers[0].output_shape == (1, 4, 4, 9)


def test_for_over_rows_takes_them_apart() -> None:
    result = plan(
        "input: [32, 32, 3]\nlayers:\n  - for: [k, f]\n    in: [[3, 8], [5, 16]]\n    layers:\n      - Conv2D(f, k)\n"
    )
    assert [row.output_shape for row in result.layers] == [(1, 30, 30, 8), (1, 26, 26, 16)]


PRESETS = """\
input: $([resolution, resolution, 3])
variables: {width: 8, resolution: 32, twice: $(width * 2)}
presets: {Wide: {width: 16, resolution: 64}}
layers:
  - Conv2D(width, 3)
  - Conv2D(twice, 3)
"""


def test_presets_set_variables_and_set_stands_on_top() -> None:
    assert [row.output_shape for row in plan(PRESETS).layers] == [(1, 30, 30, 8), (1, 28, 28, 16)]
    assert [row.output_shape for row in plan(PRESETS, preset="wide").layers] == [(1, 62, 62, 16), (1, 60, 60, 32)]
    assert plan(PRESETS, preset="Wide", variables={"width": 4}).layers[0].output_shape == (1, 62, 62, 4)
    assert plan(PRESETS, preset="Wide", input=[9, 9, 3]).layers[0].output_shape == (1, 7, 7, 16)


def include(folder: Path, body: str, **settings: Any) -> Plan:
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    (folder / "backbone.yaml").write_text(
        "input: [99, 99, 3]\nvariables: {width: 4}\npresets: {Wide: {width: 8}}\nlayers:\n"
        "  - stem = Conv2D(width, 3, padding='same')\n  - BatchNormalization\n  - body = Conv2D(width, 3, padding='same')\n"
        "expect: {params: 0}\n",
        encoding="utf-8",
    )
    path = folder / "model.yaml"
    path.write_text(f"input: [8, 8, 3]\nlayers:\n{body}", encoding="utf-8")
    return examine(path, **settings)


def test_an_include_is_a_block_of_its_own(tmp_path: Path) -> None:
    result = include(tmp_path, "  - include: backbone.yaml\n    name: b\n    variables: {width: 6}\n  - Flatten\n")
    assert names(result) == ["b/stem", "b/batch_normalization", "b/body", "flatten"]
    assert result.layers[2].output_shape == (1, 8, 8, 6)
    assert result.errors == ()


def test_an_include_may_end_early_take_a_preset_and_be_frozen_up_to_a_layer(tmp_path: Path) -> None:
    result = include(tmp_path, "  - include: backbone.yaml\n    preset: Wide\n    until: batch_normalization\n")
    assert [row.output_shape for row in result.layers] == [(1, 8, 8, 8)] * 2
    frozen = include(tmp_path, "  - include: backbone.yaml\n    trainable: {from: body}\n")
    assert [row.trainable for row in frozen.layers] == [False, False, True]
    all_frozen = include(tmp_path, "  - include: backbone.yaml\n    trainable: false\n")
    assert all_frozen.totals is not None
    assert all_frozen.totals.trainable_params == 0


def test_a_variable_of_an_included_file_is_wrong_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "part.yaml").write_text("variables: {a: $(b)}\nlayers:\n  - Conv2D(a, 3)\n", encoding="utf-8")
    path = tmp_path / "model.yaml"
    path.write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n", encoding="utf-8")
    (finding,) = examine(path).errors
    assert finding.filename.endswith("part.yaml")
    assert finding.message == "there is no variable 'b' here"
    assert finding.span is not None
    assert finding.span.start == (1, 18)


def test_a_preset_that_an_included_file_lacks_is_told_once(tmp_path: Path) -> None:
    body = "  - for: i\n    in: range(3)\n    layers:\n      - include: backbone.yaml\n        preset: Tall\n"
    (finding,) = include(tmp_path, body).errors
    assert finding.message == "there is no preset 'Tall'; the file has Wide"


def test_an_include_stays_inside_the_project(tmp_path: Path) -> None:
    inner = tmp_path / "project"
    inner.mkdir()
    (tmp_path / "secret.yaml").write_text("input: [4]\nlayers: [Flatten]\n", encoding="utf-8")
    result = include(inner, "  - include: ../secret.yaml\n")
    assert [(finding.code, finding.message) for finding in result.errors] == [
        ("CS014", "include: ../secret.yaml lies outside the project")
    ]
    (inner / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    result = include(inner, "  - include: link.yaml\n")
    assert [finding.code for finding in result.errors] == ["CS014"]


def test_a_file_that_includes_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "self.yaml"
    path.write_text("input: [4]\nlayers:\n  - include: self.yaml\n", encoding="utf-8")
    assert [finding.code for finding in examine(path).errors] == ["CS207"]


def test_shared_weights_reach_through_an_include(tmp_path: Path) -> None:
    result = include(tmp_path, "  - include: backbone.yaml\n    name: b\n  - c = Shared(b)(input)\n  - Add()(b, c)\n")
    assert [row.shared_with for row in result.layers] == [None] * 3 + [
        "b/stem",
        "b/batch_normalization",
        "b/body",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "code", "place", "message", "fix"),
    [
        (
            HEAD + "layers:\n  - conv_bn()\n",
            "CS104",
            (7, 5),
            "the block conv_bn needs filters",
            "add filters=...",
        ),
        (
            HEAD + "layers:\n  - conv_bn(8, kernel=1)\n",
            "CS103",
            (7, 16),
            "the block conv_bn has no parameter 'kernel'; it has filters, kernel_size",
            "did you mean kernel_size?",
        ),
        (
            HEAD + "layers:\n  - conv_bn(8, 3, 1)\n",
            "CS106",
            (7, 5),
            "conv_bn takes at most 2 arguments (filters, kernel_size), got 3",
            None,
        ),
        (
            HEAD + "layers:\n  - a = conv_bn(8)\n  - conv_bn(a)\n",
            "CS205",
            (8, 13),
            "'a' is a tensor, not a value",
            "tensors stand in a second pair of brackets: `conv_bn()(a)`",
        ),
        (
            "input: [4]\nblocks:\n  f:\n    - g\n  g:\n    - f\nlayers:\n  - f\n",
            "CS207",
            (6, 7),
            "f uses itself; recursion cannot be expanded",
            "use `repeat:` or `for:`",
        ),
        (
            "input: [4]\nlayers:\n  - for: [a, b]\n    in: [[1, 2], [3]]\n    layers: [Dense(a)]\n".replace(
                "[Dense(a)]", "\n      - Dense(a)"
            ),
            "CS114",
            (4, 18),
            "row 2 has 1 value: [3]; `for:` names 2 (a, b)",
            "give every row 2 values",
        ),
        (
            "input: [4]\nlayers:\n  - Dense(3) * 1.5\n",
            "CS110",
            (3, 16),
            "a repetition has to be a whole number, got 1.5",
            "use int(1.5) or round(1.5)",
        ),
        (
            "input: [4]\nlayers:\n  - x = Dense(3) * (2 + zz)\n",
            "CS112",
            (3, 25),
            "there is no variable 'zz' here",
            "give it a value: `variables: {zz: ...}`",
        ),
        (
            "input: [4]\nlayers:\n  - Dense(3) * 1000000000000\n",
            "CS013",
            (3, 5),
            "the file expands to more than 40,000 rows, uses of blocks and rounds of loops",
            "lower the repetition",
        ),
        (
            "input: [4]\nlayers:\n  - Dense(3.5)\n",
            "CS110",
            (3, 11),
            "units must be a whole number, got 3.5",
            "use int(3.5) = 3, or round_to(value, 8)",
        ),
        (
            "inputs: {a: [4], b: [4]}\nblocks:\n  f(n)(x, y):\n    - Add()(x, y)\nlayers:\n  - f(1)(a)\n",
            "CS203",
            (6, 5),
            "f takes 2 inputs (x, y), got 1",
            "name what it reads: write `f(1)(a, b)`",
        ),
        (
            "input: [4]\nblocks:\n  f:\n    - Add()(input, stem)\nlayers:\n  - stem = ReLU\n  - f\n",
            "CS201",
            (4, 20),
            "there is no layer named 'stem' above this line",
            "a block reads its own rows and its inputs: `f(...)(input, stem):`",
        ),
        (
            "input: [null, 4, 3]\nlayers:\n  - Dense(shape(input)[0] * 2)\n",
            "CS312",
            (3, 11),
            "`shape(input)[0] * 2` computes with a size that is not known",
            "state the size in `input:`, or test it with `is None` ... `x if c else y` first",
        ),
    ],
)
def test_a_wrong_block_says_what_where_and_what_instead(
    text: str, code: str, place: tuple[int, int], message: str, fix: str | None
) -> None:
    finding = examine(text=text).errors[0]
    assert (finding.code, finding.message, finding.fix) == (code, message, fix)
    assert finding.span is not None
    assert finding.span.start == place


def test_an_error_inside_a_block_names_its_line_and_the_line_that_used_it() -> None:
    result = examine(text=HEAD + "layers:\n  - conv_bn(8)\n  - conv_bn(0)\n")
    finding = result.errors[0]
    assert (finding.code, finding.layer) == ("CS105", "conv_bn_1/conv2d")
    assert finding.span is not None
    assert finding.span.start.row == 4
    assert [use.span.start.row for use in finding.used_at] == [8]


@pytest.mark.parametrize(
    ("settings", "code", "place", "message", "fix"),
    [
        ({"preset": "Wid"}, "CS113", (3, 1), "there is no preset 'Wid'; the file has Wide", "did you mean Wide?"),
        (
            {"variables": {"widht": 3}},
            "CS112",
            (2, 1),
            "the file has no variable 'widht'; it has resolution, twice, width",
            "did you mean width?",
        ),
        ({"variables": {"width": None}}, "CS312", (2, 48), "`width * 2` computes with a size", None),
        ({"variables": {"width": 2.5}}, "CS110", (5, 12), "filters must be a whole number, got 2.5", None),
    ],
)
def test_bad_settings_are_diagnostics_with_a_position(
    settings: dict[str, Any], code: str, place: tuple[int, int], message: str, fix: str | None
) -> None:
    finding = examine(text=PRESETS, **settings).errors[0]
    assert finding.code == code
    assert finding.message.startswith(message)
    assert finding.span is not None
    assert finding.span.start == place
    if fix:
        assert finding.fix == fix


def test_after_a_fault_the_condition_on_its_shape_gives_no_second_error() -> None:
    result = examine(
        text="input: [8, 8, 3]\nlayers:\n  - x = Conv2D(4, 99)\n  - if: channels(x) == 4\n    layers:\n      - y = Flatten\n"
        "  - Dense(1)(y)\n"
    )
    assert [finding.code for finding in result.errors] == ["CS301"]
