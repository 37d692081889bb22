"""Write the names of all that the frameworks offer to build networks from, whether it is known here or not.

python tests/vocabularies/record_names.py pytorch      (needs torch, torchvision and timm)
python tests/vocabularies/record_names.py keras        (needs keras)
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "cnnshape/vocabularies"


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


if __name__ == "__main__":
    framework = sys.argv[1]
    names = sorted(set({"pytorch": pytorch, "keras": keras}[framework]()))
    (FOLDER / framework / "names.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
