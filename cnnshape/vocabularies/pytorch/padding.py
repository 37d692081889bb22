"""PyTorch's padding modules and `torch.nn.functional.pad`.

A list of pads has the last axis first: ``(left, right, top, bottom)``.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import Fault
from cnnshape.operations.filling import PaddingMode
from cnnshape.operations.padding import Pad
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.layer import Defaults, Layer
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


class PadLayer(Layer):
    """What all padding modules have in common."""

    mode: ClassVar[PaddingMode]

    padding: Pads

    def lower(self, kind: LayerType, defaults: Defaults) -> Pad:
        """PyTorch takes other numbers of pads, and of further axes, for constants only."""
        rank = kind.rank or 2
        if self.mode == "constant":
            return Pad(pairs(self.padding), None, fewest_axes=rank + 2)
        if len(self.padding) != 2 * rank:
            raise Fault(
                "CS105",
                f"{kind.name}'s padding must be one whole number or {2 * rank}, got {len(self.padding)}",
                fix="state all, the last axis first: (left, right, top, bottom)" if rank == 2 else None,
                argument="padding",
            )
        return Pad(pairs(self.padding), LAYOUT, self.mode)


class ZeroPad(PadLayer):
    """ZeroPad1d, ZeroPad2d, ZeroPad3d."""

    mode = "constant"


class ConstantPad(PadLayer):
    """ConstantPad1d, ConstantPad2d, ConstantPad3d."""

    mode = "constant"

    value: Extended


class ReflectionPad(PadLayer):
    """ReflectionPad1d, ReflectionPad2d, ReflectionPad3d."""

    mode = "reflect"


class ReplicationPad(PadLayer):
    """ReplicationPad1d, ReplicationPad2d, ReplicationPad3d."""

    mode = "replicate"


class CircularPad(PadLayer):
    """CircularPad1d, CircularPad2d, CircularPad3d."""

    mode = "circular"


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
