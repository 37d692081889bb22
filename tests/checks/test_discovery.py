"""Which files of a folder are checked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cnnshape.checks.configuration import Configuration
from cnnshape.checks.discovery import discover

ARCHITECTURE = "input: [8, 8, 3]\nlayers: [Flatten]\n"

TREE = {
    "b.yaml": ARCHITECTURE,
    "a.yml": "inputs: {x: [8]}\n'layers': []\n",
    "named.cnn.yaml": "anything",
    "named.CNN.JSON": "{}",
    "styles/byte-order-mark.yaml": f"\ufeff{ARCHITECTURE}",
    "styles/flow.yaml": '{input: [3], "layers": [Flatten]}\n',
    "styles/flow-over-lines.yaml": "{\n  input: [3],\n  layers: [Flatten],\n}\n",
    "styles/indented.yaml": "---\n  input: [3]\n  layers: [Flatten]\n",
    "styles/wrong.yaml": "{input: [3], layers: [Flatten], }}",
    "not/flow-nested.yaml": "{model: {input: [3], layers: [Flatten]}}\n",
    "not/list.yaml": "- input: [3]\n  layers: []\n",
    "not/values.yaml": "first: input\nsecond: layers\n",
    "styles/deep.yaml": "{input: [], layers: " + "[" * 500,
    "compose.yaml": "services: {}\nvolumes: {}\n",
    "layers-only.yaml": "layers: []\n",
    "nested-keys.yaml": "model:\n  input: [1]\n  layers: []\n",
    "plain.json": '{"input": [8], "layers": []}',
    "notes.txt": ARCHITECTURE,
    "slips/both.yaml": "Input_: [8, 8, 3]\nlayer:\n  - x = keras.layers.Conv2D(8, 3)\n",
    "slips/input.yaml": "inputs_: [8, 8, 3]\nlayers:\n  - Covn2D(8, 3)\n  - MaxPooling2D: 2\n",
    "slips/input-shape.yaml": "input_shape: [8]\nlayers: [nn.ReLU]\n",
    "slips/layers.yaml": "{input: [8, 8, 3], layer: [Flatten]}\n",
    "slips/order.yaml": "layesr:\n  - Dense(3)\ninput: 8\n",
    "not/map.yaml": "layer: roads\ninput: roads.gpkg\n",
    "not/maps.yaml": "layers:\n  - roads\n  - rivers\ninput_file: region.gpkg\n",
    "not/slip-below.yaml": "model:\n  input_: [8]\n  layer: [Flatten]\n",
    "deep/er/c.yaml": ARCHITECTURE,
    "deep-er/d.yaml": ARCHITECTURE,
    ".hidden/e.yaml": ARCHITECTURE,
    "node_modules/f.yaml": ARCHITECTURE,
    "venv/g.yaml": ARCHITECTURE,
    "my-env/pyvenv.cfg": "",
    "my-env/h.yaml": ARCHITECTURE,
    "ignored/i.yaml": ARCHITECTURE,
    "fixtures/j.cnn.yaml": ARCHITECTURE,
}


SLIPS = sorted(name for name in TREE if name.startswith("slips/"))


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def settings(**values: object) -> Configuration:
    return Configuration(Path.cwd())._replace(**values)  # type: ignore[arg-type]


def test_files_by_name_and_by_content_in_order() -> None:
    assert discover(["."], settings()) == [
        "a.yml",
        "b.yaml",
        "deep/er/c.yaml",
        "deep-er/d.yaml",
        "fixtures/j.cnn.yaml",
        "ignored/i.yaml",
        "named.CNN.JSON",
        "named.cnn.yaml",
        *SLIPS,
        "styles/byte-order-mark.yaml",
        "styles/deep.yaml",
        "styles/flow-over-lines.yaml",
        "styles/flow.yaml",
        "styles/indented.yaml",
        "styles/wrong.yaml",
    ]


def test_what_git_ignores_is_not_looked_at(tree: Path) -> None:
    (tree / ".gitignore").write_text("ignored/\n")
    subprocess.run(["git", "init", "-q"], check=True)
    found = discover(["."], settings())
    assert "ignored/i.yaml" not in found
    assert found == [
        "a.yml",
        "b.yaml",
        "deep/er/c.yaml",
        "deep-er/d.yaml",
        "fixtures/j.cnn.yaml",
        "named.CNN.JSON",
        "named.cnn.yaml",
        *SLIPS,
        "styles/byte-order-mark.yaml",
        "styles/deep.yaml",
        "styles/flow-over-lines.yaml",
        "styles/flow.yaml",
        "styles/indented.yaml",
        "styles/wrong.yaml",
    ]
    assert discover(["deep"], settings()) == ["deep/er/c.yaml"]


def test_a_repository_cannot_make_git_run_something(tree: Path) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "config", "core.fsmonitor", f"touch {tree}/ran #"], check=True)
    discover(["."], settings())
    assert not (tree / "ran").exists()


def test_a_file_that_git_knows_but_that_is_gone_is_not_checked(tree: Path) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "b.yaml"], check=True)
    (tree / "b.yaml").unlink()
    assert "b.yaml" not in discover(["."], settings())


def test_pipes_and_devices_of_a_folder_are_not_read(tree: Path) -> None:
    before = discover(["."], settings())
    os.mkfifo("pipe.yaml")
    os.mkfifo("pipe.cnn.yaml")
    for name in ("zero.yaml", "zero.cnn.yaml"):
        Path(name).symlink_to("/dev/zero")
    assert discover(["."], settings()) == before


def test_include_and_exclude() -> None:
    found = discover(["."], settings(include=("*.json",), exclude=("fixtures", "deep*", "styles", "slips")))
    assert found == ["a.yml", "b.yaml", "ignored/i.yaml", "named.CNN.JSON", "named.cnn.yaml", "plain.json"]


def test_files_that_are_named_are_checked_whatever_they_are_each_once_in_order(tree: Path) -> None:
    assert discover(["notes.txt", "-", "deep", "deep/er/c.yaml", "zoo:keras/resnet50", "./notes.txt"], settings()) == [
        "notes.txt",
        "-",
        "deep/er/c.yaml",
        "zoo:keras/resnet50",
    ]
    assert discover(["./b.yaml", "b.yaml", str(tree / "b.yaml")], settings()) == ["./b.yaml"]
    assert discover([str(tree / "deep")], settings()) == [f"{tree.as_posix()}/deep/er/c.yaml"]
