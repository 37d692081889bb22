"""Random graphs in Keras."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.conformance.graph import Arguments, Entry, Graph, Shape, choose

PADDING = ["valid", "same"]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "softplus", None]


def one_input(draw: random.Random, shape: Shape) -> tuple[str, Arguments]:
    """A layer of one tensor, mostly of its rank; its arguments may be wrong for the shape."""
    rank = len(shape) - 2
    anywhere: list[tuple[str, Arguments]] = [
        ("Dense", choose(draw, units=[1, 3, 8], activation=ACTIVATIONS, use_bias=[None, False])),
        ("BatchNormalization", choose(draw, scale=[None, False], center=[None, False], axis=[None, None, 1])),
        ("LayerNormalization", choose(draw, axis=[None, None, 1, -2])),
        ("UnitNormalization", {}),
        ("GroupNormalization", choose(draw, groups=[1, 2, 3, -1])),
        ("Activation", {"activation": draw.choice(ACTIVATIONS[:-1])}),
        ("ReLU", choose(draw, max_value=[None, 6.0], negative_slope=[None, 0.1])),
        ("LeakyReLU", {}),
        ("Flatten", {}),
        ("Dropout", {"rate": 0.5}),
        ("Softmax", choose(draw, axis=[None, 1])),
        ("ops.mean", choose(draw, axis=[[1], [-1], 1, [1, 2]], keepdims=[None, True])),
        ("ops.max", choose(draw, axis=[[1], -1])),
        ("Reshape", {"target_shape": [-1, draw.choice([1, 2, 4])]}),
    ]
    if rank not in (1, 2):
        return draw.choice(anywhere)
    d = f"{rank}D"
    windows: list[tuple[str, Arguments]] = [
        (
            f"Conv{d}",
            choose(
                draw,
                filters=[2, 4, 6],
                kernel_size=[1, 2, 3, 5],
                strides=[None, 1, 2, 3],
                padding=PADDING,
                dilation_rate=[None, None, 2],
                groups=[None, None, None, 2],
                activation=ACTIVATIONS,
                use_bias=[None, False],
            ),
        ),
        (
            f"DepthwiseConv{d}",
            choose(draw, kernel_size=[1, 3], strides=[None, 2], padding=PADDING, depth_multiplier=[None, 2]),
        ),
        (f"SeparableConv{d}", choose(draw, filters=[2, 5], kernel_size=[1, 3], strides=[None, 2], padding=PADDING)),
        (
            f"Conv{d}Transpose",
            choose(draw, filters=[2, 3], kernel_size=[1, 2, 3, 4], strides=[None, 2, 3], padding=PADDING),
        ),
        (f"MaxPooling{d}", choose(draw, pool_size=[1, 2, 3], strides=[None, 1, 2], padding=PADDING)),
        (f"AveragePooling{d}", choose(draw, pool_size=[1, 2, 3], strides=[None, 1, 2], padding=PADDING)),
        (f"GlobalAveragePooling{d}", choose(draw, keepdims=[None, True])),
        (f"GlobalMaxPooling{d}", {}),
        (f"ZeroPadding{d}", {"padding": draw.choice([1, 2])}),
        (f"Cropping{d}", {"cropping": draw.choice([1, 2])}),
        (f"UpSampling{d}", {"size": draw.choice([1, 2])}),
        ("PReLU", choose(draw, shared_axes=[None, [1], [1, 2]])),
        (f"SpatialDropout{d}", {"rate": 0.3}),
        ("Permute", {"dims": draw.choice([[2, 1], [2, 1, 3], [1, 2]])}),
    ]
    return draw.choice(windows + windows + anywhere)


MERGES = ["Add", "Multiply", "Average", "Maximum", "Subtract", "Concatenate", "ops.add", "ops.subtract"]


def several_inputs(draw: random.Random, shapes: list[Shape]) -> tuple[str, Arguments]:
    """A layer of two tensors."""
    layer = draw.choice(MERGES)
    return layer, choose(draw, axis=[None, -1, 1]) if layer == "Concatenate" else {}


class KerasRun:
    """The graph in Keras: symbolic tensors by name, layers by the entry that made them."""

    framework = "keras"
    merges = staticmethod(several_inputs)
    layer_of = staticmethod(one_input)

    def __init__(self, shape: Shape) -> None:
        import keras

        self.keras = keras
        self.input = keras.Input(batch_shape=shape)
        self.tensors: dict[str, Any] = {"input": self.input}
        self.layers: dict[str, Any] = {}

    def shape(self, name: str) -> Shape:
        """The shape of a tensor."""
        return tuple(self.tensors[name].shape)

    def apply(self, entry: Entry) -> None:
        """Build and call one entry. Raises whatever Keras raises where it refuses."""
        given = [self.tensors[name] for name in entry.inputs]
        if entry.layer.startswith("ops."):
            output = getattr(self.keras.ops, entry.layer[4:])(*given, **entry.arguments)
        else:
            if entry.owner:
                layer = self.layers[entry.owner]
            else:
                layer = getattr(self.keras.layers, entry.layer)(**entry.arguments)
                layer.trainable = entry.trainable
            output = layer(given if len(given) > 1 else given[0])
            self.layers[entry.name] = layer
        if 0 in output.shape:
            raise ValueError("an empty output")
        self.tensors[entry.name] = output

    def model(self, graph: Graph) -> Any:
        """The model of the graph's outputs."""
        return self.keras.Model(self.input, [self.tensors[name] for name in graph.outputs])

    def totals(self, graph: Graph) -> dict[str, int]:
        """Parameters of the model."""
        model = self.model(graph)
        count = lambda weights: sum(int(np.prod(weight.shape)) for weight in weights)  # noqa: E731
        return {"params": count(model.weights), "trainable_params": count(model.trainable_weights), "buffers": 0}

    def weights(self, graph: Graph) -> dict[str, list[np.ndarray]]:
        """The weights of every entry that has its own, in Keras's order."""
        owned = {entry.name for entry in graph.entries if not entry.owner}
        found = {name: layer.get_weights() for name, layer in self.layers.items() if name in owned}
        return {name: values for name, values in found.items() if values}

    def run(self, graph: Graph, given: np.ndarray) -> list[np.ndarray]:
        """The values of the outputs, in inference mode."""
        outputs = self.model(graph)(given, training=False)
        return [np.asarray(each) for each in (outputs if isinstance(outputs, list | tuple) else [outputs])]
