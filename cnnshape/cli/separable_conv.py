"""``cnnshape separable-conv``: a depthwise separable convolution."""

from __future__ import annotations

from typing import Any

from cnnshape.cli.one_off import (
    ACTIVATION,
    BIAS,
    COMMON,
    DILATION,
    FILTERS,
    KERNEL,
    MULTIPLIER,
    PADDING,
    SHAPE,
    STRIDES,
    answer,
)
from cnnshape.cli.option_parser import Declared
from cnnshape.studies.single_layer import read_input, separable_convolution


def run(**values: Any) -> int:
    """Answer by the rules of Keras's SeparableConv1D and SeparableConv2D."""
    given = read_input(values["shape"], values["rank"], values["framework"])
    return answer(separable_convolution(given, **values), given, **values)


command = Declared(
    """A depthwise separable convolution: depthwise, then 1x1.

    cnnshape separable-conv 112x112x32 -f 64 -k 3 -p same
    """,
    (SHAPE, FILTERS, KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, BIAS, ACTIVATION, *COMMON),
    run,
)
