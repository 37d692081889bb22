"""Record what Keras builds, for `test_keras_zoo.py`: needs Keras 3, writes `tests/data/zoo_keras.json`.

    python tests/zoo/record_keras.py

A case is a model of `keras.applications` (LeNet-5 is built here, layer by layer) with an input and arguments.
Where `layers` is recorded, its rows are [times, class, output shape, params]; nested models stand with their
own layers, and operators (Keras has no layer for `a + b`) are counted in `operators`.
"""

from __future__ import annotations

import gc
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import keras

RESOLUTIONS = {
    224: "VGG16 VGG19 ResNet50 ResNet101 ResNet152 ResNet50V2 ResNet101V2 ResNet152V2 DenseNet121 "
    "DenseNet169 DenseNet201 MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large NASNetMobile "
    "EfficientNetB0 EfficientNetV2B0 ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge",
    240: "EfficientNetB1 EfficientNetV2B1",
    260: "EfficientNetB2 EfficientNetV2B2",
    299: "InceptionV3 InceptionResNetV2 Xception",
    300: "EfficientNetB3 EfficientNetV2B3",
    331: "NASNetLarge",
    380: "EfficientNetB4",
    384: "EfficientNetV2S",
    456: "EfficientNetB5",
    480: "EfficientNetV2M EfficientNetV2L",
    528: "EfficientNetB6",
    600: "EfficientNetB7",
}
MINIMUM_SIDES = {  # the smallest that keras.applications accepts, for one member of each family
    32: "VGG16 ResNet50 ResNet50V2 MobileNet MobileNetV2 MobileNetV3Small DenseNet121 EfficientNetB0 "
    "EfficientNetV2B0 ConvNeXtTiny NASNetMobile",
    71: "Xception",
    75: "InceptionV3 InceptionResNetV2",
}
ALPHAS = {
    "MobileNet": [0.25, 0.5, 0.75],
    "MobileNetV2": [0.35, 0.5, 0.75, 1.3, 1.4],
    "MobileNetV3Small": [0.75],
    "MobileNetV3Large": [0.75, 1.25],
}
ODD = (157, 131, 3)
OPEN = (None, None, 3)


def lenet5(input_shape: tuple[int, ...], include_top: bool = True) -> Any:
    """LeNet-5 as it is taught, 61,706 weights."""
    layers = keras.layers
    features = [
        layers.Conv2D(6, 5, activation="tanh"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"),
        layers.AveragePooling2D(2),
    ]
    head = [
        layers.Flatten(),
        layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"),
        layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential([keras.Input(input_shape), *features, *(head if include_top else [])])


def build(name: str, input_shape: tuple[int | None, ...], **arguments: Any) -> Any:
    """The model with random weights."""
    if name == "LeNet5":
        return lenet5(input_shape, **arguments)
    return getattr(keras.applications, name)(weights=None, input_shape=input_shape, **arguments)


def leaves(model: Any) -> list[Any]:
    """The model's layers, those of nested models in place of the models, without inputs."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += leaves(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            found.append(layer)
    return found


def operators(model: Any) -> int:
    """How many operators the model applies between its layers."""
    operations = [] if isinstance(model, keras.Sequential) else model.operations
    return sum(not isinstance(operation, keras.layers.Layer) for operation in operations)


def record(name: str, input_shape: tuple[int | None, ...], rows: bool, **arguments: Any) -> dict[str, Any]:
    """One case: totals and final shape, and the multiset of layers if `rows`."""
    model = build(name, input_shape, **arguments)
    case: dict[str, Any] = {
        "preset": name,
        "input": input_shape,
        "variables": arguments,
        "output": model.outputs[0].shape[1:],
        "params": model.count_params(),
        "trainable_params": sum(math.prod(weight.shape) for weight in model.trainable_weights),
    }
    if rows:
        kinds = ((type(leaf).__name__, tuple(leaf.output.shape[1:]), leaf.count_params()) for leaf in leaves(model))
        case["layers"] = [[times, *kind] for kind, times in Counter(kinds).items()]
        case["operators"] = operators(model)
    print(name, input_shape, arguments, case["params"], flush=True)
    keras.backend.clear_session()
    gc.collect()
    return case


def cases() -> list[dict[str, Any]]:
    """All that is recorded."""
    found = [record("LeNet5", (32, 32, 1), rows=True)]
    found.append(record("LeNet5", (32, 32, 1), rows=False, include_top=False))
    for side, names in RESOLUTIONS.items():
        for name in names.split():
            found.append(record(name, (side, side, 3), rows=True))
            found.append(record(name, (side, side, 3), rows=False, include_top=False))
    for side, names in MINIMUM_SIDES.items():
        for name in names.split():
            found.append(record(name, ODD, rows=True, include_top=False))
            found.append(record(name, (side, side, 3), rows=False, include_top=False))
    for name, alphas in ALPHAS.items():
        found += [record(name, (224, 224, 3), rows=True, alpha=alpha) for alpha in alphas]
    for name in ["ResNet50", "EfficientNetB0", "MobileNetV3Small"]:
        found.append(record(name, OPEN, rows=True, include_top=False))
    for name in ["MobileNetV3Small", "MobileNetV3Large"]:  # Keras leaves their input open
        found.append(record(name, OPEN, rows=True))
    found.append(record("EfficientNetB0", (224, 224, 3), rows=False, classes=10))
    return found


def main() -> None:
    """Write the data file, one case a line."""
    lines = [json.dumps(case, separators=(",", ":")) for case in cases()]
    data = Path(__file__).parents[1] / "data" / "zoo_keras.json"
    header = f'{{"source": "Keras {keras.__version__}, keras.applications, weights=None", "cases": [\n'
    data.write_text(header + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
