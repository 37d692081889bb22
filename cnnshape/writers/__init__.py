"""Networks as code: a plan becomes a source file of a framework, one module a framework.

A writer is a module with a function `write(network: Written) -> str`; `WRITERS` names them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cnnshape.network.plan import Plan
from cnnshape.vocabularies.vocabulary import Framework
from cnnshape.writers.network import Unwritable, Written, written

__all__ = ["WRITERS", "Unwritable", "write"]

WRITERS: dict[Framework, str] = {"keras": "cnnshape.writers.keras", "pytorch": "cnnshape.writers.pytorch"}
"""What a network can be written as, and the module that does it."""


def write(plan: Plan, framework: Framework) -> str:
    """The source of a plan without errors.

    Raises:
        Unwritable: the framework has no equal of a layer.
    """
    writer: Callable[[Written], str] = import_module(WRITERS[framework]).write
    return writer(written(plan, framework))
