"""``cnnshape conv``: a convolution."""

from __future__ import annotations

from typing import Any

from cnnshape.cli.one_off import (
    ACTIVATION,
    BIAS,
    COMMON,
    DILATION,
    FILTERS,
    GROUPS,
    KERNEL,
    PADDING,
    SHAPE,
    STRIDES,
    answer,
)
from cnnshape.cli.option_parser import Declared
from cnnshape.studies.single_layer import convolution, read_input


def run(**values: Any) -> int:
    """Answer by the rules of Keras's Conv1D to Conv3D, or PyTorch's Conv1d to Conv3d."""
    given = read_input(values["shape"], values["rank"], values["framework"])
    return answer(convolution(given, **values), given, **values)


command = Declared(
    """A convolution: its output, parameters and cost.

    cnnshape conv 224 -k 7 -s 2 -p 3 prints 112; cnnshape conv 10x8x16x3 -f 5 -k 3 also counts.
    """,
    (SHAPE, FILTERS, KERNEL, STRIDES, PADDING, DILATION, GROUPS, BIAS, ACTIVATION, *COMMON),
    run,
)
