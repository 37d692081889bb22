"""A command that was carried out before: what it wrote then, where all that it rests on is still as it was.

This is looked for before anything is imported that plans: it imports next to nothing.
"""

from __future__ import annotations

import os
import sys

from cnnshape.cache.evidence import Evidence
from cnnshape.cache.store import LARGEST_ENTRY, keep, recall
from cnnshape.cli import exits
from cnnshape.cli.output import Transcript, put
from cnnshape.cli.terminal import is_terminal

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

COMMANDS = ("plan", "check")
"""Those that people run again and again on files that mostly stay the same."""

NO_CACHE = "--no-cache"
NEVER_KEPT = frozenset({NO_CACHE, "--watch"})

ENVIRONMENT = (
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS"),
    *("CNNSHAPE_COLOR", "CNNSHAPE_CONFIG", "CNNSHAPE_OUTPUT_FORMAT"),
    *("CI_PROJECT_DIR", "GITHUB_WORKSPACE", "SOURCE_DATE_EPOCH"),
)
"""The variables that an answer depends on; a test looks for others."""


def carried_out(words: list[str], run: Callable[[list[str]], int]) -> int:
    """The exit code of a command line that `run` carries out, unless what it wrote the last time still holds."""
    if not words or words[0] not in COMMANDS or not NEVER_KEPT.isdisjoint(words):
        return run(words)
    question = ("command", words, surroundings())
    answer = recall(*question)
    if answer is not None:
        for stream, text in zip(answer[1::2], answer[2::2], strict=True):
            put(text, sys.stderr if stream == "error" else sys.stdout)
        return int(answer[0])
    with Evidence() as seen, Transcript() as transcript:
        code = run(words)
    carried = code in (exits.WELL, exits.WRONG)  # what could not be carried out may be another time
    if carried and transcript.size <= LARGEST_ENTRY:
        keep([str(code), *transcript.written], seen, *question)
    return code


def surroundings() -> list[Any]:
    """What an answer depends on beside the words and the files: where it is asked, and what shows it."""
    streams = [(is_terminal(stream), getattr(stream, "encoding", None)) for stream in (sys.stdout, sys.stderr)]
    columns = os.get_terminal_size(1).columns if streams[0][0] and os.isatty(1) else None
    return [os.getcwd(), *streams, columns, *(os.environ.get(name) for name in ENVIRONMENT)]
