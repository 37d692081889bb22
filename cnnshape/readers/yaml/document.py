"""YAML text to nodes: libyaml's events, resolved by YAML 1.2, with positions and bounds.

PyYAML's own construction would resolve YAML 1.1 (``no`` is false), forget positions, let the last of two equal keys
win and recurse without bound; its events do none of that.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any

from cnnshape.diagnostics import Diagnostic, Position, Source, Span
from cnnshape.diagnostics.nodes import DEEPEST, Mapping, Node, Scalar, Sequence, place
from cnnshape.readers.files import LARGEST_FILE
from cnnshape.readers.yaml.events import (
    LEVELS,
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    count_plain,
    end_of,
    events_of,
    is_bare_list,
    is_nothing,
    last_written,
)
from cnnshape.readers.yaml.libyaml import Parser, yaml
from cnnshape.readers.yaml.sections import SECTIONS, Place, Section
from cnnshape.value import NamedTuple

MOST_NODES = 400_000
"""Scalars, lists and mappings of one file; 20,000 layers written out have 200,000."""
MOST_ALIASED = 100_000
"""Nodes that aliases may stand for, all together."""
MOST_EVENTS = 5_000
"""Events of what stands under a key of a file that are compared with those of others."""
MOST_KNOWN = 4096
"""Items of a list of layers that others are compared with."""

_TOO_DEEP = f"nested more than {DEEPEST} levels deep"
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""How libyaml 0.2.6 refuses 1,000 levels; it looks that far ahead of the events it has given, earlier ones do not."""

_ANCHOR = r"&[\w-]+(?:\s|#.*)*"
_UNCOMMON_BREAKS = "\x85\u2028\u2029"


class DocumentError(Exception):
    """The text is no document: one diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Entry(NamedTuple):
    """One item of a list of layers, as it is read.

    Attributes:
        node: makes its node.
        text: how it is written, where that stands on one line and says all that it means; None of other items.
        span: where such a text stands.
    """

    node: Callable[[], Node]
    text: str | None = None
    span: Span | None = None


Entries = Callable[[Iterator[Entry], bool], None]
"""Takes the items of the list of layers one by one, and whether the list is written in brackets."""


def parse_document(source: Source, entries: Entries | None = None) -> Node:
    """The one document of a file. Raises `DocumentError` (CS003 to CS008) with the position.

    `entries` takes the items of the list under ``layers`` while they are read; they are not in the document then.
    """
    if len(source.text) > LARGEST_FILE:
        message = f"the file has {len(source.text):,} characters; at most {LARGEST_FILE:,} are read"
        raise DocumentError(Diagnostic("CS006", message, source.filename))
    cut = {key: (begin, known) for key, begin, known in SECTIONS.written_in(source.text)} if entries else {}
    if any(known.said for key, (_, known) in cut.items() if source.text.startswith("layers:", key)):
        with suppress(DocumentError, CutWrongError):
            return _Builder(source, None, cut).build()
    return _Builder(source, entries, {}).build()


class CutWrongError(Exception):
    """What was taken for a section is none where it stands."""


class _Builder:
    """Builds the document of a text.

    Attributes:
        cut: the known sections that are left out of what libyaml parses: by where the key stands, where they begin.
    """

    def __init__(self, source: Source, entries: Entries | None, cut: dict[int, tuple[int, Section]]) -> None:
        self.source = source
        self.entries = entries
        self.cut = cut
        self.position = _position_of(source.text)
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.aliased = 0
        self.nodes = 0
        self.plain: dict[str, int] = {}  # the nodes of items by their texts, where those say all
        self.ended: Position | None = None  # where the last item of the list of layers did

    def build(self) -> Node:
        parser = None
        try:
            parser = Parser(self.text())
            return self.document(iter(parser.get_event, None))
        except yaml.error.MarkedYAMLError as error:
            raise self.syntax_error(error) from None
        except yaml.error.YAMLError as error:
            message = f"the character U+{_ordinal(error.character):04X} is not allowed in YAML"
            raise self.error_at("CS003", message, self._reader_span(error)) from None
        except UnicodeEncodeError as error:
            position = self.position(error.start)
            raise self.error_at("CS002", "the text is not valid Unicode", Span(position, position)) from None
        finally:
            if parser is not None:
                parser.dispose()

    def text(self) -> str:
        """The text without what was cut out; all else stands where it stood."""
        text = self.source.text
        for begin, known in self.cut.values():
            text = text[:begin] + known.blank + text[begin + len(known.blank) :]
        return text

    def document(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        for event in events:
            if type(event) is StreamEndEvent:
                break
            if type(event) is DocumentStartEvent:
                if root is not None:
                    raise self.error("CS005", "a second YAML document begins here; a file holds one", event)
                root = self.node(next(events), events, 1)[0]
        if self.cut or self.nodes > MOST_NODES:
            raise CutWrongError
        if root is None:
            fix = "begin with `input: [224, 224, 3]` and `layers:`; `cnnshape init` writes an example"
            raise self.error_at("CS010", "the file is empty", Span(Position(1, 1), Position(1, 1)), fix)
        return root

    def _reader_span(self, error: Any) -> Span:
        # libyaml counts bytes here, the pure Python reader characters; look for the character itself.
        index = self.source.text.find(chr(_ordinal(error.character)))
        position = self.position(max(index, 0))
        return Span(position, Position(position.row, position.column + 1))

    def node(self, event: Any, events: Iterator[Any], depth: int) -> tuple[Node, int]:
        """The node that begins with `event`, and how many nodes it holds with its aliases expanded."""
        if depth > DEEPEST:
            raise self.error("CS007", _TOO_DEEP, event)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.error("CS006", f"the file holds more than {MOST_NODES:,} values", event)
        kind, anchor = type(event), event.anchor
        if kind is AliasEvent:
            return self.alias(event)
        if event.tag is not None and event.tag != "!":
            message = f"YAML tags such as {event.tag} are not supported"
            raise self.error("CS005", message, event, fix="write the value without a tag")
        if kind is ScalarEvent:
            plain = event.implicit[0] and event.style in (None, "")
            node: Node = Scalar(event.value, plain, self.span(event), False)
            size = 1
        elif kind is SequenceStartEvent:
            node, size = self.sequence(event, events, depth)
        else:
            node, size = self.mapping(event, events, depth)
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        return node, size

    def place_of(self, key: str, first: Any, events: Iterator[Any]) -> tuple[Place | None, Iterator[Any]]:
        """The place of what begins with an event, where its text says all that it means, and its further events."""
        own = events_of(first, events, MOST_EVENTS)
        further = chain(own[1:], events)
        end = None if len(own) == MOST_EVENTS else end_of(own)
        if end is None:
            return None, further
        return (key, self.start(first), self.source.text[first.start_mark.index : end]), further

    def known(self, place: Place | None, *, read: bool = False) -> Section | None:
        """What another file has there, if it may stand in this one; `read`: and was read into entries."""
        known = SECTIONS.find(place) if place else None
        if known is None or self.nodes + known.count > MOST_NODES or (read and not known.said):
            return None
        self.nodes += known.count
        return known

    def put_back(self, where: int) -> tuple[Node, int]:
        """The section of the key that stands there, where libyaml found nothing in its place."""
        _, known = self.cut.pop(where)
        self.nodes += known.count
        return known.node, known.count

    def section(self, key: str, first: Any, events: Iterator[Any]) -> tuple[Node, int]:
        """What stands under a key of the file and begins with an event, as `node` gives it."""
        place, events = self.place_of(key, first, events)
        known = self.known(place)
        if known is not None:
            return known.node, known.count
        node, size = self.node(first, events, 2)
        if place:
            SECTIONS.keep(place, node, size)
        return node, size

    def layers(self, first: Any, events: Iterator[Any], take: Entries) -> Node:
        """The list of layers that begins with an event, without its items: `take` gets them, or they are known."""
        place, events = self.place_of("layers", first, events)
        known = self.known(place, read=True)
        if known is not None:
            return known.node
        last, begun = first, self.nodes

        def items() -> Iterator[Entry]:
            nonlocal last
            for last in events:
                if type(last) is SequenceEndEvent:
                    return
                yield self.entry(last, events)

        self.nodes += 1
        take(items(), bool(first.flow_style))
        node = Sequence((), self.whole(first, last, self.ended), bool(first.flow_style))
        if place:
            SECTIONS.keep(place, node, self.nodes - begun)
        return node

    def entry(self, first: Any, events: Iterator[Any]) -> Entry:
        """The item of the list of layers that begins with an event."""
        own = events_of(first, events)
        begun = self.nodes
        text = span = None
        last = last_written(own)
        if len(own) > 1 and last and last.end_mark.line == first.start_mark.line:  # of a lone `?` nothing is written
            written = self.source.text[first.start_mark.index : last.end_mark.index]
            count = self.plain.get(written) or count_plain(own)
            if count and begun + count <= MOST_NODES:
                self.nodes += count
                text, span = written, Span._make((self.start(first), self.end(last)))
                self.ended = span.end
                if len(self.plain) < MOST_KNOWN:
                    self.plain[text] = count
        return Entry(partial(self.item, own, begun), text, span)

    def item(self, own: list[Any], begun: int) -> Node:
        """The item of the list of layers whose events these are; `begun` is how many nodes stand above it."""
        self.nodes = begun
        made, _ = self.node(own[0], iter(own[1:]), 3)
        self.ended = place(made).end
        return made

    def alias(self, event: Any) -> tuple[Node, int]:
        known = self.anchors.get(event.anchor)
        if known is None:
            raise self.error("CS005", f"the alias *{event.anchor} has no anchor above it", event)
        self.aliased += known[1]
        if self.aliased > MOST_ALIASED:
            message = f"aliases stand for more than {MOST_ALIASED:,} values"
            raise self.error("CS008", message, event, fix="repeat layers with `repeat:` or a block")
        return known

    def sequence(self, event: Any, events: Iterator[Any], depth: int) -> tuple[Sequence, int]:
        items: list[Node] = []
        total = 1
        for inner in events:
            if type(inner) is SequenceEndEvent:
                last = place(items[-1]).end if items else None
                return Sequence(tuple(items), self.whole(event, inner, last), bool(event.flow_style)), total
            node, size = self.node(inner, events, depth + 1)
            items.append(node)
            total += size
        raise AssertionError("libyaml ends every sequence")

    def mapping(self, event: Any, events: Iterator[Any], depth: int) -> tuple[Mapping, int]:
        pairs: list[tuple[Scalar, Node]] = []
        seen: dict[str, Scalar] = {}
        total = 1
        for inner in events:
            if type(inner) is MappingEndEvent:
                last = max(place(pairs[-1][0]).end, place(pairs[-1][1]).end) if pairs else None
                return Mapping(tuple(pairs), self.whole(event, inner, last), bool(event.flow_style)), total
            key, _ = self.node(inner, events, depth + 1)
            if not isinstance(key, Scalar):
                raise self.error("CS005", "a key has to be a word, not a list or a mapping", inner)
            if key.text == "<<" and key.plain:
                fix = "write the keys out, or use `variables:` and blocks"
                raise self.error("CS005", "merge keys (<<) are not part of YAML 1.2", inner, fix=fix)
            first = seen.get(key.text)
            if first is not None:
                message = f"the key {key.text!r} stands twice in this mapping (first on line {place(first).start.row})"
                raise self.error("CS004", message, inner, fix="remove or rename one of them")
            seen[key.text] = key
            where, inner = inner.start_mark.index, next(events)
            value: Node
            if depth == 1 and where in self.cut and not event.flow_style and is_nothing(inner):
                value, size = self.put_back(where)
            elif depth == 1 and key.text == "layers" and self.entries and is_bare_list(inner):
                value, size = self.layers(inner, events, self.entries), 1
            elif depth == 1 and key.text != "layers" and LEVELS.get(type(inner)):
                value, size = self.section(key.text, inner, events)
            else:
                value, size = self.node(inner, events, depth + 1)
            pairs.append((key, value))
            total += size + 1
        raise AssertionError("libyaml ends every mapping")

    def span(self, event: Any) -> Span:
        return Span._make((self.start(event), self.end(event)))

    def start(self, event: Any) -> Position:
        """Where a node's text begins: behind its anchor, which libyaml counts in."""
        index, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is None:
            return self.position(index, event.start_mark)
        anchor = re.match(_ANCHOR, self.source.text[index:])
        behind = index + anchor.end() if anchor else index
        return self.position(min(behind, end) if isinstance(event, ScalarEvent) else behind)

    def end(self, event: Any) -> Position:
        """Where a node's text ends: a block of text (``|``, ``>``) with its last line, not before the next token."""
        index = event.end_mark.index
        if isinstance(event, ScalarEvent) and event.style in ("|", ">"):
            return self.position(len(self.source.text[:index].rstrip()))
        return self.position(index, event.end_mark)

    def whole(self, first: Any, last: Any, content_end: Position | None) -> Span:
        """A collection's span; in block style it ends with its content, not where libyaml sees the next token."""
        start = self.start(first)
        if content_end is not None and not first.flow_style:
            return Span(start, content_end)
        return Span(start, self.position(last.end_mark.index, last.end_mark))

    def error(self, code: str, message: str, event: Any, *, fix: str | None = None) -> DocumentError:
        return self.error_at(code, message, self.span(event), fix)

    def error_at(self, code: str, message: str, span: Span, fix: str | None = None) -> DocumentError:
        return DocumentError(Diagnostic(code, message, self.source.filename, span, fix=fix))

    def syntax_error(self, error: Any) -> DocumentError:
        mark = error.problem_mark or error.context_mark
        index = min(mark.index, len(self.source.text)) if mark else 0
        position = self.position(index)
        if _LIBYAML_TOO_DEEP in (error.problem or ""):
            return self.error_at("CS007", _TOO_DEEP, Span(position, Position(position.row, position.column + 1)))
        from cnnshape.readers.yaml.syntax_errors import explain_syntax  # only for a message

        began = self.position(error.context_mark.index) if error.context_mark else position
        return DocumentError(explain_syntax(self.source, position, error.problem or "not valid YAML", began))


def _ordinal(character: Any) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


def _position_of(text: str) -> Callable[..., Position]:
    """Index in the text to row and column, by the breaks that editors know.

    libyaml also breaks lines at NEL, LS and PS. Without those its own line and column serve (they are cheaper).
    """
    starts: list[int] | None = None

    def by_index(index: int, *_: Any) -> Position:
        nonlocal starts
        if starts is None:
            starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
        row = bisect_right(starts, index)
        return Position(row, index - starts[row - 1] + 1)

    def by_mark(index: int, mark: Any = None) -> Position:
        return by_index(index) if mark is None else Position._make((mark.line + 1, mark.column + 1))

    return by_index if any(each in text for each in _UNCOMMON_BREAKS) else by_mark
