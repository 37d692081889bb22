"""What Keras's layers are called with: the tensors that shapes depend on, and what stands beside them."""

from __future__ import annotations

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
