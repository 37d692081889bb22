"""Windows, padding and resampling as operators of ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.writers.onnx.step import Rule, Step, spread


def padding_of(axes: Sequence[AxisWindows]) -> list[tuple[int, int]]:
    """Before and behind each axis; PyTorch's layers always know both."""
    return [axis.padding or (0, 0) for axis in axes]


def flat_pads(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Padding in the order of ONNX: all starts, then all ends."""
    return [low for low, _ in pads] + [high for _, high in pads]


def convolution(step: Step) -> None:
    """With the padding of each axis; what is not filled with 0 is padded before."""
    layer, axes = step.layer, step.result.windows
    read, pads = step.inputs[0], padding_of(axes)
    if step.given("padding_mode", "zeros") != "zeros":
        read, pads = padded(step, read, pads, step.given("padding_mode")), [(0, 0)] * len(axes)
    step.end(
        "Conv",
        [read, *step.weights.values()],
        kernel_shape=[axis.kernel for axis in axes],
        strides=[axis.stride for axis in axes],
        dilations=[axis.dilation for axis in axes],
        group=layer.groups,
        pads=flat_pads(pads),
    )


def transposed(step: Step) -> None:
    """What is cropped is ONNX's padding; what is added behind is stated."""
    axes, layer = step.result.written, step.layer
    rank = len(axes)
    step.end(
        "ConvTranspose",
        [step.inputs[0], *step.weights.values()],
        kernel_shape=[axis.kernel for axis in axes],
        strides=[axis.stride for axis in axes],
        dilations=[axis.dilation for axis in axes],
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


def padded(step: Step, read: str, pads: Sequence[tuple[int, int]], mode: str, value: float = 0.0) -> str:
    """A tensor padded over its last axes."""
    return step.add("Pad", pad_inputs(step, read, pads, mode, value), mode=PADDING_MODES[mode])


def pad_inputs(step: Step, read: str, pads: Sequence[tuple[int, int]], mode: str, value: float) -> list[str]:
    """What Pad reads."""
    around = [(0, 0)] * (step.rank - len(pads))
    amounts = step.graph.constant(flat_pads([*around, *pads]), "int64")
    return [read, amounts, *([step.graph.constant(value)] if PADDING_MODES[mode] == "constant" else [])]


def pad(step: Step) -> None:
    """Elements before and after the last axes; negative ones are cut off."""
    amounts = step.result.padded or ()
    name = type(step.layer).__name__.lower()
    mode = next(
        (mode for mode in ("reflect", "replicate", "circular") if mode[:7] in name), step.given("mode", "constant")
    )
    mode = step.given("mode", mode) or mode
    value = step.given("value", 0.0) or 0.0
    step.end("Pad", pad_inputs(step, step.inputs[0], amounts, mode, value), mode=PADDING_MODES[mode])


def pooling(kind: str) -> Rule:
    """A window that slides. ONNX drops no window that begins in the padding, so `ceil_mode` is made of padding."""

    def rule(step: Step) -> None:
        axes = step.result.windows
        attributes: dict[str, Any] = {
            "kernel_shape": [axis.kernel for axis in axes],
            "strides": [axis.stride for axis in axes],
            "pads": flat_pads(padding_of(axes)),
        }
        read = step.inputs[0]
        if kind == "MaxPool":
            attributes["dilations"] = [axis.dilation for axis in axes]
        if step.given("ceil_mode"):
            pads = [(low, high + more) for (low, high), more in zip(padding_of(axes), beyond(step), strict=True)]
            if pads != padding_of(axes) and kind != "MaxPool":
                raise step.refusal("means of windows that hang over the end (ceil_mode)")
            attributes["pads"] = flat_pads(pads)
        if kind == "AveragePool":
            if step.given("divisor_override"):
                raise step.refusal("divisor_override")
            attributes["count_include_pad"] = int(step.given("count_include_pad", True))
        if kind == "LpPool":
            power = step.given("norm_type")
            if power % 2:  # PyTorch sums powers with their sign, ONNX those of magnitudes
                raise step.refusal(f"norm_type={power}")
            attributes["p"] = int(power)
        refuse_indices(step)
        step.end(kind, [read], **attributes)

    return rule


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


def adaptive(kind: str) -> Rule:
    """Windows of one size where the sizes divide; over all of the axes it is global."""

    def rule(step: Step) -> None:
        refuse_indices(step)
        sizes, wanted = step.shapes[0][2:], step.result.output[2:]
        if all(size == 1 for size in wanted):
            step.end(f"Global{kind}", [step.inputs[0]])
            return
        if any(size % count for size, count in zip(sizes, wanted, strict=True)):
            raise step.refusal(f"windows of unequal sizes: {wanted} out of {sizes}")
        steps = [size // count for size, count in zip(sizes, wanted, strict=True)]
        step.end(kind, [step.inputs[0]], kernel_shape=steps, strides=steps)

    return rule


MODES = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}


def resize(step: Step) -> None:
    """To the sizes that come out; by a stated factor, the places are computed from it."""
    mode = str(step.given("mode", "nearest"))
    if "nearest" in type(step.layer).__name__.lower():
        mode = "nearest"
    if "bilinear" in type(step.layer).__name__.lower():
        mode = "bilinear"
    if mode not in MODES:
        raise step.refusal(f"mode={mode!r}")
    corners = bool(step.given("align_corners", False)) or "bilinear" in type(step.layer).__name__.lower()
    attributes: dict[str, Any] = {"mode": MODES[mode]}
    if mode == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        attributes["coordinate_transformation_mode"] = "align_corners" if corners else "pytorch_half_pixel"
    if mode == "bicubic":
        attributes["cubic_coeff_a"] = -0.75
    factor = step.given("scale_factor")
    if factor is not None and not step.given("recompute_scale_factor"):
        factors = [1.0, 1.0, *map(float, spread(factor, step.rank - 2))]
        step.end("Resize", [step.inputs[0], "", step.graph.constant(factors)], **attributes)
    else:
        ratios = [after / before for before, after in zip(step.shapes[0], step.result.output, strict=True)]
        if all(ratio.is_integer() for ratio in ratios):
            step.end("Resize", [step.inputs[0], "", step.graph.constant(ratios)], **attributes)
        else:
            sizes = step.graph.constant(step.result.output, "int64")
            step.end("Resize", [step.inputs[0], "", "", sizes], **attributes)
