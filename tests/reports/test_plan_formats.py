"""JSON, CSV, Markdown and LaTeX of a plan."""

from __future__ import annotations

import csv as stdlib_csv
import json as stdlib_json
from io import StringIO

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.reports import against
from cnnshape.reports.indented import pieces
from cnnshape.reports.plans import csv, json, latex, markdown, table
from cnnshape.reports.plans.columns import chosen
from cnnshape.reports.plans.view import View

TUTORIAL = """\
name: tutorial
input: [8, 16, 3]
batch: 10
layers:
  - Conv2D(5, 3, strides=(2, 2), padding="valid", activation="relu")
  - MaxPooling2D: {pool_size: 2, strides: 2, padding: same}
"""

HOSTILE = 'name: "=cmd|$x_{}`<b>"\ninput: [8, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n'


def test_markdown():
    assert (
        markdown.render(cnnshape.plan(text=TUTORIAL))
        == """\
### tutorial

keras, float32, batch 10, input 10x8x16x3

| Layer | Type | Output | Params | MACs | Memory | Field | Unread |
| --- | --- | --- | ---: | ---: | ---: | --- | --- |
| conv2d | Conv2D 3x3/2, 5, relu | 10x3x7x5 | 140 | 2,835 | 4.10 KiB | 3x3 | 1x1 |
| max\\_pooling2d | MaxPooling2D 2x2/2 same | 10x2x4x5 | 0 | 0 | 1.56 KiB | 5x5 |  |

- **outputs**: max\\_pooling2d 10x2x4x5
- **params**: 140 (trainable 140, non-trainable 0)
- **MACs**: 2,835 per sample
- **FLOPs**: 6,000 per sample, counting: cnnshape
- **weights**: 560 B
- **peak activations**: 19.1 KiB at conv2d, batch 10, freed after the last reader
- **training**: at least 22.9 KiB with adam, batch 10
- **of which**: weights 560 B, gradients 560 B, optimizer 1.09 KiB, activations 20.7 KiB
- **receptive field**: 5x5 of input"""
    )


NAME = "@team https://a.org www.a.org &lt;b&gt; ##[error]x"


def test_markdown_has_no_mention_no_link_and_no_entity():
    text = markdown.render(cnnshape.plan(text=TUTORIAL.replace("name: tutorial", f"name: '{NAME}'")))
    assert text.startswith("### @\u200bteam https:\u200b//a.org www\u200b.a.org \\&lt;b\\&gt; \\#\\#\\[error\\]x\n")


@pytest.mark.parametrize("show", [table.render, against.render])
def test_a_table_has_no_workflow_command(show):
    plan = cnnshape.plan(text=TUTORIAL.replace("name: tutorial", f"name: '::error::{NAME}'"))
    assert show(plan).startswith("\u2237error::@team https://a.org www.a.org &lt;b&gt; #\u266f[error]x: ")


def test_latex():
    view = View(chosen(["name", "type", "params"]))
    assert (
        latex.render(cnnshape.plan(text=TUTORIAL), view)
        == r"""% tutorial: keras, float32, batch 10, input 10x8x16x3
\begin{tabular}{llr}
\toprule
Layer & Type & Params \\
\midrule
conv2d & Conv2D 3x3/2, 5, relu & 140 \\
max\_pooling2d & MaxPooling2D 2x2/2 same & 0 \\
\midrule
\multicolumn{3}{l}{outputs: max\_pooling2d 10x2x4x5} \\
\multicolumn{3}{l}{params: 140 (trainable 140, non-trainable 0)} \\
\multicolumn{3}{l}{MACs: 2,835 per sample} \\
\multicolumn{3}{l}{FLOPs: 6,000 per sample, counting: cnnshape} \\
\multicolumn{3}{l}{weights: 560 B} \\
\multicolumn{3}{l}{peak activations: 19.1 KiB at conv2d, batch 10, freed after the last reader} \\
\multicolumn{3}{l}{training: at least 22.9 KiB with adam, batch 10} \\
\multicolumn{3}{l}{of which: weights 560 B, gradients 560 B, optimizer 1.09 KiB, activations 20.7 KiB} \\
\multicolumn{3}{l}{receptive field: 5x5 of input} \\
\bottomrule
\end{tabular}"""
    )


def test_csv_has_the_keys_as_headers_and_exact_numbers():
    rows = list(stdlib_csv.DictReader(StringIO("".join(csv.render([cnnshape.plan(text=TUTORIAL)])))))
    assert [row["name"] for row in rows] == ["conv2d", "max_pooling2d"]
    assert rows[0] | {"line": ""} == {
        "name": "conv2d",
        "type": "Conv2D",
        "arguments": "filters=5, kernel_size=3x3, strides=2x2, activation=relu",
        "inputs": "input",
        "input_shapes": "10x8x16x3",
        "output_shape": "10x3x7x5",
        "params": "140",
        "trainable_params": "140",
        "non_trainable_params": "0",
        "buffers": "0",
        "macs": "2835",
        "flops": "5880",
        "output_bytes": "4200",
        "padding": "",
        "leftover": "1x1",
        "receptive_field": "3x3",
        "live": "yes",
        "line": "",
    }


def test_csv_of_several_files_names_the_file_and_leaves_the_unknown_empty():
    open_input = cnnshape.plan(text="input: [null, 8, 3]\nlayers:\n  - Conv2D(4, 3)\n", filename="a.yaml")
    text = "".join(
        csv.render([open_input, cnnshape.plan(text=TUTORIAL, filename="b.yaml")], View(chosen(["name", "macs"])))
    )
    assert text == "filename,name,macs\na.yaml,conv2d,\nb.yaml,conv2d,2835\nb.yaml,max_pooling2d,0\n"


def test_csv_of_a_row_that_failed_has_no_numbers_and_no_shape():
    broken = examine(text="input: [8, 8, 3]\nlayers:\n  - a = Foo(3)\n  - Add()(a, nowhere)\n")
    text = "".join(csv.render([broken], View(chosen(["name", "inputs", "input_shapes", "output_shape", "params"]))))
    assert text == ('name,inputs,input_shapes,output_shape,params\na,input,1x8x8x3,,\nadd,"a, nowhere","?, ?",,\n')


def test_json_is_the_plans_own_and_several_are_a_list():
    plan = cnnshape.plan(text=TUTORIAL)
    assert written([plan]) == plan.to_dict()
    assert written([plan, plan]) == [plan.to_dict(), plan.to_dict()]


def test_json_has_a_layer_a_line_and_the_rest_indented():
    plan = cnnshape.plan(text=TUTORIAL)
    lines = "".join(pieces(json.documents([plan]))).splitlines()
    begin = lines.index('  "layers": [')
    assert stdlib_json.loads(lines[begin + 1].removesuffix(",")) == plan.layers[0].to_dict()
    assert lines[begin + len(plan.layers) + 1] == "  ],"
    assert lines[-1] == "}"


def written(plans, view=View()):  # noqa: B008  # immutable
    """What is read back from the JSON of plans."""
    return stdlib_json.loads("".join(pieces(json.documents(plans, view))))


def test_json_with_chosen_columns_has_those_keys_in_every_layer():
    document = written([cnnshape.plan(text=TUTORIAL)], View(chosen(["output", "params"]), sort="params", top=1))
    assert document["layers"] == [{"output_shape": [10, 3, 7, 5], "params": 140}]
    assert document["totals"]["params"] == 140


def test_names_are_shown_and_not_obeyed():
    plan = cnnshape.plan(text=HOSTILE)
    assert markdown.render(plan).startswith("### =cmd\\|\\$x\\_\\{\\}\\`\\<b\\>\n")
    assert "% =cmd|$x_{}`<b>: keras" in latex.render(plan)
    assert csv.cell("=cmd()") == "'=cmd()"
    assert csv.cell(-3) == -3
