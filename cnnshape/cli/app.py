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
    """``cnnshape``. A command is one line here, and the `command` of a module (or what it has by another name)."""

    entries = {  # noqa: RUF012  # read only
        "plan": Entry("plan", "Shape, parameters and cost of every layer of a FILE.", _PLAN),
        "check": Entry("check", "The gate for CI: faults and broken expectations.", _PLAN),
        "calc": Entry("calc", "A stack of layers written on the command line.", _PLAN),
        "init": Entry("init", "Write a commented first architecture file.", _PLAN),
        "conv": Entry("one_off:conv", "A convolution: 10x8x16x3 -f 5 -k 3, or just 224 -k 7.", _CALCULATE),
        "conv-transpose": Entry("one_off:conv_transpose", "A transposed convolution.", _CALCULATE),
        "depthwise-conv": Entry("one_off:depthwise_conv", "A depthwise convolution.", _CALCULATE),
        "separable-conv": Entry("one_off:separable_conv", "A depthwise separable convolution.", _CALCULATE),
        "pool": Entry("one_off:pool", "Max, average, sum or Lp pooling.", _CALCULATE),
        "dense": Entry("one_off:dense", "A dense (linear) layer.", _CALCULATE),
        "explain": Entry("explain", "How each number came about, term by term.", _UNDERSTAND),
        "export": Entry("export", "The network as code of Keras or PyTorch.", _UNDERSTAND),
        "import": Entry("import_network", "Any network as an architecture file.", _UNDERSTAND),
        "solve": Entry("solve", "Which kernel, stride and padding give a size from a size.", _UNDERSTAND),
        "sizes": Entry("sizes", "The smallest valid input, and sizes without leftovers.", _UNDERSTAND),
        "scale": Entry("scale", "Fit a variable to a budget; sweep variables.", _UNDERSTAND),
        "search": Entry("search", "Plan a space of variants; what fits, and the Pareto front.", _UNDERSTAND),
        "fit": Entry("fit", "The largest batch that trains within so much memory.", _UNDERSTAND),
        "suggest": Entry("suggest", "Which known network suits a task.", _UNDERSTAND),
        "verify": Entry("verify", "Prove shapes and counts by a reference forward pass.", _UNDERSTAND),
        "diff": Entry("diff", "What changed between two architectures.", _UNDERSTAND),
        "zoo": Entry("zoo", "The well-known networks that are built in.", _LOOK_UP),
        "rule": Entry("rule", "What a diagnostic means, why it matters, how to fix it.", _LOOK_UP),
        "schema": Entry("schema", "The JSON Schema of the architecture file.", _LOOK_UP),
        "server": Entry("server", "The language server, for editors.", _PLAN),
        "cache": Entry("cache", "Where answers are kept for the next time; to forget them.", _LOOK_UP),
        "completion": Entry("completion", "The completion script for a shell.", _LOOK_UP),
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
