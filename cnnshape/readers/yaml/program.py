"""A checked program: what a file says, before it is run. Every part knows its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnshape.diagnostics import Diagnostic, Edit, Position, Source, Span
from cnnshape.diagnostics.nodes import Node
from cnnshape.readers.yaml.calls import Call, Reference
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.signatures import Signature
from cnnshape.readers.yaml.syntax import Extent
from cnnshape.value import NamedTuple, field, record, value


@value
class TextPlace:
    """The place of a text that stands in the file letter by letter: extents map exactly. `quote` stands around it."""

    start: Position
    whole: Span
    quote: str = ""

    def extent(self, extent: Extent | None) -> Span:
        """The span of a piece of the text."""
        if extent is None:
            return self.whole
        return Span(self._position(extent.line, extent.column), self._position(extent.end_line, extent.end_column))

    def written(self, text: str) -> str:
        """The text as it can be written within the quotes that stand around the place."""
        return text.replace('"', "'") if self.quote == '"' else text

    def edit(self, extent: Extent, text: str) -> Edit | None:
        """The edit that puts `text` in place of a piece."""
        return Edit(self.extent(extent), self.written(text))

    def _position(self, line: int, column: int) -> Position:
        if line == 0:
            return Position(self.start.row, self.start.column + column)
        return Position(self.start.row + line, column + 1)


@value
class NodePlace:
    """The place of something that YAML has rewritten (escapes, the mapping spelling).

    `keys` and `values` have the places of arguments: by name, by number for positional ones, and of the layer's own
    name under ``""``.
    """

    whole: Span | None
    keys: Mapping[str | int, Span | None] = field(factory=dict)
    values: Mapping[str | int, Span | None] = field(factory=dict)

    def key(self, name: str) -> Span | None:
        """The place of an argument's name."""
        return self.keys.get(name)

    def value(self, name: str | int, otherwise: Span | None = None) -> Span | None:
        """The place of an argument's value; `otherwise` where it has none."""
        return self.values.get(name, otherwise)

    def at(self, span: Span | None) -> NodePlace:
        """The place of the same on one line elsewhere."""
        assert self.whole is not None
        assert span is not None
        rows, columns = span.start.row - self.whole.start.row, span.start.column - self.whole.start.column

        def moved(places: Mapping[str | int, Span | None]) -> dict[str | int, Span | None]:
            return {name: place and place.moved(rows, columns) for name, place in places.items()}

        return NodePlace(span, moved(self.keys), moved(self.values))

    def extent(self, extent: Extent | None) -> Span | None:
        """The whole, as the text does not stand in the file letter by letter."""
        return self.whole

    def written(self, text: str) -> str:
        """The text itself: it is a value of YAML."""
        return text

    def edit(self, extent: Extent, text: str) -> Edit | None:
        """None: what would have to be replaced has no place of its own."""
        return None


Place = TextPlace | NodePlace


@record
class Apply:
    """A layer or block applied to tensors (or an alias: see `Call.alias`).

    `name` is an explicit name that is no target (``name=``); `trainable` and `checkpoint` are what stands beside those
    words. `memo` belongs to the planner: what this entry lowered to. `first` is the place of the first entry that is
    written so, which may be this one.
    """

    call: Call
    first: Place
    span: Span | None
    name: Expression | None = None
    trainable: Expression | None = None
    checkpoint: Expression | None = None
    memo: dict[Any, Any] = field(factory=dict)

    @property
    def place(self) -> Place:
        """The place of what is written."""
        first = self.first
        return first if isinstance(first, TextPlace) or first.whole == self.span else first.at(self.span)

    def at(self, span: Span | None) -> Apply:
        """The same on one line elsewhere."""
        made: Apply = object.__new__(Apply)
        made.call, made.first, made.span, made.memo = self.call, self.first, span, self.memo
        made.name, made.trainable, made.checkpoint = self.name, self.trainable, self.checkpoint
        return made

    @property
    def callee_span(self) -> Span | None:
        """Where the name of the layer or block stands."""
        if isinstance(self.place, TextPlace):
            return self.place.extent(self.call.callee_extent)
        return self.place.key("") if "" in self.place.keys else self.span


@record
class If:
    """``if:`` with its two bodies; it opens no scope."""

    test: Expression
    then: Body
    otherwise: Body
    span: Span | None


@record
class For:
    """``for: [a, b]`` over the rows of a list. `row_spans` has the place of each row where they are written out."""

    names: tuple[str, ...]
    unpack: bool
    rows: Expression
    body: Body
    span: Span | None
    row_spans: tuple[Span | None, ...] = ()


@record
class Repeat:
    """``{repeat: n, layers: [...]}``."""

    count: Expression
    body: Body
    span: Span | None


NamedValues = tuple[tuple[str, Expression, Span | None], ...]
"""Names with their values, and where they stand."""

Outputs = tuple[tuple[Reference | Expression, Span | None], ...]
"""Names of tensors, or expressions that give lists of names, and where they stand."""


@record
class Let:
    """``let: {c: channels(input)}``."""

    values: NamedValues
    span: Span | None


class LayerName(NamedTuple):
    """A row or a block of an included file, by its path."""

    path: str
    span: Span | None


@record
class Include:
    """Another file as a block."""

    target: str
    target_span: Span | None
    name: str | None
    inputs: tuple[tuple[Reference, Span | None], ...] | None
    preset: Expression | None
    preset_span: Span | None
    variables: NamedValues
    until: LayerName | None
    trainable: Expression | None
    trainable_from: LayerName | None
    span: Span | None


@record
class Broken:
    """An entry that could not be read (its diagnostic is recorded); `names` are what it would have bound."""

    names: tuple[str, ...]
    span: Span | None


Statement = Apply | If | For | Repeat | Let | Include | Broken
Body = tuple[Statement, ...]


def statements_in(body: Body) -> Iterator[Statement]:
    """Every entry of a body, those of a group behind it."""
    for statement in body:
        yield statement
        if isinstance(statement, If):
            yield from statements_in((*statement.then, *statement.otherwise))
        elif isinstance(statement, For | Repeat):
            yield from statements_in(statement.body)


@record
class Block:
    """A named piece of network with parameters and inputs."""

    signature: Signature
    body: Body
    span: Span | None
    explicit_names: frozenset[str]


@record
class Program:
    """One file, checked as far as it can be before it runs.

    `diagnostics` holds what was found while reading; a program with errors can still be run, and shows its rows up to
    and around the faults. `resolved` is the file's real path, where it has one, for includes. `broken_blocks` are the
    names of blocks that could not be read. `block_words` has every word under ``blocks:``: with them
    all names of variables that blocks read.
    """

    source: Source
    name: str
    framework: str | None
    body: Body
    resolved: str | None = None
    span: Span | None = None
    inputs: NamedValues = ()
    batch: Expression | None = None
    dtype: str = "float32"
    data_format: str | None = None
    backend: str | None = None
    variables: NamedValues = ()
    presets: Mapping[str, NamedValues] = field(factory=dict)
    blocks: Mapping[str, Block] = field(factory=dict)
    outputs: Outputs = ()
    training_outputs: Outputs = ()
    expect: Node | None = None
    about: Mapping[str, Any] = field(factory=dict)
    spans: Mapping[str, Span | None] = field(factory=dict)
    explicit_names: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()
    broken_blocks: frozenset[str] = frozenset()
    memo: dict[Any, Any] = field(factory=dict)
    search: Node | None = None
    block_words: frozenset[str] = frozenset()

    @property
    def start(self) -> Span | None:
        """The place of what the file leaves out: where it begins."""
        return self.span and Span(self.span.start, self.span.start)
