"""Operators that move, choose or make elements."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.arithmetic import tensors as t
from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes, named, product_of
from cnnshape.operations.choosing import Largest
from cnnshape.operations.merging import Concatenate
from cnnshape.operations.operation import EVERYTHING, Path
from cnnshape.operations.tensors import Index
from cnnshape.operations.views import Flatten, Identity
from cnnshape.readers.exported import Meaning, function, known, seen
from cnnshape.readers.onnx.operator import Operator, Rule, UnknownSizeError, whole


def kept(type: str, operator: Operator, *, same: bool = True) -> Meaning:
    """The input itself, or (not `same`) another tensor of its shape; a mask beside it has the same shape."""
    shape = operator.sizes(0)
    operation = Identity() if same and len(operator.outputs) == 1 else None
    return Meaning(type, (shape,) * max(len(operator.outputs), 1), operation, view=same, pointwise=same)


def reshape(operator: Operator) -> Meaning:
    """The sizes that an input holds; 0 copies, -1 is what is left."""
    target = operator.attribute("shape") or operator.elements(1)
    copies = not operator.attribute("allowzero", 0)
    output = t.reshaped(operator.sizes(0), list(target), zero_copies=copies)
    return said("reshape", operator, output, {"shape": known(output)}, {"shape": output}, view=True)


def said(
    word: str,
    operator: Operator,
    output: Sizes,
    arguments: dict[str, Any],
    shown: dict[str, Any] | None = None,
    *,
    view: bool = False,
) -> Meaning:
    """A function of PyTorch, which gives this; where its operation is not known, nor is what an element sees."""
    operation = function(word, arguments)
    return Meaning(word, (output,), operation, arguments if shown is None else shown, view=view)


def flatten(operator: Operator) -> Meaning:
    """Two axes: those before `axis`, and the others."""
    shape = operator.sizes(0)
    axis = operator.attribute("axis", 1)
    axis = axis + len(shape) if axis < 0 else axis
    output = (product_of(shape[:axis]), product_of(shape[axis:]))
    operation = Flatten(1) if axis == 1 and len(shape) > 1 else None
    return Meaning("flatten", (output,), operation, {"start_dim": axis}, view=True)


def transpose(operator: Operator) -> Meaning:
    """The axes in another order."""
    shape = operator.sizes(0)
    order = list(operator.attribute("perm") or range(len(shape) - 1, -1, -1))
    output = t.permuted(shape, order)
    paths = (tuple([Path(order.index(axis)) for axis in range(len(shape))]),)
    dims = tuple(order)
    return Meaning("permute", (output,), function("permute", {"dims": dims}), {"dims": dims}, paths=paths)


def concat(operator: Operator) -> Meaning:
    """One after the other."""
    shapes = [sizes for sizes in operator.given if sizes is not None]
    axis = operator.attribute("axis", 1)
    output = t.joined(shapes, axis)
    axis = t.axis_of(axis, len(output))
    return Meaning("cat", (output,), Concatenate(axis), {"dim": axis})


def quantized_concat(operator: Operator) -> Meaning:
    """Tensors with their scales and zero points between them, after those of the output."""
    shapes = [operator.sizes(number) for number in range(2, len(operator.inputs), 3)]
    return Meaning("cat", (t.joined(shapes, operator.attribute("axis")),))


def split(operator: Operator) -> Meaning:
    """The stated parts, or as many equal ones as there are outputs, the last one smaller."""
    shape = operator.sizes(0)
    axis = t.axis_of(operator.attribute("axis", 0), len(shape))
    stated = operator.attribute("split")
    count = len(operator.outputs)
    if stated or operator.has(1):
        parts = list(stated or operator.elements(1))
    else:
        count = operator.attribute("num_outputs", count)
        size = shape[axis]
        part = -(-size // count) if isinstance(size, int) else size // count
        parts = [part] * (count - 1) + [size - part * (count - 1)]
    if len(parts) < len(operator.outputs):
        raise ValueError(f"a split into {len(parts)} parts has {len(operator.outputs)} outputs")
    outputs = tuple([(*shape[:axis], part, *shape[axis + 1 :]) for part in parts])
    shown = {"split_size_or_sections": known(tuple(parts)), "dim": axis}
    return Meaning("split", outputs, function("split", shown), shown)


def slice_(operator: Operator) -> Meaning:
    """From starts to ends in steps, which may be negative; ends may lie far outside."""
    shape = list(operator.sizes(0))
    keys: list[Any] = [(None, None, None)] * len(shape)
    for axis, start, end, step in operator.cuts(len(shape)):
        keys[axis] = (start, end, step)
        shape[axis] = taken(shape[axis], start, end, step)
    cut = [axis for axis, (size, whole) in enumerate(zip(shape, operator.sizes(0), strict=True)) if size != whole]
    if len(cut) == 1 and isinstance(shape[cut[0]], int) and keys[cut[0]][2] == 1:
        axis = cut[0]
        return said("narrow", operator, tuple(shape), {"dim": axis, "start": keys[axis][0], "length": shape[axis]})
    return Meaning("slice", (tuple(shape),), Index(tuple(keys)), view=True)


def taken(size: Size, start: Size, end: Size, step: Size) -> Size:
    """The elements of one axis that a slice takes."""
    if isinstance(start, Polynomial) or isinstance(step, Polynomial):
        raise UnknownSizeError
    if isinstance(end, Polynomial):
        if start == 0 and step == 1:
            return end if end == size else t.at_most(end, size)
        raise UnknownSizeError
    if isinstance(size, int):
        if step < 0:
            first = min(start, size - 1) if start >= 0 else max(start + size, -1)
            last = min(end, size - 1) if end >= 0 else max(end + size, -1)
            return max(len(range(first, last, step)), 0)
        return t.sliced(size, start, end, step)
    if start == 0 and end >= 2**31 - 1 and step == 1:
        return size
    if start >= 0 and end >= 2**31 - 1 and step == 1:
        return size - start
    if start == 0 and step == 1 and end < 0:
        return size + end
    return named(f"({size})[{start}:{end}:{step}]")


def squeeze(operator: Operator) -> Meaning:
    """Without axes of 1."""
    source, axes = operator.sizes(0), operator.axes(1)
    if not axes and any(isinstance(size, Polynomial) for size in source):
        raise UnknownSizeError
    output = t.without(source, axes)
    axes = axes or [axis for axis, size in enumerate(source) if size == 1]
    return said("squeeze", operator, output, {"dim": tuple(axes)}, view=True)


def unsqueeze(operator: Operator) -> Meaning:
    """New axes of 1."""
    axes = operator.axes(1) or []
    output = t.with_ones(operator.sizes(0), axes)
    if len(axes) == 1:
        return said("unsqueeze", operator, output, {"dim": axes[0]}, view=True)
    new = t.axes_of(axes, len(output))
    paths = (tuple([Path(axis) for axis in range(len(output)) if axis not in new]),)
    return Meaning("unsqueeze", (output,), None, {"dim": tuple(axes)}, view=True, paths=paths)


def expand(operator: Operator) -> Meaning:
    """What both broadcast to."""
    output = t.broadcast_shapes(operator.sizes(0), tuple(operator.elements(1)))
    return Meaning("expand", (output,), function("expand", {"size": known(output)}), {"size": output}, pointwise=True)


def tile(operator: Operator) -> Meaning:
    """Every axis repeated as a whole."""
    shape, counts = operator.sizes(0), operator.elements(1)
    output = tuple([size * count for size, count in zip(shape, counts, strict=True)])
    return said("tile", operator, output, {"dims": [count if isinstance(count, int) else -1 for count in counts]})


def gather(operator: Operator) -> Meaning:
    """One axis replaced by those of the indices."""
    axis = operator.attribute("axis", 0)
    output = t.gathered(operator.sizes(0), operator.sizes(1), axis)
    at = t.axis_of(axis, len(operator.sizes(0)))
    moved = len(operator.sizes(1)) - 1
    ranks = [len(operator.sizes(0)), len(operator.sizes(1))]
    paths = tuple([Path(each + (moved if each > at else 0)) if each != at else EVERYTHING for each in range(ranks[0])])
    chosen = operator.values[1]
    if moved == -1 and chosen is not None and isinstance(chosen.reshape(-1)[0], int):
        index = {"dim": at, "index": chosen.reshape(-1)[0]}
        return said("select", operator, output, index, view=True)
    return Meaning("index_select", (output,), None, {"dim": axis}, paths=(paths, (EVERYTHING,) * ranks[1]))


def gather_nd(operator: Operator) -> Meaning:
    """The last axis of the indices names places in the first axes of the data."""
    shape, indices = operator.sizes(0), operator.sizes(1)
    depth = whole(indices[-1])
    shared = operator.attribute("batch_dims", 0)
    return Meaning("gather_nd", ((*indices[:-1], *shape[shared + depth :]),))


def where(operator: Operator) -> Meaning:
    """One of two for each element."""
    output = t.broadcast_shapes(operator.sizes(0), operator.sizes(1), operator.sizes(2))
    return Meaning("where", (output,), flops=product_of(output), pointwise=True)


def one_hot(operator: Operator) -> Meaning:
    """A new axis of classes."""
    shape = operator.sizes(0)
    axis = t.axis_of(operator.attribute("axis", -1), len(shape) + 1)
    return Meaning("one_hot", ((*shape[:axis], operator.elements(1)[0], *shape[axis:]),))


def top_k(operator: Operator) -> Meaning:
    """The k largest along an axis, and their places."""
    shape = list(operator.sizes(0))
    axis = t.axis_of(operator.attribute("axis", -1), len(shape))
    shape[axis] = operator.attribute("k") or operator.elements(1)[0]
    size = shape[axis]
    operation = Largest(axis, size) if isinstance(size, int) else None
    paths = seen(operation, operator.sizes(0))
    return Meaning("topk", (tuple(shape),) * 2, flops=product_of(operator.sizes(0)), paths=paths)


# -- tensors from nothing


def shape_of(operator: Operator) -> Meaning:
    """The sizes, as a tensor."""
    rank = len(operator.sizes(0))
    start, end = operator.attribute("start", 0), operator.attribute("end")
    return Meaning("Shape", ((len(range(rank)[start:end]),),))


def stated(operator: Operator) -> Meaning:
    """The sizes that an attribute or the only input holds."""
    shape = operator.attribute("shape")
    more = operator.attribute("extra_shape", [])
    return Meaning(operator.type, (tuple(shape) if shape is not None else (*operator.elements(0), *more),))


def range_(operator: Operator) -> Meaning:
    """``ceil((limit - start) / delta)`` numbers."""
    start, limit, delta = (operator.elements(number)[0] for number in range(3))
    if start == 0 and delta == 1 and isinstance(limit, Polynomial):
        return Meaning("Range", ((limit,),))
    if any(isinstance(each, Polynomial) for each in (start, limit, delta)) or delta == 0:
        raise UnknownSizeError
    return Meaning("Range", ((max(int(-((start - limit) // delta)), 0),),))


def affine_grid(operator: Operator) -> Meaning:
    """A place for every element of the stated size."""
    batch, _, *spatial = operator.elements(1)
    output = (batch, *spatial, len(spatial))
    return Meaning("affine_grid", (output,), flops=product_of(output) * 3)


def places(operator: Operator, *, of_boxes: bool = False) -> Meaning:
    """The indices of elements that their values choose: a column each, or (`of_boxes`) a row of three numbers."""
    count, rank = named(f"{operator.outputs[0]}.count"), len(operator.sizes(0))
    return Meaning(operator.type, ((count, 3) if of_boxes else (rank, count),))


def chosen_of_axis(operator: Operator) -> Meaning:
    """Compress and Unique: the elements, or the slices along an axis, that their values choose."""
    shape, axis = operator.sizes(0), operator.attribute("axis")
    count = named(f"{operator.outputs[0]}.count")
    at = None if axis is None else t.axis_of(axis, len(shape))
    output = (count,) if at is None else (*shape[:at], count, *shape[at + 1 :])
    every = (product_of(shape) if at is None else shape[at],)
    return Meaning(operator.type, (output, (count,), every, (count,)))


SHAPED_ALIKE = """
Scatter ScatterElements ScatterND TensorScatter RandomNormalLike RandomUniformLike EyeLike ReverseSequence
"""
RULES: dict[str, Rule] = {
    "NonMaxSuppression": partial(places, of_boxes=True),
    "NonZero": places,
    **dict.fromkeys(("Compress", "Unique"), chosen_of_axis),
    **{name: partial(kept, name) for name in ("BitCast", "Cast", "CastLike", "Dropout", "Identity")},
    **{name: partial(kept, name, same=False) for name in SHAPED_ALIKE.split()},
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Concat": concat,
    "QLinearConcat": quantized_concat,
    "Split": split,
    "Slice": slice_,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Expand": expand,
    "Tile": tile,
    "Gather": gather,
    "GatherElements": lambda operator: Meaning("gather", (operator.sizes(1),)),
    "GatherND": gather_nd,
    "Where": where,
    "OneHot": one_hot,
    "TopK": top_k,
    "Shape": shape_of,
    "Size": lambda operator: Meaning("Size", ((),)),
    **dict.fromkeys(("ConstantFill", "ConstantOfShape", "RandomNormal", "RandomUniform"), stated),
    "Range": range_,
    **dict.fromkeys(
        ("HannWindow", "HammingWindow", "BlackmanWindow"),
        lambda operator: Meaning(operator.type, ((operator.elements(0)[0],),)),
    ),
    "AffineGrid": affine_grid,
    "Det": lambda operator: Meaning("Det", (operator.sizes(0)[:-2],), flops=product_of(operator.sizes(0))),
    "Multinomial": lambda operator: Meaning(
        "multinomial", ((operator.sizes(0)[0], operator.attribute("sample_size", 1)),)
    ),
}
"""By the name of the operator."""
