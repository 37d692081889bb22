"""``cnnshape scale``: fit a variable to a budget, or sweep variables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.budgets import LIMITS, read_budget
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import declared, group, option
from cnnshape.cli.output import say, style_for, write, write_json, write_text
from cnnshape.cli.progress import progress, watched
from cnnshape.cli.settings import FILE, OUTPUT, SETTINGS, Settings, at_least_one, shown_as
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from cnnshape.readers.yaml.space import Objective
    from cnnshape.studies.largest import Fit
    from cnnshape.studies.scale import Budget, Range
    from cnnshape.studies.search import Variant

FEW = 200
"""Sweeps of fewer variants are planned in this process, as starting others takes longer."""


@declared
def command(
    file: str = FILE,
    vary: list[str] = option(
        "--vary",
        "width, width=0.25:2:0.25 or width=1|2|4; several by comma.",
        "NAME[=RANGE]",
        required=True,
        several=True,
    ),
    budget: Budget = group(read_budget, **LIMITS),
    goals: str | None = option("--front", "What the Pareto front weighs, such as params:max,macs:min.", "GOALS"),
    step: str | None = option("--step", "How finely to search: by default 1, or 0.01.", "NUMBER"),
    jobs: int | None = option("--jobs", "Processes; by default one a core for large sweeps.", "N", at_least_one),
    format: str = shown_as("table", "json", "csv", "html"),
    output: str | None = OUTPUT,
    settings: Settings = SETTINGS,
) -> int:
    """The largest value of a variable that fits a budget, or a table of many values with its Pareto front.

    One --vary without a range searches; ranges sweep every combination. `input` varies the input's side where the
    file has no variable of that name. Exit code 1 where nothing fits.
    """
    from cnnshape.readers.files import open_file
    from cnnshape.readers.yaml.space import SpaceError
    from cnnshape.studies.scale import read_ranges, sweep, task_of
    from cnnshape.studies.search import check
    from cnnshape.studies.workers import processes

    text = open_file(file).source().text if file == "-" else None
    with Refusing("--vary", SpaceError):
        ranges = read_ranges(vary)
        answer = Answer(file, budget, read_goals(goals), format, output)
        if any(not one.values for one in ranges):
            return fit(answer, text, settings, ranges, step)
        task = task_of(file, text, settings, ranges)
        check(task)
    count = task.order.visited
    with processes(jobs or (os.cpu_count() if count >= FEW else None) or 1) as who:
        variants = list(watched(sweep(task, *who), count))
    answer.show(variants)
    return exits.WELL if any(budget.allows(variant) for variant in variants) else exits.WRONG


class Answer(NamedTuple):
    """Of which file variants are shown, against what they are held, and in which form."""

    file: str
    budget: Budget
    goals: tuple[Objective, ...]
    format: str
    output: str | None

    def show(self, variants: Sequence[Variant], heading: str = "") -> None:
        """The variants; a heading stands above a table."""
        from cnnshape.reports.sweep import csv, documents, table
        from cnnshape.studies.scale import front

        best, budget, output = front(variants, self.goals), self.budget, self.output
        if self.format == "json":
            write_json(documents(variants, best, budget), output)
        elif self.format == "csv":
            write(csv(variants, best, budget), output)
        elif self.format == "html":
            from cnnshape.reports.page.sweep import render  # only where a page is asked for

            write(render(self.file, variants, best, budget), output)
        else:
            write_text(heading + table(variants, best, budget, style_for(output)), output)


def read_goals(text: str | None) -> tuple[Objective, ...]:
    """``params:max,macs:min`` as goals. Raises a usage error."""
    from cnnshape.readers.yaml.space import Objective
    from cnnshape.studies.scale import FIGURES, GOALS

    if text is None:
        return GOALS
    found = []
    for part in text.split(","):
        key, _, direction = part.strip().partition(":")
        if key not in FIGURES or direction not in ("max", "min"):
            message = f"goals are NAME:max or NAME:min with NAME one of {', '.join(FIGURES)}, got {part.strip()!r}"
            raise Misuse(message, "--front")
        found.append(Objective(key, direction == "max"))
    return tuple(found)


def fit(answer: Answer, text: str | None, settings: dict[str, Any], ranges: Sequence[Range], step: str | None) -> int:
    """Search the one variable without a range."""
    from cnnshape.readers.yaml.space import SpaceError, read_decimal
    from cnnshape.studies.largest import default_step, largest, starting_value
    from cnnshape.studies.scale import Range, evaluate, task_of
    from cnnshape.studies.search import parsed

    if len(ranges) > 1:
        raise SpaceError("give every variable a range, or one variable alone and a budget")
    if not any(limit is not None for limit in answer.budget):
        raise SpaceError(f"{ranges[0].name} has no range: give one, or a budget such as --max-params 1M")
    name, file = ranges[0].name, answer.file
    start = starting_value(parsed(file, text), name, settings["preset"])
    grain = default_step(start) if step is None else read_decimal(step, f"--step {step}")
    if grain <= 0:
        raise Misuse(f"must be above 0, got {step}", "--step")
    task = task_of(file, text, settings, [Range(name, (start,))])
    with progress(f"fitting {name}"):
        found = largest(
            lambda value: evaluate(task, value),
            start,
            answer.budget,
            step=grain,
            least=0 if name in parsed(file, text).variables() else 1,  # no input has a side of 0
        )
    tell(answer, f"{name} in steps of {grain}", found)
    return exits.WELL if found.best else exits.WRONG


def tell(answer: Answer, what: str, found: Fit) -> None:
    """The value that was found beside the next one, which does not fit."""
    from cnnshape.reports.sweep import value_text

    shown = [variant for variant in (found.best, found.beyond) if variant]
    ((name, tried),) = shown[0].variables.items()
    value = value_text(tried)
    heading = ""
    if found.best and found.smallest:
        heading = f"{name} = {value} is the smallest value that fits, of {what}; all larger ones tried do\n\n"
    elif found.best:
        heading = f"{name} = {value} is the largest value that fits, of {what}\n\n"
    elif found.beyond.error is None:
        say(f"no value of {what} fits, not even {value}")
    else:
        say(
            f"found no value of {what} that fits; with {value} the architecture itself is wrong: "
            f"--vary {name}=START:STOP:STEP tries every value"
        )
    answer._replace(goals=()).show(shown, heading)
