"""The state of one run of a program, and how it records what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import isfinite
from typing import Any

from cnnshape.diagnostics import Diagnostic, Edit, Fault, Source, Span
from cnnshape.diagnostics.diagnostic import LONGEST_MESSAGE
from cnnshape.network.answers import Refusal
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.tensor import Tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.paths import indexed
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Program, Statement
from cnnshape.readers.yaml.unknown_names import UnknownVariable
from cnnshape.readers.yaml.walk.findings import MISSPELT, locate
from cnnshape.readers.yaml.walk.frames import BlockCall, Frame, Meaning
from cnnshape.readers.yaml.walk.known import Known, KnownRow
from cnnshape.vocabularies.messages import boolean_meant, written
from cnnshape.vocabularies.vocabulary import Framework

MOST_STEPS = 40_000
"""Rows of an expanded program, and what brings them about: uses of blocks, rounds of loops, conditions and `let:`.

A plan of that many convolutions takes, as JSON, a third of a gigabyte; the largest of the zoo has a thousand rows."""

COPIED = 64
"""Variables whose values a round of a loop, or a use of a block, takes along for the price of a step."""

MOST_ALIKE = 20
"""Findings of one code at one place that are written out: in a repeat each round may have numbers of its own."""

Loader = Callable[[str, Program, str], Program]
"""From an include's target, the including program and the framework to the included program. Raises `Fault`."""


class TooManyRows(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """The program takes more than `MOST_STEPS`, or than expressions may cost; the diagnostic is recorded."""


class Run:
    """The state of one run.

    `known` is what earlier runs found out, `rows` what the next one may take over. `dialect` is all that the layers of
    an entry hang on beside its arguments. `reports` counts what the run does beside adding nodes. `statement` is the
    entry that runs; it tells findings apart that have no place. `done` is what an entry of the file has done so far in
    its frame, where that is `noted`.
    """

    def __init__(self, program: Program, settings: Settings, load: Loader, known: dict[str, Known]) -> None:
        self.program = program
        self.settings = settings
        self.load = load
        self.framework: Framework = program.framework or settings.framework or "keras"  # type: ignore[assignment]
        self.known = known.setdefault(self.framework, Known())
        self.builder = NetworkBuilder(
            self.framework,
            name=program.name,
            filename=program.source.filename,
            dtype=program.dtype,
            data_format=program.data_format or "channels_last",
            fields=settings.fields,
        )
        self.builder.diagnostics += program.diagnostics
        self.channels_last = self.builder.layout.channels_last
        self.dialect = self.framework, self.builder.defaults.data_format
        self.rows: dict[int, KnownRow] = {}
        self.reports = 0
        self.done: list[Any] = []
        self.noted: Frame | None = None
        self.seen: set[tuple[Any, ...]] = set()
        self.alike: Counter[tuple[Any, ...]] = Counter()
        self.statement: Statement | None = None
        self.refused: dict[int, Refusal] = {}
        self.steps = 0
        self.work = Work()
        self.stack: list[BlockCall] = []
        self.until: set[str] = set()
        self.included_training_outputs: list[Tensor] = []
        self.sources: dict[str, Source] = {program.source.filename: program.source}

    def report(
        self,
        frame: Frame | None,
        code: str,
        message: str,
        span: Span | None,
        *,
        fix: str | None = None,
        layer: str | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        self.reports += 1
        filename = (frame.program if frame else self.program).source.filename
        message = message[:LONGEST_MESSAGE]
        place = (filename, code, span or self.statement)
        key = (*place, message)
        if key in self.seen or self.alike[place] > MOST_ALIKE:
            return
        self.seen.add(key)
        self.alike[place] += 1
        if self.alike[place] > MOST_ALIKE:
            message += " (and so on: more such findings from this place are left out)"
        uses = frame.uses if frame else ()
        self.builder.report(Diagnostic(code, message, filename, span, layer, fix, uses, edits))

    def report_fault(self, frame: Frame, fault: Fault, statement: Apply, layer: str | None = None) -> None:
        """A fault of an entry, at the argument it is about where that is known."""
        meaning: Meaning | None = statement.memo.get(self.dialect)
        span, edit = locate(fault, statement, meaning and meaning.kind, frame.program.source)
        alone = not frame.uses and not frame.in_loop and statement.call.repeat is None
        edits = (edit,) if edit and (alone or fault.code in MISSPELT) else ()
        self.report(frame, fault.code, fault.message, span, fix=fault.fix, layer=layer, edits=edits)

    def report_refusal(self, frame: Frame, refusal: Refusal, statement: Apply, layer: str) -> None:
        """All faults of an entry, once: in a repeat each round has the same."""
        self.reports += 1
        if self.refused.get(id(statement)) is not refusal:
            self.refused[id(statement)] = refusal
            for fault in refusal.faults:
                self.report_fault(frame, fault, statement, layer)

    def evaluate(self, expression: Expression, frame: Any, span: Span | None, *, word: bool = False) -> Any:
        """The value of an expression, which may be a `word`; a fault is reported and re-raised as `FailedTensor`."""
        try:
            return expression.evaluate(frame)
        except Fault as caught:
            fault: Fault = caught
            if word and isinstance(caught, UnknownVariable):
                fault = caught.quoted(caught.name)
                fault.span = caught.span
        except RecursionError:
            fault = Fault("CS107", "the expression is nested too deep")
        where = frame if isinstance(frame, Frame) else None
        self.report(where, fault.code, fault.message, fault.span or span, fix=fault.fix)
        raise FailedTensor

    def step(self, frame: Frame, span: Span | None, count: int = 1) -> None:
        self.steps += count
        if self.steps > MOST_STEPS:
            self.too_many(frame, span)

    def too_many(self, frame: Frame, span: Span | None) -> None:
        self.report(
            frame,
            "CS013",
            f"the file expands to more than {MOST_STEPS:,} rows, uses of blocks and rounds of loops",
            span,
            fix="lower the repetition",
        )
        raise TooManyRows

    def repeat_count(self, expression: Expression, frame: Frame, span: Span | None) -> int:
        count = self.evaluate(expression, frame, span)
        if isinstance(count, float) and count.is_integer():
            count = int(count)
        if isinstance(count, bool) or not isinstance(count, int):
            fix = f"use int({count}) or round({count})" if isinstance(count, float) and isfinite(count) else None
            self.report(frame, "CS110", f"a repetition has to be a whole number, got {count!r}", span, fix=fix)
            raise FailedTensor
        if count < 0:
            self.report(frame, "CS105", f"a repetition has to be at least 0, got {count}", span)
            raise FailedTensor
        if self.steps + count > MOST_STEPS:
            self.too_many(frame, span)
        return count

    def truth(self, word: str, expression: Expression, frame: Frame, span: Span | None) -> bool:
        """The value of `trainable` or `checkpoint`: true or false, not a word that YAML 1.2 takes for a text."""
        value = self.evaluate(expression, frame, span)
        if not isinstance(value, bool):
            message = f"{word} has to be true or false, got {written(value)}"
            self.report(frame, "CS105", message, span, fix=boolean_meant(value, f"write {word}={{}}"))
            raise FailedTensor
        return value

    def reference_name(self, reference: Reference, frame: Frame) -> str:
        """The name that a reference stands for now. Raises `Fault` where an index has no value."""
        if len(reference.steps) == 1:
            return self.element_name(*reference.steps[0], frame)
        return "/".join(self.element_name(name, index, frame) for name, index in reference.steps)

    def element_name(self, name: str, index: Expression | None, frame: Frame) -> str:
        """``x``, or ``skip[2]`` for ``skip[i]``. Raises `Fault` where the index has no value."""
        if index is None:
            return name
        found = indexed(name, index.evaluate(frame))
        if frame is self.noted:
            self.done.append(found)
        return found
