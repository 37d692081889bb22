"""Functions of `torch` and `torch.nn.functional` that are no module's twin: their arguments, defaults and kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.reference import activation, dense, merging, pooling, resampling, reshaping
from cnnshape.reference.activation import plain
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, Kernel
from cnnshape.reference.keras_functions import tuple_of


def second(tensors: Sequence[Array], other: Any) -> Array:
    """The second operand: a tensor, or the number `other`."""
    return np.asarray(other, np.float32) if other is not None else tensors[1]


def add(execution: Execution, *tensors: Array, other: float | None = None, alpha: float = 1) -> Array:
    """`torch.add`: the second operand times `alpha` is added."""
    right = second(tensors, other)
    scaled = right if alpha == 1 else np.float32(alpha) * right
    return merging.fold(np.add, (tensors[0], scaled), execution.disposable)


def subtract(execution: Execution, *tensors: Array, other: float | None = None, alpha: float = 1) -> Array:
    """`torch.sub`."""
    right = second(tensors, other)
    scaled = right if alpha == 1 else np.float32(alpha) * right
    return merging.fold(np.subtract, (tensors[0], scaled), execution.disposable)


def subtract_from(execution: Execution, *tensors: Array, other: float | None = None, alpha: float = 1) -> Array:
    """`torch.rsub`."""
    taken: Array = second(tensors, other) - np.float32(alpha) * tensors[0]
    return taken


def multiply(execution: Execution, *tensors: Array, other: float | None = None) -> Array:
    """`torch.mul`."""
    return merging.fold(np.multiply, (tensors[0], second(tensors, other)), execution.disposable)


def divide(
    execution: Execution, *tensors: Array, other: float | None = None, rounding_mode: str | None = None
) -> Array:
    """`torch.div`: exact, towards zero (`trunc`) or down (`floor`)."""
    quotient: Array = tensors[0] / second(tensors, other)
    if rounding_mode is None:
        return quotient
    return np.trunc(quotient) if rounding_mode == "trunc" else np.floor(quotient)


def maximum(execution: Execution, left: Array, right: Array) -> Array:
    """`torch.maximum`."""
    return np.maximum(left, right)


def minimum(execution: Execution, left: Array, right: Array) -> Array:
    """`torch.minimum`."""
    return np.minimum(left, right)


def concatenate(execution: Execution, *tensors: Array, dim: int = 0) -> Array:
    """`torch.cat`."""
    return np.concatenate(tensors, dim)


def stack(execution: Execution, *tensors: Array, dim: int = 0) -> Array:
    """`torch.stack`."""
    return np.stack(tensors, dim)


def flatten(execution: Execution, tensor: Array, *, start_dim: int = 0, end_dim: int = -1) -> Array:
    """`torch.flatten`, which by default merges the batch too."""
    return reshaping.merge_axes(tensor, start_dim, end_dim)


def unflatten(execution: Execution, tensor: Array, *, dim: int, sizes: Sequence[int]) -> Array:
    """`torch.unflatten`."""
    return reshaping.pytorch_unflatten(execution, tensor, dim=dim, unflattened_size=sizes)


def transpose(execution: Execution, tensor: Array, *, dim0: int, dim1: int) -> Array:
    """`torch.transpose`."""
    return tensor.swapaxes(dim0, dim1)


def swap_axes(execution: Execution, tensor: Array, *, axis0: int, axis1: int) -> Array:
    """`torch.swapaxes`."""
    return tensor.swapaxes(axis0, axis1)


def reshape(execution: Execution, tensor: Array, *, shape: Sequence[int]) -> Array:
    """`torch.reshape`: the shape has the batch first."""
    return tensor.reshape(tuple(shape))


def squeeze(execution: Execution, tensor: Array, *, dim: Any = None) -> Array:
    """`torch.squeeze`: axes that are not 1 stay."""
    if dim is None:
        return np.squeeze(tensor)
    axes = dim if isinstance(dim, (list, tuple)) else (dim,)
    return np.squeeze(tensor, tuple(axis for axis in axes if tensor.shape[axis] == 1))


def unsqueeze(execution: Execution, tensor: Array, *, dim: int) -> Array:
    """`torch.unsqueeze`."""
    return np.expand_dims(tensor, dim)


def split(execution: Execution, tensor: Array, *, split_size_or_sections: Any, dim: int = 0) -> tuple[Array, ...]:
    """`torch.split`: parts of one size, the last smaller; or of the sizes listed."""
    length = tensor.shape[dim]
    if isinstance(split_size_or_sections, int):
        borders = list(range(split_size_or_sections, length, split_size_or_sections))
    else:
        borders = np.cumsum(split_size_or_sections).tolist()[:-1]
    return tuple(np.split(tensor, borders, dim))


def chunk(execution: Execution, tensor: Array, *, chunks: int, dim: int = 0) -> tuple[Array, ...]:
    """`torch.chunk`: at most `chunks` parts of equal size, the last smaller."""
    size = -(-tensor.shape[dim] // chunks)
    return split(execution, tensor, split_size_or_sections=size, dim=dim)


def narrow(execution: Execution, tensor: Array, *, dim: int, start: int, length: int) -> Array:
    """`torch.narrow`; a negative start counts from the end."""
    first = start % tensor.shape[dim] if start < 0 else start
    part = [slice(None)] * tensor.ndim
    part[dim] = slice(first, first + length)
    return tensor[tuple(part)]


def tile(execution: Execution, tensor: Array, *, dims: Any) -> Array:
    """`torch.tile`."""
    return np.tile(tensor, dims)


def repeat_interleave(execution: Execution, tensor: Array, *, repeats: int, dim: int) -> Array:
    """`torch.repeat_interleave`."""
    return np.repeat(tensor, repeats, dim)


def flip(execution: Execution, tensor: Array, *, dims: Any) -> Array:
    """`torch.flip`."""
    return np.flip(tensor, tuple_of(dims))


def reduction(reduce: Callable[..., Any]) -> Callable[..., Array]:
    """A function that reduces axes."""

    def kernel(execution: Execution, tensor: Array, *, dim: Any = None, keepdim: bool = False) -> Array:
        result: Array = np.asarray(reduce(tensor, axis=tuple_of(dim), keepdims=keepdim))
        return result

    return kernel


def variance(
    execution: Execution,
    tensor: Array,
    *,
    dim: Any = None,
    unbiased: bool = True,
    correction: float | None = None,
    keepdim: bool = False,
) -> Array:
    """`torch.var`, by default divided by one less than the number of values; by 0 where nothing is left of it."""
    axes = tuple_of(dim)
    squares = np.square(tensor - np.mean(tensor, axis=axes, keepdims=True))
    total: Array = np.sum(squares, axis=axes, keepdims=keepdim)
    divisor = tensor.size / total.size - (int(unbiased) if correction is None else correction)
    return total / np.float32(max(divisor, 0))


def deviation(
    execution: Execution,
    tensor: Array,
    *,
    dim: Any = None,
    unbiased: bool = True,
    correction: float | None = None,
    keepdim: bool = False,
) -> Array:
    """`torch.std`."""
    return np.sqrt(variance(execution, tensor, dim=dim, unbiased=unbiased, correction=correction, keepdim=keepdim))


def norm(
    execution: Execution, tensor: Array, *, p: float | str | None = "fro", dim: Any = None, keepdim: bool = False
) -> Array:
    """`torch.norm`: the p-th root of the sum of the p-th powers, by default the second; the largest magnitude for
    infinity.
    """
    p = 2.0 if p is None or isinstance(p, str) else p
    sizes = np.abs(tensor)
    axes = tuple_of(dim)
    result: Array
    if np.isinf(p):
        reduce = np.max if p > 0 else np.min
        result = reduce(sizes, axis=axes, keepdims=keepdim)
    elif p == 0:
        result = np.sum(sizes != 0, axis=axes, keepdims=keepdim, dtype=np.float32)
    else:
        power = np.float32(p)
        result = np.sum(sizes**power, axis=axes, keepdims=keepdim) ** (1 / power)
    return result


def normalize(execution: Execution, tensor: Array, *, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Array:
    """`torch.nn.functional.normalize`."""
    length = norm(execution, tensor, p=p, dim=dim, keepdim=True)
    return np.divide(tensor, np.maximum(length, np.float32(eps)))


def pad(
    execution: Execution, tensor: Array, *, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Array:
    """`torch.nn.functional.pad`: (before, after) of the last axis first."""
    return reshaping.pytorch_pad(tensor, pad, reshaping.PAD_MODES[mode], value or 0.0)


def clamp(execution: Execution, tensor: Array, *, min: float | None = None, max: float | None = None) -> Array:
    """`torch.clamp`."""
    above = tensor if min is None else np.maximum(tensor, np.float32(min))
    return above if max is None else np.minimum(above, np.float32(max))


def power(execution: Execution, tensor: Array, *, exponent: float) -> Array:
    """`torch.pow`."""
    result: Array = tensor ** np.float32(exponent)
    return result


def by_rank(name: str, kernel: Kernel) -> dict[str, Kernel]:
    """A function that ends in its number of axes."""
    return {f"{name}{rank}d": kernel for rank in (1, 2, 3)}


PYTORCH_FUNCTIONS: Mapping[str, Kernel] = {
    **by_rank("max_pool", pooling.pytorch_max_pooling),
    **by_rank("avg_pool", pooling.pytorch_average_pooling),
    **by_rank("lp_pool", pooling.pytorch_norm_pooling),
    **by_rank("adaptive_avg_pool", pooling.pytorch_adaptive_average_pooling),
    **by_rank("adaptive_max_pool", pooling.pytorch_adaptive_max_pooling),
    **by_rank("dropout", reshaping.identity),
    "add": add,
    "sub": subtract,
    "subtract": subtract,
    "rsub": subtract_from,
    "mul": multiply,
    "multiply": multiply,
    "div": divide,
    "divide": divide,
    "true_divide": divide,
    "maximum": maximum,
    "minimum": minimum,
    "cat": concatenate,
    "concat": concatenate,
    "concatenate": concatenate,
    "stack": stack,
    "matmul": dense.matrix_product,
    "bmm": dense.matrix_product,
    "flatten": flatten,
    "unflatten": unflatten,
    "permute": reshaping.permute,
    "transpose": transpose,
    "swapaxes": swap_axes,
    "swapdims": transpose,
    "reshape": reshape,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "chunk": chunk,
    "split": split,
    "narrow": narrow,
    "tile": tile,
    "repeat_interleave": repeat_interleave,
    "flip": flip,
    "mean": reduction(np.mean),
    "sum": reduction(np.sum),
    "amax": reduction(np.max),
    "amin": reduction(np.min),
    "var": variance,
    "std": deviation,
    "norm": norm,
    "normalize": normalize,
    "pad": pad,
    "interpolate": resampling.pytorch_upsampling,
    "pixel_shuffle": reshaping.pytorch_pixel_shuffle,
    "pixel_unshuffle": reshaping.pytorch_pixel_unshuffle,
    "channel_shuffle": reshaping.pytorch_channel_shuffle,
    "unfold": reshaping.pytorch_unfold,
    "fold": reshaping.pytorch_fold,
    "dropout": reshaping.identity,
    "alpha_dropout": reshaping.identity,
    "feature_alpha_dropout": reshaping.identity,
    "relu": activation.pytorch_relu,
    "relu6": plain(activation.relu6),
    "selu": plain(activation.selu),
    "silu": plain(activation.silu),
    "mish": plain(activation.mish),
    "hardswish": plain(activation.hard_silu),
    "hardsigmoid": plain(activation.hard_sigmoid),
    "sigmoid": plain(activation.sigmoid),
    "tanh": plain(activation.tanh),
    "softsign": plain(activation.softsign),
    "tanhshrink": plain(activation.tanh_shrink),
    "logsigmoid": plain(activation.log_sigmoid),
    "abs": plain(np.abs),
    "neg": plain(np.negative),
    "exp": plain(np.exp),
    "log": plain(np.log),
    "sqrt": plain(np.sqrt),
    "rsqrt": plain(lambda x: np.reciprocal(np.sqrt(x))),
    "square": plain(np.square),
    "leaky_relu": activation.pytorch_leaky_relu,
    "elu": activation.pytorch_elu,
    "celu": activation.pytorch_celu,
    "gelu": activation.pytorch_gelu,
    "hardtanh": activation.pytorch_hard_tanh,
    "hardshrink": activation.pytorch_hard_shrink,
    "softshrink": activation.pytorch_soft_shrink,
    "softplus": activation.pytorch_softplus,
    "threshold": activation.pytorch_threshold,
    "rrelu": activation.pytorch_random_leaky_relu,
    "glu": activation.pytorch_glu,
    "softmax": activation.pytorch_softmax,
    "log_softmax": activation.pytorch_log_softmax,
    "softmin": activation.pytorch_softmin,
    "clamp": clamp,
    "pow": power,
}
"""Functions by their names; `local_response_norm` is its module's kernel and stands with it."""
