"""Write `cnnshape/readers/python/keras/names.json.gz`: Keras's names of the layers of the zoo's networks.

It reads the source of the Keras that is installed (`VIRTUAL_ENV`), as `cnnshape plan` reads it, beside the zoo's
network, whose layers must be the same, in the same order. Run it after a network of Keras is added to the zoo.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import cnnshape
from cnnshape.vocabularies.vocabulary import snake_case

ROOT = Path(__file__).parent.parent / "cnnshape"
TARGET = ROOT / "readers/python/keras/names.json.gz"
SIZED = {"MobileNet": "mobilenet_{alpha:.2f}_{rows}", "MobileNetV2": "mobilenetv2_{alpha:.2f}_{rows}"}
"""Models that are named by their arguments."""


def read(network: str, **options: object) -> tuple[str, cnnshape.Plan]:
    """The name of a model of ``keras.applications``, and its plan."""
    arguments = ", ".join(f"{key}={value!r}" for key, value in options.items())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.py")
        path.write_text(
            f"import keras\nbase = keras.applications.{network}(weights=None, {arguments})\n"
            "model = keras.Sequential([base])\n",
            encoding="utf-8",
        )
        nested = cnnshape.plan(f"{path}:model").layers[0].name.partition("/")[0]
        return nested, cnnshape.plan(f"{path}:base")


def record(network: str) -> list[object]:
    """The model's name, how many layers its head has, and the names of its layers; of those that Keras numbers none."""
    name, whole = read(network)
    rows = [row for row in whole.layers if not ("custom_scale_layer" in row.name and row.name.endswith(".multiply"))]
    layers = cnnshape.plan(f"zoo:keras/{network}").layers
    for row, layer in zip(rows, layers, strict=True):
        assert row.type == layer.type or row.operator, (network, row.name, layer.name)
    (shape,) = whole.inputs.values()
    _, body = read(network, include_top=False, input_shape=tuple(shape)[1:])
    own = [snake_case(layer.type) for layer in layers]
    names = [
        "" if row.name.rstrip("0123456789").rstrip("_") == base else row.name
        for row, base in zip(rows, own, strict=True)
    ]
    return [SIZED.get(network, name), len(whole.layers) - len(body.layers), names]


if __name__ == "__main__":
    index = json.loads((ROOT / "zoo/index.json").read_text(encoding="utf-8"))
    networks = [name for framework, name, *_ in index if framework == "keras" and not name.startswith("LeNet")]
    text = json.dumps({name: record(name) for name in networks}, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
