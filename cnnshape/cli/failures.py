"""Errors as people read them; imported only when there is one."""

from __future__ import annotations

import sys
from typing import Any

from cnnshape.cli import exits
from cnnshape.cli.output import write_error
from cnnshape.cli.terminal import use_color
from cnnshape.diagnostics import ArchitectureError, Fault

RED, PLAIN = "\x1b[1;31m", "\x1b[0m"


def printable(text: str) -> str:
    """The text with control characters written out, so that nothing reaches the terminal as a command."""
    return "".join(
        character if character.isprintable() or character == "\n" else repr(character)[1:-1]
        for character in text
    )


def say_error(message: str, *, code: str = "", fix: str | None = None) -> None:
    """``error[CODE]: message`` and the fix on standard error."""
    label = f"error[{code}]" if code else "error"
    if use_color(sys.stderr):
        label = f"{RED}{label}{PLAIN}"
    lines = [f"{label}: {printable(message)}"]
    if fix:
        lines.append(f"  fix: {printable(fix)}")
    write_error("\n".join(lines))


def usage(error: Any) -> str:
    """A refused command line: what is wrong, and where to read on."""
    context = getattr(error, "ctx", None)
    message = printable(error.format_message())
    if type(error).__name__ == "NoArgsIsHelpError":
        return message
    label = f"{RED}error{PLAIN}" if use_color(sys.stderr) else "error"
    hint = f"\n  try: {context.command_path} --help" if context is not None else ""
    return f"{label}: {lower_first(message)}{hint}"


def lower_first(message: str) -> str:
    """``Missing argument`` as the rest of a sentence."""
    return message[:1].lower() + message[1:]


def report(error: Exception) -> int:
    """What an exception that left a command means: a fault of the architecture, or of this program."""
    if isinstance(error, Fault):
        say_error(error.message, code=error.code, fix=error.fix)
        return exits.WRONG
    if isinstance(error, ArchitectureError):
        from cnnshape.reports.diagnostics import full  # only where there is something to show

        sources = getattr(error.plan, "sources", {})
        write_error(full.render(error.diagnostics, sources, color=use_color(sys.stderr)))
        return exits.WRONG
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        say_error(f"{name}{error.strerror or error}")
        return exits.FAILED
    say_error(
        f"internal error: {type(error).__name__}: {error}\n"
        "  This is a bug in cnnshape. Please report it with the command and the file."
    )
    return exits.FAILED
