"""What plans of one architecture have found out, for those that follow."""

from __future__ import annotations

from typing import Any

from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.readers.yaml.walk.frames import Frame
from cnnshape.value import NamedTuple, field, record


class KnownUse(NamedTuple):
    """What one use of a block gave in a run: its frame, its rows, how many steps it took and the shapes it read."""

    frame: Frame
    nodes: list[Node]
    steps: int
    shapes: list[tuple[Tensor, int | None]]


@record
class Known:
    """What the last plan of an architecture in one framework found out.

    Attributes:
        uses, rows: uses of blocks, and rows, by all that they depend on.
    """

    uses: dict[tuple[Any, ...], KnownUse] = field(factory=dict)
    rows: dict[tuple[Any, ...], Node] = field(factory=dict)
