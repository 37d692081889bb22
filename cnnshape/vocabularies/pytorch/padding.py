"""PyTorch's padding modules and `torch.nn.functional.pad`.

A list of pads has the last axis first: ``(left, right, top, bottom)``.
"""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import Fault
from cnnshape.operations.padding import Pad
from cnnshape.operations.padding_fill import PaddingMode
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.pytorch.values import LAYOUT
from cnnshape.vocabularies.values import Extended, integer
from cnnshape.vocabularies.vocabulary import LayerType


def pads(value: Any, info: Info) -> tuple[int, ...]:
    """One integer for both ends of every spatial axis, or a pair per axis, the last axis first."""
    rank: int = (info.context["rank"] if info.context else 2) or 2
    if not isinstance(value, list | tuple):
        return (integer(value, info),) * (2 * rank)
    if len(value) % 2:
        raise ValueError("must be one whole number or pairs of them, before and after an axis, the last axis first")
    return tuple(integer(each, info) for each in value)


def pad_list(value: Any, info: Info) -> tuple[int, ...]:
    """Pairs of integers, the last axis first."""
    if not isinstance(value, list | tuple) or len(value) % 2:
        raise ValueError("must be a list of pairs of whole numbers, before and after an axis, the last axis first")
    return tuple(integer(each, info) for each in value)


def pairs(flat: tuple[int, ...]) -> tuple[Padding, ...]:
    """(low, high) per axis in the order of the axes, from PyTorch's order."""
    return tuple((flat[at], flat[at + 1]) for at in range(len(flat) - 2, -1, -2))


Pads = Annotated[tuple[int, ...], Before(pads, int | list[int])]


MODES: dict[str, PaddingMode] = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}


def ZeroPad(kind: LayerType, padding: Pads) -> Pad:
    """Zeros. PyTorch takes other numbers of pads, and of further axes, for constants only."""
    return Pad(pairs(padding), None, fewest_axes=(kind.rank or 2) + 2)


def ConstantPad(kind: LayerType, padding: Pads, value: Extended) -> Pad:
    """A number."""
    return ZeroPad(kind, padding)


def OtherPad(kind: LayerType, padding: Pads) -> Pad:
    """What the tensor itself has: ReflectionPad, ReplicationPad, CircularPad of 1 to 3 spatial axes."""
    rank = kind.rank or 2
    if len(padding) != 2 * rank:
        raise Fault(
            "CS105",
            f"{kind.name}'s padding must be one whole number or {2 * rank}, got {len(padding)}",
            fix="state all, the last axis first: (left, right, top, bottom)" if rank == 2 else None,
            argument="padding",
        )
    return Pad(pairs(padding), LAYOUT, MODES[kind.name[:-5]])


def PadFunction(
    kind: LayerType,
    pad: Annotated[tuple[int, ...], Before(pad_list, list[int])],
    mode: PaddingMode = "constant",
    value: Extended | None = None,
) -> Pad:
    """torch.nn.functional.pad.

    Any mode but constant pads all spatial axes of an input with 1 to 3 of them, and takes no value.
    """
    if mode == "constant":
        return Pad(pairs(pad), None)
    if value:
        raise Fault(
            "CS108",
            f'{kind.name} in mode "{mode}" takes no value, got {value}',
            fix='leave value out, or use mode="constant"',
            argument="value",
        )
    if not 1 <= len(pad) // 2 <= 3:
        raise Fault(
            "CS105",
            f'{kind.name} in mode "{mode}" needs 2, 4 or 6 pads, got {len(pad)}',
            argument="pad",
        )
    return Pad(pairs(pad), LAYOUT, mode)
