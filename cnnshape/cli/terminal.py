"""What a stream can show: colour is decided here and nowhere else."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from cnnshape.cli.command import Color

_choice: Color = "auto"
"""What ``--color`` said, for as long as one command runs."""


def decide_color(choice: Color, environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether to write colour: the flag, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, then what the stream is.

    NO_COLOR and FORCE_COLOR count when they are not empty (no-color.org, force-color.org), except that
    ``FORCE_COLOR=0`` asks for no colour, as the tools that introduced it read it.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE")
    if forced:
        return forced != "0"
    return is_terminal and environment.get("TERM") != "dumb" and environment.get("CLICOLOR") != "0"


def color_of_environment(environment: Mapping[str, str]) -> Color:
    """What CNNSHAPE_COLOR says; ``--color`` comes before it."""
    wish = environment.get("CNNSHAPE_COLOR")
    return "always" if wish == "always" else "never" if wish == "never" else "auto"


def choose_color(choice: Color) -> None:
    """Keep what ``--color`` said for the rest of the command."""
    global _choice
    _choice = choice


def use_color(stream: TextIO) -> bool:
    """Whether this command writes colour to the stream."""
    return decide_color(_choice, os.environ, is_terminal(stream))


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream."""
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def width(default: int = 80) -> int:
    """The columns of the terminal."""
    import shutil  # takes longer to import than a one-off command takes to answer

    return shutil.get_terminal_size((default, 24)).columns


def speaks_unicode(stream: TextIO) -> bool:
    """Whether box drawings and arrows reach the reader of this stream unharmed."""
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    return encoding.startswith(("utf", "cp65001"))


def tolerate_encodings() -> None:
    """Characters that the output's encoding lacks become ``?`` and never an exception."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
