"""The arguments of a call of an ATen operator, as the rules see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.arithmetic.symbols import Sizes
from cnnshape.readers.exported import Meaning
from cnnshape.value import NamedTuple


class Arguments(NamedTuple):
    """The arguments of a call; tensors are their sizes."""

    target: str
    given: dict[str, Any]

    def __call__(self, *names: str, default: Any = None) -> Any:
        """The first of these that is given."""
        return next((self.given[name] for name in names if self.given.get(name) is not None), default)

    def all(self, name: str, rank: int, default: int) -> tuple[int, ...]:
        """A number for every axis, from one for all or one each."""
        value = self(name, default=default)
        listed = value if isinstance(value, list) and value else [value or default]
        return tuple(listed) * (rank if len(listed) == 1 else 1)

    def pads(self, rank: int) -> tuple[tuple[int, int], ...]:
        """The same padding at both ends of every axis."""
        return tuple((pad, pad) for pad in self.all("padding", rank, 0))

    @property
    def rank(self) -> int:
        """The digit in the name."""
        return int(next(each for each in base_name(self.target) if each.isdigit()))


Rule = Callable[[Arguments, tuple[Sizes, ...]], Meaning]


def base_name(target: str) -> str:
    """``conv2d`` of ``torch.ops.aten.conv2d.default``; in-place variants have the name of the others."""
    return full_name(target)[:-1] if writes_in_place(target) else full_name(target)


def writes_in_place(target: str) -> bool:
    """Whether an operator writes into its first argument: ``add_``."""
    name = full_name(target)
    return name.endswith("_") and not name.startswith("__")


def full_name(target: str) -> str:
    """The name without that of its library and of its overload."""
    parts = target.split(".")
    return parts[3] if target.startswith("torch.ops.") and len(parts) > 3 else parts[-1]
