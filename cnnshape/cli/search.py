"""``cnnshape search``: plan the variants of a space, and keep what each comes to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.options import (
    AssumeOption,
    BatchOption,
    FileArgument,
    FrameworkOption,
    InputOption,
    PresetOption,
    SetOption,
    plan_settings,
)
from cnnshape.cli.output import style_for, write_json, write_text
from cnnshape.cli.terminal import is_terminal

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cnnshape.reports.search import Lines
    from cnnshape.studies.search import Piece, Tally, Task
    from cnnshape.studies.space import Space

_CLEAR_LINE = "\r\x1b[K"


def command(
    file: FileArgument,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=VALUES", help="width=0.25..2:0.25, or depth=1,2,4; may be given again."),
    ] = None,
    when: Annotated[
        list[str] | None,
        typer.Option("--when", metavar="EXPRESSION", help="Only variants of which this is true: width * depth <= 4."),
    ] = None,
    constraint: Annotated[
        list[str] | None,
        typer.Option("--constraint", metavar="BOUND", help="What fits: 'params <= 1M', 'output: [10]'."),
    ] = None,
    minimize: Annotated[
        list[str] | None, typer.Option("--minimize", metavar="FIGURE", help="As little as possible of it: macs.")
    ] = None,
    maximize: Annotated[
        list[str] | None,
        typer.Option("--maximize", metavar="FIGURE", help="As much as possible of it: receptive_field."),
    ] = None,
    random: Annotated[
        int | None, typer.Option("--random", min=1, metavar="N", help="So many variants at random, none of them twice.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of --random: the same ones again.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Processes that plan.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a search ended that was stopped.")] = False,
    format: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to show the Pareto front.")
    ] = "table",
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PATH", help="Every variant on a line: CSV for .csv, else JSON."),
    ] = None,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
    assume: AssumeOption = None,
) -> int:
    """Plan every variant of a space, or some at random; what fits, and the Pareto front.

    The space is the file's `search:`, and what the options add to it. `input` varies the side of the input where the
    file has no variable of that name. Exit code 1 where nothing fits.
    """
    from cnnshape.readers.files import open_file
    from cnnshape.reports.search import Lines, document, text
    from cnnshape.studies.scale import parsed
    from cnnshape.studies.search import Tally, Task, check
    from cnnshape.studies.space import SpaceError, order_of

    if resume and output is None:
        raise Misuse("needs the file to go on with: --output PATH", "--resume")
    if output == "-":
        raise Misuse("is standard output, where the Pareto front goes; name a file", "--output")
    source = open_file(file).source().text if file == "-" else None
    settings = plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set, assume=assume)
    try:
        space = space_with(getattr(parsed(file, source), "search", None), vary, when, constraint, minimize, maximize)
        task = Task(file, source, settings, space, order_of(space, random, seed))
        check(task)
        lines = Lines(space, "csv" if output and output.endswith(".csv") else "jsonl")
        tally = Tally(space.objectives)
        run(task, tally, lines, output, resume, jobs)
    except SpaceError as error:
        raise Misuse(str(error)) from None
    if format == "json":
        write_json(document(tally))
    else:
        write_text(text(tally, space, style_for(None)))
    return exits.WELL if tally.fitting else exits.WRONG


def space_with(
    stated: Any,
    vary: list[str] | None,
    when: list[str] | None,
    constraints: list[str] | None,
    minimize: list[str] | None,
    maximize: list[str] | None,
) -> Space:
    """The space that a file states, with what the options add to it; a variable's values are the options'."""
    from cnnshape.studies.space import Space, SpaceError, objective, read_constraint, read_variable, space_of

    space = space_of(stated)
    varied = [read_variable(each) for each in vary or ()]
    if len(dict(varied)) < len(varied):
        raise SpaceError("--vary names a variable twice")
    return Space(
        {**space.variables, **dict(varied)},
        (*space.conditions, *(when or ())),
        (*space.constraints, *map(read_constraint, constraints or ())),
        (
            *space.objectives,
            *(objective(each, most=False) for each in minimize or ()),
            *(objective(each, most=True) for each in maximize or ()),
        ),
    )


def run(task: Task, tally: Tally, lines: Lines, output: str | None, resume: bool, jobs: int) -> None:
    """Search to the end, and write what comes to the file of `output`, if any."""
    from cnnshape.studies.search import search

    with results(task, tally, lines, output, resume) as file, workers(jobs) as executor:
        for piece in watched(search(task, tally.position, executor, jobs), task, tally.position):
            for variant in piece.variants:
                tally.add(variant)
            tally.position = piece.end
            if file is not None:
                file.write("".join(map(lines.line, piece.variants)).encode())
                file.flush()


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """So many processes; None where this one does the work."""
    if jobs == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor  # takes a moment to import, and more to start
    from multiprocessing import get_context

    from cnnshape.workers import begin_worker

    executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=begin_worker)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def results(task: Task, tally: Tally, lines: Lines, output: str | None, resume: bool) -> Iterator[BinaryIO | None]:
    """The file of the results, open for the next one.

    One that is there is gone on with, where that is asked for; else it has to be empty, or no file.

    Raises:
        Misuse: it holds something else.
        OSError: it cannot be written; `filename` is the path.
    """
    if output is None:
        yield None
        return
    try:
        if os.path.isfile(output) and os.path.getsize(output):
            if not resume:
                raise Misuse(f"is {output}, which holds something: add --resume, or name another file", "--output")
            with open(output, "r+b") as file:
                go_on(file, task, tally, lines, output)
                yield file
        else:
            with open(output, "wb") as file:
                file.write(lines.head.encode())
                file.flush()
                yield file
    except OSError as error:
        error.filename = error.filename or output
        raise


def go_on(file: BinaryIO, task: Task, tally: Tally, lines: Lines, output: str) -> None:
    """Count what a file of results holds, and cut off what comes behind its last whole line.

    Raises:
        Misuse: the last result, or the beginning of one, is not what this search would have written there.
    """
    from itertools import islice

    from cnnshape.studies.search import variants

    other = Misuse(f"cannot go on with {output}: it holds the results of another search", "--resume")
    head = lines.head.encode()
    begin = file.read(len(head))
    if begin != head[: len(begin)]:
        raise other
    if begin != head:
        file.seek(0)
        file.write(head)
    end, last, rest = file.tell(), b"", b""
    for line in file:
        if not line.endswith(b"\n"):
            rest = line
            break
        try:
            variant = lines.read(line.decode())
            tally.add(variant._replace(variables=task.space.at(task.order.at(variant.position))))
        except ValueError:
            raise other from None
        end, last = end + len(line), line
    again = variants(task, max(tally.position - 1, 0), task.order.visited)
    if not "".join(map(lines.line, islice(again, 2 if last else 1))).encode().startswith(last + rest):
        raise other
    file.truncate(end)
    file.seek(end)


def watched(pieces: Iterator[Piece], task: Task, begin: int) -> Iterator[Piece]:
    """The pieces, with how far the search is on standard error where a person waits for it."""
    if not is_terminal(sys.stderr):
        yield from pieces
        return
    from time import monotonic  # only for a person

    started = monotonic()
    for piece in pieces:
        rate = (piece.end - begin) / max(monotonic() - started, 1e-9)
        left = (task.order.visited - piece.end) / rate
        sys.stderr.write(
            f"{_CLEAR_LINE}{piece.end:,} of {task.order.visited:,} variants, {rate:,.0f} a second, {left:,.0f} s left"
        )
        sys.stderr.flush()
        yield piece
    sys.stderr.write(_CLEAR_LINE)
    sys.stderr.flush()
