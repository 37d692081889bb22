"""What can be wrong, where it is wrong, and what to write instead.

`Fault` is raised where a rule is broken (no position is known there); the planner turns it into a
`Diagnostic` with the position of the text that caused it.
"""

from __future__ import annotations

from cnnshape.diagnostics.codes import CODES, SEVERITIES, Code, Severity
from cnnshape.diagnostics.diagnostic import (
    FAMILY,
    LAYER,
    ArchitectureError,
    Diagnostic,
    DidYouMean,
    Edit,
    Fault,
    Use,
    did_you_mean,
)
from cnnshape.diagnostics.source import Position, Source, Span

__all__ = [
    "CODES",
    "FAMILY",
    "LAYER",
    "SEVERITIES",
    "ArchitectureError",
    "Code",
    "Diagnostic",
    "DidYouMean",
    "Edit",
    "Fault",
    "Position",
    "Severity",
    "Source",
    "Span",
    "Use",
    "did_you_mean",
]
