"""``cnnshape export``: a network as code of a framework."""

from __future__ import annotations

from typing import Any
from zipfile import BadZipFile

from cnnshape.cli import exits
from cnnshape.cli.option_parser import declared, option
from cnnshape.cli.output import write, write_findings, write_json
from cnnshape.cli.settings import FILE, FRAMEWORKS, OUTPUT, SETTINGS, Settings, at_least_one


@declared
def command(
    file: str = FILE,
    to: str = option(
        "--to", "The framework whose code is written, or ONNX.", choices=(*FRAMEWORKS, "onnx"), required=True
    ),
    output: str | None = OUTPUT,
    with_weights_map: str | None = option(
        "--with-weights-map", "Also write, as JSON, how weights carry over: names, axes, what is filled.", "FILE"
    ),
    weights: str | None = option(
        "--weights", "The weights of an ONNX model, as an .npz by the names of the map.", "FILE"
    ),
    opset: int | None = option("--opset", "The opset of an ONNX model, 17 by default.", "N", at_least_one),
    settings: Settings = SETTINGS,
) -> int:
    """The network as code, Keras's functional API or modules of PyTorch, or as an ONNX model with weights drawn anew.

    Where the frameworks' rules differ, the code says what it does instead; a layer without an equal is refused by name.
    """
    from cnnshape.readers.requests import UsageError  # which --help does not need

    options: dict[str, Any] = {}
    if to == "onnx":
        options = {"opset": opset} if opset is not None else {}
        options |= {"given": read_weights(weights)} if weights is not None else {}
    elif opset is not None or weights is not None:
        name = "--opset" if opset is not None else "--weights"
        raise UsageError(f"{name} is of ONNX models: --to onnx")
    return written(file, to, output, settings, options, with_weights_map)


def read_weights(path: str) -> dict[str, Any]:
    """The arrays of an ``.npz`` by name; no object in one is unpickled. Raises `UsageError`."""
    from cnnshape.readers.requests import UsageError, needing

    with needing("onnx", "reading weights"):
        import numpy as np  # which only those need who have weights
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no .npz of NumPy arrays"
        raise UsageError(f"--weights {path}: {reason}") from None


def written(
    file: str,
    kind: str,
    output: str | None,
    settings: dict[str, Any],
    options: dict[str, Any] | None = None,
    weights_map: str | None = None,
) -> int:
    """A network as text of that kind, and how its weights carry over where that is asked for."""
    from cnnshape.api import examine  # planning, which --help does not need
    from cnnshape.cli.saving import save
    from cnnshape.readers.requests import UsageError
    from cnnshape.writers import Unwritable
    from cnnshape.writers import write as text_of

    if kind == "onnx" and (output is None or output == "-"):
        raise UsageError("an ONNX model is no text: say where it goes, such as -o model.onnx")
    plan = examine(file, **settings)
    if plan.errors:
        write_findings(plan.errors, plan.sources)
        return exits.WRONG
    try:
        text = text_of(plan, kind, **options or {})
        if weights_map is not None:
            from cnnshape.writers.weights import weights_map as map_of  # only where it is asked for

            write_json(map_of(plan, kind), weights_map)
    except Unwritable as error:
        from cnnshape.cli.failures import say_error  # only for a message

        say_error(str(error))
        return exits.WRONG
    if isinstance(text, bytes):
        save(str(output), text)
    else:
        write(text.rstrip("\n"), output)
    return exits.WELL
