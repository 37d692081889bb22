"""The mapping spelling of an entry: ``{Conv2D: {filters: 32}, name: stem}``."""

from __future__ import annotations

import re

from cnnshape.diagnostics import Edit, Span
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, Sequence, place, whole_items, whole_pairs
from cnnshape.readers.yaml.calls import OF_AN_ENTRY, Call, Keyword, Reference, Target
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.habits import TYPE_KEYS, named_call
from cnnshape.readers.yaml.leaves import ScalarReader
from cnnshape.readers.yaml.paths import NAME
from cnnshape.readers.yaml.program import Apply, Broken, NodePlace, Statement
from cnnshape.readers.yaml.syntax import ANYWHERE
from cnnshape.spelling import nearest

BESIDE_A_LAYER = ("name", "inputs", "trainable", "checkpoint", "repeat")
_BOUND_NAMES = rf"\s*({NAME}(?:\s*,\s*{NAME})*)\s*=(?!=)"


class MappingReader(ScalarReader):
    """Mappings of a layer and its arguments to statements."""

    def layer_mapping(self, node: Mapping) -> Statement:
        """``{Conv2D: {filters: 32}, name: stem}``."""
        layers = [(key, value) for key, value in node.pairs if key.text not in BESIDE_A_LAYER]
        if len(layers) != 1:
            return self.not_one_layer(node, layers)
        key, value = layers[0]
        if broken := self.call_as_key(node, key, value):
            return broken
        positional: list[Expression] = []
        keywords: list[Keyword] = []
        spans: dict[str | int, Span | None] = {"": key.span}
        values: dict[str | int, Span | None] = {}
        if isinstance(value, Mapping):
            for argument, item in whole_pairs(value):
                keywords.append(Keyword(argument.text, self.data(item), ANYWHERE))
                spans[argument.text] = argument.span
                values[argument.text] = item.span
        elif isinstance(value, Sequence):
            items = whole_items(value)
            positional = [self.data(item) for item in items]
            values |= {index: item.span for index, item in enumerate(items)}
        elif value.value is not None or not value.plain:
            positional = [self.data(value)]
            values[0] = value.span
        beside = {each.name: each.value for each in keywords if each.name in OF_AN_ENTRY}
        keywords = [each for each in keywords if each.name not in OF_AN_ENTRY]
        explicit, inputs_node = node.get("name"), node.get("inputs")
        targets: tuple[Target, ...] = ()
        if explicit is not None:
            if not isinstance(explicit, Scalar):
                self.report("CS011", "name has to be a text", explicit.span)
            elif self.check_name(explicit.text, explicit.span):
                targets = (Target(explicit.text, None, ANYWHERE),)
        for word in ("trainable", "checkpoint"):
            stated = node.get(word)
            if stated is not None:
                beside[word] = self.data(stated)
        inputs: tuple[Reference, ...] | None = None
        if inputs_node is not None:
            values["inputs"] = inputs_node.span
            inputs = tuple(reference for reference, _ in self.references(inputs_node)) or None
        count = node.get("repeat")
        repeat = self.expression(count) if count is not None else None
        call = Call(targets, key.text, ANYWHERE, tuple(positional), tuple(keywords), inputs, repeat, called=True)
        if key.text == "Shared":
            shared = self.reference(value) if isinstance(value, Scalar) and value.text else None
            if shared is None:
                self.report("CS107", "Shared takes the name of one row or block", key.span, fix="write `Shared: name`")
                return Broken(tuple(call.failing), node.span)
            call = call._replace(shared=shared, positional=())
        name, trainable, checkpoint = map(beside.get, OF_AN_ENTRY)
        return Apply(call, NodePlace(node.span, spans, values), node.span, name, trainable, checkpoint)

    def not_one_layer(self, node: Mapping, layers: list[tuple[Scalar, Node]]) -> Statement:
        """Report an entry without a layer, or with keys of which each could be one."""
        if not layers:
            fix = "add one, such as `Conv2D: {filters: 32, kernel_size: 3}`"
            self.report("CS011", "this entry names no layer", node.span, fix)
            return Broken(self.name_beside(node), node.span)
        first, *rest = [key for key, _ in layers]
        kind = next((value for key, value in layers if key.text in TYPE_KEYS), None)
        if isinstance(kind, Scalar):
            others = [(key, value) for key, value in layers if value is not kind]
            pairs = [pair for key, value in others for pair in getattr(value, "pairs", [(key, value)])]
            arguments = ", ".join(self.written(key, value) for key, value in pairs)
            message = f"a layer's class is the key of its arguments: {kind.text} stands beside them"
            self.report("CS011", message, kind.span, f"write `{kind.text}: {{{arguments}}}`")
        elif all(nearest(key.text, BESIDE_A_LAYER) for key in rest):
            for key in rest:
                self.unknown_key(node, key, BESIDE_A_LAYER, f"an entry, beside its {first.text},", None)
        else:
            message = f"this entry has several layers: {', '.join(key.text for key, _ in layers)}"
            fix = (
                f"begin each with `- `; beside a layer stand only {', '.join(BESIDE_A_LAYER)}, "
                "and arguments are indented below it"
            )
            self.report("CS011", message, rest[0].span, fix)
        return Broken(self.name_beside(node), node.span)

    def written(self, key: Scalar, value: Node) -> str:
        """A pair as the file writes it, where it stands on one line."""
        if value.span is None:
            return f"{key.text}: ..."
        (row, start), (last, end) = value.span
        return f"{key.text}: {self.source.line(row)[start - 1 : end - 1] if row == last else '...'}"

    def name_beside(self, node: Mapping) -> tuple[str, ...]:
        """The name that the entry would have bound."""
        beside = node.get("name")
        return (beside.text,) if isinstance(beside, Scalar) else ()

    def call_as_key(self, node: Mapping, key: Scalar, value: Node) -> Broken | None:
        """Report a call that a colon follows, or that a name and a colon precede."""
        if isinstance(value, Scalar) and (target := named_call(key.text, self.raw(value))) is not None:
            call = self.raw(value).split("\n")[0]
            message = f"`{key.text}:` stands before a call; only the mapping spelling has a colon"
            edits: tuple[Edit, ...] = ()
            if len(node.pairs) == 1 and value.plain and not node.flow:
                edits = (Edit(Span(place(key).start, place(value).start), target),)
            self.report("CS107", message, key.span, f"write `{target}{call}`", edits)
            return Broken((*names_before(target), *self.name_beside(node)), node.span)
        if "(" in key.text or "=" in key.text:
            fix = "remove the colon, or use the mapping spelling `Layer: {argument: value}`"
            self.report("CS107", f"`{key.text}` is a call, which takes no `:` behind it", key.span, fix)
            return Broken((*names_before(key.text), *self.name_beside(node)), node.span)
        return None


def names_before(text: str) -> list[str]:
    """What an unreadable entry would have bound, so that using it gives no second error."""
    match = re.match(_BOUND_NAMES, text)
    return [name.strip() for name in match[1].split(",")] if match else []
