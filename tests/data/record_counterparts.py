"""Run what `cnnshape.translation` claims in both frameworks, with the same weights, for `counterparts.json` beside this.

pip install torch torchvision keras tensorflow-cpu pydantic pyyaml typer
PYTHONPATH=../.. python record_counterparts.py             # the recorded cases again: prints every difference
PYTHONPATH=../.. python record_counterparts.py CASES.json  # [framework, layer, input] each: prints them as records
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import torch
import torchvision

# isort: split
import keras  # TensorFlow's libraries and Triton's, which torchvision loads, crash in the other order
from keras.src.applications import convnext, inception_resnet_v2

from cnnshape import api
from cnnshape.diagnostics import ArchitectureError
from cnnshape.translation.answer import Counterpart
from cnnshape.translation.conversion import counterpart_of
from cnnshape.vocabularies import own_classes

Array = np.ndarray[Any, Any]
RECORDED = Path(__file__).with_name("counterparts.json")


class Functions:
    """``permute(0, 2, 1)``: a function whose first arguments are its tensors, as files write it."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        self.find = find

    def __getitem__(self, name: str) -> Any:
        try:
            return self.find(name)
        except AttributeError:
            raise KeyError(name) from None


def deferred(function: Callable[..., Any], *, listed: bool) -> Callable[..., Any]:
    """The function without its tensors, which come later; `listed` ones take them as one list."""

    def given(*positional: Any, **named: Any) -> Callable[..., Any]:
        if function in (torch.einsum, keras.ops.einsum):  # whose formula comes first
            formula = partial(function, *positional)
            formula.takes = positional[0].count(",") + 1  # type: ignore[attr-defined]
            return formula
        first = [named.pop("x1")] if named.get("x1") is not None else []

        def call(*tensors: Any) -> Any:
            if first:
                return function(*first, *tensors, **named)
            return function(*([list(tensors)] if listed else tensors), *positional, **named)

        call.takes = (
            None
            if listed
            else 1
            if first or named.keys() & {"axis", "x2"}
            else 3
            if "attention" in function.__name__
            else 2
        )  # type: ignore[attr-defined]
        return call

    return given


def find_pytorch(name: str) -> Any:
    if name == "Permute":
        return torchvision.ops.Permute
    if name == "LayerNorm2d":
        return torchvision.models.convnext.LayerNorm2d
    if name in ("FrozenBatchNorm2d", "StochasticDepth"):
        return getattr(torchvision.ops, name)
    if name == "LayerScale":
        return own_class(own_classes.PYTORCH, name)
    if hasattr(torch.nn, name):
        return getattr(torch.nn, name)
    function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
    return deferred(function, listed=name in ("cat", "concat", "concatenate", "stack"))


class Operators:
    """``ops.add(x2=3)``."""

    def __getattr__(self, name: str) -> Any:
        return deferred(getattr(keras.ops, name), listed=name in ("concatenate", "stack"))


def own_class(classes: dict[str, str], name: str) -> Any:
    """A class that exported code has of its own."""
    space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "keras": keras, "layers": keras.layers}
    exec(classes[name], space)  # our own text
    return space[name]


APPLICATIONS = {"CustomScaleLayer": inception_resnet_v2.CustomScaleLayer, "StochasticDepth": convnext.StochasticDepth}
"""Layers of `keras.applications` alone."""


def find_keras(name: str) -> Any:
    if name == "LayerScale":
        return own_class(own_classes.KERAS, name)
    if name in APPLICATIONS:
        return APPLICATIONS[name]
    return Operators() if name == "ops" else getattr(keras.layers, name)


FIND = {"keras": find_keras, "pytorch": find_pytorch}


def build(framework: str, written: str) -> list[Any]:
    """The layers of a text such as ``Conv2d(3, 5, 3), ReLU()``."""
    made: list[Any] = eval(f"[{written}]", {"float": float}, Functions(FIND[framework]))  # our own text
    return made


def moved(value: Array, towards: str) -> Array:
    """Channels last (Keras) or first (PyTorch)."""
    if value.ndim < 3:
        return value
    return np.moveaxis(value, -1, 1) if towards == "pytorch" else np.moveaxis(value, 1, -1)


def run(framework: str, layers: list[Any], inputs: list[Array], prepare: Callable[[Any], None]) -> Array:
    """The output of layers one after the other; `prepare` sees each once it has its weights."""
    tensors = [torch.from_numpy(each.copy()) if framework == "pytorch" else each for each in inputs]
    for layer in layers:
        one_at_a_time = framework == "keras" and isinstance(layer, keras.layers.Layer)
        takes = getattr(layer, "takes", None) or len(tensors)
        taken = tensors[:takes]
        if one_at_a_time:
            given: Any = taken if len(taken) > 1 or isinstance(layer, LISTED) else taken[0]
            layer.build([each.shape for each in taken] if isinstance(given, list) else tuple(given.shape))
        if isinstance(layer, torch.nn.Module):
            layer.eval()
            if "Lazy" in type(layer).__name__:
                layer(*taken)
        prepare(layer)
        output = layer(given) if one_at_a_time else layer(*taken)
        tensors = [output[0] if isinstance(output, list | tuple) else output, *tensors[takes:]]
    return np.asarray(tensors[0].detach() if framework == "pytorch" else tensors[0])


LISTED = (
    keras.layers.Add, keras.layers.Multiply, keras.layers.Average, keras.layers.Maximum, keras.layers.Minimum,
    keras.layers.Concatenate, inception_resnet_v2.CustomScaleLayer,
)  # fmt: skip


def drawn(layer: Any, generator: np.random.Generator) -> list[tuple[str, Array]]:
    """New weights of a layer, by name; variances are positive."""
    found = []
    if isinstance(layer, keras.layers.Layer):
        for weight in layer.weights:
            value = generator.normal(size=weight.shape).astype(np.float32) + ("gamma" in weight.name)
            value = np.abs(value) + 0.5 if "variance" in weight.name else value
            weight.assign(value)
            each = isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
            found.append((f"depthwise_{weight.name}" if each and weight.name == "kernel" else weight.name, value))
    elif isinstance(layer, torch.nn.Module):
        for name, weight in layer.state_dict().items():
            if weight.dtype.is_floating_point:
                value = generator.normal(size=tuple(weight.shape)).astype(np.float32)
                value = np.abs(value) + 0.5 if "var" in name else value
                weight.copy_(torch.from_numpy(np.asarray(value)))
                found.append((name, value))
    return found


SAME_WEIGHT = {
    "gamma": "weight", "scale": "weight", "beta": "bias", "moving_mean": "running_mean",
    "moving_variance": "running_var", "kernel": "weight", "bias": "bias", "alpha": "weight",
    "depthwise_kernel": "weight", "pointwise_kernel": "weight",
}  # fmt: skip


def carried(value: Array, name: str, shape: tuple[int, ...], layer: Any) -> Array:
    """A weight in the axis order of the other framework, for a layer there that wants this shape.

    Keras's kernels have the axes of the window first, then input and output channels; PyTorch's the other way round.
    Those of depthwise convolutions have one filter after the other there.
    """
    if value.shape == shape and "kernel" not in name and value.ndim < 2:
        return value
    if isinstance(layer, keras.layers.Dense | torch.nn.Linear):
        return value.T
    if "depthwise" in name or isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D):
        if isinstance(layer, keras.layers.Layer):
            return np.moveaxis(value.reshape((*shape[-2:], *value.shape[2:])), (0, 1), (-2, -1))
        return np.moveaxis(value, (-2, -1), (0, 1)).reshape(shape)
    if isinstance(layer, keras.layers.Layer) and hasattr(layer, "kernel"):
        return np.moveaxis(value, (0, 1), (-1, -2))
    if isinstance(layer, torch.nn.Module) and hasattr(layer, "kernel_size"):
        return np.moveaxis(value, (-1, -2), (0, 1))
    return value.reshape(shape) if value.size == np.prod(shape) else value


def give(layer: Any, weights: list[tuple[str, Array]]) -> None:
    """Take the first weights that are those of the layer; those that nobody gives are 1 (weights) or 0."""
    if isinstance(layer, torch.nn.Module):
        for name, tensor in layer.state_dict().items():
            if not tensor.dtype.is_floating_point:
                continue
            at = next((i for i, (given, _) in enumerate(weights) if SAME_WEIGHT.get(given, given) == name), None)
            if at is None:
                tensor.fill_(float("weight" in name or "var" in name))
                continue
            given, value = weights.pop(at)
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(carried(value, given, tuple(tensor.shape), layer))))
    elif isinstance(layer, keras.layers.Layer):
        for weight in layer.weights:
            theirs = SAME_WEIGHT.get(weight.name, weight.name)
            at = next((i for i, (given, _) in enumerate(weights) if given == theirs), None)
            if at is not None:
                _, value = weights.pop(at)
                weight.assign(carried(value, weight.name, tuple(weight.shape), layer))


def ask(framework: str, layer: str, inputs: list[list[int]]) -> Counterpart | None:
    """What cnnshape answers."""
    text: dict[str, Any] = {"framework": framework, "batch": inputs[0][0]}
    if len(inputs) == 1:
        plan = api.plan({**text, "input": inputs[0][1:], "layers": [layer]})
    else:
        names = [f"x{number}" for number in range(len(inputs))]
        named = dict(zip(names, (each[1:] for each in inputs), strict=True))
        plan = api.plan({**text, "inputs": named, "layers": [f"{layer}({', '.join(names)})"]})
    (row,) = plan.layers
    return counterpart_of(plan, row)


def observed(framework: str, layer: str, inputs: list[list[int]], other: Counterpart) -> str:
    """How the values of the claimed layers compare: ``same``, ``other values``, ``other shape``, or an error."""
    generator = np.random.default_rng(7)
    values = [generator.normal(size=shape).astype(np.float32) for shape in inputs]
    weights: list[tuple[str, Array]] = []
    try:
        ours = run(framework, build(framework, layer), values, lambda each: weights.extend(drawn(each, generator)))
    except Exception as error:  # a layer that is ours alone, or one that Keras plans and TensorFlow does not run
        return f"does not run: {error!r:.150}"
    first = framework == "keras" and (
        "channels_first" in layer or (layer.startswith("BatchNormalization") and "axis=1" in layer)
    )
    there = values if first else [moved(each, other.framework) for each in values]
    try:
        layers = build(other.framework, other.layer)
        with torch.no_grad():
            theirs = run(other.framework, layers, there, lambda each: give(each, weights))
    except Exception as error:  # whatever a framework raises
        return f"refused: {str(error).splitlines()[0][:150]}"
    wanted = ours if first else moved(ours, other.framework)
    if wanted.shape != theirs.shape:
        return "other shape"
    if other.output_shape is not None and tuple(theirs.shape) != other.output_shape:
        return f"claimed {other.output_shape}, is {theirs.shape}"
    if weights and not any("kernel" not in name for name, _ in weights):
        return f"weights left: {[name for name, _ in weights]}"
    close = np.allclose(wanted, theirs, rtol=1e-4, atol=1e-4, equal_nan=True)
    return "same" if close else "other values"


def records(cases: list[Any]) -> Iterator[tuple[list[Any], str]]:
    """Each case as a record, and what was observed."""
    for framework, layer, shapes, *_ in cases:
        inputs = shapes if shapes and isinstance(shapes[0], list) else [shapes]
        if any(None in each for each in inputs) or len({each[0] for each in inputs}) > 1:
            continue
        try:
            other = ask(framework, layer, inputs)
        except ArchitectureError as error:
            print(f"{framework} {layer} {shapes}: {error}", file=sys.stderr)
            continue
        if other is None:
            continue
        found = observed(framework, layer, inputs, other) if other.layer else "none"
        output = other.output_shape and list(other.output_shape)
        yield [framework, layer, shapes, other.layer or None, output, other.params, other.verdict], found


def main() -> None:
    """Check the recorded cases, or make records of new ones."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    wrong = 0
    for record, found in records(json.loads(path.read_text(encoding="utf-8"))):
        if len(sys.argv) > 1 and found == record[-1]:
            print(json.dumps(record), flush=True)
        if found != record[-1]:
            wrong += 1
            print(f"{json.dumps(record)}: {found}", file=sys.stderr, flush=True)
    print(f"{wrong} differ", file=sys.stderr)


if __name__ == "__main__":
    main()
