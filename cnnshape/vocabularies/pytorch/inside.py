"""What layers of many steps take inside themselves, beside what they read, make and keep.

Measured in PyTorch 2.14.1, without oneDNN, by the storages that live (`benchmarks/live_storages.py`), in elements.
What is as small as one step of one layer is left out in part.
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import product
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.pytorch.saved.call import Call

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STATES = {"RNN": 1, "GRU": 1, "LSTM": 2}
LET_GO = {"RNN": 0, "GRU": 6, "LSTM": 3}
"""Tensors of a step that are gone when the gradients of the recurrent weights are first added up, to a third tensor."""


class Inside(NamedTuple):
    """What is alive at most beside all that is counted anyway.

    Attributes:
        inference: running without gradients.
        forward: running while training, when what is kept is there already.
        early: in the backward pass, while all is there that was kept, and no gradients of inputs and weights.
        late: when nothing is there of what the row alone kept: so much, or `more` than those gradients.
    """

    inference: int
    forward: int
    early: int
    late: int = 0
    more: int = 0


def taken_inside(call: Call) -> Inside | None:
    """What a call takes; None where it is no such layer, or its sizes are not known."""
    if None in next(iter(call.inputs), (None,)):
        return None
    if call.name in GATES:
        return of_steps(call)
    if call.name in ("LocalResponseNorm", "local_response_norm"):
        return Inside(2 * (call.made or 0), 0, 4 * (call.made or 0))
    if call.name.lower().startswith(("lppool", "lp_pool")):
        read, made = call.read or 0, call.made or 0
        return Inside(max(read, 3 * made), 0, 3 * made, 4 * read)
    if call.name == "MultiheadAttention" and set(call.alike[:3]) == {0} and "in_proj_weight" in call.weights:
        return of_attention(call)
    return None


def of_steps(call: Call) -> Inside:
    """A recurrent layer: gates of the whole input at once, and outputs step by step before they are joined."""
    arguments, gates, states = call.arguments, GATES[call.name], STATES[call.name]
    batch, steps = (size or 0 for size in call.inputs[0][:2][:: 1 if arguments.get("batch_first") else -1])
    units, layers = arguments["hidden_size"], arguments.get("num_layers", 1)
    directions = 2 if arguments.get("bidirectional") else 1
    one = batch * units
    whole = steps * one
    outputs = whole * (4 if directions == 2 else 1) + whole * directions * (layers > 1)
    copied = directions * whole * ((layers == 1) + (call.name == "LSTM"))
    if call.name == "LSTM":
        copied -= (1 + 2 * directions * (layers - 1)) * one
    if call.name == "RNN" or not arguments.get("batch_first"):
        copied = 0
    first = sum(call.weights.get(f"{name}_ih_l0") or 0 for name in ("weight", "bias"))
    weights = sum(size or 0 for size in call.weights.values()) - first
    read = (call.read or 0) if arguments.get("batch_first") else 0
    training = gates * whole
    if call.lower and call.name != "RNN" and not arguments.get("proj_size"):
        # the gates in the lower type; what is handed on, and the layer before gave, in float32 beside its casts
        training = training // 2 + directions * whole * (1 + (layers > 1))
    return Inside(
        gates * whole + outputs + max(copied, 0) + directions * (states * layers - 1) * one,
        training + (2 * whole if directions == 2 else 0),
        3 * gates * units * units - LET_GO[call.name] * one,
        weights + 2 * gates * whole + read,
        gates * whole + read,
    )


def of_attention(call: Call) -> Inside:
    """Attention of a tensor to itself: its projection before and after it is taken apart, gradients of all parts."""
    heads, whole = call.arguments["num_heads"], call.made or 0
    first, second, width = (size or 0 for size in call.inputs[0])
    length, batch = (second, first) if call.arguments.get("batch_first") else (first, second)
    weight = width * (width + bool(call.arguments.get("bias", True)))
    scores = heads * batch * length * length
    copied = whole if call.arguments.get("batch_first") and length != 1 and batch != 1 else 0
    late = weight + 10 * whole + copied
    if len(call.outputs) > 1:
        made = sum(product(shape) or 0 for shape in call.outputs)
        most = max(6 * whole, 3 * whole + 2 * scores, 5 * whole + scores)
        return Inside(most - made, 0, weight + 2 * scores - whole, late)
    return Inside(5 * whole, max(whole - heads * batch * length, 0), weight + 3 * whole, late)
