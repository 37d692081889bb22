"""The data sets that Keras brings: arrays of NumPy, of which the shapes are known and how many classes there are."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.readers.python.language.values import Tensor, Value, now
from cnnshape.readers.python.library.arrays import Labels

DATASETS = {
    **dict.fromkeys(("mnist", "fashion_mnist"), ((60_000, 10_000), (28, 28), (), 10)),
    "cifar10": ((50_000, 10_000), (32, 32, 3), (1,), 10),
    "cifar100": ((50_000, 10_000), (32, 32, 3), (1,), 100),
}
"""How many images to train and to test with, the sizes of an image and of a label, and the number of classes.

Each class occurs in both parts. CIFAR-100 has 20 where it is loaded with ``label_mode="coarse"``.
"""


def load_data(name: str) -> Callable[..., Value]:
    """``mnist.load_data``."""
    counts, image, label, classes = DATASETS[name]

    def run(label_mode: Value = "fine", **_: Value) -> Value:
        kinds = 20 if name == "cifar100" and label_mode == "coarse" else classes
        return tuple((Tensor((count, *image)), Labels((count, *label), kinds)) for count in counts)

    return run


def one_hot(labels: Value, num_classes: Value = None) -> Value:
    """``to_categorical``: as many columns as it is told, else as the labels need."""
    if num_classes is None and isinstance(labels, Labels):
        num_classes = labels.classes
    if not isinstance(labels, Tensor) or labels.shape is None or not isinstance(num_classes, int):
        return now().opaque("how many classes the labels have")
    sizes = labels.shape[:-1] if labels.shape[1:] == (1,) else labels.shape
    return Tensor((*sizes, num_classes))
