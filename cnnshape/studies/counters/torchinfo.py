"""torchinfo multiplies a convolution's parameters by its output grid, and adds those of other modules once a call.

`LayerInfo.calculate_macs`. It sees no functions, and no parameters of a module that holds other modules.
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.studies.counters.call import BIAS, PARAMETERS, PRODUCTS, TRANSPOSED, Call, Part


def parameters(call: Call) -> list[Part]:
    """Kernel and bias for every output position of a convolution; as many as there are for any other module."""
    if call.name[0].islower() or call.name == "LayerScale":  # a function; a parameter of the block around it
        return []
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
