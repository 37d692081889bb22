"""Weights that are used again: what the second use may be given, and what it knows from the first."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Answer, Lowered
from cnnshape.network.node import Node

BUILT_FOR_A_RANK = {"keras": frozenset({"BatchNormalization", "GroupNormalization", "PReLU", "EinsumDense"})}
"""Layers that take other ranks at first, and once they are built only that of their first input.

Source: Keras 3.15.1, `self.input_spec = InputSpec(ndim=...)` in their `build`; run on inputs of another rank each.
"""


STRETCHED = frozenset({"PReLU", "RMSNormalization"})
"""Keras's layers that only multiply by their weights: a weight of size 1 along an axis serves inputs of any size there.

Source: Keras 3.15.1, run on such inputs.
"""


def answer_again(layer: Lowered, shapes: tuple[Shape, ...], owner: Node, name: str) -> Answer:
    """What a layer with the weights of `owner` answers for these inputs.

    Raises:
        Fault: CS208, it would need other weights; CS302, it was built for another rank; or as the operation does.
    """
    kind = layer.bound.kind
    if kind.name in BUILT_FOR_A_RANK.get(kind.framework, ()):
        require_same_rank(owner, shapes, kind.name)
    refusal: Fault | None = None
    for known in (shapes, *with_known_size(shapes, owner)):
        try:
            answer = layer.answer(known)
            require_same_weights(owner, answer, name)
            return answer if known is shapes else unknown_still(answer, known[0], shapes[0])
        except Fault as fault:
            refusal = refusal or fault
    assert refusal is not None
    raise refusal


def unknown_still(answer: Answer, known: Shape, given: Shape) -> Answer:
    """The answer, whose size is unknown where the input's is: a normalization hands it on, a dense layer does not."""
    result = answer.result
    return answer if result.macs != 0 or result.output != known else Answer(result._replace(outputs=(given,)))


def require_same_rank(owner: Node, shapes: tuple[Shape, ...], what: str) -> None:
    """Refuse (CS302) an input of another rank than the one that a layer was built for."""
    built = owner.inputs[0].shape or ()
    if len(shapes[0]) != len(built):
        raise Fault(
            "CS302",
            f"{what} was built for {len(built)} axes by {owner.name}, whose input is {show(built)}, "
            f"but its input {show(shapes[0])} has {len(shapes[0])}",
            fix="give it an input of that rank, or do not share",
        )


def with_known_size(shapes: tuple[Shape, ...], owner: Node) -> Iterator[tuple[Shape]]:
    """The only input with an unknown size as `owner` has it: the weights have that size. Features last, then first."""
    if len(shapes) != 1 or not shapes[0]:
        return
    (shape,), built = shapes, (owner.inputs[0].shape or () if owner.inputs else ())
    for axis in (-1, 1, *range(2, len(shape))):
        at = axis % len(shape)
        if shape[at] is None and -len(built) <= axis < len(built) and built[axis] is not None:
            yield ((*shape[:at], built[axis], *shape[at + 1 :]),)


def serves(owned: Shape, needed: Shape) -> bool:
    """Whether a weight may be stretched along axes of size 1 to be as needed."""
    return len(owned) == len(needed) and all(one in (1, other) for one, other in zip(owned, needed, strict=True))


def require_same_weights(owner: Node, answer: Answer, name: str) -> None:
    """Refuse (CS208) a node that would need other weights than those that it shares."""
    owned = owner.answer.result.weights if owner.answer else ()
    needed = answer.result.weights
    wrong = [
        (one.shape, other.shape)
        for one, other in zip(owned, needed, strict=False)
        if one.shape != other.shape and not (owner.type in STRETCHED and serves(one.shape, other.shape))
    ]
    if wrong or len(owned) != len(needed):
        raise Fault(
            "CS208",
            f"the weights of {owner.name} are {show(wrong[0][0])}, but would have to be {show(wrong[0][1])} here"
            if wrong
            else f"the weights of {owner.name} are others than are needed here",
            fix="give both the same number of input channels, or do not share",
        )
