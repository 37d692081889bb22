"""Random graphs in PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.conformance.graph import Arguments, Entry, Graph, Shape, choose


def one_input(draw: random.Random, shape: Shape) -> tuple[str, Arguments]:
    """A layer of one tensor, mostly of its rank; its arguments may be wrong for the shape."""
    rank, channels = len(shape) - 2, shape[1]
    declared = channels if draw.random() < 0.93 else channels + 1
    anywhere: list[tuple[str, Arguments]] = [
        (
            "Linear",
            {
                "in_features": shape[-1] if draw.random() < 0.9 else 7,
                **choose(draw, out_features=[1, 3, 8], bias=[None, False]),
            },
        ),
        ("LayerNorm", {"normalized_shape": shape[-1], **choose(draw, elementwise_affine=[None, False])}),
        (
            "GroupNorm",
            {"num_groups": draw.choice([1, 2, 3]), "num_channels": declared, **choose(draw, affine=[None, False])},
        ),
        ("ReLU", choose(draw, inplace=[None, True])),
        ("GELU", {}),
        ("LeakyReLU", choose(draw, inplace=[None, True], negative_slope=[None, 0.2])),
        ("Hardswish", {}),
        ("Sigmoid", {}),
        ("PReLU", choose(draw, num_parameters=[None, declared])),
        ("Flatten", choose(draw, start_dim=[None, 2])),
        ("Dropout", {}),
        ("Softmax", {"dim": draw.choice([1, -1])}),
        ("mean", {"dim": draw.choice([1, -1, [1, 2]]), **choose(draw, keepdim=[None, True])}),
        ("transpose", {"dim0": 1, "dim1": draw.choice([2, -1])}),
        ("flatten", {"start_dim": 1}),
    ]
    if rank not in (1, 2):
        return draw.choice(anywhere)
    d = f"{rank}d"
    windows: list[tuple[str, Arguments]] = [
        (
            f"Conv{d}",
            {
                "in_channels": declared,
                **choose(
                    draw,
                    out_channels=[2, 4, 6],
                    kernel_size=[1, 2, 3, 5],
                    stride=[None, 2, 3],
                    padding=[None, 1, 2, "same"],
                    dilation=[None, None, 2],
                    groups=[None, None, None, 2],
                    bias=[None, False],
                    padding_mode=[None, None, None, "reflect", "circular"],
                ),
            },
        ),
        (
            f"ConvTranspose{d}",
            {
                "in_channels": declared,
                **choose(
                    draw,
                    out_channels=[2, 4],
                    kernel_size=[1, 2, 3, 4],
                    stride=[None, 2, 3],
                    padding=[None, 1],
                    output_padding=[None, None, 1],
                ),
            },
        ),
        (f"LazyConv{d}", choose(draw, out_channels=[2, 4], kernel_size=[1, 3], padding=[None, 1])),
        (f"BatchNorm{d}", {"num_features": declared, **choose(draw, affine=[None, False])}),
        (f"InstanceNorm{d}", {"num_features": declared, **choose(draw, affine=[None, True])}),
        (
            f"MaxPool{d}",
            choose(draw, kernel_size=[1, 2, 3], stride=[None, 1, 2], padding=[None, 1], ceil_mode=[None, True]),
        ),
        (
            f"AvgPool{d}",
            choose(draw, kernel_size=[1, 2, 3], stride=[None, 1, 2], padding=[None, 1], ceil_mode=[None, True]),
        ),
        (f"AdaptiveAvgPool{d}", {"output_size": draw.choice([1, 2, 3])}),
        (f"AdaptiveMaxPool{d}", {"output_size": draw.choice([1, 2, 3])}),
        (f"ZeroPad{d}", {"padding": draw.choice([1, 2])}),
        (f"ReflectionPad{d}", {"padding": draw.choice([1, 3])}),
        (
            "Upsample",
            {"scale_factor": draw.choice([2, 1.5]), **choose(draw, mode=[None, "linear" if rank == 1 else "bilinear"])},
        ),
    ]
    return draw.choice(windows + windows + anywhere)


def several_inputs(draw: random.Random, shapes: list[Shape]) -> tuple[str, Arguments]:
    """A function of two tensors."""
    name = draw.choice(["add", "mul", "sub", "maximum", "cat"])
    return name, {"dim": draw.choice([1, -1])} if name == "cat" else {}


class PyTorchRun:
    """The graph in PyTorch: every entry runs at once, in evaluation mode; in-place entries run again at the end."""

    framework = "pytorch"
    merges = staticmethod(several_inputs)
    layer_of = staticmethod(one_input)

    def __init__(self, shape: Shape) -> None:
        import torch

        self.torch = torch
        self.given = torch.from_numpy(np.random.default_rng(0).standard_normal(shape).astype(np.float32))
        self.tensors: dict[str, Any] = {"input": self.given.clone()}
        self.modules: dict[str, Any] = {}

    def shape(self, name: str) -> Shape:
        """The shape of a tensor."""
        return tuple(self.tensors[name].shape)

    def apply(self, entry: Entry) -> None:
        """Build and call one entry. Raises whatever PyTorch raises where it refuses."""
        with self.torch.no_grad():
            if entry.layer[0].isupper() and not entry.owner:
                self.modules[entry.name] = getattr(self.torch.nn, entry.layer)(**entry.arguments).eval()
            elif entry.owner:
                self.modules[entry.name] = self.modules[entry.owner]
            kept = (
                {name: tensor.clone() for name, tensor in self.tensors.items()}
                if entry.arguments.get("inplace")
                else {}
            )
            try:
                output = self.call(entry, self.tensors)
            except Exception:
                self.modules.pop(entry.name, None)
                raise
            if kept:  # for the shapes of what follows no value matters; `run` does it in the right order
                output = output.clone()
                self.tensors = kept
        if 0 in output.shape:
            self.modules.pop(entry.name, None)
            raise ValueError("an empty output")
        self.tensors[entry.name] = output

    def call(self, entry: Entry, tensors: dict[str, Any]) -> Any:
        """The output of an entry."""
        given = [tensors[name] for name in entry.inputs]
        if entry.name in self.modules:
            return self.modules[entry.name](*given)
        if entry.layer == "cat":
            return self.torch.cat(given, **entry.arguments)
        return getattr(self.torch, entry.layer)(*given, **entry.arguments)

    def totals(self, graph: Graph) -> dict[str, int]:
        """Parameters and buffers of the modules that an output depends on."""
        used = {
            id(self.modules[entry.name]): (self.modules[entry.name], entry)
            for entry in graph.reached()
            if entry.name in self.modules
        }
        owners = {entry.owner or entry.name for entry in graph.reached()}
        frozen = {entry.name for entry in graph.entries if not entry.trainable}
        params = sum(weight.numel() for module, _ in used.values() for weight in module.parameters())
        held = sum(
            weight.numel() for name in owners & frozen & set(self.modules) for weight in self.modules[name].parameters()
        )
        buffers = sum(buffer.numel() for module, _ in used.values() for buffer in module.buffers())
        return {"params": params, "trainable_params": params - held, "buffers": buffers}

    def weights(self, graph: Graph) -> dict[str, list[np.ndarray]]:
        """The weights of every entry that has its own, in PyTorch's order."""
        owned = {entry.name for entry in graph.entries if not entry.owner}
        found = {
            name: [
                value.numpy() for key, value in module.state_dict().items() if not key.endswith("num_batches_tracked")
            ]
            for name, module in self.modules.items()
            if name in owned
        }
        return {name: values for name, values in found.items() if values}

    def run(self, graph: Graph, given: np.ndarray) -> list[np.ndarray]:
        """The values of the outputs, every entry in its order."""
        tensors: dict[str, Any] = {"input": self.torch.from_numpy(given.copy())}
        with self.torch.no_grad():
            for entry in graph.entries:
                tensors[entry.name] = self.call(entry, tensors)
        return [tensors[name].numpy() for name in graph.outputs]
