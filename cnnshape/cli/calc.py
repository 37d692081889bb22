"""``cnnshape calc``: a stack of layers on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.cli.option_parser import argument, declared
from cnnshape.cli.plan import COLUMNS, EXACT, FORMAT, exit_code, show, view_of
from cnnshape.cli.settings import BATCH, FRAMEWORK, OUTPUT
from cnnshape.cli.shapes import read_shape


@declared
def command(
    shape: Shape = argument("SHAPE", "One sample, 8x16x3, or a batch, 10x8x16x3; _ is unknown.", read_shape),
    layers: Sequence[str] = argument('"LAYER"...', 'Such as "Conv2D(5, 3, strides=2)" or "Flatten".', several=True),
    format: str = FORMAT,
    output: str | None = OUTPUT,
    columns: str | None = COLUMNS,
    exact: bool = EXACT,
    batch: int | None = BATCH,
    framework: str | None = FRAMEWORK,
) -> int:
    """A stack of layers written on the command line, one below the other.

    cnnshape calc 8x16x3 "Conv2D(5, 3, strides=2)" "MaxPooling2D(2, padding='same')"
    """
    from cnnshape.diagnostics import ArchitectureError
    from cnnshape.network.plan import unread
    from cnnshape.studies.stack import plan_stack, split_batch

    view = view_of(columns, None, None, None, False, exact)
    try:
        sizes, stated = split_batch(shape, layers)
        plan = plan_stack(sizes, layers, batch=stated if batch is None else batch, framework=framework)
    except ArchitectureError as error:
        plan = unread("stack", framework, error, batch)
    show([plan], format, view, output, None)
    return exit_code([plan])
