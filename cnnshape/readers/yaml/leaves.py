"""Scalars of a document as data and expressions, and what is found wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnnshape.diagnostics import Diagnostic, Edit, Position, Source, Span, did_you_mean
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, Sequence, place, whole_items, whole_pairs
from cnnshape.readers.yaml.calls import Reference, parse_reference
from cnnshape.readers.yaml.expressions import Expression, compile_expression, constant, evaluate_list
from cnnshape.readers.yaml.habits import in_yaml
from cnnshape.readers.yaml.paths import NAME_FIX, invalid_name
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import NamedValues, NodePlace, Place, TextPlace
from cnnshape.readers.yaml.syntax import ANYWHERE, LONGEST_TEXT, ExpressionFault
from cnnshape.spelling import nearest
from cnnshape.value import replace

MOST_UNKNOWN_KEYS = 100
"""Further unknown keys of a file are not told: each takes a search for what was meant."""


def unreadable(_: object) -> Any:
    """The value of what could not be read, which is reported: none."""
    raise FailedTensor


UNREADABLE = Expression("?", unreadable, False, ANYWHERE)


class ScalarReader:
    """The source of a file, and the findings about it; `entry` tells where those are that have no place."""

    def __init__(self, source: Source, resolved: str | None) -> None:
        self.source = source
        self.resolved = resolved
        self.diagnostics: list[Diagnostic] = []
        self.unknown_keys = 0
        self.entry: str | None = None

    def report(
        self, code: str, message: str, span: Span | None, fix: str | None = None, edits: tuple[Edit, ...] = ()
    ) -> None:
        layer = None if span else self.entry
        self.diagnostics.append(Diagnostic(code, message, self.source.filename, span, layer, fix, edits=edits))

    def report_fault(self, fault: ExpressionFault, place: Place) -> None:
        edit = None
        if fault.extent is not None and fault.replacement is not None:
            edit = place.edit(fault.extent, fault.replacement)
        span = fault.span or place.extent(fault.extent)
        self.report(fault.code, fault.message, span, fault.fix, (edit,) if edit else ())

    def unknown_key(
        self, mapping: Mapping, key: Scalar, known: Iterable[str], what: str, other: str | None, never: str = ""
    ) -> None:
        """Report a key that `what` does not have.

        `other` is what to do where none is meant that is still free, and `never` a key that is not meant.
        """
        self.unknown_keys += 1
        if self.unknown_keys > MOST_UNKNOWN_KEYS:
            return
        names = list(known)
        close = nearest(key.text, [name for name in names if name != never])
        self.report(
            "CS009",
            f"{what} has no key {key.text!r}; it has {', '.join(names)}",
            key.span,
            fix=did_you_mean(close if close and mapping.key(close) is None else None, other),
        )

    def key_span(self, mapping: Mapping, key: str) -> Span | None:
        found = mapping.key(key)
        return found.span if found else mapping.span

    def check_name(self, name: str, span: Span | None) -> bool:
        wrong = invalid_name(name)
        if wrong:
            self.report("CS210", wrong, span, fix=NAME_FIX)
        return not wrong

    def text(self, root: Mapping, key: str) -> str | None:
        node = root.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or not node.text:
            self.report("CS011", f"{key} has to be a text", node.span)
            return None
        return node.text

    def pairs(self, node: Node | None, message: str) -> tuple[tuple[Scalar, Node], ...]:
        """What stands by names under a key; another thing is reported with a message."""
        if isinstance(node, Mapping):
            return node.pairs
        if node is not None:
            self.report("CS011", message, node.span)
        return ()

    def named_values(self, node: Node | None, what: str) -> NamedValues:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return ()
        if not isinstance(node, Mapping):
            self.report("CS011", f"{what} has to be a mapping of names to values", node.span)
            return ()
        return self.values_by_name(whole_pairs(node), self.data)

    def values_by_name(self, pairs: Iterable[tuple[Scalar, Node]], read: Callable[[Node], Expression]) -> NamedValues:
        """The values of variables, each as `read` reads it."""
        values = []
        for key, value in pairs:
            if key.text.isidentifier():
                values.append((key.text, read(value), key.span))
            else:
                self.report("CS210", f"{key.text!r} is no name of a variable", key.span)
        return tuple(values)

    def references(self, node: Node | None) -> tuple[tuple[Reference, Span | None], ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        references = []
        for item in items:
            if not isinstance(item, Scalar):
                self.report("CS011", "a name is needed here", item.span)
                continue
            reference = self.reference(item)
            if reference:
                references.append((reference, item.span))
        return tuple(references)

    def reference(self, node: Scalar) -> Reference | None:
        try:
            return parse_reference(node.text)
        except ExpressionFault as fault:
            self.report_fault(fault, self.place(node))
            return None

    def raw(self, scalar: Scalar) -> str:
        """The scalar's text letter by letter (a plain scalar over several lines keeps its line breaks)."""
        if not scalar.plain or scalar.span is None or scalar.span.start.row == scalar.span.end.row:
            return scalar.text
        start, end = scalar.span
        lines = self.source.lines[start.row - 1 : end.row]
        lines[-1] = lines[-1][: end.column - 1]
        lines[0] = lines[0][start.column - 1 :]
        return "\n".join(lines)

    def place(self, scalar: Scalar) -> Place:
        if scalar.span is None:
            return NodePlace(None)
        start, end = scalar.span
        if scalar.plain:
            return TextPlace(start, scalar.span)
        inside = self.source.line(start.row)[start.column : end.column - 2]
        if start.row == end.row and inside == scalar.text:
            quote = self.source.line(start.row)[start.column - 1]
            return TextPlace(Position(start.row, start.column + 1), scalar.span, quote)
        return NodePlace(scalar.span)

    def data(self, node: Node) -> Expression:
        """Data in which ``$(...)`` is an expression."""
        if isinstance(node, Sequence):
            return evaluate_list(tuple(self.data(item) for item in whole_items(node)))
        if isinstance(node, Mapping):
            self.report("CS011", "a value or a list is needed here, not a mapping", node.span)
            return UNREADABLE
        if node.cut and len(node.text) <= LONGEST_TEXT:
            self.report_cut(node)
        text = node.text
        if text.startswith("$(") and text.endswith(")"):
            return self.expression(node, 2, -1)
        return self.expression(node) if node.cut and text[:1] == "(" else constant(node.value)

    def report_cut(self, node: Scalar) -> None:
        """A tuple or an expression that YAML has cut at its commas; it is read as it is meant."""
        meant = in_yaml(node.text) or f'"{node.text}"'
        message = f"inside [ ] and {{ }} YAML cuts `{node.text}` at its commas"
        edits = (Edit(place(node), meant),) if node.text[:1] == "(" or node.text[:2] == "$(" else ()
        self.report("CS012", message, node.span, f"write {meant}", edits)

    def expression(self, node: Node, cut: int = 0, end: int | None = None) -> Expression:
        """A scalar that is an expression as it stands."""
        if not isinstance(node, Scalar):
            if isinstance(node, Sequence):
                return self.data(node)
            self.report("CS011", "an expression is needed here, not a mapping", node.span)
            return UNREADABLE
        at = self.place(node)
        if isinstance(at, TextPlace) and cut:
            at = replace(at, start=Position(at.start.row, at.start.column + cut))
        text = self.raw(node)[cut:end]
        if not cut and text.startswith("$(") and text.endswith(")"):
            return self.expression(node, 2, -1)
        try:
            return located(compile_expression(text), at)
        except ExpressionFault as fault:
            self.report_fault(fault, at)
            return UNREADABLE


def located(expression: Expression, place: Place) -> Expression:
    """The expression with its faults placed in the file."""
    if expression.constant:
        return expression
    evaluate = expression.evaluate

    def run(environment: Any) -> Any:
        try:
            return evaluate(environment)
        except ExpressionFault as fault:
            fault.span = fault.span or place.extent(fault.extent)
            raise

    return expression._replace(evaluate=run)
