"""Write the names of all that the frameworks offer to build networks from, whether it is known here or not.

The layers of Keras, PyTorch and torchvision are written by themselves, too, for the page that says what is known.

python tests/vocabularies/record_names.py pytorch      (needs torch, torchvision and timm)
python tests/vocabularies/record_names.py keras        (needs keras)
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "cnnshape/vocabularies"
PUBLIC = Path(__file__).parents[1] / "data/public_layers.json"


def public(module: str) -> Iterator[tuple[str, Any]]:
    """What a module offers."""
    yield from ((name, each) for name, each in vars(importlib.import_module(module)).items() if name[:1].isalpha())


def pytorch() -> Iterator[str]:
    """Modules, functions, and methods of tensors that are functions as well."""
    import torch

    for module in ("torch.nn", "torchvision.ops", "timm.layers"):
        yield from (
            name for name, each in public(module) if inspect.isclass(each) and issubclass(each, torch.nn.Module)
        )
    for module in ("torch.nn.functional", "torchvision.ops"):
        yield from (name for name, each in public(module) if name[0].islower() and inspect.isroutine(each))
    yield from (name for name, each in public("torch") if name in dir(torch.Tensor) and inspect.isroutine(each))


def keras() -> Iterator[str]:
    """Layers and operations."""
    yield from (name for name, each in public("keras.layers") if inspect.isclass(each))
    for prefix in ("ops", "ops.image"):
        functions = (name for name, each in public(f"keras.{prefix}") if inspect.isroutine(each))
        yield from (f"{prefix}.{name}" for name in functions)


def classes(module: str) -> list[str]:
    """The layers that a module of a framework offers."""
    base = importlib.import_module("keras" if module.startswith("keras") else "torch.nn")
    kind = base.Layer if module.startswith("keras") else base.Module
    return sorted(name for name, each in public(module) if inspect.isclass(each) and issubclass(each, kind))


if __name__ == "__main__":
    modules = {"pytorch": ("torch.nn", "torchvision.ops"), "keras": ("keras.layers",)}[sys.argv[1]]
    known = json.loads(PUBLIC.read_text(encoding="utf-8")) if PUBLIC.exists() else {}
    known |= {module: classes(module) for module in modules}
    PUBLIC.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
    framework = sys.argv[1]
    names = sorted(set({"pytorch": pytorch, "keras": keras}[framework]()))
    (FOLDER / framework / "names.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
