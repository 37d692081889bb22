"""Configurations of Darknet have as many weights as their published files hold: `darknet.json.gz` has eight of them.

`floats` are the bytes of the published `.weights`, less the header of 16 or 20 bytes, by 4: weights, biases, scales and
both moving statistics. The texts are those of https://github.com/AlexeyAB/darknet at 59596d78.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import cnnshape
from cnnshape.network.plan import Plan

DATA = Path(__file__).parents[2] / "data"
MODELS = {model["file"]: model for model in json.loads(gzip.decompress((DATA / "darknet.json.gz").read_bytes()))}

NET = "[net]\nheight=13\nwidth=13\nchannels=4\n"


def planned(folder: Path, text: str, **settings: Any) -> Plan:
    """The plan of a configuration."""
    path = folder / "model.cfg"
    path.write_text(text, encoding="utf-8")
    return cnnshape.plan(path, **settings)


@pytest.mark.parametrize("name", MODELS)
def test_all_weights_of_the_published_file_are_counted(name: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, MODELS[name]["text"])
    assert plan.diagnostics == ()
    assert plan.totals is not None
    counters = sum(row.type == "BatchNorm2d" for row in plan.layers)  # which PyTorch has besides
    assert plan.totals.params + plan.totals.buffers - counters == MODELS[name]["floats"]


@pytest.mark.parametrize(
    ("name", "size", "operations"),
    [
        ("yolov3.cfg", 320, 38.97),
        ("yolov3.cfg", 416, 65.86),
        ("yolov3.cfg", 608, 140.69),
        ("yolov3-tiny.cfg", 416, 5.56),
        ("yolov3-spp.cfg", 608, 141.45),
        ("yolov2.cfg", 608, 62.94),
        ("yolov2-tiny.cfg", 416, 5.41),
    ],
)
def test_products_are_the_published_billions(name: str, size: int, operations: float, tmp_path: Path) -> None:
    """The table of https://pjreddie.com/darknet/yolo: two operations a product, of convolutions alone."""
    plan = planned(tmp_path, MODELS[name]["text"], input=[3, size, size])
    assert plan.totals is not None
    assert plan.totals.macs is not None
    assert round(2 * plan.totals.macs / 1e9, 2) == operations


def test_outputs_are_the_heads(tmp_path: Path) -> None:
    plan = planned(tmp_path, MODELS["yolov3.cfg"]["text"], input=[3, 416, 416])
    assert plan.outputs == {"82.yolo": (1, 255, 13, 13), "94.yolo": (1, 255, 26, 26), "106.yolo": (1, 255, 52, 52)}


@pytest.mark.parametrize(
    ("sections", "shape", "params"),
    [
        ("[maxpool]\nsize=2\nstride=2", (4, 7, 7), 0),
        ("[maxpool]\nsize=2\nstride=1", (4, 13, 13), 0),
        ("[convolutional]\nfilters=6\nsize=3\npad=1\nstride=2\ngroups=2\nactivation=leaky", (6, 7, 7), 6 * 2 * 9 + 6),
        ("[convolutional]\nbatch_normalize=1\nfilters=6\nsize=3\nactivation=hard_mish", (6, 11, 11), 6 * 4 * 9 + 12),
        ("[local]\nfilters=2\nsize=3\npad=1\nactivation=linear", (2, 13, 13), 13 * 13 * 2 * (4 * 9 + 1)),
        ("[connected]\noutput=10\nactivation=ramp\n[softmax]", (10,), 13 * 13 * 4 * 10 + 10),
        ("[crop]\ncrop_height=11\ncrop_width=9\n[avgpool]\n[dropout]", (4, 1, 1), 0),
        ("[crop]\ncrop_height=12\ncrop_width=12\n[reorg]\nstride=2\n[upsample]\nstride=3", (16, 18, 18), 0),
        ("[dropout]\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n[route]\nlayers=0, -1", (6, 13, 13), 0),
        ("[maxpool]\nsize=1\n[convolutional]\nfilters=6\nactivation=linear\n[shortcut]\nfrom=-2", (6, 13, 13), 30),
    ],
)
def test_a_section_is_what_darknet_makes_of_it(sections: str, shape: Any, params: int, tmp_path: Path) -> None:
    plan = planned(tmp_path, f"{NET}{sections}\n")
    assert not plan.errors
    assert list(plan.outputs.values())[-1] == (1, *shape)
    assert plan.totals is not None
    assert plan.totals.params == params


@pytest.mark.parametrize(
    ("sections", "line", "message"),
    [
        ("[convolutional]\nfilters=30\n[yolo]\nmask=0,1,2\nclasses=80", 7, "reads 30 channels, and tells 3 x 85 = 255"),
        ("[route]\nlayers=-3", 5, "reads layer -3, and there are 0 above it"),
        ("[convolutional]\nsize=three", 5, "size of [convolutional] has to be a number, got 'three'"),
        ("[convolutional]\nactivation=lekay", 5, "unknown activation lekay"),
        ("[maxpool]\nsize=0", 5, "[maxpool] of size 0"),
    ],
)
def test_what_is_wrong_is_shown_at_its_section(sections: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        planned(tmp_path, f"{NET}{sections}\n")
    finding = caught.value.diagnostics[0]
    assert message in finding.message
    assert finding.span is not None
    assert finding.span.start.row == line


def test_a_section_of_which_nothing_is_known_is_named_and_the_rest_is_planned(tmp_path: Path) -> None:
    plan = planned(tmp_path, f"{NET}[crnn]\n[convolutional]\nfilters=3\n[route]\nlayers=-1\n")
    assert [finding.code for finding in plan.diagnostics if finding.code == "CS116"] == ["CS116"]
    assert list(plan.outputs.values()) == [None]


@pytest.mark.parametrize("text", ["[net]\nheight=tall\n[dropout]\n", "[net]\nwidth=0\n[dropout]\n"])
def test_an_input_of_no_size_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError, match="CS018"):
        planned(tmp_path, text)


@pytest.mark.parametrize("text", ["[net]\nnonsense\n", "[network]\nwidth\n"])
def test_what_is_no_configuration_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(cnnshape.ArchitectureError, match="is no option: write `name=value`"):
        planned(tmp_path, text)
