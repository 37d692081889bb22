"""What a layer is called with: the tensors that its shapes depend on, and what else changes what it gives."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.keras.config import Call, Reference, references
from cnnshape.readers.keras.layers import UnknownLayerError

RECURRENT = ("Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "RNN", "SimpleRNN")
ATTENTION = ("mask", "training", "return_attention_scores", "use_causal_mask")
HEADS = (
    *("query", "value", "key", "query_mask", "value_mask", "key_mask"),
    *("attention_mask", "return_attention_scores", "training", "use_causal_mask"),
)
ORDERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RECURRENT, ("sequences", "initial_state", "mask", "training")),
    **dict.fromkeys(("GRUCell", "LSTMCell"), ("inputs", "states", "training")),
    "SimpleRNNCell": ("sequence", "states", "training"),
    **dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention"), HEADS),
    **dict.fromkeys(("Attention", "AdditiveAttention"), ("inputs", *ATTENTION)),
    "CategoryEncoding": ("inputs", "count_weights"),
    "ReversibleEmbedding": ("inputs", "reverse"),
    "RMSNormalization": ("x",),
}
"""What layers are called with, in its order; the others with their inputs alone, which augmentations call data."""

TENSORS = frozenset({"inputs", "data", "x", "sequences", "sequence", "initial_state", "states", *HEADS[:3]})
"""What shapes depend on."""

HARMLESS = frozenset({"training", "mask", "count_weights", *(name for name in HEADS if name.endswith("_mask"))})
"""What changes values alone. Keras writes the first two of layers that do not take them."""

SWITCHES = {"return_attention_scores": "with_scores", "reverse": "back"}
"""What gives something else when it is set, with the operation's name for that."""


def read_call(kind: str, call: Call) -> tuple[list[Reference], dict[str, bool]]:
    """The tensors that shapes depend on, in the order of the layer's arguments, and what is switched on.

    Raises `UnknownLayerError` for an argument that is not read.
    """
    order = ORDERS.get(kind, ("data",) if "data" in call.keywords else ("inputs",))
    given: dict[str, Any] = {**dict(zip(order, call.positional, strict=False)), **call.keywords}
    switched: dict[str, bool] = {}
    for name, value in given.items():
        if name in SWITCHES and name in order and isinstance(value, bool | None):
            switched |= {SWITCHES[name]: True} if value else {}
        elif value is not None and name not in HARMLESS and (name not in order or name not in TENSORS):
            raise UnknownLayerError(f"it is called with {name}=, which is not read")
    wanted = [each for name in order if name in TENSORS for each in references(given.get(name))]
    return wanted, switched
