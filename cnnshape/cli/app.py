"""The program: its commands by name, its own options, and how a command line is run by Typer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cnnshape import __version__
from cnnshape.cli import exits
from cnnshape.cli.command import CONTEXT, ColorOption, LazyGroup
from cnnshape.cli.commands import COMMANDS
from cnnshape.cli.output import write_error


class Program(LazyGroup):
    """``cnnshape``."""

    entries = COMMANDS


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
