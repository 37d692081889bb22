"""Networks as text: a plan becomes a source file of a framework, or an architecture file, one module each.

A writer is a module with a function `write(plan: Plan) -> str`; `WRITERS` names them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cnnshape.network.plan import Plan
from cnnshape.writers.network import Unwritable

__all__ = ["WRITERS", "Unwritable", "write"]

WRITERS = {
    "keras": "cnnshape.writers.keras",
    "pytorch": "cnnshape.writers.pytorch",
    "yaml": "cnnshape.writers.yaml",
}
"""What a network can be written as, and the module that does it."""


def write(plan: Plan, kind: str) -> str:
    """The text of a plan without errors.

    Raises:
        Unwritable: a layer has no equal there.
    """
    writer: Callable[[Plan], str] = import_module(WRITERS[kind]).write
    return writer(plan)
