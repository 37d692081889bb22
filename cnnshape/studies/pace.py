"""What proving a plan takes on this machine, said beforehand, and where it has to stop."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod
from time import monotonic, perf_counter

import numpy as np

from cnnshape.network.plan import Plan, Row
from cnnshape.reference.execution import Execution
from cnnshape.reference.registry import run_layer
from cnnshape.value import NamedTuple

PER_ELEMENT = 16
"""Multiplications that take as long as writing one element of an output, about."""
PER_WEIGHT = 100
"""Multiplications that take as long as drawing one weight, about."""

SIZE, CHANNELS, KERNEL = 28, 128, 3
"""The convolution that the machine's speed is measured with: 116 million multiplications."""


class OutOfTimeError(Exception):
    """What comes next would end after the time that the whole may take."""


class Work(NamedTuple):
    """What a proof takes: passes of single samples, and the multiplications (and what takes as long) of all."""

    samples: int
    multiplications: int


class Pace:
    """How much time is left, and what that is enough for.

    Args:
        seconds: all that may be taken, from now on.
        speed: multiplications a second, at least; what is run may show that there are more.
    """

    def __init__(self, seconds: float = inf, speed: float = inf) -> None:
        self.speed = speed
        self.begin = monotonic()
        self.end = self.begin + seconds
        self.done = 0

    def before(self, row: Row, samples: int) -> None:
        """Raise `OutOfTimeError` where running a row on so many samples, once the last is run, would take too long."""
        now, work = monotonic(), samples * work_of_row(row)
        if now > self.begin:
            self.speed = max(self.speed, self.done / (now - self.begin))
        if now + work / self.speed > self.end:
            raise OutOfTimeError
        self.done += work


def work_of_row(row: Row) -> int:
    """The multiplications that running a row on one sample takes as long as."""
    elements = sum(prod(length or 1 for length in shape[1:]) for shape in row.output_shapes)
    return (row.macs or 0) + PER_ELEMENT * elements


def work_of(plan: Plan, rows: Sequence[Row], probes: Sequence[int]) -> Work:
    """The work of one run of the rows, and of so many probes for each input that is probed."""
    batch = plan.batch or 1
    samples = batch + sum(count + batch for count in probes)
    weights = sum(row.params or 0 for row in rows)
    return Work(samples, samples * sum(map(work_of_row, rows)) + PER_WEIGHT * weights)


def measured_speed() -> float:
    """The multiplications a second of this machine, with all of its threads, once everything is compiled."""
    image = np.ones((1, SIZE, SIZE, CHANNELS), np.float32)
    arguments = {"filters": CHANNELS, "kernel_size": KERNEL, "padding": "same"}
    took = []
    for _ in range(3):
        begin = perf_counter()
        run_layer("keras", "Conv2D", Execution(), [image], arguments)
        took.append(perf_counter() - begin)
    return SIZE**2 * CHANNELS**2 * KERNEL**2 / max(min(took), 1e-9)
