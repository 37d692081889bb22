"""The options that limit what a network may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cnnshape.cli.misuse import Misuse, Refusing

if TYPE_CHECKING:
    from cnnshape.studies.scale import Budget

MaxParamsOption = Annotated[
    str | None, typer.Option("--max-params", metavar="N", help="At most so many parameters: 1M, 600k.")
]
MaxMacsOption = Annotated[
    str | None, typer.Option("--max-macs", metavar="N", help="At most so many MACs per sample: 300M, 4G.")
]
MaxMemoryOption = Annotated[
    str | None,
    typer.Option("--max-memory", metavar="SIZE", help="At most so much peak activation memory: 512KiB, 64MiB."),
]
MaxWeightsOption = Annotated[
    str | None, typer.Option("--max-weights", metavar="SIZE", help="At most so much memory of weights: 1MiB.")
]

MaxTrainingOption = Annotated[
    str | None, typer.Option("--max-training", metavar="SIZE", help="At most so much memory of a training step: 24GiB.")
]


def read_budget(params: str | None, macs: str | None, *sizes: str | None) -> Budget:
    """The limits as numbers; the sizes are of memory, of weights and of a training step. Raises `Misuse`."""
    from cnnshape.studies.scale import Budget  # plans, which --help does not need

    options = ("--max-memory", "--max-weights", "--max-training")
    limits = [size(text, option) for text, option in zip(sizes, options, strict=False)]
    return Budget(quantity(params, "--max-params"), quantity(macs, "--max-macs"), *limits)


def size(text: str | None, option: str) -> int | None:
    """``24GiB`` in bytes. A number alone could be meant in any unit: a usage error that asks for one."""
    if text is not None and text.strip().replace(".", "", 1).isdigit():
        amount = text.strip()
        raise Misuse(f"{amount!r} has no unit: write {amount}GiB, {amount}MiB, or {amount}B for bytes", option)
    return quantity(text, option)


def quantity(text: str | None, option: str) -> int | None:
    """``1M``, ``512KiB`` as a number."""
    from cnnshape.diagnostics import Fault
    from cnnshape.network.promise_syntax import parse_quantity

    with Refusing(option, Fault):
        return None if text is None else parse_quantity(text)
