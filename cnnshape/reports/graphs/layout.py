"""Places for the parts of a graph: in layers from the top down, blocks laid out by themselves and placed like parts.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981): layers by
the longest path, crossings by barycentres, then places as near to the neighbours' as the order of a layer allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import median

from cnnshape.value import NamedTuple

BESIDE, BELOW = 22.0, 34.0
"""The room between parts of a layer, and between layers, where the edges have their labels."""

SWEEPS = 8


class Size(NamedTuple):
    """How much room a part takes."""

    width: float
    height: float


class Place(NamedTuple):
    """The centre of a part, or of the bend of an edge, and where its layer begins and ends."""

    x: float
    y: float
    top: float
    bottom: float


class Layout(NamedTuple):
    """Where every part lies, and every edge bends, and the room that all take."""

    places: Mapping[str, Place]
    bends: Mapping[tuple[str, str], tuple[Place, ...]]
    size: Size


def lay_out(
    sizes: Mapping[str, Size], edges: Iterable[tuple[str, str]], top: Sequence[str] = (), bottom: Sequence[str] = ()
) -> Layout:
    """Places for parts in the order in which they run.

    Args:
        sizes: the room of each.
        edges: from a part to a later one.
        top, bottom: parts that lie at the border: above, and below, all others.
    """
    links = list(dict.fromkeys(edges))
    layer = layers_of(sizes, links, top, bottom)
    chains = {link: through(link, layer) for link in links}
    steps = [pair for chain in chains.values() for pair in pairwise(chain)]
    rows: list[list[str]] = [[] for _ in range(1 + max(layer.values(), default=0))]
    for node in (*sizes, *(bend for chain in chains.values() for bend in chain[1:-1])):
        rows[layer[node]].append(node)
    above, below = neighbours(steps)
    untangle(rows, above, below)
    widths = {node: sizes[node].width if node in sizes else 6.0 for node in layer}
    across = columns(rows, above, below, widths, frozenset(sizes))
    heights = [max((sizes[node].height for node in row if node in sizes), default=0.0) for row in rows]
    tops = [top + BELOW * number for number, top in enumerate(accumulate(heights, initial=0.0))]
    left = min((across[node] - widths[node] / 2 for node in across), default=0.0)
    places = {
        node: Place(across[node] - left, tops[at] + heights[at] / 2, tops[at], tops[at] + heights[at])
        for node in across
        for at in [layer[node]]
    }
    bends = {link: tuple(places[node] for node in chain[1:-1]) for link, chain in chains.items()}
    width = max((places[node].x + widths[node] / 2 for node in places), default=0.0)
    return Layout({node: places[node] for node in sizes}, bends, Size(width, tops[-1] - BELOW if rows else 0.0))


def layers_of(
    sizes: Mapping[str, Size], links: Sequence[tuple[str, str]], top: Sequence[str], bottom: Sequence[str]
) -> dict[str, int]:
    """The number of every part's layer: below all that it reads, and, of what reads nothing, just above its reader."""
    above, below = neighbours(links)
    layer: dict[str, int] = {}
    first = 1 if top else 0
    for node in sizes:
        layer[node] = 0 if node in top else max((layer[each] + 1 for each in above[node]), default=first)
        layer[node] = max(layer[node], 0 if node in top else first)
    for node in sizes:
        if not above[node] and below[node] and node not in top:
            layer[node] = max(first, min(layer[each] for each in below[node]) - 1)
    last = max((number for node, number in layer.items() if node not in bottom), default=-1) + 1
    return layer | dict.fromkeys(bottom, last)


def through(link: tuple[str, str], layer: dict[str, int]) -> tuple[str, ...]:
    """The edge as a chain with a bend in every layer that it passes; the bends get their layers."""
    source, target = link
    bends = {f"{source}>{target}@{number}": number for number in range(layer[source] + 1, layer[target])}
    layer |= bends
    return (source, *bends, target)


def neighbours(steps: Iterable[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What every node reads, and what reads it."""
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for source, target in steps:
        above[target].append(source)
        below[source].append(target)
    return above, below


def untangle(rows: list[list[str]], above: Mapping[str, list[str]], below: Mapping[str, list[str]]) -> None:
    """Order the nodes of each layer by the mean place of their neighbours, downwards and upwards in turn."""
    best, fewest = [list(row) for row in rows], crossings(rows, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for number in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            beside = {node: place for place, node in enumerate(rows[number - 1 if down else number + 1])}
            near = above if down else below
            means = {
                node: sum(beside[each] for each in near[node]) / len(near[node]) if near[node] else place
                for place, node in enumerate(rows[number])
            }
            rows[number].sort(key=means.__getitem__)
        found = crossings(rows, below)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    rows[:] = best


def crossings(rows: Sequence[Sequence[str]], below: Mapping[str, list[str]]) -> int:
    """How many pairs of edges cross."""
    found = 0
    for upper, lower in pairwise(rows):
        place = {node: number for number, node in enumerate(lower)}
        ends = [sorted(place[each] for each in below[node]) for node in upper]
        flat = [end for each in ends for end in each]
        found += sum(one > other for number, one in enumerate(flat) for other in flat[number + 1 :])
    return found


def columns(
    rows: Sequence[Sequence[str]],
    above: Mapping[str, list[str]],
    below: Mapping[str, list[str]],
    widths: Mapping[str, float],
    parts: frozenset[str],
) -> dict[str, float]:
    """How far to the right every node lies: as near to its neighbours as the order of its layer allows."""
    across: dict[str, float] = {}
    for row in rows:
        place = 0.0
        for node in row:
            across[node] = place + widths[node] / 2
            place += widths[node] + BESIDE
        middle = (place - BESIDE) / 2
        across |= {node: across[node] - middle for node in row}
    for sweep in range(2 * SWEEPS + 1):  # the last one downwards: what follows one part is straight below it
        near = (above, below)[sweep % 2]
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wishes = [median([across[each] for each in near[node]] or [across[node]]) for node in row]
            weights = [4.0 if node in parts else 1.0 for node in row]
            gaps = [(widths[one] + widths[other]) / 2 + BESIDE for one, other in pairwise(row)]
            across |= zip(row, spread(wishes, weights, gaps), strict=True)
    return across


def spread(wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Places in this order, at least `gaps` apart, with the least sum of weighted squared distances from the wishes.

    Less the gaps before them the places only have to ascend, which pools of neighbours with their means do: the
    algorithm of pool-adjacent violators (Ayer et al. 1955).
    """
    offsets = list(accumulate(gaps, initial=0.0))
    pools: list[tuple[float, float, int]] = []  # the mean, the weight, the number of members
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, heavy, members = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, several = pools.pop()
            mean = (mean * heavy + other * more) / (heavy + more)
            heavy, members = heavy + more, members + several
        pools.append((mean, heavy, members))
    means = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
