"""The options that every command which reads a FILE has, and what they mean to the planner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnshape.cli import kept
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, flag, group, option


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number within these bounds."""

    def read(text: str) -> int:
        from cnnshape.cli.shapes import read_whole  # only where such an option is given

        return read_whole(text, least, most)

    return read


at_least_one, at_least_zero = whole(1), whole(0)


FRAMEWORKS = ("keras", "pytorch")
FILE = argument("FILE", "A path, - for standard input, or zoo:NAME.")
FRAMEWORK = option("--framework", "Whose names and rules apply, where the file does not say.", choices=FRAMEWORKS)
BATCH = option("--batch", "Another batch size.", "N", at_least_one)
OUTPUT = option("--output -o", "Write to this file, not to standard output.", "PATH")
NO_CACHE = flag(kept.NO_CACHE, "Work everything out anew, and keep nothing.")
OPTIMIZER = option(
    "--optimizer",
    "For the memory that training takes.",
    default="adam",
    choices=("sgd", "momentum", "adam", "adamw", "adafactor", "lion", "adam8bit"),
)
AMP = option("--amp", "Train under autocast (PyTorch).", choices=("bf16", "fp16"))
BOTH_SPELLINGS = "--format --output-format"
DEVICES = ("microcontroller", "mobile", "edge", "desktop", "server")
"""Classes of device, smallest first."""


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


def shown_as(*formats: str, spellings: str = "--format", help: str = "How to show it.") -> Any:
    """The option that chooses a format; the first one is the default."""
    return option(spellings, help, default=formats[0], choices=formats)


Settings = dict[str, Any]
"""What `cnnshape.plan` is given: what the options say that change a plan."""

CHANGING_A_PLAN: dict[str, Any] = {
    "input": option("--input", "Another input, such as 224x224x3; _ is unknown.", "[NAME=]SHAPE", several=True),
    "batch": BATCH,
    "framework": FRAMEWORK,
    "preset": option("--preset", "A named set of the file's variables.", "PRESET"),
    "set": option("--set", "Another value for a variable; read as YAML.", "NAME=VALUE", several=True),
    "assume": option(
        "--assume",
        "What a name of Python source stands for that cannot be read: a layer, an output shape, a value.",
        "NAME=VALUE",
        several=True,
    ),
}
SETTINGS = group(plan_settings, **CHANGING_A_PLAN)
