"""Counts as people write them: ``9.6M``, ``1.5k``."""

from __future__ import annotations

import re

POWERS = {"k": 1000, "M": 1000**2, "G": 1000**3}
QUANTITY = r"([0-9]{1,40}(?:\.[0-9]{1,40})?)([kMG])"


def quantity(text: str) -> int | None:
    """``9.6M`` as a whole number; None of what is none."""
    match = re.fullmatch(QUANTITY, text)
    return round(float(match[1]) * POWERS[match[2]]) if match else None
