"""SARIF 2.1.0, which GitHub code scanning and many editors read.

Sources: the OASIS standard; "SARIF support for code scanning", docs.github.com (relative URIs, descriptions of
at most 1,024 characters).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape import __version__
from cnnshape.diagnostics import Diagnostic, Source, Span
from cnnshape.diagnostics.pages import page
from cnnshape.reports.diagnostics.paths import uri
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.json_text import json_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "advice": "note"}
LONGEST = 1024
"""GitHub's bound of a description."""


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """One run, with the rules that its results name; no results where there is nothing to report."""
    codes = sorted({each.code for each in diagnostics})
    driver = {"name": "cnnshape", "semanticVersion": __version__, "rules": [rule(code) for code in codes]}
    results = [result(each, codes) for each in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def rule(code: str) -> dict[str, Any]:
    """A rule from its page in the code book."""
    text = page(code)
    return {
        "id": code,
        "name": text.name,
        "shortDescription": {"text": text.name.replace("-", " ").capitalize()},
        "fullDescription": {"text": text.what if len(text.what) <= LONGEST else f"{text.what[: LONGEST - 1]}…"},
        "help": {"text": text.markdown, "markdown": text.markdown},
        "defaultConfiguration": {"level": LEVELS[text.severity]},
        "properties": {
            "tags": ["architecture"],
            "precision": "very-high",
            "problem.severity": "recommendation" if text.severity == "advice" else text.severity,
        },
    }


def result(diagnostic: Diagnostic, codes: list[str]) -> dict[str, Any]:
    """One finding."""
    text = flat(diagnostic.message)
    if diagnostic.fix:
        text += f". {flat(diagnostic.fix)}"
    entry: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": LEVELS[diagnostic.severity],
        "message": {"text": without_links(text)},
        "locations": [location(diagnostic.filename, diagnostic.span)],
    }
    if diagnostic.used_at:
        entry["relatedLocations"] = [
            {"id": index, **location(use.filename, use.span), "message": {"text": "used here"}}
            for index, use in enumerate(diagnostic.used_at)
        ]
    if diagnostic.edits and diagnostic.fix:
        replacements = [
            {"deletedRegion": region(edit.span), "insertedContent": {"text": edit.text}} for edit in diagnostic.edits
        ]
        changed = {**location(diagnostic.filename, None)["physicalLocation"], "replacements": replacements}
        description = {"text": without_links(flat(diagnostic.fix))}
        entry["fixes"] = [{"description": description, "artifactChanges": [changed]}]
    return entry


def location(filename: str, span: Span | None) -> dict[str, Any]:
    """A place; the whole file where there is no span."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(filename, "GITHUB_WORKSPACE")}}
    if span:
        physical["region"] = region(span)
    return {"physicalLocation": physical}


def region(span: Span) -> dict[str, int]:
    """A span; SARIF's end is exclusive, as ours."""
    return {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }


def without_links(text: str) -> str:
    """A message in which nothing reads as SARIF's ``[text](target)``: it may quote a stranger's file."""
    return text.replace("](", "] (")
