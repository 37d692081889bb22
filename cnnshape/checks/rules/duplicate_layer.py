"""CS516: a layer that changes nothing, or that computes what another has computed."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, activation_of
from cnnshape.network.plan import Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Flatten, Identity

IDEMPOTENT = frozenset({"relu", "relu6", "hard_sigmoid", "hardtanh", "abs"})
"""Activations that change nothing the second time."""
REPEATABLE = (Flatten, Activation, BatchNormalization)
"""Operations of which `repeats` has something to say."""


def check(view: AdviceView) -> Iterator[Advice]:
    """An idempotent layer twice in a row, or the same layer without weights on the same input."""
    computed: dict[tuple[Operation, tuple[str, ...]], str] = {}
    for row in view.rows:
        operation, result = row.operation, row.result
        if isinstance(operation, REPEATABLE) and (reason := repeats(view, row)):
            yield Advice(row, f"{row.type} {reason}", "remove it")
            continue
        if operation is None or result is None or result.weights or isinstance(operation, Identity):
            continue
        twin = computed.setdefault((operation, row.inputs), row.name)
        if twin != row.name:
            yield Advice(
                row,
                f"{row.type} computes again what {twin} has computed from {', '.join(row.inputs)}",
                f"read {twin} instead",
            )


def repeats(view: AdviceView, row: Row) -> str | None:
    """Why a row changes nothing, if it does not."""
    operation = row.operation
    if isinstance(operation, Flatten):
        shape = row.input_shapes[0]
        return "reads a vector, which is flat already" if shape is not None and len(shape) == 2 else None
    sources = view.sources(row)
    if len(sources) != 1:
        return None
    source = sources[0]
    if isinstance(operation, BatchNormalization):
        normalized = isinstance(source.operation, BatchNormalization)
        return f"follows {source.name}, which has normalized already" if normalized else None
    assert isinstance(operation, Activation)
    same = operation.name in IDEMPOTENT and activation_of(source) == operation.name
    return f"follows {source.name}, which ends with {operation.name} already" if same else None
