"""Layers that pass their input on at inference: dropout and its kin."""

from __future__ import annotations

from cnnshape.operations.views import Identity
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import call

NAMED = {
    "Dropout": "Dropout", "SpatialDropout1D": "Dropout1d", "SpatialDropout2D": "Dropout2d",
    "SpatialDropout3D": "Dropout3d", "AlphaDropout": "AlphaDropout", "Identity": "Identity",
}  # fmt: skip
"""Keras's names, and PyTorch's."""

ONLY_HERE = {
    "GaussianDropout": "PyTorch has no GaussianDropout: it multiplies by noise in training only",
    "GaussianNoise": "PyTorch has no GaussianNoise: it adds noise in training only",
    "FeatureAlphaDropout": "Keras has no FeatureAlphaDropout: it drops channels in training only",
}


def passed_on(operation: Identity, request: Request) -> Counterpart | None:
    """The layer that does the same in training."""
    if request.layer in ONLY_HERE:
        return request.nothing(ONLY_HERE[request.layer])
    if request.argument("noise_shape") is not None:
        return request.nothing("PyTorch's Dropout draws for each element: it has no noise_shape")
    if request.other == "pytorch":
        if request.layer not in NAMED:
            return None
        name = NAMED[request.layer]
        return request.answer(call(name) if name == "Identity" else call(name, request.argument("rate")))
    for keras, pytorch in NAMED.items():
        if request.layer in (pytorch, pytorch.lower()) and pytorch != "Identity":
            return request.answer(call(keras, request.argument("p")))
    return request.answer(call("Identity")) if request.layer == "Identity" else None
