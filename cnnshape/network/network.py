"""A network as somebody has read it: what computes a plan from it needs to know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.network.node import NO_GRADIENT, Node, Origin
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Layout, Weight
from cnnshape.value import Memo, NamedTuple

if TYPE_CHECKING:
    from cnnshape.diagnostics.nodes import Node as Data


class ModelInput(NamedTuple):
    """An input of the model, and where it is stated."""

    tensor: Tensor
    origin: Origin | None = None


class Network(NamedTuple):
    """Nodes in the order in which they run: each reads inputs of the model, and nodes above it.

    Attributes:
        nodes: `Nodes` that are made once somebody asks, where it differs from another in sizes alone.
        layout: where the channels lie, unless a layer says otherwise.
        batch: None where it is unknown.
        inputs: the model's, in their order.
        outputs: what the model returns; `training_outputs` are heads that only training runs.
        written: what is written into other tensors, or read for a number: it counts though no row reads it.
        unrun: weights that the model holds and never reads (heads that its `forward` passes by): they count.
        diagnostics: what its reader found.
        sources: the texts that findings point into, by file name.
        promises: what the file promises of itself (``expect:``).
        named_until: of a network in source, the number of the last node that runs while a name still has a tensor; None
            where no names are known, so that a tensor is let go after its last reader.
        backend: the one of Keras's backends that it is to run on, where that is stated.
        in_common: what networks that differ from this one in sizes alone have in common, once somebody found it.
    """

    name: str
    framework: str
    layout: Layout
    dtype: str
    batch: Dim
    filename: str
    inputs: tuple[ModelInput, ...]
    nodes: Sequence[Node]
    outputs: tuple[Tensor, ...]
    training_outputs: tuple[Tensor, ...] = ()
    written: tuple[Tensor, ...] = ()
    unrun: tuple[Weight, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, Source] = {}
    promises: Data | None = None
    backend: str | None = None
    named_until: Mapping[Tensor, int] | None = None
    in_common: Memo | None = None

    def input_shapes(self) -> Iterable[tuple[str, Shape | None]]:
        """The model's inputs with their shapes, batch first."""
        return ((tensor.name, tensor.shape) for tensor, _ in self.inputs)

    def trained_weights(self, run: Iterable[int]) -> list[tuple[Node, Weight]]:
        """The weights that get gradients where these nodes run, each once, with the node that owns them."""
        recorded = (node for number in run if (node := self.nodes[number]).checkpoint != NO_GRADIENT)
        owners = dict.fromkeys(node.owner or node for node in recorded)
        return [(node, weight) for node in owners for weight in node.trained]

    def reached_from(self, tensors: Iterable[Tensor]) -> Sequence[int]:
        """The numbers of the nodes that these tensors depend on, ascending."""
        reached = {tensor.row for tensor in tensors}
        nodes = self.nodes
        for number in range(len(nodes) - 1, -1, -1):
            if number in reached:
                for tensor in nodes[number].inputs:
                    reached.add(tensor.row)
        reached.discard(-1)
        return range(len(nodes)) if len(reached) == len(nodes) else sorted(reached)
