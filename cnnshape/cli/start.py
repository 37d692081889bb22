"""Where every run begins and ends: what went wrong becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import gc
import os
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper

from cnnshape.cli import exits
from cnnshape.cli.kept import carried_out
from cnnshape.cli.output import StreamError, keep_inputs, put
from cnnshape.cli.terminal import choose_color, color_of_environment, tolerate_encodings

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from typing import TextIO


def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; no exception leaves it."""
    # A run is short, and what it imports stays: looking for garbage meanwhile costs time and finds none.
    gc.set_threshold(400_000, 20, 20)
    # Looking for pydantic's plug-ins reads the metadata of every installed package; this program has none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    prepare_streams()
    tolerate_encodings()
    choose_color(color_of_environment(os.environ))
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = answer(words)
        put("", sys.stdout)
        put("", sys.stderr)
    except BrokenPipeError:  # the reader went away (``cnnshape plan ... | head``): be quiet
        let_go("stdout")
        return exits.PIPE_CLOSED
    except StreamError as error:
        return not_all_written(error)
    return code


def answer(words: list[str]) -> int:
    """Run one command line; what goes wrong with it is reported."""
    try:
        return carried_out(words, run)
    except (BrokenPipeError, StreamError):
        raise
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except Exception as error:
        from cnnshape.cli.failures import report  # only where something failed

        return report(error, words)


def run(arguments: list[str]) -> int:
    """Run one command line, without Typer where that can be."""
    code = run_quickly(arguments)
    if code is None:
        from cnnshape.cli.app import run  # imports Typer

        code = run(arguments)
    return code


def run_quickly(arguments: list[str]) -> int | None:
    """The exit code of a plain command line; None for everything that Typer should judge."""
    from cnnshape.cli.commands import COMMANDS

    entry = COMMANDS.get(arguments[0]) if arguments else None
    if entry is None:
        return None
    from cnnshape.cli.option_parser import command_at, read_quickly

    command = command_at(entry.place)
    values = read_quickly(command, arguments[1:])
    if values is None:
        return None
    keep_inputs(values)
    return command.run(**values)


def not_all_written(error: StreamError) -> int:
    """A stream is full: say what is left open, if that can be said, and let Python not try again at exit."""
    let_go("stdout")
    try:
        if error.stream != "standard output":
            raise error
        put(f"error: {error.stream}: {error.reason}; not all of the answer was written\n", sys.stderr)
    except (BrokenPipeError, StreamError):
        let_go("stderr")
    return exits.FAILED


def let_go(name: str) -> None:
    """Lead what ``stdout`` or ``stderr`` could not write to where nobody reads, also when Python flushes at exit:
    Python 3.13 tries again when it drops the stream, and complains."""
    stream: TextIO = getattr(sys, name)
    try:
        stream.flush()
    except OSError:
        from contextlib import suppress  # only where a stream failed

        with suppress(OSError, ValueError):  # it is no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    setattr(sys, name, nowhere())


def prepare_streams() -> None:
    """Give the streams that the caller has closed (``cnnshape ... >&-``) a place to write to; let all write all."""
    sys.stdout = buffered(sys.stdout) if sys.stdout else nowhere()
    sys.stderr = buffered(sys.stderr) if sys.stderr else nowhere()


def buffered(stream: TextIO) -> TextIO:
    """The stream, with a buffer where ``PYTHONUNBUFFERED`` took it: without one, what a full disk cuts off is lost
    unnoticed."""
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, RawIOBase):
        return stream
    return TextIOWrapper(BufferedWriter(raw), stream.encoding, stream.errors, line_buffering=True)


def nowhere() -> TextIO:
    """Where nobody reads; it lives as long as the process."""
    return open(os.devnull, "w", encoding="utf-8")
