"""Functions of tensors whose shapes follow from indices: windows, spectra, what a pooling undid, classes, losses."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.operations.resampling import Interpolate
from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.applying import apply, apply_operation, is_unknown
from cnnshape.readers.python.torch.functions import SPECIAL, function
from cnnshape.readers.python.torch.special import at, expand, index, move
from cnnshape.readers.python.values import Opaque, Tensor, Value, now, words


def windowed(input: Value, dimension: int, size: int, step: int) -> Value:
    """``x.unfold(dimension, size, step)``: windows along an axis, their elements along a last one."""
    rank = len(input.shape or (1,))
    axis, along = dimension % rank, (input.shape or (None,) * rank)[dimension]
    if along is None or any(isinstance(each, Opaque) for each in (size, step)):
        return now().trace.fail("unfold", (input,), now().opaque("a size of unfold"))
    if size > along:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {along} but size is {size}")
    places = Tensor(((along - size) // step + 1, size), dtype="int64")
    return move(index(input, at(axis, input, places), "unfold"), axis + 1, -1)


def spectrum(axes: int | None, half: int = 0) -> Callable[..., Value]:
    """A Fourier transform of axes, to sizes where they are given; `half` of the last one is kept (1) or given (-1)."""

    def run(input: Value, size: Value = None, dim: Value = None, **options: Value) -> Value:
        size = options.get("n", options.get("s", size))
        if input.shape is None:
            return now().trace.fail("fft", (input,), now().opaque("the shape of what is transformed"))
        rank = len(input.shape)
        where = tuple(range(-(axes or rank), 0)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
        sizes = [input.shape[axis] for axis in where]
        if size is None and half < 0:
            sizes[-1] = 2 * (sizes[-1] - 1)
        if size is not None:
            sizes = [size] if isinstance(size, int) else list(size)
        if half > 0:
            sizes[-1] = sizes[-1] // 2 + 1
        for axis, wanted in zip(where, sizes, strict=True):
            input = index(input, at(axis, input, Tensor((wanted,), dtype="int64")), "fft")
        return input

    return run


AXES_OF = {"": 1, "2": 2, "n": None}
SPECTRA: dict[str, Callable[..., Value]] = {
    f"{kind}fft{suffix}": spectrum(axes, half)
    for kind, half in (("", 0), ("i", 0), ("r", 1), ("ir", -1))
    for suffix, axes in AXES_OF.items()
} | dict.fromkeys(("fftshift", "ifftshift"), lambda input, *_, **__: input)
"""``torch.fft``."""


def max_unpool(rank: int) -> Callable[..., Value]:
    """``F.max_unpool2d`` and its like: the size before the pooling, or the one that is asked for."""

    def run(
        input: Value,
        indices: Value,
        kernel_size: Value,
        stride: Value = None,
        padding: Value = 0,
        output_size: Value = None,
    ) -> Value:
        name = f"max_unpool{rank}d"
        if input.shape is None or is_unknown([kernel_size, stride, padding, output_size]) or None in input.shape:
            return now().trace.fail(name, (input,), now().opaque("a size of what a pooling undid"))
        kernels, strides, pads = (
            (each,) * rank if isinstance(each, int) else tuple(each)
            for each in (kernel_size, stride or kernel_size, padding)
        )
        axes = zip(input.shape[-rank:], kernels, strides, pads, strict=True)
        sizes = tuple((size - 1) * step - 2 * pad + window for size, window, step, pad in axes)
        sizes = sizes if output_size is None else tuple(output_size)[-rank:]
        undone = Interpolate(sizes, mode="nearest")
        return apply_operation(name, undone, [input], arguments={"output_size": sizes}, read=(indices,))

    return run


def clamp(input: Value, min: Value = None, max: Value = None) -> Value:
    """``clamp``, between numbers or tensors."""
    bounds = [each for each in (min, max) if isinstance(each, Tensor)]
    if bounds:
        return apply_operation("clamp", Broadcast(), [input, *bounds])
    return apply("clamp", "clamp", (input,), [], {"min": min, "max": max})


def loss(input: Value, *_: Value, reduction: Value = "mean", **__: Value) -> Value:
    """A loss: one number."""
    if reduction not in ("mean", "sum"):
        return now().trace.fail("loss", (input,), now().opaque(f"a loss with reduction={reduction!r}"))
    return function("mean", [input], {})


def one_hot(input: Value, num_classes: Value = -1) -> Value:
    """``F.one_hot``."""
    if isinstance(num_classes, Opaque) or num_classes < 0:
        return now().trace.fail("one_hot", (input,), now().opaque("the number of classes"))
    return expand(function("unsqueeze", [input, -1], {}), (*(-1,) * len(input.shape or ()), num_classes))


LOSSES = words(
    "mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy nll_loss binary_cross_entropy kl_div "
    "binary_cross_entropy_with_logits"
)
SPECIAL |= {
    "windowed": windowed,
    "clamp": clamp,
    "clip": clamp,
    "one_hot": one_hot,
    **dict.fromkeys(LOSSES, loss),
    **{f"max_unpool{rank}d": max_unpool(rank) for rank in (1, 2, 3)},
    "view_as_real": lambda input: function("stack", [[input, input]], {"dim": -1}),
    "view_as_complex": lambda input: index(input, (..., 0)),
}
