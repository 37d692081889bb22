"""Keras's normalization layers."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.operations import normalization as operations
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.keras.values import Axes
from cnnshape.vocabularies.values import Integer, Kept, Number, integer


@keeps("scale", beta="zeros", gamma="ones", moving_mean="zeros", moving_variance="ones")
def BatchNormalization(
    axis: Integer = -1,
    momentum: Number = 0.99,
    epsilon: Number = 0.001,
    center: bool = True,
    scale: bool = True,
    renorm: bool = False,
    renorm_clipping: Kept = None,
    renorm_momentum: Number = 0.99,
    synchronized: bool = False,
) -> Operation:
    """BatchNormalization; its axis counts the batch.

    Moving statistics are non-trainable weights; renormalization keeps three more.
    """
    return operations.BatchNormalization(axis, scale, center, renorm=renorm, known_channels=True)


@keeps("scale", beta="zeros", gamma="ones")
def LayerNormalization(
    axis: Axes = -1, epsilon: Number = 0.001, center: bool = True, scale: bool = True, *, rms_scaling: bool = False
) -> Operation:
    """LayerNormalization over one axis or several, which count the batch: a scale and an offset per element of them.

    With `rms_scaling` it has a scale alone, whatever else is said.
    """
    return operations.LayerNormalization(axis, scale or rms_scaling, center and not rms_scaling, known_sizes=True)


def RMSNormalization(axis: Axes = -1, epsilon: Number = 1e-6) -> Operation:
    """RMSNormalization over one axis or several, which count the batch: a scale per normalized element."""
    return operations.LayerNormalization(axis, center=False, root_mean_square=True, last_axes=True, known_sizes=True)


def group_count(value: Any, info: Info) -> int:
    """A positive number of groups, or -1 for one a channel."""
    count = integer(value, info)
    if count < 1 and count != -1:
        raise ValueError("must be at least 1, or -1 for one group a channel")
    return count


@keeps("scale", beta="zeros", gamma="ones")
def GroupNormalization(
    groups: Annotated[int, Before(group_count, int)] = 32,
    axis: Integer = -1,
    epsilon: Number = 0.001,
    center: bool = True,
    scale: bool = True,
) -> Operation:
    """GroupNormalization; its axis counts the batch.

    A scale and an offset per channel; groups have to divide the channels.
    """
    return operations.GroupNormalization(groups, axis, scale, center, known_channels=True)


def UnitNormalization(axis: Axes = -1) -> Operation:
    """UnitNormalization along one axis or several, which count the batch: no weights."""
    return operations.UnitNormalization(axis)
