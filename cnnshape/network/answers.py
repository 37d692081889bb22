"""What lowering a layer and applying its operation gave: every plan of a file reads it again, instead of anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.fields import FieldWork, Sight, handing_of
from cnnshape.operations.operation import Operation, Result, check_integers
from cnnshape.value import NamedTuple, remember
from cnnshape.vocabularies.layer import BoundLayer


class Answer:
    """What an operation answers for given input shapes, with the counts that all its rows share.

    Attributes:
        result: the answer.
        sights: what the outputs see of the model's inputs, by what the inputs see.
        weights: how many elements the weights of nodes with this answer have, by whether they train; one with all
            answers of a layer that have the same weights.
        tallies: what such nodes add to totals, by what else that depends on.
        margins: padding and leftover of the windows along each axis, once a row asked for them.
        alike: the answer for another batch that this was made of; None of one that the operation gave.
    """

    __slots__ = ("alike", "margins", "result", "sights", "tallies", "weights")

    def __init__(self, result: Result) -> None:
        handing = handing_of(result.paths)
        self.result = Result._make((*result[:PATHS], handing.paths, *result[PATHS + 1 :]))
        self.sights = handing.sights
        self.weights: dict[bool, Any] = {}
        self.tallies: dict[tuple[str, bool, bool], Any] = {}
        self.margins: tuple[Any, Any] | None = None
        self.alike: Answer | None = None

    def with_outputs(self, count: int) -> Answer:
        """The answer where an unknown size leaves that many outputs."""
        return Answer(self.result._replace(outputs=self.result.outputs[:count]))

    def with_types(self, types: Mapping[str, str | None]) -> Answer:
        """The answer of a layer whose weights are of types of their own, by their names; "": all others."""
        otherwise = types.get("")
        weights = [each._replace(dtype=types.get(each.name, otherwise)) for each in self.result.weights]
        return Answer(self.result._replace(weights=tuple(weights)))

    def at(self, batch: Dim) -> Answer:
        """The answer for so many samples, of an operation that answers for each alike."""
        again = object.__new__(Answer)
        again.result = self.result._replace(outputs=tuple([(batch, *shape[1:]) for shape in self.result.outputs]))
        again.sights, again.weights, again.margins, again.tallies = self.sights, self.weights, self.margins, {}
        again.alike = self.alike or self
        return again

    def sight(self, inputs: tuple[Sight, ...], work: FieldWork) -> Sight:
        """What the outputs see of the model's inputs; remembered where that takes no work worth counting."""
        if self.result.paths is None and len(inputs) == 1:
            return inputs[0]
        return self.sights.get(inputs) or work.sight(inputs, self.result.paths, self.sights)


PATHS = Result._fields.index("paths")


class Lowered:
    """A layer with its arguments, its operation, and what that has answered so far by input shapes."""

    __slots__ = ("answers", "bound", "operation")

    def __init__(self, bound: BoundLayer, operation: Operation) -> None:
        self.bound = bound
        self.operation = operation
        self.answers: dict[tuple[Shape, ...], Answer] = {}

    def answer(self, shapes: tuple[Shape, ...]) -> Answer:
        """The operation's answer for inputs of these shapes. Raises `Fault` where they do not fit."""
        answer = self.answers.get(shapes)
        if answer is None:
            require_count(self.operation, len(shapes), self.bound.kind.name)
            try:
                answer = remember(self.answers, shapes, self.asked(shapes))
            except Fault as fault:
                raise self.bound.told(fault) from None
        return answer

    def asked(self, shapes: tuple[Shape, ...]) -> Answer:
        """The same, asked anew and not remembered. Raises `Fault`, in the operation's words."""
        result, first = self.operation.apply(*shapes), next(iter(self.answers.values()), None)
        if first is None or first.result.weights != result.weights:
            check_integers(result, result.params)
            return Answer(result)
        check_integers(result)
        answer = Answer(result)
        answer.weights = first.weights
        return answer


class Refusal(NamedTuple):
    """Why a layer with its arguments means nothing."""

    faults: Sequence[Fault]


def require_count(operation: Operation, given: int, what: str) -> None:
    """Refuse (CS203) more or fewer inputs than an operation takes."""
    fewest, most = operation.fewest, operation.most
    if given < fewest or (most is not None and given > most):
        need = str(fewest) if fewest == most else f"at least {fewest}" if most is None else f"{fewest} to {most}"
        fix = f"name them: `{what}(...)({'a, b' if fewest > 1 else 'a'})`"
        raise Fault("CS203", f"{what} takes {need} input{'s' * (need != '1')}, got {given}", fix=fix)
