"""The batch where it is no longer the first axis: moved by an operation, or folded into another axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import LayerType

MOVES = frozenset({"permute", "transpose", "swapaxes", "swapdims", "movedim", "reshape"})
"""Functions that may move the batch on purpose; of others that would, it is surely a mistake."""


def is_meant(kind: LayerType, arguments: Mapping[str, Any], shape: Shape) -> bool:
    """Whether a function that moves the batch does so on purpose.

    A reshape does where it folds axes into the batch and keeps the others (``view(-1, 3, 8, 8)`` of frames), or makes a
    column of all there is (``view(-1, 1)``); whatever else it would move is most likely counted wrong.
    """
    if kind.name != "reshape":
        return kind.name in MOVES
    first, *rest = arguments["shape"] or (None,)
    return first == -1 and (set(rest) <= {1} or tuple(rest) == shape[len(shape) - len(rest) :])


AXES = frozenset({"dim", "dim0", "dim1", "dims", "start_dim", "end_dim", "source", "destination"})
AXES |= {"axis", "axis0", "axis1", "axis2", "axes"}
NEW_AXIS = frozenset({"unsqueeze", "stack", "ops.expand_dims", "ops.stack"})

MADE: dict[tuple[Any, ...], Lowered] = {}


def again(lowered: Lowered, operation: Operation) -> Lowered:
    """A layer with another operation: the same for the same."""
    key = (id(lowered.bound), operation)
    if key not in MADE or MADE[key].bound is not lowered.bound:
        if len(MADE) > 5000:
            MADE.clear()
        MADE[key] = Lowered(lowered.bound, operation)
    return MADE[key]


def moved(builder: NetworkBuilder, lowered: Lowered, shape: Shape) -> Lowered:
    """A function that moves the batch on purpose, as one of an axis like any other; else as it is."""
    try:
        lowered.answer((shape,))
        return lowered
    except Fault as fault:
        if fault.code != "CS310" or not is_meant(lowered.bound.kind, lowered.bound.arguments, shape):
            return lowered
    return again(lowered, across(builder, lowered.bound.kind, lowered.bound.arguments, len(shape)).operation)


def across(builder: NetworkBuilder, kind: LayerType, arguments: Mapping[str, Any], rank: int) -> Lowered:
    """A function for which the batch is an axis like any other, of tensors of so many axes. Raises `Faults`."""
    from cnnshape.operations.applied import Applied  # which few files need

    shifted = builder.layer(kind.name, (), shifted_arguments(kind, arguments, rank))
    return again(shifted, Applied(shifted.operation, (), True, builder.batch))


def followed(lowered: Lowered, shapes: Sequence[Shape], batch: Dim) -> Lowered:
    """A layer on a tensor that has not the batch where the layer looks for it: what each sample costs of it."""
    axis = lowered.operation.batch_axis
    first = shapes[0] if shapes else ()
    if batch is None or len(first) <= axis or first[axis] in (None, batch):
        return lowered
    from cnnshape.operations.applied import Applied  # which few files need

    return again(lowered, Applied(lowered.operation, batch=batch))


def shifted_arguments(kind: LayerType, arguments: Mapping[str, Any], rank: int) -> dict[str, Any]:
    """The arguments of a function for tensors with one more axis at the front; `rank` counts the axes without it."""
    model = model_of(kind)
    given = {model.second_names.get(name, name): value for name, value in arguments.items()}
    result = dict(given)
    for name, argument in declared(model).items():
        if name in AXES:
            value = given.get(name, argument.default)
            if value is None:
                value = tuple(range(rank))[:: -1 if kind.name == "ops.transpose" else 1]
            if isinstance(value, int):
                result[name] = value + 1 if value >= 0 else value + rank + 2 if kind.name in NEW_AXIS else value
            elif isinstance(value, list | tuple):
                moved = tuple(each + 1 if each >= 0 else each for each in value)
                result[name] = (0, *moved) if kind.name in ("permute", "ops.transpose") else moved
    if (sizes := {"reshape": "shape", "ops.reshape": "newshape"}.get(kind.name)) in given:
        result[sizes] = (1, *given[sizes])
    if kind.name == "tile":
        result["dims"] = (1, *given["dims"]) if len(given["dims"]) >= rank else given["dims"]
    return result
