"""One finding a line, ``FILE:ROW:COLUMN: severity: ...``, as editors read it into their error lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Source, Span
from cnnshape.reports.diagnostics.text import flat, no_workflow_command, paint, visible


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """``a.yaml:3:5: error: message; fix [CS301]``; an empty string where there is nothing to report."""
    return no_workflow_command("".join(f"{line(each, color)}\n" for each in diagnostics))


def line(diagnostic: Diagnostic, color: bool) -> str:
    """One finding, with the places that use the block it lies in."""
    severity = diagnostic.severity
    parts = [flat(diagnostic.message)]
    if diagnostic.layer and diagnostic.span is None:
        parts.append(f"in {visible(diagnostic.layer)}")
    if diagnostic.fix:
        parts.append(flat(diagnostic.fix))
    if diagnostic.used_at:
        parts.append(f"used at {', '.join(place(use.filename, use.span) for use in diagnostic.used_at)}")
    return (
        f"{paint(place(diagnostic.filename, diagnostic.span), 'bold', color)}: "
        f"{paint(f'{severity}:', severity, color)} {'; '.join(parts)} [{diagnostic.code}]"
    )


def place(filename: str, span: Span | None) -> str:
    """``a.yaml:3:5``, or the file alone where the finding is about all of it."""
    return visible(filename) + (f":{span.start.row}:{span.start.column}" if span else "")
