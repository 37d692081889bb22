"""Operations around another one."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar, Literal, TypeVar

from cnnshape.arithmetic.sizes import Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Operation, Path, Result, Weight, normalize_axis
from cnnshape.value import value

T = TypeVar("T")
Merging = Literal["concat", "sum", "ave", "mul"]


def as_within(name: str) -> Any:
    """A property that an operation around another one has as that has it."""
    return property(attrgetter(f"operation.{name}"))


@value
class PerStep(Operation):
    """The same operation for every step of axis 1 (Keras's TimeDistributed)."""

    most = as_within("most")
    merges = as_within("merges")

    operation: Operation

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """As the operation has it; without an input there are no steps."""
        return max(1, self.operation.fewest)

    def apply(self, *inputs: Shape) -> Result:
        """``(batch, steps, ...)``: what the operation makes of ``(batch, ...)``; its costs for each step."""
        for shape in inputs:
            if len(shape) < 3:
                raise Fault("CS302", f"{LAYER} needs at least 3 axes (batch, steps, ...), but got {show(shape)}")
        steps = inputs[0][1]
        one = self.operation.apply(*((shape[0], *shape[2:]) for shape in inputs))
        outputs = tuple((shape[0], steps, *shape[1:]) for shape in one.outputs)
        paths = one.paths and tuple((each[0], Path(1), *map(behind, each[1:])) for each in one.paths)
        return one._replace(outputs=outputs, macs=times(one.macs, steps), flops=times(one.flops, steps), paths=paths)


@value
class Frozen(Operation):
    """An operation whose weights do not train, though those of what holds it may."""

    fewest = as_within("fewest")
    most = as_within("most")
    merges = as_within("merges")

    operation: Operation

    def apply(self, *inputs: Shape) -> Result:
        """What the operation gives, with weights that do not train."""
        result = self.operation.apply(*inputs)
        return result._replace(weights=tuple(map(not_trained, result.weights)))


def not_trained(weight: Weight) -> Weight:
    """The weight where it does not train; a buffer never does."""
    return weight if weight.kind == "buffer" else weight._replace(kind="non_trainable")


def behind(path: Path) -> Path:
    """The path of an axis that lies one further back, as all but the batch do."""
    return path._replace(axis=path.axis + 1) if path.axis else path


@value
class BothDirections(Operation):
    """Keras's Bidirectional: a recurrent operation forwards and one backwards, their outputs merged or (None) apart.

    Further inputs are the states that both begin with.
    """

    most = 5

    forwards: Operation
    backwards: Operation
    merging: Merging | None = "concat"

    def apply(self, shape: Shape, *states: Shape) -> Result:
        """The outputs of both, then the states of both; weights of both."""
        half = len(states) // 2
        first, second = self.forwards.apply(shape, *states[:half]), self.backwards.apply(shape, *states[half:])
        output = first.output
        merged: tuple[Shape, ...] = (output,)
        if self.merging is None:
            merged = (output, second.output)
        elif self.merging == "concat":
            merged = ((*output[:-1], total([output[-1], second.output[-1]])),)
        merges = self.merging in ("sum", "ave", "mul")
        return first._replace(
            outputs=(*merged, *first.outputs[1:], *second.outputs[1:]),
            weights=(
                *(weight._replace(name=f"forward_{weight.name}") for weight in first.weights),
                *(weight._replace(name=f"backward_{weight.name}") for weight in second.weights),
            ),
            paths=first.paths and second.paths and (*first.paths, *second.paths[1:]),
            macs=total([first.macs, second.macs]),
            flops=total([first.flops, second.flops, product(output[1:]) if merges else 0]),
        )


@value
class SpectralNormalization(Operation):
    """Keras's SpectralNormalization: a layer whose kernel is divided by its largest singular value.

    That is estimated by a vector with an element for each output of the kernel, which does not train.
    """

    operation: Operation

    def apply(self, shape: Shape) -> Result:
        """What the operation gives, and the vector."""
        result = self.operation.apply(shape)
        kernel = next((weight for weight in result.weights if weight.name in ("kernel", "embeddings")), None)
        if kernel is None:
            raise Fault("CS105", f"{LAYER} needs a layer with a kernel", argument="layer")
        return result._replace(weights=(*result.weights, Weight("vector_u", (1, kernel.shape[-1]), "non_trainable")))


def normalized_weight(result: Result, name: str) -> tuple[str, Shape]:
    """The weight of a module that is normalized, as PyTorch has it: a kernel with its outputs first.

    Raises:
        Fault: CS105, the module has none of that name.
    """
    found = next((each for each in result.weights if each.name == ("kernel" if name == "weight" else name)), None)
    if found is None:
        raise Fault("CS105", f"{LAYER} needs a module with a {name}", argument="module")
    shape = found.shape
    return name, (shape[-1], shape[-2], *shape[:-2]) if found.name == "kernel" else shape


def length_shape(shape: Shape, dim: int | None) -> Shape:
    """The lengths of a weight along all axes but one; of all of it where that is None or -1."""
    kept = None if dim is None or dim == -1 else normalize_axis(dim, len(shape), argument="dim")
    return tuple(size if axis == kept else 1 for axis, size in enumerate(shape))


def singular_vectors(shape: Shape, dim: int) -> tuple[Shape, Shape]:
    """The sizes of the vectors that a power iteration finds: of a weight as a matrix with the axis as its rows."""
    row = normalize_axis(dim, len(shape), argument="dim")
    return (shape[row],), (product(size for axis, size in enumerate(shape) if axis != row),)


@value
class WeightNormalization(Operation):
    """PyTorch's weight_norm: the length of a weight for each index of an axis is a parameter beside its direction."""

    operation: Operation
    name: str = "weight"
    dim: int | None = 0

    def apply(self, shape: Shape) -> Result:
        """What the operation gives, and the lengths."""
        result = self.operation.apply(shape)
        name, shape = normalized_weight(result, self.name)
        return result._replace(weights=(*result.weights, Weight(f"{name}_g", length_shape(shape, self.dim))))


@value
class PowerIteration(Operation):
    """PyTorch's spectral_norm: a weight divided by its largest singular value, whose two vectors are buffers."""

    operation: Operation
    name: str = "weight"
    dim: int = 0

    def apply(self, shape: Shape) -> Result:
        """What the operation gives, and the vectors."""
        result = self.operation.apply(shape)
        name, shape = normalized_weight(result, self.name)
        vectors = zip(("u", "v"), singular_vectors(shape, self.dim), strict=True)
        more = tuple(Weight(f"{name}_{part}", size, "buffer") for part, size in vectors)
        return result._replace(weights=(*result.weights, *more))


@value
class BatchSecond(Operation):
    """An operation whose first input and output have the batch on axis 1, the steps before it (PyTorch's sequences).

    So have the first `inputs` of its inputs; others, such as states and scores, lie as they do with the batch first.
    """

    batch_axis: ClassVar[int] = 1

    fewest = as_within("fewest")
    most = as_within("most")
    merges = as_within("merges")

    operation: Operation
    inputs: int = 1

    def apply(self, *inputs: Shape) -> Result:
        """The result of the operation with the first two axes exchanged."""
        result = self.operation.apply(*map(exchanged, inputs[: self.inputs]), *inputs[self.inputs :])
        outputs = (exchanged(result.output), *result.outputs[1:])
        paths = result.paths and tuple(
            exchanged(tuple(map(other_way, each))) if number < self.inputs else tuple(map(other_way, each))
            for number, each in enumerate(result.paths)
        )
        return result._replace(outputs=outputs, paths=paths)


def exchanged(axes: tuple[T, ...]) -> tuple[T, ...]:
    """The first two the other way round."""
    return (*axes[1::-1], *axes[2:]) if len(axes) > 1 else axes


def other_way(path: Path) -> Path:
    """A path to an output whose first two axes are exchanged."""
    return path._replace(axis=1 - path.axis) if path.axis in (0, 1) else path


@value
class ChannelsLast(Operation):
    """An operation of images with channels first, on one that has them last."""

    operation: Operation

    def apply(self, shape: Shape) -> Result:
        """The result of the operation, its channels at the end."""
        rank = len(shape)
        if rank < 3:
            raise Fault("CS302", f"{LAYER} needs a batch, an image and channels, but got {show(shape)}")
        result = self.operation.apply((shape[0], shape[-1], *shape[1:-1]))
        batch, channels, *spatial = result.output
        last = {0: 0, 1: rank - 1, **{axis: axis - 1 for axis in range(2, rank)}}
        paths = result.paths and tuple(
            tuple(path._replace(axis=last[path.axis]) if path.axis is not None else path for path in each)
            for each in result.paths
        )
        moved = paths and tuple((each[0], *each[2:], each[1]) for each in paths)
        return result._replace(outputs=((batch, *spatial, channels),), paths=moved)
