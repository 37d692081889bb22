"""Workflow commands that GitHub shows as annotations in a pull request.

Source: "Workflow commands for GitHub Actions", docs.github.com. GitHub shows about ten a level and step; the
rest stays in the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.diagnostics.paths import relative
from cnnshape.reports.diagnostics.text import flat, no_workflow_command, visible

LEVELS = {"error": "error", "warning": "warning", "advice": "notice"}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """One command a line; an empty text where there is nothing to report."""
    return "".join(f"{annotation(each)}\n" for each in diagnostics)


def annotation(diagnostic: Diagnostic) -> str:
    """``::error title=cnnshape (CS301),file=a.yaml,line=3,...::a.yaml:3:5: CS301 message%0A  help: fix``."""
    filename = visible(relative(diagnostic.filename, "GITHUB_WORKSPACE"))
    properties = {"title": f"cnnshape ({diagnostic.code})", "file": filename}
    place = filename
    if diagnostic.span:
        start, end = diagnostic.span
        place = f"{filename}:{start.row}:{start.column}"
        properties["line"] = str(start.row)
        if start.row == end.row:  # GitHub drops an annotation with columns over several lines
            properties |= {"col": str(start.column), "endLine": str(end.row), "endColumn": str(end.column)}
        else:
            properties["endLine"] = str(end.row)
    stated = ",".join(
        f"{name}={escape(value).replace(':', '%3A').replace(',', '%2C')}" for name, value in properties.items()
    )
    message = f"{place}: {diagnostic.code} {flat(diagnostic.message)}"
    if diagnostic.fix:
        message += f"\n  help: {flat(diagnostic.fix)}"
    return f"::{LEVELS[diagnostic.severity]} {stated}::{escape(message)}"


def escape(text: str) -> str:
    """A message as a workflow command carries it, without a command of its own."""
    return no_workflow_command(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
