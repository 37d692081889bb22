"""Every activation of both vocabularies. All of them pass NaN on: the proof of the receptive field lives on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.channels import WORTHWHILE
from cnnshape.reference.compiled import compiled, elementwise
from cnnshape.reference.execution import NEEDED, Execution, ForwardError, Kernel, listing, plain
from cnnshape.reference.threads import for_each, shares

Activation: TypeAlias = Callable[..., Array]

SELU_ALPHA = np.float32(1.6732632423543772)
SELU_SCALE = np.float32(1.0507009873554805)
"""Klambauer et al. 2017, "Self-Normalizing Neural Networks"."""


@elementwise
def gaussian_share(value: Any) -> Any:
    """The share of a standard normal distribution below `value`."""
    return 0.5 * (1.0 + math.erf(value / math.sqrt(2.0)))


@compiled
def rectify(values: Array, output: Array) -> None:
    """Zero for what is negative; `output` may be `values` itself."""
    for index in range(len(values)):
        value = values[index]
        output[index] = np.float32(0) if value < 0 else value


def relu(x: Array, overwrite: bool = False) -> Array:
    """What is positive; written into `x` itself where it may be overwritten."""
    output = x if overwrite else np.empty_like(x)
    values, results = x.ravel("K"), output.ravel("K")
    if np.may_share_memory(results, output) and x.strides == output.strides:

        def compute(share: slice) -> int:
            rectify(values[share], results[share])
            return 0

        for_each(compute, shares(len(values), WORTHWHILE))
    else:
        np.maximum(x, np.float32(0), out=output)
    return output


def bent_relu(x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Array:
    """Keras's ReLU: `x` above the threshold, at most `max_value`; below, a line through the threshold."""
    above = x if max_value is None else np.minimum(x, np.float32(max_value))
    below = np.float32(negative_slope) * (x - np.float32(threshold))
    return np.where(x > threshold, above, below)


def relu6(x: Array) -> Array:
    return np.clip(x, np.float32(0), np.float32(6))


def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    return np.where(x > 0, x, np.float32(negative_slope) * x)


def elu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x > 0, x, np.float32(alpha) * np.expm1(np.minimum(x, 0)))


def celu(x: Array, alpha: float = 1.0) -> Array:
    scale = np.float32(alpha)
    return np.where(x > 0, x, scale * np.expm1(np.minimum(x, 0) / scale))


def selu(x: Array) -> Array:
    return SELU_SCALE * elu(x, float(SELU_ALPHA))


def one_plus_decay(x: Array) -> Array:
    """1 + exp(-x), in one array; infinite where x is very negative, which is right for a divisor."""
    decay: Array = np.exp(-x)
    decay += 1
    return decay


def sigmoid(x: Array) -> Array:
    return np.reciprocal(one_plus_decay(x))


def log_sigmoid(x: Array) -> Array:
    return -softplus(-x)


def softplus(x: Array) -> Array:
    return np.logaddexp(x, np.float32(0))


def softsign(x: Array) -> Array:
    softened: Array = x / (1 + np.abs(x))
    return softened


def silu(x: Array) -> Array:
    divisor = one_plus_decay(x)
    return np.divide(x, divisor, out=divisor)


def gelu(x: Array, approximate: bool = False) -> Array:
    share: Array
    if approximate:
        inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x**3)
        share = np.float32(0.5) * (1 + np.tanh(inner))
    else:
        share = gaussian_share(x)
    return x * share


def hard_sigmoid(x: Array) -> Array:
    return relu6(x + np.float32(3)) / np.float32(6)


def hard_silu(x: Array) -> Array:
    return x * hard_sigmoid(x)


def hard_tanh(x: Array, low: float = -1.0, high: float = 1.0) -> Array:
    return np.clip(x, np.float32(low), np.float32(high))


def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    return np.where(np.abs(x) <= threshold, np.float32(0), x)


def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    return np.sign(x) * np.maximum(np.abs(x) - np.float32(threshold), 0)


def tanh_shrink(x: Array) -> Array:
    return x - np.tanh(x)


def mish(x: Array) -> Array:
    return x * np.tanh(softplus(x))


def threshold(x: Array, threshold: float, value: float) -> Array:
    return np.where(x <= threshold, np.float32(value), x)


def glu(x: Array, axis: int = -1) -> Array:
    """The first half of the axis, each value gated by its partner in the second half."""
    values, gates = np.split(x, 2, axis)
    return values * sigmoid(gates)


def softmax(x: Array, axis: Any = -1) -> Array:
    """Shares of the whole along `axis`, or along several axes together."""
    axes = axes_of(axis)
    powers = np.exp(x - np.max(x, axis=axes, keepdims=True))
    shares: Array = powers / np.sum(powers, axis=axes, keepdims=True)
    return shares


def log_softmax(x: Array, axis: Any = -1) -> Array:
    axes = axes_of(axis)
    shifted = x - np.max(x, axis=axes, keepdims=True)
    logarithms: Array = shifted - np.log(np.sum(np.exp(shifted), axis=axes, keepdims=True))
    return logarithms


def sparsemax(x: Array, axis: Any = -1) -> Array:
    """Martins and Astudillo 2016, as Keras 3.15 computes it: it sums running sums where the paper sums values."""
    axis = axis[0] if isinstance(axis, (list, tuple)) else axis
    descending = np.moveaxis(-np.sort(-x, axis=axis), axis, -1)
    sums = np.cumsum(descending, axis=-1)
    counts = np.arange(1, descending.shape[-1] + 1, dtype=np.float32)
    kept = descending * counts > sums - 1
    number = np.sum(kept, axis=-1, keepdims=True)
    level = (np.sum(np.where(kept, sums, 0), axis=-1, keepdims=True) - 1) / number
    level = np.where(np.isnan(sums[..., -1:]), np.nan, level)
    shares: Array = np.maximum(x - np.moveaxis(level, -1, axis).astype(np.float32), 0)
    return shares


KERAS_ACTIVATIONS: Mapping[str, Activation] = {
    **{
        each.__name__: each
        for each in (
            *(celu, elu, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, log_sigmoid),
            *(log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign),
            *(sparsemax, tanh_shrink),
        )
    },
    "exponential": np.exp,
    "hard_swish": hard_silu,
    "linear": lambda x: x,
    "sparse_plus": lambda x: np.where(x <= -1, np.float32(0), np.where(x < 1, np.float32(0.25) * (x + 1) ** 2, x)),
    "sparse_sigmoid": lambda x: np.clip(np.float32(0.5) * (x + 1), np.float32(0), np.float32(1)),
    "squareplus": lambda x, b=4.0: (x + np.sqrt(x * x + np.float32(b))) / np.float32(2),
    "swish": silu,
    "tanh": np.tanh,
}
"""Keras's activations by the name that `activation=` takes, with `keras.activations`' own defaults."""


def activate(name: str | None, x: Array, overwrite: bool = True) -> Array:
    """What a Keras layer's `activation=` does to its own output, which it may overwrite."""
    if name is None:
        return x
    if name not in KERAS_ACTIVATIONS:
        raise ForwardError(f"`{name}` is none of Keras's activations: {listing(KERAS_ACTIVATIONS)}")
    if name == "relu":
        return relu(x, overwrite)
    return KERAS_ACTIVATIONS[name](x)


def keras_relu(
    execution: Execution,
    x: Array,
    *,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Array:
    """ReLU."""
    if negative_slope == 0 and max_value is None and threshold == 0:
        return relu(x, execution.disposable)
    return bent_relu(x, negative_slope, max_value, threshold)


def keras_prelu(execution: Execution, x: Array, *, shared_axes: Any = None) -> Array:
    """PReLU. Weights: alpha, one slope per value, or one for all positions of the shared axes."""
    shared = () if shared_axes is None else shared_axes if isinstance(shared_axes, (list, tuple)) else (shared_axes,)
    shape = [1 if axis in shared else length for axis, length in enumerate(x.shape)][1:]
    slopes = execution.parameter("alpha", shape, 0.0, 0.5)
    return np.where(x > 0, x, slopes * x)


def pytorch_prelu(execution: Execution, x: Array, *, num_parameters: int = 1) -> Array:
    """PReLU. Weights: weight (num_parameters), one slope for all or one per channel."""
    slopes = execution.parameter("weight", (num_parameters,), 0.0, 0.5)
    if num_parameters > 1:
        slopes = slopes.reshape(-1, *(1,) * (x.ndim - 2))
    return np.where(x > 0, x, slopes * x)


def bent_softplus(x: Array, beta: float, threshold: float) -> Array:
    """Softplus: linear where beta * x passes the threshold."""
    scaled = x * np.float32(beta)
    return np.where(scaled > threshold, x, softplus(scaled) / np.float32(beta))


def pytorch_hard_tanh(x: Array, low: float, high: float, old_low: float | None, old_high: float | None) -> Array:
    """Hardtanh, whose bounds also have old names."""
    return hard_tanh(x, low if old_low is None else old_low, high if old_high is None else old_high)


def implied_axis(x: Array, dim: int | None) -> int:
    """The axis of PyTorch's softmax where none is named: the first of 0-d, 1-d and 3-d tensors, else the second."""
    if dim is not None:
        return dim
    return 0 if x.ndim in (0, 1, 3) else 1


def pytorch_gumbel_softmax(
    execution: Execution, x: Array, *, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Array:
    """`gumbel_softmax`: a softmax after noise, which the seed decides; `hard`: the largest share is all of it."""
    noise = np.random.default_rng([execution.seed, *execution.layer.encode()]).gumbel(size=x.shape)
    shares = softmax(((x + noise) / tau).astype(np.float32), dim)
    if not hard:
        return shares
    return np.asarray(shares == shares.max(dim, keepdims=True), np.float32)


PYTORCH_ACTIVATIONS: Mapping[str, Kernel] = {
    "CELU": plain(celu, alpha=1.0),
    "ELU": plain(elu, alpha=1.0),
    "GELU": plain(lambda x, approximate: gelu(x, approximate == "tanh"), approximate="none"),
    "GLU": plain(glu, dim=-1),
    "Hardshrink": plain(hard_shrink, lambd=0.5),
    "Hardsigmoid": plain(hard_sigmoid),
    "Hardswish": plain(hard_silu),
    "Hardtanh": plain(pytorch_hard_tanh, min_val=-1.0, max_val=1.0, min_value=None, max_value=None),
    "LeakyReLU": plain(leaky_relu, negative_slope=0.01),
    "LogSigmoid": plain(log_sigmoid),
    "LogSoftmax": plain(lambda x, dim: log_softmax(x, implied_axis(x, dim)), dim=None),
    "Mish": plain(mish),
    # in inference the mean of the slopes that training draws from
    "RReLU": plain(lambda x, low, high, _: leaky_relu(x, (low + high) / 2), lower=1 / 8, upper=1 / 3, training=False),
    "ReLU": lambda execution, x: relu(x, execution.disposable),
    "ReLU6": plain(relu6),
    "SELU": plain(selu),
    "SiLU": plain(silu),
    "Sigmoid": plain(sigmoid),
    "Softmax": plain(lambda x, dim: softmax(x, implied_axis(x, dim)), dim=None),
    "Softmin": plain(lambda x, dim: softmax(-x, implied_axis(x, dim)), dim=None),
    "Softplus": plain(bent_softplus, beta=1.0, threshold=20.0),
    "Softshrink": plain(soft_shrink, lambd=0.5),
    "Softsign": plain(softsign),
    "Tanh": plain(np.tanh),
    "Tanhshrink": plain(tanh_shrink),
    "Threshold": plain(threshold, threshold=NEEDED, value=NEEDED),
}
"""PyTorch's modules that have a function of their name."""

SNAKED = {"LeakyReLU": "leaky_relu", "LogSoftmax": "log_softmax"}
"""Functions that are not called as their module in small letters."""
