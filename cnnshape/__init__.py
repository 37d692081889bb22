"""The shape, the parameters and the cost of every layer of a convolutional network, without a framework."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from typing import Any

    from cnnshape.api import forward, load, plan
    from cnnshape.diagnostics import ArchitectureError, Diagnostic
    from cnnshape.network.plan import Plan

__all__ = ["ArchitectureError", "Diagnostic", "Plan", "__version__", "forward", "load", "plan"]

_HOMES = {
    "forward": "cnnshape.api",
    "load": "cnnshape.api",
    "plan": "cnnshape.api",
    "ArchitectureError": "cnnshape.diagnostics",
    "Diagnostic": "cnnshape.diagnostics",
    "Plan": "cnnshape.network.plan",
    "load_ipython_extension": "cnnshape.magic",  # what `%load_ext cnnshape` asks for
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is asked for: `cnnshape --version` needs none of it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
