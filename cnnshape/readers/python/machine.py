"""The state of one reading: where it is, what it may still cost, what it has found and noted."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnshape.diagnostics import Fault
from cnnshape.readers.python.budget import MOST_DEPTH, Budget
from cnnshape.readers.python.scopes import ModuleScope, Scope
from cnnshape.readers.python.values import Instance, Opaque, Place, Raised, Stop, Value

if TYPE_CHECKING:
    from cnnshape.readers.python.importing import Importer
    from cnnshape.readers.python.trace import Trace


FRAMEWORKS = {"pytorch": "torch", "keras": "keras"}
"""The folders of what is told of the frameworks."""


class Machine:
    """Reads source by walking its syntax tree.

    Attributes:
        stack: of every function that runs, its file and the node that it is at.
        importer: finds and keeps modules.
        trace: the rows of the network so far.
        counts: how often a name was given.
        notes: what was assumed, in the words of the report.
        tensors: what the framework says of tensors.
        prepared: the import statements that may fail: the source says what to do then.
        raised: the exception of the source that ended the reading.
        findings: layers that are wrong, where they are made and where they are applied.
    """

    def __init__(self, importer: Importer, trace: Trace) -> None:
        self.budget = Budget()
        self.stack: list[list[Any]] = []
        self.importer = importer
        self.trace = trace
        self.notes: dict[str, None] = {}
        self.counts: dict[str, int] = {}
        self.run: set[int] = set()
        self.prepared: set[int] = set()
        self.findings: list[tuple[Fault, Place | None, Place | None]] = []
        self.raised: Raised | None = None
        self.tensors = import_module(f"cnnshape.readers.python.{FRAMEWORKS[trace.builder.framework]}.tensors")

    # ------------------------------------------------------------------ where it is

    def place(self) -> Place | None:
        """The innermost node of the user's own text that is being run."""
        for module, node in reversed(self.stack):
            if module.user and node is not None:
                return Place(module.filename, node)
        return Place(self.stack[0][0].filename, self.stack[0][1]) if self.stack else None

    def note(self, text: str) -> None:
        """State an assumption, once."""
        if len(self.notes) < 100:
            self.notes[text] = None

    def report(self, fault: Fault, made: Place | None, applied: Place | None) -> None:
        """A layer that is wrong: where it was made, and where it is applied."""
        self.findings.append((fault, made, applied))

    def opaque(self, reason: str) -> Opaque:
        """A value that is not known."""
        return Opaque(reason, self.place())

    # ------------------------------------------------------------------ exceptions of the source

    def error(self, kind: str, message: str) -> Raised:
        """An exception of Python's own, to be raised by the caller."""
        from cnnshape.readers.python.library import BUILTINS

        value = Instance(BUILTINS[kind], {"args": (message,)}, payload=None)
        return Raised(value, self.place())

    # ------------------------------------------------------------------ running

    def run_statement(self, statement: ast.stmt, scope: ModuleScope) -> None:
        """Run a statement of a file, once."""
        if id(statement) in self.run:
            return
        self.run.add(id(statement))
        from cnnshape.readers.python.statements import execute

        with_depth(self, scope, statement, lambda: execute(self, statement, scope))

    def star(self, statement: ast.ImportFrom, scope: ModuleScope, name: str) -> Value:
        """What ``from ... import *`` binds a name to, or `MISSING`."""
        return self.importer.from_star(self, statement, scope, name)


def with_depth(machine: Machine, module: ModuleScope, node: ast.AST | None, work: Callable[[], Value]) -> Value:
    """Do work one call deeper."""
    if len(machine.stack) >= MOST_DEPTH:
        raise Stop("CS606", f"calls within calls, more than {MOST_DEPTH} deep: does it call itself without an end?")
    machine.stack.append([module, node])
    try:
        return work()
    except Stop as stop:
        if stop.place is None:
            stop.place = machine.place()
        raise
    except Raised as raised:
        if raised.place is None:
            raised.place = machine.place()
        raise
    except RecursionError:
        raise Stop("CS606", "this is nested too deep to be read") from None
    finally:
        machine.stack.pop()


__all__ = ["Iterator", "Machine", "Scope", "with_depth"]
