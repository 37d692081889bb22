"""Windows that slide over the spatial axes: what convolution, pooling and unfold have in common."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.fields import AxisMap, window_map
from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import axis_names

PaddingRule = Literal["valid", "same", "causal", "same_unstrided"]
"""Keras's and ONNX's rules, and PyTorch's ``"same"`` (which is defined for stride 1 only)."""


def resolve_padding(
    rule: PaddingRule | tuple[w.Padding, ...],
    sizes: Shape,
    extents: tuple[int, ...],
    strides: tuple[int, ...],
) -> tuple[w.Padding | None, ...]:
    """The rule as (low, high) per spatial axis; None for an axis whose unknown size decides it."""
    if isinstance(rule, tuple):
        return rule
    if rule == "valid":
        return ((0, 0),) * len(sizes)
    if rule == "causal":
        return tuple(w.causal_padding(extent) for extent in extents)
    if rule == "same_unstrided":
        return tuple(w.same_padding_unstrided(extent) for extent in extents)
    return tuple(
        w.same_padding(size, extent, stride)
        if size is not None
        else ((extent - 1) // 2, extent // 2)
        if stride == 1
        else None
        for size, extent, stride in zip(sizes, extents, strides, strict=True)
    )


@lru_cache(maxsize=4096)  # a network has few, and variants of it have the same
def slide(
    sizes: Shape,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    rule: PaddingRule | tuple[w.Padding, ...],
    *,
    ceil_mode: bool = False,
) -> tuple[w.AxisWindows, ...]:
    """Slide a kernel over axes of these sizes; no `dilation` is 1 everywhere, `ceil_mode` is PyTorch's.

    Raises:
        Fault: CS301 where a window is larger than the padded input.
    """
    dilation = dilation or (1,) * len(kernel)
    for name, steps in (("strides are", strides), ("dilation is", dilation)):
        if len(steps) != len(kernel):  # a function takes as many as its input has axes, whatever these are
            raise Fault("CS105", f"{LAYER}'s {name} {len(steps)}, but its window has {len(kernel)} axes")
    extents = tuple(w.effective_kernel(k, d) for k, d in zip(kernel, dilation, strict=True))
    padding = resolve_padding(rule, sizes, extents, strides)
    count = w.count_windows_ceil if ceil_mode else w.count_windows
    named: w.WindowRule = "ceil" if ceil_mode else "explicit" if isinstance(rule, tuple) else rule
    axes = []
    for axis, (size, extent, stride, pads) in enumerate(zip(sizes, extents, strides, padding, strict=True)):
        name = axis_names(len(sizes))[axis]
        windows = None if size is None or pads is None else count(size, extent, stride, pads)
        if size is not None and pads is not None and windows is not None and windows < 1:
            raise window_too_large(name, size, kernel[axis], dilation[axis], pads, ruled=rule == "valid")
        axes.append(w.AxisWindows(name, size, kernel[axis], stride, dilation[axis], pads, windows, named))
    return tuple(axes)


def counts(axes: tuple[w.AxisWindows, ...]) -> Shape:
    """How many windows there are along each axis."""
    return tuple(axis.windows for axis in axes)


@lru_cache(maxsize=4096)
def window_maps(axes: tuple[w.AxisWindows, ...]) -> tuple[AxisMap, ...]:
    """Which elements each window reads; an unknown size is taken for a multiple of the stride."""
    return tuple(
        window_map(axis.kernel, axis.stride, axis.dilation, axis.padding[0])
        if axis.padding
        else window_map(axis.kernel, axis.stride, axis.dilation, max(axis.extent - axis.stride, 0) // 2, exact=False)
        for axis in axes
    )


def window_too_large(axis: str, size: int, kernel: int, dilation: int, pads: w.Padding, *, ruled: bool) -> Fault:
    """The refusal of a window that does not fit even once; `ruled`: the padding is a rule, not given numbers."""
    extent = w.effective_kernel(kernel, dilation)
    padded = size + pads[0] + pads[1]
    dilated = f" ({kernel} dilated by {dilation})" if extent != kernel else ""
    padding = f" padded to {padded} ({pads[0]} before, {pads[1]} after)" if padded != size else ""
    more = 'padding="same"' if ruled else "more padding"
    return Fault(
        "CS301",
        f"{LAYER}'s window of {extent}{dilated} is larger than its input along the {axis}: {size}{padding}",
        fix=f"use a window of at most {padded}, an input of at least {extent - pads[0] - pads[1]}, or {more}",
    )
