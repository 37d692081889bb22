"""What checking a file found, as data that can be kept, and again as what it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from cnnshape.cache.evidence import Evidence
from cnnshape.cache.store import keep, recall
from cnnshape.checks.configuration import Configuration
from cnnshape.checks.report import Checked
from cnnshape.diagnostics import Diagnostic, Edit, Position, Source, Span, Use


class Answers:
    """The kept answers to "what is wrong with this file?", asked with one configuration in one folder."""

    def __init__(self, configuration: Configuration) -> None:
        self.question = ("check", os.getcwd(), stated(configuration))

    def recall(self, file: str) -> Checked | None:
        """What was found the last time, where that still holds."""
        import json  # only where answers are kept

        answer = recall(*self.question, file)
        return checked_of(json.loads(answer[0])) if answer else None

    def keep(self, file: str, checked: Checked, seen: Evidence) -> None:
        """Keep what was found in a file, and what that rests on."""
        import json

        keep([json.dumps(data_of(checked))], seen, *self.question, file)


def stated(value: Any) -> Any:
    """Settings in an order of their own: sets have another in every process."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return [(key, stated(each)) for key, each in value.items()]
    return [stated(each) for each in value] if isinstance(value, tuple | list) else value


def data_of(checked: Checked) -> list[Any]:
    """What was found, as JSON can say it."""
    findings = [
        [
            *(finding.code, finding.message, finding.filename, finding.span, finding.layer, finding.fix),
            *(finding.used_at, [(edit.span, edit.text) for edit in finding.edits]),
        ]
        for finding in checked.findings
    ]
    texts = {name: source.text for name, source in checked.sources.items()}
    return [checked.filename, findings, texts, checked.readable]


def checked_of(data: list[Any]) -> Checked:
    """What the data say was found."""
    filename, findings, texts, readable = data
    return Checked(
        filename,
        tuple(finding_of(*each) for each in findings),
        {name: Source(name, text) for name, text in texts.items()},
        readable,
    )


def finding_of(
    code: str, message: str, filename: str, span: Any, layer: str | None, fix: str | None, used_at: Any, edits: Any
) -> Diagnostic:
    """A finding of its parts."""
    return Diagnostic(
        *(code, message, filename, span_of(span) if span else None, layer, fix),
        tuple(Use(name, span_of(place)) for name, place in used_at),
        tuple(Edit(span_of(place), text) for place, text in edits),
    )


def span_of(places: list[list[int]]) -> Span:
    """A span of its rows and columns."""
    start, end = places
    return Span(Position(*start), Position(*end))
