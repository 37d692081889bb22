"""Tensors that depend on no input of the model: weights, numbers, and what is computed of them.

They make no rows, but what rows read of them is kept as other tensors are, and so is what computing them needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.answers import Lowered


class Constant:
    """One of them, compared by identity.

    Attributes:
        trains: whether it needs a gradient.
        made: the layer that computes it, and what that reads; None where it is given.
        home: the one in whose memory it lies: itself, or what it is a view of.
        is_held: it is a weight or a buffer, whose memory counts as the model's.
    """

    __slots__ = ("dtype", "home", "is_held", "made", "shape", "trains")

    def __init__(
        self,
        shape: Shape,
        dtype: str,
        *,
        trains: bool = False,
        is_held: bool = False,
        home: Constant | None = None,
        made: tuple[Lowered, tuple[Constant, ...]] | None = None,
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.trains = trains
        self.is_held = is_held
        self.home: Constant = self if home is None else home.home
        self.made = made


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
