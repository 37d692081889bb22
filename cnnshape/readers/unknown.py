"""The way on where a file has what nobody knows: no shape from there, one finding that names it."""

from __future__ import annotations

from cnnshape.diagnostics import Diagnostic
from cnnshape.network.builder import NetworkBuilder

MOST_NAMED = 3
"""Layers that a finding names."""

WAY_ON = (
    "plan the Python source that builds it, or state the network in an architecture file, where a layer may state "
    "its output"
)


class Unknown:
    """The unknown layers or operators of one file, by their class."""

    def __init__(self, builder: NetworkBuilder) -> None:
        self.builder = builder
        self.found: dict[tuple[str, str, bool], list[str]] = {}

    def add(self, type: str, name: str, reason: str = "", *, cost_alone: bool = False) -> None:
        """What is unknown of a layer: `reason` says what, if not its class; with `cost_alone` its shape is known."""
        self.found.setdefault((type, reason, cost_alone), []).append(name)

    def report(self) -> None:
        """One finding for each class, in the order in which they came."""
        for (type, reason, cost_alone), names in self.found.items():
            named = ", ".join(names[:MOST_NAMED])
            if len(names) > MOST_NAMED:
                named += f" and {len(names) - MOST_NAMED} more"
            why = f" ({reason})" if reason else ""
            if cost_alone:
                message = f"what {type} costs is not known ({named}){why}: totals are lower bounds"
            else:
                message = f"nothing is known of {type} ({named}){why}: what depends on it is unknown, and totals are "
                message += "lower bounds"
            fix = None if cost_alone else WAY_ON
            self.builder.report(Diagnostic("CS116", message, self.builder.filename, layer=names[0], fix=fix))
