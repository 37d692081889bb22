"""Normalizations as operators of ONNX, as they are in evaluation."""

from __future__ import annotations

import numpy as np

from cnnshape.writers.onnx.step import Step, spread


def batch_norm(step: Step) -> None:
    """By the moving statistics, as in evaluation."""
    channels = step.shapes[0][1]
    names = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    if "running_mean" not in step.weights:
        raise step.refusal("statistics of the batch (track_running_stats=False)")
    weights = [step.weights.get(name) or step.graph.constant([value] * channels) for name, value in names.items()]
    step.end("BatchNormalization", [step.inputs[0], *weights], epsilon=step.layer.eps)


def layer_norm(step: Step) -> None:
    """Over the last axes."""
    axes = step.rank - len(spread(step.layer.normalized_shape, 1))
    scale = step.weights.get("weight") or step.graph.constant(np.ones(step.shapes[0][axes:]))
    bias = [step.weights["bias"]] if "bias" in step.weights else []
    normalized(step, step.inputs[0], [scale, *bias], axes, step.outputs)


def normalized(step: Step, read: str, weights: list[str], axis: int, outputs: list[str] | None = None) -> str:
    """Layer normalization from an axis on: an operator of its own from opset 17 on."""
    epsilon = step.layer.eps
    if step.graph.opset >= 17:
        return step.add("LayerNormalization", [read, *weights], outputs, axis=axis, epsilon=epsilon)

    axes = range(axis, step.rank)
    centred = step.add("Sub", [read, step.reduced("ReduceMean", read, axes)])
    squares = step.reduced("ReduceMean", step.add("Mul", [centred, centred]), axes)
    variance = step.add("Add", [squares, step.graph.constant(epsilon)])
    factor, *bias = weights
    scaled = [step.add("Div", [centred, step.add("Sqrt", [variance])]), factor]
    if not bias:
        return step.add("Mul", scaled, outputs)
    return step.add("Add", [step.add("Mul", scaled), *bias], outputs)


def channel_layer_norm(step: Step) -> None:
    """Over the channels alone, which are moved to the end and back."""
    order = [0, *range(2, step.rank), 1]
    moved = step.add("Transpose", step.inputs, perm=order)
    names = [step.weights[name] for name in ("weight", "bias") if name in step.weights]
    normal = normalized(step, moved, names, step.rank - 1)
    step.end("Transpose", [normal], perm=[0, step.rank - 1, *range(1, step.rank - 1)])


def instance_norm(step: Step) -> None:
    """Each channel by itself."""
    if "running_mean" in step.weights:
        batch_norm(step)
        return
    channels = step.shapes[0][1]
    scale = step.weights.get("weight") or step.graph.constant([1.0] * channels)
    bias = step.weights.get("bias") or step.graph.constant([0.0] * channels)
    step.end("InstanceNormalization", [step.inputs[0], scale, bias], epsilon=step.layer.eps)


def group_norm(step: Step) -> None:
    """Groups as channels of an instance normalization, then the scale and bias of each channel."""
    groups, shape = step.layer.num_groups, step.shapes[0]
    ones = [step.graph.constant([value] * groups) for value in (1.0, 0.0)]
    grouped = step.add("Reshape", [step.inputs[0], step.graph.constant([0, groups, -1], "int64")])
    normal = step.add("InstanceNormalization", [grouped, *ones], epsilon=step.layer.eps)
    result = [normal, step.sizes(shape)]
    if not step.weights:
        step.end("Reshape", result)
        return
    back = step.add("Reshape", result)
    wide = step.graph.constant([-1, *[1] * (step.rank - 2)], "int64")
    scale, bias = (step.add("Reshape", [step.weights[name], wide]) for name in ("weight", "bias"))
    step.end("Add", [step.add("Mul", [back, scale]), bias])


def root_mean_square(step: Step) -> None:
    """By the root of the mean of squares over the last axes."""
    layer, (read, *_) = step.layer, step.inputs
    axes = range(step.rank - len(spread(layer.normalized_shape, 1)), step.rank)
    epsilon = float(np.finfo(np.float32).eps) if layer.eps is None else layer.eps
    mean = step.reduced("ReduceMean", step.add("Mul", [read, read]), axes)
    length = step.add("Sqrt", [step.add("Add", [mean, step.graph.constant(epsilon)])])
    if step.weights:
        step.end("Mul", [step.add("Div", [read, length]), *step.weights.values()])
    else:
        step.end("Div", [read, length])


def to_unit_length(step: Step) -> None:
    """By the length along one axis, which is at least epsilon."""
    layer = step.layer
    kind = {1: "ReduceL1", 2: "ReduceL2"}.get(layer.p)
    if kind is None:
        raise step.refusal(f"p={layer.p}")
    length = step.reduced(kind, step.inputs[0], step.axes(layer.dim))
    step.end("Div", [*step.inputs, step.add("Clip", [length, step.graph.constant(float(layer.eps))])])


def scale(step: Step) -> None:
    """By a weight for each channel."""
    wide = step.graph.constant([-1, *[1] * (step.rank - 2)], "int64")
    step.end("Mul", [*step.inputs, step.add("Reshape", [*step.weights.values(), wide])])


def local_response(step: Step) -> None:
    """Over neighbouring channels."""
    layer = step.layer
    if not layer.size % 2 or step.rank < 4:
        raise step.refusal(f"size={layer.size} over {step.rank} axes")
    step.end("LRN", step.inputs, size=layer.size, alpha=float(layer.alpha), beta=float(layer.beta), bias=float(layer.k))
