"""Functions of ``torch.nn.functional`` whose weights are arguments: the operations of layers."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnshape.operations.tensors import Lookup
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.functional import apply, apply_operation, one, tensors_in
from cnnshape.readers.python.values import Opaque, Tensor, Value


def weights(*values: Value) -> tuple[Tensor, ...]:
    """The weights among arguments."""
    return tuple(each for each in values if isinstance(each, Tensor))


def with_weights(m: Machine, name: str, kind: str, tensor: Value, given: dict[str, Value], *read: Value) -> Value:
    """A layer's operation on a tensor, the weights read from where they are kept."""
    for each in read:
        if isinstance(each, Opaque) or (isinstance(each, Tensor) and each.shape is None):
            why = each if isinstance(each, Opaque) else m.opaque(f"the weight of {name}")
            return m.trace.fail(m, name, tensors_in([tensor]), why)
    return apply(m, name, kind, (tensor,), [], given, weights(*read), weightless=True)


def convolution(rank: int, transposed: bool = False) -> Callable[..., Value]:
    """``F.conv2d`` and its like."""

    def run(m: Machine, input: Value, weight: Value, bias: Value = None, *rest: Value, **words: Value) -> Value:
        order = ("stride", "padding", "output_padding", "groups", "dilation") if transposed else STEPS
        given = {**dict(zip(order, rest, strict=False)), **words}
        name = f"conv_transpose{rank}d" if transposed else f"conv{rank}d"
        kind = f"ConvTranspose{rank}d" if transposed else f"Conv{rank}d"
        shape = weight.shape if isinstance(weight, Tensor) else None
        if shape is None or None in shape:
            return m.trace.fail(m, name, tensors_in([input]), m.opaque("the shape of a weight"))
        groups = given.get("groups", 1)
        first, second = shape[:2]
        channels = (first, second * groups) if transposed else (second * groups, first)
        given |= {"in_channels": channels[0], "out_channels": channels[1], "kernel_size": shape[2:]}
        return with_weights(m, name, kind, input, {**given, "bias": bias is not None}, weight, bias)

    return run


STEPS = ("stride", "padding", "dilation", "groups")


def linear(m: Machine, input: Value, weight: Value, bias: Value = None) -> Value:
    """``F.linear``."""
    if not isinstance(weight, Tensor) or weight.shape is None:
        return m.trace.fail(m, "linear", tensors_in([input]), m.opaque("the shape of a weight"))
    outputs, inputs = weight.shape
    given = {"in_features": inputs, "out_features": outputs, "bias": bias is not None}
    return with_weights(m, "linear", "Linear", input, given, weight, bias)


def batch_norm(
    m: Machine,
    input: Value,
    running_mean: Value = None,
    running_var: Value = None,
    weight: Value = None,
    bias: Value = None,
    training: Value = False,
    momentum: Value = 0.1,
    eps: Value = 1e-5,
) -> Value:
    """``F.batch_norm``: of tensors of any rank."""
    channels = input.shape[1] if input.shape and len(input.shape) > 1 else 1
    given = {"num_features": channels, "affine": weight is not None, "track_running_stats": running_mean is not None}
    return with_weights(m, "batch_norm", "SyncBatchNorm", input, given, weight, bias, running_mean, running_var)


def layer_norm(
    m: Machine, input: Value, normalized_shape: Value, weight: Value = None, bias: Value = None, eps: Value = 1e-5
) -> Value:
    """``F.layer_norm``."""
    given = {"normalized_shape": normalized_shape, "elementwise_affine": weight is not None}
    return with_weights(m, "layer_norm", "LayerNorm", input, given, weight, bias)


def rms_norm(m: Machine, input: Value, normalized_shape: Value, weight: Value = None, eps: Value = None) -> Value:
    """``F.rms_norm``."""
    given = {"normalized_shape": normalized_shape, "elementwise_affine": weight is not None}
    return with_weights(m, "rms_norm", "RMSNorm", input, given, weight)


def group_norm(
    m: Machine, input: Value, num_groups: Value, weight: Value = None, bias: Value = None, eps: Value = 1e-5
) -> Value:
    """``F.group_norm``."""
    channels = input.shape[1] if input.shape else 1
    given = {"num_groups": num_groups, "num_channels": channels, "affine": weight is not None}
    return with_weights(m, "group_norm", "GroupNorm", input, given, weight, bias)


def instance_norm(
    m: Machine,
    input: Value,
    running_mean: Value = None,
    running_var: Value = None,
    weight: Value = None,
    bias: Value = None,
    *_: Value,
    **__: Value,
) -> Value:
    """``F.instance_norm``."""
    rank = len(input.shape or (1, 1, 1)) - 2
    given = {"num_features": (input.shape or (1, 1))[1], "affine": weight is not None}
    return with_weights(m, "instance_norm", f"InstanceNorm{rank}d", input, given, weight, bias)


def prelu(m: Machine, input: Value, weight: Value) -> Value:
    """``F.prelu``."""
    return with_weights(m, "prelu", "PReLU", input, {"num_parameters": prod(weight.shape or (1,))}, weight)


def embedding(m: Machine, input: Value, weight: Value, *_: Value, **__: Value) -> Value:
    """``F.embedding``: a row of the weight for each index."""
    if not isinstance(weight, Tensor) or weight.shape is None:
        return m.trace.fail(m, "embedding", tensors_in([input]), m.opaque("the shape of a weight"))
    return one(apply_operation(m, "embedding", Lookup(weight.shape[-1] or 1), [input], read=(weight,), dtype="float32"))
