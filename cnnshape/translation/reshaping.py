"""Layers that go by the order of axes: dense layers, which work on the last one, and those that rearrange them.

Where channels lie at another end in the other framework, the axes are put as they lie here before, and back behind.
"""

from __future__ import annotations

from itertools import accumulate

from cnnshape.operations.applied import Applied
from cnnshape.operations.choosing import Choice, Taken
from cnnshape.operations.dense import Dense
from cnnshape.operations.lookup import Lookup
from cnnshape.operations.merging import MatrixProduct
from cnnshape.operations.operation import Operation
from cnnshape.operations.parts import Chunk, Select, Split
from cnnshape.operations.reduction import Reduce, Reduction
from cnnshape.operations.resampling import ChannelShuffle, PixelShuffle, PixelUnshuffle
from cnnshape.operations.reshaping import Permute, Transpose
from cnnshape.operations.views import Flatten
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import call, known
from cnnshape.translation.products import product
from cnnshape.value import replace


def dense(operation: Dense, request: Request) -> Counterpart:
    """A matrix product over the last axis."""
    bias = None if operation.bias else False
    if request.other == "pytorch":
        layer = call("Linear", known(request.shape[-1]), operation.units, bias=bias)
    else:
        layer = call("Dense", operation.units, use_bias=bias)
    layers = request.in_our_order(layer)
    note = f"{layer.name} works on the last axis, which lies elsewhere there: it is put last before, and back behind"
    return request._replace(channel_axis=request.rank - 1).answer(*layers, note=note if len(layers) > 1 else "")


def flattened(operation: Flatten, request: Request) -> Counterpart | None:
    """All features of a sample in one axis, in another order where channels lie at another end."""
    if operation.start != 1 or operation.end not in (-1, request.rank - 1):
        return reshaped(operation, request)
    natural = range(1, request.rank)
    if operation.memory == "new":  # Keras puts channels that come first last before
        ours, theirs = (*natural[1:], 1), tuple(natural)
        request = request._replace(moves=False, channel_axis=1)
    else:
        ours, theirs = tuple(natural), request.order_there()[1:]
    if [axis for axis in ours if request.shape[axis] != 1] == [axis for axis in theirs if request.shape[axis] != 1]:
        return request.answer(call("Flatten"))
    order = {"keras": "rows, columns, then channels", "pytorch": "channels, rows, then columns"}
    if request.rank != 4:
        order = {"keras": "positions, then channels", "pytorch": "channels, then positions"}
    note = f"as many features in another order: PyTorch goes through {order['pytorch']}, Keras through {order['keras']}"
    found = request.answer(call("Flatten"), verdict="other values", note=note)
    remedy = request.in_our_order(call("Flatten")) if request.moves else ()
    return found._replace(remedy=remedy, reason="channels are put so that features keep their order")


def reshaped(operation: Operation, request: Request) -> Counterpart | None:
    """The elements of a sample, in their order, in another shape."""
    _, *sizes = request.result.output
    if sizes.count(None) > 1:
        return None
    target = tuple(-1 if size is None else size for size in sizes)
    if request.other == "keras":
        return request.answer(*request.in_our_order(call("Reshape", target)))
    merging = [call("Flatten")] if len(request.inputs[0]) > 2 else []
    splitting = [call("Unflatten", 1, target)] if len(target) > 1 else []
    return request.answer(*request.in_our_order(*merging, *splitting) or [call("Identity")])


def permuted(operation: Permute, request: Request) -> Counterpart:
    """Axes in another order, between the orders that they have in the other framework."""
    return in_order(tuple(axis % len(operation.order) for axis in operation.order), request)


def exchanged(operation: Transpose, request: Request) -> Counterpart:
    """Two axes exchanged."""
    order = list(range(len(request.inputs[0])))
    order[operation.first], order[operation.second] = order[operation.second], order[operation.first]
    return in_order(tuple(order), request)


def in_order(order: tuple[int, ...], request: Request) -> Counterpart:
    """Axes put in this order here, as the layer that does it there."""
    into = request.order_there(len(order))
    there = tuple(into.index(order[axis]) for axis in into)
    return request.answer(*request.ordered(there) or (call("Identity"),))


def chosen(operation: Choice, request: Request) -> Counterpart | None:
    """One index of an axis, which goes, or each of them as a tensor: what is left has to lie as it does there."""
    axis = operation.axis % request.rank
    rest = [each for each in range(request.rank) if each != axis]
    wanted = [rest[each] for each in request.order_there(request.rank - 1)]  # axes of ours, as what is left lies there
    if operation.index is None:
        into = request.order_there()
        before = request.ordered(tuple(into.index(each) for each in (*wanted, axis)))
        name, where = ("ops.unstack", "axis") if request.other == "keras" else ("unbind", "dim")
        return request.answer(*before, call(name, **{where: -1 if before else into.index(axis)}))
    left = [each for each in request.order_there() if each != axis]
    moves = request.ordered(tuple(left.index(each) for each in wanted))
    there = request.axis_there(axis)
    if request.other == "keras":
        return request.answer(call("ops.take", operation.index, axis=there), *moves)
    return request.answer(call("select", there, operation.index), *moves)


def stretch(operation: Select, request: Request) -> Counterpart:
    """A stretch of an axis."""
    there = request.axis_there(operation.axis)
    start, size = operation.start, operation.length
    starts = tuple(start if axis == there else 0 for axis in range(request.rank))
    sizes = tuple(size if axis == there else -1 for axis in range(request.rank))
    return request.answer(call("ops.slice", starts, sizes))


def taken(operation: Taken, request: Request) -> Counterpart | None:
    """Indices of an axis, in any order."""
    there = request.axis_there(operation.axis)
    indices = request.argument("index" if request.other == "keras" else "indices")
    if request.other == "keras":
        return request.answer(call("ops.take", tuple(indices), axis=there))
    return request.answer(call("index_select", there, tuple(indices)))


def looked_up(operation: Lookup, request: Request) -> Counterpart | None:
    """A trained vector for each number."""
    if operation.bag or operation.apart or request.argument("max_norm") is not None:
        return None
    layer = call("Embedding", operation.entries, operation.features)
    return request.answer(*request.in_our_order(layer, ranks=(request.rank, request.rank + 1)))


def across(operation: Applied, request: Request) -> Counterpart | None:
    """A function that moves the batch as an axis like any other, whose axes it counts from one more."""
    inner = operation.operation
    if isinstance(inner, Permute):
        order = [axis % len(inner.order) for axis in inner.order]
        return in_order(tuple(axis - 1 for axis in order if axis), request)
    if isinstance(inner, Transpose):
        first, second = (axis - 1 if axis > 0 else axis for axis in (inner.first, inner.second))
        return exchanged(Transpose(first, second), request)
    if isinstance(inner, Choice):
        return chosen(replace(inner, axis=inner.axis - 1 if inner.axis > 0 else inner.axis), request)
    if isinstance(inner, MatrixProduct):
        return product(inner, request)
    return None


def parted(operation: Chunk | Split, request: Request) -> Counterpart | None:
    """Parts of an axis: PyTorch says how large they are, Keras how many, or where it cuts."""
    axis = operation.axis % request.rank
    sizes, there = [part[axis] for part in request.result.outputs], request.axis_there(axis)
    if len(sizes) == 1:
        return request.answer(call("Identity"))
    known, equal = [size for size in sizes if size is not None], len(set(sizes)) == 1
    if len(known) < len(sizes):
        return request.nothing("the size of the axis has to be known: say it with --input")
    if request.other == "keras":
        return request.answer(call("ops.split", len(sizes) if equal else tuple(accumulate(known[:-1])), axis=there))
    return request.answer(call("split", known[0] if equal else tuple(known), dim=there))


def shuffled(operation: ChannelShuffle, request: Request) -> Counterpart | None:
    """Groups of PyTorch's channels interleaved: the channels as a matrix of groups, whose axes Keras exchanges."""
    _, channels, *sizes = request.shape
    if request.other == "pytorch" or channels is None or None in sizes:
        return None
    rank, groups = len(sizes), operation.groups
    cut = call("Reshape", (*sizes, groups, channels // groups))
    exchange = call("Permute", (*range(1, rank + 1), rank + 2, rank + 1))
    return request.answer(cut, exchange, call("Reshape", (*sizes, channels)), note="Keras has no layer that shuffles")


def in_blocks(operation: PixelShuffle | PixelUnshuffle, request: Request) -> Counterpart | None:
    """Channels as blocks of PyTorch's image, or back: the places in a block are the channels that follow each other."""
    together, apart = request.result.output, request.shape
    if isinstance(operation, PixelShuffle):
        together, apart = apart, together
    if request.other == "pytorch" or request.rank != 4 or None in (*together[1:], *apart[1:]):
        return None
    side, (height, width), channels = operation.factor, together[2:], apart[1]
    calls = [call("Reshape", (height, side, width, side, channels)), call("Permute", (1, 3, 5, 2, 4))]
    calls.append(call("Reshape", (*together[2:], together[1])))
    if isinstance(operation, PixelShuffle):
        calls = [call("Reshape", (height, width, channels, side, side)), call("Permute", (1, 4, 2, 5, 3))]
        calls.append(call("Reshape", (*apart[2:], channels)))
    return request.answer(*calls, note="Keras's ops put the places of a block before the channels, PyTorch behind them")


REDUCTIONS: dict[Reduction, tuple[str, str]] = {
    "mean": ("ops.mean", "mean"), "sum": ("ops.sum", "sum"), "max": ("ops.max", "amax"), "min": ("ops.min", "amin"),
}  # fmt: skip
"""Keras's and PyTorch's functions that reduce axes."""


def reduced(operation: Reduce, request: Request) -> Counterpart | None:
    """Axes reduced to one value each; what is left has to lie as it does in the other framework."""
    if operation.kind not in REDUCTIONS:
        return None
    keras, pytorch = REDUCTIONS[operation.kind]
    gone = {axis % request.rank for axis in operation.axes}
    kept = [axis for axis in range(request.rank) if axis not in gone]
    left = [axis for axis in request.order_there() if axis in kept]  # as it lies there
    wanted = [kept[axis] for axis in request.order_there(len(kept))]
    moves = () if operation.keep else request.ordered(tuple(left.index(axis) for axis in wanted))
    axes = tuple(sorted(request.axis_there(axis) for axis in gone))
    keep = operation.keep or None
    if request.other == "keras":
        return request.answer(call(keras, axis=axes, keepdims=keep), *moves)
    return request.answer(call(pytorch, dim=axes, keepdim=keep), *moves)
