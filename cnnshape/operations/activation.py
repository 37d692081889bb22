"""Activations: one output element per input element."""

from __future__ import annotations

from dataclasses import dataclass

from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.operations.operation import Operation, Result

NO_ACTIVATION = frozenset({"linear", "identity"})
FLOPS_PER_ELEMENT = {"softmax": 3, "log_softmax": 3, "softmin": 3}
"""Activations that cost more than the one operation per element that the convention counts."""


def activation_flops(name: str | None, elements: Dim) -> Dim:
    """Floating-point operations of an activation over `elements` outputs: 3 for softmax, 0 for linear, else 1."""
    if name is None or name in NO_ACTIVATION:
        return 0
    return times(FLOPS_PER_ELEMENT.get(name, 1), elements)


@dataclass(frozen=True, slots=True)
class Activation(Operation):
    """An activation as a row of its own. `in_place` overwrites its input (PyTorch's ``inplace=True``)."""

    name: str
    in_place: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """The shape of the input."""
        (shape,) = inputs
        if self.name in NO_ACTIVATION:
            return Result((shape,), memory="view")
        flops = activation_flops(self.name, product(shape[1:]))
        return Result((shape,), flops=flops, memory="in_place" if self.in_place else "new")
