"""A document to a `Program`: every key known, every entry parsed, everything wrong collected."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as AbstractMapping
from typing import Any, TypeVar

from cnnshape.diagnostics import Edit, Source, Span, did_you_mean
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, Sequence, to_data
from cnnshape.network.dtypes import DTYPE_BITS
from cnnshape.readers.yaml.document import DocumentError, Entry, parse_document
from cnnshape.readers.yaml.entries import EntryReader, explicit_names
from cnnshape.readers.yaml.expressions import constant
from cnnshape.readers.yaml.program import Block, Body, NamedValues, Outputs, Program
from cnnshape.readers.yaml.sections import SECTIONS
from cnnshape.readers.yaml.signatures import parse_signature
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.spelling import correction, nearest
from cnnshape.vocabularies.vocabulary import BACKENDS

T = TypeVar("T")
Given = TypeVar("Given", bound=Node | None)

TOP_LEVEL = (
    "name",
    "framework",
    "about",
    "input",
    "inputs",
    "batch",
    "dtype",
    "data_format",
    "backend",
    "variables",
    "presets",
    "blocks",
    "layers",
    "outputs",
    "training_outputs",
    "expect",
    "search",
)
FRAMEWORKS = {
    "keras": ("tf", "tf.keras", "tensorflow", "tensorflow.keras", "keras3"),
    "pytorch": ("torch", "torch.nn", "torchvision"),
}
"""The values of ``framework:``, and what people call them elsewhere."""
OTHER_NAMES = {"input_shape": "input", "input_size": "input", "batch_size": "batch"}
"""What people call keys elsewhere."""
DTYPES = {
    "float64": ("double", "fp64", "f64"),
    "float32": ("float", "single", "fp32", "f32"),
    "float16": ("half", "fp16", "f16"),
    "bfloat16": ("bf16",),
    "float8": ("fp8", "float8_e4m3fn", "float8_e5m2"),
    "int32": ("int", "i32"),
}
"""The values of ``dtype:`` that have other names."""


def read_program(source: Source, resolved: str | None = None) -> Program:
    """The program that a file is. What is wrong with it is in its `diagnostics`."""
    reader = _Reader(source, resolved)
    try:
        root = parse_document(source, reader.take)
    except DocumentError as error:
        return Program(source, stem(source.filename), None, (), resolved, diagnostics=(error.diagnostic,))
    return reader.program(root)


def program_of(root: Node, filename: str) -> Program:
    """The program that a document without a text is, such as that of a dictionary."""
    return _Reader(Source(filename, ""), None).program(root)


def program_of_layers(sizes: Iterable[int | None], source: Source) -> Program:
    """The program of a list of layers below one input. Raises `DocumentError` where the text is no document."""
    reader = _Reader(source, None)
    body = reader.body(parse_document(source), "the stack")
    inputs = (("input", constant(list(sizes)), None),)
    names, found = explicit_names(body), tuple(reader.diagnostics)
    return Program(source, stem(source.filename), None, body, inputs=inputs, explicit_names=names, diagnostics=found)


def stem(filename: str) -> str:
    """The file's name without its folder and endings: ``models/a.cnn.yaml`` is ``a``."""
    name = os.path.basename(filename.split(":")[-1])
    for ending in (".yaml", ".yml", ".json", ".cnn"):
        name = name.removesuffix(ending)
    return name.strip("<>-") or "model"


def words_in(node: Node | None) -> frozenset[str]:
    """Every word that stands under a node, whatever it means there."""
    if node is None:
        return frozenset()
    if isinstance(node, Scalar):
        return frozenset(re.findall(r"[^\W\d]\w*", node.text))
    parts = node.items if isinstance(node, Sequence) else [part for pair in node.pairs for part in pair]
    return frozenset().union(*map(words_in, parts))


def block_name(text: str) -> str:
    """The name that an unreadable signature would have given its block."""
    return text.partition("(")[0].strip().rpartition(" ")[2]


class _Reader(EntryReader):
    """The keys of a file."""

    def __init__(self, source: Source, resolved: str | None) -> None:
        super().__init__(source, resolved)
        self.broken_blocks: set[str] = set()
        self.taken: Body | None = None
        self.sound = False

    def take(self, entries: Iterable[Entry], in_brackets: bool) -> None:
        """Read the layers of the file while its text is parsed, so that nothing else of a large file is held."""
        found = len(self.diagnostics)
        self.taken = self.statements(entries, in_brackets, "layers")
        self.sound = len(self.diagnostics) == found

    def program(self, root: Node) -> Program:
        if not isinstance(root, Mapping):
            kind = "a list" if isinstance(root, Sequence) else "one value"
            self.report(
                "CS011",
                f"an architecture file is a mapping with `input:` and `layers:`, not {kind}",
                root.span,
                fix="put the layers under `layers:`" if isinstance(root, Sequence) else None,
            )
            found = tuple(self.diagnostics)
            return Program(self.source, stem(self.source.filename), None, (), self.resolved, diagnostics=found)
        root = self.renamed(root)
        spans: dict[str, Span | None] = {}
        for key, value in root.pairs:
            spans[key.text] = key.span
            if key.text not in TOP_LEVEL:
                never = "input" if isinstance(value, Mapping) else "inputs"  # which hold shapes by name
                self.unknown_key(root, key, TOP_LEVEL, "an architecture file", None, never)
        framework = self.choice(root, "framework", tuple(FRAMEWORKS), FRAMEWORKS)
        data_format = self.choice(root, "data_format", ("channels_last", "channels_first"))
        if data_format and framework == "pytorch":
            self.report("CS009", "data_format is Keras's; PyTorch's tensors are channels first", spans["data_format"])
        backend = self.choice(root, "backend", BACKENDS)
        if backend and framework == "pytorch":
            self.report("CS009", "backend is Keras's: what runs its layers", spans["backend"])
        dtype = self.choice(root, "dtype", tuple(DTYPE_BITS), DTYPES) or "float32"
        name = self.text(root, "name") or stem(self.source.filename)
        variables = self.once(root.get("variables"), lambda node: self.named_values(node, "variables"))
        presets = self.presets(root.get("presets"))
        blocks, words = self.blocks(root.get("blocks"))
        layers = root.get("layers")
        body: Body = ()
        names: frozenset[str] = frozenset()
        misspelt = any(key.text not in TOP_LEVEL and nearest(key.text, ["layers"]) for key, _ in root.pairs)
        if layers is None and not misspelt:
            self.report(
                "CS010",
                "the file has no `layers:`",
                root.span and Span(root.span.start, root.span.start),
                fix="add `layers:` with one layer a line, such as `  - Conv2D(32, 3)`",
            )
        elif layers is not None:
            section = SECTIONS.of(layers)
            body = self.taken or (section and section.said) or self.body(layers, "layers")
            names = section.names if section and section.names is not None else explicit_names(body)
            if section is not None and self.sound:
                section.said, section.names = body, names
        outputs, training_outputs = self.outputs(root.get("outputs")), self.outputs(root.get("training_outputs"))
        expect = root.get("expect")
        if framework is None and "framework" in spans:  # nobody knows whose words the layers are
            body, names, outputs, training_outputs, expect = (), frozenset(), (), (), None
        inputs = self.inputs(root)
        batch, search = root.get("batch"), root.get("search")
        if search is not None:
            from cnnshape.readers.yaml.space import INPUT, read_space  # few files state a space

            read_space(search, self.report, [*(name for name, _, _ in variables), INPUT])
        return Program(
            self.source,
            name,
            framework,
            body,
            self.resolved,
            root.span,
            inputs,
            self.data(batch) if batch is not None else None,
            dtype,
            data_format,
            backend,
            variables,
            presets,
            blocks,
            outputs,
            training_outputs,
            expect,
            {key.text: to_data(value) for key, value in self.pairs(root.get("about"), "about has to be a mapping")},
            spans,
            names,
            tuple(self.diagnostics),
            frozenset(self.broken_blocks),
            search=search,
            block_words=words,
        )

    def renamed(self, root: Mapping) -> Mapping:
        """The file's mapping with each key that has another name elsewhere, which is reported, under its name here."""
        pairs: list[tuple[Scalar, Node]] = []
        for key, value in root.pairs:
            name = OTHER_NAMES.get(key.text)
            if name is not None and root.key(name) is None and name not in [known.text for known, _ in pairs]:
                message = f"the key {key.text} is called {name} here"
                self.report("CS009", message, key.span, f"write {name}", self.renaming(key, name))
                key = Scalar(name, key.plain, key.span)
            pairs.append((key, value))
        return Mapping(tuple(pairs), root.span, root.flow)

    def renaming(self, key: Scalar, name: str) -> tuple[Edit, ...]:
        """The edit that gives a key another name; none where it has no place."""
        return (Edit(key.span, self.source.quoted_alike(key.span, name)),) if key.span else ()

    def misnamed(self, root: Mapping, name: str, meant: str, message: str) -> None:
        """Report a key in the place of another."""
        key = root.key(name)
        assert key is not None
        self.report("CS011", message, key.span, f"write {meant}", self.renaming(key, meant))

    def choice(
        self, root: Mapping, key: str, choices: tuple[str, ...], others: dict[str, tuple[str, ...]] | None = None
    ) -> Any:
        """The chosen word; where another is written, the one that is certainly meant, such as one of `others`."""
        node = root.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        got = repr(node.text) if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a mapping"
        written = node.text.lower() if isinstance(node, Scalar) else ""
        synonym = next((choice for choice, names in (others or {}).items() if written in names), None)
        close = synonym or nearest(written, choices)
        meant = synonym or correction(written, close)
        self.report(
            "CS011",
            f"{key} is one of {', '.join(choices)}, got {got}",
            node.span,
            fix=did_you_mean(close),
            edits=(Edit(node.span, self.source.quoted_alike(node.span, meant)),) if meant and node.span else (),
        )
        return meant

    def inputs(self, root: Mapping) -> NamedValues:
        one, several = root.get("input"), root.get("inputs")
        if one is not None and several is not None:
            self.report("CS009", "a file has `input:` or `inputs:`, not both", self.key_span(root, "inputs"))
        if isinstance(one, Mapping) and one.pairs and several is None:
            self.misnamed(root, "input", "inputs", "input is a single shape; named ones stand under `inputs:`")
            one, several = None, one
        empty = isinstance(several, Scalar) and several.value is None
        if one is None and several is not None and not isinstance(several, Mapping) and not empty:
            self.misnamed(root, "inputs", "input", "inputs are shapes by name; a single one stands under `input:`")
            one, several = several, None
        if several is not None:
            if not isinstance(several, Mapping) or not several.pairs:
                fix = "write `inputs: {left: [64, 64, 3], right: [64, 64, 3]}`"
                self.report("CS011", "inputs has to be a mapping of names to shapes", several.span, fix)
                return ()
            for key, _ in several.pairs:
                self.check_name(key.text, key.span)
            return tuple((key.text, self.data(node), node.span) for key, node in several.pairs)
        return () if one is None else (("input", self.once(one, self.data), one.span),)

    def presets(self, node: Node | None) -> dict[str, NamedValues]:
        pairs = self.pairs(node, "presets has to be a mapping of names to variables")
        return {key.text: self.named_values(value, f"the preset {key.text}") for key, value in pairs}

    def blocks(self, node: Node | None) -> tuple[AbstractMapping[str, Block], frozenset[str]]:
        """The blocks, and every word that stands there; those that another file has had are the same."""
        blocks, section = self.once(node, self.own_blocks), SECTIONS.of(node)
        if section is None:
            return blocks, words_in(node)
        if section.names is None:
            section.names = words_in(node)
        return blocks, section.names

    def once(self, node: Given, read: Callable[[Given], T]) -> T:
        """What is read of a node; of a section, where nothing is wrong with it, once for all files."""
        section = SECTIONS.of(node)
        if section is None:
            return read(node)
        if section.said is None:
            found, said = len(self.diagnostics), read(node)
            if len(self.diagnostics) > found:
                return said
            section.said = said
        return section.said  # type: ignore[no-any-return]  # as it was read

    def own_blocks(self, node: Node | None) -> dict[str, Block]:
        blocks: dict[str, Block] = {}
        for key, value in () if node is None else self.signatures(node):
            try:
                signature = parse_signature(self.raw(key))
            except ExpressionFault as fault:
                self.report_fault(fault, self.place(key))
                self.broken_blocks.add(block_name(key.text))
                self.body(value, f"the block {block_name(key.text)}")
                continue
            if (known := blocks.get(signature.name)) is not None:
                first = f" (first on line {known.span.start.row})" if known.span else ""
                message = f"the block {signature.name} is defined twice{first}"
                self.report("CS202", message, key.span, fix="rename one of them")
                continue
            body = self.body(value, f"the block {signature.name}")
            blocks[signature.name] = Block(signature, body, key.span, explicit_names(body))
        return blocks

    def signatures(self, node: Node) -> tuple[tuple[Scalar, Node], ...]:
        """The signatures under `blocks:` with their layers, also where they stand in a list."""
        if isinstance(node, Mapping):
            return node.pairs
        items = node.items if isinstance(node, Sequence) else (node,)
        texts = [item for item in items if isinstance(item, Scalar) and "(" in item.text]
        self.broken_blocks |= {block_name(item.text) for item in texts}
        if len(texts) == 1:
            fix = f"write `{self.raw(texts[0]).partition(')')[0]}):`, with its layers indented below"
        elif isinstance(node, Sequence) and not texts:
            fix = "remove the `- ` before each signature"
        else:
            fix = "write `blocks:` with `conv_bn(filters):` and its layers below"
        self.report("CS011", "blocks has to be a mapping of signatures to layers", node.span, fix)
        return tuple(pair for item in items if isinstance(item, Mapping) for pair in item.pairs)

    def outputs(self, node: Node | None) -> Outputs:
        """Names, or one expression that gives a list of names."""
        if isinstance(node, Scalar) and node.text.startswith("$("):
            return ((self.data(node), node.span),)
        return self.references(node)
