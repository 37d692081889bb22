"""Random graphs as the files that the frameworks save: what is read of a file has to be the graph that was saved.

    python -m tests.conformance.run_files keras 300 1         # as .keras, JSON and .h5
    python -m tests.conformance.run_files pytorch 300 1       # as .pt2 and ONNX

Inputs, outputs and parameters have to be those of the model; what `import` writes of the file, and what `export` writes of
it in the framework's own code, has to give them again, or be refused by name. What is written of a `.pt2` or ONNX in each
direction, with the weights that the file has under the names of the map, has to give the model's values.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision  # noqa: F401 - before TensorFlow, whose libraries crash in the other order

# isort: split
import keras

from cnnshape import api
from cnnshape.network.plan import Plan
from cnnshape.writers import Unwritable, write
from cnnshape.writers.weights import weights_map
from tests.conformance.graph import Graph
from tests.conformance.random_graphs import differences
from tests.conformance.run_exports import Array, built, given_to, off, outputs, scatter, weights_of
from tests.conformance.run_exports import read as read_weight
from tests.data.record_counterparts import moved

Told = Counter[str]
DIRECTIONS = ("pytorch", "keras", "onnx")


def as_json(model: Any, inputs: Any, path: Path) -> None:
    """A model of Keras as its JSON."""
    path.write_text(model.to_json(), encoding="utf-8")


def as_pt2(model: Any, inputs: Any, path: Path) -> None:
    """A module as the archive of `torch.export.save`."""
    torch.export.save(torch.export.export(model, inputs), path)


def as_onnx(model: Any, inputs: Any, path: Path) -> None:
    """A module as ONNX, of the exporter that is the default."""
    torch.onnx.export(model, inputs, path, verbose=False)


SAVED: dict[str, dict[str, Callable[[Any, Any, Path], None]]] = {
    "keras": {
        ".keras": lambda model, _, path: model.save(path),
        ".json": as_json,
        ".h5": lambda model, _, path: model.save(path),
    },
    "pytorch": {".pt2": as_pt2, ".onnx": as_onnx},
}


def facts(plan: Plan) -> tuple[Any, ...]:
    """What a file and its graph have to agree about: the shapes of inputs and outputs, and the parameters."""
    assert plan.totals is not None, [str(error) for error in plan.errors][:1]
    inputs = [tuple(shape) for shape in plan.inputs.values()]
    return inputs, [shape and tuple(shape) for shape in plan.outputs.values()], plan.totals.params


def faults(framework: str, graph: Graph, folder: Path, told: Told) -> Iterator[str]:
    """What differs between a graph and its files."""
    plan = api.examine(text=graph.text())
    try:
        model = built(write(plan, framework), framework)  # type: ignore[arg-type]
    except Unwritable as refusal:
        told[f"not written: {str(refusal).split(': ', 1)[-1]}"] += 1
        return
    scatter(weights_of(model))  # an exporter merges weights of equal values
    inputs = tuple(torch.randn([size or 1 for size in shape]) for shape in plan.inputs.values())
    for ending, save in SAVED[framework].items():
        path = folder / f"net{ending}"
        try:
            save(model, inputs, path)
        except Exception as refusal:  # what a framework cannot save is no file of anybody's
            told[f"{ending} not saved: {type(refusal).__name__}"] += 1
            continue
        batch = {"batch": plan.batch} if framework == "keras" else {}
        try:
            read = api.examine(str(path), **batch)
        except Exception as error:
            yield f"{ending}: {type(error).__name__}: {error}"
            continue
        expected, found = facts(plan), facts(read)
        if ending == ".onnx":  # its constants may be folded into others
            expected, found = expected[:2], found[:2]
        told[f"{ending} read"] += 1
        if expected != found:
            yield f"{ending}: {found}, and the graph {expected}"
            continue
        try:
            again = api.examine(text=write(read, "yaml"), filename="net.yaml")
            told[f"{ending} imported"] += 1
            if facts(again) != facts(read):
                yield f"{ending} imported: {facts(again)}, and the file {facts(read)}"
        except Unwritable as refusal:
            told[f"{ending} import refused: {str(refusal).split(': ', 1)[-1]}"] += 1
        try:
            code = write(read, read.framework)  # type: ignore[arg-type]
            told[f"{ending} as code"] += 1
            yield from (f"{ending} as code: {fault}\n{code}" for fault in of_code(code, read))
        except Unwritable as refusal:
            told[f"{ending} as code refused: {str(refusal).split(': ', 1)[-1]}"] += 1
        if framework == "pytorch":
            for to in DIRECTIONS:
                try:
                    fault = of_weights(read, to, weights_in(path, model), model, inputs)
                    told[f"{ending} with its weights in {to}"] += 1
                    yield from [f"{ending} with its weights in {to}: {fault}"] if fault else []
                except Unwritable as refusal:
                    told[f"{ending} in {to} refused: {str(refusal).split(': ', 1)[-1]}"] += 1


def weights_in(path: Path, model: Any) -> dict[str, Array]:
    """The weights of a file, by their names in it."""
    if path.suffix == ".pt2":
        return {name: read_weight(each) for name, each in model.state_dict().items()}
    graph = onnx.load(path).graph
    held = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    constants = [each for each in graph.node if each.op_type == "Constant" and each.attribute[0].name == "value"]
    return held | {each.output[0]: onnx.numpy_helper.to_array(each.attribute[0].t) for each in constants}


def of_weights(plan: Plan, to: str, weights: dict[str, Array], model: Any, inputs: Any) -> str:
    """What differs between a model and what its file is written as, with the weights of the file."""
    wanted, given = outputs(model, list(inputs)), [np.asarray(each) for each in inputs]
    if to == "onnx":
        session = onnxruntime.InferenceSession(write(plan, "onnx", given=weights))
        return off(
            session.run(None, dict(zip([each.name for each in session.get_inputs()], given, strict=True))), wanted
        )
    other = built(write(plan, to), to)  # type: ignore[arg-type]
    if fault := given_to(other, weights_map(plan, to)["weights"], weights):
        return fault
    keras_too = to == "keras"
    found = outputs(other, [moved(each, to) if keras_too else each for each in given])
    return off(found, [moved(each, to) if keras_too else each for each in wanted])


def of_code(code: str, plan: Plan) -> Iterator[str]:
    """What differs between a plan and the code that it is written as."""
    try:
        model = built(code, plan.framework)
    except Exception as error:
        yield f"{type(error).__name__}: {error}"
        return
    keras_model = isinstance(model, keras.Model)
    count = model.count_params() if keras_model else sum(each.numel() for each in model.parameters())
    if count != facts(plan)[2]:
        yield f"{count} parameters, and the file {facts(plan)[2]}"


def main() -> int:
    """Read, and return 1 where something differs."""
    framework, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    warnings.simplefilter("ignore")
    told: Told = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + count):
            graphs: list[Graph] = []
            list(differences(framework, number, Counter(), graphs))
            for graph in graphs:
                told["graphs"] += 1
                try:
                    found = list(faults(framework, graph, Path(folder), told))
                except Exception:  # a fault of ours, which its input belongs to
                    found = [traceback.format_exc()]
                for fault in found:
                    wrong += 1
                    print(f"-- seed {number}: {fault}\n{graph.text()}", flush=True)
    for name, times in sorted(told.items()):
        print(f"{times:6,} {name}")
    print(f"{wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
