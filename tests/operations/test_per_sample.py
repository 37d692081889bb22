"""Operations that say they answer for every sample alike do so, for every call that was recorded of the frameworks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Operation, Result
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework, lookup
from tests.vocabularies.observed import rows

RECORDED = {
    "keras": ("layers", "more_layers"),
    "pytorch": ("layers", "more_layers"),
}
BATCHES = (1, 2, 3, 4, 7, 64, None)
Shapes = tuple[tuple[int | None, ...], ...]


def recorded(framework: Framework) -> Iterator[tuple[str, Operation, Shapes]]:
    """The recorded calls of operations that say so."""
    for name in RECORDED[framework]:
        for layer, calls in rows(f"{framework}_{name}.jsonl.gz").items():
            for call in calls:
                try:
                    operation = bind(lookup(framework, layer), (), call["config"]).operation()
                except (Fault, Faults):
                    continue
                given = call["input"]
                shapes = tuple(map(tuple, given if isinstance(given[0], list) else [given]))
                if operation.per_sample and all(shapes):
                    yield layer, operation, shapes


def answer(operation: Operation, shapes: Shapes, batch: int | None) -> Result | str:
    """What an operation makes of so many samples, without how many they are; or the code of its refusal."""
    try:
        result = operation.apply(*((batch, *shape[1:]) for shape in shapes))
    except Fault as fault:
        return fault.code
    assert all(shape[0] == batch for shape in result.outputs)
    return result._replace(outputs=tuple(shape[1:] for shape in result.outputs))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_another_batch_changes_the_first_size_alone(framework: Framework) -> None:
    seen = set()
    for layer, operation, shapes in recorded(framework):
        answers = [answer(operation, shapes, batch) for batch in BATCHES]
        assert answers == answers[:1] * len(BATCHES), (layer, operation, shapes)
        seen.add(type(operation))
    assert len(seen) > 15
