"""Searching a space of networks: variants planned piece by piece, in order, by whoever works for it.

A piece is a function of plain data, so any `concurrent.futures.Executor` can work it out, here, in other processes or
on other machines; what comes is the same.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from time import monotonic
from typing import Any

from cnnshape import __version__
from cnnshape.api import Loaded, examine, load
from cnnshape.arithmetic.sizes import Shape, product, total
from cnnshape.cache.evidence import Evidence
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.expectations import PER_AXIS
from cnnshape.network.outline import Outcome
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.readers.files import is_zoo
from cnnshape.readers.registry import model_in
from cnnshape.readers.requests import Settings, check_settings
from cnnshape.readers.yaml.architecture import Architecture
from cnnshape.readers.yaml.space import INPUT, Objective, Space, SpaceError
from cnnshape.studies import pareto
from cnnshape.studies.order import Chosen, Order
from cnnshape.value import NamedTuple

FIRST_PIECE = 16
PIECE_SECONDS = 1.0
"""How long a piece takes at most, about: what a killed search loses, and often enough for whoever watches."""

MOST_FRESH = 2048
"""Points that wait to be compared with the front."""

MOST_SAMPLED = 2000
"""Variants that fit of which a picture is drawn."""

one_at_a_time = Lock()
"""Threads of a process share what plans have in common: they work in turn."""


class OtherSearchError(ValueError):
    """Results are not those of this search."""


class Task(NamedTuple):
    """A search, as plain data that can travel to another process.

    Attributes:
        file: the FILE, or the name of the text.
        text: the text where the file was read already (standard input); else None.
        settings: as `cnnshape.plan` takes them.
        order: which variants are visited.
        files: what the file is read from, itself and what it includes, where other machines read it by themselves.
        digest: of their contents.
        version: of the program that searches: others would give other numbers.
        promises: whether a variant that does not keep what the file promises is wrong.
    """

    file: str
    text: str | None
    settings: Mapping[str, Any]
    space: Space
    order: Order | Chosen
    files: tuple[str, ...] = ()
    digest: str | None = None
    version: str = __version__
    promises: bool = False


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
        if name != INPUT and name not in architecture.variables():
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
    """The variants of a search at these positions.

    Raises:
        SpaceError: this machine has another file, or another version of the program.
    """
    if task.version != __version__:
        raise SpaceError(f"a worker has cnnshape {__version__}, this is {task.version}: install the same on both")
    if task.digest is not None and digest_of(task.files) != task.digest:
        named = " or ".join((task.file, *task.files[1:]))
        raise SpaceError(f"a worker reads another {named} than this machine: copy it to where the worker runs")
    with one_at_a_time:
        started = monotonic()
        gc.disable()  # what plans share lives long, and looking through it costs more than planning
        try:
            found = list(variants(task, begin, end))
        finally:
            gc.freeze()  # what is left is no garbage: not looked through, it counts as old
            gc.unfreeze()
            gc.enable()
        return Piece(found, end, monotonic() - started)


def digest_of(files: tuple[str, ...]) -> str:
    """What tells the contents of files from others, also of one that cannot be read."""
    told = blake2b(digest_size=16)
    for file in files:
        try:
            with open(file, "rb") as opened:
                told.update(blake2b(opened.read()).digest())
        except OSError as error:
            told.update(str(error.strerror).encode())
    return told.hexdigest()


def files_of(file: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The file, and what is read with it to be planned, but for what is installed."""
    own = model_in(file)[0]
    with Evidence() as evidence, suppress(ArchitectureError):
        examine(load(file), **settings)
    read = {path for question, path in evidence.found if question == "contents"}
    installed = (sys.prefix, os.path.dirname(os.path.dirname(__file__)))
    return (own, *sorted(path for path in read if path != own and not path.startswith(installed)))


def variants(task: Task, begin: int, end: int) -> Iterator[Variant]:
    """What the variants at these positions come to, without those that a condition excludes."""
    architecture = parsed(task.file, task.text)
    for position in range(begin, end):
        values = task.space.at(task.order.at(position))
        if task.space.allows({**task.settings["variables"], **values}):
            yield evaluate(task, architecture, position, values)


def evaluate(task: Task, architecture: Loaded, position: int, values: Mapping[str, Any]) -> Variant:
    """What one variant comes to: its totals, or the code of its first error; no row is made."""
    settings, keys = settings_with(architecture, task.settings, values), task.space.figures
    try:
        asked = check_settings(architecture.framework, **settings)
        fields = any(key in PER_AXIS for key in keys)
        plan = outcome(architecture, asked._replace(fields=fields, many=True), promises=task.promises)
    except ArchitectureError as error:
        return Variant(position, values, {}, error.diagnostics[0].code, ())
    except RecursionError:
        return Variant(position, values, {}, "CS007", ())
    if isinstance(plan, Plan) and plan.errors:
        return Variant(position, values, {}, plan.errors[0].code, ())
    figures = {key: figure(plan, key) for key in keys}
    broken = [each.key for each in task.space.constraints if not each.holds(figures[each.key])]
    return Variant(position, values, figures, None, tuple(dict.fromkeys(broken)))


def outcome(architecture: Loaded, settings: Settings, *, promises: bool) -> Outcome | Plan:
    """What a variant comes to, held to what its file promises or not. Raises `ArchitectureError`."""
    promised = promises and isinstance(architecture, Architecture) and architecture.program.expect
    remembered = getattr(architecture, "outcome", None)  # of readers that know what variants have in common
    if remembered is not None and not promised:
        found: Outcome | Plan | None = remembered(settings)
        if found is not None:
            return found
    network = architecture.network(settings)
    return plan_network(network if promises else network._replace(promises=None))  # they are about the file as it is


def settings_with(architecture: Loaded, settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with these values of variables, of which one may be the side of the input."""
    result = dict(settings)
    own = dict(values)
    if INPUT in own and INPUT not in architecture.variables():
        side = own.pop(INPUT)
        result["input"] = square(stated_inputs(architecture, repr(settings), settings), int(side))
    result["variables"] = {**settings.get("variables", {}), **own}
    return result


_inputs: dict[tuple[Loaded, str], Plan] = {}
"""The plans that tell the inputs of a file, by the settings as text: one a search."""


def stated_inputs(architecture: Loaded, key: str, settings: Mapping[str, Any]) -> Plan:
    """The plan of a file as it is, for its inputs."""
    if (architecture, key) not in _inputs:
        _inputs.clear()
        _inputs[architecture, key] = examine(architecture, **settings)
    return _inputs[architecture, key]


@lru_cache(maxsize=4)
def parsed(file: str, text: str | None) -> Loaded:
    """The architecture, parsed once in each process."""
    return load(file) if text is None else load(text=text, filename=file)


def square(plan: Plan, side: int) -> dict[str, Shape]:
    """The plan's inputs, without batch, all spatial axes of this size."""
    layout = plan.layout
    return {
        name: tuple(
            side if axis in layout.spatial_axes(len(shape)) else size for axis, size in enumerate(shape) if axis
        )
        for name, shape in plan.inputs.items()
    }


def figure(plan: Outcome | Plan, key: str) -> Any:
    """A figure of a plan, by its name; per axis where it has axes. None where it is not known."""
    if key == "output":
        shape = next(iter(plan.outputs.values()), None)
        return None if shape is None else shape[1:]
    if key == "pixels":
        return total(
            product(shape[axis] for axis in plan.layout.spatial_axes(len(shape))) for shape in plan.inputs.values()
        )
    field = plan.receptive_field
    if key == "receptive_field":
        return field and field.size
    if key == "output_stride":
        return field and field.jump
    totals = plan.totals if plan.totals and plan.totals.complete else None  # of lower bounds nothing is known
    return getattr(totals, key, None)


class Tally:
    """What a search has found so far; of its variants it keeps those of the Pareto front alone, and a sample.

    Attributes:
        position: how far it has come.
        planned: the variants that no condition excludes.
        fitting: those that are well and keep every constraint.
        errors: wrong ones by the code of their first error.
        outside: those that do not keep a constraint, by its key: one may be counted under several.
        sample: every so many of those that fit, `MOST_SAMPLED` at most.
    """

    def __init__(self, objectives: tuple[Objective, ...]) -> None:
        self.objectives = objectives
        self.position = 0
        self.planned = 0
        self.fitting = 0
        self.errors: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self.sample: list[Variant] = []
        self._every = 1
        self._best: dict[pareto.Point, Variant] = {}
        self._fresh: dict[pareto.Point, Variant] = {}

    @property
    def excluded(self) -> int:
        """Those that a condition excludes."""
        return self.position - self.planned

    @property
    def front(self) -> dict[pareto.Point, Variant]:
        """No variant that fits is as good as one of these in every objective and better in one.

        Of those with the same figures it has the first.
        """
        if self._fresh:
            found = {**self._best, **self._fresh}
            points = [*found]
            self._best = {points[place]: found[points[place]] for place in pareto.front(points)}
            self._fresh = {}
        return self._best

    def add(self, variant: Variant) -> None:
        """Count a variant."""
        self.position = variant.position + 1
        self.planned += 1
        if variant.error is not None:
            self.errors[variant.error] += 1
        self.outside.update(variant.outside)
        if not variant.fits:
            return
        if self.fitting % self._every == 0:
            self.sample.append(variant)
            if len(self.sample) > MOST_SAMPLED:
                self.sample, self._every = self.sample[::2], 2 * self._every
        self.fitting += 1
        point = scores(self.objectives, variant)
        if point is not None and point not in self._best and point not in self._fresh:
            self._fresh[point] = variant
            if len(self._fresh) >= MOST_FRESH:
                _ = self.front


def scores(objectives: tuple[Objective, ...], variant: Variant) -> pareto.Point | None:
    """A variant in what is weighed, less is better; None where nothing is, or something is not known."""
    point = tuple([each.score(variant.figures[each.key]) for each in objectives])
    return None if not point or None in point else point


def same(read: Variant, again: list[Variant]) -> bool:
    """Whether a variant that was read, with its variables as text, is what was found again at its position."""
    if not again or not alike(read.variables, again[0].variables):
        return False
    found = again[0]
    figures = found.figures or dict.fromkeys(read.figures)
    return read == found._replace(variables=read.variables, figures=figures)


def alike(text: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether values are written as the text is."""
    written = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
    return list(text.items()) == list(written.items())


def to_travel(task: Task) -> Task:
    """A task for other machines: with the text of a file that needs no other, else with what tells theirs from it."""
    if task.text is not None or is_zoo(task.file):
        return task
    architecture = parsed(task.file, None)
    text = getattr(getattr(architecture, "program", None), "source", None)
    if text is not None and "include:" not in text.text:
        return task._replace(text=text.text)
    file = os.path.abspath(task.file)
    files = files_of(file, task.settings)
    return task._replace(file=file, files=files, digest=digest_of(files))
