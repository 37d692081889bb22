"""The program: its commands by name, its own options, and how a command line is run by Typer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cnnshape import __version__
from cnnshape.cli import exits
from cnnshape.cli.command import CONTEXT, ColorOption, Entry, LazyGroup
from cnnshape.cli.output import write_error

_CALCULATE = "Calculate one layer"
_PLAN = "Plan and check architectures"
_UNDERSTAND = "Understand and improve them"
_LOOK_UP = "Look up"


class Program(LazyGroup):
    """``cnnshape``. A command is one line here and one module with a function `command`."""

    entries = {  # noqa: RUF012  # read only
        "plan": Entry("cnnshape.cli.plan", "Shape, parameters and cost of every layer of a FILE.", _PLAN),
        "check": Entry("cnnshape.cli.check", "The gate for CI: faults and broken expectations.", _PLAN),
        "calc": Entry("cnnshape.cli.calc", "A stack of layers written on the command line.", _PLAN),
        "init": Entry("cnnshape.cli.init", "Write a commented first architecture file.", _PLAN),
        "conv": Entry("cnnshape.cli.conv", "A convolution: 10x8x16x3 -f 5 -k 3, or just 224 -k 7.", _CALCULATE),
        "conv-transpose": Entry("cnnshape.cli.conv_transpose", "A transposed convolution.", _CALCULATE),
        "depthwise-conv": Entry("cnnshape.cli.depthwise_conv", "A depthwise convolution.", _CALCULATE),
        "separable-conv": Entry("cnnshape.cli.separable_conv", "A depthwise separable convolution.", _CALCULATE),
        "pool": Entry("cnnshape.cli.pool", "Max, average, sum or Lp pooling.", _CALCULATE),
        "dense": Entry("cnnshape.cli.dense", "A dense (linear) layer.", _CALCULATE),
        "explain": Entry("cnnshape.cli.explain", "How each number came about, term by term.", _UNDERSTAND),
        "export": Entry("cnnshape.cli.export", "The network as code of Keras or PyTorch.", _UNDERSTAND),
        "import": Entry("cnnshape.cli.import_network", "Any network as an architecture file.", _UNDERSTAND),
        "solve": Entry("cnnshape.cli.solve", "Which kernel, stride and padding give a size from a size.", _UNDERSTAND),
        "sizes": Entry("cnnshape.cli.sizes", "The smallest valid input, and sizes without leftovers.", _UNDERSTAND),
        "scale": Entry("cnnshape.cli.scale", "Fit a variable to a budget; sweep variables.", _UNDERSTAND),
        "search": Entry(
            "cnnshape.cli.search", "Plan a space of variants; what fits, and the Pareto front.", _UNDERSTAND
        ),
        "fit": Entry("cnnshape.cli.fit", "The largest batch that trains within so much memory.", _UNDERSTAND),
        "suggest": Entry("cnnshape.cli.suggest", "Which known network suits a task.", _UNDERSTAND),
        "verify": Entry("cnnshape.cli.verify", "Prove shapes and counts by a reference forward pass.", _UNDERSTAND),
        "diff": Entry("cnnshape.cli.diff", "What changed between two architectures.", _UNDERSTAND),
        "zoo": Entry("cnnshape.cli.zoo", "The well-known networks that are built in.", _LOOK_UP),
        "rule": Entry("cnnshape.cli.rule", "What a diagnostic means, why it matters, how to fix it.", _LOOK_UP),
        "schema": Entry("cnnshape.cli.schema", "The JSON Schema of the architecture file.", _LOOK_UP),
        "server": Entry("cnnshape.cli.server", "The language server, for editors.", _PLAN),
        "cache": Entry("cnnshape.cli.cache", "Where answers are kept for the next time; to forget them.", _LOOK_UP),
        "completion": Entry("cnnshape.cli.completion", "The completion script for a shell.", _LOOK_UP),
    }


app = typer.Typer(
    cls=Program,
    name="cnnshape",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=dict(CONTEXT),
    epilog="Exit codes: 0 well, 1 the architecture is wrong, 2 the command could not be carried out.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cnnshape {__version__}")
        raise typer.Exit()


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
    color: ColorOption = None,
) -> None:
    """The shape, the parameters and the cost of every layer of a convolutional network, without a framework.

    FILE is a path, - for standard input, or zoo:NAME. Try: cnnshape conv 224 -k 7 -s 2 -p 3
    """


def run(arguments: list[str]) -> int:
    """Run one command line with Typer; errors of the command leave it, errors of usage do not."""
    try:
        result: Any = typer.main.get_command(app)(arguments, prog_name="cnnshape", standalone_mode=False)
    except typer.TyperException as error:
        from cnnshape.cli.failures import usage  # only where there is one

        write_error(usage(error, arguments))
        return exits.FAILED
    except typer.Abort:
        return exits.INTERRUPTED
    except SystemExit:  # how Typer ends when the reader of its output goes away
        return exits.PIPE_CLOSED
    return result if isinstance(result, int) else exits.WELL
