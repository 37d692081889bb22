"""Networks as text: a plan becomes a source file of a framework, or an architecture file, one module each.

A writer is a module with a function `write(plan: Plan)`, which returns the text; `WRITERS` names them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.network.spelled import Unwritable
from cnnshape.readers.requests import needing

__all__ = ["WRITERS", "Unwritable", "write"]

WRITERS = {
    "keras": "cnnshape.writers.keras",
    "onnx": "cnnshape.writers.onnx.model",
    "pytorch": "cnnshape.writers.pytorch",
    "yaml": "cnnshape.writers.yaml",
}
"""What a network can be written as, and the module that does it."""


def write(plan: Plan, kind: str, **options: Any) -> Any:
    """The text of a plan without errors; of ONNX the bytes, with its `options` (`cnnshape.writers.onnx.model.write`).

    Raises:
        Unwritable: a layer has no equal there.
        MissingExtraError: ONNX is asked for, and its library not installed.
    """
    with needing("onnx", "writing an ONNX model"):
        writer: Callable[..., Any] = import_module(WRITERS[kind]).write
    return writer(plan, **options)
