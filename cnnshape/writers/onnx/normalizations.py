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
    step.end("LayerNormalization", [step.inputs[0], scale, *bias], axis=axes, epsilon=step.layer.eps)


def channel_layer_norm(step: Step) -> None:
    """Over the channels alone, which are moved to the end and back."""
    order = [0, *range(2, step.rank), 1]
    moved = step.add("Transpose", step.inputs, perm=order)
    names = [step.weights[name] for name in ("weight", "bias") if name in step.weights]
    normal = step.add("LayerNormalization", [moved, *names], axis=-1, epsilon=step.layer.eps)
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


def local_response(step: Step) -> None:
    """Over neighbouring channels."""
    layer = step.layer
    if not layer.size % 2 or step.rank < 4:
        raise step.refusal(f"size={layer.size} over {step.rank} axes")
    step.end("LRN", step.inputs, size=layer.size, alpha=float(layer.alpha), beta=float(layer.beta), bias=float(layer.k))
