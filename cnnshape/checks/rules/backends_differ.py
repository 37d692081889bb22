"""CS524: a Keras layer that some backend refuses when it runs, or computes otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView
from cnnshape.network.backends import differences_of


def check(network: AdviceView) -> Iterator[Advice]:
    """Each kind of difference once, at the first row that has it; of a stated backend, values alone."""
    told = set()
    stated = network.plan.backend
    for row, difference in differences_of(network.plan, network):
        if difference.why in told or (stated and (difference.refuses or stated not in difference.backends)):
            continue
        told.add(difference.why)
        yield Advice(row, difference.told(row.type), difference.fix)
