"""What an optimizer keeps for each parameter, and what its step takes for a moment.

As `torch.optim` (`lion`: timm, `adam8bit`: bitsandbytes) on a CPU: one parameter after another, with the last
temporary of each held until the next has its own. On a GPU PyTorch steps over all parameters at once (``foreach``):
the temporaries are then as large as all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import NamedTuple

from cnnshape.arithmetic.sizes import Shape, ceil_div, product
from cnnshape.network.dtypes import bytes_of


class Optimizer(NamedTuple):
    """An optimizer.

    Attributes:
        state: bytes that it keeps of a parameter, by its shape and type.
        counter: bytes of the tensor that counts a parameter's steps.
        temporaries: tensors of a parameter's size while it steps, of which the last stays until the next parameter.
        renews: it computes anew what it keeps, beside what it keeps.
    """

    state: Callable[[Sequence[int], str], int]
    counter: int = 0
    temporaries: int = 0
    renews: bool = False


def slots(count: int) -> Callable[[Sequence[int], str], int]:
    """So many values for each of a parameter."""
    return lambda shape, dtype: count * size(shape, dtype)


def factored(shape: Sequence[int], dtype: str) -> int:
    """Adafactor: of a matrix the sums over its last axis and over the one before, of a vector one value each."""
    if len(shape) < 2:
        return size(shape, dtype)
    *outer, rows, columns = shape
    return size((*outer, rows), dtype) + size((*outer, columns), dtype)


def in_8_bits(shape: Sequence[int], dtype: str) -> int:
    """8-bit Adam: two bytes a value and two scales for each block of 256; small parameters keep two float32."""
    elements = prod(shape)
    return 8 * elements if elements < 4096 else 2 * elements + 8 * ceil_div(elements, 256)


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(slots(0)),
    "momentum": Optimizer(slots(1)),
    "adam": Optimizer(slots(2), 4, 2),
    "adamw": Optimizer(slots(2), 4, 2),
    "adafactor": Optimizer(factored, 4, 1, renews=True),
    "lion": Optimizer(slots(1), 0, 1),
    "adam8bit": Optimizer(in_8_bits),
}
"""By the names of ``--optimizer``."""


def size(shape: Sequence[int], dtype: str) -> int:
    """Bytes of a tensor."""
    return bytes_of(prod(shape), dtype) or 0


def state_bytes(optimizer: Optimizer, shapes: Iterable[Shape], dtype: str) -> int | None:
    """What is kept of parameters of these shapes, counters apart; None where a size is unknown."""
    found = 0
    for shape in shapes:
        if product(shape) is None:
            return None
        found += optimizer.state([each or 0 for each in shape], dtype)
    return found


def temporary_bytes(optimizer: Optimizer, shapes: Iterable[Sequence[int]], dtype: str) -> int:
    """The most that a step over parameters of these shapes takes besides."""
    most = before = 0
    for shape in shapes:
        each = size(shape, dtype)
        renewed = optimizer.state(shape, dtype) if optimizer.renews else 0
        most = max(most, before + optimizer.temporaries * each + renewed)
        before = each if optimizer.temporaries else 0
    return most
