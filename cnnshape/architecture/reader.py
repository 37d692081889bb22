"""A document to a `Program`: every key known, every entry parsed, everything wrong collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any

from cnnshape.architecture.calls import (
    NAME,
    VALID_NAME,
    Call,
    Keyword,
    Reference,
    Signature,
    Target,
    parse_call,
    parse_reference,
    parse_signature,
)
from cnnshape.architecture.document import DocumentError, parse_document
from cnnshape.architecture.expressions import (
    Expression,
    ExpressionFault,
    Extent,
    compile_expression,
    constant,
    evaluate_list,
)
from cnnshape.architecture.nodes import Mapping, Node, Scalar, Sequence, to_data
from cnnshape.architecture.program import (
    Apply,
    Block,
    Body,
    Broken,
    For,
    If,
    Include,
    Let,
    NodePlace,
    Place,
    Program,
    Repeat,
    Statement,
    TextPlace,
)
from cnnshape.diagnostics import Diagnostic, Fault, Position, Source, Span

TOP_LEVEL = (
    "name",
    "framework",
    "about",
    "input",
    "inputs",
    "batch",
    "dtype",
    "data_format",
    "variables",
    "presets",
    "blocks",
    "layers",
    "outputs",
    "training_outputs",
    "expect",
)
DTYPE_BITS = {
    "float64": 64,
    "float32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float8": 8,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "int4": 4,
}
"""Bits of one element."""
BESIDE_A_LAYER = ("name", "inputs", "trainable", "repeat")
INCLUDE_KEYS = ("include", "name", "inputs", "preset", "variables", "until", "trainable")
_ANYWHERE = Extent(0, 0, 0, 0)


def read_program(source: Source, resolved: str | None = None) -> Program:
    """The program that a file is. What is wrong with it is in its `diagnostics`."""
    try:
        root = parse_document(source)
    except DocumentError as error:
        return Program(source, stem(source.filename), None, (), resolved, diagnostics=(error.diagnostic,))
    return _Reader(source, resolved).program(root)


def stem(filename: str) -> str:
    """The file's name without its folder and endings: ``models/a.cnn.yaml`` is ``a``."""
    name = PurePath(filename.split(":")[-1]).name
    for ending in (".yaml", ".yml", ".json", ".cnn"):
        name = name.removesuffix(ending)
    return name.strip("<>-") or "model"


class _Reader:
    def __init__(self, source: Source, resolved: str | None) -> None:
        self.source = source
        self.resolved = resolved
        self.diagnostics: list[Diagnostic] = []

    # -- findings

    def report(self, code: str, message: str, span: Span, fix: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, message, self.source.filename, span, fix=fix))

    def report_fault(self, fault: Fault, place: Place) -> None:
        span = fault.span or place.extent(getattr(fault, "extent", None))
        self.report(fault.code, fault.message, span, fix=fault.fix)

    def unknown_key(self, key: Scalar, known: Iterable[str], what: str) -> None:
        names = list(known)
        close = get_close_matches(key.text, names, n=1)
        self.report(
            "CS009",
            f"{what} has no key {key.text!r}; it has {', '.join(names)}",
            key.span,
            fix=f"did you mean {close[0]}?" if close else None,
        )

    # -- the file

    def program(self, root: Node) -> Program:
        if not isinstance(root, Mapping):
            kind = "a list" if isinstance(root, Sequence) else "one value"
            self.report(
                "CS011",
                f"an architecture file is a mapping with `input:` and `layers:`, not {kind}",
                root.span,
                fix="put the layers under `layers:`" if isinstance(root, Sequence) else None,
            )
            return Program(
                self.source,
                stem(self.source.filename),
                None,
                (),
                self.resolved,
                diagnostics=tuple(self.diagnostics),
            )
        spans: dict[str, Span] = {}
        for key, _ in root.pairs:
            spans[key.text] = key.span
            if key.text not in TOP_LEVEL:
                self.unknown_key(key, TOP_LEVEL, "an architecture file")
        framework = self.choice(root, "framework", ("keras", "pytorch"))
        data_format = self.choice(root, "data_format", ("channels_last", "channels_first"))
        if data_format and framework == "pytorch":
            self.report("CS009", "data_format is Keras's; PyTorch's tensors are channels first", spans["data_format"])
        dtype = self.choice(root, "dtype", tuple(DTYPE_BITS)) or "float32"
        name = self.text(root, "name") or stem(self.source.filename)
        variables = self.named_values(root.get("variables"), "variables")
        presets = self.presets(root.get("presets"))
        blocks = self.blocks(root.get("blocks"))
        layers = root.get("layers")
        body: Body = ()
        if layers is None:
            self.report(
                "CS010",
                "the file has no `layers:`",
                Span(root.span.start, root.span.start),
                fix="add `layers:` with one layer a line, such as `  - Conv2D(32, 3)`",
            )
        else:
            body = self.body(layers, "layers")
        inputs, single = self.inputs(root)
        batch = root.get("batch")
        return Program(
            self.source,
            name,
            framework,
            body,
            self.resolved,
            root.span,
            inputs,
            single,
            self.data(batch) if batch is not None else None,
            dtype,
            data_format,
            variables,
            presets,
            blocks,
            self.outputs(root.get("outputs")),
            self.outputs(root.get("training_outputs")),
            root.get("expect"),
            self.about(root.get("about")),
            spans,
            explicit_names(body),
            tuple(self.diagnostics),
        )

    def choice(self, root: Mapping, key: str, choices: tuple[str, ...]) -> Any:
        node = root.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        got = repr(node.text) if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a mapping"
        close = get_close_matches(str(getattr(node, "text", "")).lower(), choices, n=1)
        self.report(
            "CS011",
            f"{key} is one of {', '.join(choices)}, got {got}",
            node.span,
            fix=f"did you mean {close[0]}?" if close else None,
        )
        return None

    def text(self, root: Mapping, key: str) -> str | None:
        node = root.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or not node.text:
            self.report("CS011", f"{key} has to be a text", node.span)
            return None
        return node.text

    def about(self, node: Node | None) -> dict[str, Any]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.report("CS011", "about has to be a mapping", node.span)
            return {}
        data: dict[str, Any] = to_data(node)
        return data

    def inputs(self, root: Mapping) -> tuple[tuple[tuple[str, Expression, Span], ...], bool]:
        one, several = root.get("input"), root.get("inputs")
        if one is not None and several is not None:
            self.report("CS009", "a file has `input:` or `inputs:`, not both", self.key_span(root, "inputs"))
        if several is not None:
            if not isinstance(several, Mapping) or not several.pairs:
                self.report(
                    "CS011",
                    "inputs has to be a mapping of names to shapes",
                    several.span,
                    fix="write `inputs: {left: [64, 64, 3], right: [64, 64, 3]}`, or `input:` for a single one",
                )
                return (), False
            for key, _ in several.pairs:
                self.check_name(key.text, key.span)
            return tuple((key.text, self.data(node), node.span) for key, node in several.pairs), False
        if one is not None:
            return (("input", self.data(one), one.span),), True
        return (), True

    def key_span(self, mapping: Mapping, key: str) -> Span:
        found = mapping.key(key)
        return found.span if found else mapping.span

    def check_name(self, name: str, span: Span) -> bool:
        if VALID_NAME.match(name):
            return True
        self.report(
            "CS210",
            f"{name!r} is no valid name",
            span,
            fix="begin with a letter or _, then letters, digits, _, . or -",
        )
        return False

    def named_values(self, node: Node | None, what: str) -> tuple[tuple[str, Expression, Span], ...]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return ()
        if not isinstance(node, Mapping):
            self.report("CS011", f"{what} has to be a mapping of names to values", node.span)
            return ()
        values = []
        for key, value in node.pairs:
            if not key.text.isidentifier():
                self.report("CS210", f"{key.text!r} is no name of a variable", key.span)
                continue
            values.append((key.text, self.data(value), key.span))
        return tuple(values)

    def presets(self, node: Node | None) -> dict[str, tuple[tuple[str, Expression, Span], ...]]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.report("CS011", "presets has to be a mapping of names to variables", node.span)
            return {}
        return {key.text: self.named_values(value, f"the preset {key.text}") for key, value in node.pairs}

    def blocks(self, node: Node | None) -> dict[str, Block]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.report(
                "CS011",
                "blocks has to be a mapping of signatures to layers",
                node.span,
                fix="write `blocks:` with `conv_bn(filters):` and its layers below",
            )
            return {}
        blocks: dict[str, Block] = {}
        for key, value in node.pairs:
            place = self.place(key)
            try:
                signature = parse_signature(self.raw(key))
            except ExpressionFault as fault:
                self.report_fault(fault, place)
                name = key.text.split("(")[0].strip()
                signature = Signature(name, (), ("input",)) if name.isidentifier() else None  # type: ignore[assignment]
            if signature is None:
                continue
            if signature.name in blocks:
                self.report(
                    "CS202",
                    f"the block {signature.name} is defined twice (first on line "
                    f"{blocks[signature.name].span.start.row})",
                    key.span,
                    fix="rename one of them",
                )
                continue
            body = self.body(value, f"the block {signature.name}")
            blocks[signature.name] = Block(signature, body, key.span, explicit_names(body))
        return blocks

    def outputs(self, node: Node | None) -> tuple[tuple[Reference | Expression, Span], ...]:
        """Names, or one expression that gives a list of names."""
        if isinstance(node, Scalar) and node.text.startswith("$("):
            return ((self.data(node), node.span),)
        return self.references(node)

    def references(self, node: Node | None) -> tuple[tuple[Reference, Span], ...]:
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

    # -- scalars and data

    def raw(self, scalar: Scalar) -> str:
        """The scalar's text letter by letter (a plain scalar over several lines keeps its line breaks)."""
        start, end = scalar.span
        if not scalar.plain or start.row == end.row:
            return scalar.text
        lines = self.source.lines[start.row - 1 : end.row]
        lines[-1] = lines[-1][: end.column - 1]
        lines[0] = lines[0][start.column - 1 :]
        return "\n".join(lines)

    def place(self, scalar: Scalar) -> Place:
        start, end = scalar.span
        if scalar.plain:
            return TextPlace(start, scalar.span)
        inside = self.source.line(start.row)[start.column : end.column - 2]
        if start.row == end.row and inside == scalar.text:
            return TextPlace(Position(start.row, start.column + 1), scalar.span)
        return NodePlace(scalar.span)

    def data(self, node: Node) -> Expression:
        """Data in which ``$(...)`` is an expression."""
        if isinstance(node, Sequence):
            return evaluate_list(tuple(self.data(item) for item in node.items))
        if isinstance(node, Mapping):
            self.report("CS011", "a value or a list is needed here, not a mapping", node.span)
            return constant(None)
        text = node.text
        if text.startswith("$(") and text.endswith(")"):
            return self.expression(node, 2, -1)
        return constant(node.value)

    def expression(self, node: Node, cut: int = 0, end: int | None = None) -> Expression:
        """A scalar that is an expression as it stands."""
        if not isinstance(node, Scalar):
            if isinstance(node, Sequence):
                return self.data(node)
            self.report("CS011", "an expression is needed here, not a mapping", node.span)
            return constant(None)
        place = self.place(node)
        if isinstance(place, TextPlace) and cut:
            place = TextPlace(Position(place.start.row, place.start.column + cut), place.whole)
        text = self.raw(node)[cut:end]
        if text.startswith("$(") and text.endswith(")"):
            return self.expression(node, 2, -1)
        try:
            return located(compile_expression(text), place)
        except ExpressionFault as fault:
            self.report_fault(fault, place)
            return constant(None)

    # -- bodies

    def body(self, node: Node, what: str) -> Body:
        if isinstance(node, Scalar) and node.value is None:
            self.report("CS010", f"{what} has no layers", node.span, fix="add one layer a line: `- Conv2D(32, 3)`")
            return ()
        if not isinstance(node, Sequence):
            self.report(
                "CS011",
                f"{what} has to be a list of layers",
                node.span,
                fix="begin every layer with `- ` on a line of its own",
            )
            return ()
        if not node.items:
            self.report("CS010", f"{what} has no layers", node.span, fix="add one layer a line: `- Conv2D(32, 3)`")
        statements: list[Statement] = []
        missing = 0
        for item in node.items:
            if missing > 0:  # a piece of the call that the flow list has cut; its beginning is reported
                missing += open_brackets(item)
                continue
            statements.append(self.statement(item))
            missing = open_brackets(item) if node.flow else 0
        return tuple(statements)

    def statement(self, node: Node) -> Statement:
        if isinstance(node, Scalar):
            return self.call(node)
        if isinstance(node, Sequence):
            self.report("CS011", "an entry is a layer, not a list", node.span)
            return Broken((), node.span)
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
        if "layers" in keys:
            self.only(node, ("repeat", "layers"), "a repetition")
            count, layers = node.get("repeat"), node.get("layers")
            if count is None or layers is None:
                self.report("CS010", "a group of layers needs `repeat:` and `layers:`", node.span)
                return Broken((), node.span)
            return Repeat(self.expression(count), self.body(layers, "the repetition"), node.span)
        return self.layer_mapping(node)

    def only(self, node: Mapping, known: tuple[str, ...], what: str) -> None:
        for key, _ in node.pairs:
            if key.text not in known:
                self.unknown_key(key, known, what)

    def call(self, node: Scalar) -> Statement:
        place = self.place(node)
        if node.plain and not isinstance(node.value, str):
            self.report("CS011", f"an entry is a layer, got {node.text or 'nothing'}", node.span)
            return Broken((), node.span)
        text = self.raw(node)
        try:
            call = parse_call(text)
        except ExpressionFault as fault:
            self.report_fault(fault, place)
            return Broken(tuple(_names_before(text)), node.span)
        name = trainable = None
        if call.keywords:
            kept = []
            for keyword in call.keywords:
                if keyword.name == "name":
                    name = located(keyword.value, place)
                elif keyword.name == "trainable":
                    trainable = located(keyword.value, place)
                else:
                    kept.append(keyword)
            if len(kept) != len(call.keywords):
                call = call._replace(keywords=tuple(kept))
        return Apply(call, place, node.span, name, trainable)

    def if_statement(self, node: Mapping) -> Statement:
        self.only(node, ("if", "layers", "else"), "an `if:` entry")
        test, layers, otherwise = node.get("if"), node.get("layers"), node.get("else")
        if test is None or layers is None:
            self.report("CS010", "`if:` needs `layers:` beside it", self.key_span(node, "if"))
            return Broken((), node.span)
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
            self.report("CS010", "`for:` needs `in:` and `layers:` beside it", self.key_span(node, "for"))
            return Broken((), node.span)
        unpack = isinstance(target, Sequence)
        names = []
        for item in target.items if isinstance(target, Sequence) else (target,):
            if not isinstance(item, Scalar) or not item.text.isidentifier():
                self.report("CS210", "`for:` names the variables of a round, such as `for: [i, n]`", item.span)
                continue
            names.append(item.text)
        spans: tuple[Span, ...] = ()
        if isinstance(rows, Sequence):
            spans = tuple(item.span for item in rows.items)
        return For(tuple(names), unpack, self.expression(rows), self.body(layers, "the `for:`"), node.span, spans)

    def let_values(self, node: Node | None) -> tuple[tuple[str, Expression, Span], ...]:
        if not isinstance(node, Mapping):
            if node is not None:
                self.report("CS011", "let has to be a mapping: `let: {c: channels(input)}`", node.span)
            return ()
        values = []
        for key, value in node.pairs:
            if not key.text.isidentifier():
                self.report("CS210", f"{key.text!r} is no name of a variable", key.span)
                continue
            values.append((key.text, self.expression(value), key.span))
        return tuple(values)

    def include(self, node: Mapping) -> Statement:
        self.only(node, INCLUDE_KEYS, "an `include:` entry")
        target = node.get("include")
        if not isinstance(target, Scalar) or not target.text:
            self.report(
                "CS011",
                "include names a file or a network of the zoo",
                node.span,
                fix="write `include: backbone.yaml` or `include: zoo:keras/efficientnetb0`",
            )
            return Broken((), node.span)
        name = self.text(node, "name")
        if name and not self.check_name(name, self.key_span(node, "name")):
            name = None
        inputs = node.get("inputs")
        until = node.get("until")
        trainable = node.get("trainable")
        start: Reference | None = None
        value: Expression | None = None
        if isinstance(trainable, Mapping):
            self.only(trainable, ("from",), "`trainable:`")
            first = trainable.get("from")
            start = self.reference(first) if isinstance(first, Scalar) else None
        elif trainable is not None:
            value = self.data(trainable)
        preset = node.get("preset")
        return Include(
            target.text,
            target.span,
            name,
            tuple(reference for reference, _ in self.references(inputs)) if inputs is not None else None,
            self.data(preset) if preset is not None else None,
            self.named_values(node.get("variables"), "variables"),
            self.reference(until) if isinstance(until, Scalar) else None,
            value,
            start,
            node.span,
        )

    def layer_mapping(self, node: Mapping) -> Statement:
        """``{Conv2D: {filters: 32}, name: stem}``."""
        layers = [(key, value) for key, value in node.pairs if key.text not in BESIDE_A_LAYER]
        if len(layers) != 1:
            if not layers:
                message, fix = (
                    "this entry names no layer",
                    "add one, such as `Conv2D: {filters: 32, kernel_size: 3}`",
                )
            else:
                message = f"this entry has several layers: {', '.join(key.text for key, _ in layers)}"
                fix = (
                    f"begin each with `- `; beside a layer stand only {', '.join(BESIDE_A_LAYER)}, "
                    "and arguments are indented below it"
                )
            self.report("CS011", message, (layers[1][0] if layers else node).span, fix)
            return Broken((), node.span)
        key, value = layers[0]
        if "(" in key.text or "=" in key.text:
            self.report(
                "CS107",
                f"`{key.text}` is a call, which takes no `:` behind it",
                key.span,
                fix="remove the colon, or use the mapping spelling `Layer: {argument: value}`",
            )
            return Broken(tuple(_names_before(key.text)), node.span)
        positional: list[Expression] = []
        keywords: list[Keyword] = []
        spans: dict[str | int, Span] = {"": key.span}
        values: dict[str | int, Span] = {}
        if isinstance(value, Mapping):
            for argument, item in value.pairs:
                keywords.append(Keyword(argument.text, self.data(item), _ANYWHERE))
                spans[argument.text] = argument.span
                values[argument.text] = item.span
        elif isinstance(value, Sequence):
            positional = [self.data(item) for item in value.items]
            values |= {index: item.span for index, item in enumerate(value.items)}
        elif value.value is not None or not value.plain:
            positional = [self.data(value)]
            values[0] = value.span
        name = trainable = None
        for keyword in list(keywords):
            if keyword.name in ("name", "trainable"):
                keywords.remove(keyword)
                if keyword.name == "name":
                    name = keyword.value
                else:
                    trainable = keyword.value
        explicit, inputs_node = node.get("name"), node.get("inputs")
        targets: tuple[Target, ...] = ()
        if explicit is not None:
            if isinstance(explicit, Scalar) and self.check_name(explicit.text, explicit.span):
                targets = (Target(explicit.text, None, _ANYWHERE),)
            elif not isinstance(explicit, Scalar):
                self.report("CS011", "name has to be a text", explicit.span)
        frozen = node.get("trainable")
        if frozen is not None:
            trainable = self.data(frozen)
        inputs: tuple[Reference, ...] | None = None
        if inputs_node is not None:
            values["inputs"] = inputs_node.span
            inputs = tuple(reference for reference, _ in self.references(inputs_node)) or None
        repeat_node = node.get("repeat")
        repeat = self.expression(repeat_node) if repeat_node is not None else None
        call = Call(
            targets,
            key.text,
            _ANYWHERE,
            tuple(positional),
            tuple(keywords),
            inputs,
            repeat,
            True,
            None,
            None,
            _ANYWHERE,
        )
        if key.text == "Shared":
            shared = self.reference(value) if isinstance(value, Scalar) and value.text else None
            if shared is None:
                self.report("CS107", "Shared takes the name of one row or block", key.span, fix="write `Shared: name`")
                return Broken(tuple(target.name for target in targets), node.span)
            call = call._replace(shared=shared, positional=())
        return Apply(call, NodePlace(node.span, spans, values), node.span, name, trainable)


def open_brackets(node: Node) -> int:
    """How many brackets of a plain scalar are not closed in it."""
    if not isinstance(node, Scalar) or not node.plain:
        return 0
    return sum(node.text.count(each) for each in "([{") - sum(node.text.count(each) for each in ")]}")


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


def explicit_names(body: Body) -> frozenset[str]:
    """The names that a body binds by hand, in its groups too; automatic names keep clear of them."""
    return frozenset(_explicit_names(body))


def _explicit_names(body: Body) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, Apply):
            yield from (target.name for target in statement.call.targets if target.subscript is None)
            if statement.name is not None and statement.name.constant:
                yield str(statement.name.evaluate(None))  # type: ignore[arg-type]
        elif isinstance(statement, If):
            yield from _explicit_names(statement.then)
            yield from _explicit_names(statement.otherwise)
        elif isinstance(statement, For | Repeat):
            yield from _explicit_names(statement.body)
        elif isinstance(statement, Include) and statement.name:
            yield statement.name
        elif isinstance(statement, Broken):
            yield from statement.names


def _names_before(text: str) -> list[str]:
    """What an unreadable entry would have bound, so that using it gives no second error."""
    import re  # only after an error

    match = re.match(rf"\s*({NAME}(?:\s*,\s*{NAME})*)\s*=(?!=)", text)
    return [name.strip() for name in match[1].split(",")] if match else []
