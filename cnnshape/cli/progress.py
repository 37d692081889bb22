"""A sign of life on standard error for work that takes longer than a moment; only a person at a terminal sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from cnnshape.cli.terminal import is_terminal

PATIENCE = 1.0
"""Seconds after which a person wonders."""

_CLEAR_LINE = "\r\x1b[K"


T = TypeVar("T")


def watched(each: Iterable[T], count: int) -> Iterable[T]:
    """So many things that take their time, with a bar where a person waits for them."""
    if not is_terminal(sys.stderr) or count < 2:
        yield from each
        return
    from rich.console import Console  # only for a person
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(each, total=count, description="planning")


@contextmanager
def progress(what: str) -> Iterator[None]:
    """While the body runs longer than a moment, show what it does and for how long."""
    if not is_terminal(sys.stderr):
        yield
        return
    from threading import Event, Thread  # not worth importing for a pipe
    from time import monotonic

    from cnnshape.reports.diagnostics.text import harmless

    what = harmless(what)
    done = Event()
    begin = monotonic()

    def tell() -> None:
        shown = False
        while not done.wait(PATIENCE if not shown else 0.2):
            shown = True
            sys.stderr.write(f"{_CLEAR_LINE}{what} ... {monotonic() - begin:.0f} s")
            sys.stderr.flush()
        if shown:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
