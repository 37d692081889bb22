"""Functions of `torch` and `torch.nn.functional` that are no module's twin: their arguments, defaults and kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from cnnshape.reference import dense, merging, pooling, resampling, reshaping
from cnnshape.reference.activation import PYTORCH_ACTIVATIONS, SNAKED
from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.choosing import PYTORCH_AXES, reducing
from cnnshape.reference.elementwise import EVERYWHERE
from cnnshape.reference.execution import NEEDED, Execution, Kernel, by_rank, plain
from cnnshape.reference.windows import PAD_MODES


def second(tensors: Sequence[Array], other: Any) -> Array:
    """The second operand: a tensor, or the number `other`."""
    return np.asarray(other, np.float32) if other is not None else tensors[1]


def summing(
    operation: np.ufunc, execution: Execution, *tensors: Array, other: float | None = None, alpha: float = 1
) -> Array:
    """`torch.add`, `torch.sub`: of the second operand `alpha` times as much."""
    right = second(tensors, other)
    scaled = right if alpha == 1 else np.float32(alpha) * right
    return merging.fold(operation, (tensors[0], scaled), execution.disposable)


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


def squeeze(execution: Execution, tensor: Array, *, dim: Any = None) -> Array:
    """`torch.squeeze`: axes that are not 1 stay."""
    if dim is None:
        return np.squeeze(tensor)
    axes = dim if isinstance(dim, (list, tuple)) else (dim,)
    return np.squeeze(tensor, tuple(axis for axis in axes if tensor.shape[axis] == 1))


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


def variance(tensor: Array, dim: Any, unbiased: bool, correction: float | None, keepdim: bool) -> Array:
    """`torch.var`, by default divided by one less than the number of values; by 0 where nothing is left of it."""
    axes = axes_of(dim)
    squares = np.square(tensor - np.mean(tensor, axis=axes, keepdims=True))
    total: Array = np.sum(squares, axis=axes, keepdims=keepdim)
    divisor = tensor.size / total.size - (int(unbiased) if correction is None else correction)
    return total / np.float32(max(divisor, 0))


OF_SPREAD = {"dim": None, "unbiased": True, "correction": None, "keepdim": False}
"""The arguments of `torch.var` and `torch.std`."""


def norm(
    execution: Execution, tensor: Array, *, p: float | str | None = "fro", dim: Any = None, keepdim: bool = False
) -> Array:
    """`torch.norm`: the p-th root of the sum of the p-th powers, by default the second; the largest magnitude for
    infinity.
    """
    p = 2.0 if p is None or isinstance(p, str) else p
    sizes = np.abs(tensor)
    axes = axes_of(dim)
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
    return reshaping.pytorch_pad(tensor, pad, PAD_MODES[mode], value or 0.0)


def clamp(execution: Execution, tensor: Array, *, min: float | None = None, max: float | None = None) -> Array:
    """`torch.clamp`."""
    above = tensor if min is None else np.maximum(tensor, np.float32(min))
    return above if max is None else np.minimum(above, np.float32(max))


PYTORCH_FUNCTIONS: Mapping[str, Kernel] = {
    **by_rank(
        {
            "max_pool": pooling.pytorch_max_pooling,
            "avg_pool": pooling.pytorch_average_pooling,
            "lp_pool": pooling.pytorch_norm_pooling,
            "adaptive_avg_pool": pooling.pytorch_adaptive_average_pooling,
            "adaptive_max_pool": pooling.pytorch_adaptive_max_pooling,
            "dropout": reshaping.identity,
        },
        (1, 2, 3),
        "d",
    ),
    "add": partial(summing, np.add),
    **dict.fromkeys(("sub", "subtract"), partial(summing, np.subtract)),
    "rsub": subtract_from,
    **dict.fromkeys(("mul", "multiply"), multiply),
    **dict.fromkeys(("div", "divide", "true_divide"), divide),
    "maximum": plain(np.maximum),
    "minimum": plain(np.minimum),
    **dict.fromkeys(("cat", "concat", "concatenate"), merging.listed(np.concatenate, dim=0)),
    "stack": merging.listed(np.stack, dim=0),
    "matmul": dense.matrix_product,
    "bmm": dense.matrix_product,
    "flatten": plain(reshaping.merge_axes, start_dim=0, end_dim=-1),  # the batch too
    "unflatten": plain(reshaping.unflatten, dim=NEEDED, sizes=NEEDED),
    "permute": plain(np.transpose, dims=NEEDED),
    **dict.fromkeys(("transpose", "swapdims"), plain(np.swapaxes, dim0=NEEDED, dim1=NEEDED)),
    "swapaxes": plain(np.swapaxes, axis0=NEEDED, axis1=NEEDED),
    "reshape": plain(np.reshape, shape=NEEDED),
    "squeeze": squeeze,
    "unsqueeze": plain(np.expand_dims, dim=NEEDED),
    "chunk": chunk,
    "split": split,
    "narrow": narrow,
    "tile": plain(np.tile, dims=NEEDED),
    "repeat_interleave": plain(np.repeat, repeats=NEEDED, dim=NEEDED),
    "flip": plain(np.flip, dims=NEEDED),
    "mean": reducing(np.mean, PYTORCH_AXES),
    "sum": reducing(np.sum, PYTORCH_AXES),
    "amax": reducing(np.max, PYTORCH_AXES),
    "amin": reducing(np.min, PYTORCH_AXES),
    "var": plain(variance, **OF_SPREAD),
    "std": plain(lambda *given: np.sqrt(variance(*given)), **OF_SPREAD),
    "norm": norm,
    "normalize": normalize,
    "pad": pad,
    "interpolate": resampling.pytorch_upsampling,
    "pixel_shuffle": reshaping.pytorch_pixel_shuffle,
    "pixel_unshuffle": reshaping.pytorch_pixel_unshuffle,
    "channel_shuffle": reshaping.pytorch_channel_shuffle,
    "unfold": reshaping.pytorch_unfold,
    "fold": reshaping.pytorch_fold,
    **dict.fromkeys(("dropout", "alpha_dropout", "feature_alpha_dropout"), reshaping.identity),
    **{SNAKED.get(name, name.lower()): kernel for name, kernel in PYTORCH_ACTIVATIONS.items()},
    **EVERYWHERE,
    "neg": plain(np.negative),
    "clamp": clamp,
    "pow": plain(np.power, exponent=NEEDED),
}
"""Functions by their names; `local_response_norm` is its module's kernel and stands with it."""
