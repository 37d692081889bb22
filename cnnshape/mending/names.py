"""A misspelt name or key whose nearest is known and can hardly be another word."""

from __future__ import annotations

import re

from cnnshape.diagnostics import Diagnostic, DidYouMean, Edit
from cnnshape.diagnostics.source import unquoted
from cnnshape.network.plan import Plan
from cnnshape.spelling import correction
from cnnshape.value import replace


def correct(finding: Diagnostic, plan: Plan) -> Diagnostic | None:
    """The finding with the name that is meant in the place of the one written there."""
    source = plan.sources.get(finding.filename)
    if not isinstance(finding.fix, DidYouMean) or finding.span is None or source is None:
        return None
    word = unquoted(source.text_of(finding.span))
    name = correction(word, finding.fix.name) if re.fullmatch(r"[\w./-]{3,}", word) else None
    edit = name and Edit(finding.span, source.quoted_alike(finding.span, name))
    return replace(finding, edits=(edit,)) if edit else None
