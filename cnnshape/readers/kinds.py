"""The kinds of files that networks are kept in, told by what the files hold: names lie, and standard input has none.

The first bytes are enough for all but archives, whose list of members is at their end. Nothing is unpacked, parsed
or run. A file is of the first kind that it fits; an architecture file is of none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from cnnshape.value import NamedTuple

LOOKED_INTO = 64 * 1024
"""Bytes at either end of a file that are looked into."""


class Glimpse:
    """Both ends of a file; where it is short, they overlap."""

    def __init__(self, head: bytes, tail: bytes) -> None:
        self.head, self.tail = head, tail

    @property
    def is_text(self) -> bool:
        """Whether it may be one: its first byte is no control byte."""
        return self.head[:1] > b"\x08"

    @cached_property
    def text(self) -> str:
        """The beginning as text, a byte order mark left out."""
        return self.head.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")

    @cached_property
    def lines(self) -> str:
        """The same with a break before each line: what begins lines is found faster behind one than by ``^``."""
        return f"\n{self.text}"


def glimpse(raw: bytes) -> Glimpse:
    """Both ends of a file's bytes."""
    return Glimpse(raw[:LOOKED_INTO], raw[-LOOKED_INTO:])


class Kind(NamedTuple):
    """One kind of file.

    Attributes:
        name: how readers are registered for it.
        title: what it is, in a sentence that begins "it is ...".
        told_by: whether a file is one.
        advice: what to do with it where nothing reads it.
    """

    name: str
    title: str
    told_by: Callable[[Glimpse], bool]
    advice: str


def kind_of(file: Glimpse) -> Kind | None:
    """The kind that a file is; None for an architecture file and for what nobody knows."""
    return next((kind for kind in KINDS if kind.told_by(file)), None)


# -- how kinds are told


def begins(*marks: bytes, at: int = 0) -> Callable[[Glimpse], bool]:
    """Files with one of these marks at an offset."""
    return lambda file: file.head.startswith(marks, at)


def holds(pattern: str) -> Callable[[Glimpse], bool]:
    """Zip archives with a member whose name fits the pattern."""
    return lambda file: any(re.search(pattern, member) for member in members(file))


def written(*patterns: str) -> Callable[[Glimpse], bool]:
    """Texts in which some line begins as each of the patterns says."""
    lines = [rf"\n(?:{pattern})" for pattern in patterns]
    return lambda file: file.is_text and all(re.search(line, file.lines, re.MULTILINE) for line in lines)


def opens(pattern: str, first: str = "") -> Callable[[Glimpse], bool]:
    """Texts that begin as the pattern says, perhaps behind space; `first` is what that is then."""

    def told(file: Glimpse) -> bool:
        text = file.text.lstrip() if first else file.text
        return text.startswith(first) and re.match(pattern, text, re.MULTILINE) is not None

    return lambda file: file.is_text and told(file)


def members(file: Glimpse) -> Iterator[str]:
    """The names of a zip archive's members, as far as its first and last bytes state them.

    Source: APPNOTE 6.3.10, sections 4.3.7 (local headers) and 4.3.12 (the directory at the end).
    """
    if not file.head.startswith(b"PK"):
        return
    for part, mark, lengths, start in ((file.head, b"PK\x03\x04", 26, 30), (file.tail, b"PK\x01\x02", 28, 46)):
        at = part.find(mark)
        while at >= 0:
            length = int.from_bytes(part[at + lengths : at + lengths + 2], "little")
            yield part[at + start : at + start + length].decode("utf-8", errors="replace")
            at = part.find(mark, at + 4)


def message_of(*fields: int) -> Callable[[Glimpse], bool]:
    """Protocol buffers that begin with a version number and have one of these fields at their top level."""
    return lambda file: file.head[:1] == b"\x08" and not set(fields).isdisjoint(top_level_fields(file.head))


def top_level_fields(message: bytes) -> Iterator[int]:
    """The numbers of a protocol buffer's fields, up to where it is none or the bytes end.

    Source: protobuf.dev, "Encoding": a field is (number << 3 | type), then a varint, 8 bytes, a length and so many
    bytes, or 4 bytes.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, wire = key >> 3, key & 7
        if not number or wire not in (0, 1, 2, 5):
            return
        yield number
        if wire in (0, 2):
            value, at = varint(message, at)
            at += value if wire == 2 else 0
        else:
            at += 8 if wire == 1 else 4


def varint(message: bytes, at: int) -> tuple[int, int]:
    """The number of variable length that begins there, and where it ends; 0 for what is none."""
    value = 0
    for shift, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at + shift + 1
    return 0, len(message)


def is_safetensors(file: Glimpse) -> bool:
    """Whether a header of JSON follows its own length in 8 bytes."""
    if len(file.head) < 9:
        return False
    length = int.from_bytes(file.head[:8], "little")
    return 2 <= length < 2**32 and file.head[8:9] == b"{"


WRITE_IT = "write its layers one a line under `layers:`; `cnnshape init` makes a first file"
ONLY_WEIGHTS = "it holds weights, not how they are connected: plan the code or the file that builds the network"

KINDS: tuple[Kind, ...] = (
    Kind("keras", "a Keras archive (.keras)", holds(r"\Aconfig\.json\Z"), WRITE_IT),
    Kind(
        "pt2",
        "a program exported by PyTorch (.pt2)",
        holds(r"(\A|/)(models/[^/]+\.json|archive_format|serialized_exported_program\.json)\Z"),
        WRITE_IT,
    ),
    Kind(
        "torchscript",
        "a TorchScript archive",
        holds(r"(\A|/)(constants\.pkl|code/.*\.py)\Z"),
        "export the module with `torch.export.save`, or write its layers under `layers:`",
    ),
    Kind("pytorch", "a checkpoint of PyTorch (.pt, .pth)", holds(r"(\A|/)data\.pkl\Z"), ONLY_WEIGHTS),
    Kind("npz", "an archive of NumPy arrays (.npz)", holds(r"\.npy\Z"), ONLY_WEIGHTS),
    Kind(
        "zip", "a zip archive", begins(b"PK\x03\x04", b"PK\x05\x06"), "unpack it, and name the architecture file in it"
    ),
    Kind(
        "hdf5",
        "an HDF5 file (.h5), as Keras 2 saves models and weights",
        begins(b"\x89HDF\r\n\x1a\n"),
        "save the model as .keras or with `to_json()`, or write its layers under `layers:`",
    ),
    Kind(
        "pickle",
        "a pickle, as older versions of PyTorch save (.pt, .pth)",
        begins(*(b"\x80" + bytes([protocol]) for protocol in range(2, 6))),
        ONLY_WEIGHTS,
    ),
    Kind("tflite", "a model for TensorFlow Lite (.tflite)", begins(b"TFL3", at=4), WRITE_IT),
    Kind("safetensors", "a file of weights (.safetensors)", is_safetensors, ONLY_WEIGHTS),
    Kind("gguf", "a file of weights (.gguf)", begins(b"GGUF"), ONLY_WEIGHTS),
    Kind("npy", "a NumPy array (.npy)", begins(b"\x93NUMPY"), ONLY_WEIGHTS),
    Kind("coreml", "a Core ML model (.mlmodel)", message_of(*range(200, 701)), WRITE_IT),
    Kind("onnx", "an ONNX model (.onnx)", message_of(7, 8), WRITE_IT),
    Kind(
        "savedmodel",
        "a SavedModel of TensorFlow (.pb)",
        message_of(2),
        "save the model as .keras or with `to_json()`, or write its layers under `layers:`",
    ),
    Kind(
        "compressed",
        "a compressed file",
        begins(b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\0", b"BZh", b"\x28\xb5\x2f\xfd"),
        "unpack it, and name the architecture file in it",
    ),
    Kind("image", "a picture", begins(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF"), WRITE_IT),
    Kind(
        "notebook",
        "a Jupyter notebook",
        opens(r'\{[\s\S]*"nbformat"|\{\s*"cells"\s*:', "{"),
        "put the model's code into a file of its own",
    ),
    Kind(
        "keras-json",
        "a model's configuration as Keras writes it (`to_json()`)",
        opens(r'\{\s*"(module|class_name|backend|keras_version|config|registered_name)"\s*:', "{"),
        WRITE_IT,
    ),
    Kind("tensorflowjs", "a model for TensorFlow.js", opens(r'\{[\s\S]*"modelTopology"\s*:', "{"), WRITE_IT),
    Kind(
        "darknet",
        "a Darknet configuration (.cfg)",
        opens(r"(?:[ \t]*(?:[#;].*)?\n)*[ \t]*\[(?:net|network)\]"),
        WRITE_IT,
    ),
    Kind("caffe", "a network of Caffe (.prototxt)", written(r"layers?\s*\{"), WRITE_IT),
    Kind(
        "ultralytics",
        "a model file of Ultralytics (YOLO)",
        written("backbone:", "head:"),
        WRITE_IT,
    ),
    Kind("openvino", "a network of OpenVINO (.xml)", opens(r"(<\?xml[^>]*>\s*)?<net\b", "<"), WRITE_IT),
    Kind(
        "python",
        "Python source",
        written(r"from [\w.]+ import |import [\w.]+( as \w+)?[ \t]*(#.*)?$|class \w+(\(.*\))?:[ \t]*$"),
        "write the model's layers one a line under `layers:`, as they stand in the code",
    ),
    Kind(
        "printed",
        "what `print(model)` shows of a PyTorch module",
        opens(r"\s*\w+\([ \t]*\n[ \t]+\(\w+\): "),
        "write its layers one a line under `layers:`; `(conv1): Conv2d(...)` is `conv1 = Conv2d(...)` here",
    ),
    Kind("summary", "what `model.summary()` shows of a Keras model", opens(r'\s*Model: "'), WRITE_IT),
)
"""From the particular to the general: a file is of the first kind that it fits."""
