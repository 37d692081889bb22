"""``cnnshape pool``: pooling."""

from __future__ import annotations

from typing import Any

from cnnshape.cli.one_off import COMMON, DILATION, KERNEL, PADDING, SHAPE, STRIDES, answer
from cnnshape.cli.option_parser import Declared, Option
from cnnshape.studies.single_layer import pooling, read_input

WINDOW = KERNEL._replace(spellings=("-k", "--pool-size", "--kernel-size"))
STEP = STRIDES._replace(help="Step between windows; by default the window.", default=None)
TYPE = Option("type", ("-t", "--type"), "What of each window.", default="max", choices=("max", "average", "sum", "lp"))
CEIL_MODE = Option("ceil_mode", ("--ceil-mode",), "PyTorch's: a last window may hang over the edge.", default=False)


def run(**values: Any) -> int:
    """Answer by the rules of Keras's MaxPooling2D and its kin, or of PyTorch's MaxPool2d."""
    given = read_input(values["shape"], values["rank"], values["framework"])
    return answer(pooling(given, **values), given, **values)


command = Declared(
    """Max, average, sum or Lp pooling: its output and cost.

    cnnshape pool 10x3x7x5 --pool-size 2 --strides 2 --padding same
    """,
    (SHAPE, WINDOW, STEP, PADDING, DILATION, TYPE, CEIL_MODE, *COMMON),
    run,
)
