"""ONNX: a graph with weights, by way of what PyTorch's layers are; channels first.

The weights are named as in PyTorch's `state_dict`, and drawn from a seed, scaled so that values neither vanish nor
explode.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.network.plan import Plan
from cnnshape.operations.operation import Weight
from cnnshape.vocabularies.layer import Defaults, Faults, bind
from cnnshape.vocabularies.vocabulary import lookup
from cnnshape.writers.folding import Item
from cnnshape.writers.network import in_order, items_of
from cnnshape.writers.onnx.operators import RULES, key_of
from cnnshape.writers.onnx.step import Graph, Step
from cnnshape.writers.stating import Unwritable

OPSET = 17
"""The first that has LayerNormalization."""

IR_VERSION = 8
"""That of ONNX 1.12, which came with opset 17."""


def write(plan: Plan, opset: int = OPSET, seed: int = 0) -> bytes:
    """The file.

    Raises:
        Unwritable: a layer has no equal in ONNX, or a size that has to be known is not.
    """
    model = model_of(plan, opset, np.random.default_rng(seed))
    checker.check_model(model)
    return bytes(model.SerializeToString())


def model_of(plan: Plan, opset: int, generator: np.random.Generator) -> ModelProto:
    """The model. Raises `Unwritable`."""
    graph = Graph()
    shapes: dict[str, Shape] = {name: in_order(plan, shape, "pytorch") for name, shape in plan.inputs.items()}
    inputs = [value(name, shape, plan) for name, shape in shapes.items()]
    shapes = {name: tuple([size or 1 for size in shape[:1]]) + shape[1:] for name, shape in shapes.items()}
    held: dict[str, dict[str, str]] = {}
    for row in plan.layers:
        if row.live and not row.training_only:
            for item in items_of(plan, row, "pytorch"):
                apply(graph, item, shapes, held, generator)
    outputs = [value(name, shapes[name], plan) for name in plan.outputs]
    made = helper.make_graph(graph.nodes, plan.name, inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION, producer_name="cnnshape")


def value(name: str, shape: Shape, plan: Plan) -> Any:
    """An input or output, whose batch has no number where the plan knows none."""
    sizes = [*(("batch",) if plan.batch is None else shape[:1]), *shape[1:]]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)


def apply(
    graph: Graph,
    item: Item,
    shapes: dict[str, Shape],
    held: dict[str, dict[str, str]],
    generator: np.random.Generator,
) -> None:
    """Add a layer; what it makes gets its shape, what it holds its name in `held`. Raises `Unwritable`."""
    rule = RULES.get(key_of(item.head))
    if rule is None:
        raise Unwritable(f"{item.name}: no operator of ONNX is known for {item.head}")
    kind = lookup("pytorch", item.head)
    given = {name: each for name, each in item.arguments.items() if name != "trainable"}
    read = [shapes[tensor] for tensor in item.reads]
    try:
        layer = bind(kind, [], given).layer
        operation = layer.lower(kind, Defaults())
        result = operation.apply(*read)
    except (Fault, Faults) as fault:
        raise Unwritable(f"{item.name}: {str(fault).replace(LAYER, item.head)}") from None
    if any(size is None for shape in result.outputs for size in shape):
        raise Unwritable(f"{item.name}: a size is not known, and ONNX is written with sizes: say it with --input")
    if item.shares is None:
        held[item.name] = {
            NAMES[weight.name]: graph.constant(drawn(weight, generator), name=f"{item.name}.{NAMES[weight.name]}")
            for weight in result.weights
            if weight.name in NAMES
        }
    weights = held[item.shares or item.name]
    rule(Step(graph, item, layer, operation, result, read, weights))
    shapes |= zip(item.makes, result.outputs, strict=False)


NAMES = {
    "kernel": "weight",
    "scale": "weight",
    "alpha": "weight",
    "offset": "bias",
    "bias": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}
"""What PyTorch calls the weights of an operation. ONNX has no place for the number of batches that were tracked."""


def drawn(weight: Weight, generator: np.random.Generator) -> np.ndarray[Any, Any]:
    """Values of a weight in PyTorch's order, whose outputs come first: kernels that keep the variance; else 1 or 0."""
    shape = tuple(size or 0 for size in weight.shape)
    if weight.name == "kernel":
        first, second, *window = shape[-1], shape[-2], *shape[:-2]
        spread = (2 / max(second * prod(window), 1)) ** 0.5
        return generator.normal(0.0, spread, (first, second, *window)).astype(np.float32)
    value = {"alpha": 0.25, "scale": 1.0, "variance": 1.0}.get(weight.name, 0.0)
    return np.full(shape, value, np.float32)
