"""``cnnshape verify``: the reference forward pass against the plan."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import declared, flag, option
from cnnshape.cli.output import say, style_for, write_json, write_text
from cnnshape.cli.settings import BOTH_SPELLINGS, FILE, OUTPUT, SETTINGS, Settings, at_least_zero, shown_as
from cnnshape.cli.shapes import read_seconds
from cnnshape.cli.terminal import is_terminal, use_color

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan
    from cnnshape.studies.run_memory import Replan
    from cnnshape.studies.verify import Verification

Tell = Callable[[str, int, int], None]


@declared
def command(
    file: str = FILE,
    format: str = shown_as("table", "json", spellings=BOTH_SPELLINGS),
    output: str | None = OUTPUT,
    layer: str | None = option("--layer", "Only this layer.", "NAME"),
    fields: bool = flag(
        "--fields/--no-fields", "Whether to prove receptive fields, which takes many runs.", default=True
    ),
    timeout: float = option("--timeout", "Stop after this time; 0: never.", "SECONDS", read_seconds, default="60"),
    seed: int = option("--seed", "Draws the inputs and the weights.", "N", at_least_zero, default="0"),
    settings: Settings = SETTINGS,
) -> int:
    """Run FILE for real, on drawn values, and compare its plan with the run.

    Shapes, parameters, buffers and MACs of every layer come from a forward pass that knows none of the formulas;
    receptive fields from NaN in single input pixels. Needs: pip install "cnnshape[verify]". Exit code 1 where the
    run contradicts the plan, 2 where --timeout left something open.
    """
    from cnnshape.api import load, plan, reference  # they read YAML, which other commands need not

    reference()  # refuses where the extra is missing, before anything else is done
    from cnnshape.reference.execution import ForwardError  # only here NumPy is known to be there

    architecture = load(file)
    planned = plan(architecture, **settings)

    def replan(shapes: Mapping[str, Any], batch: int | None) -> Plan:
        return plan(architecture, **{**settings, "input": shapes, "batch": batch})

    try:
        verification = prove(planned, replan, timeout or inf, layer=layer, seed=seed, fields=fields)
    except MemoryError:
        raise Misuse(TOO_LARGE) from None
    except ForwardError as error:
        raise Misuse(str(error), "" if layer is None else "--layer") from None
    show(verification, format, output)
    if not verification.agrees:
        return exits.WRONG
    return exits.FAILED if verification.left_open else exits.WELL


TOO_LARGE = "a run of this network takes more memory than this process can have; state a smaller --input or --batch"


def prove(planned: Plan, replan: Replan, timeout: float, **wanted: Any) -> Verification:
    """The verification of the plan, or of that of a smaller batch or input where this machine's memory would not do.

    Raises:
        MemoryError: the network cannot be planned any smaller.
    """
    from cnnshape.reference.warm_up import TINY, warm_up
    from cnnshape.studies.pace import Pace, measured_speed
    from cnnshape.studies.run_memory import fit_memory, memory_available
    from cnnshape.studies.verify import verify

    fitting = fit_memory(planned, replan, memory_available())
    if fitting is None:
        raise MemoryError
    if fitting is not planned:
        sizes = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in fitting.inputs.items())
        say(f"note: this machine's memory does not take the whole input; verifying with {sizes}")
    with progress_bar() as tell:
        for number, kernel in enumerate(warm_up()):
            tell(f"compiling kernels: {kernel}", number + 1, len(TINY))
        speed = measured_speed()
    announce(fitting, speed, timeout, wanted)
    with progress_bar() as tell:
        return verify(fitting, progress=tell, pace=Pace(timeout, speed), **wanted)


LONG = 5.0
"""Seconds from which on it is said beforehand how long it takes."""


def announce(plan: Plan, speed: float, timeout: float, wanted: Mapping[str, Any]) -> None:
    """Say what the proof will take, where that is long, and what to do where it is too long."""
    from cnnshape.studies.verify import work_of_proof

    work = work_of_proof(plan, layer=wanted["layer"], fields=wanted["fields"])
    seconds = work.multiplications / speed
    if seconds < min(LONG, timeout):
        return
    passes = f"{work.samples:,} passes" if work.samples > 1 else "one pass"
    say(f"note: this takes about {seconds:,.0f} s: {passes}, {work.multiplications / 1e9:,.1f} G multiplications")
    if seconds > timeout:
        fewer = ", --no-fields" if wanted["fields"] else ""
        say(f"  it stops after {timeout:g} s with what is proven so far; --timeout 0, a smaller --input{fewer} help")


@contextmanager
def progress_bar() -> Iterator[Tell]:
    """What is being done and how far, on standard error where a person looks at it."""
    if not is_terminal(sys.stderr):
        yield lambda what, done, total: None
        return
    from rich.console import Console  # takes a tenth of a second to import; this command takes longer anyway
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True, no_color=not use_color(sys.stderr))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def show(verification: Verification, format: str, output: str | None) -> None:
    """The verification on standard output, or in the file."""
    if format == "json":
        from cnnshape.reports.proofs.json import document

        write_json(document(verification), output)
        return
    from cnnshape.reports.proofs.table import render

    write_text(render(verification, style_for(output)), output)
