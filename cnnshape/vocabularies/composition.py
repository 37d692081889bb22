"""Layers that are made of layers, by the words of the vocabulary."""

from __future__ import annotations

from typing import Any

from cnnshape.operations.composed import Composed, Part
from cnnshape.operations.operation import Operation
from cnnshape.value import field, record
from cnnshape.vocabularies.held import Held
from cnnshape.vocabularies.layer import BoundLayer, Defaults, bind
from cnnshape.vocabularies.vocabulary import LayerType, lookup


@record
class Composition:
    """The parts of a layer in the order in which they run. Tensors are numbers: the inputs first, from 0."""

    kind: LayerType
    defaults: Defaults
    inputs: int = 1
    parts: list[Part] = field(factory=list)

    def put(
        self, name: str, operation: Operation, *reads: int, like: int | None = None, made_from: BoundLayer | None = None
    ) -> int:
        """An operation with one output; the number of that."""
        self.parts.append(Part(name, operation, reads, like, made_from and Held(made_from)))
        return self.inputs + len(self.parts) - 1

    def word(self, name: str, word: str, *reads: int, given: tuple[Any, ...] = (), **arguments: Any) -> int:
        """A word of the vocabulary with its arguments; those that are `given` by position come first."""
        bound = bind(lookup(self.kind.framework, word), given, arguments)
        return self.put(name, bound.operation(self.defaults), *reads, made_from=bound)

    def result(self, *outputs: int) -> Composed:
        """The whole."""
        return Composed(self.inputs, tuple(self.parts), outputs)
