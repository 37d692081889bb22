"""An operator of a graph as the rules see it: its attributes, and what is known of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes
from cnnshape.readers.exported import Meaning
from cnnshape.value import NamedTuple

Value = Any
"""A NumPy array of whole numbers, sizes with names, floats or booleans; dtype ``object``."""

LARGEST_VALUE = 4096
"""Elements of a tensor whose values are followed; what sizes are computed from is far smaller."""


class UnknownSizeError(Exception):
    """The output's shape depends on what nobody knows before the network runs."""


class Operator(NamedTuple):
    """One operator with what it reads.

    Attributes:
        type, domain, opset: whose operator, and the version of the set that it belongs to.
        inputs, outputs: names; an empty one is left out.
        given: the sizes of each input, None where it is left out; `values` likewise what it holds.
    """

    type: str
    domain: str
    opset: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    given: tuple[Sizes | None, ...]
    values: tuple[Value | None, ...]

    def sizes(self, number: int) -> Sizes:
        """The sizes of an input. Raises `ValueError` where it is left out."""
        found = self.given[number] if number < len(self.given) else None
        if found is None:
            raise ValueError(f"{self.type} has no input {number}")
        return found

    def has(self, number: int) -> bool:
        """Whether an input is there."""
        return number < len(self.inputs) and bool(self.inputs[number])

    def value(self, number: int) -> Value:
        """What an input holds. Raises `UnknownSizeError` where that is not known."""
        found = self.values[number] if number < len(self.values) else None
        if found is None:
            raise UnknownSizeError
        return found

    def elements(self, number: int) -> list[Any]:
        """What an input of one axis holds."""
        return list(self.value(number).reshape(-1))

    def numbers(self, number: int) -> list[int]:
        """Whole numbers that an input holds. Raises `UnknownSizeError` where one has a name in it."""
        found = self.elements(number)
        if any(isinstance(each, Polynomial) for each in found):
            raise UnknownSizeError
        return [int(each) for each in found]

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def axes(self, number: int) -> list[int] | None:
        """Axes, which were an attribute and are an input since some opset."""
        if "axes" in self.attributes:
            return list(self.attributes["axes"])
        return self.numbers(number) if self.has(number) else None

    def cuts(self, rank: int) -> Iterator[tuple[int, Any, Any, Any]]:
        """Of a slice each axis with its start, end and step, which were attributes and are inputs since opset 10."""
        if "starts" in self.attributes:
            starts, ends = self.attributes["starts"], self.attributes["ends"]
        else:
            starts, ends = self.elements(1), self.elements(2)
        steps = self.elements(4) if self.has(4) else [1] * len(starts)
        return zip(t.axes_of(self.axes(3) or range(len(starts)), rank), starts, ends, steps, strict=True)


Rule = Callable[[Operator], Meaning]


def whole(size: Size) -> int:
    """A size that has to be a number. Raises `UnknownSizeError`."""
    if not isinstance(size, int):
        raise UnknownSizeError
    return size


MICROSOFT = frozenset(
    (
        *("BiasGelu", "DequantizeLinear", "FastGelu", "FusedConv", "FusedGemm", "FusedMatMul", "Gelu", "GridSample"),
        *("QGemm", "QLinearAdd", "QLinearAveragePool", "QLinearConcat", "QLinearGlobalAveragePool", "QLinearLeakyRelu"),
        *("QLinearMul", "QLinearSigmoid", "QuantizeLinear", "QuickGelu", "SkipLayerNormalization", "Trilu"),
    )
)
"""Operators of ONNX Runtime's own domain that the rules are about; others share a name with ONNX's, and no meaning."""
