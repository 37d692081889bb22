"""``cnnshape suggest``: which known network suits a task."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.budgets import LIMITS, read_budget
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.options import OutputOption, with_options
from cnnshape.cli.output import say, style_for, write, write_json, write_text
from cnnshape.cli.progress import watched
from cnnshape.cli.saving import save, save_new
from cnnshape.cli.shapes import read_shape

if TYPE_CHECKING:
    from cnnshape.studies.suggest import Suggestion


@with_options("budget", {name: LIMITS[name] for name in LIMITS if name != "max_training"}, read_budget)
def command(
    input: Annotated[
        str, typer.Argument(metavar="SHAPE", help="One image: 96x96x3 (pytorch: 3x96x96).", show_default=False)
    ],
    classes: Annotated[int, typer.Option("--classes", min=1, metavar="N", help="How many classes there are.")],
    budget: Any,
    images: Annotated[
        int | None, typer.Option("--images", min=1, metavar="N", help="How many images there are to train on.")
    ] = None,
    device: Annotated[
        Literal["microcontroller", "mobile", "edge", "desktop", "server"] | None,
        typer.Option("--device", help="The class of device that has to carry it (see zoo list)."),
    ] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, metavar="N", help="Images a training step.")] = None,
    framework: Annotated[Literal["keras", "pytorch"], typer.Option("--framework", help="Whose networks.")] = "keras",
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="How many to show.")] = 8,
    write_to: Annotated[
        str | None,
        typer.Option("--write", metavar="PATH", help="Write the architecture file of the first; - prints it alone."),
    ] = None,
    pick: Annotated[int, typer.Option("--pick", min=1, metavar="N", help="Write the N-th instead of the first.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Let --write replace a file.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How to show it.")] = "text",
    output: OutputOption = None,
) -> int:
    """Rank the built-in networks that fit a task, and say why, with sources.

    Limits count for one image, at this input, with a head of --classes. Exit code 1 where nothing fits.
    """
    from cnnshape.studies.suggest import Task, read_task_shape, suggest  # plans, which --help does not need
    from cnnshape.studies.zoo import catalogue

    with Refusing("SHAPE"):
        shape = read_task_shape(read_shape(input), framework)
    if write_to not in (None, "-") and os.path.lexists(write_to) and not force:
        raise Misuse(f"{write_to} exists; --force replaces it", "--write")
    task = Task(framework, shape, classes, budget, images, device, batch)
    entries = [entry for entry in catalogue() if entry.framework == framework]
    answer = suggest(task, entries, lambda planned: watched(planned, len(planned)))
    if write_to != "-" or output is not None or not answer.candidates:
        show(answer, top, format, output)
    if not answer.candidates:
        say(
            "no built-in network fits; the smallest ones can be scaled: cnnshape scale zoo:keras/mobilenet --vary alpha"
        )
        return exits.WRONG
    if write_to is not None:
        keep(answer, pick, write_to, force)
    return exits.WELL


def show(answer: Suggestion, top: int, format: Literal["text", "json"], output: str | None) -> None:
    """The answer in this format."""
    if format == "json":
        write_json(answer.to_dict(), output)
        return
    from cnnshape.reports.suggestions import text

    write_text(text(answer, style_for(output), top=top), output)


def keep(answer: Suggestion, pick: int, path: str, force: bool) -> None:
    """Write the file of the chosen candidate; without `force` never over an existing one."""
    if pick > len(answer.candidates):
        message = f"only {len(answer.candidates)} networks fit, there is no number {pick}"
        raise Misuse(message, "--pick")
    candidate = answer.candidates[pick - 1]
    if path == "-":
        write(candidate.text)
        return
    try:
        (save if force else save_new)(path, candidate.text)
    except FileExistsError:  # it appeared since the command began
        raise Misuse(f"{path} exists; --force replaces it", "--write") from None
    say(f"wrote {path}: {candidate.entry.target} (cnnshape plan {path} shows it)")
