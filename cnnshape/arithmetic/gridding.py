"""Which elements of an input an output sees, one by one: receptive fields with their holes."""

from __future__ import annotations

from cnnshape.arithmetic.fields import AxisMap
from cnnshape.value import NamedTuple

LARGEST_FIELD = 1 << 16
"""Fields of more elements are not looked into."""


class Sees(NamedTuple):
    """What output 0 sees of an axis, as bits from its first element on; output i sees the same ``i * jump`` further."""

    low: int
    bits: int
    jump: int

    @property
    def size(self) -> int:
        """From the first element to the last."""
        return self.bits.bit_length()

    @property
    def seen(self) -> int:
        """How many of them contribute."""
        return self.bits.bit_count()


ITSELF = Sees(0, 1, 1)
"""An element of the input itself."""


def through(inner: Sees, outer: AxisMap) -> Sees | None:
    """What the outputs of `outer` see through `inner`; None where neighbours see differently, or it grows too large."""
    (seen,) = outer.phases if outer.period == 1 else (None,)
    if seen is None or not outer.exact or inner.jump * (seen.high - seen.low) + inner.size > LARGEST_FIELD:
        return None
    bits = 0
    for tap in range(seen.low, seen.high + 1, seen.spacing):
        bits |= inner.bits << inner.jump * (tap - seen.low)
    return Sees(inner.low + inner.jump * seen.low, bits, inner.jump * outer.step)


def either(one: Sees, other: Sees) -> Sees | None:
    """What is seen through one branch or the other; None where their neighbours lie differently far apart."""
    if one.jump != other.jump:
        return None
    low = min(one.low, other.low)
    return Sees(low, one.bits << one.low - low | other.bits << other.low - low, one.jump)
