"""What a promise asks of a number or a shape: ``140``, ``"<= 26M"``, ``{min: 224}``, ``[2, 4, 5]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cnnshape.arithmetic.quantities import POWERS
from cnnshape.arithmetic.shape_text import is_size, read_sizes
from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.value import NamedTuple

SUFFIXES = {
    "": 1,
    **POWERS,
    "K": 1000,
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
"""k, M and G are powers of 1000; KiB, MiB, GiB and TiB of 1024."""

LONGEST_NUMBER = 40
"""Digits of a bound; counts have at most half as many."""

_QUANTITY = r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*\Z"
_BOUND = r"\s*(<=|>=|<|>|==|=)?\s*(.+?)\s*\Z"


class Bound(NamedTuple):
    """What a number has to be: between `least` and `most`, both included; None: no bound."""

    least: int | None
    most: int | None
    text: str

    def excess(self, actual: int) -> int:
        """By how much the number lies outside; 0 where it is well. Positive: too much."""
        if self.most is not None and actual > self.most:
            return actual - self.most
        if self.least is not None and actual < self.least:
            return actual - self.least
        return 0


def parse_quantity(text: str) -> int:
    """``26M``, ``1.5k``, ``4 MiB`` as a whole number. Raises `Fault` (CS402)."""
    match = re.match(_QUANTITY, text)
    if not match or match[2] not in SUFFIXES:
        raise Fault(
            "CS402",
            f"{text!r} is no number",
            fix="write a number, with k, M, G (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024)",
        )
    if len(match[1]) > LONGEST_NUMBER:
        raise Fault("CS402", f"a number of {len(match[1]):,} digits; {LONGEST_NUMBER} are possible")
    whole, _, fraction = match[1].partition(".")
    scale = SUFFIXES[match[2]]
    scaled = int(whole + fraction) * scale
    unit: int = 10 ** len(fraction)
    result, rest = divmod(scaled, unit)
    if rest:
        raise Fault("CS402", f"{text!r} is no whole number")
    return result


def parse_bound(value: Any) -> Bound:
    """A bound as written: a number (exact), ``"<= 26M"``, ``{max: 26M}``, ``{min: 224}``. Raises `Fault` (CS402)."""
    if isinstance(value, Mapping):
        unknown = [key for key in value if key not in ("min", "max")]
        if unknown or not value:
            raise Fault("CS402", f"a bound has `min:` and `max:`, got {', '.join(map(str, unknown)) or 'nothing'}")
        least, most = (None if value.get(key) is None else _number(value[key]) for key in ("min", "max"))
        text = " and ".join(f"{sign} {value[key]}" for key, sign in (("min", ">="), ("max", "<=")) if key in value)
        return Bound(least, most, text)
    if isinstance(value, str):
        match = re.match(_BOUND, value)
        if match:
            sign, number = match[1] or "=", parse_quantity(match[2])
            least = None if "<" in sign else number + (sign == ">")
            most = None if ">" in sign else number - (sign == "<")
            return Bound(least, most, f"{match[1]} {match[2]}" if match[1] else match[2])
    number = _number(value)
    return Bound(number, number, f"{number:,}")


def _number(value: Any) -> int:
    if isinstance(value, str):
        return parse_quantity(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not is_whole(value):
        raise Fault("CS402", f"{value!r} is no bound", fix='write a number, "<= 26M", or {max: 26M}')
    return int(value)


def parse_shape(value: Any) -> Shape:
    """A shape as written: ``[2, 4, 5]``, ``2x4x5``; None, ``?`` and ``_`` are unknown sizes. Raises `Fault` (CS402)."""
    sizes = read_sizes(value)
    if sizes is None or not all(map(is_size, sizes)):
        raise Fault("CS402", f"{value!r} is no shape", fix="write [2, 4, 5]: one sample, without the batch")
    return tuple(sizes)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number (``true`` is none, though Python says so)."""
    return isinstance(value, int) and not isinstance(value, bool)
