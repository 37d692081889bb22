"""``cnnshape calc``: a stack of layers on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.cli.option_parser import Declared, Option
from cnnshape.cli.plan import COLUMNS, EXACT, FORMAT, exit_code, show, view_of
from cnnshape.cli.settings import BATCH, FRAMEWORK, OUTPUT
from cnnshape.cli.shapes import read_shape

SHAPE = Option(
    "shape", (), "One sample, 8x16x3, or a batch, 10x8x16x3; _ is unknown.", read_shape, "SHAPE", required=True
)
LAYERS = Option(
    "layers",
    (),
    'Such as "Conv2D(5, 3, strides=2)" or "Flatten".',
    str,
    '"LAYER"...',
    required=True,
    several=True,
)


def run(
    shape: Shape,
    layers: Sequence[str],
    format: str,
    output: str | None,
    columns: str | None,
    exact: bool,
    batch: int | None,
    framework: str | None,
) -> int:
    """Plan the stack and show it."""
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


command = Declared(
    """A stack of layers written on the command line, one below the other.

    cnnshape calc 8x16x3 "Conv2D(5, 3, strides=2)" "MaxPooling2D(2, padding='same')"
    """,
    (SHAPE, LAYERS, FORMAT, OUTPUT, COLUMNS, EXACT, BATCH, FRAMEWORK),
    run,
)
