"""Keras's layers that change images at random, in training alone, and others that keep their size.

Source: the constructors of keras.layers, Keras 3.15.
"""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.operations.operation import Layout, Operation
from cnnshape.operations.resampling import Resize
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.declaration import REQUIRED, Before
from cnnshape.vocabularies.keras.values import DataFormat, layout
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Kept, Positive
from cnnshape.vocabularies.vocabulary import LayerType

RANGE: dict[str, Any] = {"value_range": [0, 255]}
SEED: dict[str, Any] = {"seed": None}
FORMAT: dict[str, Any] = {"data_format": None}
FACTOR: dict[str, Any] = {"factor": REQUIRED}
WHOLE: dict[str, Any] = {"factor": 1.0}
SMOOTH: dict[str, Any] = {"interpolation": "bilinear"}
OUTSIDE: dict[str, Any] = {"fill_mode": "reflect", **SMOOTH, **SEED, "fill_value": 0.0, **FORMAT}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "AugMix": {
        **RANGE,
        **({"num_chains": 3, "chain_depth": 3, "factor": 0.3, "alpha": 1.0, "all_ops": True} | SMOOTH),
        **(SEED | FORMAT),
    },
    "AutoContrast": RANGE,
    "ContrastLimitedAdaptiveHistogramEqualization": RANGE | {"clip_limit": 4.0, "tile_grid_size": 8} | FORMAT,
    "CutMix": WHOLE | SEED | FORMAT,
    "Equalization": RANGE | {"bins": 256} | FORMAT,
    "MixUp": {"alpha": 0.2} | FORMAT | SEED,
    "RandAugment": RANGE | {"num_ops": 2, "factor": 0.5} | SMOOTH | SEED | FORMAT,
    "RandomBrightness": FACTOR | RANGE | SEED,
    "RandomColorDegeneration": FACTOR | RANGE | FORMAT | SEED,
    "RandomColorJitter": {
        **RANGE,
        **dict.fromkeys(("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")),
        **(SEED | FORMAT),
    },
    "RandomContrast": FACTOR | RANGE | SEED,
    "RandomElasticTransform": {
        **(WHOLE | {"scale": 1.0} | SMOOTH | {"fill_mode": "reflect", "fill_value": 0.0}),
        **(RANGE | SEED | FORMAT),
    },
    "RandomErasing": WHOLE | {"scale": [0.02, 0.33], "fill_value": None} | RANGE | SEED | FORMAT,
    "RandomFlip": {"mode": "horizontal_and_vertical"} | SEED | FORMAT,
    "RandomGaussianBlur": WHOLE | {"kernel_size": 3, "sigma": 1.0} | RANGE | FORMAT | SEED,
    "RandomGrayscale": {"factor": 0.5} | FORMAT | SEED,
    "RandomHue": FACTOR | RANGE | FORMAT | SEED,
    "RandomInvert": WHOLE | RANGE | SEED | FORMAT,
    "RandomPerspective": WHOLE | {"scale": 1.0} | SMOOTH | {"fill_value": 0.0} | SEED | FORMAT,
    "RandomPosterization": FACTOR | RANGE | FORMAT | SEED,
    "RandomRotation": FACTOR | OUTSIDE,
    "RandomSaturation": FACTOR | RANGE | FORMAT | SEED,
    "RandomSharpness": FACTOR | RANGE | FORMAT | SEED,
    "RandomShear": {
        **({"x_factor": 0.0, "y_factor": 0.0} | SMOOTH | {"fill_mode": "reflect", "fill_value": 0.0}),
        **(FORMAT | SEED),
    },
    "RandomTranslation": {"height_factor": REQUIRED, "width_factor": REQUIRED} | OUTSIDE,
    "RandomZoom": {"height_factor": REQUIRED, "width_factor": None} | OUTSIDE,
    "Solarization": {"addition_factor": 0.0, "threshold_factor": 0.0} | RANGE | SEED,
}
"""The arguments of each, in Keras's order, with their defaults."""


def in_lists(value: Any) -> Any:
    """A pair as a list: ``(1.0, 1.0)`` as a range does not say the same as ``1.0``."""
    return [in_lists(each) for each in value] if isinstance(value, list | tuple) else value


Amount = Annotated[Any, Before(in_lists)]


class Augmented(Layer):
    """RandomFlip, RandomZoom, RandAugment...: whatever they do to the pixels of an image, its size stays."""

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """At inference nothing happens to the image."""
        return Identity()


Augmentation = {
    name: type(
        name,
        (Augmented,),
        {"__doc__": Augmented.__doc__, "__annotations__": dict.fromkeys(given, Amount), **given},
    )
    for name, given in ARGUMENTS.items()
}
"""The declaration of each."""


def RandomCrop(
    defaults: Defaults, height: Positive, width: Positive, seed: Kept = None, data_format: DataFormat = None
) -> Operation:
    """RandomCrop: at inference the largest part of the image that has the asked proportions, resized.

    The asked size.
    """
    where: Layout = layout(data_format, defaults)
    return Resize((height, width), "linear", where)
