"""Parts of one piece of work on every core: coarse parts, so that cores wait for each other once a layer.

A matrix product that itself runs on several cores lets them wait for each other many times a layer; beside other
programs that costs more than the second core brings. So the library of matrix products is held to one thread, and
whole tiles of a layer run side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Part = TypeVar("Part")


@cache
def thread_count() -> int:
    """The cores that this process may use; `OMP_NUM_THREADS` may say fewer, as for other numerical programs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    stated = os.environ.get("OMP_NUM_THREADS", "")
    return max(min(int(stated), cores), 1) if stated.isdigit() else cores


def for_each(work: Callable[[Part], int], parts: Iterable[Part]) -> int:
    """The work done on every part, side by side; the sum of what it returns."""
    every = list(parts)
    if len(every) == 1 or thread_count() == 1:
        return sum(map(work, every))
    return sum(pool().map(work, every))


def shares(length: int, least: int) -> Sequence[slice]:
    """A length in as many equal parts as there are threads; in fewer where a part would be less than `least`."""
    count = max(min(thread_count(), length // max(least, 1)), 1)
    borders = [length * number // count for number in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(borders)]


@cache
def pool() -> ThreadPoolExecutor:
    """The threads, which live as long as the process."""
    return ThreadPoolExecutor(thread_count(), thread_name_prefix="cnnshape")


@cache
def controller() -> ThreadpoolController:
    """The libraries of this process that have threads of their own."""
    return ThreadpoolController()


def single_threaded_products() -> AbstractContextManager[Any]:
    """While it lasts, a matrix product runs on the thread that asks for it."""
    limit: AbstractContextManager[Any] = controller().limit(limits=1, user_api="blas")
    return limit
