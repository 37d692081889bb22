"""The table of a plan: what it says, how blocks close, how it fits, and that its totals are those of its rows."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.reports.grid import Style
from cnnshape.reports.plans.columns import COLUMNS, chosen, column, field_text
from cnnshape.reports.plans.lines import EXPANDED, lines
from cnnshape.reports.plans.table import render
from cnnshape.reports.plans.view import View

TUTORIAL = """\
name: tutorial
input: [8, 16, 3]
batch: 10
layers:
  - Conv2D(5, 3, strides=(2, 2), padding="valid", activation="relu")
  - MaxPooling2D: {pool_size: 2, strides: 2, padding: same}
"""

TUTORIAL_TABLE = """\
tutorial: keras, float32, batch 10, input 10x8x16x3

Layer          Type                     Output    Params   MACs    Memory  Field  Unread
─────────────  ───────────────────────  ────────  ──────  ─────  ────────  ─────  ──────
conv2d         Conv2D 3x3/2, 5, relu    10x3x7x5     140  2,835  4.10 KiB  3x3    1x1
max_pooling2d  MaxPooling2D 2x2/2 same  10x2x4x5       0      0  1.56 KiB  5x5

outputs           max_pooling2d 10x2x4x5
params            140 (trainable 140, non-trainable 0)
MACs              2,835 per sample
FLOPs             6,000 per sample, counting: cnnshape
weights           560 B
peak activations  19.1 KiB at conv2d, batch 10, freed after the last reader
training          at least 22.9 KiB with adam, batch 10
  of which        weights 560 B, gradients 560 B, optimizer 1.09 KiB, activations 20.7 KiB
receptive field   5x5 of input"""

BLOCKS = """\
name: blocks
input: [32, 32, 3]
blocks:
  unit(filters):
    - Conv2D(filters, 3, padding="same")
    - BatchNormalization
    - Activation("relu")
  pair(filters):
    - unit(filters)
    - unit(filters)
layers:
  - unit(8)
  - unit(8) * 3
  - pair(16)
  - pair(16) * 2
  - GlobalAveragePooling2D
  - Dense(10)
"""


def first_cells(text: str) -> list[str]:
    """The first column of the table in a report."""
    body = text.split("\n\n")[1].splitlines()[2:]
    return [line.split("  ")[0] for line in body]


def test_the_tutorial():
    assert render(cnnshape.plan(text=TUTORIAL)) == TUTORIAL_TABLE


def test_blocks_are_closed_and_equal_ones_that_follow_each_other_are_one_line():
    plan = cnnshape.plan(text=BLOCKS)
    assert first_cells(render(plan)) == [
        "unit",
        "unit x 3",
        "pair",
        "pair x 2",
        "global_average_pooling2d",
        "dense",
    ]


def test_a_use_with_a_name_is_shown_by_it():
    text = BLOCKS.replace("  - unit(8) * 3\n", "  - left = unit(8)\n  - unit(8)\n  - unit(8)\n  - skip[0] = unit(8)\n")
    assert first_cells(render(cnnshape.plan(text=text)))[:4] == ["unit", "left", "unit x 2", "skip[0]"]


def test_a_depth_opens_blocks_that_deep():
    plan = cnnshape.plan(text=BLOCKS)
    assert first_cells(render(plan, View(depth=1)))[12:] == [
        "pair/unit",
        "pair/unit_1",
        "pair_1/unit x 2",
        "pair_2/unit x 2",
        "global_average_pooling2d",
        "dense",
    ]


def test_an_open_table_has_every_row():
    plan = cnnshape.plan(text=BLOCKS)
    assert first_cells(render(plan, View(depth=EXPANDED))) == [row.name for row in plan.layers]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_closed_blocks_add_up_to_what_their_rows_are(depth):
    plan = cnnshape.plan(text=BLOCKS)
    found = lines(plan.layers, depth)
    assert [row for line in found for row in line.rows] == list(plan.layers)


@pytest.mark.parametrize("depth", [0, 1, EXPANDED])
@pytest.mark.parametrize("text", [TUTORIAL, BLOCKS])
def test_the_printed_totals_are_the_sums_of_the_printed_rows(text, depth):
    plan = cnnshape.plan(text=text)
    view = View(chosen(["params", "macs", "flops", "output_bytes"]), depth=depth, exact=True)
    report = render(plan, view)
    table, totals = report.split("\n\n")[1:3]
    columns = list(zip(*(line.split() for line in table.splitlines()[2:]), strict=True))
    sums = [sum(int(cell.replace(",", "")) for cell in cells) for cells in columns]
    assert f"params            {sums[0]:,} (" in totals
    assert f"MACs              {sums[1]:,} per sample" in totals
    assert f"FLOPs             {sums[2]:,} per sample" in totals
    assert sums[3] == sum(row.output_bytes for row in plan.layers)


def test_sorting_opens_blocks_and_puts_the_largest_first():
    report = render(cnnshape.plan(text=BLOCKS), View(chosen(["params"]), sort="params", top=3))
    table = report.split("\n\n")[1].splitlines()[2:]
    assert [int(cell.replace(",", "")) for cell in table] == [2320, 2320, 2320]
    assert "3 of 32 layers; the totals are of all" in report


def test_sorting_by_name_is_alphabetical_and_unknown_numbers_come_last():
    text = "input: [null, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n  - GlobalMaxPooling2D\n  - Dense(5)\n"
    plan = cnnshape.plan(text=text)
    assert first_cells(render(plan, View(chosen(["name"]), sort="name"))) == ["conv2d", "dense", "global_max_pooling2d"]
    by_macs = first_cells(render(plan, View(chosen(["name", "macs"]), sort="macs")))
    assert by_macs == ["dense", "global_max_pooling2d", "conv2d"]


def test_a_broken_file_shows_its_rows_up_to_and_around_the_fault():
    text = "input: [8, 8, 3]\nname: broken\nlayers:\n  - Conv2D(4, 3)\n  - MaxPooling2D(40)\n" + "  - Flatten\n" * 9
    assert render(examine(text=text)) == (
        "broken: keras, float32, batch 1, input 1x8x8x3\n\n"
        "Layer          Type           Output   Params   MACs  Memory  Field\n"
        "─────────────  ─────────────  ───────  ──────  ─────  ──────  ─────\n"
        "conv2d         Conv2D 3x3, 4  1x6x6x4     112  3,888   576 B  3x3\n"
        "max_pooling2d  MaxPooling2D   -             -      -       -  -\n"
        "flatten        Flatten        -             -      -       -  -\n"
        "flatten_1      Flatten        -             -      -       -  -\n\n"
        "... 7 more below the fault"
    )


def test_unknown_sizes_are_question_marks_and_never_zero():
    report = render(cnnshape.plan(text="input: [null, null, 3]\nname: open\nlayers:\n  - Conv2D(4, 3)\n"))
    assert "conv2d  Conv2D 3x3, 4  1x?x?x4     112     ?       ?  3x3" in report
    assert "MACs              ? per sample" in report


def test_text_of_a_file_cannot_steer_the_terminal():
    text = 'input: [8, 8, 3]\nname: "\\e[31mred"\nlayers:\n  - Conv2D(4, 3)\n'
    report = render(cnnshape.plan(text=text))
    assert "\x1b" not in report
    assert report.startswith("␛[31mred: keras")


def test_plain_rules_where_the_reader_has_no_box_drawings():
    report = render(cnnshape.plan(text=TUTORIAL), style=Style(unicode=False))
    assert report.isascii()


def test_colour_changes_nothing_but_colour():
    import re

    plan = cnnshape.plan(text=TUTORIAL)
    coloured = render(plan, style=Style(color=True))
    assert coloured != TUTORIAL_TABLE
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == TUTORIAL_TABLE


@pytest.mark.parametrize(
    ("width", "hidden"),
    [
        (200, ""),
        (80, "leftover: not shown in 80 columns; see --columns"),
        (75, "leftover, receptive_field: not shown in 75 columns; see --columns"),
        (66, "leftover, receptive_field, output_bytes: not shown in 66 columns; see --columns"),
        (40, "leftover, receptive_field, output_bytes, macs, type: not shown in 40 columns; see --columns"),
    ],
)
def test_a_narrow_terminal_goes_without_some_columns_and_says_which(width, hidden):
    report = render(cnnshape.plan(text=TUTORIAL), width=width)
    table = report.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= width
    assert (hidden in report) if hidden else ("not shown" not in report)


@pytest.mark.parametrize("width", [40, 66, 80])
def test_a_narrow_terminal_breaks_the_totals_between_words(width):
    plan = cnnshape.plan(text=TUTORIAL)
    narrow, wide = (render(plan, width=each).split("\n\n")[-1] for each in (width, None))
    assert max(map(len, narrow.splitlines())) <= width
    assert narrow.split() == wide.split()


def test_every_column_has_a_cell_for_every_row():
    plan = cnnshape.plan(text=BLOCKS)
    for line in lines(plan.layers):
        for each in COLUMNS.values():
            assert isinstance(each.text(line), str)
            each.value(line.last)


def test_columns_are_known_by_the_keys_of_the_json():
    row = cnnshape.plan(text=TUTORIAL).layers[0].to_dict()
    assert set(COLUMNS) <= set(row)


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"^has no 'parms'; did you mean params\?$"):
        column("parms")
    assert column("output").key == "output_shape"
    assert column("Layer").key == "name"


def test_what_is_seen_around_a_place_is_told_beside_what_sees_all_of_the_map() -> None:
    text = "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n  - Conv2d(3, 8, 3, padding=1)\n  - InstanceNorm2d(8)\n"
    text += "  - Conv2d(8, 8, 3, padding=1)\n  - SqueezeExcitation(8, 2)\n  - AdaptiveAvgPool2d(1)\n"
    fields = [field_text(row.receptive_field) for row in cnnshape.plan(text=text).layers]
    assert fields == ["3x3", "3x3 + all", "5x5 + all", "5x5 + all", "all"]
