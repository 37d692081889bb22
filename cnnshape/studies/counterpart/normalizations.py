"""Normalizations. Weights are counted, and statistics kept, differently; epsilon, which changes values, is carried
over.
"""

from __future__ import annotations

from cnnshape.arithmetic.sizes import product, times
from cnnshape.operations.normalization import BatchNormalization, LayerNormalization
from cnnshape.operations.operation import normalize_axis
from cnnshape.studies.counterpart.answer import Counterpart, Request
from cnnshape.studies.counterpart.calls import call, default_of, known, unless

FREEZE = "PyTorch has no offset without a scale: its weight has to stay 1"


def batch(operation: BatchNormalization, request: Request) -> Counterpart | None:
    """Batch normalization. PyTorch's normalizes axis 1 alone."""
    (shape,) = request.inputs
    if not operation.statistics or operation.renorm:
        return None
    axis = normalize_axis(operation.axis, len(shape))
    request = request._replace(channel_axis=axis)
    scale, center = operation.scale, operation.center
    if request.other == "keras":
        layer = call(
            "BatchNormalization",
            epsilon=unless(request.argument("eps"), default_of("keras", "BatchNormalization", "epsilon")),
            center=None if center else False,
            scale=None if scale else False,
        )
        note = "mean and variance are non-trainable parameters in Keras"
        return request.answer(layer, note=note, params=times(scale + center + 2, shape[axis]))
    if axis not in (1, len(shape) - 1):
        return request.nothing(f"PyTorch normalizes along axis 1, Keras here along axis {axis}: move the axes before")
    name = f"BatchNorm{max(len(shape) - 2, 1)}d"
    layer = call(
        name,
        known(shape[axis]),
        eps=unless(request.argument("epsilon"), default_of("pytorch", name, "eps")),
        affine=None if scale or center else False,
        bias=False if scale and not center else None,
    )
    note = "mean and variance are buffers in PyTorch, not parameters"
    if center and not scale:
        note = f"{note}; {FREEZE}"
    weights = 2 if center else int(scale)
    return request._replace(moves=axis == len(shape) - 1).answer(layer, note=note, params=times(weights, shape[axis]))


def layer(operation: LayerNormalization, request: Request) -> Counterpart | None:
    """Layer normalization over the last axes, whatever they hold: channels stay where they are."""
    (shape,) = request.inputs
    rank = len(shape)
    axes = tuple(sorted(normalize_axis(axis, rank) for axis in operation.axes))
    if operation.root_mean_square:
        return None
    request = request._replace(channel_axis=rank - 1, moves=False)
    scale, center = operation.scale, operation.center
    if request.other == "keras":
        written = call(
            "LayerNormalization",
            axis=None if axes == (rank - 1,) else axes,
            epsilon=unless(request.argument("eps"), default_of("keras", "LayerNormalization", "epsilon")),
            center=None if center else False,
            scale=None if scale else False,
        )
        return request.answer(written)
    if axes != tuple(range(axes[0], rank)):
        return request.nothing("PyTorch's LayerNorm normalizes the last axes alone: move the axes before")
    sizes = tuple(known(shape[axis]) for axis in axes)
    written = call(
        "LayerNorm",
        sizes[0] if len(sizes) == 1 else sizes,
        eps=unless(request.argument("epsilon"), default_of("pytorch", "LayerNorm", "eps")),
        elementwise_affine=None if scale or center else False,
        bias=False if scale and not center else None,
    )
    weights = times(2 if center else int(scale), product(shape[axis] for axis in axes))
    return request.answer(written, note=FREEZE if center and not scale else "", params=weights)
