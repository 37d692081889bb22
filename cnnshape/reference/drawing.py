"""Drawing weights: from a key and a position alone, so that threads and machines agree on every value."""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.compiled import compiled
from cnnshape.reference.threads import for_each, shares

WORTHWHILE = 2**16
"""Values worth another thread."""


@compiled
def fill_evenly(values: Array, first: Any, key: Any, low: Any, width: Any) -> None:
    """Fill with `low + width * u`, where u in [0, 1) is made of the key and the position, counted from `first`.

    The mixing is that of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    for index in range(len(values)):
        mixed = key + (first + np.uint64(index) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
        values[index] = low + width * (np.float32(mixed >> np.uint64(40)) * np.float32(2.0**-24))


def draw(shape: tuple[int, ...], low: float, high: float, key: str) -> Array:
    """Values evenly spread over [low, high), the same for the same key on every machine."""
    values = np.empty(math.prod(shape), np.float32)
    start = np.uint64(int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little"))

    def fill(share: slice) -> int:
        fill_evenly(values[share], np.uint64(share.start), start, np.float32(low), np.float32(high - low))
        return 0

    for_each(fill, shares(len(values), WORTHWHILE))
    return values.reshape(shape)
