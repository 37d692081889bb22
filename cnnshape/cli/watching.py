"""``--watch``: run again whenever a file changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from cnnshape.cli.misuse import Misuse
from cnnshape.cli.output import say
from cnnshape.cli.terminal import is_terminal

INTERVAL = 0.3
"""Seconds between looks; a person does not notice them."""

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watch(files: Sequence[str], run: Callable[[], Sequence[str]]) -> NoReturn:
    """Run, and again whenever one of the files, or of those that `run` says it read, changes. Ctrl-C ends it."""
    named = [file for file in files if file != "-" and not file.startswith("zoo:")]
    if not named:
        raise Misuse("needs a file that can change", "--watch")
    watched = named
    seen: object = None
    while True:
        now = stamps(watched)
        if now != seen:
            if is_terminal(sys.stdout):
                sys.stdout.write(_CLEAR)
            watched = sorted({*named, *(file for file in run() if os.path.isfile(file))})
            # Stamped before the run: a change meanwhile is seen at the next look.
            seen = {**stamps(watched), **{file: stamp for file, stamp in now.items() if file in watched}}
            sys.stdout.flush()
            say(f"watching {', '.join(watched)}; Ctrl-C ends")
        time.sleep(INTERVAL)


def stamps(files: Sequence[str]) -> dict[str, tuple[int, int] | None]:
    """When each file was last written, and its size; None while there is none (editors replace files)."""
    found: dict[str, tuple[int, int] | None] = {}
    for file in files:
        try:
            status = os.stat(file)
        except OSError:
            found[file] = None
        else:
            found[file] = (status.st_mtime_ns, status.st_size)
    return found
