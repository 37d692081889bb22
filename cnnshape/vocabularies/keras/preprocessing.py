"""Keras's preprocessing layers that keep the shape."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.operations import scaling as operations
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.keras.values import axes
from cnnshape.vocabularies.values import number
from cnnshape.vocabularies.vocabulary import LayerType


def numbers(value: Any) -> Any:
    """A number, or a list of them (nested for several axes), as tuples."""
    return tuple(numbers(each) for each in value) if isinstance(value, list | tuple) else number(value)


Numbers = Annotated[Any, Before(numbers, float | list[Any])]


def Rescaling(scale: Numbers, offset: Numbers = 0.0) -> Operation:
    """Rescaling by a number, or by one per channel. ``input * scale + offset``."""
    return operations.Rescale()


def kept_axes(value: Any) -> tuple[int, ...]:
    """One axis, several, or null for none."""
    return () if value is None or value in ((), []) else axes(value)


def Normalization(
    kind: LayerType,
    axis: Annotated[tuple[int, ...], Before(kept_axes, int | list[int] | None)] = -1,
    mean: Numbers | None = None,
    variance: Numbers | None = None,
    invert: bool = False,
) -> Operation:
    """Normalization with statistics learned by ``adapt`` (weights) or given as constants.

    Mean, variance and a count are non-trainable weights, unless both are given.
    """
    if (mean is None) != (variance is None):
        given, missing = ("mean", "variance") if variance is None else ("variance", "mean")
        raise Fault(
            "CS108",
            f"{kind.name} has {given} without {missing}: Keras takes both or neither",
            fix=f"add {missing}=..., or leave {given} out to learn both from data",
            argument=given,
        )
    means, variances = extents(mean), extents(variance)
    if means != variances:
        raise Fault(
            "CS108",
            f"{kind.name}'s mean and variance have different shapes: {list(means)} and {list(variances)}",
            argument="variance",
        )
    if len(means) > len(axis):
        raise Fault(
            "CS108",
            f"{kind.name}'s mean has {len(means)} axes, more than its axis={list(axis)} keeps",
            argument="mean",
        )
    return operations.Standardization(axis, mean is None, means)


def extents(value: Any) -> tuple[int, ...]:
    """The shape of nested lists of numbers; a number has none."""
    return (len(value), *extents(value[0])) if isinstance(value, tuple) and value else ()
