"""Errors as people read them; imported only when there is one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.output import say, write_error, write_findings
from cnnshape.cli.terminal import use_color
from cnnshape.diagnostics import ArchitectureError, Fault
from cnnshape.diagnostics.codes import NOTHING_READ
from cnnshape.reports.diagnostics.text import harmless, page, paint, visible
from cnnshape.studies.single_layer import ArgumentError


def label(text: str) -> str:
    """``error`` or ``error[CODE]``, in red where standard error shows colour."""
    return paint(text, "error", use_color(sys.stderr))


def say_error(message: str, *, code: str = "", fix: str | None = None) -> None:
    """``error[CODE]: message``, the fix and the code's page on standard error."""
    heading = label(f"error[{code}]" if code else "error")
    text = harmless(*message.split("\n"))
    write_error(f"{heading}: {text}")
    if fix:
        say(f"help: {fix}")
    if code:
        write_error(page(code, use_color(sys.stderr)))


def usage(error: Any, words: Sequence[str]) -> str:
    """A refused command line: what is wrong, and where to read on."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    path = context.command_path if context is not None else f"cnnshape {words[0]}"
    hint = as_value(error) or f"try: {path} --help"
    return f"{label('error')}: {sentence(error)}\n  {hint}"


def as_value(error: Any) -> str | None:
    """``write --format json``, where an option is no option but the value of one."""
    word = str(getattr(error, "option_name", "")).lstrip("-")
    for param in error.ctx.command.params if word and getattr(error, "ctx", None) else ():
        if word in (getattr(getattr(param, "type_descriptor", None), "choices", None) or ()):
            return f"write {next(name for name in param.opts if name.startswith('--'))} {word}"
    return None


def sentence(error: Any) -> str:
    """Typer's message, begun with the longest spelling of the option that it is about."""
    subject = error_subject(error)
    refused = type(error).__name__ == "BadParameter" and error.message
    message = harmless(" ".join((error.message if refused else error.format_message()).split()))
    if not subject:
        if meant := longer_options(error):
            return f"no such option: {error.option_name}; did you mean {meant}?"
        return message[:1].lower() + message[1:]
    return f"{subject}{joint(message)}{message}"


def longer_options(error: Any) -> str:
    """The options that an unknown one is the beginning of: ``--ceil`` of ``--ceil-mode``."""
    word = str(getattr(error, "option_name", "")).replace("_", "-")
    return " or ".join(each for each in getattr(error, "possibilities", None) or () if word and each.startswith(word))


PREDICATES = frozenset({"must", "needs", "names", "has", "is", "cannot", "takes", "gives"})
"""How a message begins that the option's name is the subject of."""


def joint(message: str) -> str:
    """What stands between an option and a message about it: ``--top must be ...``, ``--vary: the file has ...``."""
    return " " if message.partition(" ")[0] in PREDICATES else ": "


def error_subject(error: Any) -> str:
    """The option that a value was given for, or the argument; empty where the message names it already."""
    if not error.message or type(error).__name__ != "BadParameter" or error.param is None:
        return ""
    spelled = [name for name in error.param.opts if name.startswith("--")] or error.param.opts
    return str(spelled[0] if error.param.opts[0].startswith("-") else error.param.metavar)


def misuse(error: Misuse | ArgumentError, words: Sequence[str]) -> int:
    """A command line that cannot be carried out: what is wrong, begun with the option, and where to read on."""
    option = error.option if isinstance(error, Misuse) else spelled(error.argument)
    message = str(error)
    of_a_word = isinstance(error, ArgumentError) and message[:1] == "'"  # --padding 'causal' is ...
    say_error(f"{option}{'' if not option else ' ' if of_a_word else joint(message)}{message}")
    say(f"  try: cnnshape {words[0]} --help")
    return exits.FAILED


def spelled(argument: str | None) -> str:
    """The option of an argument; the shape has none."""
    return f"--{argument.replace('_', '-')}" if argument and argument != "shape" else ""


REFUSALS = {"cnnshape.readers.requests": "UsageError", "cnnshape.checks.configuration": "ConfigurationError"}
"""How the Python API refuses a request, and a project's configuration: what was not even imported did not."""


def report(error: Exception, words: Sequence[str]) -> int:
    """What an exception that left the command `words` means: a fault of the architecture, or of this program."""
    if isinstance(error, Misuse | ArgumentError):
        return misuse(error, words)
    if any(isinstance(error, getattr(sys.modules.get(place), name, ())) for place, name in REFUSALS.items()):
        say_error(str(error))
        return exits.FAILED
    if isinstance(error, Fault):
        say_error(error.message, code=error.code, fix=error.fix)
        return exits.FAILED if error.code == "CS001" else exits.WRONG
    if isinstance(error, ArchitectureError):
        write_findings(error.diagnostics, error.sources)
        unreadable = all(finding.code in NOTHING_READ for finding in error.diagnostics)
        return exits.FAILED if unreadable else exits.WRONG  # nothing was read, so nothing is known to be wrong
    if isinstance(error, OSError):
        name = f"{visible(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
        say_error(f"{name}{error.strerror or error}")
        return exits.FAILED
    if isinstance(error, MemoryError):
        say_error("there is not enough memory for this")
        return exits.FAILED
    say_error(
        f"internal error: {type(error).__name__}: {error}\n"
        "  This is a bug in cnnshape. Please report it with the command and the file."
    )
    return exits.FAILED
