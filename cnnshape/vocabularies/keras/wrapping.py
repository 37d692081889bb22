"""Keras's layers around layers. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import wrapping
from cnnshape.operations.composed import Composed, Part, chain
from cnnshape.operations.operation import Operation
from cnnshape.operations.recurrent import CELLS as STATES
from cnnshape.vocabularies.held import Held, HeldLayer, HeldLayers, OptionalLayer
from cnnshape.vocabularies.keras.recurrent import CELLS, recurrent
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Positive
from cnnshape.vocabularies.vocabulary import LayerType


def TimeDistributed(defaults: Defaults, layer: HeldLayer) -> Operation:
    """TimeDistributed: a layer at every step."""
    return wrapping.PerStep(layer.operation(defaults))


def Bidirectional(
    defaults: Defaults,
    layer: HeldLayer,
    merge_mode: Literal["concat", "sum", "ave", "mul"] | None = "concat",
    weights: Kept = None,
    backward_layer: OptionalLayer = None,
) -> Operation:
    """Bidirectional: a recurrent layer forwards, and it or another one backwards."""
    backwards = backward_layer or layer
    return wrapping.BothDirections(layer.operation(defaults), backwards.operation(defaults), merge_mode)


def SpectralNormalization(defaults: Defaults, layer: HeldLayer, power_iterations: Positive = 1) -> Operation:
    """SpectralNormalization: a layer whose kernel is normalized by power iterations."""
    return wrapping.SpectralNormalization(layer.operation(defaults))


def Pipeline(defaults: Defaults, layers: HeldLayers) -> Operation:
    """Pipeline: layers one after the other."""
    return chain([(each.bound.kind.name, each.operation(defaults)) for each in layers])


def Sequential(defaults: Defaults, layers: HeldLayers, trainable: bool = True, name: Kept = None) -> Operation:
    """keras.Sequential, as a layer."""
    return Pipeline(defaults, layers)


def RNN(
    kind: LayerType,
    cell: HeldLayers,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    stateful: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> Operation:
    """RNN: a cell over all steps, or several, each on what the one before gives; the states are those of all."""
    cells = [each for held in cell for each in cells_of(held, kind)]
    parts: list[Part] = []
    states: list[int] = []
    read, tensors = 0, 1
    for number, each in enumerate(cells, start=1):
        name, every_step = each.bound.kind.name, return_sequences or number < len(cells)
        one = recurrent(each.bound.layer, kind, name.removesuffix("Cell"), every_step, return_state)
        parts.append(Part(name, wrapping.Frozen(one) if each.is_frozen else one, (read,)))
        read, tensors = tensors, tensors + 1 + return_state * STATES[one.kind].states
        states += range(read + 1, tensors)
    return parts[0].operation if len(parts) == 1 else Composed(1, tuple(parts), (read, *states))


def cells_of(held: Held, kind: LayerType) -> list[Held]:
    """The cells that a layer is. Raises `Fault` where it is none."""
    layer: Any = held.bound.layer
    if isinstance(layer, CELLS):
        return [held]
    name = held.bound.kind.name
    if name == "StackedRNNCells":
        return [cell for each in layer.cells for cell in cells_of(each, kind)]
    raise Fault("CS105", f"{kind.name} takes cells, such as LSTMCell(8), got {name}", argument="cell")


def StackedRNNCells(kind: LayerType, cells: HeldLayers) -> Operation:
    """StackedRNNCells: cells for RNN, one on the other."""
    raise Fault("CS105", f"{kind.name} runs in RNN", fix=f"write RNN({kind.name}([...]))")
