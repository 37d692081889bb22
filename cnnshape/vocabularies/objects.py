"""Arguments that take an object of the framework, which changes no number: it is kept for export, and never run."""

from __future__ import annotations

KEPT_FOR_EXPORT = ("_initializer", "_regularizer", "_constraint")
"""Ends of their names; messages do not list them."""

_NAMES = frozenset({"activation", "dtype", "device"})


def takes_object(argument: str) -> bool:
    """Whether pasted code may have an object there: ``HeNormal()``, ``torch.float32``, ``tf.nn.relu``."""
    return argument in _NAMES or argument.endswith(KEPT_FOR_EXPORT)
