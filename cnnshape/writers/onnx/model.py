"""ONNX: a graph with weights, by way of what PyTorch's layers are; channels first.

The weights are named as in PyTorch's `state_dict`: given ones, or drawn from a seed, scaled so that values neither
vanish nor explode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, defs, helper

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.network.spelled import Unwritable, spelled
from cnnshape.readers.requests import UsageError
from cnnshape.writers.folding import Item
from cnnshape.writers.layers import Applied, applied, in_order
from cnnshape.writers.onnx.operators import RULES, key_of
from cnnshape.writers.onnx.step import Graph, Step
from cnnshape.writers.weights import UNUSED, Place, carry, in_onnx, name_of, place, weights_map

OPSET = 17
"""The first that has LayerNormalization."""

EARLIEST = 13
"""The first whose operators take axes and sizes as they do since."""


LARGEST = 2**31 - 1
"""Bytes of a protobuf."""


def write(
    plan: Plan, opset: int = OPSET, given: Mapping[str, np.ndarray[Any, Any]] | None = None, seed: int = 0
) -> bytes:
    """The file.

    Args:
        given: the network's weights, by the names that `weights_map` has them from; drawn from `seed` without.

    Raises:
        Unwritable: a layer has no equal in ONNX, a size that has to be known is not, or a weight does not fit.
        UsageError: the opset is none that can be written.
    """
    newest = defs.onnx_opset_version()
    if not EARLIEST <= opset <= newest:
        raise UsageError(f"--opset {opset}: from {EARLIEST} on can be written, up to {newest} with ONNX as installed")
    params = (plan.totals.params if plan.totals else None) or 0
    if 4 * params > LARGEST:
        raise Unwritable(
            f"{params:,} parameters are {4 * params:,} bytes of float32, and a file of ONNX holds {LARGEST:,}"
        )
    model = model_of(plan, opset, drawn(seed) if given is None else carried(plan, given))
    checker.check_model(model)
    return bytes(model.SerializeToString())


def model_of(plan: Plan, opset: int, weights: Weights) -> ModelProto:
    """The model. Raises `Unwritable`."""
    graph = Graph(opset)
    held: dict[str, dict[str, str]] = {}
    made: dict[str, Shape] = {}
    steps = list(applied(spelled(plan), "pytorch", batch=plan.batch or 1))
    paths = in_onnx([step.item for step in steps])
    for step in steps:
        add(graph, step, paths, held, weights)
        made |= zip(step.item.makes, step.result.outputs, strict=False)
    given = {name: in_order(plan, shape, "pytorch") for name, shape in plan.inputs.items()}
    inputs = [value(name, shape, plan) for name, shape in given.items()]
    outputs = []
    for name, tensor in zip(plan.outputs, plan.returned, strict=True):
        outputs.append(value(name, (given | made)[tensor], plan))
        if name != tensor:  # an output of ONNX has a name of its own
            graph.nodes.append(helper.make_node("Identity", [tensor], [name]))
    whole = helper.make_graph(graph.nodes, plan.name, inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", opset)]
    version = helper.find_min_ir_version_for(opsets)
    return helper.make_model(whole, opset_imports=opsets, ir_version=version, producer_name="cnnshape")


def value(name: str, shape: Shape, plan: Plan) -> Any:
    """An input or output, whose batch has no number where the plan knows none."""
    sizes = [*(("batch",) if plan.batch is None else shape[:1]), *shape[1:]]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)


def add(
    graph: Graph, step: Applied, paths: Mapping[str, str], held: dict[str, dict[str, str]], weights: Weights
) -> None:
    """Add a layer; what it holds gets its name, by the `paths`, in `held`. Raises `Unwritable`."""
    item = step.item
    rule = RULES.get(key_of(item.head))
    if rule is None:
        raise Unwritable(f"{item.name}: no operator of ONNX is known for {item.head}")
    if any(size is None for shape in step.result.outputs for size in shape):
        raise Unwritable(f"{item.name}: a size is not known, and ONNX is written with sizes: say it with --input")
    if item.shares is None:
        path = paths[item.makes[0]]
        names = {weight.name: name_of("pytorch", item.head, path, weight) for weight in step.result.weights}
        held[item.name] = {
            names[weight.name].removeprefix(f"{path}."): graph.constant(
                item.values.get(weight.name)
                or weights(
                    names[weight.name], place("", "pytorch", step.operation, weight)._replace(value=first(item))
                ),
                name=names[weight.name],
            )
            for weight in step.result.weights
            if weight.name not in UNUSED
        }
    rule(Step(graph, step, held[item.shares or item.name]))


def first(item: Item) -> list[float] | None:
    """The values that a weight by itself begins with, where they are not random."""
    known = {"ones": [1.0], "zeros": [0.0]}
    return known.get(item.arguments["initializer"]) if item.head == "Parameter" else None


Weights = Callable[[str, Place], np.ndarray[Any, Any]]
"""The values of a weight of this name."""


def drawn(seed: int) -> Weights:
    """Values from a seed: kernels that keep the variance; the others as layers have them at first."""
    generator = np.random.default_rng(seed)

    def draw(_: str, place: Place) -> np.ndarray[Any, Any]:
        shape = tuple(size or 0 for size in place.shape)
        if place.value is not None:
            return np.full(shape, place.value, np.float32)
        if place.weight.name == "kernel":
            spread = (2 / max(prod(shape[1:]), 1)) ** 0.5
            return generator.normal(0.0, spread, shape).astype(np.float32)
        return np.full(shape, FIRST.get(place.weight.name, 0.0), np.float32)

    return draw


FIRST = {"alpha": 0.25, "scale": 1.0, "variance": 1.0}
"""Values that layers have at first where they are not 0."""


def carried(plan: Plan, given: Mapping[str, np.ndarray[Any, Any]]) -> Weights:
    """The values that the network's own weights of these names become. Raises `Unwritable` where one does not fit."""
    entries = {entry["to"]: entry for entry in weights_map(plan, "onnx")["weights"] if "to" in entry}

    def find(name: str, _: Place) -> np.ndarray[Any, Any]:
        try:
            return np.asarray(carry(entries[name], given), np.float32)
        except ValueError as error:
            raise Unwritable(str(error)) from None

    return find
