"""Which layer of the other framework answers to an operation: one function per kind of operation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import BatchNormalization, LayerNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import GlobalPooling, Pooling, WithIndices
from cnnshape.operations.resampling import Interpolate, Upsample
from cnnshape.operations.separable import SeparableConvolution
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Flatten, OfRank
from cnnshape.studies.counterpart.activations import activation, with_activation
from cnnshape.studies.counterpart.answer import Counterpart, Request
from cnnshape.studies.counterpart.calls import call, known
from cnnshape.studies.counterpart.normalizations import batch
from cnnshape.studies.counterpart.normalizations import layer as over_the_last_axes
from cnnshape.studies.counterpart.resampling import upsampling
from cnnshape.studies.counterpart.transposed import transposed
from cnnshape.studies.counterpart.windows import separable, sliding
from cnnshape.vocabularies.vocabulary import Framework


def counterpart_of(plan: Plan, row: Row) -> Counterpart | None:
    """What the other framework gives for a row of a plan; None where nothing is known of it."""
    shapes = [shape for shape in row.input_shapes if shape is not None]
    if row.operation is None or len(shapes) < len(row.input_shapes):
        return None
    last = plan.layout.channels_last
    return counterpart(
        row.operation, plan.framework, *shapes, layer=row.type, arguments=row.arguments, channels_last=last
    )


def counterpart(
    operation: Operation,
    framework: str,
    *inputs: Shape,
    layer: str = "",
    arguments: Mapping[str, Any] = {},  # never written to
    channels_last: bool | None = None,
) -> Counterpart | None:
    """What the other framework gives; None where nothing is known of it.

    Args:
        layer: the name of the layer, if it is not the one that its operation bears.
        arguments: those of the layer; what is not among them has its default.
        channels_last: where the channels lie if the operation does not say so, by default as the framework has them.

    Raises:
        Fault: the shapes do not fit.
    """
    ours: Framework = "pytorch" if framework == "pytorch" else "keras"
    other: Framework = "keras" if ours == "pytorch" else "pytorch"
    rank = len(inputs[0])
    usual = ours == "keras"
    layout = getattr(operation, "layout", None)
    last = layout.channels_last if layout else usual if channels_last is None else channels_last
    axis = rank - 1 if last else min(1, rank - 1)
    request = Request(
        ours,
        other,
        layer or getattr(operation, "what", ""),
        arguments,
        inputs,
        operation.apply(*inputs),
        axis,
        last == usual,
    )
    found = convert(operation, request)
    named = getattr(operation, "activation", None)
    if found is None or not found.layer or named in (None, "linear"):
        return found
    return with_activation(found, named, moved=request.moves and not isinstance(operation, Dense))


@singledispatch
def convert(operation: Operation, request: Request) -> Counterpart | None:
    """The counterpart of one kind of operation."""
    return None


def channels_taken(operation: Operation) -> int:
    """A number of channels that the operation takes: what it declares, or else one a group."""
    declared: int | None = getattr(operation, "in_channels", None)
    groups: int = getattr(operation, "groups", 1)
    return declared or groups


@convert.register(Convolution)
@convert.register(DepthwiseConvolution)
@convert.register(Pooling)
def _(operation: Convolution | DepthwiseConvolution | Pooling, request: Request) -> Counterpart | None:
    return sliding(operation, request._replace(unknown=channels_taken(operation)))


@convert.register
def _(operation: SeparableConvolution, request: Request) -> Counterpart | None:
    return separable(operation, request)


@convert.register
def _(operation: WithIndices, request: Request) -> Counterpart | None:
    if not isinstance(operation.pooling, Pooling):
        return None
    found = sliding(operation.pooling, request)
    note = "Keras returns no indices"
    return found._replace(note=f"{found.note}; {note}" if found.note else note) if found.layer else found


@convert.register
def _(operation: Activation, request: Request) -> Counterpart | None:
    return activation(operation, request)


@convert.register
def _(operation: OfRank, request: Request) -> Counterpart | None:
    return convert(operation.operation, request) if isinstance(operation.operation, Activation) else None


@convert.register
def _(operation: Upsample, request: Request) -> Counterpart | None:
    return upsampling(operation, request)


@convert.register
def _(operation: Interpolate, request: Request) -> Counterpart | None:
    return upsampling(operation.over(*request.inputs), request)


@convert.register
def _(operation: BatchNormalization, request: Request) -> Counterpart | None:
    return batch(operation, request)


@convert.register
def _(operation: LayerNormalization, request: Request) -> Counterpart | None:
    return over_the_last_axes(operation, request)


@convert.register
def _(operation: TransposedConvolution, request: Request) -> Counterpart | None:
    return transposed(operation, request._replace(unknown=channels_taken(operation)))


@convert.register
def _(operation: GlobalPooling, request: Request) -> Counterpart | None:
    if request.other == "keras":
        return None
    kind = "Avg" if operation.kind == "average" else "Max"
    layer = call(f"Adaptive{kind}Pool{operation.rank}d", 1)
    return request.answer(layer) if operation.keepdims else request.answer(layer, call("Flatten"))


@convert.register
def _(operation: AdaptivePooling, request: Request) -> Counterpart | None:
    rank, average = len(operation.sizes), operation.kind == "average"
    if request.other == "keras" and set(operation.sizes) == {1} and operation.reduction(request.inputs[0]) is None:
        kind = "Average" if average else "Max"
        return request.answer(call(f"Global{kind}Pooling{rank}D", keepdims=True))
    return None


@convert.register
def _(operation: Dense, request: Request) -> Counterpart | None:
    (shape,) = request.inputs
    request = request._replace(channel_axis=len(shape) - 1, moves=False)
    bias = None if operation.bias else False
    if request.other == "pytorch":
        return request.answer(call("Linear", known(shape[-1]), operation.units, bias=bias))
    return request.answer(call("Dense", operation.units, use_bias=bias))


@convert.register
def _(operation: Flatten, request: Request) -> Counterpart | None:
    (shape,) = request.inputs
    if operation.start != 1 or operation.end not in (-1, len(shape) - 1):
        return None
    if sum(size != 1 for size in shape[1:]) <= 1:
        return request.answer(call("Flatten"))
    order = {"keras": "rows, columns, then channels", "pytorch": "channels, rows, then columns"}
    if len(shape) != 4:
        order = {"keras": "positions, then channels", "pytorch": "channels, then positions"}
    note = f"as many features in another order: PyTorch goes through {order['pytorch']}, Keras through {order['keras']}"
    return request.answer(call("Flatten"), verdict="other values", note=note)
