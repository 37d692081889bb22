"""Findings as one JSON list, the form of DESIGN section 7.

ASCII alone: whatever a file's text contains, its escapes cannot reach a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.json_text import json_text


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """A list; ``[]`` where there is nothing to report."""
    return json_text([each.to_dict() for each in diagnostics])
