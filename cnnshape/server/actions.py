"""Code actions: the edits that findings carry, one by one or all that are safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.diagnostics import Span
from cnnshape.mending.fixes import fix_text
from cnnshape.server.diagnostics import diagnostic, span_in
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json

QUICK_FIX, FIX_ALL = "quickfix", "source.fixAll"


def actions(document: Document, span: Span, only: Sequence[str] | None = None) -> list[Json]:
    """What can be done about the findings that touch a stretch of text; `only` names the kinds that are asked for."""
    wanted = tuple(only or (QUICK_FIX, FIX_ALL))
    fixes = quick_fixes(document, span) if any(QUICK_FIX.startswith(kind) for kind in wanted) else ()
    everything = fix_all(document) if any(f"{FIX_ALL}.cnnshape".startswith(kind) for kind in wanted) else ()
    return [*fixes, *everything]


def quick_fixes(document: Document, span: Span) -> Iterator[Json]:
    """One action a finding with edits of this document."""
    for finding in document.findings:
        place = span_in(finding, document)
        if finding.edits and finding.filename == document.path and touch(place, span):
            edits = [{"range": document.places.range(edit.span), "newText": edit.text} for edit in finding.edits]
            yield {
                "title": f"{finding.code}: {finding.fix or 'mend it'}",
                "kind": QUICK_FIX,
                "diagnostics": [diagnostic(finding, document)],
                "isPreferred": True,
                "edit": {"changes": {document.uri: edits}},
            }


def fix_all(document: Document) -> Iterator[Json]:
    """Every safe fix, as ``check --fix`` makes them; nothing where none follows."""
    if not any(finding.edits for plan in document.plans for finding in plan.diagnostics):
        return
    fixed = fix_text(document.text, document.path, lambda text, path: document.planned(text))
    if fixed.after != fixed.before:
        whole = {"range": document.places.range(document.places.everything()), "newText": fixed.after}
        yield {
            "title": f"Fix all that is safe to fix ({fixed.mended})",
            "kind": f"{FIX_ALL}.cnnshape",
            "edit": {"changes": {document.uri: [whole]}},
        }


def touch(one: Span, other: Span) -> bool:
    """Whether two stretches have a place in common."""
    return one.start <= other.end and other.start <= one.end
