"""The layers within Keras's own layers: they are switched one by one, each with its weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnshape.network.answers import Lowered
from cnnshape.network.batch import again
from cnnshape.readers.python.language.values import Opaque, Stop, Tensor, Value, now, words
from cnnshape.readers.python.rows.applying import tensors_in
from cnnshape.value import replace
from cnnshape.vocabularies.keras.calls import ORDERS, SWITCHES, TENSORS

ATTENTION = ("MultiHeadAttention", "GroupQueryAttention")
PROJECTIONS = dict(
    zip(("query_dense", "key_dense", "value_dense", "output_dense"), ("query", "key", "value", "output"), strict=True)
)
PARTS: dict[str, dict[str, str]] = {
    **dict.fromkeys(ATTENTION, PROJECTIONS),
    "Bidirectional": {"forward_layer": "forward", "backward_layer": "backward"},
    **{kind: {"layer": ""} for kind in ("TimeDistributed", "SpectralNormalization")},
    **{kind: {"cell": ""} for kind in words("RNN LSTM GRU SimpleRNN ConvLSTM1D ConvLSTM2D ConvLSTM3D")},
}
"""By kind the attributes that hold layers, and how the names of their weights begin."""


def text_of(value: Value) -> Value:
    """An initializer, a regularizer or a constraint as a file has it; anything else as it is."""
    return value._text if hasattr(type(value), "_text") else value


def part(base: Any, name: str, trainable: Value = True, **more: Value) -> Any:
    """A layer within another, which makes no row."""
    made = object.__new__(base)
    vars(made).update(name=name, trainable=trainable, **more)
    return made


def give_parts(layer: Any, base: Any) -> None:
    """Give a layer those within it that it has from the first: what it was told, or new ones of a base class."""
    own = vars(layer)
    kind = layer._layer_type.name
    if kind == "Bidirectional":  # which makes both anew
        forward = own.pop("layer", None)
        backward = own.pop("backward_layer", None) or forward
        for name, like in (("forward", forward), ("backward", backward)):
            named = f"{name}_{getattr(like, 'name', '')}"
            own[f"{name}_layer"] = part(base, named, getattr(like, "trainable", True))
    elif "cell" in PARTS.get(kind, ()):
        cell = own.get("cell")
        if isinstance(cell, list | tuple):
            own["cell"] = part(base, "stacked_rnn_cells", cells=list(cell))
        elif cell is None:
            own["cell"] = part(base, f"{own['name']}_cell", own["trainable"])


def build_parts(layer: Any, base: Any) -> None:
    """Give a layer those within it that it makes where it is built, whether it trains itself or not."""
    if PARTS.get(layer._layer_type.name) is PROJECTIONS:
        for attribute, name in PROJECTIONS.items():
            made = part(base, "attention_output" if name == "output" else name)
            vars(layer)[attribute] = vars(layer)[f"_{attribute}"] = made


def frozen_of(layer: Any, names: Iterable[str]) -> frozenset[str]:
    """Which of a layer's weights do not train, by the layers within it."""
    own = vars(layer)
    cells = own.get("cells")
    if cells is not None:
        states = {(type(each).__name__, frozen_of(each, ("",)) != frozenset()) for each in cells}
        if len({name for name, _ in states}) < len(states):
            raise Stop("CS601", "cells of one kind, of which some train and some do not, are not read")
        still = tuple(f"{name}." for name, frozen in states if frozen)
        return frozenset(each for each in names if each.startswith(still))
    parts = PARTS.get(layer._layer_type.name, {}) if layer._layer_type is not None else {}
    if not parts:
        return frozenset(names if own.get("trainable") is False else ())
    return frozenset(
        each
        for attribute, prefix in parts.items()
        for each in (frozen_of(own[attribute], names) if attribute in own else ())
        if each.startswith(prefix)
    )


IGNORED = frozenset({"training", "mask"})
"""What any layer may be called with beside its tensors: the network is read in inference mode."""


def switched(kind: str, lowered: Any, keywords: dict[str, Value]) -> tuple[Any, tuple[Tensor, ...]]:
    """A layer as it is called, with its masks: what is read of that is taken from the keywords."""
    masks: list[Tensor] = []
    said: dict[str, Any] = {}
    for name in IGNORED.union(set(ORDERS.get(kind, ())) - TENSORS).intersection(keywords):
        value = keywords.pop(name)
        flowing = [each for each in tensors_in(value) if each.row is not None]
        masks += flowing
        if flowing:
            given = isinstance(value, Tensor) and value.row == -1
            said[name] = now().trace.inputs[value.output][0] if given else None
        elif value is True and name not in SWITCHES:
            said[name] = True
        if name in SWITCHES and isinstance(value, Opaque):
            value.refuse()
        if name in SWITCHES and value and lowered is not None:
            lowered = again(lowered, replace(lowered.operation, **{SWITCHES[name]: True}))
    if said and lowered is not None:
        bound = lowered.bound
        bound = bound._replace(extra={**bound.extra, "call": dict(sorted(said.items()))})
        lowered = Lowered(bound, lowered.operation)
    return lowered, tuple(masks)


def nested(kind: str, layer: Any, outputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """What a layer gives, as Keras hands it out: the states of each of several cells together."""
    cells = getattr(vars(layer).get("cell"), "cells", ())
    if kind != "RNN" or len(outputs) < 2 or len(cells) < 2:
        return outputs
    states = iter(outputs[1:])
    sizes = (2 if type(each).__name__ == "LSTMCell" else 1 for each in cells)
    own = ([next(states) for _ in range(size)] for size in sizes)
    return (outputs[0], *(each if len(each) > 1 else each[0] for each in own))
