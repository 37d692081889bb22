"""Findings as JSON, one object a line; an empty text where there is nothing to report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.json_text import json_text


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """The objects of the JSON list, each on a line of its own."""
    return "".join(json_text(each.to_dict(), None) for each in diagnostics)
