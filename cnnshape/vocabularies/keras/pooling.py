"""Keras's pooling layers, and SumPooling, which Keras lacks."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnshape.operations.pooling import Pooling, PoolingKind
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Sizes
from cnnshape.vocabularies.vocabulary import LayerType


class PoolingArguments(Layer):
    """How pooling layers go on after their pool_size."""

    kind_of_pooling: ClassVar[PoolingKind]

    strides: Sizes | None = None
    padding: Literal["valid", "same"] = "valid"
    data_format: DataFormat = None

    def lower_with(self, window: tuple[int, ...], kind: LayerType, defaults: Defaults) -> Pooling:
        """The pooling with this window; strides default to it."""
        return Pooling(
            self.kind_of_pooling,
            window,
            self.strides or window,
            self.padding,
            layout=layout(self.data_format, defaults),
        )


class WindowOfTwo(Layer):
    """A pool_size that is 2 where nothing is said."""

    pool_size: Sizes = 2  # type: ignore[assignment]


class Window(Layer):
    """A pool_size that has to be stated."""

    pool_size: Sizes


class MaxPooling(PoolingArguments, WindowOfTwo):
    """MaxPooling1D, MaxPooling2D, MaxPooling3D."""

    kind_of_pooling = "max"

    def lower(self, kind: LayerType, defaults: Defaults) -> Pooling:
        """The largest value of each window."""
        return self.lower_with(self.pool_size, kind, defaults)


class AveragePooling(PoolingArguments, Window):
    """AveragePooling1D, AveragePooling2D, AveragePooling3D."""

    kind_of_pooling = "average"

    def lower(self, kind: LayerType, defaults: Defaults) -> Pooling:
        """The mean of each window."""
        return self.lower_with(self.pool_size, kind, defaults)


class SumPooling(PoolingArguments, WindowOfTwo):
    """SumPooling1D, SumPooling2D, SumPooling3D: ours, with MaxPooling's arguments."""

    kind_of_pooling = "sum"

    def lower(self, kind: LayerType, defaults: Defaults) -> Pooling:
        """The sum of each window."""
        return self.lower_with(self.pool_size, kind, defaults)
