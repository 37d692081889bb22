"""What the inputs of operators are: tensors of the network, weights, or what says how."""

from __future__ import annotations

NOT_WEIGHTS: dict[str, frozenset[int]] = {
    "BatchNormalization": frozenset({3, 4}),
}
"""Inputs that hold statistics: buffers."""

BIASES = {"DequantizeLinear": 0, "QGemm": 6, "QLinearConv": 8}
"""Inputs that may be a bias in int32."""

STATES = {"GRU": (5,), "LSTM": (5, 6), "RNN": (5,)}
"""Inputs that hold what a recurrence begins with: no weights where that is made by the graph, or zeros."""

NOT_DATA: dict[str, frozenset[int]] = {
    "Clip": frozenset({1, 2}),
    **dict.fromkeys(("ConstantFill", "ConstantOfShape"), frozenset({0})),
    "ConvInteger": frozenset({2, 3}),
    "DequantizeLinear": frozenset({1, 2}),
    "Dropout": frozenset({1, 2}),
    "Expand": frozenset({1}),
    "MatMulInteger": frozenset({2, 3}),
    "OneHot": frozenset({1, 2}),
    "Pad": frozenset({1, 2, 3}),
    "QGemm": frozenset({1, 2, 4, 5, 7, 8}),
    "QLinearConv": frozenset({1, 2, 4, 5, 6, 7}),
    "QLinearMatMul": frozenset({1, 2, 4, 5, 6, 7}),
    "QuantizeLinear": frozenset({1, 2}),
    "Range": frozenset({0, 1, 2}),
    "Reshape": frozenset({1}),
    "Resize": frozenset({1, 2, 3}),
    "Slice": frozenset({1, 2, 3, 4}),
    "Split": frozenset({1}),
    "Squeeze": frozenset({1}),
    "Tile": frozenset({1}),
    "TopK": frozenset({1}),
    "Unsqueeze": frozenset({1}),
    "Upsample": frozenset({1}),
}
"""Inputs that say how, scales and zero points: no tensors of the network."""

FEWEST = {"If": 1, "SequenceInsert": 2, "SplitToSequence": 1, "OptionalGetElement": 1}
"""How many inputs the operators have at least that hold graphs or sequences."""

FEW = 8
"""Elements of a tensor that factors of sizes are computed from."""

ALIASES = frozenset({"Cast", "DequantizeLinear", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
"""Operators whose output, of a weight, is that weight in another form."""

REORDERING = frozenset({"DequantizeLinear", "Transpose"})
"""Those that hand on other elements than they read, or in another order."""

READ_WEIGHTS = ALIASES | frozenset(
    (
        *("BatchNormalization", "Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "GroupNormalization", "LSTM"),
        *("InstanceNormalization", "LayerNormalization", "MatMul", "PRelu", "RMSNormalization", "RNN"),
    )
)
"""Operators that read a Constant, or what is filled with one number, as a weight; elsewhere it is a mask or a table."""
