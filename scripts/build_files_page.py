"""Write docs/files.md, what is read of the frameworks' files: ``python scripts/build_files_page.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnshape.readers.keras.layers import WRAPPERS
from cnnshape.readers.onnx.walk import RULES, SPECIAL, Walk
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

A layer or operator of which nothing is known has no shape, nor has what depends on it; one warning (CS116) names it,
everything else is planned, and the totals say that they are lower bounds ("at least", in JSON `"complete": false`).
Axes that a file leaves open are unknown until `--batch` and `--input` state them. Names of ONNX's axes are kept: one
that stands at several places is stated once.
"""

UNKNOWN_KERAS = {
    "FlaxLayer": "holds code of JAX",
    "JaxLayer": "holds code of JAX",
    "Lambda": "holds code, which is never run",
    "Layer": "the base of all layers",
    "TFSMLayer": "holds a SavedModel",
    "TorchModuleWrapper": "holds code of PyTorch",
}
"""Why some of Keras's layers are unknown; of the others nobody has asked yet."""

DEPENDS = {"Compress", "NonMaxSuppression", "NonZero", "Unique"}
"""Operators of ONNX whose shape depends on values."""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *keras(), *onnx(), *pt2()])


def keras() -> Iterator[str]:
    """Keras's layers."""
    words = vocabulary("keras")
    names = (ROOT / "cnnshape/vocabularies/keras/names.txt").read_text(encoding="utf-8").split()
    yield "## Layers of Keras\n"
    yield "Those of the [vocabulary](layers.md) and the wrappers, and `keras.ops` in a graph. Keras 3.15 has besides:\n"
    yield "| Layer | |\n| --- | --- |"
    for name in names:
        if "." not in name and name[:1].isupper() and not words.find_exact(name) and name not in {*WRAPPERS, *MODELS}:
            yield f"| `{name}` | {UNKNOWN_KERAS.get(name, 'unknown')} |"
    yield ""


MODELS = {"Input", "InputSpec", "Model", "Sequential", "Functional"}
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
    if name in DEPENDS:
        return "unknown: its shape depends on values"
    if name in ("If", "Loop"):
        return "where its condition is known"
    if SPECIAL.get(name) is Walk.scan or (name not in RULES and name not in SPECIAL):
        return "unknown"
    return "yes"


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
