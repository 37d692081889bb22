"""CS506: two linear layers with no activation between them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.network import Network, advice, own_activation
from cnnshape.diagnostics import Diagnostic
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.planning.plan import Row


def check(network: Network) -> Iterator[Diagnostic]:
    """Dense or plain convolution straight behind another, and the first no narrower than both its ends.

    A first layer that is narrower than its input and the second's output factorizes a larger one: that is
    a way to save parameters, and meant.
    """
    for row in network.rows:
        if not isinstance(row.operation, Convolution | Dense) or own_activation(row):
            continue
        reader = network.next_beyond_views(row)
        if reader is None or not isinstance(reader.operation, Convolution | Dense):
            continue
        incoming, middle, outgoing = channels_in(row), width(row), width(reader)
        if incoming is not None and middle < min(incoming, outgoing):
            continue
        yield advice(
            "CS506",
            reader,
            f"{reader.type} follows {row.name} ({row.type}) with no activation between them: together they are "
            "one linear layer, and the second adds no power",
            f'give {row.name} an activation, such as activation="relu"'
            if network.plan.framework == "keras"
            else f"put an activation, such as ReLU(), behind {row.name}",
        )


def width(row: Row) -> int:
    """The number of output channels or features."""
    operation = row.operation
    return operation.filters if isinstance(operation, Convolution) else operation.units  # type: ignore[union-attr]


def channels_in(row: Row) -> int | None:
    """The number of input channels or features."""
    shape = row.input_shapes[0]
    if shape is None:
        return None
    return row.operation.layout.channels(shape) if isinstance(row.operation, Convolution) else shape[-1]
