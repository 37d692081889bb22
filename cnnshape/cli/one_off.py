"""What the one-off commands share: their options, declared once, and how they answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.option_parser import Option
from cnnshape.cli.output import write, write_json
from cnnshape.cli.settings import OUTPUT, at_least_one
from cnnshape.cli.shapes import read_counts, read_padding, read_shape, read_sizes
from cnnshape.cli.terminal import is_terminal, speaks_unicode, use_color, width
from cnnshape.operations.operation import axis_names
from cnnshape.studies.single_layer import Answer, Asked, Input, ask

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
COMMON = (
    Option("rank", ("-r", "--rank"), "Spatial axes.", int, default="2", choices=("1", "2", "3")),
    Option(
        "framework",
        ("--framework",),
        "Whose rules apply; pytorch reads channels first.",
        default="keras",
        choices=("keras", "pytorch"),
    ),
    Option("explain", ("-e", "--explain"), "Write out the arithmetic.", default=False),
    Option("format", ("--format",), "How to print it.", default="text", choices=("text", "json")),
    OUTPUT,
)


def answer(layer: Asked, given: Input, *, explain: bool, format: str, output: str | None, **_: Any) -> int:
    """Print what is known of the layer."""
    reply = ask(layer, given)
    if format == "json":
        document = reply.to_dict()
        if explain:
            document["explanation"] = [step._asdict() for step in explained(reply)]
        write_json(document, output)
    else:
        from cnnshape.reports.layer import render

        write(render(reply) + (explanation(reply, output) if explain else ""), output)
    return exits.WELL


def explanation(reply: Answer, output: str | None) -> str:
    """The arithmetic and, for a person at a terminal, a drawing of the windows."""
    from cnnshape.reports import windows
    from cnnshape.reports.explanations.steps import render as render_steps

    color = output is None and use_color(sys.stdout)
    seen = output is None and is_terminal(sys.stdout)
    parts = [render_steps(explained(reply), color=color, width=width() if seen else None)]
    drawing = windows.drawable(reply.result.windows)
    if drawing and seen:
        parts.append(windows.render(drawing, width=width(), unicode=speaks_unicode(sys.stdout), color=color))
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
