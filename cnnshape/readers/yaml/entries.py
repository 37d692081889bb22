"""Entries of `layers:` and of blocks: calls, mappings, conditions, loops, includes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from cnnshape.diagnostics import Edit, Fault, Position, Span
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, Sequence, brackets_open, open_brackets
from cnnshape.readers.yaml.calls import OF_AN_ENTRY, constant_path, parse_call
from cnnshape.readers.yaml.document import MOST_KNOWN, Entry
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.habits import Habit, loop_keys, python_key
from cnnshape.readers.yaml.leaves import located
from cnnshape.readers.yaml.mappings import MappingReader, names_before
from cnnshape.readers.yaml.program import (
    Apply,
    Body,
    Broken,
    For,
    If,
    Include,
    LayerName,
    Let,
    NamedValues,
    Repeat,
    Statement,
    statements_in,
)
from cnnshape.readers.yaml.syntax import LONGEST_TEXT, ExpressionFault

INCLUDE_KEYS = ("include", "name", "inputs", "preset", "variables", "until", "trainable")


def nothing(key: str, value: Node) -> None:
    """No advice about an unknown key."""


def second_test(key: str, value: Node) -> str | None:
    """What to write instead of ``elif:``."""
    return "write an `else:` with an entry `- if: ...` in it" if key == "elif" else None


def variable_of_the_file(key: str, value: Node) -> str | None:
    """Where a variable of an included file is set."""
    written = value.text if isinstance(value, Scalar) else "..."
    return f"a variable of the included file stands under `variables:`, as in `variables: {{{key}: {written}}}`"


class EntryReader(MappingReader):
    """Nodes to statements."""

    def body(self, node: Node, what: str) -> Body:
        if isinstance(node, Scalar) and node.value is None:
            self.no_layers(what, node.span)
            return ()
        if not isinstance(node, Sequence):
            fix = "begin every layer with `- ` on a line of its own"
            self.report("CS011", f"{what} has to be a list of layers", node.span, fix)
            return ()
        if not node.items:
            self.no_layers(what, node.span)
        return self.statements(map(whole_entry, node.items), node.flow, what)

    def no_layers(self, what: str, span: Span | None) -> None:
        self.report("CS010", f"{what} has no layers", span, fix="add one layer a line: `- Conv2D(32, 3)`")

    def statements(self, entries: Iterable[Entry], in_brackets: bool, what: str) -> Body:
        """The items of a list, one by one; one that is written as another above it means what that does."""
        statements: list[Statement] = []
        known: dict[str, Apply] = {}
        missing = 0
        for number, (node_of, text, span) in enumerate(entries):
            if missing > 0:  # a piece of the call that the flow list has cut; its beginning is reported
                missing += open_brackets(node_of())
                continue
            if text is not None and text in known:
                statements.append(known[text].at(span))
                continue
            self.entry = f"{what}[{number}]"
            node = node_of()
            found = len(self.diagnostics)
            statement = self.statement(node)
            statements.append(statement)
            missing = open_brackets(node) if in_brackets else 0
            if text is None or len(self.diagnostics) > found or len(known) >= MOST_KNOWN:
                continue
            if isinstance(statement, Apply) and says_all(statement):
                known[text] = statement
        self.entry = None
        return tuple(statements)

    def statement(self, node: Node) -> Statement:
        if isinstance(node, Scalar):
            return self.call(node)
        if isinstance(node, Sequence):
            return self.broken(node, "CS011", "an entry is a layer, not a list")
        keys = {key.text for key, _ in node.pairs}
        if "if" in keys:
            return self.if_statement(node)
        if "for" in keys:
            return self.for_statement(node)
        if "let" in keys:
            self.only(node, ("let",), "a `let:` entry")
            return Let(self.let_values(node.get("let")), node.span)
        if "include" in keys:
            return self.include(node)
        if "elif" in keys:
            return self.broken(node, "CS010", "there is no `elif:`", second_test("elif", node), key="elif")
        for key, _ in node.pairs:
            if habit := python_key(key.text):
                return self.python_statement(node, key, habit)
        if keys == {"else"}:
            message = "`else:` stands beside its `if:` and `layers:`, not in an entry of its own"
            return self.broken(node, "CS010", message, "remove its `- ` and indent it as `layers:`", key="else")
        if "layers" in keys:
            self.only(node, ("repeat", "layers"), "a repetition")
            count, layers = node.get("repeat"), node.get("layers")
            if count is None or layers is None:
                return self.broken(node, "CS010", "a group of layers needs `repeat:` and `layers:`")
            return Repeat(self.expression(count), self.body(layers, "the repetition"), node.span)
        return self.layer_mapping(node)

    def broken(self, node: Node, code: str, message: str, fix: str | None = None, *, key: str = "") -> Broken:
        """Report an entry that cannot be read, at one of its keys if need be."""
        self.report(code, message, self.key_span(node, key) if key and isinstance(node, Mapping) else node.span, fix)
        return Broken((), node.span)

    def python_statement(self, node: Mapping, key: Scalar, habit: Habit) -> Broken:
        """Report the head of a Python statement; what stands in it is read, and fails."""
        self.report("CS107", habit.message, key.span, habit.fix)
        inner = [self.body(value, "the entry") for _, value in node.pairs if isinstance(value, Sequence)]
        return Broken(tuple(name for body in inner for name in failing_names(body)), node.span)

    def only(
        self, node: Mapping, known: tuple[str, ...], what: str, advice: Callable[[str, Node], str | None] = nothing
    ) -> None:
        for key, value in node.pairs:
            if key.text not in known:
                self.unknown_key(node, key, known, what, advice(key.text, value))

    def call(self, node: Scalar) -> Statement:
        place = self.place(node)
        if node.plain and not isinstance(node.value, str):
            return self.broken(node, "CS011", f"an entry is a layer, got {node.text or 'nothing'}")
        text = self.raw(node)
        if "\n" in text and self.continued(node, text):
            return Broken(tuple(names_before(text)), node.span)
        try:
            call = parse_call(text)
        except ExpressionFault as fault:
            self.report_fault(fault, place)
            return Broken(tuple(names_before(text)), node.span)
        if call.repeat is not None:
            call = call._replace(repeat=located(call.repeat, place))
        beside = {each.name: located(each.value, place) for each in call.keywords if each.name in OF_AN_ENTRY}
        if beside:
            call = call._replace(keywords=tuple(each for each in call.keywords if each.name not in OF_AN_ENTRY))
        name, trainable, checkpoint = map(beside.get, OF_AN_ENTRY)
        return Apply(call, place, node.span, name, trainable, checkpoint)

    def continued(self, node: Scalar, text: str) -> bool:
        """Report entries that YAML takes for further lines of the one above, since they are indented deeper."""
        if node.span is None:
            return False
        start = node.span.start
        dash = re.fullmatch(r"(\s*)-\s+", self.source.line(start.row)[: start.column - 1])
        edits, first, missing = [], None, 0
        for row, line in enumerate(text.split("\n"), start.row):
            entry = re.match(r"\s*(?=-\s)", line) if row > start.row else None
            if entry and missing == 0:
                span = Span(Position(row, 1), Position(row, entry.end() + 1))
                first = first or Span(span.end, Position(row, len(line.rstrip()) + 1))
                edits += [Edit(span, dash[1])] if dash else []
            missing += brackets_open(line)
        if first is None:
            return False
        message = "this line is indented deeper than the entry above it, so YAML joins the two"
        line = self.source.line(first.start.row).strip()
        fix = f"indent both alike: `{dash[1]}{line}`" if dash and len(line) <= LONGEST_TEXT else None
        self.report("CS107", message, first, fix, tuple(edits))
        return True

    def if_statement(self, node: Mapping) -> Statement:
        self.only(node, ("if", "layers", "else"), "an `if:` entry", second_test)
        test, layers, otherwise = node.get("if"), node.get("layers"), node.get("else")
        if test is None or layers is None:
            return self.broken(node, "CS010", "`if:` needs `layers:` beside it", key="if")
        return If(
            self.expression(test),
            self.body(layers, "the `if:`"),
            self.body(otherwise, "the `else:`") if otherwise is not None else (),
            node.span,
        )

    def for_statement(self, node: Mapping) -> Statement:
        self.only(node, ("for", "in", "layers"), "a `for:` entry")
        target, rows, layers = node.get("for"), node.get("in"), node.get("layers")
        if target is None or rows is None or layers is None:
            fix = loop_keys(target.text) if isinstance(target, Scalar) and rows is None else None
            return self.broken(node, "CS010", "`for:` needs `in:` and `layers:` beside it", fix, key="for")
        unpack = isinstance(target, Sequence)
        names = []
        for item in target.items if isinstance(target, Sequence) else (target,):
            if not isinstance(item, Scalar) or not item.text.isidentifier():
                self.report("CS210", "`for:` names the variables of a round, such as `for: [i, n]`", item.span)
                continue
            names.append(item.text)
        spans = tuple(item.span for item in rows.items) if isinstance(rows, Sequence) else ()
        return For(tuple(names), unpack, self.expression(rows), self.body(layers, "the `for:`"), node.span, spans)

    def let_values(self, node: Node | None) -> NamedValues:
        pairs = self.pairs(node, "let has to be a mapping: `let: {c: channels(input)}`")
        return self.values_by_name(pairs, self.expression)

    def include(self, node: Mapping) -> Statement:
        self.only(node, INCLUDE_KEYS, "an `include:` entry", variable_of_the_file)
        target = node.get("include")
        if not isinstance(target, Scalar) or not target.text:
            fix = "write `include: backbone.yaml` or `include: zoo:keras/efficientnetb0`"
            return self.broken(node, "CS011", "include names a file or a network of the zoo", fix)
        name = self.text(node, "name")
        if name and not self.check_name(name, self.key_span(node, "name")):
            name = None
        inputs, preset, trainable = node.get("inputs"), node.get("preset"), node.get("trainable")
        start: LayerName | None = None
        value: Expression | None = None
        if isinstance(trainable, Mapping):
            self.only(trainable, ("from",), "`trainable:`")
            start = self.layer_name(trainable.get("from"))
        elif trainable is not None:
            value = self.data(trainable)
        return Include(
            target.text,
            target.span,
            name,
            self.references(inputs) if inputs is not None else None,
            self.data(preset) if preset is not None else None,
            preset.span if preset is not None else node.span,
            self.named_values(node.get("variables"), "variables"),
            self.layer_name(node.get("until")),
            value,
            start,
            node.span,
        )

    def layer_name(self, node: Node | None) -> LayerName | None:
        """``until: block[2]/conv2d``: a path in another file, which sees no values of this one."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("CS011", "the name of one layer is needed here", node.span)
            return None
        reference = self.reference(node)
        if reference is None:
            return None
        if not all(index is None or index.constant for _, index in reference.steps):
            message = f"{node.text!r} is no name of a layer: the index of a layer of another file is a number"
            self.report("CS210", message, node.span)
            return None
        try:
            return LayerName(constant_path(reference.steps), node.span)
        except Fault as fault:
            self.report(fault.code, fault.message, node.span, fix=fault.fix)
            return None


def whole_entry(node: Node) -> Entry:
    """An item of a list that was read whole."""
    return Entry(lambda: node)


def says_all(statement: Apply) -> bool:
    """Whether an entry means the same wherever it stands: its expressions know no place."""
    call = statement.call
    expressions = [*call.positional, *(each.value for each in call.keywords), call.repeat, statement.name]
    return all(each is None or each.constant for each in (*expressions, statement.trainable, statement.checkpoint))


def explicit_names(body: Body) -> frozenset[str]:
    """The names that a body binds by hand, in its groups too; automatic names keep clear of them.

    Those that it binds anew, the x of ``x = ReLU()(x)``, name none of their rows: they stand for the newest.
    """
    again = (name for each in statements_in(body) if isinstance(each, Apply) for name in each.call.again)
    return frozenset(name for name in failing_names(body) if not name.endswith("[")).difference(again)


def failing_names(body: Body) -> Iterator[str]:
    """The names that have no tensor if none of these entries can be run; ``skip[`` for every ``skip[i]``."""
    for statement in statements_in(body):
        if isinstance(statement, Apply):
            yield from statement.call.failing
            if statement.name is not None and statement.name.constant:
                yield str(statement.name.evaluate(NOTHING))
        elif isinstance(statement, Include) and statement.name:
            yield statement.name
        elif isinstance(statement, Broken):
            yield from statement.names
