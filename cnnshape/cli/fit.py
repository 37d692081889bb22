"""``cnnshape fit``: the largest batch that trains within so much memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.budgets import size
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import declared, group, option
from cnnshape.cli.output import say, write, write_findings, write_json
from cnnshape.cli.settings import AMP, CHANGING_A_PLAN, FILE, OPTIMIZER, OUTPUT, Settings, plan_settings, shown_as

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan
    from cnnshape.studies.fit import Fit, Gpu


BUT_THE_BATCH = {name: each for name, each in CHANGING_A_PLAN.items() if name != "batch"}


@declared
def command(
    file: str = FILE,
    memory: str | None = option("--memory", "The memory that there is: 24GiB, 500MiB.", "SIZE"),
    against: str | None = option("--against", "GPUs by name, such as t4,rtx-4090, or all.", "GPU,..."),
    optimizer: str = OPTIMIZER,
    amp: str | None = AMP,
    format: str = shown_as("text", "json"),
    output: str | None = OUTPUT,
    settings: Settings = group(plan_settings, **BUT_THE_BATCH),
) -> int:
    """The largest batch that trains within so much memory, and what limits it; or one for each of several GPUs.

    Exit code 1 where not even one sample fits.
    """
    from cnnshape.api import UsageError, examine, load  # planning, which --help does not need
    from cnnshape.reports.fit import render, render_gpus
    from cnnshape.studies.fit import UnknownCostError, largest_batch

    if (memory is None) == (against is None):
        raise Misuse("give --memory 24GiB, or --against all", "--memory")
    architecture = load(file)

    def planner(batch: int) -> Plan:
        return examine(architecture, **{**settings, "batch": batch, "optimizer": optimizer, "amp": amp})

    least = 1
    try:
        first = planner(least)
    except UsageError:  # a file may be of a fixed batch, or of at least 2
        least = examine(architecture, **settings).batch or 2
        first = planner(least)
    if first.errors:
        write_findings(first.errors, first.sources)
        return exits.WRONG
    chosen = chosen_gpus(against)
    limits = [size(memory, "--memory") or 0] if against is None else [gpu.bytes for gpu in chosen]
    try:
        found: dict[int, Fit] = {limit: largest_batch(planner, limit, least) for limit in dict.fromkeys(limits)}
    except UnknownCostError as error:
        say(f"What training takes is not known: {error}.")
        return exits.WRONG
    fits = [found[limit] for limit in limits]
    if format == "json":
        told = [
            {"gpu": gpu.name, "source": gpu.source, "optimizer": optimizer, **fit.to_dict()}
            for gpu, fit in zip(chosen, fits, strict=False)
        ]
        write_json(told if against else fits[0].to_dict(), output)
    elif against:
        write(render_gpus(first, chosen, fits), output)
    else:
        write(render(first, fits[0]), output)
    return exits.WELL if any(fit.best for fit in fits) else exits.WRONG


def chosen_gpus(text: str | None) -> list[Gpu]:
    """``t4,rtx-4090`` or ``all`` as GPUs. Raises a usage error."""
    from cnnshape.studies.fit import gpus  # reads a file, which --help does not need

    if text is None:
        return []
    known = gpus()
    if text.strip().lower() == "all":
        return known
    names = {plain(gpu.name): gpu for gpu in known}
    found = []
    for part in text.split(","):
        matching = [gpu for name, gpu in names.items() if name.startswith(plain(part))] if plain(part) else []
        if not matching:
            listed = ", ".join(gpu.name for gpu in known)
            raise Misuse(f"there is no GPU {part.strip()!r}; known are {listed}", "--against")
        found += [gpu for gpu in matching if plain(gpu.name) == plain(part)] or matching
    return found


def plain(name: str) -> str:
    """A name without what people leave out: ``RTX 4090`` as ``rtx4090``."""
    return "".join(character for character in name.lower() if character.isalnum())
