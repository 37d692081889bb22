"""Operations that read their weights as inputs."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result
from cnnshape.value import value

Make = Callable[..., Operation]
"""The operation of a layer, of the input's shape and of its weights' (None: there is none)."""


@value
class Weighted(Operation):
    """A layer's operation whose weights are inputs behind the first: parameters, with 1 in place of the batch.

    Attributes:
        names: of those weights, in their order; behind the first `needed` they may be left out.
        ranks: how many axes each has, where that is certain.
    """

    merges = False

    make: Make
    names: tuple[str, ...]
    needed: int = 1
    ranks: tuple[int | None, ...] = ()

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """The input, and the weights that it needs."""
        return 1 + self.needed

    def apply(self, shape: Shape, *given: Shape) -> Result:
        """What the layer gives; its weights count where they are made."""
        if len(given) > len(self.names):
            known = ", ".join(self.names)
            raise Fault("CS203", f"{LAYER} takes an input and at most {len(self.names)} weights ({known})")
        ranks = (*self.ranks, *(None,) * len(self.names))
        weights = [weight_shape(*each) for each in zip(self.names, given, ranks, strict=False)]
        result = self.make(shape, *weights, *(None,) * (len(self.names) - len(weights))).apply(shape)
        own = [tuple(weight.shape) for weight in result.weights]
        for name, weight in zip(self.names[1:], weights[1:], strict=False):
            if len(weight) == 1 and own and weight not in own and None not in weight:
                sizes = " or ".join(sorted({show(each) for each in own if len(each) == 1})) or "no size"
                raise Fault("CS305", f"{LAYER}'s {name} has {show(weight)}, but {sizes} is needed")
        paths = result.paths or (tuple(Path(axis) for axis in range(len(shape))),)
        return result._replace(weights=(), paths=(*paths, *((EVERYTHING,) * len(each) for each in given)))


def weight_shape(name: str, shape: Shape, rank: int | None) -> Shape:
    """The shape of a weight, which is the same for all samples. Raises `Fault` where an input is none."""
    if shape[0] != 1 or (rank is not None and len(shape) != rank + 1):
        axes = "" if rank is None else f" of {rank} axes"
        raise Fault(
            "CS302",
            f"{LAYER} needs a {name}{axes} that is the same for all samples, but that input is {show(shape)}",
            fix="give it a Parameter: `w = Parameter(...)`, then `...(x, w)`",
        )
    return shape[1:]
