"""Run exported code in the real frameworks and compare with the plan, and across frameworks with each other.

pip install torch torchvision keras tensorflow-cpu pydantic pyyaml typer
python -m tests.conformance.run_exports FILE...        # architecture files, or zoo:NAME
python -m tests.conformance.run_exports random keras 300 1        # so many random graphs from a seed on

Prints a line for each file and direction: ``same`` where shapes and parameters are the plan's (and, across frameworks,
values agree within 1e-4 with the weights carried over), ``refused`` with the reason, or what differs.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import torch
import torchvision  # noqa: F401 - before TensorFlow, whose libraries crash in the other order

# isort: split
import keras

from cnnshape import api
from cnnshape.network.plan import Plan
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework
from cnnshape.writers import Unwritable, write
from tests.conformance.graph import Graph
from tests.conformance.random_graphs import differences
from tests.data.record_counterparts import give, moved

Array = np.ndarray[Any, Any]


class Recorder:
    """`keras.layers`, which keeps what is made, in order."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        def build(*positional: Any, **named: Any) -> Any:
            layer = getattr(keras.layers, name)(*positional, **named)
            self.made.append(layer)
            return layer

        return build


def run_keras(source: str) -> tuple[Any, list[Any]]:
    """The model, and its layers in the order of the code."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), space)  # our own code
    recorder = space["layers"] = Recorder()
    return space["build"](), recorder.made


def run_pytorch(source: str, name: str) -> Any:
    """The module."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), space)  # our own code
    module = space[name]().eval()
    with torch.no_grad():  # lazy modules get their weights from the first input
        module(*eval(f"({source.rsplit('.eval()(', 1)[1].rsplit('))', 1)[0]},)", space))
    return module


def weighted(framework: Framework, made: Any) -> list[Any]:
    """The layers with weights, in the order of the code."""
    if framework == "keras":
        return [layer for layer in made if layer.weights]
    return [layer for layer in made.modules() if not list(layer.children()) and layer.state_dict()]


def values_of(layer: Any) -> list[tuple[str, Array]]:
    """The weights of a layer by name, as `record_counterparts` carries them."""
    if isinstance(layer, torch.nn.Module):
        return [(name, value.numpy()) for name, value in layer.state_dict().items() if value.dtype.is_floating_point]
    depthwise = isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
    return [
        (f"depthwise_{each.name}" if depthwise and each.name == "kernel" else each.name, np.asarray(each))
        for each in layer.weights
    ]


def scatter(layers: list[Any]) -> None:
    """Biases and statistics that are not all 0 or 1, so that a wrong one shows."""
    generator = np.random.default_rng(3)
    for layer in layers:
        if isinstance(layer, keras.layers.Layer):
            for weight in layer.weights:
                if len(weight.shape) == 1:
                    noise = generator.uniform(0.5, 1.0, weight.shape) if "beta" not in weight.name else 0.1
                    weight.assign(np.broadcast_to(noise, weight.shape).astype(np.float32))
        else:
            with torch.no_grad():
                for name, value in layer.state_dict().items():
                    if value.dtype.is_floating_point and value.ndim == 1:
                        noise = generator.uniform(0.5, 1.0, value.shape) if name != "bias" else 0.1
                        value.copy_(torch.from_numpy(np.broadcast_to(noise, value.shape).astype(np.float32).copy()))


def compared(plan: Plan, to: Framework) -> str:
    """What comes of the export of a plan to a framework."""
    try:
        source = write(plan, to)
        ours = write(plan, plan.framework)  # type: ignore[arg-type]
    except Unwritable as error:
        return f"refused: {error}"
    shapes = [tuple(size or 1 for size in shape) for shape in plan.inputs.values()]
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
    here, made = built(plan, ours, plan.framework)
    params = (plan.totals.params or 0) - sum(row.params or 0 for row in plan.layers if row.training_only)
    if to == plan.framework:
        count = here.count_params() if to == "keras" else sum(each.numel() for each in here.parameters())
        if count != params:
            return f"{count} parameters, planned {params}"
        found = [output.shape for output in outputs(here, inputs, to)]
        wanted = list(plan.outputs.values())
        return "same" if found == wanted else f"shapes {found}, planned {wanted}"
    there, theirs = built(plan, source, to)
    if to == "keras" or plan.framework == "keras":
        ours_weighted, theirs_weighted = weighted(plan.framework, made), weighted(to, theirs)  # type: ignore[arg-type]
    scatter(ours_weighted)
    queue = list(theirs_weighted)
    for layer in ours_weighted:
        weights = values_of(layer)
        while weights and queue:
            before = len(weights)
            give(queue[0], weights)
            if len(weights) == before:
                return f"weights of {layer} have no place in {queue[0]}"
            queue.pop(0)
        if weights:
            return f"weights left of {layer}: {[name for name, _ in weights]}"
    if queue:
        return f"layers without weights: {queue}"
    expected = outputs(here, inputs, plan.framework)  # type: ignore[arg-type]
    got = outputs(there, [moved(each, to) for each in inputs], to)
    for one, two in zip(expected, got, strict=True):
        one = moved(one, to)
        if one.shape != two.shape:
            return f"shapes {two.shape}, expected {one.shape}"
        scale = max(float(np.abs(one).max()), 1e-6)
        if float(np.abs(one - two).max()) > 1e-4 * scale:
            return f"values differ by {float(np.abs(one - two).max()) / scale:.2g}"
    return "same"


def built(plan: Plan, source: str, framework: str) -> tuple[Any, Any]:
    """The model of a source, and what holds its layers in order."""
    if framework == "keras":
        return run_keras(source)
    name = source.split("class ")[-1].split("(")[0]  # those of blocks are above it
    module = run_pytorch(source, name)
    return module, module


def outputs(model: Any, inputs: list[Array], framework: Framework) -> list[Array]:
    """What the model gives."""
    if framework == "keras":
        result = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        return [np.asarray(each) for each in (result if isinstance(result, list | tuple) else [result])]
    with torch.no_grad():
        result = model(*(torch.from_numpy(np.ascontiguousarray(each)) for each in inputs))
    return [each.numpy() for each in (result if isinstance(result, tuple) else (result,))]


def random_files(framework: str, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Random graphs as architecture files, each with a name."""
    for number in range(seed, seed + count):
        graphs: list[Graph] = []
        for _ in differences(framework, number, Counter(), graphs):
            pass
        if graphs:
            yield f"{framework} {number}", graphs[0].text()


def plans(words: list[str]) -> Iterator[tuple[str, Plan]]:
    """The plans of files, or of ``random FRAMEWORK COUNT SEED``."""
    if words[:1] == ["random"]:
        for name, text in random_files(words[1], int(words[2]), int(words[3])):
            yield name, api.plan(text=text)
    else:
        for file in words:
            yield file, api.plan(file, batch=1)


def main() -> None:
    """Every network, in both directions."""
    for name, plan in plans(sys.argv[1:]):
        for to in FRAMEWORKS:
            try:
                found = compared(plan, to)
            except Exception as error:  # whatever a framework raises
                found = f"fails: {error!r:.300}"
            print(f"{name} -> {to}: {found}", flush=True)
        keras.backend.clear_session()


if __name__ == "__main__":
    main()
