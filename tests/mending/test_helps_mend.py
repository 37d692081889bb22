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
STATED = (
    r"\bwrite `([^`]+)`",
    r"\bwrite ((?:\w+=)?(?:\"[^\"]*\"|[\[(].*[\])]|\w+))$",
    r"brackets: `([^`]+)`",
    r"leave out (?:this|each) `\$`: `([^`]+)`",
    r"comes last: `([^`]+)`",
    r"the call: `- ([^`]+)`",
    r"is included: `- ([^`]+)`",
    r"did you mean ([^ ?]+)",
    r"needs quotes: (\".*\")",
    r"quote it: (\".*\")",
    r"^use (\w+=[^ ;,.]+)",
    r": (\w+=[^ ;,.]+)$",
    r"^use ([(\[].*[)\]])$",
    r"the batch first: (\(.*\))",
    r"give (?:it|the layer) an entry of its own: `- ([^`]+)`",
)
"""What a help says to write, by the words around it; the first that is found."""

OPEN = re.compile(r"\.\.\.|arguments|^else:$")
"""What leaves it open what to write: a form, the first of several lines."""

BEHIND_IT = {"CS104", "CS105", "CS305", "CS403"}
"""What may come to light: arguments that are missing or wrong, shapes that do not fit, numbers not known yet."""


def helps() -> Iterator[tuple[str, Diagnostic, str]]:
    """A file, a finding about it, and the code that its help says to write."""
    for path in sorted(BROKEN.glob("*.yaml")):
        try:
            findings = examine(str(path), filename=path.name).diagnostics
        except ArchitectureError:  # bytes that are no text, and files of other kinds
            continue
        for finding in findings:
            told = next((found for each in STATED if (found := re.search(each, finding.fix or ""))), None)
            if told and not OPEN.search(told[1]) and finding.span and finding.filename == path.name:
                yield path.name, finding, told[1]


HELPS = list(helps())


def places(code: str, finding: Diagnostic, line: str, text: str) -> Iterator[Span]:
    """Where the code may have to stand: in the place of what the finding points at, of the input, the entry, the call, the value."""
    assert finding.span is not None
    yield finding.span
    if code.startswith("input: "):
        number, given = next(each for each in enumerate(text.split("\n"), start=1) if each[1].startswith("input:"))
        yield Span(Position(number, 1), Position(number, len(given) + 1))
    row, end = finding.span.start.row, len(re.sub(r"\s+#.*$", "", line)) + 1
    starts = [finding.span.start.column]
    for before in (r"\s*(?:-\s+)?", r"\s*(?:-\s+)?[\w\[\], .]+?\s*=\s*", r"\s*(?:-\s+)?[^:]+:\s+"):
        starts += [match.end() + 1 for match in [re.match(before, line)] if match]
    yield from (Span(Position(row, start), Position(row, end)) for start in starts)


def faults_at(plan: Plan, row: int) -> set[tuple[str, str]]:
    """What is wrong on a line; a use of a block points at the line in the block."""
    return {(each.code, each.message) for each in plan.diagnostics if each.span and each.span.start.row == row}


def writings(code: str, finding: Diagnostic, line: str) -> Iterator[tuple[str, str | None]]:
    """The code as it may be written, and the text of the line that it replaces: a word of the message, an argument."""
    yield from ((code, None), (f"- {code}", None))
    yield from ((code, word) for word in re.findall(r"(?<!\w)'([^']+)'", finding.message) if word in line)
    name, is_argument, value = code.partition("=")
    if is_argument and name.isidentifier():
        yield value, None
        given = re.search(rf"\b{name}=[^,)]+", line)
        yield code, given[0] if given else ")"


@pytest.mark.parametrize(("name", "finding", "code"), HELPS, ids=[f"{name}-{code}" for name, _, code in HELPS])
def test_what_a_help_says_to_write_mends(
    name: str, finding: Diagnostic, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BROKEN)
    text = (BROKEN / name).read_text(encoding="utf-8")
    assert finding.span is not None
    row = finding.span.start.row
    line = text.split("\n")[row - 1]
    before = faults_at(examine(text=text, filename=name), row)
    for written, replaced in writings(code, finding, line):
        for place in places(code, finding, line, text) if replaced is None else replacements(row, line, replaced):
            insertion = f", {written})" if replaced == ")" else written
            after = faults_at(examine(text=apply_edits(text, [Edit(place, insertion)]), filename=name), row)
            new = {code for code, _ in after - before}
            if (finding.code, finding.message) not in after and new <= BEHIND_IT:
                return
    pytest.fail(f"nowhere on line {row} does `{code}` mend {finding.code}")


def replacements(row: int, line: str, replaced: str) -> Iterator[Span]:
    """Every place on a line where a text stands."""
    for match in re.finditer(re.escape(replaced), line):
        yield Span(Position(row, match.start() + 1), Position(row, match.end() + 1))


def test_there_are_helps_to_try() -> None:
    assert len(HELPS) >= 90
