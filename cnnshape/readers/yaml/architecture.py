"""An architecture file that was read: a program, the files that it includes, and what its plans have found out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Fault, Source
from cnnshape.diagnostics.nodes import from_data, to_data
from cnnshape.network.network import Network
from cnnshape.readers.files import (
    Opened,
    UnreadableError,
    find_in_zoo,
    include_path,
    is_special,
    is_zoo,
    open_file,
    read_zoo,
    refuse_other_kinds,
)
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.readers.yaml.document import DocumentError
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.reader import program_of, program_of_layers, read_program
from cnnshape.readers.yaml.walk.file import read_network
from cnnshape.readers.yaml.walk.known import Rows
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from cnnshape.network.outline import Outcome
    from cnnshape.network.plan import Plan
    from cnnshape.network.rebatching import AnyBatch
    from cnnshape.readers.yaml.walk.searched import Searched


MOST_ROWS = 5_000
"""Rows of all plans that are kept, some five megabytes; the oldest make room."""


class Kept(NamedTuple):
    """A file as it was read, the rows of its last plan by framework, and how many the very last one had."""

    program: Program
    known: dict[str, Rows]
    rows: int


_kept: dict[tuple[str, str | None, str], Kept] = {}
"""Files that this process has planned: the same text again is planned in no time, by a notebook or an editor."""


class Architecture:
    """A parsed file, ready to be planned as often as one likes.

    Attributes:
        program: the checked program.
        known: the rows of its last plan, by framework; planning again repeats only what has changed. `many`: what the
            plans of a search found out.
    """

    def __init__(self, program: Program, known: dict[str, Rows] | None = None) -> None:
        self.program = program
        self.known: dict[str, Rows] = {} if known is None else known
        self.many: dict[str, Searched] = {}
        self._programs: dict[str, Program] = {}
        self._last: tuple[Settings, Network] | None = None
        self._any: AnyBatch | None = None
        self._includes: dict[tuple[str, str, str], tuple[Program, str | None] | Fault] = {}

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What reading the file found."""
        return self.program.diagnostics

    @property
    def framework(self) -> str | None:
        """The framework that the file names."""
        return self.program.framework

    @property
    def search(self) -> Any:
        """What the file says of the space to search, as plain data; None where it says nothing."""
        return None if self.program.search is None else to_data(self.program.search)

    def variables(self, preset: str | None = None) -> dict[str, str]:
        """The values of the file's variables as they are written, those of a preset on top."""
        own = {variable for variable, *_ in self.program.variables}
        chosen = (*self.program.variables, *self.program.presets.get(preset or "", ()))
        return {variable: expression.text for variable, expression, _ in chosen if variable in own}

    def network(self, settings: Settings) -> Network:
        """The network that the program gives with these settings."""
        settings = self._meant(settings)
        if settings.many:  # what thousands of plans find out is held as long as this is
            from cnnshape.readers.yaml.walk.telling import read_variant  # only for searches

            return read_variant(self.program, settings, self.include, self.many)
        last = self._read_before(settings)
        network = last and again(*last)
        if network is None:
            network = read_network(self.program, settings, self.include, self.known)
            self._last = settings, network
            keep(self.program, self.known, len(network.nodes))
        return network

    def outcome(self, settings: Settings) -> Outcome | Plan | None:
        """What the program comes to with these settings; None where it has to be run to know."""
        from cnnshape.readers.yaml.walk.outlined import outcome_of  # only for searches

        return outcome_of(self.program, self._meant(settings), self.include, self.many)

    def again(self, settings: Settings, optimizer: str, amp: str | None) -> Plan | None:
        """The plan of what was read last, where no more than the batch is another; None where it has to be made."""
        last = self._read_before(self._meant(settings))
        if last is None:
            return None
        network, batch = last
        if self._any is None or self._any.network is not network:
            from cnnshape.network.rebatching import AnyBatch  # only for who plans a file more than once

            self._any = AnyBatch(network)
        return self._any.plan(batch, optimizer, amp)

    def _meant(self, settings: Settings) -> Settings:
        """The settings with the preset that the file's name means, where none is chosen."""
        meant = self.program.memo.get("preset")
        return settings._replace(preset=meant) if settings.preset is None and isinstance(meant, str) else settings

    def _read_before(self, settings: Settings) -> tuple[Network, Dim] | None:
        """The network that was read last, and the batch asked for, where nothing else is another."""
        before, network = self._last or (None, None)
        if before is None or network is None:
            return None
        if before == settings:
            return network, network.batch
        alike = not network.diagnostics and before == settings._replace(batch=before.batch)
        return (network, settings.batch) if alike else None

    def include(self, target: str, including: Program, framework: str) -> Program:
        """The program of an include. Raises `Fault` where it cannot be read."""
        asked = including.source.filename, target, framework
        if asked not in self._includes:
            try:
                self._includes[asked] = self._read_include(target, including, framework)
            except Fault as fault:
                self._includes[asked] = fault
        found = self._includes[asked]
        if isinstance(found, Fault):
            raise Fault(found.code, found.message, fix=found.fix)
        program, program.memo["preset"] = found
        return program

    def _read_include(self, target: str, including: Program, framework: str) -> tuple[Program, str | None]:
        """The program of an include, and the preset it means."""
        if is_zoo(target):
            member = find_in_zoo(target, framework)
            key = f"{member.framework}/{member.file}"
            source, resolved = read_zoo(member)
            preset = member.preset
        else:
            if including.resolved and is_zoo(including.source.filename):
                raise Fault("CS014", f"include: {target} lies outside the zoo")
            path = include_path(target, including.resolved)
            if is_special(path):
                raise Fault("CS001", f"cannot read {target}: it is a pipe or a device, no file")
            key, preset = str(path), None
            source = None
            resolved = str(path)
        if key not in self._programs:
            if source is None:
                try:
                    opened = open_file(str(path), _beside(target, including))
                    refuse_other_kinds(opened)
                    source = opened.source()
                except UnreadableError as error:
                    raise Fault(error.diagnostic.code, error.diagnostic.message, fix=error.diagnostic.fix) from None
            self._programs[key] = self.program if resolved == self.program.resolved else read_program(source, resolved)
        return self._programs[key], preset


def again(network: Network, batch: Dim) -> Network | None:
    """A network for a batch; None where it has to be read for that."""
    if batch == network.batch:
        return network
    from cnnshape.network.rebatching import at_batch  # only for who plans a file more than once

    return at_batch(network, batch)


def _beside(target: str, including: Program) -> str:
    """The name of an included file as it is shown: beside the including one."""
    folder = os.path.dirname(including.source.filename)
    return f"{folder}/{target}" if folder and not including.source.filename.startswith("<") else target


def read(file: Opened) -> Architecture:
    """The architecture file that was opened. Raises `UnreadableError` where it is no text."""
    return read_source(file.source(), file.resolved)


def read_text(text: str, filename: str, resolved: str | None = None) -> Architecture:
    """The text of an architecture file."""
    return read_source(Source(filename, text.removeprefix("\ufeff")), resolved)


def read_source(source: Source, resolved: str | None) -> Architecture:
    """The text of an architecture file, which this process may have planned before."""
    kept = _kept.get((source.filename, resolved, source.text))
    return Architecture(read_program(source, resolved)) if kept is None else Architecture(kept.program, kept.known)


def read_dictionary(file: Mapping[str, Any], filename: str) -> Architecture:
    """A dictionary of the same form as a file. Raises `UsageError` where it holds what no file can say."""
    try:
        return Architecture(program_of(from_data(file), filename))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the dictionary cannot be read: {error}") from None


def read_layers(text: str, sizes: Iterable[int | None], filename: str) -> Architecture:
    """A list of layers below an input of these sizes."""
    try:
        return Architecture(program_of_layers(sizes, Source(filename, text)))
    except DocumentError as error:
        raise ArchitectureError((error.diagnostic,)) from None


def read_member(target: str) -> Architecture:
    """A network of the zoo. Raises `ArchitectureError` where there is none of that name."""
    try:
        member = find_in_zoo(target)
    except Fault as fault:
        finding = Diagnostic(fault.code, fault.message, target, fix=fault.fix)
        raise ArchitectureError((finding,)) from None
    found = read_source(*read_zoo(member))
    found.program.memo["preset"] = member.preset
    found.program.name = member.name
    return found


def keep(program: Program, known: dict[str, Rows], rows: int) -> None:
    """Keep a file that was planned."""
    key = program.source.filename, program.resolved, program.source.text
    _kept.pop(key, None)
    held = rows + sum([each.rows for each in _kept.values()])
    while held > MOST_ROWS and _kept:
        held -= _kept.pop(next(iter(_kept))).rows
    if rows <= MOST_ROWS:
        _kept[key] = Kept(program, known, rows)
