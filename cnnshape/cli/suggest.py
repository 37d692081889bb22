"""``cnnshape suggest``: which known network suits a task."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.budgets import LIMITS, read_budget
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, declared, flag, group, option
from cnnshape.cli.output import say, style_for, write, write_json, write_text
from cnnshape.cli.progress import watched
from cnnshape.cli.saving import save, save_new
from cnnshape.cli.settings import DEVICES, FRAMEWORKS, OUTPUT, at_least_one, shown_as
from cnnshape.cli.shapes import read_shape

if TYPE_CHECKING:
    from cnnshape.arithmetic.sizes import Shape
    from cnnshape.studies.scale import Budget
    from cnnshape.studies.suggest import Suggestion
    from cnnshape.vocabularies.vocabulary import Framework


@declared
def command(
    input: Shape = argument("SHAPE", "One image: 96x96x3 (pytorch: 3x96x96).", read_shape),
    classes: int = option("--classes", "How many classes there are.", "N", at_least_one, required=True),
    budget: Budget = group(read_budget, **{name: LIMITS[name] for name in LIMITS if name != "max_training"}),
    images: int | None = option("--images", "How many images there are to train on.", "N", at_least_one),
    device: str | None = option(
        "--device", "The class of device that has to carry it (see zoo list).", choices=DEVICES
    ),
    batch: int | None = option("--batch", "Images a training step.", "N", at_least_one),
    framework: Framework = option("--framework", "Whose networks.", default="keras", choices=FRAMEWORKS),
    top: int = option("--top", "How many to show.", "N", at_least_one, default="8"),
    write_to: str | None = option("--write", "Write the architecture file of the first; - prints it alone.", "PATH"),
    pick: int = option("--pick", "Write the N-th instead of the first.", "N", at_least_one, default="1"),
    force: bool = flag("--force", "Let --write replace a file."),
    format: str = shown_as("text", "json"),
    output: str | None = OUTPUT,
) -> int:
    """Rank the built-in networks that fit a task, and say why, with sources.

    Limits count for one image, at this input, with a head of --classes. Exit code 1 where nothing fits.
    """
    from cnnshape.studies.suggest import Task, read_task_shape, suggest  # plans, which --help does not need
    from cnnshape.studies.zoo import catalogue

    with Refusing("SHAPE"):
        shape = read_task_shape(input, framework)
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


def show(answer: Suggestion, top: int, format: str, output: str | None) -> None:
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
