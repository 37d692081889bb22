"""What PyTorch's autograd keeps of each layer and function for the backward pass: tables by name.

As `torch.autograd.graph.saved_tensors_hooks` saw it in PyTorch 2.14 on a CPU (`tests/data/saved_tensors.jsonl`), each
storage once. What is kept turns on who needs a gradient: a convolution keeps its input also where its weights are
frozen, a linear layer does not, and nothing is kept where neither inputs nor weights need one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnshape.vocabularies.pytorch.saved.attention import ATTENTION
from cnnshape.vocabularies.pytorch.saved.call import Call, Rule, Saved, words
from cnnshape.vocabularies.pytorch.saved.functions import FUNCTIONS, NOTHING, SPECTRA, TO_REAL
from cnnshape.vocabularies.pytorch.saved.layers import LAYERS
from cnnshape.vocabularies.pytorch.saved.recurrent import RECURRENT
from cnnshape.vocabularies.vocabulary import over_axes

RULES: Mapping[str, Rule] = {**LAYERS, **FUNCTIONS, **ATTENTION, **RECURRENT}
"""What is kept, by name."""


def saved(call: Call) -> list[Saved]:
    """What the backward pass keeps of a call, each once; weights, which are there anyway, included."""
    rule = RULES.get(call.name)
    return rule(call) if rule and call.inputs and call.is_recorded else []


def is_told(name: str, weights: Iterable[str] = ()) -> bool:
    """Whether it is told what a layer or function keeps that has weights of these names, if any.

    A recurrent operator of ONNX has those of both directions in one tensor, and does not say how it computes.
    """
    weights = [*weights]
    if name in RECURRENT and weights and not any(each.startswith("weight_ih") for each in weights):
        return False
    return name in RULES or name in NOTHING


RESULTS: Mapping[str, str] = {
    **dict.fromkeys(words("eq ne lt le gt ge isnan isinf isfinite logical_and logical_or logical_xor"), "bool"),
    **dict.fromkeys(words("logical_not all any"), "bool"),
    **dict.fromkeys(words("argmax argmin argsort count_nonzero one_hot"), "int64"),
    **dict.fromkeys((*SPECTRA, "view_as_complex"), "complex64"),
    **dict.fromkeys(TO_REAL, "float32"),
}
"""The type of what is made, where that is not the type of what is read."""

WITHOUT_GRADIENT = frozenset({"bool", "int8", "int32", "int64"})
"""Types of tensors that no gradient flows through."""

READ_AS_INDICES = frozenset({"Embedding", "embedding", "EmbeddingBag", "one_hot"})
"""What reads int64."""


DROPPING = frozenset(
    {"Dropout", "dropout", "AlphaDropout", "alpha_dropout", "FeatureAlphaDropout", "feature_alpha_dropout"}
    | {"StochasticDepth", "DropPath", "DropBlock2d", "DropBlock3d", *over_axes("Dropout", "dropout")}
)
"""What hands on its input in evaluation mode, and makes a tensor in training mode."""


def is_dropping(call: Call) -> bool:
    """Whether a dropout drops something, so that its output is another tensor than its input."""
    rate = call.arguments.get("p", call.arguments.get("drop_prob", 0.5))
    return call.name in DROPPING and call.training and bool(rate > 0)


HANDING_ON = {"add": (0, 1), "sub": (0,), "subtract": (0,), "sum": (0,)}
"""Operands whose gradient is the output's own."""


def hands_on(name: str, operand: int, *, view: bool) -> bool:
    """Whether the gradient of an operand is that of the output or a view of it, so that it takes no memory."""
    if name in ("cat", "concat", "concatenate", "stack"):
        return True
    return operand in HANDING_ON.get(name, ()) or (view and name not in DROPPING)
