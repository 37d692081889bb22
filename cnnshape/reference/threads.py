"""Parts of one piece of work side by side: copying and element-wise work, on as many threads as products run on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

Part = TypeVar("Part")


@cache
def thread_count() -> int:
    """The cores that this process may use; `OMP_NUM_THREADS` may say fewer, as for other numerical programs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    stated = os.environ.get("OMP_NUM_THREADS", "")
    return max(min(int(stated), cores), 1) if stated.isdigit() else cores


def for_each(work: Callable[[Part], int], parts: Iterable[Part]) -> int:
    """The work done on every part, in turns on every thread, this one included; the sum of what it returns."""
    every = list(parts)
    count = min(thread_count(), len(every))

    def take_turns(first: int) -> int:
        return sum(map(work, every[first::count]))

    others = [pool().submit(take_turns, first) for first in range(1, count)]
    return take_turns(0) + sum(other.result() for other in others)


def shares(length: int, least: int) -> Sequence[slice]:
    """A length in as many equal parts as there are threads; in fewer where a part would be less than `least`."""
    count = max(min(thread_count(), length // max(least, 1)), 1)
    borders = [length * number // count for number in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(borders)]


@cache
def pool() -> ThreadPoolExecutor:
    """The other threads, which live as long as the process."""
    return ThreadPoolExecutor(max(thread_count() - 1, 1), thread_name_prefix="cnnshape")
