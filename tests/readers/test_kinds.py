"""What a file is, told by what it holds; what is no architecture file says what it is."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

import cnnshape
from cnnshape.readers.kinds import KINDS, LOOKED_INTO, glimpse, kind_of
from cnnshape.readers.registry import READERS

ROOT = Path(cnnshape.__file__).parents[1]


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        for name in names:
            members.writestr(name, "{}")
    return stream.getvalue()


def message(*fields: tuple[int, bytes]) -> bytes:
    """A protocol buffer: version 8, then fields of bytes."""
    content = b"".join(varint(number << 3 | 2) + varint(len(value)) + value for number, value in fields)
    return b"\x08\x08" + content


def varint(value: int) -> bytes:
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + varint(value >> 7)


FILES = {
    "keras": archive("metadata.json", "config.json", "model.weights.h5"),
    "pt2": archive("net/data/weights/weight_0", "net/models/model.json", "net/archive_format"),
    "torchscript": archive("net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"),
    "pytorch": archive("archive/data.pkl", "archive/data/0", "archive/version"),
    "npz": archive("conv/kernel.npy"),
    "zip": archive("model.yaml"),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(8),
    "pickle": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    "tflite": b"\x1c\0\0\0TFL3" + bytes(8),
    "safetensors": struct.pack("<Q", 2) + b"{}",
    "gguf": b"GGUF\x03\0\0\0",
    "npy": b"\x93NUMPY\x01\0",
    "coreml": message((2, b"description"), (500, b"network")),
    "onnx": message((2, b"pytorch"), (3, b"2.14.1"), (7, b"graph"), (8, b"opset")),
    "savedmodel": message((2, b"graph")),
    "compressed": b"\x1f\x8b\x08\0",
    "image": b"\x89PNG\r\n\x1a\n",
    "notebook": b'{\n "cells": [],\n "nbformat": 4\n}',
    "keras-json": b'{"module": "keras", "class_name": "Sequential", "config": {"layers": []}}',
    "tensorflowjs": b'{"format": "layers-model", "modelTopology": {}}',
    "darknet": b"# yolov3\r\n\r\n[net]\r\nbatch=64\r\n",
    "caffe": b'name: "LeNet"\nlayer {\n  name: "data"\n}\n',
    "ultralytics": b"nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Detect, [nc]]\n",
    "openvino": b'<?xml version="1.0"?>\n<net name="model" version="11">\n',
    "python": b'"""A network."""\n\nimport torch.nn as nn\n\n\nclass Net(nn.Module):\n    pass\n',
    "printed": b"Net(\n  (conv1): Conv2d(3, 64, kernel_size=(7, 7))\n)\n",
    "summary": 'Model: "sequential"\n┏━━━━━━┓\n'.encode(),
}


def test_every_kind_is_tried() -> None:
    assert [kind.name for kind in KINDS] == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_told_by_what_it_holds(name: str) -> None:
    kind = kind_of(glimpse(FILES[name]))
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize("name", [name for name in FILES if name not in READERS])
def test_it_says_what_it_is_and_what_to_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(FILES[name])
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(path)
    (finding,) = caught.value.diagnostics
    kind = next(kind for kind in KINDS if kind.name == name)
    assert (finding.code, finding.fix) == ("CS016", kind.advice)
    assert finding.message == f"{path} is no architecture file: it is {kind.title}"


def test_a_file_too_large_to_be_read_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    names = ["net/data/0", "net/data.pkl"]
    with zipfile.ZipFile(path, "w") as members:
        members.writestr(names[0], bytes(9 * 1024 * 1024))
        members.writestr(names[1], "{}")
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(path)
    assert caught.value.diagnostics[0].message.endswith("it is a checkpoint of PyTorch (.pt, .pth)")


def test_a_text_says_what_it_is_too() -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(text=FILES["darknet"].decode())
    assert caught.value.diagnostics[0].message == (
        "<text> is no architecture file: it is a Darknet configuration (.cfg)"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "cnnshape/zoo").rglob("*.yaml")), ids=lambda path: path.stem)
def test_an_architecture_file_is_of_no_other_kind(path: Path) -> None:
    assert kind_of(glimpse(path.read_bytes())) is None


@pytest.mark.parametrize(
    "piece",
    [b"PK\x03\x04", b"PK\x01\x02", b"\x08\x80", b"backbone:\n", b"{\n", b"#\n", b"import a;", b"a(\n", b"layer\n"],
)
def test_whatever_repeats_in_a_file_it_is_looked_into(piece: bytes) -> None:
    start = piece[:2] if piece.startswith(b"PK") else b""
    assert kind_of(glimpse(start + piece * (LOOKED_INTO // len(piece)))) is None


@pytest.mark.parametrize("suffix", [".h5", ".keras", ".onnx", ".pt2"])
@pytest.mark.parametrize("content", [b"garbage", b"PK\x03\x04junk"])
def test_a_file_that_is_named_as_one_of_a_framework_and_holds_none_is_damaged(
    suffix: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / f"net{suffix}").write_bytes(content)
    with pytest.raises(cnnshape.ArchitectureError) as refused:
        cnnshape.load(tmp_path / f"net{suffix}")
    assert [finding.code for finding in refused.value.diagnostics] == ["CS018"]
