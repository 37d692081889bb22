"""``cnnshape conv-transpose``: a transposed convolution."""

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
    OUTPUT_PADDING,
    PADDING,
    SHAPE,
    STRIDES,
    answer,
)
from cnnshape.cli.option_parser import Declared
from cnnshape.studies.single_layer import read_input, transposed_convolution


def run(**values: Any) -> int:
    """Answer by the rules of Keras's Conv2DTranspose, or PyTorch's ConvTranspose2d, in 1 to 3 axes."""
    given = read_input(values["shape"], values["rank"], values["framework"])
    return answer(transposed_convolution(given, **values), given, **values)


command = Declared(
    """A transposed convolution: its output, parameters and cost.

    cnnshape conv-transpose 7x7x64 -f 32 -k 3 -s 2 -p same
    """,
    (SHAPE, FILTERS, KERNEL, STRIDES, PADDING, OUTPUT_PADDING, DILATION, GROUPS, BIAS, ACTIVATION, *COMMON),
    run,
)
