"""Functions of `keras.ops`, which make operator rows: ``ops.add()(a, b)``, ``ops.mean(axis=[1, 2])``.

The tensors are the row's inputs; what is left of the function's arguments keeps its order and defaults. Axes
count the batch.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from cnnshape.diagnostics import Fault
from cnnshape.operations import activation, merging, parts, reduction, reshaping
from cnnshape.operations.merging import MergeKind
from cnnshape.operations.operation import Operation
from cnnshape.operations.reduction import Reduction
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.keras.values import Axes, named
from cnnshape.vocabularies.values import Integer, Kept, Number, Positive, integer
from cnnshape.vocabularies.vocabulary import LayerType


def Binary(kind: LayerType, x1: Number | None = None, x2: Number | None = None) -> Operation:
    """add, subtract, multiply, divide, maximum, minimum: of two tensors, or of one and a number."""
    constants = (x1 is not None) + (x2 is not None)  # every number given takes the place of a tensor
    if constants == 2:
        message = f"{kind.name} has two numbers and no place for a tensor"
        raise Fault("CS108", message, fix="keep x1 or x2", argument="x2")
    how = cast(MergeKind, kind.name.removeprefix("ops.").removeprefix("true_"))
    return merging.Merge(how, 2 - constants, constants)


def Unary(kind: LayerType) -> Operation:
    """Functions of one element without further arguments: one operation per element."""
    return activation.Activation(kind.name.removeprefix("ops."))


def Gelu(kind: LayerType, approximate: bool = True) -> Operation:
    """gelu."""
    return Unary(kind)


def LeakyRelu(kind: LayerType, negative_slope: Number = 0.2) -> Operation:
    """leaky_relu."""
    return Unary(kind)


def Alpha(kind: LayerType, alpha: Number = 1.0) -> Operation:
    """elu, celu."""
    return Unary(kind)


def Shrink(kind: LayerType, threshold: Number = 0.5) -> Operation:
    """soft_shrink, hard_shrink."""
    return Unary(kind)


def Squareplus(kind: LayerType, b: Number = 4) -> Operation:
    """squareplus."""
    return Unary(kind)


def Threshold(kind: LayerType, threshold: Number, default_value: Number) -> Operation:
    """threshold."""
    return Unary(kind)


def Clip(kind: LayerType, x_min: Number, x_max: Number) -> Operation:
    """clip."""
    return Unary(kind)


def OverAxes(kind: LayerType, axis: Axes = -1) -> Operation:
    """softmax, log_softmax: taken over one or several axes."""
    return activation.Activation(kind.name.removeprefix("ops."), axes=axis)


def OverAxis(kind: LayerType, axis: Integer = -1) -> Operation:
    """sparsemax: taken over an axis."""
    return activation.Activation(kind.name.removeprefix("ops."), axes=(axis,))


def Glu(axis: Integer = -1) -> Operation:
    """glu: half the axis."""
    return activation.GatedLinearUnit(axis)


def Concatenate(axis: Integer = 0) -> Operation:
    """concatenate: the default axis is the batch, which is refused."""
    return merging.Concatenate(axis)


def Stack(axis: Integer = 0) -> Operation:
    """stack: the default axis comes before the batch, which is refused."""
    return parts.Stack(axis)


REDUCTIONS: dict[str, Reduction] = {"std": "var", "amax": "max", "amin": "min"}
"""Those that are called otherwise here."""


def Reduce(kind: LayerType, axis: Axes | None = None, keepdims: bool = False) -> Operation:
    """mean, sum, var, std, amax, amin."""
    if axis is None:
        raise Fault(
            "CS310",
            f"{kind.name} without axis would reduce the batch axis too",
            fix="name the axes: axis=[1, 2] are the height and width of an image",
        )
    name = kind.name.removeprefix("ops.")
    return reduction.Reduce(axis, REDUCTIONS.get(name) or cast(Reduction, name), keepdims)


def Extremum(kind: LayerType, axis: Axes | None = None, keepdims: bool = False, initial: Kept = None) -> Operation:
    """max, min."""
    return Reduce(kind, axis, keepdims)


def new_shape(value: Any, info: Info) -> tuple[int, ...]:
    """Sizes, the batch first; one may be -1."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of sizes, the batch first")
    sizes = tuple(integer(size, info) for size in value)
    if any(size < 1 and size != -1 for size in sizes) or sizes.count(-1) > 1:
        raise ValueError("must have positive sizes, of which one may be -1")
    return sizes


def Reshape(newshape: Annotated[tuple[int, ...], Before(new_shape, list[int])]) -> Operation:
    """reshape: the shape has the batch first, as a number or -1."""
    return reshaping.Reshape(newshape, batch=True)


def Transpose(kind: LayerType, axes: Axes | None = None) -> Operation:
    """transpose: without axes it would reverse them all, the batch too, which is refused."""
    if axes is None:
        raise Fault(
            "CS310",
            f"{kind.name} without axes would reverse them all and so move the batch axis",
            fix="name the axes: axes=[0, 2, 1]",
        )
    return reshaping.Permute(axes)


def SwapAxes(axis1: Integer, axis2: Integer) -> Operation:
    """swapaxes: two axes exchanged; Keras's tensors have no strides, so the elements move."""
    return reshaping.Transpose(axis1, axis2, "new")


def Squeeze(axis: Axes | None = None) -> Operation:
    """squeeze. Keras refuses to squeeze an axis that is not 1."""
    return reshaping.Squeeze(axis, strict=True)


def ExpandDims(axis: Integer) -> Operation:
    """expand_dims, by one axis: a new axis of size 1."""
    return reshaping.Unsqueeze(axis)


def sections(value: Any, info: Info) -> int | tuple[int, ...]:
    """A number of equal parts, or the indices where to cut."""
    if isinstance(value, list | tuple):
        return tuple(integer(cut, info) for cut in value)
    parts = integer(value, info)
    if parts < 1:
        raise ValueError("must be at least 1")
    return parts


def Split(
    indices_or_sections: Annotated[int | tuple[int, ...], Before(sections, int | list[int])], axis: Integer = 0
) -> Operation:
    """split: the default axis is the batch, which is refused."""
    return parts.Split(indices_or_sections, axis, sections=True)


def Repeat(kind: LayerType, repeats: Positive, axis: Integer | None = None) -> Operation:
    """repeat, each element as often: without an axis it would flatten the batch too, which is refused."""
    return reshaping.RepeatElements(repeats, named(kind, axis, "flatten"))
