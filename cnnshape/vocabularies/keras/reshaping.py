"""Keras's layers that rearrange axes. Their axes and sizes do not count the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from cnnshape.diagnostics import Fault
from cnnshape.operations import reshaping as operations
from cnnshape.operations import views
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before, Info, optional
from cnnshape.vocabularies.keras.values import DataFormat, layout, sizes_or_unknown
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.values import Positive, integer
from cnnshape.vocabularies.vocabulary import LayerType


def Flatten(defaults: Defaults, data_format: DataFormat = None) -> Operation:
    """Flatten: all axes but the batch in one; with channels first Keras moves them last before."""
    channels_last = layout(data_format, defaults).channels_last
    return views.Flatten(memory="view" if channels_last else "new", column=True)


def target_shape(value: Any, info: Info) -> tuple[int, ...]:
    """Positive sizes of which one may be -1."""
    if not isinstance(value, list | tuple):
        fix = f"write [{value}]" if isinstance(value, int) else "write a list, such as [7, 7, 64]"
        raise Fault(
            "CS105",
            f"Reshape's target_shape is a list of sizes without the batch, got {value!r}",
            fix=fix,
            argument=info.field_name,
        )
    sizes = tuple(integer(size, info) for size in value)
    if any(size < 1 and size != -1 for size in sizes):
        raise ValueError("must have positive sizes, of which one may be -1")
    if sizes.count(-1) > 1:
        raise ValueError("may have one -1 only")
    return sizes


def Reshape(target_shape: Annotated[tuple[int, ...], Before(target_shape, list[int])]) -> Operation:
    """Reshape; one size may be -1. As many elements in another shape."""
    return operations.Reshape(target_shape)


def permutation(value: Any, info: Info) -> tuple[int, ...]:
    """The numbers from 1 on, each once."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of axes")
    dims = tuple(integer(axis, info) for axis in value)
    if sorted(dims) != list(range(1, len(dims) + 1)):
        raise ValueError(f"must name each axis from 1 to {len(dims)} once (the batch, axis 0, stays)")
    return dims


def Permute(dims: Annotated[tuple[int, ...], Before(permutation, list[int])]) -> Operation:
    """Permute; the axes count from 1. The same elements with their axes in another order."""
    return operations.Permute((0, *dims), implied_batch=True)


def RepeatVector(n: Positive) -> Operation:
    """RepeatVector: a vector as a sequence of itself."""
    return operations.Repeat(n)


SizesOrUnknown = Annotated[tuple[int | None, ...] | None, Before(optional(sizes_or_unknown), list[int | None] | None)]


class InputLayer(Layer):
    """InputLayer, as the first entry of a file: the shape of one sample, or ``batch_shape`` with the batch."""

    shape: SizesOrUnknown = None
    batch_size: Positive | None = None
    dtype: str | None = None
    sparse: bool | None = None
    ragged: bool | None = None
    batch_shape: SizesOrUnknown = None
    input_tensor: None = None
    optional: bool = False
    second_names: ClassVar[Mapping[str, str]] = {
        "input_shape": "shape",
        "batch_input_shape": "batch_shape",
        "tensor": "input_tensor",
    }
    """What older Keras and `keras.Input` call them."""

    def sample(self, kind: LayerType) -> tuple[tuple[int | None, ...], int | None]:
        """The shape of one sample, and the batch where it is stated."""
        if self.batch_shape is not None:
            return self.batch_shape[1:], self.batch_shape[0]
        return self.shape or (), self.batch_size

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The input itself."""
        if (self.shape is None) == (self.batch_shape is None) or self.batch_shape == ():
            raise Fault("CS108", f"{kind.name} takes shape or batch_shape, one of them", fix="write shape=[...]")
        if self.batch_shape is not None and self.batch_size is not None:
            raise Fault(
                "CS108",
                f"{kind.name} takes no batch_size beside batch_shape",
                argument="batch_size",
                fix="leave it out",
            )
        return views.Identity()
