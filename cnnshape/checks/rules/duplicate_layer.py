"""CS516: a layer that changes nothing, or that computes what another has computed."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, activation_of, is_dropout
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
        operation = row.operation
        if operation is None or isinstance(operation, Identity):
            continue
        if isinstance(operation, REPEATABLE) and (reason := repeats(view, row)):
            yield Advice(row, f"{row.type} {reason}", "remove it")
            continue
        if row.result is None or row.result.weights or is_dropout(row):
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
    operation, shape = row.operation, row.input_shapes[0]
    if isinstance(operation, Flatten) and shape is not None and len(shape) == 2:
        return "reads a vector, which is flat already"
    sources = view.sources(row)
    if len(sources) != 1:
        return None
    source = sources[0]
    if isinstance(operation, Activation) and operation.name in IDEMPOTENT:
        same = activation_of(source) == operation.name
        return f"follows {source.name}, which ends with {operation.name} already" if same else None
    if isinstance(operation, BatchNormalization) and isinstance(source.operation, BatchNormalization):
        return f"follows {source.name}, which has normalized already"
    return None
