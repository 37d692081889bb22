"""What Keras keeps for the backward pass on its backend torch, beside the lower bound that is planned.

Needs keras, torch and this package::

    python -m benchmarks.keras_memory
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

import cnnshape
from benchmarks.live_storages import place

NETWORKS = {
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "resnet50": "ResNet50",
    "vgg16": "VGG16",
    "densenet121": "DenseNet121",
    "efficientnet_b0": "EfficientNetB0",
    "xception": "Xception",
}
"""By their names in the zoo, those of `keras.applications`."""
SIDE = 96


def kept(name: str) -> int:
    """Bytes that the backward pass keeps of two images, each storage once, variables apart."""
    model = getattr(keras.applications, name)(weights=None, input_shape=(SIDE, SIDE, 3), classes=10)
    own = {place(variable.value) for variable in model.variables}
    held: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        held[place(tensor)] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(torch.rand(2, SIDE, SIDE, 3), training=True)
    del output
    return sum(each.untyped_storage().nbytes() for key, each in held.items() if key not in own)


if __name__ == "__main__":
    for name, kind in NETWORKS.items():
        measured = kept(kind)
        totals = cnnshape.plan(f"zoo:keras/{name}", input=(SIDE, SIDE, 3), batch=2).totals
        bound = totals and totals.training.activations
        print(
            f"{name:16} kept {measured:13,}  bound {bound:12,}  {measured / (bound or 1):.2f} times as much", flush=True
        )
