"""Variants chosen by what those before them came to: Optuna's samplers.

They are asked for a generation at a time and told what it came to, so that what they choose depends on their seed and
on the figures alone: not on who worked these out, nor on whether the search was stopped in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from cnnshape.network.promise_syntax import Bound
from cnnshape.readers.requests import needing
from cnnshape.readers.yaml.space import Choices, Constraint, Space, SpaceError, Steps
from cnnshape.studies.order import Chosen
from cnnshape.studies.search import OtherSearchError, Piece, Task, Variant, alike, scores

Sampler = Literal["tpe", "nsga2"]

GENERATION = 50
"""Variants that are chosen before the next ones are told of them: as many as NSGA-II crosses with one another."""

OUTSIDE = 1.0
"""By how much a constraint is broken of which nothing better is known."""


class Optimizer:
    """Chooses variants of a space, a generation after the other."""

    def __init__(self, space: Space, sampler: Sampler, seed: int) -> None:
        """Begin a study. Raises `SpaceError` where nothing is weighed, `MissingExtraError` without Optuna."""
        if not space.objectives:
            raise SpaceError("an optimizer needs something to weigh: --minimize or --maximize a figure")
        with needing("search", "choosing variants by an optimizer"):
            import optuna  # an extra, and takes a second to import
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.space = space
        self.failed = optuna.trial.TrialState.FAIL
        kinds: dict[str, Callable[..., Any]] = {
            "tpe": lambda **given: optuna.samplers.TPESampler(multivariate=True, constant_liar=True, **given),
            "nsga2": lambda **given: optuna.samplers.NSGAIISampler(population_size=GENERATION, **given),
        }
        constraints = (lambda trial: trial.user_attrs.get("excess", ())) if space.constraints else None
        import warnings

        with warnings.catch_warnings():  # of what is experimental there
            warnings.simplefilter("ignore")
            chooser = kinds[sampler](seed=seed, constraints_func=constraints)
            self.study = optuna.create_study(directions=["minimize"] * len(space.objectives), sampler=chooser)

    def generation(self, start: int, count: int, visited: int) -> tuple[Chosen, list[Any]]:
        """So many variants, and Optuna's trials of them."""
        trials = [self.study.ask() for _ in range(count)]
        return Chosen(tuple(map(self.number, trials)), start, visited), trials

    def number(self, trial: Any) -> int:
        """The number of the variant that a trial is."""
        number = 0
        for name, values in self.space.variables.items():
            number = number * values.size + place(trial, name, values)
        return number

    def tell(self, trials: list[Any], start: int, found: Iterable[Variant]) -> None:
        """What the variants of a generation came to; those that a condition excludes are wrong."""
        variants = {variant.position: variant for variant in found}
        for position, trial in enumerate(trials, start):
            variant = variants.get(position)
            point = scores(self.space.objectives, variant) if variant and variant.error is None else None
            if variant is None or point is None:
                self.study.tell(trial, state=self.failed)
                continue
            trial.set_user_attr("excess", [excess(each, variant.figures[each.key]) for each in self.space.constraints])
            self.study.tell(trial, list(point))


def place(trial: Any, name: str, values: Steps | Choices) -> int:
    """Which of the values of a variable a trial has: of numbers that grow one of a range, else one of a choice."""
    ordered = isinstance(values, Steps) or grows(values.values)
    if ordered:
        return int(trial.suggest_int(name, 0, values.size - 1))
    return int(trial.suggest_categorical(name, list(range(values.size))))


def grows(values: tuple[Any, ...]) -> bool:
    """Whether values are numbers, each larger than the one before."""
    numbers = all(type(value) in (int, float) for value in values)
    return numbers and list(values) == sorted(values)


def excess(constraint: Constraint, actual: Any) -> float:
    """By how much a constraint is broken, as a part of what it allows; 0 or less where it holds."""
    if constraint.holds(actual):
        return 0.0
    sizes = actual if isinstance(actual, tuple) else (actual,)
    if not isinstance(constraint.bound, Bound) or None in sizes:
        return OUTSIDE
    bound = constraint.bound
    limit = max(abs(bound.most or bound.least or 1), 1)
    return max(float(abs(bound.excess(size))) / limit for size in sizes)


def optimize(
    task: Task, optimizer: Optimizer, old: list[Variant], pieces: Callable[[Task, int], Iterator[Piece]]
) -> Iterator[Piece]:
    """The pieces of a search whose variants an optimizer chooses.

    Args:
        old: the variants that were found before, with their variables as text; they come again.
        pieces: works out the variants of a generation from a position on.

    Raises:
        OtherSearchError: they are not those that the optimizer chooses.
    """
    visited = task.order.visited
    begin = old[-1].position + 1 if old else 0
    for start in range(0, visited, GENERATION):
        end = min(start + GENERATION, visited)
        chosen, trials = optimizer.generation(start, end - start, end)
        found = [
            known_again(variant, task.space.at(chosen.at(variant.position)))
            for variant in old
            if start <= variant.position < end
        ]
        if found:
            yield Piece(list(found), min(begin, end), 0.0)
        if end > begin:
            for piece in pieces(task._replace(order=chosen), max(start, begin)):
                found += piece.variants
                yield piece
        optimizer.tell(trials, start, found)


def known_again(variant: Variant, variables: dict[str, Any]) -> Variant:
    """A variant with its variables, that was read with their text. Raises `OtherSearchError`."""
    if not alike(variant.variables, variables):
        raise OtherSearchError
    return variant._replace(variables=variables)
