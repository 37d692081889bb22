"""What can be wrong, where it is wrong, and what to write instead.

`Fault` is raised where a rule is broken (no position is known there); the planner turns it into a
`Diagnostic` with the position of the text that caused it.
"""

from __future__ import annotations

from cnnshape.diagnostics.codes import CODES, Code, Severity
from cnnshape.diagnostics.diagnostic import ArchitectureError, Diagnostic, Edit, Fault, Use
from cnnshape.diagnostics.source import Position, Source, Span

__all__ = [
    "CODES",
    "ArchitectureError",
    "Code",
    "Diagnostic",
    "Edit",
    "Fault",
    "Position",
    "Severity",
    "Source",
    "Span",
    "Use",
]
