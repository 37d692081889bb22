"""Safe fixes: the edits that findings carry, applied until no more follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cnnshape.diagnostics import Diagnostic
from cnnshape.mending.edits import BOM, edited, read_text
from cnnshape.network.plan import Plan
from cnnshape.value import NamedTuple

MOST_ROUNDS = 10
"""A fixed layer has a shape again, so that what reads it may have its own fixes."""


class Fixed(NamedTuple):
    """A file's text before and after its fixes, and how many findings they mended."""

    filename: str
    before: str
    after: str
    mended: int


def fix_file(path: str, examine_text: Callable[[str, str], Plan]) -> Fixed:
    """The text of a file with every safe fix made; nothing is written. Arguments as for `fix_text`."""
    return fix_text(read_text(path), path, examine_text)


def fix_text(before: str, path: str, examine_text: Callable[[str, str], Plan]) -> Fixed:
    """The text with every safe fix made.

    A round of edits stands only if every finding that it is for is gone then, and the file reads no worse (else all
    findings would be gone from a file that is no YAML any more); otherwise the text stays as it was before the round.

    Args:
        before: the content of the file.
        path: the file.
        examine_text: plans a text as the content of a file.
    """
    text = before
    count = 0
    for _ in range(MOST_ROUNDS):
        plan = examine_text(text.removeprefix(BOM), path)
        fixable = [finding for finding in plan.diagnostics if finding.edits and finding.filename == plan.filename]
        if not fixable:
            break
        candidate = edited(text, [edit for finding in fixable for edit in finding.edits])
        after = examine_text(candidate.removeprefix(BOM), path)
        remaining = {identity(finding) for finding in after.diagnostics}
        unmended = any(identity(finding) in remaining for finding in fixable)
        if candidate == text or unmended or reading_errors(after) - reading_errors(plan):
            break
        text = candidate
        count += len(fixable)
    return Fixed(path, before, text, count)


def reading_errors(plan: Plan) -> Counter[tuple[str, str]]:
    """What is wrong with the files themselves, wherever it stands: an edit may move it."""
    return Counter((finding.code, finding.message) for finding in plan.errors if finding.code.startswith("CS0"))


def identity(finding: Diagnostic) -> tuple[object, ...]:
    """What makes two findings the same, wherever an edit has moved them in their line."""
    return finding.code, finding.message, finding.span and finding.span.start.row
