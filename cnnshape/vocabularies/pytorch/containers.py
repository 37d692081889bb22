"""PyTorch's modules around modules."""

from __future__ import annotations

from typing import Annotated

from cnnshape.operations.composed import chain
from cnnshape.operations.operation import Operation
from cnnshape.operations.wrapping import PowerIteration, WeightNormalization
from cnnshape.vocabularies.held import HeldLayer, HeldLayers
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.objects import Gathered
from cnnshape.vocabularies.values import Integer, NonNegative, Number, Positive


def Sequential(defaults: Defaults, modules: Annotated[HeldLayers, Gathered]) -> Operation:
    """Sequential: modules one after the other. Each on what the one before gives."""
    return chain([(str(number), each.operation(defaults)) for number, each in enumerate(modules)], modules)


def WeightNorm(defaults: Defaults, module: HeldLayer, name: str = "weight", dim: Integer | None = 0) -> Operation:
    """torch.nn.utils.weight_norm: a weight as its direction and its length."""
    return WeightNormalization(module.operation(defaults), name, dim)


def SpectralNorm(
    defaults: Defaults,
    module: HeldLayer,
    name: str = "weight",
    n_power_iterations: Positive = 1,
    eps: Number = 1e-12,
    dim: NonNegative | None = None,
) -> Operation:
    """torch.nn.utils.spectral_norm: a weight divided by its largest singular value."""
    if dim is None:  # where the outputs lie
        dim = int(module.bound.kind.name.startswith("ConvTranspose"))
    return PowerIteration(module.operation(defaults), name, dim)
