"""Write `cnnshape/readers/python/library/offered.txt`: the public names of modules that networks are made from.

It needs torch, keras and tf_keras, whose names old programs have.
"""

from __future__ import annotations

import importlib
import textwrap
from pathlib import Path

import torch

TARGET = Path(__file__).parent.parent / "cnnshape/readers/python/library/offered.txt"
PYTORCH = ("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim")
KERAS = ("layers", "models", "ops", "activations")


def names(*modules: str) -> str:
    """The public names of all of the modules together."""
    return listed([name for module in modules for name in dir(importlib.import_module(module))])


def listed(found: list[str]) -> str:
    """The public ones of these names."""
    public = {each for each in found if each[0].isalpha()}
    return textwrap.indent(textwrap.fill(" ".join(sorted(public)), 116), "    ")


def keras(part: str) -> tuple[str, ...]:
    """Where a part of Keras lies, in Keras 3 and before."""
    return (f"keras.{part}",) if part == "ops" else (f"keras.{part}", f"tf_keras.{part}")


if __name__ == "__main__":
    told = {module: names(module) for module in PYTORCH} | {"torch.Tensor": listed(dir(torch.Tensor))}
    told |= {f"keras.{part}": names(*keras(part)) for part in KERAS}
    TARGET.write_text("".join(f"{module}\n{each}\n" for module, each in told.items()), encoding="utf-8")
