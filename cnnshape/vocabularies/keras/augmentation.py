"""Keras's layers that change images at random, in training alone, and others that keep their size."""

from __future__ import annotations

from cnnshape.operations.operation import Layout, Operation
from cnnshape.operations.resampling import Resize
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Kept, Positive
from cnnshape.vocabularies.vocabulary import LayerType


class Augmentation(Layer):
    """RandomFlip, RandomZoom, RandAugment...: whatever they do to the pixels of an image, its size stays."""

    takes_anything = True

    def lower(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The image itself: at inference nothing happens to it."""
        return Identity()


def RandomCrop(
    defaults: Defaults, height: Positive, width: Positive, seed: Kept = None, data_format: DataFormat = None
) -> Operation:
    """RandomCrop: at inference the largest part of the image that has the asked proportions, resized.

    The asked size.
    """
    where: Layout = layout(data_format, defaults)
    return Resize((height, width), "linear", where)
