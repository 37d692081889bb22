"""Operations that are made of others: what their parts answer, added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.arithmetic.fields import IDENTITY, compose, unite
from cnnshape.arithmetic.sizes import Shape, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result
from cnnshape.operations.views import Identity
from cnnshape.value import value

Paths = tuple[Path, ...]


@value
class Part:
    """One operation of a composed one: `reads` are numbers of tensors, the inputs first, then what parts gave.

    Of the tensor `like`, a last input, only the shape is asked for. `made_from` is the layer that the operation comes
    from, for those who know layers.
    """

    name: str
    operation: Operation
    reads: tuple[int, ...]
    like: int | None = None
    made_from: Any = None


@value
class Composed(Operation):
    """Several operations as one; its `outputs` are numbers of tensors."""

    fewest = 0
    merges = False

    inputs: int
    parts: tuple[Part, ...]
    outputs: tuple[int, ...]

    def apply(self, *inputs: Shape) -> Result:
        """The parts one after the other: shapes handed on, weights, MACs and FLOPs added up."""
        results = self.results(*inputs)
        tensors, seen = list(inputs), self.seen(inputs, results)
        for result in results:
            tensors += result.outputs
        return Result(
            tuple(tensors[number] for number in self.outputs),
            tuple(
                weight._replace(name=f"{part.name}.{weight.name}")
                for part, result in zip(self.parts, results, strict=True)
                for weight in result.weights
            ),
            total(result.macs for result in results),
            total(result.flops for result in results),
            paths=seen[self.outputs[0]],
        )

    def results(self, *inputs: Shape) -> list[Result]:
        """What each part answers."""
        if len(inputs) != self.inputs:
            count = f"{self.inputs} input{'s' * (self.inputs != 1)}"
            raise Fault("CS203", f"{LAYER} takes {count}, got {len(inputs)}")
        tensors, results = list(inputs), []
        for part in self.parts:
            asked = part.reads if part.like is None else (*part.reads, part.like)
            try:
                results.append(part.operation.apply(*(tensors[number] for number in asked)))
            except Fault as fault:
                raise fault.named(f"{LAYER}'s {part.name}") from None
            tensors += results[-1].outputs
        return results

    def seen(self, inputs: Sequence[Shape], results: Sequence[Result]) -> list[tuple[Paths, ...]]:
        """For each tensor the paths from each input; those of an input that it does not read see everything."""
        tensors = list(inputs)
        seen: list[tuple[Paths | None, ...]] = [
            tuple(identity(shape) if number == own else None for own in range(len(inputs)))
            for number, shape in enumerate(inputs)
        ]
        for part, result in zip(self.parts, results, strict=True):
            paths = result.paths or tuple(identity(tensors[number]) for number in part.reads)
            through = tuple(
                united([onwards(seen[number][own], paths[place]) for place, number in enumerate(part.reads)])
                for own in range(len(inputs))
            )
            seen += [through] * len(result.outputs)
            tensors += result.outputs
        return [
            tuple(paths or (EVERYTHING,) * len(shape) for paths, shape in zip(each, inputs, strict=True))
            for each in seen
        ]


def chain(layers: Sequence[tuple[str, Operation]], made_from: Sequence[Any] = ()) -> Operation:
    """Operations of one input each, one after the other; a part that has several outputs hands on its first.

    None of them hand on what they read.
    """
    if not layers:
        return Identity()
    parts, number = [], 0
    for place, (name, operation) in enumerate(layers):
        parts.append(Part(name or f"{place}", operation, (number,), None, made_from[place] if made_from else None))
        number += 1
    return Composed(1, tuple(parts), (number,))


def identity(shape: Shape) -> Paths:
    """Every axis as it is."""
    return tuple(Path(axis) for axis in range(len(shape)))


def onwards(before: Paths | None, after: Paths) -> Paths | None:
    """The paths through two operations, one after the other; None where nothing is seen."""
    return None if before is None else tuple(_through(path, after) for path in before)


def _through(path: Path, after: Paths) -> Path:
    if path.axis is None:
        return path
    following = after[path.axis]
    known = path.told is not None and following.told is not None
    outer, inner = following.map, path.map
    joined = compose(outer, inner) if outer and inner else None
    lost = path.lost or following.lost or (known and joined is None)
    return Path(following.axis, joined, path.whole or following.whole, lost)


def united(branches: Sequence[Paths | None]) -> Paths | None:
    """What is seen through several branches."""
    seen = [each for each in branches if each is not None]
    if not seen:
        return None
    result = seen[0]
    for other in seen[1:]:
        result = tuple(map(_either, result, other))
    return result


def _either(one: Path, other: Path) -> Path:
    if one == other:
        return one
    whole = one.whole or other.whole
    if one.axis is None or other.axis is None:
        kept = other if one.axis is None else one
        return kept._replace(whole=whole or kept.axis is not None)
    joined = unite(one.map or IDENTITY, other.map or IDENTITY) if one.axis == other.axis else None
    return Path(one.axis, joined, whole, one.lost or other.lost or joined is None)
