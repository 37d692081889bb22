"""What a rule works with: the graph that grows, and the layer that becomes operators of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from cnnshape.network.spelled import Unwritable
from cnnshape.writers.layers import Applied


class Graph:
    """Operators and constants of an opset, as they are added."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self.called: dict[str, str] = {}  # tensors of the network that have another name here

    def constant(self, values: Any, dtype: str = "float32", name: str | None = None) -> str:
        """The name of a tensor with these values; unnamed ones that are equal are one."""
        array = np.asarray(values, dtype)
        told = "_".join(map(str, array.ravel())) if array.size <= 16 else sha256(array.tobytes()).hexdigest()[:16]
        name = name or f"{dtype}_{'x'.join(map(str, array.shape))}_{told}"
        self.constants[name] = numpy_helper.from_array(array, name)
        return name


class Step:
    """A layer that becomes operators.

    Attributes:
        item: the layer as it is written, which refusals name.
        layer: its arguments, with defaults; `operation` and `result` what it is.
        inputs: the tensors that it reads, of these `shapes`, all known; `made` is the shape of its first output.
        weights: the names of its own, by what PyTorch calls them; `outputs` those of the tensors that it makes.
    """

    def __init__(self, graph: Graph, applied: Applied, weights: dict[str, str]) -> None:
        self.graph = graph
        self.item = applied.item
        self.layer: Any = applied.layer
        self.operation = applied.operation
        self.result = applied.result
        self.inputs = [graph.called.get(each, each) for each in applied.item.reads]
        self.shapes: list[Any] = list(applied.read)
        self.made: Any = applied.result.output
        self.weights = weights
        self.outputs = list(applied.item.makes)

    @property
    def rank(self) -> int:
        """Axes of the first input, the batch included."""
        return len(self.shapes[0])

    def refusal(self, what: str) -> Unwritable:
        """That ONNX has no such layer with something."""
        return Unwritable(f"{self.item.name}: ONNX has no {self.item.head} with {what}")

    def given(self, name: str, default: Any = None) -> Any:
        """An argument of the layer, where it has one of that name."""
        return getattr(self.layer, name, default)

    def add(self, type: str, inputs: Sequence[str], outputs: Sequence[str] | None = None, **attributes: Any) -> str:
        """An operator; without `outputs` it makes a tensor of its own. Returns the name of its first output."""
        made = list(outputs or [f"{self.outputs[0]}/{len(self.graph.nodes)}"])
        self.graph.nodes.append(helper.make_node(type, list(inputs), made, name=f"{made[0]}/{type}", **attributes))
        return made[0]

    def end(self, type: str, inputs: Sequence[str], **attributes: Any) -> None:
        """The operator that makes the layer's output, or outputs."""
        self.add(type, inputs, self.outputs, **attributes)

    def reduced(
        self, type: str, read: str, axes: Sequence[int], outputs: Sequence[str] | None = None, keep: int = 1
    ) -> str:
        """Axes reduced, which all operators but ReduceSum have as an attribute before opset 18."""
        if type == "ReduceSum" or self.graph.opset >= 18:
            return self.add(type, [read, self.graph.constant(list(axes), "int64")], outputs, keepdims=keep)
        return self.add(type, [read], outputs, axes=list(axes), keepdims=keep)

    def sizes(self, shape: Sequence[Any]) -> str:
        """A constant shape, whose batch is whatever that of the input is."""
        return self.graph.constant([0, *shape[1:]] if shape[0] == self.shapes[0][0] else shape, "int64")

    def axes(self, axes: int | Sequence[int] | None) -> tuple[int, ...]:
        """Axes counted from the front; all for None."""
        listed = range(self.rank) if axes is None else (axes,) if isinstance(axes, int) else axes
        return tuple(axis % self.rank for axis in listed)


Rule = Callable[[Step], None]


def spread(value: Any, rank: int) -> tuple[Any, ...]:
    """One value for every axis."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank
