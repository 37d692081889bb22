"""``cnnshape depthwise-conv``: a depthwise convolution."""

from __future__ import annotations

from typing import Any

from cnnshape.cli.one_off import ACTIVATION, BIAS, COMMON, DILATION, KERNEL, MULTIPLIER, PADDING, SHAPE, STRIDES, answer
from cnnshape.cli.option_parser import Declared
from cnnshape.studies.single_layer import depthwise_convolution, read_input


def run(**values: Any) -> int:
    """Answer by the rules of Keras's DepthwiseConv2D, or PyTorch's Conv2d with as many groups as channels."""
    given = read_input(values["shape"], values["rank"], values["framework"])
    return answer(depthwise_convolution(given, **values), given, **values)


command = Declared(
    """A depthwise convolution: every channel by itself.

    cnnshape depthwise-conv 112x112x32 -k 3 -p same
    """,
    (SHAPE, KERNEL, STRIDES, PADDING, DILATION, MULTIPLIER, BIAS, ACTIVATION, *COMMON),
    run,
)
