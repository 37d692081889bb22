"""The windows of a row along each axis: what advice and fixes look at."""

from __future__ import annotations

from typing import NamedTuple

from cnnshape.arithmetic.windows import Padding, effective_kernel
from cnnshape.network.plan import Row
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.operation import Layout, axis_names
from cnnshape.operations.pooling import Pooling
from cnnshape.operations.separable import SeparableConvolution


class Axis(NamedTuple):
    """The windows along one axis: the input's size, how many windows fit, and their form, all in elements."""

    name: str
    size: int
    windows: int
    kernel: int
    stride: int
    dilation: int
    padding: Padding
    leftover: int

    @property
    def extent(self) -> int:
        """The effective kernel."""
        return effective_kernel(self.kernel, self.dilation)


def axes_of(row: Row) -> tuple[Axis, ...]:
    """The windows of a convolution or pooling per spatial axis whose sizes are known; none for other rows."""
    operation, result = row.operation, row.result
    if isinstance(operation, Convolution | DepthwiseConvolution | SeparableConvolution):
        kernel = operation.kernel
    elif isinstance(operation, Pooling):
        kernel = operation.window
    else:
        return ()
    shape = row.input_shapes[0]
    if result is None or shape is None:
        return ()
    layout: Layout = operation.layout
    rank = len(kernel)
    return tuple(
        Axis(*values)
        for values in zip(
            axis_names(rank),
            layout.spatial(shape),
            layout.spatial(result.output),
            kernel,
            operation.strides,
            operation.dilation or (1,) * rank,
            result.padding or (None,) * rank,
            result.leftover or (None,) * rank,
            strict=True,
        )
        if None not in values
    )
