"""Where ways end for who asks for shapes alone: other sizes flow through the rows that were read."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.network.extent import REFUSED, Extent
from cnnshape.network.network import Network
from cnnshape.network.planning import run_in
from cnnshape.readers.python.noting.acts import Input, Rows, State
from cnnshape.value import NamedTuple


class Course(NamedTuple):
    """The rows of a reading.

    Attributes:
        names: of what each row makes. ranks: of the same.
        live: the numbers of those that an output depends on.
        owners: pairs of rows of which the first has the weights of the second.
        refused: whether the source refuses what it is given: it raises an exception, as all rows that it came to fit.
    """

    rows: Rows
    inputs: Sequence[Input]
    names: Sequence[tuple[str, ...]]
    ranks: Sequence[list[int]]
    live: Sequence[int]
    owners: Sequence[tuple[int, int]]
    refused: bool

    def extent(self, state: State) -> Extent | None:
        """What a variant comes to that went this way; None where it has to be read. Raises `Fault`."""
        state.flow(self.rows, self.inputs)
        made = state.made
        if self.refused:
            return REFUSED
        if self.ranks != [[*map(len, result.outputs)] for result in made]:
            return None
        for shared, owner in self.owners:
            if [each.shape for each in made[shared].weights] != [each.shape for each in made[owner].weights]:
                return None
        tensors = {
            name: shape
            for names, result in zip(self.names, made, strict=True)
            for name, shape in zip(names, result.outputs, strict=True)
        }
        return Extent(tensors, [leftover for row in self.live if (leftover := made[row].leftover)])


def course_of(network: Network, rows: Rows, inputs: Sequence[Input]) -> Course | None:
    """The course of a reading; None where its rows do not tell all of it."""
    nodes = network.nodes
    if len(network.inputs) != len(inputs) or len(nodes) != len(rows):
        return None
    if any(node.answer is None or node.layer is None for node in nodes):
        return None
    refused = any(finding.severity == "error" for finding in network.diagnostics)
    if refused and any(node.owner for node in nodes):
        return None  # it may be the weights of another that do not fit
    number = {node: row for row, node in enumerate(nodes)}
    return Course(
        rows,
        inputs,
        [tuple([tensor.name for tensor in node.outputs]) for node in nodes],
        [[len(tensor.shape or ()) for tensor in node.outputs] for node in nodes],
        run_in(network)[1],
        [(row, number[node.owner]) for row, node in enumerate(nodes) if node.owner is not None],
        refused,
    )
