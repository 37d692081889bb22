"""Where ways end for who asks for shapes alone: other sizes flow through the rows that were read."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim
from cnnshape.network.extent import REFUSED, Extent
from cnnshape.network.network import Network
from cnnshape.network.planning import run_in
from cnnshape.operations.operation import Result
from cnnshape.readers.python.noting.acts import Input, Rows, State
from cnnshape.value import NamedTuple


class Course(NamedTuple):
    """The rows of a reading.

    Attributes:
        names: of what each row makes.
        kinds: how many axes that has, and whether it begins with the `batch`, which no reading notes then.
        live: the numbers of those that an output depends on.
        owners: pairs of rows of which the first has the weights of the second.
        refused: whether the source refuses what it is given: it raises an exception, as all rows that it came to fit.
    """

    rows: Rows
    inputs: Sequence[Input]
    names: Sequence[tuple[str, ...]]
    batch: Dim
    kinds: Sequence[tuple[int, bool]]
    live: Sequence[int]
    owners: Sequence[tuple[int, int]]
    refused: bool

    def extent(self, state: State) -> Extent | None:
        """What a variant comes to that went this way; None where it has to be read. Raises `Fault`."""
        state.flow(self.rows, self.inputs)
        made = state.made
        if self.kinds != kinds_of_made(made, self.batch):
            return None
        if self.refused:
            return REFUSED
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
        network.batch,
        kinds_of_made([node.answer.result for node in nodes if node.answer], network.batch),
        run_in(network)[1],
        [(row, number[node.owner]) for row, node in enumerate(nodes) if node.owner is not None],
        refused,
    )


def kinds_of_made(results: Sequence[Result], batch: Dim) -> list[tuple[int, bool]]:
    """How many axes tensors have, and whether they begin with the batch."""
    return [(len(shape), shape[:1] == (batch,)) for result in results for shape in result.outputs]
