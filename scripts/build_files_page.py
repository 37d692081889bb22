"""Write docs/files.md, what is read of the frameworks' files: ``python scripts/build_files_page.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnshape.readers.keras.functions import RULES as FUNCTIONS
from cnnshape.readers.keras.layers import UNREADABLE
from cnnshape.readers.onnx.sequences import SEQUENCES
from cnnshape.readers.onnx.walk import RULES, SPECIAL
from cnnshape.readers.pt2 import operators, tables
from cnnshape.vocabularies.vocabulary import vocabulary

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/files.md"

HEAD = """\
# Files of the frameworks

`cnnshape plan model.keras`, `model.onnx` and `model.pt2` need neither TensorFlow nor PyTorch, and every command that
takes a FILE takes them. What a file is, is told by what it holds, not by its name. No code of a file is run, no weight
is opened, and nothing is written.

| File | What is read | Needs |
| --- | --- | --- |
| `.keras` | `config.json` of the archive | |
| `to_json()` of Keras 3 and 2 | all of it | |
| `.h5` | the attribute `model_config` | `pip install "cnnshape[h5]"` |
| `.onnx`, opsets 7 to 28 | the graph; external weights need not be there | `pip install "cnnshape[onnx]"` |
| `.pt2` of PyTorch 2.5 to 2.14 | the graph's JSON | |
| `.cfg` of Darknet | all of it | |
| `.prototxt` of Caffe | as it runs in the phase TEST; `--input data=3x227x227` where data have the sizes | |
| `.yaml` of Ultralytics 8.4 | all of it; `--set scale=x --set nc=20`; texts of YOLO-World are vectors | |

A layer or operator of which nothing is known has no shape, nor has what depends on it; one warning (CS116) names it,
everything else is planned, and the totals say that they are lower bounds ("at least", in JSON `"complete": false`).
Axes that a file leaves open are unknown until `--batch` and `--input` state them. Names of ONNX's axes are kept: one
that stands at several places is stated once.

Parameters of an ONNX model are its floating and quantized tensors with at least one axis that operators read as data:
initializers, and Constants where a kernel or a bias stands, fixed filters too, since the file does not say what is
trained. Single numbers are none (PyTorch's newer exporter writes the factors of a GELU and the bounds of a Clip as
initializers without axes), nor is what says how (factors of Resize, scales and zero points), nor are masks and tables
that are Constants; statistics of a normalization are buffers. Most
exporters fold batch normalization into the convolution before it: what is counted is the folded convolution, with a
bias and without the two weights for each channel, so that the total is smaller than that of the network in PyTorch.

Of a `.pt2` all parameters and buffers are known, also those that nothing reads, by the lists of the archive: names,
shapes and places, so that tied weights count once. One thing is not in files of versions before 2.8: a buffer that is
not saved (`persistent=False`) and that nothing reads.
"""

UNKNOWN_ONNX = {
    "ImageDecoder": "unknown: the picture says its size",
    "SequenceMap": "unknown: holds a graph for every element",
    **dict.fromkeys(
        ("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"), "unknown: reads texts"
    ),
}

KNOWN_SOMETIMES = {
    **dict.fromkeys(("Compress", "NonMaxSuppression", "NonZero", "Unique"), "but for their number, which a run says"),
    "If": "where its condition is known",
    **dict.fromkeys(("Loop", "Scan"), "where it is known how often it runs"),
    **dict.fromkeys((name for name in SEQUENCES if "Sequence" in name), "where it is known what the sequence holds"),
}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *keras(), *onnx(), *pt2()])


def keras() -> Iterator[str]:
    """Keras's layers and functions, by the list of all that it offers (`tests/vocabularies/record_names.py`)."""
    names = (ROOT / "cnnshape/vocabularies/keras/names.txt").read_text(encoding="utf-8").split()
    yield "## Layers of Keras\n"
    yield "As a layer of the [vocabulary](layers.md) is read, also by its second names.\n"
    yield "| Layer of Keras 3.15 | Read |\n| --- | --- |"
    for name in names:
        if "." not in name and name not in NO_LAYERS:
            yield f"| `{name}` | {read_of_keras(name)} |"
    functions = [name for name in names if name.startswith("ops.")]
    known = [name for name in functions if is_read(name)]
    yield "\n## Functions of `keras.ops`\n"
    yield "Read in the graph of a model: " + ", ".join(f"`{name}`" for name in known) + ".\n"
    yield "Unknown: " + ", ".join(f"`{name}`" for name in functions if name not in known) + ".\n"


def read_of_keras(name: str) -> str:
    """What is read of a layer of Keras."""
    return "yes" if vocabulary("keras").find_exact(name) else f"unknown: {UNREADABLE[name]}"


def is_read(function: str) -> bool:
    """Whether a function of `keras.ops` is one that the vocabulary or a rule knows."""
    return vocabulary("keras").find_exact(function) is not None or function.rpartition(".")[2] in FUNCTIONS


NO_LAYERS = {"Input", "InputLayer", "InputSpec"}
"""Names that are no layers with an output of their own."""


def onnx() -> Iterator[str]:
    """Every operator of ONNX."""
    recorded: Mapping[str, list[int]] = json.loads(
        (ROOT / "tests/data/onnx_operators.json").read_text(encoding="utf-8")
    )
    yield "## Operators of ONNX\n"
    yield "| Operator | In ONNX since | Read |\n| --- | --- | --- |"
    for name, versions in recorded.items():
        yield f"| `{name}` | {', '.join(map(str, versions))} | {read(name)} |"
    yield ""


def read(name: str) -> str:
    """What is read of an operator of ONNX."""
    known = "yes" if name in {*RULES, *SPECIAL, "Constant"} else "unknown"
    return KNOWN_SOMETIMES.get(name) or UNKNOWN_ONNX.get(name, known)


def pt2() -> Iterator[str]:
    """ATen's operators."""
    names = sorted({*operators.RULES, *tables.MOVES, *tables.ELEMENTWISE, *tables.REDUCTIONS})
    yield "## Operators of PyTorch\n"
    yield (
        "A `.pt2` states the shape of every tensor, so that no operator is without one. What these cost is known; the "
        "cost of others is unknown:\n"
    )
    yield ", ".join(f"`{name}`" for name in names) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
