"""The state of one run of a program; the other modules here are what is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from cnnshape.diagnostics import Source
from cnnshape.network.answers import Refusal
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.tensor import Tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.program import Block, Body, Program, Statement
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
from cnnshape.readers.yaml.walk.known import Rows
from cnnshape.value import Memo
from cnnshape.vocabularies.vocabulary import Framework

Loader = Callable[[str, Program, str], Program]
"""From an include's target, the including program and the framework to the included program. Raises `Fault`."""

Walk = Callable[["Run", Body, Frame, Tensors], Tensors]
"""Runs the entries of a body in a frame, behind what they read first."""


class Run:
    """The state of one run.

    Attributes:
        body: runs the entries of a block or of an included file.
        dialect: all that the layers of an entry hang on beside its arguments.
        before: the rows that an earlier run had, and `rows` those that the next one may take over.
        reports: counts what is done beside adding nodes.
        statement: the entry that runs; it tells findings apart that have no place.
        seen, alike, refused: the findings so far, how many of them stand at one place, and what entries were refused.
        stack: the blocks and the files around the entry.
        until: the rows at which an included file ends.
        steps, work: what it has cost.
        in_common: with the runs of other files, by what counts of the rows: `Network.in_common`; None where nothing is.
    """

    def __init__(self, program: Program, settings: Settings, load: Loader, body: Walk) -> None:
        self.program, self.settings, self.load, self.body = program, settings, load, body
        self.framework: Framework = program.framework or settings.framework or "keras"  # type: ignore[assignment]
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
        self.before: Rows = {}
        self.rows: Rows = {}
        self.reports = 0
        self.statement: Statement | None = None
        self.seen: set[tuple[Any, ...]] = set()
        self.alike: Counter[tuple[Any, ...]] = Counter()
        self.refused: dict[int, Refusal] = {}
        self.steps = 0
        self.work = Work()
        self.in_common: Memo | None = None
        self.stack: list[tuple[Program, Block | None]] = []
        self.until: set[str] = set()
        self.included_training_outputs: list[Tensor] = []
        self.sources: dict[str, Source] = {program.source.filename: program.source}
