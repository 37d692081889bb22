"""Who works out the pieces of a search: this process, others of this machine, or a Dask cluster."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cnnshape import __version__
from cnnshape.readers.requests import needing
from cnnshape.readers.yaml.space import SpaceError
from cnnshape.value import NamedTuple

PATIENCE = 10
"""Seconds after which a scheduler that does not answer is not there."""


class Workers(NamedTuple):
    """An executor (None: this process), and how many pieces it works out at a time."""

    executor: Executor | None
    pieces: int


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """So many processes of this machine; where it is one, this one does the work."""
    if jobs == 1:
        yield Workers(None, 1)
        return
    from concurrent.futures import ProcessPoolExecutor  # takes a moment to import, and more to start
    from multiprocessing import get_context

    from cnnshape.workers import begin_worker

    executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=begin_worker)
    try:
        yield Workers(executor, jobs)
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a Dask cluster; a piece whose worker dies is given to another.

    Raises:
        MissingExtraError: Dask is not installed.
        SpaceError: there is no scheduler (any more), it has no workers, theirs is another version of this program or of
            Python, or they die.
    """
    with needing("cluster", "a search on a cluster"):
        distributed: Any = import_module("distributed")  # an extra, and takes a second to import
    logging.disable(logging.ERROR)  # what Dask says of a scheduler that is gone is said here
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SpaceError(f"there is no scheduler at {address}: {told(error)}") from None
    with client:
        try:
            threads = sum(client.nthreads().values())
            if not threads:
                raise SpaceError(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
            require_same_versions(client.get_versions(packages=["cnnshape"])["workers"])
            yield Workers(client.get_executor(retries=3), len(client.nthreads()))
        except (CancelledError, distributed.CancelledError, distributed.comm.CommClosedError):
            raise SpaceError(f"the scheduler at {address} is gone") from None
        except distributed.KilledWorker as error:
            raise SpaceError(f"workers of {address} died again and again of one piece: {told(error)}") from None


def require_same_versions(workers: dict[str, dict[str, Any]]) -> None:
    """Refuse workers that would give other numbers, or cannot read what they are sent. Raises `SpaceError`."""
    python = ".".join(map(str, sys.version_info[:2]))
    for address, about in workers.items():
        found = about["packages"].get("cnnshape")
        theirs = about["host"]["python"]
        if found != __version__:
            has = f"cnnshape {found}" if found else "no cnnshape"
            raise SpaceError(f"the worker {address} has {has}, this is {__version__}: install the same on both")
        if not theirs.startswith(f"{python}."):
            raise SpaceError(f"the worker {address} runs Python {theirs}, this {python}: they have to be the same")


def told(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
