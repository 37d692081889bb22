"""Functions of tensors whose shapes follow from indices: windows, spectra, what a pooling undid, classes, losses."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.operations.resampling import Interpolate
from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.functional import apply, apply_operation, expand, function, one
from cnnshape.readers.python.torch.layers import is_unknown
from cnnshape.readers.python.torch.special import SPECIAL, index, move
from cnnshape.readers.python.values import Opaque, Tensor, Value, words


def windowed(m: Machine, input: Value, dimension: int, size: int, step: int) -> Value:
    """``x.unfold(dimension, size, step)``: windows along an axis, their elements along a last one."""
    rank = len(input.shape or (1,))
    axis, along = dimension % rank, (input.shape or (None,) * rank)[dimension]
    if along is None or any(isinstance(each, Opaque) for each in (size, step)):
        return m.trace.fail(m, "unfold", (input,), m.opaque("a size of unfold"))
    if size > along:
        raise m.error("RuntimeError", f"maximum size for tensor at dimension {axis} is {along} but size is {size}")
    places = Tensor(((along - size) // step + 1, size), dtype="int64")
    return move(m, index(m, input, (*(slice(None),) * axis, places), name="unfold"), axis + 1, -1)


def spectrum(axes: int | None, half: int = 0) -> Callable[..., Value]:
    """A Fourier transform of axes, to sizes where they are given; `half` of the last one is kept (1) or given (-1)."""

    def run(m: Machine, input: Value, size: Value = None, dim: Value = None, **words: Value) -> Value:
        size = words.get("n", words.get("s", size))
        if input.shape is None:
            return m.trace.fail(m, "fft", (input,), m.opaque("the shape of what is transformed"))
        rank = len(input.shape)
        given = (-1,) if axes == 1 else (-2, -1) if axes == 2 else tuple(range(-rank, 0))
        where = given if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
        sizes = [input.shape[axis] for axis in where]
        if half > 0 or size is None:
            sizes[-1] = sizes[-1] if half >= 0 else 2 * (sizes[-1] - 1)
        if size is not None:
            sizes = [size] if isinstance(size, int) else list(size)
        if half > 0:
            sizes[-1] = sizes[-1] // 2 + 1
        for axis, wanted in zip(where, sizes, strict=True):
            input = index(m, input, (*(slice(None),) * (axis % rank), Tensor((wanted,), dtype="int64")), name="fft")
        return input

    return run


AXES_OF = {"": 1, "2": 2, "n": None}
SPECTRA: dict[str, Callable[..., Value]] = {
    **{f"{inverse}fft{suffix}": spectrum(axes) for inverse in ("", "i") for suffix, axes in AXES_OF.items()},
    **{f"rfft{suffix}": spectrum(axes, 1) for suffix, axes in AXES_OF.items()},
    **{f"irfft{suffix}": spectrum(axes, -1) for suffix, axes in AXES_OF.items()},
    **dict.fromkeys(("fftshift", "ifftshift"), lambda m, input, *_, **__: input),
}
"""``torch.fft``."""


def max_unpool(rank: int) -> Callable[..., Value]:
    """``F.max_unpool2d`` and its like: the size before the pooling, or the one that is asked for."""

    def run(
        m: Machine,
        input: Value,
        indices: Value,
        kernel_size: Value,
        stride: Value = None,
        padding: Value = 0,
        output_size: Value = None,
    ) -> Value:
        name = f"max_unpool{rank}d"
        if input.shape is None or is_unknown([kernel_size, stride, padding, output_size]) or None in input.shape:
            return m.trace.fail(m, name, (input,), m.opaque("a size of what a pooling undid"))
        kernels, strides, pads = (
            (each,) * rank if isinstance(each, int) else tuple(each)
            for each in (kernel_size, stride or kernel_size, padding)
        )
        axes = zip(input.shape[-rank:], kernels, strides, pads, strict=True)
        sizes = tuple((size - 1) * step - 2 * pad + window for size, window, step, pad in axes)
        if output_size is not None:
            sizes = tuple(output_size)[-rank:]
        undone = Interpolate(sizes, mode="nearest")
        return one(apply_operation(m, name, undone, [input], arguments={"output_size": sizes}, read=(indices,)))

    return run


def clamp(m: Machine, input: Value, min: Value = None, max: Value = None) -> Value:
    """``clamp``, between numbers or tensors."""
    bounds = [each for each in (min, max) if isinstance(each, Tensor)]
    if bounds:
        return one(apply_operation(m, "clamp", Broadcast(), [input, *bounds]))
    return apply(m, "clamp", "clamp", (input,), [], {"min": min, "max": max})


def loss(m: Machine, input: Value, *_: Value, reduction: Value = "mean", **__: Value) -> Value:
    """A loss: one number."""
    if reduction not in ("mean", "sum"):
        return m.trace.fail(m, "loss", (input,), m.opaque(f"a loss with reduction={reduction!r}"))
    return function(m, "mean", [input], {})


def one_hot(m: Machine, input: Value, num_classes: Value = -1) -> Value:
    """``F.one_hot``."""
    if isinstance(num_classes, Opaque) or num_classes < 0:
        return m.trace.fail(m, "one_hot", (input,), m.opaque("the number of classes"))
    apart = function(m, "unsqueeze", [input, -1], {})
    return expand(m, apart, (*(-1,) * len(input.shape or ()), num_classes))


LOSSES = words(
    "mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy nll_loss binary_cross_entropy kl_div "
    "binary_cross_entropy_with_logits"
)
SPECIAL |= {
    "windowed": windowed,
    "clamp": clamp,
    "clip": clamp,
    **{f"max_unpool{rank}d": max_unpool(rank) for rank in (1, 2, 3)},
    "one_hot": one_hot,
    "view_as_real": lambda m, input: function(m, "stack", [[input, input]], {"dim": -1}),
    "view_as_complex": lambda m, input: index(m, input, (..., 0)),
    **dict.fromkeys(LOSSES, loss),
}
