"""Memory by liveness: rows run in their order, a tensor lives from its row to its last reader.

Tensors that are views of one another share a storage. A row holds its inputs and its output together; outputs of
the model live to the end. Everything is in bytes of the whole batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.network.dtypes import bytes_of, bytes_of_output
from cnnshape.network.fields import NOTHING_SEEN
from cnnshape.network.node import Node
from cnnshape.network.scratch import scratch_of
from cnnshape.network.strides import Strides, copies
from cnnshape.network.tensor import Tensor
from cnnshape.value import NamedTuple


class Storage:
    """Memory that one tensor and its views share.

    Attributes:
        tensor: the tensor that the memory is made for.
        size: its bytes; None where unknown.
        born: the number of the row that makes it, -1 for a model input.
        dies: the number of the last row that reads it.
    """

    __slots__ = ("born", "dies", "size", "tensor")

    def __init__(self, tensor: Tensor, born: int, size: Dim) -> None:
        self.tensor = tensor
        self.size = size
        self.born = born
        self.dies = born


Storages = Mapping[Tensor, Storage]
"""Where every tensor lies."""


class Peak(NamedTuple):
    """The row at which most is alive, how many bytes, and what they are; and what is alive at each row that runs."""

    size: Dim
    layer: str | None
    tensors: tuple[str, ...]
    alive: tuple[int, ...] = ()


def storages(
    inputs: Iterable[Tensor], nodes: Sequence[Node], run: Sequence[int], outputs: Collection[Tensor], dtype: str
) -> Storages:
    """The storage of every tensor that the nodes `run` make (their numbers, ascending).

    A view has its input's, and so has what is computed in place, whoever else reads that input. Where axes were
    exchanged before, some views have to copy. What a row takes for itself lives as long as the row.
    """
    strides: Strides = {}
    found = {
        tensor: Storage(tensor, -1, bytes_of(product(tensor.shape or ()), tensor.dtype or dtype)) for tensor in inputs
    }
    for number in run:
        node = nodes[number]
        read, answer = node.inputs, node.answer
        if answer is None:
            continue
        result = answer.result
        for tensor in read:
            if tensor in found:
                found[tensor].dies = number
        copied = copies(node, strides)
        source = found.get(read[0]) if result.memory != "new" and not copied else None
        source = source if source and read[0].dtype == node.outputs[0].dtype else None
        for index, tensor in enumerate(node.outputs):
            found[tensor] = source or Storage(tensor, number, bytes_of_output(result, index, tensor.dtype or dtype))
        for what, size in scratch_of(node, dtype):
            tensor = Tensor(f"{node.name}: {what}", None, NOTHING_SEEN, number)
            found[tensor] = Storage(tensor, number, size)
    for tensor in outputs:
        if tensor in found:
            found[tensor].dies = len(nodes)
    return found


def peak(found: Storages, nodes: Sequence[Node], run: Sequence[int]) -> Peak:
    """The largest sum of living storages over the rows that run."""
    unique = dict.fromkeys(found.values())
    change = [0] * (len(nodes) + 3)  # by row: what is born with it, less what died with the row before
    for each in unique:
        if each.size is None:
            return Peak(None, None, ())
        change[each.born + 1] += each.size
        change[each.dies + 2] -= each.size
    best, where, alive, done = -1, None, 0, 0
    curve = []
    for number in run:
        alive += sum(change[done : number + 2])
        done = number + 2
        curve.append(alive)
        if alive > best:
            best, where = alive, number
    if where is None:
        return Peak(0, None, ())
    names = [each.tensor.name for each in unique if each.born <= where <= each.dies]
    return Peak(best, nodes[where].name, tuple(names), tuple(curve))
