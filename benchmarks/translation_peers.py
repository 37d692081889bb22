"""Carry networks of the zoo to another framework by cnnshape and by other tools, and compare the values.

    pip install torch torchvision keras tensorflow-cpu onnx onnxruntime
    pip install --no-deps onnx2keras onnx2torch tf2onnx
    python -m benchmarks.translation_peers [NAME...]        # all 40 of tests/conformance, or such as keras/MobileNet
    python -m benchmarks.translation_peers --keep FOLDER    # keeps modules for translation_peers_keras2.py

Every tool gets what it reads: tf2onnx the models of Keras, onnx2torch the ONNX models of both, onnx2keras the modules
of PyTorch as `torch.onnx` exports them, and nobuco, which needs Keras 2 and runs apart, these modules. A network counts
as carried over where the values agree within 1e-4 of the largest.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from tests.conformance.run_exports import ZOO, Array, Original, moved, off, outputs  # isort: skip - torch before TensorFlow

import keras
import numpy as np
import onnx
import onnxruntime
import torch

from cnnshape import api
from cnnshape.writers import write


def in_runtime(model: Any, inputs: list[Array]) -> list[Array]:
    """What ONNX Runtime makes of a model."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [each.name for each in session.get_inputs()]
    return list(session.run(None, dict(zip(names, inputs, strict=True))))


def onnx2torch(original: Original) -> list[Array]:
    from onnx2torch import convert

    module = convert(onnx.load_from_string(write(original.plan, "onnx", given=original.values)))
    return outputs(module.eval(), channels_first(original))


def tf2onnx(original: Original) -> list[Array]:
    import tensorflow as tf
    from tf2onnx import convert

    shapes = [tf.TensorSpec(each.shape, tf.float32) for each in original.inputs]
    model, _ = convert.from_function(tf.function(lambda *given: original.model(list(given), training=False)), shapes)
    return in_runtime(model, original.inputs)


def onnx2keras(original: Original) -> list[Array]:
    from onnx2keras import onnx_to_keras

    file = io.BytesIO()
    torch.onnx.export(original.model, tuple(map(torch.from_numpy, original.inputs)), file, dynamo=False)
    model = onnx.load_from_string(file.getvalue())
    try:
        return outputs(onnx_to_keras(model, [model.graph.input[0].name], name_policy="renumerate"), original.inputs)
    finally:
        keras.config.set_image_data_format("channels_last")  # it sets channels_first for all of Keras


def channels_first(original: Original) -> list[Array]:
    """The inputs as ONNX models have them."""
    keras = original.plan.framework == "keras"
    return [moved(each, "pytorch") if keras else each for each in original.inputs]


def expected(original: Original, of: str) -> list[Array]:
    """The values of the network itself, in the axis order in which a tool gives them."""
    keras = original.plan.framework == "keras"
    return [moved(each, "pytorch") if keras and of == "onnx2torch" else each for each in original.outputs]


TOOLS: dict[str, tuple[tuple[str, ...], Callable[[Original], list[Array]]]] = {
    "onnx2keras": (("pytorch",), onnx2keras),
    "onnx2torch": (("keras", "pytorch"), onnx2torch),
    "tf2onnx": (("keras",), tf2onnx),
}
"""Whose networks each tool reads."""


def keep(original: Original, path: Path) -> None:
    """A module of PyTorch: its source, its weights, what it is given and what it gives."""
    path.with_suffix(".py").write_text(original.source, encoding="utf-8")
    tensors = {
        name: [torch.from_numpy(np.array(each)) for each in getattr(original, name)] for name in ("inputs", "outputs")
    }
    torch.save({"weights": original.model.state_dict(), **tensors}, path.with_suffix(".pt"))


def main() -> None:
    told: Counter[str] = Counter()
    words = sys.argv[1:]
    if words[:1] == ["--keep"]:
        Path(words[1]).mkdir(parents=True, exist_ok=True)
        for name in ZOO:
            if name.startswith("pytorch/"):
                keep(Original(api.plan(f"zoo:{name}", batch=1)), Path(words[1], name.partition("/")[2]))
        return
    for name in words or ZOO:
        original = Original(api.plan(f"zoo:{name}", batch=1))
        framework = original.plan.framework
        for to in ("keras", "pytorch", "onnx"):
            if to != framework:
                found = original.into(to) or "equal values"
                print(f"{name} cnnshape -> {to}: {found}", flush=True)
                told[f"cnnshape {framework} -> {to}: {'equal' if found == 'equal values' else 'not'}"] += 1
        for tool, (reads, carry) in TOOLS.items():
            if framework not in reads:
                continue
            try:
                with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                    given = [np.asarray(each) for each in carry(original)]
                found = off(given, expected(original, tool)) or "equal values"
            except BaseException as error:  # whatever a tool raises, SystemExit among it
                found = f"fails: {type(error).__name__}: {str(error)[:120]!r}"
            print(f"{name} {tool}: {found}", flush=True)
            told[f"{tool} from {framework}: {'equal' if found == 'equal values' else 'not'}"] += 1
    for what, count in sorted(told.items()):
        print(f"{count:4} {what}")


if __name__ == "__main__":
    main()
