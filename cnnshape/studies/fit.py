"""Will it fit: the largest batch that trains within so much memory, and what limits it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnshape.network.figures import Training
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import UsageError
from cnnshape.value import NamedTuple

LARGEST = 2**20
"""The largest batch that is tried."""

LEFT_OUT = (
    "CUDA's context: 0.7 to 0.8 GiB, as reported (discuss.pytorch.org/t/73021 and /81330)",
    "the allocator's rounding: tensors to 512 bytes, what it asks CUDA for to 2 MiB (PyTorch's AllocatorConfig.h)",
    "workspaces of cuDNN and cuBLAS, the loss, a step over all parameters at once (foreach): not measured",
)
"""What the figures do not hold, with how much that is and who says so."""


class Gpu(NamedTuple):
    """A GPU: the memory that PyTorch says it has, in GiB, and where it was seen to say so.

    That is less than what the vendor calls it by: some is the driver's own, and some counts in powers of ten.
    """

    name: str
    gib: float
    source: str

    @property
    def bytes(self) -> int:
        """The memory in bytes."""
        return round(self.gib * 1024**3)


class Cost(NamedTuple):
    """What training takes with one batch."""

    batch: int
    training: Training

    @property
    def bytes(self) -> int:
        """The most that is alive at a time."""
        assert self.training.total is not None
        return self.training.total


class Fit(NamedTuple):
    """The answer for an amount of memory.

    Attributes:
        memory: bytes that there are.
        best: the largest batch that fits; None where not even one sample does.
        next: the next larger batch, which does not fit; None where every batch fits that was tried, or that the file
            takes at all, as an exported program may state.
    """

    memory: int
    best: Cost | None
    next: Cost | None

    @property
    def limit(self) -> str:
        """What the memory is used up by: parameters with all that belongs to them, or activations; else the file."""
        if self.best and not self.next and self.best.batch < LARGEST:
            return "file"
        cost = self.best or self.next
        assert cost is not None
        return "parameters" if of_parameters(cost.training) * 2 > cost.bytes else "activations"

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON states it."""
        return {
            "memory": self.memory,
            "batch": self.best and self.best.batch,
            "peak_training_bytes": self.best and self.best.bytes,
            "limit": self.limit,
            "next": self.next and {"batch": self.next.batch, "peak_training_bytes": self.next.bytes},
            "left_out": list(LEFT_OUT),
        }


SIZE_OR_LAYER = "a size is unknown, or a layer is. State sizes with --input"


class UnknownCostError(Exception):
    """What training takes is not known; the text says why."""


def of_parameters(training: Training) -> int:
    """Bytes of weights, gradients and what the optimizer keeps."""
    return (training.weights or 0) + (training.gradients or 0) + (training.optimizer_state or 0)


def largest_batch(planner: Callable[[int], Plan], memory: int, least: int = 1) -> Fit:
    """The largest batch that fits, by doubling and bisection: a larger batch never takes less.

    Args:
        least: the smallest batch that the file takes.

    Raises:
        UnknownCostError: a plan does not know what training takes.
        UsageError: the planner's, where it refuses the smallest; of larger batches it says what the file takes.
    """

    def cost(batch: int) -> Cost | None:
        try:
            totals = planner(batch).totals
        except UsageError:
            if batch == least:
                raise
            return None
        if totals is None or totals.training.total is None:
            unknown = totals and totals.training.unknown
            raise UnknownCostError(f"{unknown} is not told" if unknown else SIZE_OR_LAYER)
        return Cost(batch, totals.training)

    best, batch = None, least
    while (over := cost(batch)) and over.bytes <= memory:
        if batch >= LARGEST:
            return Fit(memory, over, None)
        best, batch = over, 2 * batch
    while best and batch - best.batch > 1:
        middle = (best.batch + batch) // 2
        tried = cost(middle)
        if tried and tried.bytes <= memory:
            best = tried
        else:
            over, batch = tried, middle
    return Fit(memory, best, over)


def gpus() -> list[Gpu]:
    """The GPUs that are known, by their memory."""
    text = Path(__file__).with_name("gpus.json").read_text(encoding="utf-8")
    return [Gpu(*row) for row in json.loads(text)]
