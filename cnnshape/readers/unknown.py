"""The way on where a file has what nobody knows: no shape from there, one finding that names it."""

from __future__ import annotations

from cnnshape.diagnostics import Diagnostic
from cnnshape.network.builder import NetworkBuilder

MOST_NAMED = 3
"""Layers that a finding names."""


class Unknown:
    """The unknown layers or operators of one file, by their class."""

    def __init__(self, builder: NetworkBuilder) -> None:
        self.builder = builder
        self.found: dict[str, list[str]] = {}
        self.reasons: dict[str, str] = {}

    def add(self, type: str, name: str, reason: str = "") -> None:
        """A layer of an unknown class; `reason` is what is unknown about it, where its class is not."""
        self.found.setdefault(type, []).append(name)
        if reason:
            self.reasons.setdefault(type, reason)

    def report(self) -> None:
        """One finding for each class, in the order in which they came."""
        for type, names in self.found.items():
            named = ", ".join(names[:MOST_NAMED])
            if len(names) > MOST_NAMED:
                named += f" and {len(names) - MOST_NAMED} more"
            why = f" ({self.reasons[type]})" if type in self.reasons else ""
            self.builder.report(
                Diagnostic(
                    "CS116",
                    f"nothing is known of {type} ({named}){why}: "
                    "what depends on it is unknown, and totals are lower bounds",
                    self.builder.filename,
                    None,
                    names[0],
                    "state the network in an architecture file, where a layer may state its output",
                )
            )
