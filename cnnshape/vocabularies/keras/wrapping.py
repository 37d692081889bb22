"""Keras's layers around layers. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import wrapping
from cnnshape.operations.composed import chain
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.held import HeldLayer, HeldLayers, OptionalLayer
from cnnshape.vocabularies.keras.recurrent import CELLS, recurrent
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Layer
from cnnshape.vocabularies.values import Kept, Positive
from cnnshape.vocabularies.vocabulary import LayerType


class TimeDistributed(Layer):
    """TimeDistributed: a layer at every step."""

    layer: HeldLayer

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The layer for every index of axis 1."""
        return wrapping.PerStep(self.layer.operation(defaults))


class Bidirectional(Layer):
    """Bidirectional: a recurrent layer forwards, and it or another one backwards."""

    layer: HeldLayer
    merge_mode: Literal["concat", "sum", "ave", "mul"] | None = "concat"
    weights: Kept = None
    backward_layer: OptionalLayer = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Both, and how their outputs are merged."""
        forwards = self.layer.operation(defaults)
        backwards = self.backward_layer.operation(defaults) if self.backward_layer else forwards
        return wrapping.BothDirections(forwards, backwards, self.merge_mode)


class SpectralNormalization(Layer):
    """SpectralNormalization: a layer whose kernel is normalized by power iterations."""

    layer: HeldLayer
    power_iterations: Positive = 1

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The layer, with the vector that normalizes the kernel."""
        return wrapping.SpectralNormalization(self.layer.operation(defaults))


class Pipeline(Layer):
    """Pipeline: layers one after the other."""

    layers: HeldLayers

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Each layer on what the one before gives."""
        return chain([(each.bound.kind.name, each.operation(defaults)) for each in self.layers])


class Sequential(Pipeline):
    """keras.Sequential, as a layer."""

    trainable: bool = True
    name: Kept = None


class RNN(Layer):
    """RNN: a cell over all steps, or several, each on what the one before gives."""

    cell: HeldLayers
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    zero_output_for_mask: bool = False

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The layers of the cells, those before the last at every step."""
        cells = [cell for held in self.cell for cell in cells_of(held.bound, kind)]
        if self.return_state and len(cells) > 1:
            message = f"{kind.name} of several cells with return_state is not known here"
            raise Fault("CS105", message, argument="return_state")
        layers = []
        for number, (name, cell) in enumerate(cells, start=1):
            every_step = self.return_sequences or number < len(cells)
            layers.append((name, recurrent(cell, kind, name.removesuffix("Cell"), every_step, self.return_state)))
        return layers[0][1] if len(layers) == 1 else chain(layers)


def cells_of(bound: BoundLayer, kind: LayerType) -> list[tuple[str, Layer]]:
    """The cells that a layer is, with their classes. Raises `Fault` where it is none."""
    layer = bound.layer
    if isinstance(layer, CELLS):
        return [(bound.kind.name, layer)]
    if isinstance(layer, StackedRNNCells):
        return [cell for held in layer.cells for cell in cells_of(held.bound, kind)]
    raise Fault("CS105", f"{kind.name} takes cells, such as LSTMCell(8), got {bound.kind.name}", argument="cell")


class StackedRNNCells(Layer):
    """StackedRNNCells: cells for RNN, one on the other."""

    cells: HeldLayers

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """Cells run in RNN alone."""
        raise Fault("CS105", f"{kind.name} runs in RNN", fix=f"write RNN({kind.name}([...]))")
