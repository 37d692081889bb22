"""The options that limit what a network may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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


def read_budget(
    params: str | None, macs: str | None, memory: str | None, weights: str | None, training: str | None = None
) -> Budget:
    """The limits as numbers. Raises a usage error that names the option."""
    from cnnshape.studies.scale import Budget  # plans, which --help does not need

    return Budget(
        quantity(params, "--max-params"),
        quantity(macs, "--max-macs"),
        size(memory, "--max-memory"),
        size(weights, "--max-weights"),
        size(training, "--max-training"),
    )


def size(text: str | None, option: str) -> int | None:
    """``24GiB`` in bytes. A number alone could be meant in any unit: a usage error that asks for one."""
    if text is not None and text.strip().replace(".", "", 1).isdigit():
        amount = text.strip()
        raise typer.BadParameter(
            f"{amount!r} has no unit: write {amount}GiB, {amount}MiB, or {amount}B for bytes", param_hint=f"'{option}'"
        )
    return quantity(text, option)


def quantity(text: str | None, option: str) -> int | None:
    """``1M``, ``512KiB`` as a number."""
    from cnnshape.diagnostics import Fault
    from cnnshape.network.promise_syntax import parse_quantity

    if text is None:
        return None
    try:
        return parse_quantity(text)
    except Fault as fault:
        raise typer.BadParameter(fault.message, param_hint=f"'{option}'") from None
