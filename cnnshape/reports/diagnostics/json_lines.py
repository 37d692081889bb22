"""Findings as JSON, one object a line; an empty text where there is nothing to report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Source


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """The objects of the JSON list, each on a line of its own."""
    return "".join(f"{json.dumps(each.to_dict())}\n" for each in diagnostics)
