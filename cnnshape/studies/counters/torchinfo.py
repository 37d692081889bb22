"""torchinfo multiplies a convolution's parameters by its output grid, and adds those of other modules once a call.

`LayerInfo.calculate_macs`. It sees no functions, and no parameters of a module that holds other modules.
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.studies.counters.call import BIAS, PARAMETERS, PRODUCTS, TRANSPOSED, Call, Part

OF_STEPS = frozenset(f"{name}{cell}" for name in ("RNN", "GRU", "LSTM") for cell in ("", "Cell"))
"""Layers whose parameters count once for every index of the second axis of what they make."""


HOLDING = ("MultiheadAttention", "BatchNormAct2d")
"""Modules that hold others, whose own parameters do not count."""


def parameters(call: Call) -> list[Part]:
    """Kernel and bias for every output position of a convolution; as many as there are for any other module."""
    if call.name[0].islower() or call.name == "LayerScale":  # a function; a parameter of the block around it
        return []
    if call.name in OF_STEPS:
        return [(PARAMETERS, times(call.output[1], elements(call, bias=None)))]
    if call.name in HOLDING:
        return []
    if call.normalized:  # by names that are not those of weights and biases
        bare = [weight for weight in call.weights if weight.name == "bias"]
        norms = [weight for weight in call.weights if weight.name != "bias"]
        return [(PARAMETERS, times(call.output[1], elements(call._replace(weights=tuple(norms)), bias=None)))] + (
            parameters(call._replace(weights=tuple(bare), normalized=False)) if bare else []
        )
    if "Conv" not in call.name:
        return [(PRODUCTS if call.name == "Linear" else PARAMETERS, elements(call, bias=None))]
    positions = product(call.layout.spatial(call.output))
    return [
        (TRANSPOSED if "Transpose" in call.name else PRODUCTS, times(positions, elements(call, bias=False))),
        (BIAS, times(positions, elements(call, bias=True))),
    ]


def elements(call: Call, *, bias: bool | None) -> Dim:
    """Elements of its parameters: all, or those that are (or are not) a bias."""
    kept = [weight for weight in call.weights if weight.kind != "buffer" and bias in (None, weight.name == "bias")]
    return total(product(weight.shape) for weight in kept)
