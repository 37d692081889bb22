"""A layer on tensors of given shapes, by itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import require_count
from cnnshape.network.batch import shifted_arguments
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Operation, Result
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Faults, Layer, bind


class OnTensors(NamedTuple):
    """A layer on tensors: itself, its operation, and what that answers."""

    layer: Layer
    operation: Operation
    result: Result


def on_tensors(bound: BoundLayer, shapes: Sequence[Shape]) -> OnTensors:
    """What a layer is on tensors of these shapes; a function may move the batch as an axis like any other.

    Raises:
        Fault, Faults: they do not fit.
    """
    operation = bound.layer.operation(bound.kind, Defaults())
    require_count(operation, len(shapes), bound.kind.name)
    try:
        return OnTensors(bound.layer, operation, operation.apply(*shapes))
    except Fault:
        if not bound.kind.operator:
            raise
        with suppress(Fault, Faults):
            arguments = shifted_arguments(bound.kind, bound.arguments, max(map(len, shapes)))
            moving = bind(bound.kind, (), arguments).layer.operation(bound.kind, Defaults())
            across = Applied(moving, across=True, aligned=len(shapes) > 1)
            return OnTensors(bound.layer, across, across.apply(*shapes))
        raise
