"""The one-off commands, ``conv`` and its kin: a layer each. Their options are declared once, and answered alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.option_parser import Declared, argument, flag, option
from cnnshape.cli.output import color_for, width_for, write, write_json
from cnnshape.cli.settings import FRAMEWORKS, OUTPUT, at_least_one, shown_as
from cnnshape.cli.shapes import read_counts, read_padding, read_shape, read_sizes
from cnnshape.cli.terminal import speaks_unicode
from cnnshape.operations.operation import axis_names
from cnnshape.studies import single_layer as layers
from cnnshape.studies.single_layer import Answer, Asked, ask, read_features, read_input

if TYPE_CHECKING:
    from cnnshape.explanations.steps import Step

OPTIONS: dict[str, Any] = {
    "shape": argument(
        "SHAPE",
        "10x8x16x3 (batch first), 8x16x3 (one sample), or spatial alone: 8x16, or 224 for every axis.",
        read_shape,
    ),
    "filters": option("-f --filters --out-channels", "Output channels.", "N", at_least_one),
    "units": option("-u --units --out-features", "Output features.", "N", at_least_one, required=True),
    "kernel_size": option("-k --kernel-size", "Window: 3, or per axis 3x5.", "SIZE", read_sizes, required=True),
    "strides": option("-s --strides --stride", "Step between windows.", "SIZE", read_sizes, default="1"),
    "padding": option(
        "-p --padding",
        "same, valid, causal, a number, low:high such as 1:2, or per axis 3x5.",
        "PADDING",
        read_padding,
        default="valid",
    ),
    "output_padding": option("--output-padding", "Added to the output's end.", "SIZE", read_counts),
    "dilation": option("-d --dilation-rate --dilation", "Distance between taps.", "SIZE", read_sizes, default="1"),
    "groups": option("-g --groups", "Groups of channels that do not mix.", "N", at_least_one, default="1"),
    "multiplier": option("-m --depth-multiplier --multiplier", "Outputs per channel.", "N", at_least_one, default="1"),
    "bias": flag("--bias/--no-bias --use-bias/--no-use-bias", "Whether it has a bias.", default=True),
    "activation": option("-a --activation", "Counted in the FLOPs.", "NAME"),
    "type": option("-t --type", "What of each window.", default="max", choices=("max", "average", "sum", "lp")),
    "ceil_mode": flag("--ceil-mode", "PyTorch's: a last window may hang over the edge."),
    "rank": option("-r --rank", "Spatial axes.", read=int, default="2", choices=("1", "2", "3")),
    "framework": option(
        "--framework", "Whose rules apply; pytorch reads channels first.", default="keras", choices=FRAMEWORKS
    ),
    "explain": flag("-e --explain", "Write out the arithmetic."),
    "format": shown_as("text", "json", help="How to print it."),
    "output": OUTPUT,
}
FEATURES = OPTIONS["shape"]._replace(help="Features: 2304 (one sample), or with the batch first: 10x2304, 10x49x64.")
WINDOW = OPTIONS["kernel_size"]._replace(spellings=("-k", "--pool-size", "--kernel-size"))
STEP = OPTIONS["strides"]._replace(help="Step between windows; by default the window.", default=None)
COMMON = "framework explain format output"
"""What all of them have."""


def answering(help: str, layer: Callable[..., Asked], names: str, **own: Any) -> Declared:
    """The command that answers for a layer, a function of `cnnshape.studies.single_layer`, with these options."""

    def run(*, explain: bool, format: str, output: str | None, **asked: Any) -> int:
        """Print what is known of the layer."""
        shape, framework = asked["shape"], asked["framework"]
        given = read_input(shape, asked["rank"], framework) if "rank" in asked else read_features(shape)
        reply = ask(layer(given, **asked), given)
        if format == "json":
            steps = {"explanation": [step._asdict() for step in explained(reply)]} if explain else {}
            write_json({**reply.to_dict(), **steps}, output)
        else:
            from cnnshape.reports.layer import render

            write(render(reply) + (explanation(reply, output) if explain else ""), output)
        return exits.WELL

    options = OPTIONS | own
    return Declared(help, tuple(options[name]._replace(name=name) for name in f"{names} {COMMON}".split()), run)


conv = answering(
    """A convolution: its output, parameters and cost.

    cnnshape conv 224 -k 7 -s 2 -p 3 prints 112; cnnshape conv 10x8x16x3 -f 5 -k 3 also counts.
    """,
    layers.convolution,
    "shape filters kernel_size strides padding dilation groups bias activation rank",
)
conv_transpose = answering(
    """A transposed convolution: its output, parameters and cost.

    cnnshape conv-transpose 7x7x64 -f 32 -k 3 -s 2 -p same
    """,
    layers.transposed_convolution,
    "shape filters kernel_size strides padding output_padding dilation groups bias activation rank",
)
depthwise_conv = answering(
    """A depthwise convolution: every channel by itself.

    cnnshape depthwise-conv 112x112x32 -k 3 -p same
    """,
    layers.depthwise_convolution,
    "shape kernel_size strides padding dilation multiplier bias activation rank",
)
separable_conv = answering(
    """A depthwise separable convolution: depthwise, then 1x1.

    cnnshape separable-conv 112x112x32 -f 64 -k 3 -p same
    """,
    layers.separable_convolution,
    "shape filters kernel_size strides padding dilation multiplier bias activation rank",
)
pool = answering(
    """Max, average, sum or Lp pooling: its output and cost.

    cnnshape pool 10x3x7x5 --pool-size 2 --strides 2 --padding same
    """,
    layers.pooling,
    "shape kernel_size strides padding dilation type ceil_mode rank",
    kernel_size=WINDOW,
    strides=STEP,
)
dense = answering(
    """A dense (linear) layer over the last axis: its output, parameters and cost.

    cnnshape dense 2304 --units 10
    """,
    layers.dense,
    "shape units bias activation",
    shape=FEATURES,
)


def explanation(reply: Answer, output: str | None) -> str:
    """The arithmetic and, for a person at a terminal, a drawing of the windows."""
    from cnnshape.reports import windows
    from cnnshape.reports.explanations.steps import render as render_steps

    color, width = color_for(output), width_for(output)
    parts = [render_steps(explained(reply), color=color, width=width)]
    drawing = windows.drawable(reply.result.windows)
    if drawing and width is not None:
        parts.append(windows.render(drawing, width=width, unicode=speaks_unicode(sys.stdout), color=color))
    return "".join(f"\n\n{part}" for part in parts if part)


def explained(reply: Answer) -> list[Step]:
    """The steps, and the other framework's answer where it differs.

    Where only a spatial size was asked for, only those about the axes.
    """
    from cnnshape.explanations import explain  # only where an explanation is asked for
    from cnnshape.translation.conversion import counterpart
    from cnnshape.translation.wording import counterpart_step

    shape = reply.input.shape
    steps = explain(reply.operation, reply.result, shape)
    framework = "keras" if reply.input.layout.channels_last else "pytorch"
    other = counterpart(reply.operation, framework, shape, layer=reply.layer)
    differing = [counterpart_step(other)] if other and other.verdict != "same" else []
    if reply.input.written != "spatial":
        return [*steps, *differing]
    axes = axis_names(len(reply.output_shape))
    about_axes = [step for step in steps if step.subject.startswith(axes)]
    return [*about_axes, *(step._replace(formula="", result="") for step in differing)]
