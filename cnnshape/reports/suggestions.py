"""Suggested networks as text: a table of what fits, the reasons for the first, and what goes with it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from cnnshape.reports.diagnostics.text import paint, visible
from cnnshape.reports.grid import Style, align_all, render
from cnnshape.reports.units import binary_bytes, by_x, thousands
from cnnshape.studies.advice import Regime
from cnnshape.studies.suggest import Candidate, Suggestion

WIDEST = 98
FROZEN = re.compile(r"\bfr(eeze|ozen)\b", re.IGNORECASE)
TITLES = ("", "network", "points", "params", "MACs", "peak memory", "last map", "field", "depth", "year")
ALIGNS = align_all("rl" + "r" * 8)


def text(answer: Suggestion, style: Style, *, top: int = 8) -> str:
    """The whole answer."""
    return "\n\n".join(parts(answer, style, top))


def parts(answer: Suggestion, style: Style, top: int) -> Iterator[str]:
    """Training, the table, the reasons, the advice, and what did not fit."""
    training = answer.advice[0]
    yield f"{training.text}\n  ({training.source})"
    if answer.candidates:
        shown = answer.candidates[:top]
        more = len(answer.candidates) - len(shown)
        yield table(shown, style) + (f"\n{more} more fit: --top {len(answer.candidates)} shows them" if more else "")
        yield "\n".join(reasons(answer.candidates[0], answer.regime, style))
        yield "\n".join(advice(answer, style))
    if answer.excluded:
        yield "\n".join(excluded(answer))


def table(candidates: Sequence[Candidate], style: Style) -> str:
    """One row a candidate, the best first."""
    rows = [
        (
            str(place),
            candidate.entry.target,
            str(candidate.points),
            thousands(candidate.cost["params"]),
            thousands(candidate.cost["macs"]),
            binary_bytes(candidate.cost["peak_activation_bytes"]),
            by_x(candidate.last_map) if candidate.last_map else "?",
            by_x(candidate.cost["receptive_field"] or ()),
            str(candidate.depth),
            str(candidate.entry.year),
        )
        for place, candidate in enumerate(candidates, start=1)
    ]
    return render(TITLES, rows, ALIGNS, style)


def reasons(candidate: Candidate, regime: Regime, style: Style) -> Iterator[str]:
    """Why the candidate stands where it stands. Whether to freeze it is for the task to say, not for the network."""
    yield paint(f"why {candidate.entry.target}", "bold", style.color)
    yield from (
        f"  {line}" for line in textwrap.wrap(use(candidate, regime), min((style.width or WIDEST + 2) - 2, WIDEST))
    )
    for reason in candidate.reasons:
        mark = f"+{reason.points}" if reason.points else " !"
        yield f"  {mark} {visible(reason.text)}\n     ({reason.source})"


def use(candidate: Candidate, regime: Regime) -> str:
    """When to use the network, but for what speaks of another way to train it."""
    sentences = re.split(r"(?<=[.!?]) +", candidate.entry.when_to_use)
    return " ".join(each for each in sentences if regime == "frozen" or not FROZEN.search(each))


def advice(answer: Suggestion, style: Style) -> Iterator[str]:
    """What goes with it, by topic."""
    for topic, about in groupby(answer.advice[1:], key=lambda each: each.topic):
        yield paint(topic, "bold", style.color)
        for each in about:
            yield f"  - {each.text}\n    ({each.source})"


def excluded(answer: Suggestion) -> Iterator[str]:
    """How many do not fit, with a few of the reasons."""
    count = len(answer.excluded)
    yield f"{count} network{'s' * (count != 1)} {'do' if count != 1 else 'does'} not fit, among them"
    for entry, why in answer.excluded[:3]:
        yield f"  {entry.target}: {visible(why)}"
