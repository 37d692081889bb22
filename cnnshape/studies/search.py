"""Searching a space of networks: variants planned piece by piece, in order, by whoever works for it.

A piece is a function of plain data, so any `concurrent.futures.Executor` can work it out; what comes is the same.
"""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from time import monotonic
from typing import Any

from cnnshape.api import Loaded
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.expectations import PER_AXIS
from cnnshape.network.planning import plan_network
from cnnshape.readers.requests import check_settings
from cnnshape.studies.scale import INPUT, has_variable, parsed, settings_with
from cnnshape.studies.space import Objective, Order, Space, SpaceError, figure
from cnnshape.value import NamedTuple

FIRST_PIECE = 16
PIECE_SECONDS = 0.5
"""How long a piece should take: what a killed search loses, and often enough for whoever watches."""


class Task(NamedTuple):
    """A search, as plain data that can travel to another process.

    Attributes:
        file: the FILE, or the name of the text.
        text: the text where the file was read already (standard input); else None.
        settings: as `cnnshape.plan` takes them.
    """

    file: str
    text: str | None
    settings: Mapping[str, Any]
    space: Space
    order: Order


class Variant(NamedTuple):
    """What one variant comes to.

    Attributes:
        position: in the order of the search.
        figures: those of `Space.figures`, None where not known; empty of a wrong variant.
        error: the code of the first error of a wrong one.
        outside: the keys of the constraints that it does not keep, or of which nothing is known.
    """

    position: int
    variables: Mapping[str, Any]
    figures: Mapping[str, Any]
    error: str | None
    outside: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether it is well and keeps every constraint."""
        return self.error is None and not self.outside


class Piece(NamedTuple):
    """A part of a search that was worked out: its variants without those that a condition excludes, and where it ends.

    `seconds` is how long that took.
    """

    variants: list[Variant]
    end: int
    seconds: float


class Here(Executor):
    """Works things out at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of what is known already."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def check(task: Task) -> None:
    """Refuse a space that is empty, or about variables that the file does not have. Raises `SpaceError`."""
    architecture = parsed(task.file, task.text)
    if not task.space.variables:
        raise SpaceError(
            "the space is empty: write --vary NAME=START..STOP:STEP or NAME=A,B,C, or `search:` in the file"
        )
    for name in task.space.variables:
        if name != INPUT and not has_variable(architecture, name):
            known = ", ".join((*architecture.variables(), INPUT))
            raise SpaceError(f"the file states no variable {name!r}; what can be varied is {known}")
    task.space.allows({**task.settings["variables"], **task.space.at(0)})


def search(task: Task, begin: int = 0, executor: Executor | None = None, workers: int = 1) -> Iterator[Piece]:
    """The pieces of a search from a position on, in order, as they come; two a worker are under way."""
    executor = executor or Here()
    waiting: deque[Future[Piece]] = deque()
    count, start = FIRST_PIECE, begin
    while start < task.order.visited or waiting:
        while start < task.order.visited and len(waiting) < (2 * workers if workers > 1 else 1):
            end = min(start + count, task.order.visited)
            waiting.append(executor.submit(work_out, task, start, end))
            start = end
        piece = waiting.popleft().result()
        if piece.seconds < PIECE_SECONDS / 2:
            count *= 2
        elif piece.seconds > PIECE_SECONDS:
            count = max(1, count // 2)
        yield piece


def work_out(task: Task, begin: int, end: int) -> Piece:
    """The variants of a search at these positions."""
    started = monotonic()
    gc.disable()  # what plans share lives long, and looking through it costs more than planning
    try:
        found = list(variants(task, begin, end))
    finally:
        gc.enable()
        gc.collect(1)
    return Piece(found, end, monotonic() - started)


def variants(task: Task, begin: int, end: int) -> Iterator[Variant]:
    """What the variants at these positions come to, without those that a condition excludes."""
    architecture = parsed(task.file, task.text)
    for position in range(begin, end):
        values = task.space.at(task.order.at(position))
        if task.space.allows({**task.settings["variables"], **values}):
            yield evaluate(task, architecture, position, values)


def evaluate(task: Task, architecture: Loaded, position: int, values: Mapping[str, Any]) -> Variant:
    """What one variant comes to: its totals, or the code of its first error; no row or message is made."""
    settings = settings_with(architecture, task.settings, values)
    try:
        asked = check_settings(architecture.framework, **settings)
        fields = any(key in PER_AXIS for key in task.space.figures)
        network = architecture.network(asked._replace(fields=fields, many=True))
        plan = plan_network(network._replace(promises=None), totals_alone=True)  # they are about the file as it is
    except ArchitectureError as error:
        return Variant(position, values, {}, error.diagnostics[0].code, ())
    except RecursionError:
        return Variant(position, values, {}, "CS007", ())
    if plan.errors:
        return Variant(position, values, {}, plan.errors[0].code, ())
    figures = {key: figure(plan, key) for key in task.space.figures}
    broken = [each.key for each in task.space.constraints if not each.holds(figures[each.key])]
    return Variant(position, values, figures, None, tuple(dict.fromkeys(broken)))


class Tally:
    """What a search has found so far; of its variants it keeps those of the Pareto front alone.

    Attributes:
        position: how far it has come.
        planned: the variants that no condition excludes.
        fitting: those that are well and keep every constraint.
        errors: wrong ones by the code of their first error.
        outside: those that do not keep a constraint, by its key: one may be counted under several.
        front: no variant that fits is as good as one of these in every objective and better in one. Of those with the
            same figures it has the first.
    """

    def __init__(self, objectives: tuple[Objective, ...]) -> None:
        self.objectives = objectives
        self.position = 0
        self.planned = 0
        self.fitting = 0
        self.errors: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self.front: dict[tuple[Any, ...], Variant] = {}

    @property
    def excluded(self) -> int:
        """Those that a condition excludes."""
        return self.position - self.planned

    def add(self, variant: Variant) -> None:
        """Count a variant."""
        self.position = variant.position + 1
        self.planned += 1
        if variant.error is not None:
            self.errors[variant.error] += 1
        self.outside.update(variant.outside)
        if not variant.fits:
            return
        self.fitting += 1
        point = tuple([each.score(variant.figures[each.key]) for each in self.objectives])
        if not point or None in point:
            return
        if any(all(kept <= new for kept, new in zip(other, point, strict=True)) for other in self.front):
            return
        self.front = {
            other: kept
            for other, kept in self.front.items()
            if not all(new <= old for new, old in zip(point, other, strict=True))
        }
        self.front[point] = variant
