"""``cnnshape search``: plan the variants of a space, and keep what each comes to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, Any, Literal

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import declared, flag, group, option
from cnnshape.cli.output import style_for, write_json, write_text
from cnnshape.cli.settings import FILE, SETTINGS, Settings, at_least_one, at_least_zero, shown_as
from cnnshape.cli.terminal import is_terminal

if TYPE_CHECKING:
    from cnnshape.cli.results import Results
    from cnnshape.readers.yaml.space import Space
    from cnnshape.reports.grid import Style
    from cnnshape.reports.search import Lines
    from cnnshape.studies.optimizing import Optimizer
    from cnnshape.studies.search import Piece, Tally, Task, Variant
    from cnnshape.studies.workers import Workers


ADDED = {
    "vary": option("--vary", "width=0.25..2:0.25, or depth=1,2,4; may be given again.", "NAME=VALUES", several=True),
    "when": option("--when", "Only variants of which this is true: width * depth <= 4.", "EXPRESSION", several=True),
    "constraint": option("--constraint", "What fits: 'params <= 1M', 'output: [10]'.", "BOUND", several=True),
    "minimize": option("--minimize", "As little as possible of it: macs.", "FIGURE", several=True),
    "maximize": option("--maximize", "As much as possible of it: receptive_field.", "FIGURE", several=True),
}
"""What is added to the space that the file states."""


@declared
def command(
    file: str = FILE,
    added: dict[str, list[str] | None] = group(dict, **ADDED),
    random: int | None = option("--random", "So many variants at random, none of them twice.", "N", at_least_one),
    seed: int = option("--seed", "Of --random, --optimize: the same again.", "N", at_least_zero, default="0"),
    optimize: int | None = option("--optimize", "So many variants that Optuna chooses.", "N", at_least_one),
    sampler: Literal["tpe", "nsga2"] | None = option(
        "--sampler",
        "Of --optimize: by default nsga2 where several figures are weighed, else tpe.",
        choices=("tpe", "nsga2"),
    ),
    jobs: int = option("--jobs", "Processes that plan.", "N", at_least_one, default="1"),
    scheduler: str | None = option("--scheduler", "Plan on a Dask cluster: tcp://host:8786.", "ADDRESS"),
    resume: bool = flag("--resume", "Go on where a search ended that was stopped."),
    format: str = shown_as("table", "json", "html", help="How to show the Pareto front."),
    output: str | None = option("--output -o", "Every variant: .csv, .parquet, else JSON lines.", "PATH"),
    settings: Settings = SETTINGS,
) -> int:
    """Plan every variant of a space, or some at random; what fits, and the Pareto front.

    The space is the file's `search:`, and what the options add to it. `input` varies the side of the input where the
    file has no variable of that name. Exit code 1 where nothing fits.
    """
    from cnnshape.readers.files import open_file
    from cnnshape.readers.yaml.space import SpaceError
    from cnnshape.reports.search import Lines
    from cnnshape.studies.optimizing import Optimizer
    from cnnshape.studies.order import Order, order_of
    from cnnshape.studies.search import Tally, Task, check, parsed, to_travel
    from cnnshape.studies.workers import cluster, processes

    if optimize is not None and random is not None:
        raise Misuse("cannot stand beside --random: each chooses variants in a way of its own", "--optimize")
    if scheduler is not None and jobs != 1:
        raise Misuse("is for processes of this machine; the cluster of --scheduler has workers of its own", "--jobs")
    if resume and output is None:
        raise Misuse("needs the file to go on with: --output PATH", "--resume")
    if output == "-":
        raise Misuse("is standard output, where the Pareto front goes; name a file", "--output")
    source = open_file(file).source().text if file == "-" else None
    try:
        space = space_with(getattr(parsed(file, source), "search", None), **added)
        order = order_of(space, random, seed) if optimize is None else Order(space.size, optimize)
        task = Task(file, source, settings, space, order)
        check(task)
        if scheduler is not None:
            task = to_travel(task)
        chooser = (
            Optimizer(space, sampler or ("nsga2" if len(space.objectives) > 1 else "tpe"), seed) if optimize else None
        )
        lines = Lines(space, "csv" if output and output.endswith(".csv") else "jsonl")
        tally = Tally(space.objectives)
        with cluster(scheduler) if scheduler else processes(jobs) as who:
            run(task, tally, lines, output, resume, who, chooser)
    except SpaceError as error:
        raise Misuse(str(error)) from None
    except BrokenExecutor:
        raise Misuse("a process that planned was ended, perhaps for want of memory") from None
    show(tally, space, file, format)
    return exits.WELL if tally.fitting else exits.WRONG


def show(tally: Tally, space: Space, file: str, format: str) -> None:
    """What was found, in this format."""
    from cnnshape.reports.search import document, text

    if format == "json":
        write_json(document(tally))
    elif format == "html":
        from cnnshape.reports.page.search import render  # only where a page is asked for

        write_text(render(file, tally, space))
    else:
        style = style_for(None)
        write_text(text(tally, space, style) + plotted(tally, space, style))


def plotted(tally: Tally, space: Space, style: Style) -> str:
    """The front as a picture, where it is of two figures and a person looks at it."""
    from cnnshape.reports.scatter import scatter

    if len(space.objectives) < 2 or len(tally.front) < 2 or not is_terminal(sys.stdout):
        return ""
    return "\n" + scatter(tally, space, style)


def space_with(stated: Any, **added: list[str] | None) -> Space:
    """The space that a file states, with what the options add to it; a variable's values are the options'."""
    from cnnshape.readers.yaml.space import Space, SpaceError, objective, read_constraint, read_variable, space_of

    space = space_of(stated)
    vary, when, constraints, minimize, maximize = (added[name] or () for name in ADDED)
    varied = [read_variable(each) for each in vary]
    if len(dict(varied)) < len(varied):
        raise SpaceError("--vary names a variable twice")
    return Space(
        {**space.variables, **dict(varied)},
        (*space.conditions, *when),
        (*space.constraints, *map(read_constraint, constraints)),
        (
            *space.objectives,
            *(objective(each, most=False) for each in minimize),
            *(objective(each, most=True) for each in maximize),
        ),
    )


def run(
    task: Task, tally: Tally, lines: Lines, output: str | None, resume: bool, who: Workers, optimizer: Optimizer | None
) -> None:
    """Search to the end, and write what comes to the file of `output`, if any."""
    from cnnshape.cli.results import opened
    from cnnshape.studies.search import OtherSearchError

    if output is None:
        for piece in watched(pieces_of(task, 0, who, optimizer, []), task, 0):
            count(piece, tally)
        return
    with opened(lines, output, resume) as results:
        old: list[Variant] = []
        try:
            begin = go_on(results, task, tally, None if optimizer is None else old)
            for piece in watched(pieces_of(task, begin, who, optimizer, old), task, begin):
                count(piece, tally)
                results.write([variant for variant in piece.variants if variant.position >= begin])
        except OtherSearchError:
            raise Misuse(f"cannot go on with {output}: it holds the results of another search", "--resume") from None
        results.finish()


def count(piece: Piece, tally: Tally) -> None:
    """Count what has come."""
    for variant in piece.variants:
        tally.add(variant)
    tally.position = piece.end


def pieces_of(task: Task, begin: int, who: Workers, optimizer: Optimizer | None, old: list[Variant]) -> Iterator[Piece]:
    """The pieces of a search: in its order, or as an optimizer chooses variants, who is told what is there already."""
    from cnnshape.studies.optimizing import optimize
    from cnnshape.studies.search import search

    if optimizer is None:
        return search(task, begin, *who)
    return optimize(task, optimizer, old, lambda part, start: search(part, start, *who))


def go_on(results: Results, task: Task, tally: Tally, old: list[Variant] | None) -> int:
    """Count what results hold, or keep it (`old`); where the search goes on.

    Raises:
        OtherSearchError: the last result is not what this search would have written there.
    """
    from cnnshape.studies.search import OtherSearchError, same, work_out

    last: Variant | None = None
    for variant in results.old():
        last = variant
        if old is not None:
            old.append(variant)
        else:
            tally.add(variant._replace(variables=task.space.at(task.order.at(variant.position))))
    if last is None:
        return 0
    begin = last.position + 1
    if begin > task.order.visited or (old is None and not same(last, work_out(task, begin - 1, begin).variants)):
        raise OtherSearchError
    return begin


def watched(pieces: Iterator[Piece], task: Task, begin: int) -> Iterator[Piece]:
    """The pieces, with a bar on standard error where a person waits for them: the rate, and what is left."""
    if not is_terminal(sys.stderr):
        yield from pieces
        return
    from rich.console import Console  # only for a person
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} variants, {task.fields[rate]:,.0f} a second,"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        started = bar.get_time()
        shown = bar.add_task("", total=task.order.visited, completed=begin, rate=0.0)
        for piece in pieces:
            seconds = max(bar.get_time() - started, 1e-9)
            bar.update(shown, completed=piece.end, rate=(piece.end - begin) / seconds)
            yield piece
