"""Where the elements of a tensor lie: what `view` may do after axes were exchanged, and what PyTorch refuses."""

from __future__ import annotations

from math import prod

from cnnshape.arithmetic.sizes import show
from cnnshape.arithmetic.strides import contiguous, joins_apart
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.readers.python.language.values import Tensor, now
from cnnshape.readers.python.noting.traced import sizes_of
from cnnshape.readers.python.rows.trace import shape_of


def exchanged(tensor: Tensor, layer: Lowered) -> tuple[int, ...] | None:
    """How far elements lie apart after a layer has brought axes into another order; None where that is not known."""
    if tensor.shape is None or None in tensor.shape:
        return None
    now().trace.constant(layer)  # its order of axes
    paths = layer.answer((shape_of(tensor),)).result.paths
    before = tensor.strides or contiguous([size or 0 for size in sizes_of(tensor.shape)])
    after = {path.axis: stride for path, stride in zip(paths[0] if paths else (), before, strict=True)}
    return tuple(after[axis] for axis in range(len(before)))


def require_viewable(tensor: Tensor, shape: tuple[int, ...]) -> Fault | None:
    """The refusal of a view whose axes would join what does not lie together."""
    if tensor.strides is None or tensor.shape is None or None in tensor.shape:
        return None
    sizes = [size or 0 for size in sizes_of(tensor.shape)]
    wanted = list(shape)
    if -1 in wanted:
        known = prod(size for size in wanted if size != -1)
        wanted[wanted.index(-1)] = prod(sizes) // known if known else 0
    if prod(wanted) != prod(sizes) or not joins_apart(sizes, tensor.strides, wanted):
        return None
    return Fault(
        "CS306",
        f"view to {show(tuple(wanted))} would join axes of {show(tensor.shape)} that do not lie together in "
        "memory, since axes were exchanged",
        fix="use reshape, or contiguous() first",
    )


def lying_in_order(tensor: Tensor) -> Tensor:
    """The same tensor, copied so that its elements lie in their order."""
    result = Tensor(tensor.shape, tensor.row, tensor.output, dtype=tensor.dtype, parameters=tensor.parameters)
    result.unknown, result.data = tensor.unknown, tensor.data
    return result
