"""GitLab's Code Quality report: a JSON list that a merge request shows as a widget and beside the lines.

Source: "Code Quality report format", docs.gitlab.com. GitLab does not show `check_name`, so the description
begins with it; of two findings with one fingerprint it shows only the first.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.diagnostics.paths import relative
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.json_text import json_text

WORD = re.compile(r"[^\W\d_]+")
SEVERITIES = {"error": "major", "warning": "minor", "advice": "info"}


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """The list; ``[]`` where there is nothing to report."""
    entries = [entry(*each) for each in zip(diagnostics, fingerprints(diagnostics), strict=True)]
    return json_text(entries)


def entry(diagnostic: Diagnostic, fingerprint: str) -> dict[str, Any]:
    """One finding as GitLab reads it."""
    description = f"{diagnostic.code} {diagnostic.name}: {flat(diagnostic.message)}"
    location: dict[str, Any] = {"path": relative(diagnostic.filename, "CI_PROJECT_DIR")}
    if diagnostic.span:
        location["positions"] = {
            name: {"line": position.row, "column": position.column}
            for name, position in zip(("begin", "end"), diagnostic.span, strict=True)
        }
    else:
        location["lines"] = {"begin": 1}
    return {
        "description": f"{description}; {flat(diagnostic.fix)}" if diagnostic.fix else description,
        "check_name": diagnostic.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[diagnostic.severity],
        "location": location,
    }


def fingerprints(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """What identifies each finding when its line moves or a number changes: file, code, layer, words, and a count."""
    seen: Counter[tuple[str, ...]] = Counter()
    for each in diagnostics:
        words = " ".join(WORD.findall(each.message))
        identity = (relative(each.filename, "CI_PROJECT_DIR"), each.code, each.layer or "", words)
        text = "\0".join((*identity, str(seen[identity])))
        seen[identity] += 1
        yield hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
