"""Memory by liveness: rows run in file order, a tensor lives from its row to its last reader.

Tensors that are views of one another share a storage. A row holds its inputs and its output together; outputs of
the model live to the end. Everything is in elements of the whole batch until `bytes_of` turns it into bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from cnnshape.architecture.reader import DTYPE_BITS
from cnnshape.arithmetic.sizes import Dim, product, total
from cnnshape.planning.frames import Tensor
from cnnshape.planning.run import Draft


class Storage:
    """Memory that one tensor and its views share.

    Attributes:
        tensor: the tensor that the memory is made for.
        elements: its size.
        born: the number of the row that makes it, -1 for a model input.
        dies: the number of the last row that reads it.
        is_kept: it cannot be overwritten, through whichever view: it holds an input or an output of the model, or some
            view of it is read along with it.
    """

    __slots__ = ("born", "dies", "elements", "is_kept", "tensor")

    def __init__(self, tensor: Tensor, born: int) -> None:
        self.tensor = tensor
        self.elements = product(tensor.shape or ())
        self.born = born
        self.dies = born
        self.is_kept = born < 0


Storages = Mapping[Tensor, Storage]
"""Where every tensor lies."""


class Peak(NamedTuple):
    """The row at which most is alive, how many bytes, and what they are."""

    size: Dim
    layer: str | None
    tensors: tuple[str, ...]


def bytes_of(elements: Dim, dtype: str) -> Dim:
    """Bytes of that many elements; int4 packs two into one."""
    return None if elements is None else -(-elements * DTYPE_BITS[dtype] // 8)


def storages(
    inputs: Iterable[Tensor], drafts: Sequence[Draft], run: Sequence[int], outputs: Collection[Tensor]
) -> Storages:
    """The storage of every tensor that the rows `run` make (their numbers, ascending).

    An in-place activation overwrites its input where no other row reads that and it is no output of the model.
    """
    readers = Counter([tensor for number in run for tensor in dict.fromkeys(drafts[number].inputs)])
    found = {tensor: Storage(tensor, -1) for tensor in inputs}
    for number in run:
        row, read, made, _, _ = drafts[number]
        if row.result is None:
            continue
        for tensor in read:
            if tensor in found:
                found[tensor].dies = number
        memory = row.result.memory
        source = found.get(read[0]) if memory != "new" else None
        if source is not None and memory == "in_place":
            source = source if readers[read[0]] == 1 and not source.is_kept else None
        elif source is not None and readers[read[0]] > 1:
            source.is_kept = True
        for tensor in made:
            found[tensor] = source or Storage(tensor, number)
            found[tensor].is_kept |= tensor in outputs
    for tensor in outputs:
        if tensor in found:
            found[tensor].dies = len(drafts)
    return found


def peak(found: Storages, drafts: Sequence[Draft], run: Sequence[int], dtype: str) -> Peak:
    """The largest sum of living storages over the rows that run."""
    unique = dict.fromkeys(found.values())
    change = [0] * (len(drafts) + 3)  # by row: what is born with it, less what died with the row before
    for each in unique:
        size = bytes_of(each.elements, dtype)
        if size is None:
            return Peak(None, None, ())
        change[each.born + 1] += size
        change[each.dies + 2] -= size
    best, where, alive, done = -1, None, 0, 0
    for number in run:
        alive += sum(change[done : number + 2])
        done = number + 2
        if alive > best:
            best, where = alive, number
    if where is None:
        return Peak(0, None, ())
    names = [each.tensor.name for each in unique if each.born <= where <= each.dies]
    return Peak(best, drafts[where].row.name, tuple(names))


def kept_for_training(found: Storages, drafts: Sequence[Draft], run: Sequence[int], outputs: Collection[Tensor]) -> Dim:
    """Elements that the backward pass needs: inputs of rows that train or lie below one, each once, and outputs."""
    below: set[Tensor] = set()
    kept = {found[tensor] for tensor in outputs if tensor in found}
    for number in run:
        row, read, made, _, answer = drafts[number]
        if answer is None:
            continue
        if (row.trainable and answer.trains) or not below.isdisjoint(read):
            below.update(made)
            kept.update([found[tensor] for tensor in read if tensor in found])
    return total([each.elements for each in kept])
