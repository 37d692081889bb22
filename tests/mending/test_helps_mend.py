"""A help that says what to write is right letter by letter: written there, it ends the finding that it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnshape.api import examine
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Edit, Position, Span
from cnnshape.mending.edits import apply_edits
from cnnshape.network.plan import Plan

BROKEN = Path(__file__).parents[1] / "data/broken"
WRITE = re.compile(r"\bwrite (?:`(?P<quoted>[^`]+)`|(?P<bare>[^`]+)$)")
UNREADABLE = {"CS003", "CS012", "CS107"}


def helps() -> Iterator[tuple[str, Diagnostic, str]]:
    """A file, a finding about it, and the code that its help says to write."""
    for path in sorted(BROKEN.glob("*.yaml")):
        try:
            findings = examine(str(path), filename=path.name).diagnostics
        except ArchitectureError:  # bytes that are no text, and files of other kinds
            continue
        for finding in findings:
            told = WRITE.search(finding.fix or "")
            if told and finding.span and finding.filename == path.name:
                yield path.name, finding, told["quoted"] or told["bare"]


HELPS = list(helps())


def places(finding: Diagnostic, line: str) -> Iterator[Span]:
    """Where the code may have to stand: where the finding points; in the place of the entry, the call or the value."""
    assert finding.span is not None
    yield finding.span
    row, end = finding.span.start.row, len(re.sub(r"\s+#.*$", "", line)) + 1
    starts = [finding.span.start.column]
    for before in (r"\s*(?:-\s+)?", r"\s*(?:-\s+)?[\w\[\], .]+?\s*=\s*", r"\s*(?:-\s+)?[^:]+:\s+"):
        starts += [match.end() + 1 for match in [re.match(before, line)] if match]
    yield from (Span(Position(row, start), Position(row, end)) for start in starts)


def times(finding: Diagnostic, plan: Plan) -> int:
    return sum((each.code, each.message) == (finding.code, finding.message) for each in plan.diagnostics)


@pytest.mark.parametrize(("name", "finding", "code"), HELPS, ids=[f"{name}-{code}" for name, _, code in HELPS])
def test_what_a_help_says_to_write_mends(
    name: str, finding: Diagnostic, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BROKEN)
    text = (BROKEN / name).read_text(encoding="utf-8")
    assert finding.span is not None
    row = finding.span.start.row
    before = times(finding, examine(text=text, filename=name))
    for place in places(finding, text.split("\n")[row - 1]):
        for written in (code, f"- {code}"):
            after = examine(text=apply_edits(text, [Edit(place, written)]), filename=name)
            unreadable = [
                each for each in after.errors if each.code in UNREADABLE and each.span and each.span.start.row == row
            ]
            if times(finding, after) < before and not unreadable:
                return
    pytest.fail(f"nowhere on line {row} does `{code}` mend {finding.code}")


def test_there_are_helps_to_try() -> None:
    assert len(HELPS) >= 50
