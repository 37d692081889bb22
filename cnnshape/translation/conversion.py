"""Which layer of the other framework answers to an operation: one function per kind of operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, ceil_div
from cnnshape.diagnostics import Fault
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation, GatedLinearUnit, PRelu
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.applied import Applied
from cnnshape.operations.choosing import AlongAxis, Choice, Taken
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.lookup import Lookup
from cnnshape.operations.merging import Concatenate, MatrixProduct, Merge
from cnnshape.operations.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    UnitNormalization,
)
from cnnshape.operations.operation import Operation
from cnnshape.operations.padding import Crop, Pad
from cnnshape.operations.parts import Chunk, Select, Split
from cnnshape.operations.pooling import GlobalPooling, Pooling, WithIndices
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.resampling import ChannelShuffle, Interpolate, PixelShuffle, PixelUnshuffle, Resize, Upsample
from cnnshape.operations.reshaping import Permute, Reshape, Squeeze, Transpose, Unflatten, Unsqueeze
from cnnshape.operations.scaling import LearnedScale, Rescale, Standardization
from cnnshape.operations.tensors import Attention, Einsum
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Flatten, Identity, OfRank
from cnnshape.operations.weighted import Weighted
from cnnshape.operations.worked import Worked
from cnnshape.translation import (
    activations,
    merging,
    normalizations,
    padding,
    products,
    regularization,
    resampling,
    reshaping,
    transposed,
    windows,
)
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import call, short
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.vocabulary import Framework, vocabulary


def counterpart_of(plan: Plan, row: Row) -> Counterpart | None:
    """What the other framework gives for a row of a plan; None where nothing is known of it."""
    shapes = [shape for shape in row.input_shapes if shape is not None]
    if row.operation is None or len(shapes) < len(row.input_shapes):
        return None
    return counterpart(
        as_a_word(plan, row, shapes) if isinstance(row.operation, Worked) else row.operation,
        plan.framework,
        *shapes,
        layer=row.type,
        arguments=row.arguments,
        channels_last=plan.layout.channels_last,
        trainable=row.trainable,
    )


def as_a_word(plan: Plan, row: Row, shapes: Sequence[Shape]) -> Operation:
    """A row that a file has worked out for its tensors, as the word that it is called by, where that gives the same."""
    kind = vocabulary(plan.framework).find_exact(row.type)
    with suppress(Fault, Faults):
        operation = bind(kind, (), row.arguments).operation() if kind else row.operation
        if operation.fewest <= len(shapes) <= (operation.most or len(shapes)):  # type: ignore[union-attr]
            result = operation.apply(*shapes)  # type: ignore[union-attr]
            if (result.outputs, result.params) == (row.output_shapes, row.params):
                return operation  # type: ignore[return-value]
    return row.operation  # type: ignore[return-value]  # only known rows are asked about


def counterpart(
    operation: Operation,
    framework: str,
    *inputs: Shape,
    layer: str = "",
    arguments: Mapping[str, Any] = {},  # never written to
    channels_last: bool | None = None,
    trainable: bool = True,
) -> Counterpart | None:
    """What the other framework gives; None where nothing is known of it.

    Args:
        layer: the name of the layer.
        arguments: those of the layer; what is not among them has its default.
        channels_last: where the channels lie if the operation does not say so, by default as the framework has them.
        trainable: whether its weights train.

    Raises:
        Fault: the shapes do not fit.
    """
    if not all(inputs):
        return None  # a scalar has no batch, which the layers of both frameworks have
    ours: Framework = "pytorch" if framework == "pytorch" else "keras"
    other: Framework = "keras" if ours == "pytorch" else "pytorch"
    rank = len(inputs[0]) if inputs else 0
    usual = ours == "keras"
    stated = not isinstance(operation, Identity) or operation.rank is not None
    layout = getattr(operation, "layout", None) if stated else None
    last = usual and (layout.channels_last if layout else channels_last is not False)
    axis = rank - 1 if last else min(1, rank - 1)
    request = Request(
        ours,
        other,
        layer,
        arguments,
        inputs,
        operation.apply(*inputs),
        axis,
        last == usual,
        channels_taken(operation),
        trainable,
    )
    found = convert(operation, request)
    named = getattr(operation, "activation", None)
    if found is None or not (found.layer or found.remedy) or named in (None, "linear"):
        return found
    return activations.with_activation(found, named, dim=1 if request.moves and rank > 2 else -1)


def convert(operation: Operation, request: Request) -> Counterpart | None:
    """The counterpart of one kind of operation; None where nothing is known of it."""
    answer = CONVERSIONS.get(type(operation))
    return answer and answer(operation, request)


def channels_taken(operation: Operation) -> int:
    """A number of channels that the operation takes: what it declares, or else one a group."""
    declared: int | None = getattr(operation, "in_channels", None)
    groups: int = getattr(operation, "groups", 1)
    return declared or max(groups, 1)


def with_indices(operation: WithIndices, request: Request) -> Counterpart | None:
    """A maximum and where it was found."""
    if not isinstance(operation.pooling, Pooling):
        return None
    found = windows.sliding(operation.pooling, request)
    note = "Keras returns no indices"
    return found._replace(note=f"{found.note}; {note}" if found.note else note) if found.layer else found


def applied(operation: Applied, request: Request) -> Counterpart | None:
    """A function as source applies it to tensors."""
    if operation.operands or operation.values or operation.weightless:
        return None
    return reshaping.across(operation, request) if operation.across else convert(operation.operation, request)


def globally(operation: GlobalPooling, request: Request) -> Counterpart:
    """All of the spatial axes to one value, which only Keras has a layer for, and ONNX an operator."""
    if request.other == "keras":
        name = f"Global{'Average' if operation.kind == 'average' else 'Max'}Pooling{operation.rank}D"
        return request.answer(call(name, keepdims=operation.keepdims or None))
    kind = "Avg" if operation.kind == "average" else "Max"
    layer = call(f"Adaptive{kind}Pool{operation.rank}d", 1)
    return request.answer(layer) if operation.keepdims else request.answer(layer, call("Flatten"))


def adaptively(operation: AdaptivePooling, request: Request) -> Counterpart | None:
    """As many windows as are asked for."""
    rank, average = len(operation.sizes), operation.kind == "average"
    if operation.reduction(request.shape) is not None:
        return None
    if request.other == "pytorch":
        return request.answer(call(f"Adaptive{'Avg' if average else 'Max'}Pool{rank}d", short(operation.sizes)))
    kind = "Average" if average else "Max"
    if set(operation.sizes) == {1}:
        return request.answer(call(f"Global{kind}Pooling{rank}D", keepdims=True))
    sizes = operation.layout.spatial(request.result.output)
    if not average and any(map(too_few_for_keras, operation.layout.spatial(request.shape), sizes)):
        return request.nothing(f"TensorFlow cannot run Keras's AdaptiveMaxPooling{rank}D on so few elements")
    return None if None in sizes else request.answer(call(f"Adaptive{kind}Pooling{rank}D", short(sizes)))


def too_few_for_keras(size: Dim, windows: Dim) -> bool:
    """Whether an axis is shorter than the larger one of the two windows with which Keras tries adaptive pooling."""
    return size is not None and windows is not None and ceil_div(size, windows) + 1 > size


CONVERSIONS: dict[type[Operation], Callable[[Any, Request], Counterpart | None]] = {
    Activation: activations.activation,
    AdaptivePooling: adaptively,
    AlongAxis: activations.powers,
    Applied: applied,
    Attention: products.attention,
    BatchNormalization: normalizations.batch,
    ChannelShuffle: reshaping.shuffled,
    Choice: reshaping.chosen,
    Chunk: reshaping.parted,
    Concatenate: merging.concatenate,
    Convolution: windows.sliding,
    Crop: padding.cropped,
    Dense: reshaping.dense,
    Einsum: products.formula,
    Flatten: reshaping.flattened,
    GatedLinearUnit: activations.gated,
    GlobalPooling: globally,
    GroupNormalization: normalizations.group,
    Identity: regularization.passed_on,
    Interpolate: lambda operation, request: resampling.upsampling(operation.over(*request.inputs), request),
    LayerNormalization: normalizations.over_axes,
    LearnedScale: normalizations.scaled,
    Lookup: reshaping.looked_up,
    MatrixProduct: products.product,
    Merge: merging.merge,
    OfRank: lambda operation, request: convert(operation.operation, request),
    PRelu: activations.trained_slopes,
    Pad: padding.padded,
    Permute: reshaping.permuted,
    PixelShuffle: reshaping.in_blocks,
    PixelUnshuffle: reshaping.in_blocks,
    Pooling: windows.sliding,
    Reduce: reshaping.reduced,
    Rescale: normalizations.rescaled,
    Reshape: reshaping.reshaped,
    Resize: resampling.upsampling,
    Select: reshaping.stretch,
    Split: reshaping.parted,
    Squeeze: reshaping.reshaped,
    Standardization: normalizations.standardized,
    Taken: reshaping.taken,
    Transpose: reshaping.exchanged,
    TransposedConvolution: transposed.transposed,
    Unflatten: reshaping.reshaped,
    UnitNormalization: normalizations.to_unit_length,
    Unsqueeze: reshaping.reshaped,
    Upsample: resampling.upsampling,
    Weighted: lambda operation, request: (
        convert(operation.layer(*request.inputs), request) if len(request.inputs) == operation.own else None
    ),
    WithIndices: with_indices,
}
"""Which function finds the counterpart of an operation."""
