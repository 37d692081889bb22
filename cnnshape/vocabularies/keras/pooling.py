"""Keras's pooling layers, and SumPooling, which Keras lacks."""

from __future__ import annotations

from typing import Literal

from cnnshape.operations import pooling as operations
from cnnshape.operations.pooling import PoolingKind
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Sizes
from cnnshape.vocabularies.vocabulary import LayerType


def pooled(kind: LayerType) -> Literal["max", "average"]:
    """What becomes of a window, by the layer's name."""
    return "max" if "Max" in kind.name else "average"


def Pooling(
    kind: LayerType,
    defaults: Defaults,
    pool_size: Sizes = 2,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: DataFormat = None,
) -> operations.Pooling:
    """The largest value of each window, or the sum of each; strides default to the window."""
    how: PoolingKind = "sum" if "Sum" in kind.name else "max"
    where = layout(data_format, defaults)
    return operations.Pooling(how, pool_size, strides or pool_size, padding, layout=where)


def AveragePooling(
    defaults: Defaults,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: Literal["valid", "same"] = "valid",
    data_format: DataFormat = None,
) -> operations.Pooling:
    """The mean of each window, whose size has to be stated; strides default to it."""
    where = layout(data_format, defaults)
    return operations.Pooling("average", pool_size, strides or pool_size, padding, layout=where)


def GlobalPooling(
    kind: LayerType, defaults: Defaults, data_format: DataFormat = None, keepdims: bool = False
) -> operations.GlobalPooling:
    """One value per channel: the largest, or the mean."""
    return operations.GlobalPooling(pooled(kind), kind.rank or 2, keepdims, layout(data_format, defaults))
