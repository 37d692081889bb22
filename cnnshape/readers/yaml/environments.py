"""What expressions see: variables, and shapes where there are some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.readers.yaml.expression_budget import Work

MOST_CONSTANT = 4096
"""Elements that are made where an expression is read; a larger one waits until it is needed, and is paid for."""


class Environment:
    """What an expression can see: variables, and tensors; here there are neither."""

    values: Mapping[str, Any] = {}
    why = "shapes are not known yet"

    def shape(self, name: str) -> Shape:
        """The shape of a tensor without its batch. Raises `Fault` (CS201) or `FailedTensor`."""
        raise Fault("CS201", f"{name!r} has no shape here: {self.why}")

    def channels(self, name: str) -> int | None:
        """The number of channels of a tensor. Raises likewise."""
        self.shape(name)
        return None

    def is_tensor(self, name: str) -> bool:
        """Whether a tensor of that name can be read here."""
        return False

    def nearest(self, name: str) -> str | None:
        """The variable whose name is most like this one, if any is."""
        return None

    def spend(self, elements: int) -> None:
        """Pay for elements of lists, of which a constant may have few; see `expression_budget.Work`."""
        if elements > MOST_CONSTANT:
            raise Fault("CS115", f"more than {MOST_CONSTANT:,} elements")


NOTHING = Environment()
"""What constant expressions see."""


class FileEnvironment(Environment):
    """What expressions at the head of a file see: its variables. `work` pays for lists that they make."""

    values: dict[str, Any]
    why = "shapes are known below `layers:` only"

    def __init__(self, values: dict[str, Any], work: Work) -> None:
        self.values = values
        self.work = work

    def nearest(self, name: str) -> str | None:
        return self.work.spelling.nearest(name, self.values)

    def spend(self, elements: int) -> None:
        self.work.spend(elements)
