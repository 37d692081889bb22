"""A picture of what a search found, in text: two figures against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnshape.readers.yaml.space import Objective, Space
from cnnshape.reports.grid import Style
from cnnshape.reports.search import title, written
from cnnshape.studies.search import Tally, Variant

WIDTH, HEIGHT = 60, 16
"""Characters of the picture."""


def scatter(tally: Tally, space: Space, style: Style) -> str:
    """The first two objectives of what fits as dots, and of the Pareto front as stars or circles."""
    across, up = space.objectives[:2]
    others, best = points(tally.sample, (across, up)), points(tally.front.values(), (across, up))
    ends = [(min(axis), max(axis)) for axis in zip(*others, *best, strict=True)]
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for found, mark in ((others, "·" if style.unicode else "."), (best, "●" if style.unicode else "*")):
        for point in found:
            column, row = (
                round((value - low) / (high - low or 1) * (size - 1))
                for value, (low, high), size in zip(point, ends, (WIDTH, HEIGHT), strict=True)
            )
            cells[HEIGHT - 1 - row][column] = mark
    (left, right), (bottom, top) = ends
    heads = [written(up.key, top), *[""] * (HEIGHT - 2), written(up.key, bottom)]
    margin = max(map(len, heads))
    wall, corner, floor = ("│", "└", "─") if style.unicode else ("|", "+", "-")
    lines = [f"{head:>{margin}} {wall}{''.join(row).rstrip()}" for head, row in zip(heads, cells, strict=True)]
    low, high = written(across.key, left), written(across.key, right)
    name = title(across.key).center(WIDTH - len(low) - len(high))
    return "\n".join(
        [
            f"{'':>{margin}} {title(up.key)}",
            *lines,
            f"{'':>{margin}} {corner}{floor * WIDTH}",
            f"{'':>{margin}}  {low}{name}{high}",
        ]
    )


def points(variants: Iterable[Variant], axes: Sequence[Objective]) -> list[tuple[int, ...]]:
    """Variants in some figures, those of which all are known."""
    found = []
    for variant in variants:
        scores = [each.score(variant.figures[each.key]) for each in axes]
        if None not in scores:
            found.append(tuple(map(abs, scores)))
    return found
