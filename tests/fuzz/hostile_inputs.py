"""Texts that nobody would write, made from a source of random choices; and what has to hold whatever they are.

Five kinds: `text` damages files that mean something, `slips` misspells their words and numbers, `structure` builds
documents of keys and entries that need not fit, `values` gives real layers arbitrary arguments, `names` writes programs
whose form is right and whose names, indices and expressions are anything. All take a `random.Random`, so that hypothesis can shrink them,
atheris can steer them, and a plain loop can count them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from cnnshape.api import UsageError, examine
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration
from cnnshape.checks.promises import write_promises
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source
from cnnshape.mending.fixes import fix_text
from cnnshape.network.plan import Plan
from cnnshape.readers.files import zoo_folder
from cnnshape.readers.yaml.architecture import read_text
from cnnshape.readers.yaml.reader import TOP_LEVEL
from cnnshape.reports import against
from cnnshape.reports.diagnostics import FORMATS, renderer
from cnnshape.reports.explanations import layers as explained
from cnnshape.reports.plans import csv, latex, markdown
from cnnshape.reports.plans import table as tables
from cnnshape.server import diagnostics
from cnnshape.server.documents import Document
from cnnshape.server.rename import Refused
from cnnshape.server.session import ANSWERS
from cnnshape.studies.explain import explain
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import Framework, vocabulary

BROKEN = sorted((Path(__file__).parents[1] / "data/broken").glob("*.yaml"))
SOUND = sorted(Path(zoo_folder()).rglob("*.yaml"))
SEEDS = [path.read_text(encoding="utf-8", errors="replace") for path in (*BROKEN, *SOUND) if path.stat().st_size < 2000]

SNIPPETS = [
    *"[]{}()<>:,-#&*!|>'\"%@`~^=+/\\$?._ \t\n\r\x00\x1b\x85\xa0\u2028\ufeff\ud800\U0001f600\u0301日",
    "$(",
    "${",
    "- ",
    ": ",
    "\n  - ",
    "\n    ",
    "&a ",
    "*a",
    "!!",
    "<<: ",
    "---\n",
    "...\n",
    "? ",
    "| \n",
    ">= 1",
    "null",
    "~",
    "true",
    ".nan",
    "-.inf",
    "1e999",
    "0x7fffffffffffffff",
    "9223372036854775808",
    "-1",
    "0",
    "1.5",
    "9**9**9**9",
    "1 if x else 2",
    "lambda: 0",
    "[i for i in x]",
    "f'{x}'",
    "x[0]",
    "x[1:2]",
    "x.y",
    "*x",
    "**x",
    "range(10**9)",
    "$($(1) + $(n))",
    "$(" * 30 + "1" + ")" * 30,
    '"a" * 10**9',
    '("a" * 99999) in ("b" * 99999)',
    "[0] * 10**9",
    "channels(input)",
    "shape(input)",
    "round_to(0.5, 0)",
    "Conv2D(8, 3)",
    "Conv2d(3, 8, 3)",
    "Shared(conv2d)(input)",
    "a, b = ",
    "x = ",
    "x[i] = ",
    "(input)",
    "(input, input)",
    "()",
    " * 3",
    " * 10 ** 12",
    "input",
    "framework: pytorch\n",
    "data_format: channels_first\n",
    "include: zoo:keras/lenet5",
    "include: .",
    "include: ../../etc/passwd",
    "repeat: 1000000000000",
    "for: i\n    in: range(3)\n    layers: [ReLU]",
    "for: i\n    in: range(99999)\n    layers: [ReLU * 0, {let: {a: i}}, {if: 0, layers: [ReLU]}]",
    "repeat: 99999\n    layers: []",
    "if: shape(input)[0] > 3",
    "let: {x: shape(input)}",
    "name: a/b",
    "# noqa: CS501",
]

FORBIDDEN = re.compile(
    "[" + "".join(chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cc", "Cs", "Zl", "Zp")) + "]"
)
"""Characters that no report for a terminal may hold, but the end of a line."""

MOST_ROWS_SHOWN = 200
"""Of longer plans the tables are not made: that would take longer than everything else."""


def text(random: Random) -> str:
    """A file that meant something, with pieces inserted, removed, repeated and swapped."""
    result = random.choice(SEEDS)
    for _ in range(random.randint(1, 6)):
        start = random.randint(0, len(result))
        end = min(len(result), start + random.choice((0, 0, 1, 2, 5, 20, 80)))
        piece = random.choice(SNIPPETS)
        if random.random() < 0.2:
            piece *= random.choice((2, 3, 50))
        if random.random() < 0.2:
            other = random.choice(SEEDS)
            cut = random.randint(0, len(other))
            piece = other[cut : cut + random.choice((1, 10, 60))]
        result = result[:start] + piece + result[end:]
    return result


def slips(random: Random) -> str:
    """A file that meant something, with a word or a number or two as a hurried hand would type it."""
    result = random.choice(SEEDS)
    for _ in range(random.randint(1, 3)):
        match = random.choice(list(re.finditer(r"[A-Za-z_]{3,}|\d+", result)))
        word = match.group()
        place = random.randrange(len(word))
        if word.isdigit():
            slip = str(max(0, int(word) + random.choice((-1, 1, 2, 7))))
        else:
            slip = word[:place] + random.choice(("", word[place] * 2, "x", word[place].swapcase())) + word[place + 1 :]
        result = result[: match.start()] + slip + result[match.end() :]
    return result


def structure(random: Random) -> str:
    """A JSON document with the keys of a file and values that need not fit them."""
    document = {key: value(random, 3) for key in TOP_LEVEL if random.random() < 0.25}
    document["layers"] = (
        [entry(random, 2) for _ in range(random.randint(0, 5))] if random.random() < 0.9 else value(random, 2)
    )
    if random.random() < 0.9:
        document["input"] = random.choice(([16, 16, 3], [3, 16, 16], [8], [None, None, 3], "8x8x3", value(random, 2)))
    if random.random() < 0.3:
        document["blocks"] = {
            random.choice(("b(f)", "b()", "b(f, g=2)(x, y)", "b", "b(", "1(f)")): [entry(random, 1) for _ in range(3)]
        }
    return json.dumps(document, ensure_ascii=random.random() < 0.5)


def entry(random: Random, depth: int) -> Any:
    """An entry of a list of layers, more or less."""
    kind = random.randint(0, 9)
    inner = [entry(random, depth - 1) for _ in range(random.randint(0, 2))] if depth else []
    if kind <= 3:
        return call(random)
    if kind == 4:
        return {
            layer_name(random): value(random, 1),
            random.choice(("name", "inputs", "repeat", "trainable", "x")): value(random, 1),
        }
    if kind == 5:
        return {"if": expression(random), "layers": inner, **({"else": inner} if random.random() < 0.5 else {})}
    if kind == 6:
        return {
            "for": random.choice(("i", ["i", "j"], value(random, 1))),
            "in": random.choice(("range(3)", "range(9999)", [1, 2], value(random, 2))),
            "layers": inner,
        }
    if kind == 7:
        return {"repeat": random.choice((2, 0, -1, 10**12, "n", value(random, 1))), "layers": inner}
    if kind == 8:
        return {"let": {"n": expression(random)}}
    return random.choice(({"include": random.choice(("zoo:keras/lenet5", "zoo:x", ".", "a.yaml"))}, value(random, 2)))


def call(random: Random) -> str:
    """A call, more or less."""
    target = random.choice(("", "", "", "x = ", "a, b = ", "s[0] = ", "s[i] = "))
    arguments = ", ".join(
        (f"{random.choice(ARGUMENT_NAMES)}=" if random.random() < 0.4 else "") + expression(random)
        for _ in range(random.randint(0, 3))
    )
    tensors = random.choice(("", "", "(input)", "(input, input)", "(x)", "(s[0])", "([x, input])", "()"))
    return f"{target}{layer_name(random)}({arguments}){tensors}{random.choice(('', '', ' * 2', ' * n'))}"


def expression(random: Random) -> str:
    """An expression, more or less."""
    return random.choice(EXPRESSIONS) if random.random() < 0.8 else random.choice(SNIPPETS)


EXPRESSIONS = [
    "1", "2", "3", "8", "0", "-1", "1.0", "0.5", "n", "i", "True", "None", "'same'", '"valid"', "(3, 3)", "[1, 2]",
    "2 ** 62", "2 ** 63", "2 * n", "n // 0", "channels(input)", "shape(input)[0]", "shape(input)", "len([1, 2])",
    "max(1, 2)", "round_to(12, 8)", "1 if n else 2", "not n", "n in [1, 2]", "[[1, 2], [3, 4]]", "'relu'", "x", "()",
    "range(3)", "$($(n))", "n in range(99999)", "len('a' * 99999)", "sum(range(n))", "zip([1], [2])", "enumerate([1])", "sum([1, 2])", "int('3')", "abs(-1)", "min()", "1 < 2 < 3",
]  # fmt: skip

LAYERS: list[tuple[Framework, str]] = [
    (framework, name) for framework in ("keras", "pytorch") for name in vocabulary(framework).types
]
ARGUMENT_NAMES = sorted(
    {name for framework, layer in LAYERS for name in declared(model_of(vocabulary(framework).types[layer]))}
)


def layer_name(random: Random) -> str:
    """A layer of either framework, a block, or nothing that exists."""
    return random.choice(("b", "Conv", "input", "Shared", "x")) if random.random() < 0.2 else random.choice(LAYERS)[1]


def value(random: Random, depth: int) -> Any:
    """Any value that JSON can state."""
    kind = random.randint(0, 9 if depth else 6)
    if kind <= 2:
        return random.choice((0, 1, 2, 3, 8, 16, -1, 2**31, 2**63 - 1, 2**63, 10**30, 1.0, 1.5, -0.0, 1e300))
    if kind == 3:
        return random.choice(
            (True, False, None, "", "same", "valid", "relu", "keras", "pytorch", "input", "x", "8x8x3")
        )
    if kind == 4:
        return f"$({expression(random)})"
    if kind == 5:
        return random.choice(SNIPPETS)
    if kind == 6:
        return expression(random)
    if kind == 7:
        return {random.choice(ARGUMENT_NAMES): value(random, depth - 1) for _ in range(random.randint(0, 3))}
    return [value(random, depth - 1) for _ in range(random.randint(0, 4))]


SHAPES = {
    "keras": (
        [16],
        [16, 3],
        [16, 16, 3],
        [7, 5, 4],
        [8, 8, 8, 2],
        [None, None, 3],
        [None, 4],
        [1, 1, 1],
        [2**31, 2**31, 3],
    ),
    "pytorch": (
        [16],
        [3, 16],
        [3, 16, 16],
        [4, 7, 5],
        [2, 8, 8, 8],
        [3, None, None],
        [4, None],
        [1, 1, 1],
        [3, 2**31, 2**31],
    ),
}


def values(random: Random) -> str:
    """One or two real layers on a small input, with arguments that are mostly of the right kind."""
    framework = random.choice(("keras", "pytorch"))
    names = list(vocabulary(framework).types)
    layers = []
    for _ in range(random.randint(1, 2)):
        name = random.choice(names)
        fields = list(declared(model_of(vocabulary(framework).types[name])).items())
        arguments: dict[str, Any] = {}
        for field, information in fields:
            if information.required or random.random() < 0.25:
                arguments[field] = argument(random)
        layer: dict[str, Any] = {name: arguments}
        if random.random() < 0.2:
            layer["inputs"] = random.choice((["input", "input"], ["input"], "input"))
        layers.append(layer)
    document = {"framework": framework, "input": random.choice(SHAPES[framework]), "layers": layers}
    if framework == "keras" and random.random() < 0.2:
        document["data_format"] = "channels_first"
    if random.random() < 0.1:
        document["batch"] = random.choice((None, 7))
    return json.dumps(document)


def argument(random: Random) -> Any:
    """A value that some argument somewhere takes."""
    small = random.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 8, 16, -1, -2, 31))
    return random.choice(
        (
            small,
            small,
            [small, random.choice((1, 2, 3))],
            [small] * random.randint(0, 4),
            [[small, 1], [1, small]],
            0.5,
            True,
            False,
            None,
            random.choice(
                (
                    "same",
                    "valid",
                    "causal",
                    "relu",
                    "softmax",
                    "nearest",
                    "bilinear",
                    "reflect",
                    "channels_first",
                    "full",
                )
            ),
            2**62,
        )
    )


INDICES = (
    ["0", "1", "i", "n", "1, 0", "2.0", "xs[0]", "'k'"],
    ["-1", "i, n", "1 // 0", "nowhere", "0.5", "n / 2", "None", "[0, 1]", "[]", "xs[i]", "xs[9]", "shape(input)[0]", "len(xs)",
     "channels(s[0])", "True", "2 ** 40", "'a' * 70", "range(3)", "[[1]]"],
)  # fmt: skip
CONDITIONS = (
    ["n", "i == 0", "n > 1", "shape(input)[0] > 3", "len(xs) == 2"],
    ["nowhere", "s[0]", "1 // 0", "'x'", "channels(s[i]) > 2", "0"],
)
COUNTS = (["1", "2", "3", "n", "len(xs)"], ["0", "i + 1", "-1", "1.5", "nowhere", "1 // 0", "channels(input)", "xs[i]"])
SIZES = (
    ["1", "2", "4", "n", "n + 1", "2 * n", "xs[0]", "channels(input)", "2.0"],
    ["2 * i + 1", "xs[i]", "shape(s[0])[0]", "shape(x)[-1]", "0", "-1", "0.5", "n / 2", "1 // 0", "nowhere", "channels(b/x)",
     "shape(u_1[i]/s[0])[0]", "3"],
)  # fmt: skip
"""Each: what mostly means something, and what seldom does."""

ENTRIES = {
    "keras": (
        ["Conv2D({}, 1)", "Conv2D(2, {}, padding='same')", "Dense({})", "ReLU()", "Add()", "Concatenate()",
         "BatchNormalization()", "ZeroPadding2D({})", "Activation('relu')", "Dropout(0.5)", "UpSampling2D({})"],
        ["Flatten()", "MaxPooling2D({})", "Reshape(({}, -1))", "GlobalAveragePooling2D()", "Permute((2, 1, 3))",
         "ops.split({})", "Dot(1)"],
    ),
    "pytorch": (
        ["LazyConv2d({}, 1)", "Conv2d(channels(input), {}, 3, padding=1)", "ReLU()", "add()", "cat(dim=1)", "mul()",
         "chunk({}, dim=1)", "LazyBatchNorm2d()", "Upsample(scale_factor={})", "Dropout(0.5)", "LazyLinear({})"],
        ["Flatten()", "MaxPool2d({})", "cat(dim={})", "split({}, dim=1)", "AdaptiveAvgPool2d({})", "permute(0, 2, 1, 3)",
         "reshape(-1, {})", "matmul()"],
    ),
}  # fmt: skip


def mostly(random: Random, choices: tuple[list[str], list[str]]) -> str:
    """One of the first, or now and then of the second."""
    return random.choice(choices[random.random() < 0.1])


class Names:
    """Writes a file whose form is right: what its names, indices and expressions mean is left to chance."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.framework = random.choice(("keras", "pytorch"))
        self.bound = ["input"]

    def document(self) -> dict[str, Any]:
        random = self.random
        blocks = {}
        for signature in ("b()", "u(n=2)", "w(n, i=1)(x, y)"):
            if random.random() < 0.9:
                self.bound = ["x", "y"] if signature.startswith("w") else ["input"]
                blocks[signature] = self.body(2, 4)
        self.bound = ["input"]
        shape: Any = [8, 8, 3] if self.framework == "keras" else [3, 8, 8]
        document: dict[str, Any] = {
            "framework": self.framework,
            "variables": {
                "n": random.choice((1, 2, 3)),
                "i": 0,
                "xs": random.choice(([1, 2], "$([n, n])", [3, [4]], [])),
            },
            "presets": {"p": {"n": 4}, "q": {random.choice(("xs", "nothing")): f"$({mostly(random, SIZES)})"}},
            "input": shape,
            "blocks": blocks,
            "layers": self.body(2, 7),
        }
        if random.random() < 0.1:
            document["inputs"] = {"x": document.pop("input"), "input": shape}
        for key in ("outputs", "training_outputs"):
            if random.random() < 0.15:
                document[key] = [self.path() for _ in range(random.randint(1, 2))]
                if random.random() < 0.2:
                    document[key] = f"$([{', '.join(repr(each) for each in document[key])}])"
        if random.random() < 0.2:
            bound = random.choice((1, "<= 1k", ">= 10", {"max": "1M"}, [8, 8, 4], "nowhere"))
            document["expect"] = {
                random.choice(("params", "output", "macs", "receptive_field")): bound,
                "layers": {self.path(): {random.choice(("output", "params")): bound}},
            }
        return document

    def body(self, depth: int, most: int) -> list[Any]:
        return [self.entry(depth) for _ in range(self.random.randint(1, most))]

    def round(self, depth: int) -> list[Any]:
        """The body of a loop: behind it only ``name[i]`` is known."""
        known = len(self.bound)
        body = self.body(depth, 3)
        self.bound[known:] = [name for name in self.bound[known:] if name.endswith("]")]
        return body

    def path(self) -> str:
        """A path that mostly exists, with indices that mostly have a value."""
        random = self.random
        if random.random() < 0.8:
            return random.choice(self.bound)
        steps = [random.choice(self.bound)] if random.random() < 0.5 else []
        for _ in range(random.choice((1, 1, 2))):
            step = random.choice(("x", "y", "s", "t", "input", "b", "u", "u_1", "w", "lenet", "conv2d", "relu"))
            steps.append(step + (f"[{mostly(random, INDICES)}]" if random.random() < 0.4 else ""))
        return "/".join(steps)

    def target(self) -> str:
        """A name to bind, now and then with an index."""
        random = self.random
        name = random.choice(("x", "y", "s", "t", "u", "z", "conv2d")) + str(random.randint(1, 9))
        name += f"[{mostly(random, INDICES)}]" if random.random() < 0.4 else ""
        self.bound.append(name)
        return name

    def call(self) -> str:
        """A call whose form is right."""
        random = self.random
        kind = random.random()
        if kind < 0.08:
            read = self.path()
            return f"{self.target()} = {read}"
        if kind < 0.3:
            call = random.choice(("b", "b()", "u({})", "u(n={})", "w({})", "w({}, i={})", "u"))
        elif kind < 0.36:
            call = f"Shared({self.path()})"
        else:
            call = mostly(random, ENTRIES[self.framework])
        joins = call.startswith(("Add", "Conc", "Dot", "add", "cat", "mul", "matmul", "w("))
        call = call.replace("{}", mostly(random, SIZES))
        if "(" in call and (joins or random.random() < 0.3):
            call += f"({', '.join(self.path() for _ in range(2 if joins else random.choice((1, 1, 1, 2, 3))))})"
        if random.random() < 0.15:
            call += f" * {mostly(random, COUNTS)}"
        if random.random() < 0.6:
            call = (
                ", ".join(
                    self.target()
                    for _ in range(2 if call.startswith(("chunk", "split", "ops")) else random.choice((1,) * 9 + (2,)))
                )
                + f" = {call}"
            )
        return call

    def entry(self, depth: int) -> Any:
        """An entry whose form is right."""
        random = self.random
        kind = random.random()
        if kind < 0.6 or not depth:
            return self.call()
        if kind < 0.68:
            values = ("range(2)", "xs", "enumerate(xs)", "zip(xs, xs)", [1, 2], [[1, 2], [3, 4]], "nowhere")
            entry = {"for": random.choice(("i", ["i", "n"], "n")), "in": random.choice(values)}
            return {**entry, "layers": self.round(depth - 1)}
        if kind < 0.74:
            inner = self.body(depth - 1, 3)
            return {"if": mostly(random, CONDITIONS), "layers": inner, "else": inner[:1]}
        if kind < 0.8:
            return {"repeat": mostly(random, COUNTS), "layers": self.round(depth - 1)}
        if kind < 0.86:
            return {
                "let": {random.choice("nizx"): random.choice([mostly(random, SIZES), "shape(input)", "xs", "[n, i]"])}
            }
        if kind < 0.92:
            return self.include()
        layer = random.choice(("ReLU", "Flatten", "Shared", "b", "u"))
        entry = {
            layer: {"Shared": self.path(), "u": {"n": f"$({mostly(random, SIZES)})"}}.get(layer, {}),
            "inputs": [self.path() for _ in range(random.choice((1, 1, 1, 2)))],
        }
        for key, choice in (("repeat", COUNTS), ("trainable", CONDITIONS)):
            if random.random() < 0.3:
                entry[key] = mostly(random, choice) if key == "repeat" else f"$({mostly(random, choice)})"
        if random.random() < 0.5:
            entry["name"] = self.target()
        return entry

    def include(self) -> dict[str, Any]:
        """An include with any of what may stand beside it."""
        random = self.random
        entry: dict[str, Any] = {"include": "zoo:keras/lenet5" if self.framework == "keras" else "zoo:pytorch/alexnet"}
        for key, choices in {
            "name": ("x", "lenet", "s"),
            "inputs": (self.path(), [self.path()], [self.path(), self.path()]),
            "preset": ("LeNet5", "p", f"$({mostly(random, SIZES)})"),
            "variables": ({"classes": f"$({mostly(random, SIZES)})"}, {"include_top": False}, {"nothing": 1}),
            "until": ("c1", "s2", self.path()),
            "trainable": (False, {"from": "c3"}, {"from": self.path()}, f"$({mostly(random, CONDITIONS)})"),
        }.items():
            if random.random() < 0.3:
                entry[key] = random.choice(choices)
        return entry


def names(random: Random) -> str:
    """A file whose form is right, and whose names are anything; see `Names`."""
    return json.dumps(Names(random).document())


KINDS: dict[str, Callable[[Random], str]] = {
    "text": text,
    "structure": structure,
    "values": values,
    "names": names,
    "slips": slips,
}

CONFIGURATION = Configuration(".")


class Checked(NamedTuple):
    """What came of a text: how many findings, and how many rows were planned."""

    findings: int
    rows: int


def check(content: str) -> Checked:
    """Plan, advise and report a text as ``cnnshape check`` does.

    Raises:
        AssertionError: something that has to hold does not. Any other exception is a bug as well.
    """
    source = Source("<text>", content.removeprefix("\ufeff"))
    rows = 0
    try:
        plan = examine(text=content)
    except ArchitectureError as error:
        findings, sources = error.diagnostics, {"<text>": source}
        assert findings
    except UsageError as error:
        raise AssertionError(f"a text is no misuse: {error}") from error
    else:
        rows = len(plan.layers)
        broken = [finding for finding in plan.errors if not finding.code.startswith("CS4")]
        assert (plan.totals is None) == bool(broken), "totals and errors exclude each other, broken promises aside"
        for row in plan.layers:
            for shape in row.output_shapes:
                assert all(size is None or 0 < size < 2**63 for size in shape), f"{row.name}: {shape}"
        json.dumps(plan.to_dict(), allow_nan=False)
        findings, sources = findings_of(plan, CONFIGURATION), {**plan.sources}
    for finding in findings:
        check_place(finding, sources)
    reports = {name: renderer(name)(findings, sources) for name in FORMATS}
    if 0 < rows <= MOST_ROWS_SHOWN:
        reports.update(reports_of(plan))
    for name, report in reports.items():
        commands = set(FORBIDDEN.findall(report)) - {"\n"}
        assert not commands, f"{name} holds {commands}"
    return Checked(len(findings), rows)


def mend(content: str) -> int:
    """Mend a text as ``cnnshape check --fix`` does, then record its numbers as ``--write-expect`` does.

    Returns how many findings were mended.

    Raises:
        AssertionError: something that has to hold does not. Any other exception is a bug as well.
    """
    try:
        fixed = fix_text(content, "<text>", examine_text)
    except ArchitectureError:
        return 0
    assert (fixed.before != fixed.after) == (fixed.mended > 0), f"{fixed.mended} mended"
    assert is_json(fixed.after) or not is_json(fixed.before), f"is JSON no more:\n{fixed.after}"
    if fixed.mended:
        again = fix_text(fixed.after, "<text>", examine_text)
        assert again.mended == 0, f"mends itself again:\n{fixed.after}\n{again.after}"
    plan = examine_text(fixed.after, "<text>")
    if all(finding.code in ("CS401", "CS402") for finding in plan.errors):
        written = write_promises(fixed.after, plan)
        after = examine_text(written, "<text>")
        known = {(finding.code, finding.message) for finding in plan.errors}  # their places move
        kept = [finding for finding in after.errors if (finding.code, finding.message) not in known]
        assert not kept, f"after --write-expect: {kept}\n{written}"
        assert write_promises(written, after) == written, f"written anew:\n{written}"
    return fixed.mended


def edit(content: str, random: Random, name: str = "net.yaml") -> None:
    """Ask all that an editor asks about a text, at some place.

    Raises:
        AssertionError: something that has to hold does not. Any other exception is a bug as well.
    """
    document = Document(f"file:///nowhere/{name}", content)
    json.dumps(diagnostics.diagnostics(document), allow_nan=False)
    lines = content.splitlines() or [""]
    line = random.randrange(len(lines))
    place = {"line": line, "character": random.randint(0, len(lines[line]) + 1)}
    reach = {"start": {"line": 0, "character": 0}, "end": place}
    for answer in ANSWERS.values():
        with suppress(Refused):
            asked = {"position": place, "range": reach, "context": {}, "newName": random.choice(SNIPPETS)}
            json.dumps(answer(document, asked), allow_nan=False)


def is_json(content: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def examine_text(content: str, filename: str) -> Plan:
    """The plan of a text that would be the content of a file."""
    return examine(read_text(content, filename))


def reports_of(plan: Plan) -> dict[str, str]:
    """Everything that ``cnnshape plan`` and ``cnnshape explain`` print of a plan."""
    explanations = explain(plan)
    return {
        "plan as table": tables.render(plan, width=100),
        "plan as csv": "".join(csv.render([plan])),
        "plan as markdown": markdown.render(plan),
        "plan as latex": latex.render(plan),
        "plan against": against.render(plan),
        "explained as text": explained.text(explanations, width=100),
        "explained as markdown": explained.markdown(explanations),
    }


def check_place(finding: Diagnostic, sources: dict[str, Source]) -> None:
    """A finding points into its text."""
    if finding.span is None or finding.filename not in sources:
        return
    start, end = finding.span
    lines = sources[finding.filename].lines
    assert (1, 1) <= start <= end, f"{finding.code} at {finding.span}"
    assert end.row <= len(lines) + 1, f"{finding.code} at {finding.span} of {len(lines)} lines"
    if start.row <= len(lines):
        assert start.column <= len(lines[start.row - 1]) + 1, (
            f"{finding.code} at {finding.span}: {lines[start.row - 1]!r}"
        )
