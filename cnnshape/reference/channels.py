"""Scaling and shifting every channel, in one pass over the tensor: biases and normalizations live on it."""

from __future__ import annotations

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.compiled import compiled
from cnnshape.reference.threads import for_each, shares

WORTHWHILE = 2**17
"""Values in a part of a tensor that is worth another thread's attention."""


@compiled
def scale_and_shift_rows(rows: Array, scale: Array, shift: Array, output: Array) -> None:
    """`output[i, j] = rows[i, j] * scale[j] + shift[j]`; `output` may be `rows` itself."""
    for row in range(rows.shape[0]):
        for channel in range(rows.shape[1]):
            output[row, channel] = rows[row, channel] * scale[channel] + shift[channel]


@compiled
def shift_rows(rows: Array, shift: Array) -> None:
    """Adds `shift[j]` to every `rows[i, j]`."""
    for row in range(rows.shape[0]):
        for channel in range(rows.shape[1]):
            rows[row, channel] += shift[channel]


def add_bias(result: Array, bias: Array) -> None:
    """Adds a bias per channel, in place, to a contiguous tensor whose last axis is the channels."""
    rows, shift = result.reshape(-1, len(bias)), np.ascontiguousarray(bias)

    def add(share: slice) -> int:
        shift_rows(rows[share], shift)
        return 0

    for_each(add, shares(len(rows), WORTHWHILE // len(bias)))


def scale_and_shift(tensor: Array, axis: int, scale: Array, shift: Array, overwrite: bool = False) -> Array:
    """`tensor * scale + shift` per channel of `axis`; into the tensor itself where it may be overwritten."""
    output = tensor if overwrite else np.empty_like(tensor)
    source, target = np.moveaxis(tensor, axis, -1), np.moveaxis(output, axis, -1)
    if source.flags.c_contiguous and target.flags.c_contiguous:
        channels = len(scale)
        rows, results = source.reshape(-1, channels), target.reshape(-1, channels)
        factors, summands = np.ascontiguousarray(scale), np.ascontiguousarray(shift)

        def compute(share: slice) -> int:
            scale_and_shift_rows(rows[share], factors, summands, results[share])
            return 0

        for_each(compute, shares(len(rows), WORTHWHILE // channels))
    else:
        np.multiply(source, scale, out=target)
        np.add(target, shift, out=target)
    return output
