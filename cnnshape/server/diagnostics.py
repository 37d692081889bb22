"""Findings as the protocol's diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.diagnostics import Diagnostic, Position, Source, Span
from cnnshape.server.documents import Document, uri_of
from cnnshape.server.positions import Json, Places

SEVERITIES = {"error": 1, "warning": 2, "advice": 3}
"""The protocol's numbers: error, warning, information."""
MOST_FINDINGS = 1000
"""More than an editor shows; those of a generated file would only keep it busy."""
ADVICE = {"CS607": 'state it in the project, as in `[tool.cnnshape.models]` `"net.py:Net" = {input = "3x224x224"}`'}
"""What helps in an editor, where a finding's own advice is about a command line."""


def diagnostics(document: Document) -> list[Json]:
    """What is wrong with a document, or worth a remark, the worst first.

    That source which nobody has named holds no model is neither.
    """
    unnamed = document.is_python and document.targets == [document.path]
    findings = [finding for finding in document.findings if not (unnamed and finding.code == "CS602")]
    worst = sorted(findings, key=lambda finding: severity(finding, document))[:MOST_FINDINGS]
    return [diagnostic(finding, document) for finding in worst]


def diagnostic(finding: Diagnostic, document: Document) -> Json:
    """One finding; what lies in another file is told where this one uses it, with the place as related information."""
    advice = ADVICE.get(finding.code, finding.fix)
    return {
        "range": document.places.range(span_in(finding, document)),
        "severity": severity(finding, document),
        "code": finding.code,
        "source": "cnnshape",
        "message": f"{finding.message}\nhelp: {advice}" if advice else finding.message,
        "relatedInformation": list(related(finding, document)),
    }


def severity(finding: Diagnostic, document: Document) -> int:
    """The protocol's number. That no network of Python source can be read is no fault of the source."""
    unread = document.is_python and not document.rows and finding.code.startswith("CS6")
    return SEVERITIES["advice" if unread else finding.severity]


def span_in(finding: Diagnostic, document: Document) -> Span:
    """Where a finding stands in this document: its own place, the innermost use of it, or the first line."""
    places = [(use.filename, use.span) for use in finding.used_at]
    if finding.span:
        places.append((finding.filename, finding.span))
    own = [span for filename, span in places if filename == document.path]
    return own[-1] if own else Span(Position(1, 1), document.places.line_end(1))


def related(finding: Diagnostic, document: Document) -> Iterator[Json]:
    """The uses of the blocks around a finding, innermost first, and its place where that is in another file."""
    places = [("used here", use.filename, use.span) for use in reversed(finding.used_at)]
    if finding.span and finding.filename != document.path:
        places.insert(0, ("the fault is here", finding.filename, finding.span))
    for message, filename, span in places:
        if uri := uri_of(filename, document):
            yield {"location": {"uri": uri, "range": places_in(filename, document).range(span)}, "message": message}


def places_in(filename: str, document: Document) -> Places:
    """The places of a file that some plan has read."""
    if filename == document.path:
        return document.places
    source = next((plan.sources[filename] for plan in document.plans if filename in plan.sources), Source(filename, ""))
    return Places(source, document.places.encoding)
