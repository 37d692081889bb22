"""Tensors that depend on no input of the model: weights, numbers, and what is computed of them.

They make no rows, but what rows read of them is kept as other tensors are, and so is what computing them needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Weight


class Constant:
    """One of them, compared by identity.

    Attributes:
        trains: whether it needs a gradient.
        made: the layer that computes it, what that reads, and how many of these it computes with, not places that it
            chooses by; None where it is given.
        home: the one in whose memory it lies: itself, or what it is a view of.
        weight: the weight or buffer of the model that it is, under its path; None where it is none.
    """

    __slots__ = ("dtype", "home", "made", "shape", "trains", "weight")

    def __init__(
        self,
        shape: Shape,
        dtype: str,
        *,
        trains: bool = False,
        weight: Weight | None = None,
        home: Constant | None = None,
        made: tuple[Lowered, tuple[Constant, ...], int] | None = None,
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.trains = trains
        self.weight = weight
        self.home: Constant = self if home is None else home.home
        self.made = made

    @property
    def is_held(self) -> bool:
        """Whether its memory counts as the model's."""
        return self.weight is not None


def behind(constants: Iterable[Constant | None]) -> list[Constant]:
    """Those that need a gradient and are computed, and what they are computed of, each once."""
    found: dict[Constant, None] = {}
    waiting = [each for each in constants if each is not None]
    while waiting:
        each = waiting.pop()
        if each.made is not None and each.trains and each not in found:
            found[each] = None
            waiting += each.made[1]
    return list(found)
