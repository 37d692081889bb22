"""What plans of one architecture have found out, for those that follow."""

from __future__ import annotations

from typing import Any

from cnnshape.network.answers import Lowered
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.program import Apply
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
from cnnshape.value import NamedTuple, field, record


class KnownUse(NamedTuple):
    """What one use of a block gave in a run: its frame, its rows, how many steps it took and the shapes it read."""

    frame: Frame
    nodes: list[Node]
    steps: int
    shapes: list[tuple[Tensor, int | None]]


class KnownRow(NamedTuple):
    """A row of a run: its entry, what that lowered to and read, and its node."""

    statement: Apply
    lowered: Lowered
    inputs: Tensors
    node: Node

    def is_from(
        self, statement: Apply, name: str, lowered: Lowered, inputs: Tensors, trainable: bool, frame: Frame
    ) -> bool:
        """Whether nothing that the node depends on is another."""
        node, origin = self.node, self.node.origin
        return (
            self.statement is statement
            and self.lowered is lowered
            and self.inputs == inputs
            and (node.name, node.trainable, node.checkpoint) == (name, trainable, frame.checkpoint)
            and origin is not None
            and origin.used_at == frame.uses
        )


@record
class Known:
    """What the last plan of an architecture in one framework found out.

    Attributes:
        uses: uses of blocks, by all that they depend on. `rows`: others, by their numbers.
    """

    uses: dict[tuple[Any, ...], KnownUse] = field(factory=dict)
    rows: dict[int, KnownRow] = field(factory=dict)
