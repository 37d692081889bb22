"""A planned network applied to other input sizes, without running its program again.

The rows of a plan are operations whose arguments are fixed, so other sizes only flow through them. That is the
plan of the same file at the other size as long as no expression of the file looks at sizes; `faithful` tells.
Rows deep in a network see few different sizes, and each row remembers what it answered: hundreds of input sizes
cost little more than a few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import ArchitectureError, Fault
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.operation import Result
from cnnshape.operations.worked import Worked
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.names import named

LOOKS_AT_SIZES = re.compile(r"\bshape\s*\(")
"""The function of the file's language that tells the size of any axis."""

LOOKS_AT_CHANNELS = re.compile(r"\bchannels\s*\(")
"""The function that tells the channels; those of a flattened or permuted tensor follow from sizes."""


class Replayed(NamedTuple):
    """What other inputs give.

    Attributes:
        tensors: the shape of every tensor by name; where some row refuses, of those before it.
        leftovers: of every live row, elements per spatial axis that no window reads.
        refused_by: the row that refuses, with its fault; None where all fit.
    """

    tensors: Mapping[str, Shape]
    leftovers: tuple[tuple[Dim, ...], ...]
    refused_by: tuple[Row, Fault] | None


class Replay:
    """The rows of a plan, ready for other input shapes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._answers: list[dict[tuple[Shape, ...], Result | Fault]] = [{} for _ in plan.layers]

    def run(self, inputs: Mapping[str, Shape]) -> Replayed:
        """The flow of these inputs (batch first). Rows that failed in the plan itself refuse nothing here."""
        tensors: dict[str, Shape] = dict(inputs)
        leftovers: list[tuple[Dim, ...]] = []
        results: dict[str, Result] = {}
        for row, answers in zip(self.plan.layers, self._answers, strict=True):
            if row.operation is None:
                continue
            shapes = tuple([tensors[name] for name in row.inputs])
            answer = answers.get(shapes)
            if answer is None:
                answer = answers[shapes] = answered(row, shapes)
            if isinstance(answer, Fault):
                return Replayed(tensors, (), (row, answer))
            if row.shared_with:
                unequal = shares_other_weights(row, answer, results)
                if unequal:
                    return Replayed(tensors, (), (row, unequal))
            results[row.name] = answer
            tensors.update(zip(row.output_names, answer.outputs, strict=False))
            if row.live and answer.leftover:
                leftovers.append(answer.leftover)
        return Replayed(tensors, tuple(leftovers), None)


def answered(row: Row, shapes: tuple[Shape, ...]) -> Result | Fault:
    """What the row's operation says of these shapes."""
    assert row.operation is not None
    try:
        result = row.operation.apply(*shapes)
    except Fault as fault:
        return named(fault, row.type, row.arguments)
    if len(result.outputs) != len(row.output_names):  # a split into another number of parts
        return Fault("CS209", f"{row.type} would give {len(result.outputs)} outputs, not {len(row.output_names)}")
    return result


def shares_other_weights(row: Row, result: Result, results: Mapping[str, Result]) -> Fault | None:
    """A shared row needs the weights of its original."""
    original = results.get(row.shared_with or "")
    if original is None or [w.shape for w in original.weights] == [w.shape for w in result.weights]:
        return None
    return Fault("CS208", f"{row.name} shares the weights of {row.shared_with}, but would need others")


def faithful(plan: Plan, planned_without_sizes: Callable[[], Plan]) -> bool:
    """Whether no expression of the plan's files looks at sizes, so that a replay is a plan.

    Channels are no sizes where the file gives the same rows while the sizes are unknown; `planned_without_sizes`
    plans it so, if that has to be seen: also of a dictionary, and of Python, which has other ways to look.
    """
    texts = [source.text for source in plan.sources.values()]
    if any(isinstance(row.operation, Worked | None) for row in plan.layers):
        return False  # its result is for these sizes alone, or not even known
    if any(map(LOOKS_AT_SIZES.search, texts)):
        return False
    told = all(source.text and not source.filename.endswith(".py") for source in plan.sources.values())
    if told and not any(map(LOOKS_AT_CHANNELS.search, texts)):
        return True
    try:
        unknown = planned_without_sizes()
    except ArchitectureError:  # it cannot be read while they are unknown
        return False
    return [(row.operation, row.inputs) for row in plan.layers] == [
        (row.operation, row.inputs) for row in unknown.layers
    ]


def with_axis(shapes: Mapping[str, Shape], moved: Sequence[str], axis: int, size: Dim) -> dict[str, Shape]:
    """The inputs with another size along one axis of those in `moved`."""
    return {
        name: (*shape[:axis], size, *shape[axis + 1 :]) if name in moved else shape for name, shape in shapes.items()
    }
