"""Memory by liveness: rows run in their order, a tensor lives from its row to its last reader.

Tensors that are views of one another share a storage. A row holds its inputs and its output together; outputs of
the model live to the end. Everything is in bytes of the whole batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.network.dtypes import are_alike, bytes_of
from cnnshape.network.figures import Peak
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor


def peak(
    inputs: Iterable[Tensor],
    nodes: Sequence[Node],
    run: Sequence[int],
    outputs: Collection[Tensor],
    dtype: str,
    named_until: Mapping[Tensor, int] | None = None,
) -> Peak:
    """The most that is alive while the nodes `run` do (their numbers, ascending), each with its tally.

    What a row takes for itself lives as long as the row.
    """
    last = lives(inputs, nodes, run, outputs, named_until)
    sizes = [bytes_made(tensor, nodes, dtype) for tensor in last]
    apart = [
        (number, what, size)
        for number in run
        if (tally := nodes[number].tally) and tally.memory
        for what, size in tally.scratch
    ]
    return highest([(tensor.name, tensor.row, dies) for tensor, dies in last.items()], sizes, apart, nodes, run)


def highest(
    held: Sequence[tuple[str, int, int]],
    sizes: Iterable[Dim],
    apart: Sequence[tuple[int, str, Dim]],
    nodes: Sequence[Node],
    run: Sequence[int],
) -> Peak:
    """`peak` of tensors, each with its name, the row that makes it and the last that needs it; `sizes` are theirs.

    `apart` are the rows that take something for themselves, what and how much.
    """
    alive = alive_at(sizes, [(born, dies) for _, born, dies in held], [(at, size) for at, _, size in apart], len(nodes))
    if alive is None:
        return Peak(None, None, ())
    curve = tuple([alive[number] for number in run])
    if not curve:
        return Peak(0, None, ())
    best = max(curve)
    where = run[curve.index(best)]
    names = [name for name, born, dies in held if born <= where <= dies]
    names += [f"{nodes[number].name}: {what}" for number, what, _ in apart if number == where]
    return Peak(best, nodes[where].name, tuple(names), curve)


def bytes_made(tensor: Tensor, nodes: Sequence[Node], dtype: str) -> Dim:
    """Bytes of a tensor: of an input, or as the tally of the node that makes it has them."""
    if tensor.row < 0:
        return bytes_of(product(tensor.shape or ()), tensor.dtype or dtype)
    node = nodes[tensor.row]
    assert node.tally is not None
    return node.tally.outputs[node.outputs.index(tensor)]


def lives(
    inputs: Iterable[Tensor],
    nodes: Sequence[Node],
    run: Sequence[int],
    outputs: Collection[Tensor],
    named_until: Mapping[Tensor, int] | None = None,
) -> dict[Tensor, int]:
    """By the tensor that memory is made for, in the order of making: the number of the last node that needs it.

    A view has its input's memory, and so has what is computed in place, whoever else reads that input. Where axes were
    exchanged before, some views have to copy. Where names of a source are known (`named_until`), a tensor lives as long
    as one of them has it.
    """
    strides: dict[Tensor, tuple[int, ...]] = {}
    dies = dict.fromkeys(inputs, -1)
    homes: dict[Tensor, Tensor] = {}  # of views: the tensor whose memory they have
    for number in run:
        node = nodes[number]
        memory = node.tally and node.tally.memory
        if memory is None:
            continue
        read, made = node.inputs, node.outputs
        for tensor in read:
            home = homes.get(tensor, tensor)
            if home in dies:
                dies[home] = number
        if strides or memory == "view":
            from cnnshape.network.strides import copies  # many networks have no views

            memory = "new" if copies(node, strides) else memory
        if memory != "new" and not read:
            continue  # they lie in a constant
        alike = memory != "new" and are_alike(read[0].dtype, made[0].dtype)
        if alike and (home := homes.get(read[0], read[0])) in dies:
            homes.update(dict.fromkeys(made, home))
        else:
            for tensor in made:
                dies[tensor] = number
    for tensor, last in (named_until or {}).items():
        home = homes.get(tensor, tensor)
        if home in dies:
            dies[home] = max(dies[home], last)
    for tensor in outputs:
        home = homes.get(tensor, tensor)
        if home in dies:
            dies[home] = len(nodes)
    return dies


def alive_at(
    sizes: Iterable[Dim], spans: Iterable[tuple[int, int]], apart: Iterable[tuple[int, Dim]], count: int
) -> list[int] | None:
    """What is alive at each of so many rows; None where a size is not known.

    Args:
        sizes, spans: of memory, with the row that makes it (-1: it is there before) and the last one that needs it.
        apart: the rows that take something for themselves, and how much.
    """
    change = [0] * (count + 3)  # what is born with a row, less what died with the row before; from row -1 on
    for size, (born, last) in zip(sizes, spans, strict=True):
        if size is None:
            return None
        change[born + 1] += size
        change[last + 2] -= size
    for number, size in apart:
        if size is None:
            return None
        change[number + 1] += size
        change[number + 2] -= size
    return [*accumulate(change)][1:]
