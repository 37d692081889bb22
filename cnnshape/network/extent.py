"""What a study of sizes asks of a network: the shapes of its tensors, and what its windows leave unread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.network.plan import Plan
from cnnshape.value import NamedTuple


class Extent(NamedTuple):
    """What the sizes of an input come to.

    Attributes:
        tensors: the shape of every tensor by name.
        leftovers: of every live row, elements per spatial axis that no window reads.
    """

    tensors: Mapping[str, Shape]
    leftovers: Sequence[tuple[Dim, ...]]


REFUSED = Extent({}, ())
"""The network does not take them."""


def extent_of(plan: Plan) -> Extent:
    """What the sizes of a plan come to."""
    if wrong(plan):
        return REFUSED
    tensors = {
        name: shape
        for row in plan.layers
        if row.output_shapes  # of an unknown layer there are none
        for name, shape in zip(row.output_names, row.output_shapes, strict=True)
    }
    return Extent(tensors, [row.leftover for row in plan.layers if row.live and row.leftover])


def wrong(plan: Plan) -> bool:
    """Whether the plan has errors other than broken expectations, which are about the file's own input."""
    return any(not finding.code.startswith("CS4") for finding in plan.errors)
