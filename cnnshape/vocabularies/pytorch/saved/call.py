"""A call while training, the tensors that the backward pass may keep of it, and the usual rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, Literal

from cnnshape.arithmetic.sizes import Dim, Shape, product
from cnnshape.arithmetic.strides import joins_apart
from cnnshape.operations.attention import Mask
from cnnshape.value import NamedTuple

What = Literal[
    "input", "output", "weight", "padded input", "copy of the input", "mask", "indices", "statistics", "part"
]


class Saved(NamedTuple):
    """A tensor that the backward pass needs.

    Attributes:
        what: an input, an output or a weight of the call (`number` says which), or a tensor that only autograd has.
        elements: of a tensor that only autograd has; of a weight's cast, where it is told.
        type: its type: the ``same`` as the input's; ``mixed`` is the weights' where there are some.
    """

    what: What
    number: int = 0
    elements: Dim = 0
    type: str = "same"


class Call(NamedTuple):
    """A call while training.

    Attributes:
        name: PyTorch's class or function; lazy modules are what they become.
        arguments: those that differ from their defaults.
        inputs, outputs: shapes, batch first.
        needs: for each input, whether it needs a gradient.
        weights: its parameters with their elements; `trained` are the names of those that need a gradient.
        training: whether the module is in training mode.
        buffers: its buffers with their elements: running statistics, vectors of a power iteration.
        padding: low and high along each spatial axis, of layers that have windows.
        strides: for each input how far its elements lie apart; None, or empty, where they lie in order.
        same: for each input the number of the first that is the same tensor; empty where all differ.
        mask: what hides scores of attention.
        types: of the inputs.
        lower: the type that autocast runs products in; None without it.
    """

    name: str
    arguments: Mapping[str, Any]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    needs: tuple[bool, ...]
    weights: Mapping[str, Dim] = {}
    trained: frozenset[str] = frozenset()
    training: bool = True
    buffers: Mapping[str, Dim] = {}
    padding: tuple[tuple[int, int] | None, ...] | None = None
    strides: tuple[tuple[int, ...] | None, ...] = ()
    same: tuple[int, ...] = ()
    mask: Mask | None = None
    types: tuple[str, ...] = ("float32",) * 3
    lower: str | None = None

    @property
    def alike(self) -> tuple[int, ...]:
        """For each input the number of the first that is the same tensor."""
        return self.same or tuple(range(len(self.inputs)))

    @property
    def tracks(self) -> bool:
        """Whether it holds running statistics."""
        return bool(self.buffers)

    @property
    def is_recorded(self) -> bool:
        """Whether the backward pass comes by: some input or weight needs a gradient."""
        return any(self.needs) or bool(self.trained)

    @property
    def in_place(self) -> bool:
        """Whether it is asked to overwrite its input."""
        return bool(self.arguments.get("inplace"))

    def matrix(self, number: int, *, folded: bool = False) -> Saved:
        """An input as a product of matrices reads it: itself, or a copy where its axes do not join to one batch.

        `folded`: the rows of all matrices become those of one.
        """
        shape, strides = self.inputs[number], self.strides[number] if self.strides else None
        if strides is None or None in shape or len(shape) < 3:
            return Saved("input", number)
        sizes = [size or 0 for size in shape]
        wanted = [prod(sizes[:-1]), sizes[-1]] if folded else [prod(sizes[:-2]), *sizes[-2:]]
        copied = joins_apart(sizes, strides, wanted)
        return Saved("part", elements=prod(sizes)) if copied else Saved("input", number)

    def elements(self, number: int) -> Dim:
        """Elements of an input."""
        return product(self.inputs[number])

    @property
    def read(self) -> Dim:
        """Elements of the first input."""
        return product(self.inputs[0])

    @property
    def made(self) -> Dim:
        """Elements of the first output."""
        return product(self.outputs[0])

    @property
    def per_channel(self) -> Dim:
        """Samples times channels."""
        return product(self.inputs[0][:2])


Rule = Callable[[Call], list[Saved]]

INPUT, OUTPUT, WEIGHT = Saved("input"), Saved("output"), Saved("weight")


def keeps(*tensors: Saved) -> Rule:
    """These, where the input needs a gradient."""
    return lambda call: list(tensors) if any(call.needs) else []


def always(*tensors: Saved) -> Rule:
    """These, whoever needs a gradient."""
    return lambda call: list(tensors)


def part(of: str = "made", count: int = 1) -> Callable[[Call], list[Saved]]:
    """So many intermediate tensors of the size of the output (or input)."""
    return lambda call: [Saved("part", elements=getattr(call, of))] * count


def with_input(rule: Rule) -> Rule:
    """The input and what the rule adds, where the input needs a gradient."""
    return lambda call: [INPUT, *rule(call)] if any(call.needs) else []


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())
