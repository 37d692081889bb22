"""CS516: a layer that changes nothing, or that computes what another has computed."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, activation_of, suspicion
from cnnshape.network.plan import Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Flatten, Identity

IDEMPOTENT = frozenset({"relu", "relu6", "hard_sigmoid", "hardtanh", "abs"})
"""Activations that change nothing the second time."""


def check(view: AdviceView) -> Iterator[Advice]:
    """An idempotent layer twice in a row, or the same layer without weights on the same input."""
    flat = [*map(view.row, view.suspects(flattens_vector))]
    for row in flat:
        yield Advice(row, f"{row.type} reads a vector, which is flat already", "remove it")
    for row, reason in view.once(repeated):
        yield Advice(row, f"{row.type} {reason}", "remove it")
    for row, twin in view.once(twins):
        if not any(row is each for each in flat):
            yield Advice(
                row,
                f"{row.type} computes again what {twin} has computed from {', '.join(row.inputs)}",
                f"read {twin} instead",
            )


@suspicion(Flatten)
def flattens_vector(view: AdviceView, number: int) -> bool:
    """Whether a vector is flattened."""
    shape = view.read(number)[0]
    return shape is not None and len(shape) == 2


def twins(view: AdviceView) -> Iterator[tuple[Row, str]]:
    """The rows without weights that compute what one before them has computed, and its name."""
    computed: dict[tuple[Operation, tuple[str, ...]], str] = {}
    repeating = {id(row) for row, _ in repeated(view)}
    for row in view:
        operation, result = row.operation, row.result
        if operation is None or result is None or result.weights or isinstance(operation, Identity):
            continue
        if id(row) in repeating:
            continue
        twin = computed.setdefault((operation, row.inputs), row.name)
        if twin != row.name:
            yield row, twin


def repeated(view: AdviceView) -> Iterator[tuple[Row, str]]:
    """The rows that change nothing behind what they read, and why."""
    for row in view.of(Activation, BatchNormalization):
        operation, sources = row.operation, view.sources(row)
        if len(sources) != 1:
            continue
        (source,) = sources
        if isinstance(operation, Activation):
            if operation.name in IDEMPOTENT and activation_of(source) == operation.name:
                yield row, f"follows {source.name}, which ends with {operation.name} already"
        elif isinstance(source.operation, BatchNormalization):
            yield row, f"follows {source.name}, which has normalized already"
