"""A tensor of the graph."""

from __future__ import annotations

from functools import lru_cache

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.fields import NOTHING_SEEN, Sight, sight_of, view_of_input


class Tensor:
    """A tensor of the graph, itself and no other: compared and hashed by identity. It is never changed.

    Attributes:
        name: of the node that makes it (and which output, where that has several), or of the model input.
        shape: batch first; None where it has none because of an earlier fault.
        outline: what is certain of a shape that is None: how many sizes there are, and those that do not hang on what
            is wrong; itself None where nothing is.
        sight: what it sees of the model's inputs.
        row: the number of the node that makes it, -1 for a model input.
        dtype: the type of its elements, where that is another than the network's.
    """

    __slots__ = ("dtype", "name", "outline", "row", "shape", "sight")

    def __init__(
        self,
        name: str,
        shape: Shape | None,
        sight: Sight,
        row: int,
        outline: Shape | None = None,
        dtype: str | None = None,
    ) -> None:
        self.name = name
        self.shape = shape
        self.sight = sight
        self.row = row
        self.outline = outline
        self.dtype = dtype

    @property
    def known_shape(self) -> Shape | None:
        """The shape, or what is certain of it."""
        return self.outline if self.shape is None else self.shape

    def __repr__(self) -> str:
        return f"Tensor({self.name!r}, {self.shape})"


def resized(tensor: Tensor, shape: Shape) -> Tensor:
    """A tensor with another shape."""
    return Tensor(tensor.name, shape, tensor.sight, tensor.row, None, tensor.dtype)


@lru_cache(maxsize=1024)
def model_input(
    name: str, shape: Shape | None, channels_last: bool, dtype: str | None = None, *, fields: bool = True
) -> Tensor:
    """The tensor of a model input: the same for every plan that has such an input."""
    views = view_of_input(name, shape, channels_last) if shape and fields else ()
    return Tensor(name, shape, sight_of(views), -1, dtype=dtype)


def failed_tensor(name: str = "") -> Tensor:
    """What stands for a tensor that an earlier fault leaves without a shape."""
    return Tensor(name, None, NOTHING_SEEN, -1)
