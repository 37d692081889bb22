"""The options that limit what a network may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import option

if TYPE_CHECKING:
    from cnnshape.studies.scale import Budget

LIMITS = {
    "max_params": option("--max-params", "At most so many parameters: 1M, 600k.", "N"),
    "max_macs": option("--max-macs", "At most so many MACs per sample: 300M, 4G.", "N"),
    "max_memory": option("--max-memory", "At most so much peak activation memory: 512KiB, 64MiB.", "SIZE"),
    "max_weights": option("--max-weights", "At most so much memory of weights: 1MiB.", "SIZE"),
    "max_training": option("--max-training", "At most so much memory of a training step: 24GiB.", "SIZE"),
}
COUNTS = ("max_params", "max_macs")
"""Those that are no sizes in bytes."""


def read_budget(**limits: str | None) -> Budget:
    """The limits, by the names of their options, as numbers. Raises `Misuse`."""
    from cnnshape.studies.scale import Budget  # plans, which --help does not need

    numbers = {
        name: (quantity if name in COUNTS else size)(text, f"--{name.replace('_', '-')}")
        for name, text in limits.items()
    }
    return Budget(**{name.removeprefix("max_"): number for name, number in numbers.items()})


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
