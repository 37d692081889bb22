"""Run exported ONNX models in ONNX Runtime beside the exported code of PyTorch, with the same weights.

pip install torch torchvision onnx onnxruntime numpy pydantic pyyaml typer
python -m tests.conformance.run_onnx FILE...        # or random keras 300 1, as in run_exports.py

Prints a line for each file: ``same`` where shapes are the plan's and values agree within 1e-4, ``refused`` with the
reason, or what differs.
"""

from __future__ import annotations

import sys

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision  # noqa: F401 - exported code names it

from cnnshape.network.plan import Plan
from cnnshape.writers import Unwritable, write
from tests.conformance.run_exports import plans, run_pytorch


def carried(model: onnx.ModelProto, module: torch.nn.Module) -> str | None:
    """Give the module the weights of the model, which come in the same order; says what has no place."""
    weights = [
        (name.rpartition(".")[2], onnx.numpy_helper.to_array(each))
        for each in model.graph.initializer
        if (name := each.name).rpartition(".")[2] in {"weight", "bias", "running_mean", "running_var"}
    ]
    generator = np.random.default_rng(5)
    for at, (name, value) in enumerate(weights):  # no two biases alike, so that an exchanged one shows
        if value.ndim == 1:
            weights[at] = name, generator.uniform(0.5, 1.0, value.shape).astype(np.float32)
    for each, (_, value) in zip(
        (each for each in model.graph.initializer if each.name.rpartition(".")[2] in {name for name, _ in weights}),
        weights,
        strict=True,
    ):
        each.CopyFrom(onnx.numpy_helper.from_array(value, each.name))
    held = [
        (name.rpartition(".")[2], value)
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    ]
    if [(name, tuple(value.shape)) for name, value in held] != [(name, value.shape) for name, value in weights]:
        return "weights differ from those of the exported code"
    with torch.no_grad():
        for (_, value), (_, given) in zip(held, weights, strict=True):
            value.copy_(torch.from_numpy(np.array(given)))
    return None


def compared(plan: Plan) -> str:
    """What comes of the export."""
    try:
        model = onnx.load_from_string(write(plan, "onnx"))
        source = write(plan, "pytorch")
        module = run_pytorch(source, source.split("class ")[-1].split("(")[0])
    except Unwritable as error:
        return f"refused: {error}"
    if fault := carried(model, module):
        return fault
    generator = np.random.default_rng(1)
    inputs = {
        each.name: generator.normal(size=[size.dim_value or 1 for size in each.type.tensor_type.shape.dim]).astype("f")
        for each in model.graph.input
    }
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(None, inputs)
    with torch.no_grad():
        wanted = module(*map(torch.from_numpy, inputs.values()))
    for one, other in zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
        values = other.numpy()
        if one.shape != values.shape:
            return f"shapes {one.shape}, expected {values.shape}"
        distance = float(np.abs(one - values).max() / max(float(np.abs(values).max()), 1e-9))
        if not distance < 1e-4:
            return f"values differ by {distance:.2g}"
    return "same"


def main() -> None:
    """Every network."""
    for name, plan in plans(sys.argv[1:]):
        try:
            found = compared(plan)
        except Exception as error:  # whatever a framework raises
            found = f"fails: {error!r:.300}"
        print(f"{name} -> onnx: {found}", flush=True)


if __name__ == "__main__":
    main()
