"""``cnnshape verify``: the reference forward pass against the plan."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import (
    BatchOption,
    FileArgument,
    FrameworkOption,
    InputOption,
    OutputOption,
    PresetOption,
    SetOption,
    plan_settings,
)
from cnnshape.cli.output import say, write, write_json
from cnnshape.cli.terminal import is_terminal, speaks_unicode, use_color

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan
    from cnnshape.studies.run_memory import Replan
    from cnnshape.studies.verify import Verification

Tell = Callable[[str, int, int], None]


def command(
    file: FileArgument,
    format: Annotated[
        Literal["table", "json"], typer.Option("--format", "--output-format", help="How to show it.")
    ] = "table",
    output: OutputOption = None,
    layer: Annotated[str | None, typer.Option("--layer", metavar="NAME", help="Only this layer.")] = None,
    fields: Annotated[
        bool, typer.Option("--fields/--no-fields", help="Whether to prove receptive fields, which takes many runs.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Draws the inputs and the weights.")] = 0,
    input: InputOption = None,
    batch: BatchOption = None,
    framework: FrameworkOption = None,
    preset: PresetOption = None,
    set: SetOption = None,
) -> int:
    """Run FILE for real, on drawn values, and compare its plan with the run.

    Shapes, parameters, buffers and MACs of every layer come from a forward pass that knows none of the formulas;
    receptive fields from NaN in single input pixels. Needs: pip install "cnnshape[verify]". Exit code 1 where the
    run contradicts the plan.
    """
    from cnnshape.api import load, plan, reference  # they read YAML, which other commands need not

    reference()  # refuses where the extra is missing, before anything else is done
    from cnnshape.reference.execution import ForwardError  # only here NumPy is known to be there

    settings = plan_settings(input=input, batch=batch, framework=framework, preset=preset, set=set)
    architecture = load(file)
    planned = plan(architecture, **settings)

    def replan(shapes: Mapping[str, Any], batch: int | None) -> Plan:
        return plan(architecture, **{**settings, "input": shapes, "batch": batch})

    try:
        verification = prove(planned, replan, layer=layer, seed=seed, fields=fields)
    except MemoryError:
        raise typer.BadParameter(TOO_LARGE, param_hint="FILE") from None
    except ForwardError as error:
        raise typer.BadParameter(str(error), param_hint="FILE" if layer is None else "'--layer'") from None
    show(verification, format, output)
    return exits.WELL if verification.agrees else exits.WRONG


TOO_LARGE = "a run takes more memory than this process can have; state a smaller --input or --batch"


def prove(planned: Plan, replan: Replan, **wanted: Any) -> Verification:
    """The verification of the plan, or of that of a smaller batch or input where this machine's memory would not do.

    Raises:
        MemoryError: the network cannot be planned any smaller.
    """
    from cnnshape.reference.warm_up import TINY, warm_up
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
        return verify(fitting, progress=tell, **wanted)


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
    from cnnshape.reports.grid import Style
    from cnnshape.reports.proofs.table import render

    here = output is None
    style = Style(not here or speaks_unicode(sys.stdout), here and use_color(sys.stdout))
    write(render(verification, style), output)
