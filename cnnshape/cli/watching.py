"""``--watch``: run again whenever a file changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from cnnshape.cli.declared import Misuse
from cnnshape.cli.output import write_error
from cnnshape.cli.terminal import is_terminal

INTERVAL = 0.3
"""Seconds between looks; a person does not notice them."""

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def watch(files: Sequence[str], run: Callable[[], int]) -> int:
    """Run, and again on every change, until Ctrl-C."""
    watched = [file for file in files if file != "-" and not file.startswith("zoo:")]
    if not watched:
        raise Misuse("needs a file that can change", "--watch")
    seen: object = None
    while True:
        now = stamps(watched)
        if now != seen:
            seen = now
            if is_terminal(sys.stdout):
                sys.stdout.write(_CLEAR)
            run()
            sys.stdout.flush()
            write_error(f"watching {', '.join(watched)}; Ctrl-C ends")
        time.sleep(INTERVAL)


def stamps(files: Sequence[str]) -> list[tuple[int, int] | None]:
    """When each file was last written, and its size; None while there is none (editors replace files)."""
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            status = os.stat(file)
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_size))
    return found
