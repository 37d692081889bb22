"""Keras's layers that change images at random, in training alone, and others that keep their size."""

from __future__ import annotations

from typing import Any

from cnnshape.operations.operation import Layout, Operation
from cnnshape.operations.resampling import Resize
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults
from cnnshape.vocabularies.values import Kept, Positive


def Augmentation(*anything: Any, **words: Any) -> Operation:
    """RandomFlip, RandomZoom, RandAugment...: whatever they do to the pixels of an image, its size stays."""
    return Identity()  # at inference nothing happens to the image


def RandomCrop(
    defaults: Defaults, height: Positive, width: Positive, seed: Kept = None, data_format: DataFormat = None
) -> Operation:
    """RandomCrop: at inference the largest part of the image that has the asked proportions, resized.

    The asked size.
    """
    where: Layout = layout(data_format, defaults)
    return Resize((height, width), "linear", where)
