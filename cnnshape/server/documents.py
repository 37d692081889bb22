"""A text that is open in an editor, and what is known of it; each is worked out once, when it is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cnnshape.api import Loaded, examine
from cnnshape.checks.budgets import check_model
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration, ConfigurationError, find_configuration
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source
from cnnshape.network.plan import Plan, Row, unread
from cnnshape.readers.python.reader import PythonFile, framework_of
from cnnshape.readers.registry import model_in
from cnnshape.readers.yaml import architecture
from cnnshape.readers.yaml.program import Program
from cnnshape.server.positions import Places
from cnnshape.vocabularies.vocabulary import Framework


class Document:
    """One version of an open text.

    Attributes:
        uri, path: how the editor and how messages name it.
        text: all of it.
        encoding: how the client counts characters.
        before: the version before, whose names are offered while this one cannot be read.
    """

    def __init__(self, uri: str, text: str, encoding: str = "utf-16", before: Document | None = None) -> None:
        self.uri = uri
        self.path = path_of(uri)
        self.text = text
        self.source = Source(self.path, text)
        self.places = Places(self.source, encoding)
        self.last_read: Program | None = before.program if before and not before.is_python else None

    @property
    def is_python(self) -> bool:
        """Whether it is Python source and no architecture file."""
        return self.path.endswith((".py", ".pyi"))

    @property
    def is_network(self) -> bool:
        """Whether there may be a network in it: Python source without a framework has none."""
        return not self.is_python or framework_of(self.text) is not None

    @cached_property
    def architecture(self) -> architecture.Architecture:
        """An architecture file, read."""
        return architecture.read_text(self.text, self.path, self.path)

    @property
    def is_read(self) -> bool:
        """Whether its text is that of an architecture file, with whatever faults."""
        return not self.is_python and bool(self.architecture.program.body or self.architecture.program.blocks)

    @property
    def program(self) -> Program:
        """The architecture file's program; the last one that could be read."""
        own = self.architecture.program
        return own if self.is_read or self.last_read is None else self.last_read

    @property
    def framework(self) -> Framework:
        """Whose words the file is written in."""
        return "pytorch" if self.program.framework == "pytorch" else "keras"

    @cached_property
    def sections(self) -> list[str]:
        """For each line of an architecture file the key of the file below which it stands."""
        found: list[str] = []
        for line in self.source.lines:
            key = re.match(r"([A-Za-z_]\w*)\s*:", line)
            found.append(key[1] if key else found[-1] if found else "")
        return found

    @cached_property
    def configuration(self) -> Configuration:
        """What the project asks for; nothing, where that cannot be read."""
        try:
            return find_configuration(os.path.dirname(self.path))
        except ConfigurationError:
            return find_configuration(os.path.dirname(self.path), isolated=True)

    @cached_property
    def targets(self) -> list[str]:
        """The FILEs that are planned: the models of Python source that the project guards, else the document."""
        return (self.is_python and self.configuration.models_of(self.path)) or [self.path]

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plan of each target, with what is wrong."""
        return tuple(self.planned(self.text, target) for target in self.targets) if self.is_network else ()

    def planned(self, text: str, target: str = "") -> Plan:
        """The plan of a text in place of this one."""
        asked, _ = self.configuration.model(target or self.targets[0])
        try:
            return examine(self.loaded(text, target or self.targets[0]), **asked)
        except ArchitectureError as error:
            return unread(self.path, None if self.is_python else self.framework, error)

    def loaded(self, text: str, target: str) -> Loaded:
        """A text in place of this one as a FILE."""
        if self.is_python:
            return PythonFile(Source(self.path, text), self.path, model_in(target)[1])
        return self.architecture if text == self.text else architecture.read_text(text, self.path, self.path)

    @cached_property
    def rows(self) -> tuple[tuple[Plan, Row], ...]:
        """The rows of all plans, each with its plan."""
        return tuple((plan, row) for plan in self.plans for row in plan.layers)

    @cached_property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What `cnnshape check` says of it."""
        return tuple(dict.fromkeys(self._findings()))

    def _findings(self) -> Iterator[Diagnostic]:
        for target, plan in zip(self.targets, self.plans, strict=False):
            yield from findings_of(plan, self.configuration)
            if not plan.errors:
                yield from check_model(plan, target, self.configuration)


def path_of(uri: str) -> str:
    """The path of a document; the address itself where it lies in no file."""
    parts = urlsplit(uri)
    path = unquote(parts.path) if parts.scheme == "file" else uri
    return path[1:] if path[2:3] == ":" and path[0] == "/" else path  # /C:/net.yaml


def uri_of(path: str, document: Document) -> str | None:
    """The address of a file that a message names; None where an editor could not open it."""
    if path == document.path:
        return document.uri
    return Path(path).as_uri() if Path(path).is_absolute() else None
