"""What counts as a difference between two plans, and which rows belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnshape.api import plan
from cnnshape.reports.diffs import json as json_report
from cnnshape.reports.diffs import markdown, table
from cnnshape.studies.diff import Difference, Status, compare

BASE = """
stem = Conv2D(16, 3, padding="same")
BatchNormalization
ReLU
Conv2D(16, 3, padding="same")
BatchNormalization
ReLU
GlobalAveragePooling2D
Dense(10)
"""


def difference(old: str, new: str, *, head: str = "input: [32, 32, 3]") -> Difference:
    def text(layers: str) -> str:
        entries = "".join(f"  - {line}\n" for line in layers.strip().splitlines())
        return f"{head}\nlayers:\n{entries}"

    return compare(plan(text=text(old), filename="old.yaml"), plan(text=text(new), filename="new.yaml"))


def told(found: Difference) -> list[tuple[Status, str]]:
    return [(change.status, change.row.name) for change in found.layers if change.status != "same"]


def test_a_plan_does_not_differ_from_itself() -> None:
    found = difference(BASE, BASE)
    assert found.identical
    assert (told(found), found.totals, found.head) == ([], {}, {})


def test_an_inserted_layer_renumbers_the_others_and_changes_only_its_reader() -> None:
    new = BASE.replace("ReLU\nConv2D", "ReLU\nConv2D(16, 1)\nBatchNormalization\nReLU\nConv2D")
    found = difference(BASE, new)
    assert [entry for entry in told(found) if entry[0] != "affected"] == [
        ("added", "conv2d"),
        ("added", "batch_normalization_1"),
        ("added", "re_lu_1"),
        ("changed", "conv2d_1"),
    ]
    changed = next(change for change in found.layers if change.status == "changed")
    assert changed.old is not None
    assert changed.old.name == "conv2d"
    assert changed.changes["inputs"] == (["re_lu"], ["re_lu_1"])


def test_a_removed_layer() -> None:
    found = difference(BASE, BASE.replace("ReLU\nGlobal", "Global"))
    assert told(found) == [("removed", "re_lu_1"), ("changed", "global_average_pooling2d")]
    assert found.totals["flops"][1] - found.totals["flops"][0] == -(32 * 32 * 16)
    assert "params" not in found.totals


def test_a_changed_argument_affects_what_follows() -> None:
    found = difference(BASE, BASE.replace("stem = Conv2D(16", "stem = Conv2D(32"))
    assert told(found)[:3] == [("changed", "stem"), ("affected", "batch_normalization"), ("affected", "re_lu")]
    stem = found.layers[0]
    assert stem.changes["params"] == (448, 896)
    assert stem.changes["output_shapes"] == ([[1, 32, 32, 16]], [[1, 32, 32, 32]])
    assert ("affected", "dense") not in told(found)


def test_another_type_is_a_removal_and_an_addition() -> None:
    found = difference(BASE, BASE.replace("ReLU\nGlobal", "LeakyReLU\nGlobal"))
    assert told(found)[:2] == [("removed", "re_lu_1"), ("added", "leaky_re_lu")]


def test_a_new_name_is_a_change_and_a_new_number_is_none() -> None:
    found = difference(BASE, BASE.replace("stem =", "root ="))
    assert told(found) == [("changed", "root")]
    assert found.layers[0].changes == {"name": ("stem", "root")}


def test_the_head_of_the_model() -> None:
    old, new = (
        plan(text="input: [32, 32, 3]\nlayers: [ReLU]"),
        plan(text="input: [64, 64, 3]\nbatch: 2\nlayers: [ReLU]"),
    )
    found = compare(old, new)
    assert found.head == {
        "batch": (1, 2),
        "inputs": ({"input": [1, 32, 32, 3]}, {"input": [2, 64, 64, 3]}),
        "outputs": ({"re_lu": [1, 32, 32, 3]}, {"re_lu": [2, 64, 64, 3]}),
    }


def test_another_batch_is_one_difference_and_not_one_of_every_layer() -> None:
    old = plan(text="input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)\n  - Flatten\n  - Dense(2)\n")
    new = plan(text="input: [32, 32, 3]\nbatch: 8\nlayers:\n  - Conv2D(8, 3)\n  - Flatten\n  - Dense(2)\n")
    found = compare(old, new)
    assert (told(found), found.head, list(found.totals)) == ([], {"batch": (1, 8)}, ["peak_activation_bytes"])
    assert not found.identical
    assert table.render(found).startswith("layers: 3 the same\n  batch: 1 → 8\n\n")


def test_a_model_that_was_not_there_is_new_in_all_its_layers() -> None:
    new = plan(text="input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)\n  - ReLU\n", filename="new.yaml")
    found = compare(None, new)
    assert told(found) == [("added", "conv2d"), ("added", "re_lu")]
    assert (found.head, found.totals["params"], found.totals["layers"]) == ({}, (0, 224), (0, 2))
    assert table.render(found).startswith("a new network; layers: 2 added\n\n+ conv2d  Conv2D  output (30, 30, 8);")
    assert "| params | 0 | 224 | +224 |" in markdown.render(found)
    assert json.loads(json_report.render(found))["old"] is None


def test_a_number_that_becomes_unknown() -> None:
    old = plan(text="input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3)")
    new = plan(text="input: [null, null, 3]\nlayers:\n  - Conv2D(8, 3)")
    found = compare(old, new)
    assert found.totals["macs"] == (old.totals.macs, None)  # type: ignore[union-attr]
    lines = [line.split() for line in table.render(found).splitlines()]
    assert ["macs", "194,400", "unknown", "unknown"] in lines
    assert json.loads(json_report.render(found))["totals"]["macs"] == {"old": 194400, "new": None, "delta": None}


def test_deltas_of_the_totals_are_those_of_the_rows() -> None:
    new = BASE.replace("Conv2D(16, 3, padding", "Conv2D(24, 5, padding").replace("Dense(10)", "Dense(20)\nDense(5)")
    found = difference(BASE, new)
    for key in ("params", "macs", "flops"):
        before = sum(getattr(change.old, key) for change in found.layers if change.old)
        after = sum(getattr(change.new, key) for change in found.layers if change.new)
        assert found.totals[key] == (before, after)


def test_large_plans_are_compared_in_reasonable_time() -> None:
    body = "Conv2D(8, 1)\nReLU\n" * 1500
    found = difference(body, f"ReLU\n{body}Softmax\n")
    assert (found.count("added"), found.count("removed")) == (2, 0)


TABLE = """\
layers: 1 added, 1 removed, 1 changed, 1 affected
  outputs: dropout (28, 28, 8) → re_lu (26, 26, 8)

~ first    Conv2D   kernel_size [3, 3] → [5, 5]; output (30, 30, 8) → (28, 28, 8); params 224 → 608; macs 194,400 → 470,400
· second   Conv2D   output (28, 28, 8) → (26, 26, 8); macs 451,584 → 389,376
- dropout  Dropout  output (28, 28, 8); params 0; macs 0
+ re_lu    ReLU     output (26, 26, 8); params 0; macs 0

                             old        new             change
params                       808      1,192      +384 (+47.5%)
trainable_params             808      1,192      +384 (+47.5%)
macs                     645,984    859,776  +213,792 (+33.1%)
flops                  1,305,440  1,736,640  +431,200 (+33.0%)
weight_bytes               3,232      4,768    +1,536 (+47.5%)
peak_activation_bytes     53,888     46,720    -7,168 (-13.3%)
"""


def test_the_table() -> None:
    found = difference(
        "first = Conv2D(8, 3)\nsecond = Conv2D(8, 3)\nDropout(0.5)", "first = Conv2D(8, 5)\nsecond = Conv2D(8, 3)\nReLU"
    )
    assert table.render(found) == TABLE


def test_the_markdown_folds_what_is_only_affected_and_escapes_names() -> None:
    old = plan({"name": "a", "input": [32, 32, 3], "layers": ["Conv2D(8, 3)", "ReLU"]})
    new = plan({"name": "<b>|@me[x](y)", "input": [32, 32, 3], "layers": ["Conv2D(16, 3)", "ReLU"]})
    text = markdown.render(compare(old, new))
    assert text.startswith("**\\<b\\>\\|@\N{ZERO WIDTH SPACE}me\\[x\\](y)**: layers: 1 changed, 1 affected\n")
    assert "| params | 224 | 448 | +224 (+100.0%) |" in text
    assert markdown.escaped("https://a.org WWW.a.org me@a.org") == (
        "https:\N{ZERO WIDTH SPACE}//a.org WWW\N{ZERO WIDTH SPACE}.a.org me@\N{ZERO WIDTH SPACE}a.org"
    )
    assert "#### Changed (1)\n\n| layer | type | |\n|---|---|---|\n| `conv2d` | Conv2D | filters 8 → 16;" in text
    assert "<details><summary>Affected (1)</summary>" in text


def test_the_json_states_every_change_by_the_keys_of_a_plan() -> None:
    found = difference("Conv2D(8, 3)", "Conv2D(8, 5)")
    document = json.loads(json_report.render(found))
    assert (document["old"], document["new"], document["identical"]) == ("old.yaml", "new.yaml", False)
    (layer,) = document["layers"]
    assert (layer["status"], layer["name"], layer["line"]) == ("changed", "conv2d", 3)
    assert layer["changes"]["arguments"] == {
        "old": {"filters": 8, "kernel_size": [3, 3]},
        "new": {"filters": 8, "kernel_size": [5, 5]},
    }
    assert document["totals"]["params"] == {"old": 224, "new": 608, "delta": 384}


@pytest.mark.parametrize(("old", "new"), [("keras/resnet50", "keras/resnet101"), ("pytorch/vgg11", "pytorch/vgg13")])
def test_deeper_relatives_only_add(old: str, new: str) -> None:
    found = compare(plan(f"zoo:{old}"), plan(f"zoo:{new}"))
    assert found.count("removed") == 0
    assert found.count("added") == found.totals["layers"][1] - found.totals["layers"][0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Conv2d(3, 8, 3)", "Conv2d(out_channels=8, kernel_size=3)"),
        ("Conv2d(3, 8, 3, 1, 0)", "Conv2d(3, 8, 3)"),
        ("BatchNorm2d(3, 1e-05)", "BatchNorm2d"),
        ("Linear(32, 4)", "Linear(out_features=4)"),
    ],
)
def test_what_is_said_and_is_so_anyway_is_no_difference(old: str, new: str) -> None:
    head = "framework: pytorch\ninput: [3, 32, 32]"
    assert difference(old, new, head=head).identical
    assert difference(new, old, head=head).identical


def test_what_both_say_of_their_input_is_a_difference() -> None:
    head = "framework: pytorch\ninput: [3, 32, 32]"
    found = difference("Conv2d(3, 8, 1)\nConv2d(8, 4, 1)", "Conv2d(3, 9, 1)\nConv2d(9, 4, 1)", head=head)
    assert told(found) == [("changed", "conv2d"), ("changed", "conv2d_1")]


CALLED_AGAIN = """\
from torch import nn

class Net(nn.Module):
    def __init__(self, first=3):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, first), nn.Conv2d(4, 8, 3)
        self.relu, self.last = nn.ReLU(), nn.Linear(8, first)

    def forward(self, x):
        return self.last(self.relu(self.two(self.relu(self.one(x)))).mean((2, 3)))
"""


@pytest.mark.parametrize("most", [0, 4000])
def test_each_call_of_a_module_is_compared_with_the_same_call(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnshape.studies.diff.MOST_ALIGNED", most)
    path = tmp_path / "net.py"
    path.write_text(CALLED_AGAIN, encoding="utf-8")
    old, new = (plan(f"{path}:Net({first})", input=[3, 16, 16]) for first in (3, 5))
    assert [
        (change.row.name, change.old and change.old.output_shape, change.row.output_shape)
        for change in compare(old, new).layers
        if change.row.name == "relu"
    ] == [
        ("relu", (1, 4, 14, 14), (1, 4, 12, 12)),
        ("relu", (1, 8, 12, 12), (1, 8, 10, 10)),
    ]
