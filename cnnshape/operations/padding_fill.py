"""What padding is filled with, and how much of it an input can fill."""

from __future__ import annotations

from typing import Literal

from cnnshape.arithmetic.sizes import Dim
from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import LAYER, Fault

PaddingMode = Literal["constant", "reflect", "symmetric", "replicate", "circular"]
"""A constant (zero), the input mirrored at its border element or (`symmetric`) behind it, the border element, or the
opposite end."""


def pad_size(size: Dim, pads: Padding, mode: PaddingMode, axis: str) -> Dim:
    """``size + low + high``; refuses what the mode cannot fill, and padding that leaves nothing.

    `axis` is how the message calls it: ``the height``, ``axis 2``. A reflection does not repeat the border, so it
    needs more elements than it pads; wrapping needs as many.
    """
    if size is None:
        return None
    low, high = pads
    most = {"reflect": size - 1, "symmetric": size, "circular": size}.get(mode)
    if most is not None and max(pads) > most:
        noun = {"circular": "wrapping"}.get(mode, "reflection")
        raise Fault(
            "CS311",
            f"{LAYER} pads {axis} of {size} by {low} before and {high} after, but {noun} can add "
            f"at most {most} on a side",
            fix=f"pad at most {most} on a side, or use an input of at least {max(pads) + (mode == 'reflect')}",
        )
    padded = size + low + high
    kept = size + min(low, 0) + min(high, 0)
    if padded < 1 or (kept < 0 and mode in ("constant", "circular")):
        raise Fault(
            "CS308",
            f"{LAYER} leaves nothing of {axis}: {size} padded by {low} and {high} is {padded}"
            if padded < 1
            else f"{LAYER} crops more of {axis} than its {size}: {low} and {high}",
            fix=f"use an input of at least {max(1 - low - high, size - kept)}, or crop less",
        )
    return padded
