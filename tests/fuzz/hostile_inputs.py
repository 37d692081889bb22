"""Texts that nobody would write, made from a source of random choices; and what has to hold whatever they are.

Three kinds: `text` damages files that mean something, `structure` builds documents of keys and entries that need not
fit, `values` gives real layers arbitrary arguments. All take a `random.Random`, so that hypothesis can shrink them,
atheris can steer them, and a plain loop can count them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from cnnshape.api import UsageError, examine
from cnnshape.architecture.files import zoo_folder
from cnnshape.architecture.reader import TOP_LEVEL
from cnnshape.checks.check import findings_of
from cnnshape.checks.configuration import Configuration
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source
from cnnshape.reports.diagnostics import FORMATS, renderer
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import Framework, vocabulary

BROKEN = sorted((Path(__file__).parents[1] / "data/broken").glob("*.yaml"))
SOUND = sorted(zoo_folder().rglob("*.yaml"))
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
    '"a" * 10**9',
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
    "if: shape(input)[0] > 3",
    "let: {x: shape(input)}",
    "name: a/b",
    "# noqa: CS501",
]

FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that no report for a terminal may hold."""


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
            "in": random.choice(("range(3)", [1, 2], value(random, 2))),
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
    "range(3)", "zip([1], [2])", "enumerate([1])", "sum([1, 2])", "int('3')", "abs(-1)", "min()", "1 < 2 < 3",
]  # fmt: skip

LAYERS: list[tuple[Framework, str]] = [
    (framework, name) for framework in ("keras", "pytorch") for name in vocabulary(framework).types
]
ARGUMENT_NAMES = sorted(
    {name for framework, layer in LAYERS for name in model_of(vocabulary(framework).types[layer]).model_fields}
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
        fields = list(model_of(vocabulary(framework).types[name]).model_fields.items())
        arguments: dict[str, Any] = {}
        for field, information in fields:
            if information.is_required() or random.random() < 0.25:
                arguments[information.alias or field] = argument(random)
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


KINDS: dict[str, Callable[[Random], str]] = {"text": text, "structure": structure, "values": values}

CONFIGURATION = Configuration(Path())


def check(content: str) -> int:
    """Plan, advise and report a text as ``cnnshape check`` does; the number of findings.

    Raises:
        AssertionError: something that has to hold does not. Any other exception is a bug as well.
    """
    source = Source("<text>", content.removeprefix("\ufeff"))
    try:
        plan = examine(text=content)
    except ArchitectureError as error:
        findings, sources = error.diagnostics, {"<text>": source}
        assert findings
    except UsageError as error:
        raise AssertionError(f"a text is no misuse: {error}") from error
    else:
        broken = [finding for finding in plan.errors if not finding.code.startswith("CS4")]
        assert (plan.totals is None) == bool(broken), "totals and errors exclude each other, broken promises aside"
        for row in plan.layers:
            for shape in row.output_shapes:
                assert all(size is None or 0 < size < 2**63 for size in shape), f"{row.name}: {shape}"
        json.dumps(plan.to_dict(), allow_nan=False)
        findings, sources = findings_of(plan, CONFIGURATION), {**plan.sources}
    for finding in findings:
        check_place(finding, sources)
    for name in FORMATS:
        report = renderer(name)(findings, sources)
        commands = [
            character for character in report if character != "\n" and unicodedata.category(character) in FORBIDDEN
        ]
        assert not commands, f"{name} holds {commands}"
    return len(findings)


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
