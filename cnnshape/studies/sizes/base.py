"""Sizes that a network takes to begin with, where its own are unknown or wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise, product
from math import log2

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.extent import wrong
from cnnshape.network.plan import Plan
from cnnshape.studies.replay import Replay, Replayed, faithful
from cnnshape.studies.sizes.trials import Planner, samples, with_sizes

USUAL = (224, 256, 299, 320, 331, 384, 512, 572, 640, 1024, 128, 96, 64, 48, 32, 28, 16, 8)
"""The sizes that are tried first."""

MOST_ROWS = 100_000
"""So many rows are planned or replayed in search of sizes at most: a few seconds."""

FEW = 4
"""So many sizes nearest to the file's own are kept."""

PERSISTENT = 8
"""A fault that is the same for so many different sizes is not about sizes."""


class NoSize(ValueError):  # noqa: N818 - reads as what it is
    """No size that was tried is valid, so there is nothing to study."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message)
        self.plan = plan


class Faulty(NoSize):
    """The file has faults that are not about sizes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"{plan.name} is wrong, whatever its size", plan)


def usable(
    planner: Planner, plan: Plan, moved: tuple[str, ...], axes: tuple[int, ...], wishes: tuple[int, ...], limit: int
) -> Plan:
    """The plan itself, or with other sizes where its own are unknown or wrong.

    Sizes that are known and right are kept where that is possible, and axes of equal size stay equal.

    Raises:
        Faulty: a fault stays the same whatever the sizes.
        NoSize: none of the sizes that were tried will do.
    """
    own = tuple(plan.inputs[moved[0]][axis] for axis in axes)
    if None not in own and not wrong(plan):
        return plan
    seen: set[tuple[Dim, ...]] = set()
    persistent = {identity(finding) for finding in plan.errors}
    budget = max(MOST_ROWS // max(len(plan.layers), 1), len(USUAL))
    replayed = matching(planner, plan, moved, axes, own, limit, budget) if None not in own else iter(())
    for sizes in (*([wishes] if wishes else []), *replayed, *islice(likely(own, limit), budget)):
        if sizes in seen:
            continue
        seen.add(sizes)
        tried = planner(samples(with_sizes(plan.inputs, moved, axes, sizes)))
        if not wrong(tried):
            return tried
        persistent &= {identity(finding) for finding in tried.errors}
        if persistent and len(seen) >= PERSISTENT:
            raise Faulty(plan)
    together = ", the same along every axis" if len(own) > 1 else ""
    which = f"sizes 1 to {limit}{together}" if (limit,) * len(own) in seen else f"{len(seen)} sizes tried"
    raise NoSize(f"{plan.name} takes none of the {which}; state one that it takes by --input", plan)


def identity(finding: Diagnostic) -> tuple[object, ...]:
    """What makes a finding the same one in another plan."""
    return finding.code, finding.message, finding.filename, finding.span


def likely(own: Sequence[Dim], limit: int) -> Iterator[tuple[int, ...]]:
    """Sizes worth a try: unknown ones replaced, then those of one group of axes, then all the same."""
    several = (*USUAL, *range(1, limit + 1))
    groups = grouped(own)
    unknown = [places for size, places in groups.items() if size is None]
    for changed in (*unknown, *(places for size, places in groups.items() if size is not None and not unknown)):
        for size in several:
            sizes = tuple(size if place in changed else each for place, each in enumerate(own))
            if None not in sizes:
                yield tuple(each for each in sizes if each is not None)
    yield from ((size,) * len(own) for size in several)


def grouped(own: Sequence[Dim]) -> dict[Dim, tuple[int, ...]]:
    """The places of the axes by their size: those of equal size change together."""
    return {size: tuple(place for place, each in enumerate(own) if each == size) for size in dict.fromkeys(own)}


def matching(
    planner: Planner,
    plan: Plan,
    moved: tuple[str, ...],
    axes: tuple[int, ...],
    own: Sequence[Dim],
    limit: int,
    budget: int,
) -> Iterator[tuple[int, ...]]:
    """Sizes that the rows take when they are replayed, the most like the file's own first.

    Every group of axes is tried alone, the others unknown. Sizes that come to the same where maps are flattened
    count once, so that few combinations are left.
    """

    unknown = planner(samples(with_sizes(plan.inputs, moved, axes, (None,) * len(axes))))
    if wrong(unknown) or not faithful(unknown, lambda: unknown):
        return
    replay = Replay(unknown)
    flattening = [
        name
        for row in unknown.layers
        for name, shape in zip(row.inputs, row.input_shapes, strict=True)
        if shape and row.output_shape and len(shape) != len(row.output_shape)
    ]

    def flow(sizes: Sequence[Dim]) -> Replayed:
        return replay.run(with_sizes(unknown.inputs, moved, axes, sizes))

    groups = grouped(own)
    choices = []
    for wish, places in groups.items():
        assert wish is not None

        def alone(size: int, places: tuple[int, ...] = places) -> Replayed:
            return flow([size if place in places else None for place in range(len(own))])

        def meaning(size: int, alone: Callable[[int], Replayed] = alone) -> tuple[Shape | None, ...]:
            return tuple(alone(size).tensors.get(name) for name in flattening)

        furthest = max(limit, 2 * wish)
        classes = nearest_of_each(meaning, wish, furthest, budget)
        around = islice(outwards(wish, furthest), budget)
        accepted = islice((size for size in around if not alone(size).refused_by), FEW)
        found = {*classes, *accepted}
        choices.append(sorted(found, key=lambda size, wish=wish: distance(size, wish)))  # type: ignore[misc]

    wishes = [size or 1 for size in groups]
    combined = sorted(
        islice(product(*choices), budget * 10),
        key=lambda sizes: (
            sum(map(int.__ne__, sizes, wishes)),
            sum(distance(size, wish) for size, wish in zip(sizes, wishes, strict=True)),
        ),
    )
    for sizes in combined:
        by_place = {place: size for size, places in zip(sizes, groups.values(), strict=True) for place in places}
        together = tuple(by_place[place] for place in range(len(own)))
        if not flow(together).refused_by:
            yield together


def distance(size: int, wish: int) -> float:
    """How unlike two sizes are: 1 where one is twice the other."""
    return abs(log2(size / wish))


def outwards(wish: int, limit: int) -> Iterator[int]:
    """The sizes from 1 to the limit, those nearest to the wish first."""
    yield wish
    for away in range(1, max(wish, limit - wish + 1)):
        yield from (size for size in (wish - away, wish + away) if 1 <= size <= limit)


def nearest_of_each(
    meaning: Callable[[int], tuple[Shape | None, ...]], wish: int, limit: int, budget: int
) -> Iterable[int]:
    """Of the sizes up to the limit that mean the same, the one nearest to the wish; of those that mean nothing, none.

    Meanings change in one direction as sizes grow, so between two sizes of one meaning lies no other.
    """
    starts = sorted({1, wish, limit, *(size for size in USUAL if size <= limit)})
    known = {size: meaning(size) for size in starts}
    gaps = deque(pairwise(starts))
    while gaps and len(known) < budget:
        low, high = gaps.popleft()
        if high - low < 2 or known[low] == known[high]:
            continue
        middle = (low + high) // 2
        known[middle] = meaning(middle)
        gaps += [(low, middle), (middle, high)]
    best: dict[object, int] = {}
    for size, found in known.items():
        if found and None not in found and (found not in best or abs(size - wish) < abs(best[found] - wish)):
            best[found] = size
    return best.values()
