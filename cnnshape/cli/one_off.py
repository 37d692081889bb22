"""The one-off commands, ``conv`` and its kin: a layer each. Their options are declared once, and answered alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.option_parser import Declared, Option
from cnnshape.cli.output import color_for, width_for, write, write_json
from cnnshape.cli.settings import OUTPUT, at_least_one
from cnnshape.cli.shapes import read_counts, read_padding, read_shape, read_sizes
from cnnshape.cli.terminal import speaks_unicode
from cnnshape.operations.operation import axis_names
from cnnshape.studies import single_layer as layers
from cnnshape.studies.single_layer import Answer, Asked, ask, read_features, read_input

if TYPE_CHECKING:
    from cnnshape.explanations.steps import Step

SHAPE = Option(
    "shape",
    (),
    "10x8x16x3 (batch first), 8x16x3 (one sample), or spatial alone: 8x16, or 224 for every axis.",
    read_shape,
    "SHAPE",
    required=True,
)
FILTERS = Option("filters", ("-f", "--filters", "--out-channels"), "Output channels.", at_least_one, "N")
KERNEL = Option(
    "kernel_size", ("-k", "--kernel-size"), "Window: 3, or per axis 3x5.", read_sizes, "SIZE", required=True
)
STRIDES = Option("strides", ("-s", "--strides", "--stride"), "Step between windows.", read_sizes, "SIZE", "1")
PADDING = Option(
    "padding",
    ("-p", "--padding"),
    "same, valid, causal, a number, low:high such as 1:2, or per axis 3x5.",
    read_padding,
    "PADDING",
    "valid",
)
DILATION = Option(
    "dilation", ("-d", "--dilation-rate", "--dilation"), "Distance between taps.", read_sizes, "SIZE", "1"
)
GROUPS = Option("groups", ("-g", "--groups"), "Groups of channels that do not mix.", at_least_one, "N", "1")
BIAS = Option("bias", ("--bias/--no-bias", "--use-bias/--no-use-bias"), "Whether it has a bias.", default=True)
MULTIPLIER = Option(
    "multiplier", ("-m", "--depth-multiplier", "--multiplier"), "Outputs per channel.", at_least_one, "N", "1"
)
OUTPUT_PADDING = Option("output_padding", ("--output-padding",), "Added to the output's end.", read_counts, "SIZE")
ACTIVATION = Option("activation", ("-a", "--activation"), "Counted in the FLOPs.", str, "NAME")
FEATURES = SHAPE._replace(help="Features: 2304 (one sample), or with the batch first: 10x2304, 10x49x64.")
UNITS = Option("units", ("-u", "--units", "--out-features"), "Output features.", at_least_one, "N", required=True)
WINDOW = KERNEL._replace(spellings=("-k", "--pool-size", "--kernel-size"))
STEP = STRIDES._replace(help="Step between windows; by default the window.", default=None)
TYPE = Option("type", ("-t", "--type"), "What of each window.", default="max", choices=("max", "average", "sum", "lp"))
CEIL_MODE = Option("ceil_mode", ("--ceil-mode",), "PyTorch's: a last window may hang over the edge.", default=False)
RANK = Option("rank", ("-r", "--rank"), "Spatial axes.", int, default="2", choices=("1", "2", "3"))
COMMON = (
    Option(
        "framework",
        ("--framework",),
        "Whose rules apply; pytorch reads channels first.",
        default="keras",
        choices=("keras", "pytorch"),
    ),
    Option("explain", ("-e", "--explain"), "Write out the arithmetic.", default=False),
    Option("format", ("--format",), "How to print it.", default="text", choices=("text", "json")),
    OUTPUT._replace(name="output"),
)


def answering(help: str, layer: Callable[..., Asked], *options: Option) -> Declared:
    """The command that answers for a layer, a function of `cnnshape.studies.single_layer`."""

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

    return Declared(help, (*options, *COMMON), run)


conv = answering(
    """A convolution: its output, parameters and cost.

    cnnshape conv 224 -k 7 -s 2 -p 3 prints 112; cnnshape conv 10x8x16x3 -f 5 -k 3 also counts.
    """,
    layers.convolution,
    *(SHAPE, FILTERS, KERNEL, STRIDES, PADDING, DILATION, GROUPS, BIAS, ACTIVATION, RANK),
)
conv_transpose = answering(
    """A transposed convolution: its output, parameters and cost.

    cnnshape conv-transpose 7x7x64 -f 32 -k 3 -s 2 -p same
    """,
    layers.transposed_convolution,
    *(SHAPE, FILTERS, KERNEL, STRIDES, PADDING, OUTPUT_PADDING, DILATION, GROUPS, BIAS, ACTIVATION, RANK),
)
depthwise_conv = answering(
    """A depthwise convolution: every channel by itself.

    cnnshape depthwise-conv 112x112x32 -k 3 -p same
    """,
    layers.depthwise_convolution,
    *(SHAPE, KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, BIAS, ACTIVATION, RANK),
)
separable_conv = answering(
    """A depthwise separable convolution: depthwise, then 1x1.

    cnnshape separable-conv 112x112x32 -f 64 -k 3 -p same
    """,
    layers.separable_convolution,
    *(SHAPE, FILTERS, KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, BIAS, ACTIVATION, RANK),
)
pool = answering(
    """Max, average, sum or Lp pooling: its output and cost.

    cnnshape pool 10x3x7x5 --pool-size 2 --strides 2 --padding same
    """,
    layers.pooling,
    *(SHAPE, WINDOW, STEP, PADDING, DILATION, TYPE, CEIL_MODE, RANK),
)
dense = answering(
    """A dense (linear) layer over the last axis: its output, parameters and cost.

    cnnshape dense 2304 --units 10
    """,
    layers.dense,
    *(FEATURES, UNITS, BIAS, ACTIVATION),
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
    from cnnshape.translation import counterpart, counterpart_step

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
