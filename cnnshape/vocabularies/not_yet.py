"""What the frameworks have and this vocabulary has not: said as it is, and not taken for a slip of the finger."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cnnshape.diagnostics import Fault

OTHERWISE = {
    **dict.fromkeys(("ModuleList", "ModuleDict", "Container"), "write its layers one a line, or as a block"),
    **dict.fromkeys(("ParameterList", "ParameterDict"), "write each as `name = Parameter(sizes)`"),
    "Module": "it is the base of all layers: write those, or a block of them",
    "RNNBase": "it is the base of recurrent layers: write RNN, LSTM or GRU",
    "RNNCellBase": "it is the base of recurrent cells: write RNNCell, LSTMCell or GRUCell",
    "DataParallel": "it changes no shape: write the layers that it holds",
    "AdaptiveLogSoftmaxWithLoss": "it is a loss besides: write its linear layers",
    "Wrapper": "it is the base of layers around layers: write the one that is meant",
    "InputSpec": "it describes inputs and is no layer: leave it out",
    **dict.fromkeys(("FlaxLayer", "JaxLayer"), "it holds code of JAX, which is never run: write what that computes"),
    "TorchModuleWrapper": "it holds code of PyTorch, which is never run: write what that computes",
    "TFSMLayer": "it holds a SavedModel, which is not opened: write its layers",
    **dict.fromkeys(
        ("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"),
        "it prepares data before the network: state what it gives as the input",
    ),
    **dict.fromkeys(
        ("outer", "ger", "dot", "vdot", "inner", "ops.outer", "ops.vdot"),
        'it takes the batch for an axis like any other: write `einsum("bi,bj->bij")`, or a product and a sum',
    ),
    "repeat": "write `tile`, with a count for each axis; `repeat:` beside a layer runs it several times",
    "ops.shape": "it gives numbers and no tensor: write `shape(x)` where they are needed, as in `let: {s: shape(x)}`",
    "MaxNumBoundingBoxes": "it prepares labels before training: leave it out",
}
"""What stands in an architecture file instead of what is no layer there, and why."""

NO_LOSS = "a loss is computed from the outputs, and no part of the network: leave it out"
INSTEAD = 'put layers in its place that give the same shape, or say what it gives: `Layer("name", output=[...])`'


def why_not(name: str) -> str | None:
    """Why a layer of a framework is none here, and what stands in its place; None where nobody has told."""
    return OTHERWISE.get(name) or (NO_LOSS if name.endswith(("Loss", "_loss", "Loss2d")) else None)


class NotKnownYet(Fault):
    """A name that is right, and no slip of the finger."""


METHODS = frozenset({"repeat"})
"""What only PyTorch's tensors have, as a method."""


@cache
def names_of(framework: str) -> frozenset[str]:
    """All that a framework offers to build networks from; `tests/vocabularies/record_names.py` writes the list."""
    path = Path(__file__).parent / framework / "names.txt"
    return frozenset(path.read_text(encoding="utf-8").split()) | (METHODS if framework == "pytorch" else set())


def not_known_yet(owner: str, name: str, title: str) -> NotKnownYet | None:
    """The refusal of a name of the framework `owner`, where it is one; `title` is how that writes itself."""
    if name not in names_of(owner):
        return None
    fix = why_not(name) or INSTEAD
    what = "function" if name.rpartition(".")[2][0].islower() else "layer"
    return NotKnownYet("CS101", f"{title}'s {what} {name} is not known here yet", fix=fix)
