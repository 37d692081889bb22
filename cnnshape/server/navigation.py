"""Where what is used is made: blocks, entries, included files; the layers and classes of Python source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from cnnshape.diagnostics import Fault, Position, Span
from cnnshape.readers.files import find_in_zoo, include_path, is_zoo, zoo_folder
from cnnshape.readers.yaml.program import Apply, Body, Include
from cnnshape.server.diagnostics import places_in
from cnnshape.server.documents import Document, uri_of
from cnnshape.server.positions import Json, contains
from cnnshape.server.words import scope_of, spot_at, statements


def definition(document: Document, place: Position) -> Json:
    """The location of what is used at a place; None where that is nothing that has one."""
    return in_python(document, place) if document.is_python else in_architecture(document, place)


def in_architecture(document: Document, place: Position) -> Json:
    """The file of an include, a block's signature, or the entry that binds the name, the last above the place."""
    for statement in statements(document.program.body, *(each.body for each in document.program.blocks.values())):
        if isinstance(statement, Include) and contains(statement.target_span, place):
            return file_of(statement.target, document)
    word = spot_at(document, place).word
    if (block := document.program.blocks.get(word)) and block.span:
        return located(document, block.span)
    spans = [span for name, span in bound(scope_of(document, place)[1]) if name == word]
    above = [span for span in spans if span.start.row < place.row] or spans
    return located(document, above[-1]) if above else None


def bound(body: Body) -> Iterator[tuple[str, Span]]:
    """The names that entries bind, and where the entries stand."""
    for statement in statements(body):
        if isinstance(statement, Apply) and statement.span:
            yield from ((target.name, statement.span) for target in statement.call.targets if statement.span)
        elif isinstance(statement, Include) and statement.name and statement.span:
            yield statement.name, statement.span


def file_of(target: str, document: Document) -> Json:
    """The beginning of an included file; None where it cannot be found."""
    try:
        if is_zoo(target):
            member = find_in_zoo(target, document.framework)
            path = Path(zoo_folder()) / member.framework / member.file
        else:
            path = include_path(target, document.path)
    except Fault:
        return None
    start = {"line": 0, "character": 0}
    return {"uri": path.as_uri(), "range": {"start": start, "end": start}} if path.is_file() else None


def located(document: Document, span: Span) -> Json:
    """A stretch of this document as a location."""
    return {"uri": document.uri, "range": document.places.range(span)}


def in_python(document: Document, place: Position) -> Json:
    """Where the layer is made that is applied here, else the class or function of the name."""
    for _, row in document.rows:
        use = row.used_at[-1] if row.used_at else None
        uri = uri_of(row.filename, document)
        if use and use.filename == document.path and contains(use.span, place) and row.span and uri:
            return {"uri": uri, "range": places_in(row.filename, document).range(row.span)}
    word = spot_at(document, place).word.rpartition(".")[2]
    try:
        tree = ast.parse(document.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == word:
            line = document.source.line(node.lineno)
            column = line.index(node.name, line.index("class" if isinstance(node, ast.ClassDef) else "def")) + 1
            start = Position(node.lineno, column)
            return located(document, Span(start, Position(node.lineno, column + len(node.name))))
    return None
