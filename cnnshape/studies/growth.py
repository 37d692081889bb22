"""How much the totals of a network may grow from one version to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from cnnshape.diagnostics import Fault
from cnnshape.network.promise_syntax import parse_quantity
from cnnshape.spelling import nearest
from cnnshape.studies.diff import TOTALS, Difference, totals_of
from cnnshape.value import NamedTuple

_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*%")


class Limit(NamedTuple):
    """The most by which a total may grow: an amount, or a share of what it was before."""

    key: str
    most: int | Fraction
    text: str


def parse_limits(text: str) -> tuple[Limit, ...]:
    """Limits as people write them: ``params=5%,macs=1.5%,peak_activation_bytes=2MiB``.

    Raises:
        ValueError: there is no such total, or the amount is none.
    """
    return tuple(parse_limit(each.strip()) for each in text.split(","))


def parse_limit(text: str) -> Limit:
    """One limit. Raises ValueError."""
    key, equals, amount = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValueError(f"is a total and by how much it may grow, as in params=5%, got {text!r}")
    if key not in TOTALS:
        close = nearest(key, TOTALS)
        hint = f"did you mean {close}?" if close else f"there are {', '.join(TOTALS)}"
        raise ValueError(f"names a total {key!r}, which there is not; {hint}")
    percent = _PERCENT.fullmatch(amount)
    if percent:
        return Limit(key, Fraction(percent[1]) / 100, amount)
    try:
        return Limit(key, parse_quantity(amount), amount)
    except Fault as fault:
        raise ValueError(f"of {key}: {fault.message}; write 5%, or an amount such as 10k") from None


def excesses(difference: Difference, limits: Sequence[Limit]) -> Iterator[str]:
    """A sentence about every total that grows by more than it may, or of which that cannot be said.

    A network that is new, or gone, has not grown.
    """
    if difference.old is None or difference.new is None:
        return
    before, after = totals_of(difference.old), totals_of(difference.new)
    for limit in limits:
        old, new = before[limit.key], after[limit.key]
        if old is None or new is None:
            if old != new:
                when = "before" if old is None else "any more"
                yield f"{limit.key} is not known {when}, and may grow by {limit.text}"
            continue
        most = old * limit.most if isinstance(limit.most, Fraction) else limit.most
        if new - old > most:
            share = f" ({(new - old) / old:+.2%})" if old else ""
            yield f"{limit.key} grows from {old:,} to {new:,}, by {new - old:,}{share}, and may grow by {limit.text}"
