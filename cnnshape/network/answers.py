"""What lowering a layer and applying its operation gave: every plan of a file reads it again, instead of anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.fields import FieldWork, Sight, sights_of
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Operation, Result, check_integers
from cnnshape.value import NamedTuple, remember
from cnnshape.vocabularies.layer import BoundLayer


class Answer:
    """What an operation answers for given input shapes, with the counts that all its rows share.

    Attributes:
        result: the answer.
        padding, leftover: of its windows along each axis.
        params, trainable_params, buffers: elements of its weights; `counters` of the buffers count batches.
        trains: some weight is trainable.
        sights: what the outputs see of the model's inputs, by what the inputs see.
        counted: what nodes with this answer come to, by what else that depends on.
    """

    __slots__ = (
        "buffers",
        "counted",
        "counters",
        "leftover",
        "padding",
        "params",
        "result",
        "sights",
        "trainable_params",
        "trains",
    )

    def __init__(self, result: Result) -> None:
        self.result = result
        self.padding, self.leftover = result.padding, result.leftover
        self.params = result.params
        self.trainable_params = result.elements("trainable")
        self.buffers = result.elements("buffer")
        self.trains = any(weight.kind == "trainable" for weight in result.weights)
        self.counters = sum(weight.name == "num_batches_tracked" for weight in result.weights)
        self.sights = sights_of(result.paths)
        self.counted: dict[tuple[str, bool], Any] = {}

    def with_outputs(self, count: int) -> Answer:
        """The answer where an unknown size leaves that many outputs."""
        return Answer(self.result._replace(outputs=self.result.outputs[:count]))

    def with_types(self, types: Mapping[str, str | None]) -> Answer:
        """The answer of a layer whose weights are of types of their own, by their names; "": all others."""
        otherwise = types.get("")
        weights = [each._replace(dtype=types.get(each.name, otherwise)) for each in self.result.weights]
        return Answer(self.result._replace(weights=tuple(weights)))

    def sight(self, inputs: tuple[Tensor, ...], work: FieldWork) -> Sight:
        """What the outputs see of the model's inputs; remembered where that takes no work worth counting."""
        key = tuple([tensor.sight for tensor in inputs])
        return self.sights.get(key) or work.sight(key, self.result.paths, self.sights)


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
            try:
                result = self.operation.apply(*shapes)
                check_integers(result)
            except Fault as fault:
                raise self.bound.told(fault) from None
            answer = remember(self.answers, shapes, Answer(result))
        return answer


class Refusal(NamedTuple):
    """Why a layer with its arguments means nothing."""

    faults: Sequence[Fault]
