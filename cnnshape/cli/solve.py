"""``cnnshape solve``: which kernel, stride, padding and dilation map one size to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import argument, declared, flag, option
from cnnshape.cli.output import say, style_for, write_json, write_text
from cnnshape.cli.settings import OUTPUT, at_least_one, shown_as, whole
from cnnshape.cli.shapes import read_sizes, read_whole
from cnnshape.operations.operation import axis_names
from cnnshape.reports.units import by_x
from cnnshape.studies.solution import FRAMEWORKS, Bounds, Framework, Kind
from cnnshape.studies.solve import MOST_WINDOWS, solve, windows_within

if TYPE_CHECKING:
    from cnnshape.studies.solution import Solution

MOST_AXES = 3
"""No framework has layers with more spatial axes."""


def read_rule(text: str) -> str | int:
    """``same``, ``valid`` or a number."""
    if text.lower() in ("same", "valid"):
        return text.lower()
    try:
        return read_whole(text, 0)
    except ValueError:
        raise ValueError(f"must be same, valid or a whole number, got {text!r}") from None


@declared
def command(
    input: str = argument("INPUT", "One size, or one per axis: 224x320."),
    output: str = argument("OUTPUT", "The size that should come out: 112x160."),
    transpose: bool = flag("--transpose", "By a transposed convolution."),
    pool: bool = flag("--pool", "By pooling."),
    rank: int = option(
        "--rank -r", f"Axes, up to {MOST_AXES}, where one size is given.", "N", whole(1, MOST_AXES), default="2"
    ),
    framework: Framework | None = option("--framework", "One framework's settings only.", choices=FRAMEWORKS),
    kernel_size: int | None = option("--kernel-size -k", "This kernel only, up to 1024.", "N", whole(1, 1024)),
    strides: int | None = option("--strides --stride -s", "This stride only.", "N", at_least_one),
    padding: str | int | None = option("--padding -p", "Only same, valid, or this number.", "PADDING", read_rule),
    dilation: int | None = option("--dilation-rate --dilation -d", "This dilation only, up to 64.", "N", whole(1, 64)),
    max_kernel: int = option("--max-kernel", "The largest kernel, up to 1024.", "N", whole(1, 1024), default="11"),
    max_stride: int | None = option(
        "--max-stride", "The largest stride, up to 1024; by default what the sizes need.", "N", whole(1, 1024)
    ),
    max_dilation: int = option("--max-dilation", "The largest dilation, up to 64.", "N", whole(1, 64), default="2"),
    top: int = option("--top", "The N most conventional of each framework.", "N", at_least_one, default="8"),
    format: str = shown_as("table", "json", help="json lists all of them."),
    to: str | None = OUTPUT,
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
    bounds = Bounds(kernel_size, strides, padding, dilation, max_kernel, max_stride, max_dilation)
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
