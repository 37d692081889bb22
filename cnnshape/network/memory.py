"""Memory by liveness: rows run in their order, a tensor lives from its row to its last reader.

Tensors that are views of one another share a storage. A row holds its inputs and its output together; outputs of
the model live to the end. Everything is in bytes of the whole batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.node import Node
from cnnshape.network.strides import Strides, copies
from cnnshape.network.tensor import Tensor
from cnnshape.value import NamedTuple


class Peak(NamedTuple):
    """The row at which most is alive, how many bytes, and what they are; and what is alive at each row that runs."""

    size: Dim
    layer: str | None
    tensors: tuple[str, ...]
    alive: tuple[int, ...] = ()


def peak(
    inputs: Iterable[Tensor],
    nodes: Sequence[Node],
    run: Sequence[int],
    outputs: Collection[Tensor],
    dtype: str,
    named_until: Mapping[Tensor, int] | None = None,
) -> Peak:
    """The most that is alive while the nodes `run` do (their numbers, ascending), each with its tally.

    A view has its input's memory, and so has what is computed in place, whoever else reads that input. Where axes were
    exchanged before, some views have to copy. What a row takes for itself lives as long as the row. Where names of a
    source are known (`named_until`), a tensor lives as long as one of them has it.
    """
    strides: Strides = {}
    sizes: dict[Tensor, Dim] = {}  # by the tensor that memory is made for; its row makes it
    dies: dict[Tensor, int] = {}
    homes: dict[Tensor, Tensor] = {}  # of views: the tensor whose memory they have
    apart: list[tuple[int, str, Dim]] = []
    for tensor in inputs:
        sizes[tensor] = bytes_of(product(tensor.shape or ()), tensor.dtype or dtype)
        dies[tensor] = -1
    for number in run:
        node = nodes[number]
        if node.tally is None:
            continue
        _, _, memory, bytes_made, scratch = node.tally
        if memory is None:
            continue
        read, made = node.inputs, node.outputs
        for tensor in read:
            dies[homes.get(tensor, tensor)] = number
        if (strides or memory == "view") and copies(node, strides):
            memory = "new"
        if memory != "new" and read[0].dtype == made[0].dtype and (home := homes.get(read[0], read[0])) in sizes:
            homes.update(dict.fromkeys(made, home))
        else:
            for tensor, size in zip(made, bytes_made, strict=True):
                sizes[tensor] = size
                dies[tensor] = number
        if scratch:
            apart += [(number, f"{node.name}: {what}", size) for what, size in scratch]
    for tensor, last in (named_until or {}).items():
        home = homes.get(tensor, tensor)
        if home in dies:
            dies[home] = max(dies[home], last)
    for tensor in outputs:
        dies[homes.get(tensor, tensor)] = len(nodes)
    change = [0] * (len(nodes) + 3)  # by row: what is born with it, less what died with the row before
    for tensor, size in sizes.items():
        if size is None:
            return Peak(None, None, ())
        change[tensor.row + 1] += size
        change[dies[tensor] + 2] -= size
    for number, _, size in apart:
        if size is None:
            return Peak(None, None, ())
        change[number + 1] += size
        change[number + 2] -= size
    alive = list(accumulate(change))
    curve = tuple([alive[number + 1] for number in run])
    if not curve:
        return Peak(0, None, ())
    best = max(curve)
    where = run[curve.index(best)]
    names = [tensor.name for tensor in sizes if tensor.row <= where <= dies[tensor]]
    names += [what for number, what, _ in apart if number == where]
    return Peak(best, nodes[where].name, tuple(names), curve)
