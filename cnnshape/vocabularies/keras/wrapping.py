"""Keras's layers around layers. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import wrapping
from cnnshape.operations.composed import chain
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.held import HeldLayer, HeldLayers, OptionalLayer
from cnnshape.vocabularies.keras.recurrent import CELLS, recurrent
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Layer
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
    """RNN: a cell over all steps, or several, each on what the one before gives."""
    cells = [each for held in cell for each in cells_of(held.bound, kind)]
    if return_state and len(cells) > 1:
        message = f"{kind.name} of several cells with return_state is not known here"
        raise Fault("CS105", message, argument="return_state")
    layers = []
    for number, (name, one) in enumerate(cells, start=1):
        every_step = return_sequences or number < len(cells)
        layers.append((name, recurrent(one, kind, name.removesuffix("Cell"), every_step, return_state)))
    return layers[0][1] if len(layers) == 1 else chain(layers)


def cells_of(bound: BoundLayer, kind: LayerType) -> list[tuple[str, Layer]]:
    """The cells that a layer is, with their classes. Raises `Fault` where it is none."""
    layer: Any = bound.layer
    if isinstance(layer, CELLS):
        return [(bound.kind.name, layer)]
    if bound.kind.name == "StackedRNNCells":
        return [cell for held in layer.cells for cell in cells_of(held.bound, kind)]
    raise Fault("CS105", f"{kind.name} takes cells, such as LSTMCell(8), got {bound.kind.name}", argument="cell")


def StackedRNNCells(kind: LayerType, cells: HeldLayers) -> Operation:
    """StackedRNNCells: cells for RNN, one on the other."""
    raise Fault("CS105", f"{kind.name} runs in RNN", fix=f"write RNN({kind.name}([...]))")
