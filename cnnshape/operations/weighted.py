"""Operations that read their weights as inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result
from cnnshape.value import value

MEANT = {
    "bias": ("offset",),
    **dict.fromkeys(("weight", "gamma"), ("scale",)),
    **dict.fromkeys(("running_mean", "running_var"), ("mean",)),
    "beta": ("offset",),
}
"""What the weights of functions are in a layer, whose name is another."""

Make = Callable[..., Operation]
"""The operation of a layer, of the input's shape and of its weights' (None: there is none)."""


@value
class Weighted(Operation):
    """A layer's operation whose weights are inputs behind its own: parameters, with 1 in place of the batch.

    Attributes:
        names: of those weights, in their order; behind the first `needed` they may be left out.
        ranks: how many axes each has, where that is certain.
        own: how many inputs come before them.
    """

    merges = False

    make: Make
    names: tuple[str, ...]
    needed: int = 1
    ranks: tuple[int | None, ...] = ()
    own: int = 1

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """The input, and the weights that it needs."""
        return self.own + self.needed

    def apply(self, *inputs: Shape) -> Result:
        """What the layer gives; its weights count where they are made."""
        own, given = inputs[: self.own], inputs[self.own :]
        result = self.layer(*inputs).apply(*own)
        paths = result.paths or tuple(tuple(Path(axis) for axis in range(len(shape))) for shape in own)
        return result._replace(weights=(), paths=(*paths, *((EVERYTHING,) * len(each) for each in given)))

    def layer(self, *inputs: Shape) -> Operation:
        """The operation of the layer on these inputs and weights. Raises `Fault` where they do not fit each other."""
        own, given = inputs[: self.own], inputs[self.own :]
        if len(given) > len(self.names):
            known = ", ".join(self.names)
            raise Fault("CS203", f"{LAYER} takes an input and at most {len(self.names)} weights ({known})")
        ranks = (*self.ranks, *(None,) * len(self.names))
        return self.on(own, [weight_shape(*each) for each in zip(self.names, given, ranks, strict=False)])

    def on(self, inputs: tuple[Shape, ...], weights: Sequence[Shape | None]) -> Operation:
        """The operation of the layer on weights of these shapes, without an axis for the batch."""
        operation = self.make(*inputs, *weights, *(None,) * (len(self.names) - len(weights)))
        needed = {weight.name: tuple(weight.shape) for weight in operation.apply(*inputs).weights}
        for name, weight in zip(self.names, weights, strict=False):
            wanted = next((needed[each] for each in (name, *MEANT.get(name, ())) if each in needed), weight)
            if weight and wanted and None not in weight and wanted != weight:
                raise Fault("CS305", f"{LAYER}'s {name} has {show(weight)}, but {show(wanted)} is needed")
        return operation


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
