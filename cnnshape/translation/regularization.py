"""Layers that pass their input on at inference: dropout and its kin."""

from __future__ import annotations

from cnnshape.operations.views import Identity
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call
from cnnshape.translation.own import one_a_sample

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


def dropped_together(request: Request, rank: int) -> Counterpart:
    """All of a sample dropped, or nothing: a layer in torchvision, noise of one value for each sample in Keras."""
    if request.other == "keras":
        rate, rows = request.argument("p"), request.argument("mode") == "row"
        return request.answer(samples_dropped(rate, rank) if rows else call("Dropout", rate, noise_shape=(1,) * rank))
    if request.layer == "StochasticDepth":
        return request.answer(call("StochasticDepth", request.argument("drop_path_rate"), "row"))
    rate, noise = request.argument("rate"), tuple(request.argument("noise_shape"))
    drawn = {axis for axis, size in enumerate(noise) if size != 1}  # along these axes for each element
    if drawn <= {0}:
        return request.answer(call("StochasticDepth", rate, "row" if drawn else "batch"))
    if drawn == {0, request.channel_axis} and 3 <= rank <= 5 and request.moves:
        return request.answer(call(f"Dropout{rank - 2}d", rate))
    return request.nothing(
        f"PyTorch drops elements, channels or samples; noise of shape {noise} is neither: leave noise_shape out, or "
        f"write one of {samples_dropped(rate, rank)}"
    )


def samples_dropped(rate: float, rank: int) -> Call:
    """Keras's layer that drops whole samples."""
    return call("Dropout", rate, noise_shape=one_a_sample(rank))


def passed_on(operation: Identity, request: Request) -> Counterpart | None:
    """The layer that does the same in training."""
    if request.layer in ONLY_HERE:
        return request.nothing(ONLY_HERE[request.layer])
    if request.layer == "AlphaDropout" and request.argument("noise_shape") is not None:
        return request.nothing("PyTorch's AlphaDropout draws anew for every element: leave noise_shape out")
    if request.layer == "StochasticDepth" or request.argument("noise_shape") is not None:
        return dropped_together(request, request.rank)
    if request.layer == "DropPath":
        if not request.argument("scale_by_keep"):
            return request.nothing("Keras's Dropout scales what it keeps: leave scale_by_keep=False out")
        return request.answer(samples_dropped(request.argument("drop_prob"), request.rank))
    if request.other == "pytorch":
        if request.layer not in NAMED:
            return None
        name = NAMED[request.layer]
        return request.answer(call(name) if name == "Identity" else call(name, request.argument("rate")))
    for keras, pytorch in NAMED.items():
        if request.layer in (pytorch, pytorch.lower()) and pytorch != "Identity":
            return request.answer(call(keras, request.argument("p")))
    return request.answer(call("Identity")) if request.layer == "Identity" else None
