"""nobuco, which needs Keras 2, on the networks that `translation_peers --keep FOLDER` has kept.

    pip install tensorflow-cpu==2.15.1 tensorflow-addons "numpy<2" torch torchvision nobuco
    python translation_peers_keras2.py FOLDER

In an environment of its own: neither Keras 3 nor `cnnshape` is needed. Values have to agree within 1e-4 of the largest.
"""

from __future__ import annotations

import io
import os
import sys
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import torch
import torchvision  # noqa: F401 - before TensorFlow, whose libraries crash in the other order


def kept(path: Path) -> tuple[Any, list[Any], list[Any]]:
    """A module of PyTorch with its weights, what it is given, and what it gave."""
    space: dict[str, Any] = {"__name__": "kept"}
    source = path.with_suffix(".py").read_text(encoding="utf-8")
    exec(compile(source, str(path), "exec"), space)  # the code that cnnshape has exported
    module = space[source.split("class ")[-1].split("(")[0]]().eval()
    told = torch.load(path)
    module.load_state_dict(told["weights"])
    return module, told["inputs"], told["outputs"]


def nobuco(module: Any, inputs: list[Any]) -> Any:
    from nobuco import ChannelOrder, pytorch_to_keras

    order = ChannelOrder.PYTORCH
    model = pytorch_to_keras(module, args=inputs, inputs_channel_order=order, outputs_channel_order=order)
    return model([each.numpy() for each in inputs] if len(inputs) > 1 else inputs[0].numpy(), training=False)


def main() -> None:
    told: Counter[str] = Counter()
    for path in sorted(Path(sys.argv[1]).glob("*.pt")):
        module, inputs, outputs = kept(path)
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                given = nobuco(module, inputs)
            given = [np.asarray(each) for each in (given if isinstance(given, list | tuple) else [given])]
            pairs = zip(given, (each.numpy() for each in outputs), strict=True)
            off = max(np.abs(one - two).max() / np.abs(two).max() for one, two in pairs)
            found = "equal values" if off <= 1e-4 else f"values differ by {off:.2g}"
        except BaseException as error:  # whatever a tool raises, SystemExit among it
            found = f"fails: {type(error).__name__}: {str(error)[:120]!r}"
        print(f"{path.stem} nobuco: {found}", flush=True)
        told[f"nobuco from pytorch: {'equal' if found == 'equal values' else 'not'}"] += 1
    for what, count in sorted(told.items()):
        print(f"{count:4} {what}")


if __name__ == "__main__":
    main()
