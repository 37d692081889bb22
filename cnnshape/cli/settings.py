"""The options that every command which reads a FILE has, and what they mean to the planner. Without Typer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.cli import kept
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import Option


def at_least_one(text: str) -> int:
    """A whole number of at least 1."""
    from cnnshape.cli.shapes import read_whole  # only where such an option is given

    return read_whole(text, 1)


def at_least_zero(text: str) -> int:
    """A whole number of at least 0."""
    from cnnshape.cli.shapes import read_whole  # only where such an option is given

    return read_whole(text, 0)


FRAMEWORKS = ("keras", "pytorch")
FILES = Option(
    "files",
    (),
    "Paths, - for standard input, or zoo:NAME.",
    str,
    "FILE...",
    required=True,
    several=True,
)
INPUT = Option(
    "input",
    ("--input",),
    "Another input, such as 224x224x3; _ is unknown.",
    str,
    "[NAME=]SHAPE",
    several=True,
)
BATCH = Option("batch", ("--batch",), "Another batch size.", at_least_one, "N")
FRAMEWORK = Option(
    "framework", ("--framework",), "Whose names and rules apply, where the file does not say.", choices=FRAMEWORKS
)
PRESET = Option("preset", ("--preset",), "A named set of the file's variables.", str, "PRESET")
SET = Option("set", ("--set",), "Another value for a variable; read as YAML.", str, "NAME=VALUE", several=True)
ASSUME = Option(
    "assume",
    ("--assume",),
    "What a name of Python source stands for that cannot be read: a layer, an output shape, a value.",
    str,
    "NAME=VALUE",
    several=True,
)
OUTPUT = Option("output", ("--output", "-o"), "Write to this file, not to standard output.", str, "PATH")
NO_CACHE = Option("no_cache", (kept.NO_CACHE,), "Work everything out anew, and keep nothing.", default=False)
FILE_OPTIONS = (INPUT, BATCH, FRAMEWORK, PRESET, SET, ASSUME)


def plan_settings(
    *,
    input: Sequence[str] | None = None,
    batch: int | None = None,
    framework: str | None = None,
    preset: str | None = None,
    set: Sequence[str] | None = None,
    assume: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The options as `cnnshape.plan` takes them. Raises `Misuse` with the option at fault."""
    return {
        "batch": batch,
        "input": read_inputs(input) if input else None,
        "framework": framework,
        "preset": preset,
        "variables": {name: read_value(value) for name, value in pairs(set or (), "--set")},
        "assume": {name: value.strip() for name, value in pairs(assume or (), "--assume")},
    }


def read_inputs(texts: Sequence[str]) -> Any:
    """``["224x224x3"]`` or ``["image=64x64x3", "time="]`` as one shape, or shapes by name; a number has none."""
    from cnnshape.cli.shapes import read_shape  # only where such an option is given

    named: dict[str, Any] = {}
    alone: Any = None
    for text in texts:
        name, equals, shape = text.rpartition("=")
        with Refusing("--input"):
            sizes = list(read_shape(shape)) if shape or not name.strip() else []
        if equals:
            named[name.strip()] = sizes
        elif alone is not None:
            raise Misuse(f"needs a name for each of several inputs: NAME={text}", "--input")
        else:
            alone = sizes
    if named and alone is not None:
        raise Misuse("is either one shape, or NAME=SHAPE for every input", "--input")
    return named or alone


def pairs(texts: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    """The names and the texts of ``NAME=VALUE``. Raises `Misuse` where there is no such thing."""
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise Misuse(f"must be NAME=VALUE, got {text!r}", option)
        yield name.strip(), value


def read_value(text: str) -> Any:
    """A value as YAML has it. Only ``--set`` needs YAML, so it is imported here."""
    from cnnshape.diagnostics import Source
    from cnnshape.diagnostics.nodes import to_data
    from cnnshape.readers.yaml.document import DocumentError, parse_document

    try:
        return to_data(parse_document(Source("--set", text)))
    except DocumentError as error:
        raise Misuse(error.diagnostic.message, "--set") from None
