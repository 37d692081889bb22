"""Normalizations. Weights are counted, and statistics kept, differently; epsilon, which changes values, is carried
over.
"""

from __future__ import annotations

from typing import Any

from cnnshape.arithmetic.sizes import product, times
from cnnshape.operations.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    UnitNormalization,
)
from cnnshape.operations.scaling import LearnedScale, Rescale, Standardization
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call, default_of, known, unless

FREEZE = "PyTorch has no offset without a scale: its weight has to stay 1"


Affine = BatchNormalization | LayerNormalization | GroupNormalization


def in_keras(name: str, operation: Affine, request: Request) -> dict[str, Any]:
    """What Keras's layers are told, where it is not their default."""
    epsilon = unless(request.argument("eps"), default_of("keras", name, "epsilon"))
    told = {name: None if getattr(operation, name) else False for name in ("center", "scale")}
    return {"epsilon": epsilon, **told}


def in_pytorch(name: str, operation: Affine, request: Request, affine: str = "affine") -> dict[str, Any]:
    """Likewise PyTorch's, whose offset cannot stand without a scale."""
    eps = unless(request.argument("epsilon"), default_of("pytorch", name, "eps"))
    told = {affine: None if held(operation) else False}
    return {"eps": eps, **told, "bias": False if held(operation) == 1 else None}


def held(operation: Affine) -> int:
    """How many weights PyTorch has for each channel."""
    return 2 if operation.center else int(operation.scale)


def batch(operation: BatchNormalization, request: Request) -> Counterpart | None:
    """Batch normalization. PyTorch's normalizes axis 1 alone."""
    if not operation.statistics or operation.renorm:
        return None
    axis = operation.axis % request.rank
    network, request = request, request._replace(channel_axis=axis)
    if request.other == "keras":
        words = in_keras("BatchNormalization", operation, request)
        layer = call("BatchNormalization", **words, trainable=False if operation.frozen else None)
        note = "mean and variance are non-trainable parameters in Keras"
        if operation.frozen:
            note = "its weights are non-trainable parameters in Keras, as long as trainable=False is kept"
        counted = times(operation.scale + operation.center + 2, request.shape[axis])
        found = request.answer(layer, note=note, params=counted)
        return training_alike(found, layer, request.argument("momentum"), default_of("keras", layer.name, "momentum"))
    name = f"BatchNorm{max(request.rank - 2, 1)}d"
    layer = call(name, known(request.shape[axis]), **in_pytorch(name, operation, request))
    if axis not in (1, request.rank - 1):
        found = request.nothing(f"PyTorch normalizes along axis 1, Keras here along axis {axis}: move the axes before")
        return along_another_axis(found, network, axis, layer)
    note = "mean and variance are buffers in PyTorch, not parameters"
    if operation.center and not operation.scale:
        note = f"{note}; {FREEZE}"
    if not request.trainable:
        note = f"{note}; it is frozen here, and there by eval() and requires_grad_(False)"
    counted = times(held(operation), request.shape[axis])
    found = request._replace(moves=axis == request.rank - 1).answer(layer, note=note, params=counted)
    found = training_alike(found, layer, request.argument("momentum"), default_of("pytorch", name, "momentum"))
    return found if axis == network.channel_axis else along_another_axis(found, network, axis, found.equal[0])


def along_another_axis(found: Counterpart, network: Request, axis: int, layer: Call) -> Counterpart:
    """The answer for a layer along an axis that is not the one of the network's channels."""
    others = (each for each in range(1, len(network.inputs[0])) if each != axis)
    reason = "PyTorch normalizes along the second axis: the other one is put there before, and back behind"
    return found._replace(remedy=network.arranged((0, axis, *others), layer), reason=reason)


def training_alike(found: Counterpart, layer: Call, momentum: float | None, default: float) -> Counterpart:
    """The answer with statistics that follow batches as fast: one's momentum is 1 less the other's."""
    if found.verdict != "same" or momentum is None or round(1 - momentum, 9) == default:
        return found
    alike = layer._replace(keywords={**layer.keywords, "momentum": round(1 - momentum, 9)})
    return found._replace(remedy=(alike,), reason="PyTorch's momentum of statistics is 1 - Keras's")


def over_axes(operation: LayerNormalization, request: Request) -> Counterpart | None:
    """Layer normalization: over the last axes alone in PyTorch, over any in Keras.

    Its weights have the axes in their order. Where that is another one in the other framework, or the axes are not
    the last ones there, they are put as they lie here before, and back behind.
    """
    axes = tuple(sorted(axis % request.rank for axis in operation.axes))
    there = tuple(request.axis_there(axis) for axis in axes)
    ordered = there == tuple(sorted(there))
    request = request._replace(channel_axis=axes[-1])
    if operation.root_mean_square:
        return by_root_mean_square(operation, axes, request)
    if request.argument("rms_scaling"):
        return request.nothing("PyTorch has no layer that scales by the deviation alone")
    if request.other == "keras":
        over = there if ordered else axes
        layer = call(
            "LayerNormalization",
            axis=None if over == (request.rank - 1,) else over[0] if len(over) == 1 else over,
            **in_keras("LayerNormalization", operation, request),
        )
        return request.answer(*([layer] if ordered else request.in_our_order(layer)))
    direct = ordered and are_last(there, request.rank)
    sizes = tuple(known(request.shape[axis]) for axis in axes)
    layer = call(
        "LayerNorm",
        sizes[0] if len(sizes) == 1 else sizes,
        **in_pytorch("LayerNorm", operation, request, "elementwise_affine"),
    )
    if not direct and not are_last(axes, request.rank):
        found = request.nothing("PyTorch's LayerNorm normalizes the last axes alone: move the axes before")
        order = (*(axis for axis in range(request.rank) if axis not in axes), *axes)
        reason = "LayerNorm works on the last axes: they are put there before, and back behind"
        return found._replace(remedy=request.arranged(order, layer), reason=reason)
    note = "LayerNorm works on the last axes: they are put as they lie in Keras before, and back behind"
    notes = [*([note] if not direct else []), *([FREEZE] if operation.center and not operation.scale else [])]
    weights = times(held(operation), product(request.shape[axis] for axis in axes))
    layers = [layer] if direct else request.in_our_order(layer)
    return request.answer(*layers, note="; ".join(notes), params=weights)


def are_last(axes: tuple[int, ...], rank: int) -> bool:
    """Whether these axes are the last ones of `rank`."""
    return axes == tuple(range(rank - len(axes), rank))


SMALLEST = 1.1920928955078125e-07
"""PyTorch's epsilon of RMSNorm where none is given: that of 32-bit numbers."""


def by_root_mean_square(operation: LayerNormalization, axes: tuple[int, ...], request: Request) -> Counterpart | None:
    """Normalization without a mean, over the last axis."""
    if request.other == "pytorch":
        if not are_last(axes, request.rank):
            return None
        sizes = tuple(known(request.shape[axis]) for axis in axes)
        layer = call("RMSNorm", sizes[0] if len(sizes) == 1 else sizes, eps=request.argument("epsilon"))
        return request.answer(*request.in_our_order(layer))
    if axes != (request.rank - 1,):
        return request.nothing("Keras's RMSNormalization scales the last axis alone")
    if not operation.scale:
        return request.nothing("Keras's RMSNormalization always has a scale")
    epsilon = SMALLEST if request.argument("eps") is None else request.argument("eps")
    return request.answer(*request.in_our_order(call("RMSNormalization", epsilon=unless(epsilon, 1e-6))))


def group(operation: GroupNormalization, request: Request) -> Counterpart | None:
    """Group normalization along PyTorch's axis 1, and instance normalization, which has a group for each channel."""
    axis = operation.axis % request.rank
    if operation.statistics:
        return request.nothing("Keras has no instance normalization with running statistics")
    if request.other == "keras":
        there = request.axis_there(axis)
        words = in_keras("GroupNormalization", operation, request)
        axes = None if there == request.rank - 1 else there
        return request.answer(call("GroupNormalization", operation.groups, axis=axes, **words))
    if request.axis_there(axis) != 1:
        return request.nothing(f"PyTorch normalizes along axis 1, Keras here along axis {axis}: move the axes before")
    channels = known(request.shape[axis])
    groups = channels if operation.groups == -1 else operation.groups
    layer = call("GroupNorm", groups, channels, **in_pytorch("GroupNorm", operation, request))
    note = FREEZE if operation.center and not operation.scale else ""
    return request.answer(layer, note=note, params=times(held(operation), request.shape[axis]))


def to_unit_length(operation: UnitNormalization, request: Request) -> Counterpart | None:
    """Samples scaled to length 1 along one axis."""
    axes = tuple(sorted(request.axis_there(axis) for axis in operation.axes))
    if request.other == "pytorch":
        return request.answer(call("normalize", dim=None if axes == (1,) else axes[0])) if len(axes) == 1 else None
    if request.argument("p") != 2:
        return request.nothing("Keras's UnitNormalization takes the root of squares alone (p=2)")
    return request.answer(call("UnitNormalization", axis=None if axes == (request.rank - 1,) else axes))


KERAS_EPSILON, SMALLEST_VARIANCE = 1e-07, 1e-14
"""By which Keras's Normalization divides at least, and the square of that."""


def standardized(operation: Standardization, request: Request) -> Counterpart | None:
    """Keras's statistics of a data set, as a batch normalization of torchvision that never changes its own.

    Constants become the values of its buffers; one pair for all elements is a product and a sum.
    """
    if request.other == "keras" or request.argument("invert"):
        return None
    means, variances = request.argument("mean"), request.argument("variance")
    if isinstance(means, int | float) and isinstance(variances, int | float):
        deviation = max(variances**0.5, KERAS_EPSILON)
        return request.answer(call("mul", 1 / deviation), call("add", -means / deviation))
    axes = tuple(axis % request.rank for axis in operation.axes)
    if request.rank != 4 or axes != (request.channel_axis,):
        return request.nothing("torchvision normalizes by given statistics along the channels of maps alone")
    layer = call("FrozenBatchNorm2d", known(request.shape[-1]), eps=SMALLEST_VARIANCE)
    if means is not None:
        layer = layer._replace(values={"mean": means, "variance": variances})
    return request.answer(layer, note="statistics that training leaves alone are those of a FrozenBatchNorm2d")


def scaled(operation: LearnedScale, request: Request) -> Counterpart | None:
    """A trained factor for each channel, which both have as a class of some of their networks."""
    axis = operation.axis % request.rank
    channels = known(request.shape[axis])
    if request.other == "pytorch":
        request = request._replace(channel_axis=axis)
        init = request.argument("init_values")
        return request.answer(call("LayerScale", channels, init)) if axis == request.rank - 1 else None
    return request.answer(call("LayerScale", request.argument("init"), channels))


def rescaled(operation: Rescale, request: Request) -> Counterpart | None:
    """Keras's Rescaling: a factor, and what is added."""
    if request.layer != "Rescaling":
        return None
    scale, offset = request.argument("scale"), request.argument("offset")
    if isinstance(scale, list | tuple) or isinstance(offset, list | tuple):
        return None
    return request.answer(call("mul", scale), *([call("add", offset)] if offset else []))
