"""Keras's merging layers."""

from __future__ import annotations

from typing import Annotated, cast

from cnnshape.operations import merging as operations
from cnnshape.operations.merging import MergeKind
from cnnshape.vocabularies.declaration import Before
from cnnshape.vocabularies.values import Integer
from cnnshape.vocabularies.vocabulary import LayerType


def Merge(kind: LayerType) -> operations.Merge:
    """Merged element by element: sizes of 1 broadcast, shorter shapes line up with the last axes, batches agree."""
    how = cast(MergeKind, kind.name.lower())
    return operations.Merge(how, 2 if how == "subtract" else None, pairs_batches=True)


def Concatenate(axis: Integer = -1) -> operations.Concatenate:
    """Concatenate along an axis that counts the batch: all other axes have to agree."""
    return operations.Concatenate(axis)


def pair_of_axes(value: object) -> tuple[int, int]:
    """One axis for both inputs, or one for each."""
    listed = value if isinstance(value, list | tuple) else (value, value)
    if len(listed) != 2 or any(isinstance(axis, bool) or not isinstance(axis, int) for axis in listed):
        raise ValueError("must be an axis, or two: one of either input")
    return listed[0], listed[1]


def Dot(
    axes: Annotated[tuple[int, int], Before(pair_of_axes, int | list[int])], normalize: bool = False
) -> operations.Dot:
    """Dot: sums the products along one axis of either input. The axes count the batch, which cannot be one of them."""
    return operations.Dot(axes, normalize)
