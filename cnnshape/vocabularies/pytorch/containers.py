"""PyTorch's modules around modules."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.operations.composed import chain
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import PowerIteration, WeightNormalization
from cnnshape.vocabularies.held import HeldLayer, HeldLayers
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.objects import Gathered
from cnnshape.vocabularies.values import Integer, NonNegative, Number, Positive
from cnnshape.vocabularies.vocabulary import LayerType


def Sequential(defaults: Defaults, modules: Annotated[HeldLayers, Gathered]) -> Operation:
    """Sequential: modules one after the other. Each on what the one before gives."""
    return chain([(str(number), each.operation(defaults)) for number, each in enumerate(modules)], modules)


class Normalized(Layer):
    """The module, and which of its weights is meant."""

    module: HeldLayer
    name: str = "weight"


class WeightNorm(Normalized):
    """torch.nn.utils.weight_norm: a weight as its direction and its length."""

    dim: Integer | None = 0

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The module, with lengths."""
        return WeightNormalization(self.module.operation(defaults), self.name, self.dim)


class SpectralNorm(Normalized):
    """torch.nn.utils.spectral_norm: a weight divided by its largest singular value."""

    n_power_iterations: Positive = 1
    eps: Number = 1e-12
    dim: NonNegative | None = None

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The module, with the two vectors of the power iteration; a transposed convolution's outputs lie second."""
        held: Any = self.module
        transposed = held.bound.kind.name.startswith("ConvTranspose")
        dim = self.dim if self.dim is not None else 1 if transposed else 0
        return PowerIteration(held.operation(defaults), self.name, dim)
