"""Functions of `keras.ops` on whole tensors: products of matrices, statistics, padding, windows as columns.

The tensors are the row's inputs, as in `operators`. Axes count the batch.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations import merging, normalization, padding, resampling, reshaping
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.keras.operators import Reduce
from cnnshape.vocabularies.keras.values import Axes, named
from cnnshape.vocabularies.values import Counts, Extended, Kept, Number, Positive, Sizes, integer
from cnnshape.vocabularies.vocabulary import LayerType


def pairs_of_pads(value: Any, info: Info) -> tuple[tuple[int, int], ...] | int:
    """(before, after) for every axis, or one amount for all, which would pad the batch."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    pairs: list[Any] = list(value) if isinstance(value, list | tuple) else [None]
    if not all(isinstance(each, list | tuple) and len(each) == 2 for each in pairs):
        raise ValueError("must be a list of pairs (before, after), one for every axis, the batch first")
    pads = tuple((integer(low, info), integer(high, info)) for low, high in pairs)
    if any(low < 0 or high < 0 for low, high in pads):
        raise ValueError("must have no negative amounts")
    return pads


def Pad(
    kind: LayerType,
    pad_width: Annotated[tuple[tuple[int, int], ...] | int, Before(pairs_of_pads, list[tuple[int, int]] | int)],
    mode: Literal["constant", "reflect", "symmetric"] = "constant",
    constant_values: Extended | None = None,
) -> Operation:
    """pad: every axis has its pair, that of the batch (0, 0)."""
    if isinstance(pad_width, int):
        raise Fault(
            "CS310",
            f"{kind.name} by {pad_width} would pad the batch axis too",
            fix="give every axis its pair: pad_width=[[0, 0], [1, 1], [1, 1], [0, 0]]",
            argument="pad_width",
        )
    if mode != "constant" and constant_values is not None:
        raise Fault(
            "CS108", f'{kind.name} takes constant_values with mode="constant" alone', argument="constant_values"
        )
    return padding.Pad(pad_width, None, mode)


def MatMul() -> Operation:
    """matmul: over the last two axes; those before broadcast."""
    return merging.MatrixProduct()


def Flip(kind: LayerType, axis: Axes | None = None) -> Operation:
    """flip: without an axis it would reverse the batch too, which is refused."""
    return reshaping.Flip(named(kind, axis, "reverse"))


def Norm(kind: LayerType, ord: Kept = None, axis: Axes | None = None, keepdims: bool = False) -> Operation:
    """norm."""
    return Reduce(kind, axis, keepdims)


def Normalize(axis: Axes = -1, order: Positive = 2, epsilon: Number | None = None) -> Operation:
    """normalize: divided by the norm along the axes."""
    return normalization.UnitNormalization(axis)


def counts(value: Any, info: Info) -> tuple[int, ...]:
    """How often each of the last axes is repeated."""
    each = tuple(integer(one, info) for one in (value if isinstance(value, list | tuple) else [value]))
    if any(one < 1 for one in each):
        raise ValueError("must be at least 1 for every axis")
    return each


def Tile(repeats: Annotated[tuple[int, ...], Before(counts, list[int] | int)]) -> Operation:
    """tile: every axis as a whole."""
    return reshaping.Tile(repeats)


def Unfold(kernel_size: Sizes, dilation: Sizes = 1, padding: Counts = 0, stride: Sizes = 1) -> Operation:
    """unfold: windows as columns of a tensor with channels first, whatever the file's `data_format`."""
    pads = tuple((each, each) for each in padding)
    return resampling.Unfold(kernel_size, stride, pads, dilation)


def Fold(
    output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Counts = 0, stride: Sizes = 1
) -> Operation:
    """fold: columns summed back into an image with channels first."""
    pads = tuple((each, each) for each in padding)
    return resampling.Fold(output_size, kernel_size, stride, pads, dilation)
