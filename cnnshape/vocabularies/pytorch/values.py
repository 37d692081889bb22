"""Types of arguments that only PyTorch's modules have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import CHANNELS_FIRST
from cnnshape.vocabularies.declaration import Before, Inferred, Info, optional
from cnnshape.vocabularies.values import at_least, integer, number, per_axis, positive
from cnnshape.vocabularies.vocabulary import LayerType

LAYOUT = CHANNELS_FIRST
"""PyTorch's tensors: batch, channels, spatial axes."""

AXIS = {"axis": "dim"}
REDUCED = {**AXIS, "keepdims": "keepdim"}
"""NumPy's names, which most functions of `torch` take as well; those of `torch.nn.functional` do not."""


def spread(value: Any, info: Info, least: int) -> tuple[int, ...]:
    """One integer for every spatial axis, or one per axis; a list of one is for every axis too, as in PyTorch."""
    if isinstance(value, list | tuple) and len(value) == 1 and not isinstance(value[0], list | tuple):
        value = value[0]
    return per_axis(value, info, least)


def spread_from_on(least: int) -> Callable[[Any, Info], tuple[int, ...]]:
    """The check of integers of at least `least` per spatial axis."""
    return lambda value, info: spread(value, info, least)


def declared(value: Any, info: Info) -> int:
    """A positive integer; PyTorch takes no None for it."""
    if value is None:
        raise ValueError("must be a whole number, or left out to be inferred")
    return positive(value, info)


def probability(value: Any) -> float:
    """A number from 0 to 1."""
    if not 0 <= number(value) <= 1:
        raise ValueError("must be from 0 to 1")
    return float(value)


def integers(value: Any, info: Info) -> tuple[int, ...]:
    """One integer or several, as a tuple."""
    if isinstance(value, list | tuple):
        return tuple(integer(each, info) for each in value)
    return (integer(value, info),)


def listed_integers(value: Any, info: Info) -> tuple[int, ...]:
    """Several integers."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of whole numbers")
    return integers(value, info)


def target(value: Any, info: Info) -> tuple[int, ...]:
    """Sizes of a reshape: positive integers, of which one may be -1."""
    sizes = listed_integers(value, info)
    if sizes.count(-1) > 1:
        raise ValueError("may have one -1 at most")
    if any(size < 1 and size != -1 for size in sizes):
        raise ValueError("must be positive whole numbers or -1")
    return sizes


def size_or_sizes(least: int) -> Callable[[Any, Info], int | tuple[int, ...]]:
    """The check of a positive integer, or of several of at least `least`; kept apart."""
    return lambda value, info: (
        tuple(at_least(least, each, info) for each in value)
        if isinstance(value, list | tuple)
        else at_least(1, value, info)
    )


def factor(value: Any, info: Info) -> float | tuple[float, ...]:
    """A positive number, or several; a whole float is an integer."""
    if isinstance(value, list | tuple):
        return tuple(factor(each, info) for each in value)  # type: ignore[misc]
    if number(value) <= 0:
        raise ValueError("must be greater than 0")
    return int(value) if float(value).is_integer() else value


def positive_list(value: Any, info: Info) -> tuple[int, ...]:
    """Several positive integers."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of whole numbers")
    return tuple(at_least(1, each, info) for each in value)


def require_axes(kind: LayerType, axes: tuple[int, ...] | None, verb: str) -> tuple[int, ...]:
    """The axes; none are all of them, the batch included, which is refused."""
    if not axes:
        raise Fault(
            "CS310",
            f"{kind.name} without dim would {verb} the batch axis too",
            fix=f"name the axes: {kind.name}(dim=(2, 3)) for an image",
            argument="dim",
        )
    return axes


def symmetric(pads: tuple[int, ...]) -> tuple[Padding, ...]:
    """The same padding before and after each axis."""
    return tuple((pad, pad) for pad in pads)


MOST_LAYERS = 1000
"""Layers of one recurrent module or transformer; more are surely a mistake, and each is counted by itself."""


def depth(value: Any, info: Info) -> int:
    """How many layers lie one on the other."""
    count = at_least(0, value, info)
    if count > MOST_LAYERS:
        raise ValueError(f"must be at most {MOST_LAYERS}")
    return count


Depth = Annotated[int, Before(depth, int)]
Declared = Annotated[int | None, Before(declared, int), Inferred]
"""A number of input channels or features: inferred where it is left out, else checked."""
Steps = Annotated[tuple[int, ...], Before(spread_from_on(1), int | list[int])]
OptionalSteps = Annotated[tuple[int, ...] | None, Before(optional(spread_from_on(1)), int | list[int] | None)]
Amounts = Annotated[tuple[int, ...], Before(spread_from_on(0), int | list[int])]
Probability = Annotated[float, Before(probability, float)]
Axes = Annotated[tuple[int, ...], Before(integers, int | list[int])]
"""One axis or several, batch counted."""
OptionalAxes = Annotated[tuple[int, ...] | None, Before(optional(integers), int | list[int] | None)]
AxisList = Annotated[tuple[int, ...], Before(listed_integers, list[int])]
Target = Annotated[tuple[int, ...], Before(target, list[int])]
SizeOrSizes = Annotated[int | tuple[int, ...], Before(size_or_sizes(0), int | list[int])]
"""The size of every part, or those of each, of which PyTorch takes 0, too."""
PositiveList = Annotated[tuple[int, ...], Before(positive_list, list[int])]
OptionalSize = Annotated[int | tuple[int, ...] | None, Before(optional(size_or_sizes(1)), int | list[int] | None)]
OptionalFactor = Annotated[
    int | float | tuple[int | float, ...] | None, Before(optional(factor), float | list[float] | None)
]


def asked_size(value: Any, info: Info) -> tuple[int, ...]:
    """The size of an output, per spatial axis; a whole shape, too, as ``shape(x)`` gives it."""
    rank: int = info.context["rank"] if info.context else 2
    if isinstance(value, list | tuple) and rank < len(value) <= rank + 2:
        value = value[-rank:]
    return per_axis(value, info, 1)


AskedSize = Annotated[tuple[int, ...] | None, Before(optional(asked_size), list[int] | None)]
