"""Where a command's answer goes: standard output, or the file of ``--output``; and messages, to standard error."""

from __future__ import annotations

import os
import sys

from cnnshape.cache.store import LARGEST_ENTRY
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.terminal import is_terminal, speaks_unicode, use_color, width

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TextIO

    from cnnshape.diagnostics import Diagnostic, Source
    from cnnshape.reports.grid import Style

FILES = ("file", "files", "paths", "config")
"""The arguments, of whatever command, that name files to read."""


class StreamError(Exception):
    """A standard stream took less than it was given.

    Attributes:
        stream: ``standard output`` or ``standard error``.
        reason: what the system says.
    """

    def __init__(self, stream: str, reason: str) -> None:
        super().__init__(f"{stream}: {reason}")
        self.stream = stream
        self.reason = reason


class Transcript:
    """What is written to the standard streams while it is open.

    Attributes:
        written: the texts in their order, before each ``output`` or ``error``, the stream that it went to; of more than
            anybody keeps, nothing.
        size: how many characters were written.
    """

    def __init__(self) -> None:
        self.written: list[str] = []
        self.size = 0

    def add(self, stream: str, text: str) -> None:
        """Take down a text."""
        self.size += len(text)
        if self.size <= LARGEST_ENTRY:
            self.written += (stream, text)
        else:
            self.written.clear()

    def __enter__(self) -> Transcript:
        global _transcript
        _transcript = self
        return self

    def __exit__(self, *_: object) -> None:
        global _transcript
        _transcript = None


_transcript: Transcript | None = None


def put(text: str, stream: TextIO) -> None:
    """Write to a standard stream, all of it, and now. Raises `StreamError`, or BrokenPipeError where nobody reads."""
    if text and _transcript is not None:
        _transcript.add("error" if stream is sys.stderr else "output", text)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "standard error" if stream is sys.stderr else "standard output"
        raise StreamError(name, error.strerror or str(error)) from None


def write_text(text: str, output: str | None = None) -> None:
    """`write` for people: on a terminal, lines are broken between words where they are too long for it."""
    write(folded(text, sys.stdout) if output is None else text, output)


def folded(text: str, stream: TextIO) -> str:
    """The text as it fits the stream."""
    if not is_terminal(stream):
        return text
    from cnnshape.reports.folding import fold  # only for a person

    return fold(text, width())


def width_for(output: str | None) -> int | None:
    """The columns of the terminal; None where nothing may be left out."""
    return width() if output is None and is_terminal(sys.stdout) else None


def color_for(output: str | None) -> bool:
    """Whether to write colour: never into a file."""
    return output is None and use_color(sys.stdout)


def style_for(output: str | None) -> Style:
    """How to draw: plainly into a file, else as standard output can show it."""
    from cnnshape.reports.grid import Style  # only where there is a table

    if output is not None:
        return Style()
    return Style(speaks_unicode(sys.stdout), use_color(sys.stdout), width_for(output))


def write(text: str | Iterable[str], output: str | None = None, *, commands: bool = False) -> None:
    """Write a document, whole or in pieces, to `output`; to standard output where that is None or ``-``.

    A whole one ends with a line end; pieces, each of which ends where a line does, are written as they come. Every
    document goes this way, and no name in it becomes a command of a CI system, unless it is made of `commands`.
    """
    pieces = [ended(text)] if isinstance(text, str) else text
    safe = pieces if commands else map(disarmed, pieces)
    if output is None or output == "-":
        for piece in safe:
            put(piece, sys.stdout)
        return
    from cnnshape.cli.saving import save  # only where there is a file to write

    save(output, safe)


def write_json(value: object, output: str | None = None) -> None:
    """Write a value as indented JSON, with lists of numbers and what is in `Lines` on one line."""
    from cnnshape.reports.indented import pieces  # only where JSON is asked for

    write(pieces(value), output)


def write_error(report: str) -> None:
    """Write a report that is safe for a terminal to standard error, after what standard output has so far.

    It is for what a renderer made. A message with a name or a number in it is for `say`.
    """
    report = disarmed(folded(report, sys.stderr))
    put("", sys.stdout)
    put(ended(report), sys.stderr)


def write_findings(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
    """Write findings to standard error as people read them."""
    from cnnshape.reports.diagnostics.full import render  # only where there is something to show

    terminal = width() if is_terminal(sys.stderr) else None
    write_error(render(diagnostics, sources, color=use_color(sys.stderr), terminal=terminal))


def disarmed(text: str) -> str:
    """The text without commands of CI systems."""
    if "##" not in text and "::" not in text:  # as nearly always: what one-off commands print needs no import
        return text
    from cnnshape.reports.diagnostics.text import no_workflow_command

    return no_workflow_command(text)


def ended(text: str) -> str:
    """The text with a line end, unless it is empty."""
    return text if text.endswith("\n") or not text else f"{text}\n"


def say(*lines: str) -> None:
    """Write lines to standard error, in which nothing that they quote is obeyed: by a terminal, or by a CI system."""
    from cnnshape.reports.diagnostics.text import harmless  # only where there is something to say

    write_error(harmless(*lines))


def keep_inputs(values: Mapping[str, Any]) -> None:
    """Refuse a command line whose ``--output`` would replace a file that it reads. Raises `Misuse`."""
    output = values.get("output")
    if output is None or output == "-":
        return
    if not output:
        raise Misuse("needs a path, or - for standard output", "--output")
    for name in FILES:
        named = values.get(name) or ()
        keep_files((named,) if isinstance(named, str) else named, output)


def keep_files(files: Iterable[str], output: str | None) -> None:
    """Refuse an ``--output`` that is one of the files read. Raises `Misuse`."""
    if not output or not os.path.isfile(output):
        return
    for file in files:
        if os.path.isfile(file) and os.path.samefile(file, output):
            raise Misuse(f"is {file}, which the command reads; name another file", "--output")
