"""Records what Keras's backends make of layers: run once a backend, with `KERAS_BACKEND` set, and join the answers.

``TF_ENABLE_ONEDNN_OPTS=0 KERAS_BACKEND=tensorflow python tests/data/record_backends.py tensorflow.npz``
``KERAS_BACKEND=torch python tests/data/record_backends.py torch.npz``, then
``python tests/data/record_backends.py tensorflow.npz torch.npz`` writes `keras_backends.json` beside this file: per layer
and input, who refuses it when it runs, or that PyTorch's values are others.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np

SHAPES = {1: [9, 3], 2: [8, 7, 3], 3: [5, 4, 6, 3]}


def cases() -> list[tuple[str, list[int]]]:
    """Layers and inputs without the batch."""
    found: list[tuple[str, list[int]]] = []
    for padding, (rank, shape) in product(("valid", "same"), SHAPES.items()):
        first = [shape[-1], *shape[:-1]]
        for kernel, stride in ((2, 1), (2, 2), (3, 1), (3, 2), (4, 3)):
            arguments = f"{kernel}, strides={stride}, padding='{padding}'"
            found += [(f"{kind}Pooling{rank}D({arguments})", shape) for kind in ("Max", "Average")]
        for kernel, stride, added in ((4, 2, 0), (3, 2, 0), (3, 2, 1), (4, 2, 1), (2, 3, 0), (2, 3, 1)):
            text = f"Conv{rank}DTranspose(4, {kernel}, strides={stride}, padding='{padding}', output_padding={added})"
            found.append((text, shape))
        found.append((f"Conv{rank}DTranspose(4, 4, strides=2, padding='{padding}')", shape))
        found.append((f"Conv{rank}DTranspose(4, 3, dilation_rate=2, padding='{padding}')", shape))
        arguments = f"4, 2, padding='{padding}', data_format='channels_first'"
        found += [(f"{layer}({arguments})", first) for layer in (f"Conv{rank}D", f"Conv{rank}DTranspose")]
        if rank < 3:
            for layer in (f"DepthwiseConv{rank}D(2", f"SeparableConv{rank}D(4, 2"):
                found.append((f"{layer}, padding='{padding}')", shape))
                found.append((f"{layer}, padding='{padding}', data_format='channels_first')", first))
                found.append((f"{layer}, padding='{padding}', strides=2)", shape))
        if rank == 2:
            found.append((f"DepthwiseConv2D(3, strides=(2, 1), padding='{padding}')", shape))
            found.append((f"SeparableConv2D(4, 3, strides=(2, 1), padding='{padding}')", shape))
            found.append((f"Conv2D(4, 3, strides=(2, 1), padding='{padding}')", shape))
    for name, axis, shape in product(
        ("RMSNormalization", "LayerNormalization"),
        (1, 2, -1, -2, [1, 2], [2, 3], [1, 3], [1, 2, 3]),
        ([15, 14, 4], [4, 4, 4], [8, 1, 2], [2, 3, 1]),
    ):
        found.append((f"{name}(axis={axis})", shape))
    for how in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
        found.append((f"UpSampling2D(2, interpolation='{how}')", [8, 7, 3]))
        found.append((f"Resizing(5, 12, interpolation='{how}')", [8, 7, 3]))
    return found


def run(path: str) -> None:
    """Run every case on this backend; a file holds the outputs of those that run as planned."""
    import keras

    outputs = {}
    for number, (code, shape) in enumerate(cases()):
        numbers = np.random.RandomState(0)
        try:
            given = keras.Input(shape)
            model = keras.Model(given, eval(f"keras.layers.{code}")(given))
            model.set_weights([numbers.rand(*weight.shape).astype("float32") for weight in model.get_weights()])
            output = keras.ops.convert_to_numpy(model(numbers.rand(2, *shape).astype("float32") + 1))
        except Exception:
            continue
        if output.shape[1:] == model.output_shape[1:]:
            outputs[str(number)] = np.asarray(output)
    np.savez_compressed(path, **outputs)


def join(tensorflow: str, torch: str) -> None:
    """Write down what differs."""
    theirs, ours = np.load(tensorflow), np.load(torch)
    rows = []
    for number, (code, shape) in enumerate(cases()):
        key = str(number)
        refused = [name for name, found in (("tensorflow", theirs), ("torch", ours)) if key not in found]
        differ = not refused and not np.allclose(theirs[key], ours[key], atol=1e-4, rtol=1e-3)
        rows.append(json.dumps({"layer": code, "input": shape, "refuses": refused, "values_differ": bool(differ)}))
    Path(__file__).with_name("keras_backends.json").write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    run(sys.argv[1]) if len(sys.argv) == 2 else join(*sys.argv[1:])
