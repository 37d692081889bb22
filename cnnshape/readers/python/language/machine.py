"""The state of one reading: where it is, what it may still cost, what it has found and noted."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from cnnshape.diagnostics import Fault
from cnnshape.readers.python.language.values import CURRENT, MISSING, Opaque, Place, Stop, Value
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from cnnshape.readers.python.language.importing import Importer
    from cnnshape.readers.python.language.scopes import ModuleScope
    from cnnshape.readers.python.rows.trace import Trace

MOST_STEPS = 2_000_000
"""Statements, calls and turns of loops. The tables of positions of the known libraries take up to 1,700,000."""
MOST_CELLS = 4_000_000
"""Elements and characters of all values that were ever made."""
MOST_DEPTH = 120
"""Calls within calls."""
MOST_DIGITS = 4_000
"""Bits of an integer."""
FRAMEWORKS = {"pytorch": "torch", "keras": "keras"}
"""The folders of what is told of the frameworks."""


class Asked(NamedTuple):
    """How many rows and findings there were when the model was asked for: of those only what it depends on counts."""

    rows: int
    findings: int


class Machine:
    """Reads source by walking its syntax tree.

    Attributes:
        stack: of every function that runs, its file and the node that it is at.
        importer: finds and keeps modules.
        trace: the rows of the network so far.
        framework: what the framework says of tensors and models.
        builtins: what names are that no file has.
        counts: how often a name was given.
        image_format: the order of axes that the source sets for Keras's layers; None for Keras's own.
        added: what the source gives classes that are told here, by their names.
        doubts: by the name of a class, which base of it is not known, in the words of the report.
        doubt: what cannot be read where files run from their tops, and may change any network.
        notes: what was assumed, in the words of the report.
        uncounted: what modules have that nobody knows, and that may have weights.
        assumed, assumptions: what the caller says of names that cannot be read, and which of them were met.
        settings, options: the values that the caller gives names, and the names of the program's options.
        prepared: imports that the source is prepared to see fail.
        raised: the last exception of the source, and where it was raised.
        findings: layers that are wrong, where they are made and where they are applied.
        asked: where those begin that the model itself has, and none of the models beside it.
    """

    def __init__(self, importer: Importer, trace: Trace) -> None:
        CURRENT.set(self)
        self.uncounted: dict[str, None] = {}
        self.assumed: Mapping[str, str] = {}
        self.assumptions: set[str] = set()
        self.settings: Mapping[str, Value] = {}
        self.options: set[str] = set()
        self.steps = 0
        self.cells = 0
        self.stack: list[list[Any]] = []
        self.importer = importer
        self.trace = trace
        self.doubts: dict[str, str] = {}
        self.doubt: Stop | None = None
        self.notes: dict[str, None] = {}
        self.counts: dict[str, int] = {}
        self.image_format: str | None = None
        self.added: dict[tuple[type, str], Value] = {}
        self.prepared: set[int] = set()
        self.raised: tuple[BaseException | None, Place | None] = (None, None)
        self.asked = Asked(0, 0)
        self.findings: list[tuple[Fault, Place | None, Place | None]] = []
        self.builtins: Mapping[str, Value] = import_module("cnnshape.readers.python.library.builtin").BUILTINS
        self.framework: Any = import_module(f"cnnshape.readers.python.{FRAMEWORKS[trace.builder.framework]}.tensors")

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

    def added_to(self, value: Value, name: str) -> Value:
        """What the source gave a class that is told here, of it or of an object of it; else `MISSING`."""
        itself = isinstance(value, type)
        for each in (value if itself else type(value)).__mro__:
            found = self.added.get((each, name), MISSING)
            if found is not MISSING:
                return found if itself or not hasattr(type(found), "__get__") else found.__get__(value)
        return MISSING

    def report(self, fault: Fault, made: Place | None, applied: Place | None) -> None:
        """A layer that is wrong: where it was made, and where it is applied."""
        self.findings.append((fault, made, applied))

    def opaque(self, reason: str) -> Opaque:
        """A value that is not known."""
        return Opaque(reason, self.place())

    def within(self, module: ModuleScope, node: ast.AST | None, work: Callable[[], Value]) -> Value:
        """Do work one call deeper."""
        if len(self.stack) >= MOST_DEPTH:
            raise Stop("CS606", f"calls within calls, more than {MOST_DEPTH} deep: does it call itself without an end?")
        self.stack.append([module, node])
        try:
            return work()
        except Stop as stop:
            stop.place = stop.place or self.place()
            raise
        except RecursionError:
            raise Stop("CS606", "this is nested too deep to be read") from None
        except Exception as error:
            self.remember(error)
            raise
        finally:
            self.stack.pop()

    def remember(self, error: Exception) -> None:
        """Where the source raised an exception."""
        if self.raised[0] is not error:
            self.raised = error, self.place()

    @property
    def since(self) -> Asked:
        """Where what is told begins of a model that answers nothing: with its own rows; with all, where it has none."""
        return self.asked if self.asked.rows < len(self.trace.rows) else Asked(0, 0)

    # ------------------------------------------------------------------ what it costs

    @property
    def exhausted(self) -> bool:
        """Whether reading has cost all that it may."""
        return self.steps > MOST_STEPS or self.cells > MOST_CELLS

    def spend(self, share: float) -> None:
        """Count a share of all that reading may cost as spent."""
        self.steps += int(MOST_STEPS * share)
        self.cells += int(MOST_CELLS * share)

    def step(self) -> None:
        """One more statement, call or turn of a loop."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Stop("CS606", f"reading this takes more than {MOST_STEPS:,} steps")

    def cell(self, count: int = 1) -> None:
        """So many more elements or characters. To be asked before they are made, where they may be many."""
        self.cells += count
        if self.cells > MOST_CELLS:
            raise Stop("CS606", f"the values of this come to more than {MOST_CELLS:,} elements")

    def charge(self, value: Value) -> Value:
        """A value that was just made, with what it takes."""
        if isinstance(value, int):
            if value.bit_length() > MOST_DIGITS:
                raise Stop("CS606", f"an integer of more than {MOST_DIGITS:,} bits")
        elif isinstance(value, SIZED):
            self.cell(len(value))
        elif isinstance(value, partial):  # it holds the arguments of those within it
            self.cell(len(value.args) + len(value.keywords))
        return value

    def unfold(self, value: Value) -> Value:
        """A value, with what it takes to go through all that it holds, as often as it does: who compares it does."""
        pending = [value] if type(value) in NESTING else []
        while pending:
            self.step()
            held = pending.pop()
            within = chain(held, held.values()) if isinstance(held, dict) else held
            pending += [each for each in within if type(each) in NESTING]
        return value

    def metered(self, values: Iterable[Value]) -> Iterator[Value]:
        """An iterator whose turns count."""
        for each in values:
            self.step()
            yield each

    def listed(self, values: Iterable[Value]) -> list[Value]:
        """All elements of a value, at a price."""
        result: list[Value] = []
        for each in values:
            self.cell()
            result.append(each)
        return result


NESTING = frozenset({list, tuple, dict, set, frozenset, deque})
SIZED = (list, tuple, str, dict, set, frozenset, bytes, deque)
"""Python's own values whose size is what they take."""
