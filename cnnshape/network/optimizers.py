"""What an optimizer keeps for each parameter, and what its step takes for a moment.

As `torch.optim` (`lion`: timm 1.0, `adam8bit`: bitsandbytes 0.50) on a CPU: one parameter after another, with the last
temporary of each held until the next has its own (`benchmarks/optimizer_memory.py`). On a GPU PyTorch steps over all
parameters at once (``foreach``): the temporaries are then as large as all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import prod

from cnnshape.arithmetic.sizes import Shape, ceil_div, product
from cnnshape.network.dtypes import bytes_of
from cnnshape.value import NamedTuple


class Optimizer(NamedTuple):
    """An optimizer.

    Attributes:
        state: bytes that it keeps of a parameter, by its shape and type.
        counter: bytes of the tensor that counts a parameter's steps.
        temporaries: the most bytes that its step over parameters of these shapes takes besides.
        tables: bytes that all its large parameters (`LARGE`) share.
    """

    state: Callable[[Sequence[int], str], int]
    counter: int = 0
    temporaries: Callable[[Sequence[Sequence[int]], str], int] = lambda shapes, dtype: 0
    tables: int = 0


def slots(count: int) -> Callable[[Sequence[int], str], int]:
    """So many values for each of a parameter."""
    return lambda shape, dtype: count * size(shape, dtype)


def factored(shape: Sequence[int], dtype: str) -> int:
    """Adafactor: of a matrix the sums over its last axis and over the one before, of a vector one value each."""
    if len(shape) < 2:
        return size(shape, dtype)
    *outer, rows, columns = shape
    return size((*outer, rows), dtype) + size((*outer, columns), dtype)


LARGE = 4096
"""Elements from which on a parameter's state has 8 bits."""


def in_8_bits(shape: Sequence[int], dtype: str) -> int:
    """8-bit Adam: two bytes a value and two scales for each block of 256; small parameters keep two float32."""
    elements = prod(shape)
    return 8 * elements if elements < LARGE else 2 * elements + 8 * ceil_div(elements, 256)


def in_turn(count: int, shapes: Sequence[Sequence[int]], dtype: str) -> int:
    """So many temporaries of a parameter's size, of which the last stays until the next parameter has its own."""
    sizes = [size(shape, dtype) for shape in shapes]
    return max((before + count * each for before, each in zip((0, *sizes), sizes, strict=False)), default=0)


def adafactors(shapes: Sequence[Sequence[int]], dtype: str) -> int:
    """Adafactor: squares of a vector, means of rows and columns, and the update, each held until the next."""
    held = {"squares": 0, "rows": 0, "columns": 0, "update": 0}
    most = 0

    def take(name: str, amount: int, besides: int = 0) -> None:
        nonlocal most
        most = max(most, sum(held.values()) + amount + besides)
        held[name] = amount

    for shape in shapes:
        if len(shape) < 2:
            take("squares", size(shape, dtype))
            take("update", size(shape, dtype))
            most = max(most, sum(held.values()) + size((), dtype))  # the update's norm
            continue
        *outer, rows, columns = shape
        take("rows", size((*outer, rows), dtype))
        take("columns", size((*outer, columns), dtype))
        take("update", size(shape, dtype), size(outer, dtype))  # and the means over rows
    return most


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(slots(0)),
    "momentum": Optimizer(slots(1)),
    "adam": Optimizer(slots(2), 4, partial(in_turn, 2)),
    "adamw": Optimizer(slots(2), 4, partial(in_turn, 2)),
    "adafactor": Optimizer(factored, 4, adafactors),
    "lion": Optimizer(slots(1), 0, partial(in_turn, 1)),
    "adam8bit": Optimizer(in_8_bits, tables=2 * 256 * 4),
}
"""By the names of ``--optimizer``."""


def size(shape: Sequence[int], dtype: str) -> int:
    """Bytes of a tensor."""
    return bytes_of(prod(shape), dtype) or 0


def state_bytes(optimizer: Optimizer, shapes: Iterable[Shape], dtype: str) -> int | None:
    """What is kept of parameters of these shapes, counters apart; None where a size is unknown."""
    found = tables = 0
    for shape, count in Counter(shapes).items():
        elements = product(shape)
        if elements is None:
            return None
        found += count * optimizer.state([each or 0 for each in shape], dtype)
        tables = optimizer.tables if elements >= LARGE else tables
    return found + tables
