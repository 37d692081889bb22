"""The options that every command which reads a FILE has, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from cnnshape.cli.shapes import read_shape

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A path, - for standard input, or zoo:NAME.", show_default=False)
]
FilesArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Paths, - for standard input, or zoo:NAME.", show_default=False),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="[NAME=]SHAPE", help="Another input, such as 224x224x3; _ is unknown."),
]
BatchOption = Annotated[int | None, typer.Option("--batch", min=1, metavar="N", help="Another batch size.")]
FrameworkOption = Annotated[
    Literal["keras", "pytorch"] | None,
    typer.Option("--framework", help="Whose names and rules apply, where the file does not say."),
]
PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="PRESET", help="A named set of the file's variables.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Another value for a variable; read as YAML."),
]
OutputOption = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="PATH", help="Write to this file, not to standard output."),
]


def plan_settings(
    *,
    input: Sequence[str] | None = None,
    batch: int | None = None,
    framework: str | None = None,
    preset: str | None = None,
    set: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The options as `cnnshape.plan` takes them. Raises a usage error that names the option."""
    return {
        "batch": batch,
        "input": read_inputs(input or ()),
        "framework": framework,
        "preset": preset,
        "variables": read_variables(set or ()),
    }


def read_inputs(texts: Sequence[str]) -> Any:
    """``["224x224x3"]`` or ``["left=64x64x3", "right=64x64x3"]`` as one shape, or shapes by name."""
    named: dict[str, Any] = {}
    alone: Any = None
    for text in texts:
        name, equals, shape = text.rpartition("=")
        try:
            sizes = list(read_shape(shape))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="'--input'") from None
        if equals:
            named[name.strip()] = sizes
        elif alone is not None:
            raise typer.BadParameter(f"needs a name for each of several inputs: NAME={text}", param_hint="'--input'")
        else:
            alone = sizes
    if named and alone is not None:
        raise typer.BadParameter("is either one shape, or NAME=SHAPE for every input", param_hint="'--input'")
    return named or alone


def read_variables(texts: Sequence[str]) -> dict[str, Any]:
    """``["width=0.5"]`` as values by name; a value is read as YAML."""
    variables: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"must be NAME=VALUE, got {text!r}", param_hint="'--set'")
        variables[name.strip()] = read_value(value)
    return variables


def read_value(text: str) -> Any:
    """A value as YAML has it. Only ``--set`` needs YAML, so it is imported here."""
    from cnnshape.architecture.document import DocumentError, parse_document
    from cnnshape.architecture.nodes import to_data
    from cnnshape.diagnostics import Source

    try:
        return to_data(parse_document(Source("--set", text)))
    except DocumentError as error:
        raise typer.BadParameter(error.diagnostic.message, param_hint="'--set'") from None
