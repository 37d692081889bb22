"""Run what is exported in the real frameworks, with the weights carried over by the map of weights alone.

    python -m tests.conformance.run_exports FILE...                  # any FILE, or such as net.py:Net@3x32x32
    python -m tests.conformance.run_exports random keras 300 1       # so many random graphs from a seed on
    python -m tests.conformance.run_exports --zoo                    # 40 networks of the zoo

Prints a line for each network and direction: ``same``, ``refused`` with the reason, or what differs; then how many of each,
refusals by their reason. Into a network's own framework shapes and parameters have to be the plan's, values those of
`cnnshape.forward`, and the code, read again, has to plan to the same rows; into another, and into ONNX, values have to be
those of its own framework within 1e-4 of the largest.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import torch
import torchvision  # noqa: F401 - before TensorFlow, whose libraries crash in the other order

# isort: split
import keras
import onnxruntime

import cnnshape
from cnnshape import api
from cnnshape.network.plan import Plan
from cnnshape.network.spelled import spelled
from cnnshape.writers import Unwritable, write
from cnnshape.writers.weights import carry, weights_map
from tests.conformance.graph import Graph
from tests.conformance.random_graphs import differences
from tests.data.record_counterparts import moved

Array = np.ndarray[Any, Any]
DIRECTIONS = ("keras", "pytorch", "onnx")


def built(source: str, framework: str) -> Any:
    """The model of exported code."""
    space: dict[str, Any] = {"__name__": "exported"}
    keras.backend.clear_session()  # Keras numbers its layers from here
    exec(compile(source, "exported.py", "exec"), space)  # our own code
    if framework == "keras":
        return space["build"]()
    module = space[source.split("class ")[-1].split("(")[0]]().eval()  # those of blocks are above it
    with torch.no_grad():  # lazy modules get their weights from the first input
        module(*eval(f"({source.rsplit('.eval()(', 1)[1].rsplit('))', 1)[0]},)", space))
    return module


def weights_of(model: Any) -> dict[str, Any]:
    """The weights of a model by the names of the map: Keras's paths, or the keys of PyTorch's `state_dict`."""
    return {each.path: each for each in model.weights} if isinstance(model, keras.Model) else model.state_dict()


def read(weight: Any) -> Array:
    """The values of a weight."""
    return np.array(weight.detach() if isinstance(weight, torch.Tensor) else weight)


def assign(weight: Any, value: Array) -> None:
    """Give a weight its values."""
    if isinstance(weight, torch.Tensor):
        with torch.no_grad():
            weight.copy_(torch.from_numpy(np.array(value)))
    else:
        weight.assign(value)


def scatter(weights: Mapping[str, Any]) -> None:
    """Biases, scales and statistics that are not all 0 or 1, so that a wrong one shows."""
    generator = np.random.default_rng(3)
    for weight in weights.values():
        value = read(weight)
        if value.dtype.kind == "f" and (value.ndim == 1 or np.ptp(value) == 0):
            assign(weight, generator.uniform(0.5, 1.0, value.shape).astype(np.float32))


def given_to(model: Any, entries: list[dict[str, Any]], values: Mapping[str, Array]) -> str:
    """Give a model the weights that the map carries over; what has no place, or gets nothing."""
    weights = weights_of(model)
    targets = [entry for entry in entries if "to" in entry]
    if {entry["to"] for entry in targets} != set(weights):
        return f"the map names other weights: {sorted({entry['to'] for entry in targets} ^ set(weights))[:4]}"
    for entry in targets:
        value = carry(entry, values)
        if value is None or tuple(value.shape) != tuple(weights[entry["to"]].shape):
            return f"{entry} for a weight of shape {tuple(weights[entry['to']].shape)}"
        assign(weights[entry["to"]], value)
    taken(model)
    return ""


def taken(model: Any) -> None:
    """Keras's Normalization takes its weights when it is built, and when it is told to."""
    for layer in model.layers if isinstance(model, keras.Model) else ():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def outputs(model: Any, inputs: list[Array]) -> list[Array]:
    """What a model gives."""
    if isinstance(model, keras.Model):
        result = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        return [np.asarray(each) for each in (result if isinstance(result, list | tuple) else [result])]
    with torch.no_grad():
        result = model(*(torch.from_numpy(np.array(each)) for each in inputs))
    return [each.numpy() for each in (result if isinstance(result, tuple) else (result,))]


class Original:
    """A network as code of its own framework, with weights, and what it gives."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = write(plan, plan.framework)
        self.model = built(self.source, plan.framework)
        self.entries = weights_map(plan, plan.framework)["weights"]
        weights = weights_of(self.model)
        scatter(weights)
        taken(self.model)
        self.values = {entry["from"]: read(weights[entry["to"]]) for entry in self.entries if "from" in entry}
        shapes = [tuple(size or 1 for size in shape) for shape in plan.inputs.values()]
        generator = np.random.default_rng(1)
        self.inputs = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
        self.outputs = outputs(self.model, self.inputs)

    def into_itself(self) -> str:
        """Shapes and parameters as planned, values of our own forward pass, and the rows of the code."""
        if fault := given_to(self.model, self.entries, self.values):
            return fault
        plan = self.plan
        count = (
            self.model.count_params()
            if plan.framework == "keras"
            else sum(each.numel() for each in self.model.parameters())
        )
        if count != params_of(plan):
            return f"{count} parameters, planned {params_of(plan)}"
        found, wanted = [each.shape for each in self.outputs], list(plan.outputs.values())
        if found != [tuple(size or 1 for size in shape or ()) for shape in wanted]:
            return f"shapes {found}, planned {wanted}"
        return off(self.outputs, self.forward()) or rows_differ(plan, self.source)

    def forward(self) -> list[Array]:
        """What our own forward pass makes of the same weights and inputs."""
        mark = "/" if self.plan.framework == "keras" else "."
        scales = {row.name.replace("/", ".") for row in self.plan.layers if row.type == "LayerScale" and mark == "."}
        plan = spelled(self.plan)
        rows = {row.name.replace("/", mark): row.name for row in plan.layers}
        single = {row.result.weights[0].name: row.name for row in plan.layers if row.type == "Weight" and row.result}
        weights = {single[name]: [value] for name, value in self.values.items() if name in single}
        weights |= {
            rows[layer]: [
                value[:, None, None] if layer in scales else value  # torchvision's has the axes of a map
                for value in (self.values[entry["from"]] for entry in entries if "num_batches" not in entry["from"])
            ]
            for layer, entries in groupby(
                (entry for entry in self.entries if entry.get("from", "") not in ("", *single)),
                lambda entry: entry["from"].rpartition(mark)[0],
            )
        }
        given = dict(zip(self.plan.inputs, self.inputs, strict=True))
        run = cnnshape.forward(self.plan, given, weights=weights, keep=list(self.plan.outputs))
        return [run[name] for name in self.plan.outputs]

    def into(self, to: str) -> str:
        """The values in another framework, or in ONNX Runtime."""
        if to == "onnx":
            session = onnxruntime.InferenceSession(write(self.plan, "onnx", given=self.values))
            names = [each.name for each in session.get_inputs()]
            inputs = [moved(each, "pytorch") if self.plan.framework == "keras" else each for each in self.inputs]
            found = session.run(None, dict(zip(names, inputs, strict=True)))
        else:
            model = built(write(self.plan, to), to)
            if fault := given_to(model, weights_map(self.plan, to)["weights"], self.values):
                return fault
            found = outputs(model, [moved(each, to) for each in self.inputs])
        moves = self.plan.framework == "keras" or to == "keras"
        towards = "keras" if to == "keras" else "pytorch"
        return off(found, [moved(each, towards) if moves else each for each in self.outputs])


def params_of(plan: Plan) -> int:
    """The parameters of what is written: all but those of training alone."""
    return (plan.totals.params or 0) - sum(row.params or 0 for row in plan.layers if row.training_only)


ROUNDING = 2e-5
"""Of values near 1 in float32, divided by the root of the epsilon of a normalization."""


def off(found: list[Array], wanted: list[Array]) -> str:
    """By how much values differ, against the largest; empty where by little.

    Equal values are normalized to 0 but for the rounding of their mean, which an epsilon of 1e-5 makes 316 times as large.
    """
    for one, two in zip(found, wanted, strict=True):
        if one.shape != two.shape:
            return f"shapes {one.shape}, expected {two.shape}"
        scale, by = float(np.abs(two).max()), float(np.abs(one - two).max())
        if not by <= 1e-4 * scale + ROUNDING:
            return f"values differ by {by / max(scale, 1e-6):.2g}"
    return ""


OF_SEVERAL = frozenset({"CustomScaleLayer", "FrozenBatchNorm2d", "SumPooling1D", "SumPooling2D", "SumPooling3D"})
"""Words that are several rows of the code, or of a class that it names."""


def rows_differ(plan: Plan, source: str) -> str:
    """Whether the code, read again, plans to other rows; a class that the code has of its own is a row of another type."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exported.py"
        path.write_text(source, encoding="utf-8")
        shapes = [shape[1:] for shape in plan.inputs.values()]
        if plan.framework == "keras":
            again = api.examine(f"{path}:build", batch=plan.batch)
        else:
            names = re.findall(r"(\w+): torch\.Tensor", source[source.rindex("def forward(") :])
            given: Any = dict(zip(names, shapes, strict=True)) if len(shapes) > 1 else shapes[0]
            again = api.examine(f"{path}:{source.split('class ')[-1].split('(')[0]}", input=given, batch=plan.batch)
    if again.errors:
        return f"the code does not plan: {again.errors[0].message}"
    ours, theirs = (
        [(row.output_shapes, row.macs) for row in each.layers if row.live and not row.training_only]
        for each in (plan, again)
    )
    if again.totals and again.totals.params != params_of(plan):
        return f"the code plans to {again.totals.params} parameters, not {params_of(plan)}"
    if ours == theirs or OF_SEVERAL.intersection(row.type for row in plan.layers):
        return ""
    pairs = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
    return f"the code plans to other rows: {pairs[0] if pairs else (len(ours), len(theirs))}"


def random_files(framework: str, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Random graphs as architecture files, each with a name."""
    for number in range(seed, seed + count):
        graphs: list[Graph] = []
        for _ in differences(framework, number, Counter(), graphs):
            pass
        if graphs:
            yield f"{framework} {number}", graphs[0].text()


ZOO = (
    *("keras/ConvNeXtTiny", "keras/DenseNet121", "keras/DenseNet169", "keras/EfficientNetB0", "keras/EfficientNetB1"),
    *("keras/EfficientNetV2B0", "keras/InceptionResNetV2", "keras/InceptionV3", "keras/LeNet5", "keras/MobileNet"),
    *("keras/MobileNetV2", "keras/MobileNetV3Large", "keras/MobileNetV3Small", "keras/NASNetMobile", "keras/ResNet101"),
    *("keras/ResNet50", "keras/ResNet50V2", "keras/VGG16", "keras/VGG19", "keras/Xception", "pytorch/alexnet"),
    *("pytorch/convnext_tiny", "pytorch/densenet121", "pytorch/efficientnet_b0", "pytorch/efficientnet_v2_s"),
    *("pytorch/googlenet", "pytorch/inception_v3", "pytorch/mnasnet1_0", "pytorch/mobilenet_v2"),
    *("pytorch/mobilenet_v3_large", "pytorch/mobilenet_v3_small", "pytorch/regnet_y_400mf", "pytorch/resnet18"),
    *("pytorch/resnet34", "pytorch/resnet50", "pytorch/resnext50_32x4d", "pytorch/shufflenet_v2_x1_0"),
    *("pytorch/squeezenet1_0", "pytorch/vgg11", "pytorch/vgg11_bn"),
)
"""40 of the zoo's networks, 20 of each framework."""


def plans(words: list[str]) -> Iterator[tuple[str, Plan]]:
    """The plans of files, of ``random FRAMEWORK COUNT SEED``, or of `ZOO`."""
    if words[:1] == ["random"]:
        for name, text in random_files(words[1], int(words[2]), int(words[3])):
            yield name, api.plan(text=text)
    else:
        for word in [f"zoo:{name}" for name in ZOO] if words == ["--zoo"] else words:
            file, _, sizes = word.partition("@")
            yield word, api.plan(file, batch=1, input=[int(size) for size in sizes.split("x")] if sizes else None)


def outcomes(plan: Plan) -> Iterator[tuple[str, str]]:
    """What comes of a network in each direction."""
    original: Original | None = None
    for to in DIRECTIONS:
        try:
            original = original or Original(plan)
            found = original.into_itself() if to == plan.framework else original.into(to)
            yield to, found or "same"
        except Unwritable as error:
            yield to, f"refused: {error}"
        except Exception as error:  # whatever a framework raises
            yield to, f"fails: {error!r:.300}"


def main() -> int:
    """Every network, in every direction."""
    told: Counter[str] = Counter()
    for name, plan in plans(sys.argv[1:]):
        for to, found in outcomes(plan):
            print(f"{name} -> {to}: {found}", flush=True)
            reason = re.sub(r"\d+", "N", re.sub(r"^refused: [^:]*: ", "refused: ", found))
            told[f"{plan.framework} -> {to}: {reason}"] += 1
    for reason, count in told.most_common():
        print(f"{count:5} {reason}")
    return int(any(": same" not in reason and ": refused" not in reason for reason in told))


if __name__ == "__main__":
    sys.exit(main())
