"""Windows, padding and resampling as operators of ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.writers.onnx.step import Step, spread


def padding_of(axes: Sequence[AxisWindows]) -> list[tuple[int, int]]:
    """Before and behind each axis; PyTorch's layers always know both."""
    return [axis.padding or (0, 0) for axis in axes]


def flat_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Padding in the order of ONNX: all starts, then all ends."""
    return [low for low, _ in pads] + [high for _, high in pads]


def swept(axes: Sequence[AxisWindows]) -> dict[str, list[int]]:
    """How windows move, as ONNX calls it."""
    return {
        "kernel_shape": [axis.kernel for axis in axes],
        "strides": [axis.stride for axis in axes],
        "dilations": [axis.dilation for axis in axes],
    }


def convolution(step: Step) -> None:
    """With the padding of each axis; what is not filled with 0 is padded before."""
    layer, axes = step.layer, step.result.windows
    read, pads = step.inputs[0], padding_of(axes)
    if step.given("padding_mode", "zeros") != "zeros":
        read, pads = padded(step, read, pads, step.given("padding_mode")), [(0, 0)] * len(axes)
    step.end("Conv", [read, *step.weights.values()], **swept(axes), group=layer.groups, pads=flat_pads(pads))


def transposed(step: Step) -> None:
    """What is cropped is ONNX's padding; what is added behind is stated."""
    axes, layer = step.result.written, step.layer
    rank = len(axes)
    step.end(
        "ConvTranspose",
        [step.inputs[0], *step.weights.values()],
        **swept(axes),
        group=layer.groups,
        pads=flat_pads([(each, each) for each in spread(layer.padding, rank)]),
        output_padding=list(spread(layer.output_padding, rank)),
    )


PADDING_MODES = {
    "constant": "constant",
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
"""PyTorch's modes of padding as ONNX calls them; ``wrap`` came with opset 19."""


def padded(
    step: Step,
    read: str,
    pads: Sequence[tuple[int, int]],
    mode: str,
    value: float = 0.0,
    outputs: Sequence[str] | None = None,
) -> str:
    """A tensor padded over its last axes."""
    around = [(0, 0)] * (step.rank - len(pads))
    amounts = step.graph.constant(flat_pads([*around, *pads]), "int64")
    filling = [step.graph.constant(value)] if PADDING_MODES[mode] == "constant" else []
    return step.add("Pad", [read, amounts, *filling], outputs, mode=PADDING_MODES[mode])


def pad(step: Step) -> None:
    """Elements before and after the last axes; negative ones are cut off."""
    mode, value = getattr(step.operation, "mode", "constant"), step.given("value", 0.0) or 0.0
    amounts = step.result.padded or ()
    if amounts and max(max(pair) for pair in amounts) <= 0:
        cut(step, amounts)
    else:
        padded(step, step.inputs[0], amounts, mode, value, step.outputs)


def cut(step: Step, amounts: Sequence[tuple[int, int]]) -> None:
    """Elements before and after the last axes cut off."""
    axes = range(step.rank - len(amounts), step.rank)
    ends = [step.shapes[0][axis] + high for axis, (_, high) in zip(axes, amounts, strict=True)]
    bounds = ([-low for low, _ in amounts], ends, list(axes))
    step.end("Slice", [step.inputs[0], *(step.graph.constant(each, "int64") for each in bounds)])


def pooling(kind: str, step: Step) -> None:
    """A window that slides. ONNX drops no window that begins in the padding, so `ceil_mode` is made of padding."""
    axes = step.result.windows
    pads = padding_of(axes)
    hanging = [(low, high + more) for (low, high), more in zip(pads, beyond(step), strict=True)]
    attributes: dict[str, Any] = swept(axes)
    if kind != "MaxPool":  # the others know none
        del attributes["dilations"]
    if kind == "AveragePool":
        if step.given("divisor_override") or hanging != pads:
            average(step, hanging, attributes)
            return
        attributes["count_include_pad"] = int(step.given("count_include_pad", True))
    if kind == "LpPool":
        power = step.given("norm_type")
        if power % 2:  # PyTorch sums powers with their sign, ONNX those of magnitudes
            raise step.refusal(f"norm_type={power}")
        attributes["p"] = int(power)
    refuse_indices(step)
    step.end(kind, [step.inputs[0]], pads=flat_pads(hanging), **attributes)


def average(step: Step, pads: Sequence[tuple[int, int]], attributes: dict[str, Any]) -> None:
    """A mean that ONNX has no rule for: over zeros as padding, times the elements of a window by what divides it.

    PyTorch counts padding unless told otherwise, but never what hangs over the end of it (`ceil_mode`).
    """
    axes, divisor = step.result.windows, step.given("divisor_override")
    mean = step.add("AveragePool", [padded(step, step.inputs[0], pads, "constant")], **attributes)
    area = float(np.prod([axis.kernel for axis in axes]))
    if divisor:
        step.end("Mul", [mean, step.graph.constant(area / divisor)])
        return
    counts = np.ones(())
    for axis in axes:
        low, high = (axis.padding or (0, 0)) if step.given("count_include_pad", True) else (0, 0)
        first = np.arange(axis.windows or 0) * axis.stride - (axis.padding or (0, 0))[0]
        ends = np.minimum(first + axis.kernel, (axis.size or 0) + high)
        counts = np.multiply.outer(counts, ends - np.maximum(first, -low))
    step.end("Mul", [mean, step.graph.constant(area / counts, name=f"{step.outputs[0]}/factors")])


def beyond(step: Step) -> list[int]:
    """How far the last window of each axis hangs over the end."""
    ends = [
        ((axis.windows or 1) - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1 for axis in step.result.windows
    ]
    read = [(axis.size or 0) + sum(axis.padding or (0, 0)) for axis in step.result.windows]
    return [max(end - size, 0) for end, size in zip(ends, read, strict=True)]


def refuse_indices(step: Step) -> None:
    """ONNX counts the places of maxima in another way."""
    if len(step.outputs) > 1:
        raise step.refusal("return_indices")


def adaptive(kind: str, step: Step) -> None:
    """Windows of one size where the sizes divide; over all of the axes it is global; else one axis after the other."""
    refuse_indices(step)
    sizes, wanted = step.shapes[0][2:], step.made[2:]
    if all(size == 1 for size in wanted):
        step.end(f"Global{kind}", [step.inputs[0]])
        return
    if any(size % count for size, count in zip(sizes, wanted, strict=True)):
        unequal(step, kind)
        return
    steps = [size // count for size, count in zip(sizes, wanted, strict=True)]
    step.end(kind, [step.inputs[0]], kernel_shape=steps, strides=steps)


def unequal(step: Step, kind: str) -> None:
    """Windows of unequal sizes, one axis after the other: a product with their shares, or the most of each."""
    read = step.inputs[0]
    changed = [axis for axis in range(2, step.rank) if step.shapes[0][axis] != step.made[axis]]
    for axis in changed:
        size, count = step.shapes[0][axis], step.made[axis]
        windows = [range(number * size // count, -(-(number + 1) * size // count)) for number in range(count)]
        outputs = step.outputs if axis == changed[-1] else None
        if kind == "MaxPool":
            longest = max(map(len, windows))
            taken = [[min(window.start + at, window.stop - 1) for at in range(longest)] for window in windows]
            indices = step.graph.constant(taken, "int64", name=f"{step.outputs[0]}/windows_{axis}")
            parts = step.add("Gather", [read, indices], axis=axis)
            read = step.reduced("ReduceMax", parts, [axis + 1], outputs, keep=0)
            continue
        shares = np.zeros((count, size))
        for row, window in zip(shares, windows, strict=True):
            row[list(window)] = 1 / len(window)
        order = [*(each for each in range(step.rank) if each != axis), axis]
        matrix = step.graph.constant(shares.T, name=f"{step.outputs[0]}/shares_{axis}")
        product = step.add("MatMul", [step.add("Transpose", [read], perm=order), matrix])
        read = step.add("Transpose", [product], outputs, perm=[order.index(each) for each in range(step.rank)])


MODES = {
    "nearest": "nearest",
    "nearest-exact": "nearest",
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "bicubic": "cubic",
}


def resize(step: Step) -> None:
    """To the sizes that come out; by a stated factor, the places are computed from it."""
    mode, corners = getattr(step.operation, "mode_name", ""), bool(getattr(step.operation, "corners", False))
    if mode not in MODES:
        raise step.refusal(f"mode={mode!r}")
    attributes: dict[str, Any] = {"mode": MODES[mode]}
    if mode == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    elif mode == "nearest-exact":
        attributes |= {"coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_ceil"}
    else:
        attributes["coordinate_transformation_mode"] = "align_corners" if corners else "pytorch_half_pixel"
    if mode == "bicubic":
        attributes["cubic_coeff_a"] = -0.75
    factor = step.given("scale_factor")
    if factor is not None and not step.given("recompute_scale_factor"):
        factors = [1.0, 1.0, *map(float, spread(factor, step.rank - 2))]
        step.end("Resize", [step.inputs[0], "", step.graph.constant(factors)], **attributes)
    else:
        ratios = [after / before for before, after in zip(step.shapes[0], step.made, strict=True)]
        if all(ratio.is_integer() for ratio in ratios):
            step.end("Resize", [step.inputs[0], "", step.graph.constant(ratios)], **attributes)
        else:
            sizes = step.graph.constant(step.made, "int64")
            step.end("Resize", [step.inputs[0], "", "", sizes], **attributes)
