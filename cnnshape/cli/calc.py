"""``cnnshape calc``: a stack of layers on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnshape.cli.options import BatchOption, FrameworkOption, OutputOption
from cnnshape.cli.plan import Format, exit_code, show, view_of
from cnnshape.cli.shapes import read_shape


def command(
    shape: Annotated[
        str, typer.Argument(metavar="SHAPE", help="One sample, 8x16x3, or a batch, 10x8x16x3; _ is unknown.")
    ],
    layers: Annotated[
        list[str], typer.Argument(metavar='"LAYER"...', help='Such as "Conv2D(5, 3, strides=2)" or "Flatten".')
    ],
    format: Annotated[Format, typer.Option("--format", help="How to show it.")] = "table",
    output: OutputOption = None,
    columns: Annotated[str | None, typer.Option("--columns", metavar="KEY,...", help="Other columns.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Every digit of every number.")] = False,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
) -> int:
    """A stack of layers written on the command line, one below the other.

    cnnshape calc 8x16x3 "Conv2D(5, 3, strides=2)" "MaxPooling2D(2, padding='same')"
    """
    from cnnshape.diagnostics import ArchitectureError
    from cnnshape.planning.plan import Plan
    from cnnshape.studies.stack import plan_stack, split_batch

    view = view_of(columns, None, None, None, False, exact)
    try:
        sizes = read_shape(shape)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'SHAPE'") from None
    try:
        sizes, stated = split_batch(sizes, layers)
        plan = plan_stack(sizes, layers, batch=stated if batch is None else batch, framework=framework)
    except ArchitectureError as error:
        plan = Plan("stack", framework or "keras", "float32", batch, "stack", {}, {}, (), None, error.diagnostics)
    show([plan], format, view, output, None)
    return exit_code([plan])
