"""The built-in networks as text: family by family with what each is for, or as one table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from cnnshape.reports.diagnostics.text import paint
from cnnshape.reports.grid import Style, align_all, render
from cnnshape.reports.units import binary_bytes, by_x, thousands
from cnnshape.studies.zoo import Entry

TITLES = ("name", "params", "MACs", "field", "peak memory", "input", "minimum", "depth", "device")
ALIGNS = align_all("l" + "r" * 7 + "l")
WIDEST = 100


def families(entries: Sequence[Entry], style: Style) -> str:
    """Every family: what it is, when to use it, its paper, and a table of its members."""
    together = groupby(entries, key=lambda entry: (entry.framework, entry.file, entry.paper))
    return "\n\n".join("\n".join(family(list(members), style)) for _, members in together)


def family(members: Sequence[Entry], style: Style) -> Iterator[str]:
    """One family."""
    first = members[0]
    yield paint(f"{first.summary} ({first.year})", "bold", style.color)
    wide = min(style.width or WIDEST, WIDEST)
    yield from textwrap.wrap(first.when_to_use, wide)
    yield from textwrap.wrap(f"Paper: {first.paper}", wide, subsequent_indent="  ", break_long_words=False)
    yield table(members, style)


def table(entries: Sequence[Entry], style: Style) -> str:
    """One row a network."""
    rows = [
        (
            entry.target,
            thousands(entry.params),
            thousands(entry.macs),
            by_x(entry.receptive_field),
            binary_bytes(entry.memory),
            by_x(entry.input),
            str(entry.minimum_input),
            str(entry.depth),
            entry.device,
        )
        for entry in entries
    ]
    return render(TITLES, rows, ALIGNS, style)
