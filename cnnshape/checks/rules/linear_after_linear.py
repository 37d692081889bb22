"""CS506: two linear layers with no activation between them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, changes_no_value, own_activation
from cnnshape.network.plan import Row
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import BatchNormalization


def check(view: AdviceView) -> Iterator[Advice]:
    """Dense or plain convolution behind another, and the first no narrower than both its ends.

    Batch normalization between them is linear too, once trained. A first layer that is narrower than its input and
    the second's output factorizes a larger one, and so do layers in groups (a depthwise convolution and a pointwise
    one): that is a way to save parameters, and meant.
    """
    for row, between, reader in view.once(pairs):
        if is_bottleneck(row, reader, between):
            continue
        normalized = ", and batch normalization is linear too" if between is not row else ""
        yield Advice(
            reader,
            f"{reader.type} follows {row.name} ({row.type}) with no activation between them{normalized}: together they "
            "are one linear layer, and the second adds no power",
            f'give {row.name} an activation, such as activation="relu"'
            if view.plan.framework == "keras" and between is row
            else f"put an activation, such as ReLU(), behind {between.name}",
        )


def pairs(view: AdviceView) -> Iterator[tuple[Row, Row, Row]]:
    """Two such layers, and between them the last row that normalizes, else the first of the two."""
    for row in view.of(Convolution, Dense):
        if is_full(row) and not own_activation(row):
            between, reader = beyond_linear(view, row)
            if reader is not None and is_full(reader):
                yield row, between, reader


def is_bottleneck(row: Row, reader: Row, between: Row) -> bool:
    """Whether the first layer is narrower than both ends, or a block's linear end, as MobileNets have it.

    That is a pointwise convolution with its normalization, which the next block widens; it need not be narrower than
    its input.
    """
    incoming, middle, outgoing = channels_in(row), width(row), width(reader)
    if incoming is None or middle >= outgoing:
        return False
    pointwise = isinstance(row.operation, Convolution) and set(row.operation.kernel) == {1}
    return middle < incoming or (middle == incoming and pointwise and between is not row)


def is_full(row: Row) -> bool:
    """Whether a row is a linear map of all its channels to all: a dense layer, or a convolution without groups."""
    operation = row.operation
    if isinstance(operation, Convolution):
        return operation.groups == 1 and not operation.multiplier
    return isinstance(operation, Dense)


def beyond_linear(view: AdviceView, row: Row) -> tuple[Row, Row | None]:
    """The only reader of a row beyond what changes no value or normalizes a batch, and the last normalization."""
    last, reader = row, view.only_reader(row)
    while reader is not None and (changes_no_value(reader) or isinstance(reader.operation, BatchNormalization)):
        last = last if changes_no_value(reader) else reader
        reader = view.only_reader(reader)
    return last, reader


def width(row: Row) -> int:
    """The number of output channels or features."""
    operation = row.operation
    return operation.filters if isinstance(operation, Convolution) else operation.units  # type: ignore[union-attr,return-value]


def channels_in(row: Row) -> int | None:
    """The number of input channels or features."""
    shape = row.input_shapes[0]
    if shape is None:
        return None
    return row.operation.layout.channels(shape) if isinstance(row.operation, Convolution) else shape[-1]
