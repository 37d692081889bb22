"""``cnnshape solve``: which kernel, stride, padding and dilation map one size to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.options import OutputOption
from cnnshape.cli.output import say, style_for, write_json, write_text
from cnnshape.cli.shapes import read_sizes, read_whole
from cnnshape.operations.operation import axis_names
from cnnshape.reports.units import by_x
from cnnshape.studies.solution import FRAMEWORKS, Bounds, Framework, Kind
from cnnshape.studies.solve import MOST_WINDOWS, solve, windows_within

if TYPE_CHECKING:
    from cnnshape.studies.solution import Solution

MOST_AXES = 3
"""No framework has layers with more spatial axes."""


def command(
    input: Annotated[str, typer.Argument(metavar="INPUT", help="One size, or one per axis: 224x320.")],
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="The size that should come out: 112x160.")],
    transpose: Annotated[bool, typer.Option("--transpose", help="By a transposed convolution.")] = False,
    pool: Annotated[bool, typer.Option("--pool", help="By pooling.")] = False,
    rank: Annotated[int, typer.Option("--rank", "-r", min=1, max=MOST_AXES, help="Axes, where one size is given.")] = 2,
    framework: Annotated[
        Literal["keras", "pytorch"] | None, typer.Option("--framework", help="One framework's settings only.")
    ] = None,
    kernel_size: Annotated[
        int | None, typer.Option("--kernel-size", "-k", min=1, max=1024, metavar="N", help="This kernel only.")
    ] = None,
    strides: Annotated[
        int | None, typer.Option("--strides", "--stride", "-s", min=1, metavar="N", help="This stride only.")
    ] = None,
    padding: Annotated[
        str | None, typer.Option("--padding", "-p", metavar="PADDING", help="Only same, valid, or this number.")
    ] = None,
    dilation: Annotated[
        int | None,
        typer.Option("--dilation-rate", "--dilation", "-d", min=1, max=64, metavar="N", help="This dilation only."),
    ] = None,
    max_kernel: Annotated[
        int, typer.Option("--max-kernel", min=1, max=1024, metavar="N", help="The largest kernel.")
    ] = 11,
    max_stride: Annotated[
        int | None,
        typer.Option(
            "--max-stride", min=1, max=1024, metavar="N", help="The largest stride; by default what the sizes need."
        ),
    ] = None,
    max_dilation: Annotated[
        int, typer.Option("--max-dilation", min=1, max=64, metavar="N", help="The largest dilation.")
    ] = 2,
    top: Annotated[
        int, typer.Option("--top", min=1, metavar="N", help="The N most conventional of each framework.")
    ] = 8,
    format: Annotated[Literal["table", "json"], typer.Option("--format", help="json lists all of them.")] = "table",
    to: OutputOption = None,
) -> int:
    """Which kernel, stride, padding and dilation give OUTPUT from INPUT, most conventional first.

    Numbers differ from axis to axis where none serves all of them. Exit code 1 where nothing within the bounds does.
    """
    if transpose and pool:
        raise Misuse("either --transpose or --pool", "--pool")
    kind: Kind = "transposed" if transpose else "pooling" if pool else "convolution"
    frameworks: Sequence[Framework] = (framework,) if framework else FRAMEWORKS
    inputs, outputs = sizes(input, "INPUT", rank), sizes(output, "OUTPUT", rank)
    if len(inputs) != len(outputs):
        message = f"{output} is {len(outputs)} sizes, INPUT {input} {len(inputs)}: give one for every axis"
        raise Misuse(message)
    rule = read_rule(padding)
    bounds = Bounds(kernel_size, strides, rule, dilation, max_kernel, max_stride, max_dilation)
    found = solve(inputs, outputs, kind, frameworks, bounds)
    if windows_within(bounds) > MOST_WINDOWS:
        say(f"of {windows_within(bounds):,} windows within the bounds the first {MOST_WINDOWS:,} were tried")
    if format == "json":
        document = {"input": list(inputs), "output": list(outputs), "kind": kind}
        write_json({**document, "solutions": [each.to_dict() for each in found]}, to)
        return exits.WELL if found else exits.WRONG
    if found:
        write_text(shown(found, frameworks, top, to), to)
        return exits.WELL
    return apart(inputs, outputs, kind, frameworks, bounds, to)


def sizes(text: str, name: str, rank: int) -> tuple[int, ...]:
    """Sizes per axis; one is the size of all. Raises a usage error that names the argument."""
    try:
        several = read_sizes(text)
    except ValueError:
        message = f"must be one size of at least 1, or one per axis such as 224x320, got {text!r}"
        raise Misuse(message, name) from None
    if len(several) > MOST_AXES:
        message = (
            f"has {len(several)} sizes, but layers have {MOST_AXES} spatial axes at most: leave out batch and channels"
        )
        raise Misuse(message, name)
    return several * rank if len(several) == 1 else several


def read_rule(text: str | None) -> str | int | None:
    """``same``, ``valid`` or a number."""
    if text is None or text.lower() in ("same", "valid"):
        return text and text.lower()
    try:
        return read_whole(text, 0)
    except ValueError:
        raise Misuse(f"must be same, valid or a whole number, got {text!r}", "--padding") from None


def shown(found: Sequence[Solution], frameworks: Sequence[Framework], top: int, to: str | None) -> str:
    """The most conventional solutions of each framework, and how many more there are."""
    from cnnshape.reports.solutions import table

    each = [[one for one in found if one.setting.framework == framework] for framework in frameworks]
    chosen = [solution for some in each for solution in some[:top]]
    style = style_for(to)
    more = len(found) - len(chosen)
    return table(chosen, style) + (f"\n{more} more: --top {max(map(len, each))} shows them all" if more else "")


def apart(
    inputs: Sequence[int],
    outputs: Sequence[int],
    kind: Kind,
    frameworks: Sequence[Framework],
    bounds: Bounds,
    to: str | None,
) -> int:
    """No one setting serves all axes: say so, and show what serves each."""
    asked = f"{by_x(outputs)} from {by_x(inputs)}"
    alone = [solve((size,), (wanted,), kind, frameworks, bounds) for size, wanted in zip(inputs, outputs, strict=True)]
    if not all(alone):
        say(f"no setting within the bounds gives {asked}; --max-kernel, --max-stride and --max-dilation widen them")
        return exits.WRONG
    parts = [
        f"{name}: {size} to {wanted}\n{shown(found, frameworks, 3, to)}"
        for name, size, wanted, found in zip(axis_names(len(inputs)), inputs, outputs, alone, strict=True)
    ]
    write_text("\n\n".join((f"No one setting gives {asked}; per axis:", *parts)), to)
    return exits.WELL
