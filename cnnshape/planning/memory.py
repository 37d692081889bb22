"""Memory by liveness: rows run in file order, a tensor lives from its row to its last reader.

Tensors that are views of one another share a storage. A row holds its inputs and its output together; outputs of
the model live to the end. Everything is in elements of the whole batch until `bytes_of` turns it into bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from cnnshape.architecture.reader import DTYPE_BITS
from cnnshape.arithmetic.sizes import Dim, Shape, product
from cnnshape.planning.frames import Tensor
from cnnshape.planning.run import Draft

Key = tuple[int, int, str]
"""A tensor: its row, which output, and the name of a model input."""


class Storage(NamedTuple):
    """Memory that one tensor and its views share."""

    elements: Dim
    born: int
    dies: int
    name: str


class Peak(NamedTuple):
    """The row at which most is alive, how many bytes, and what they are."""

    size: Dim
    layer: str | None
    tensors: tuple[str, ...]


def bytes_of(elements: Dim, dtype: str) -> Dim:
    """Bytes of that many elements; int4 packs two into one."""
    return None if elements is None else -(-elements * DTYPE_BITS[dtype] // 8)


def key_of(tensor: Tensor) -> Key:
    """The identity of a tensor: rows by number, model inputs by name."""
    return (tensor.row, tensor.output, tensor.name if tensor.row < 0 else "")


def storages(
    inputs: Sequence[Tensor], drafts: Sequence[Draft], run: Collection[int], outputs: Collection[Key]
) -> dict[Key, Storage]:
    """The storage of every tensor that inference makes; `run` are the numbers of the rows it runs.

    An in-place activation overwrites its input where no other row reads that and it is no output of the model.
    """
    end = len(drafts)
    readers: dict[Key, int] = {}
    for number in run:
        for key in {key_of(tensor) for tensor in drafts[number].inputs}:
            readers[key] = readers.get(key, 0) + 1
    root: dict[Key, Key] = {}
    made: dict[Key, tuple[Dim, int, str]] = {}
    last: dict[Key, int] = {}
    shared_views: dict[Key, int] = {}
    for tensor in inputs:
        key = key_of(tensor)
        root[key] = key
        made[key] = (product(tensor.shape or ()), -1, tensor.name)
        last[key] = -1
    for number in sorted(run):
        draft = drafts[number]
        result = draft.result
        if result is None:
            continue
        sources = [root[key_of(tensor)] for tensor in draft.inputs if key_of(tensor) in root]
        for source in sources:
            last[source] = number
        over = bool(sources) and result.memory == "view"
        if sources and result.memory == "in_place":
            first = key_of(draft.inputs[0])
            over = (
                readers.get(first, 0) == 1
                and first not in outputs
                and draft.inputs[0].row >= 0
                and shared_views.get(root[first], 0) == 0
            )
        for output, shape in enumerate(result.outputs):
            key = (number, output, "")
            if over:
                root[key] = sources[0]
                if result.memory == "view" and readers.get(key_of(draft.inputs[0]), 0) > 1:
                    shared_views[sources[0]] = shared_views.get(sources[0], 0) + 1
                last[sources[0]] = number
            else:
                root[key] = key
                made[key] = (product(shape), number, draft.output_names[output])
                last[key] = number
    for key in outputs:
        if key in root:
            last[root[key]] = end
    return {key: Storage(made[base][0], made[base][1], last[base], made[base][2]) for key, base in root.items()}


def peak(found: dict[Key, Storage], drafts: Sequence[Draft], run: Collection[int], dtype: str) -> Peak:
    """The largest sum of living storages over the rows that run."""
    unique = list({(each.born, each.name): each for each in found.values()}.values())
    if any(each.elements is None for each in unique):
        return Peak(None, None, ())
    births: dict[int, list[Storage]] = {}
    deaths: dict[int, list[Storage]] = {}
    for each in unique:
        births.setdefault(each.born, []).append(each)
        deaths.setdefault(each.dies, []).append(each)
    alive = sum(bytes_of(each.elements, dtype) or 0 for each in births.get(-1, ()))
    for each in deaths.get(-1, ()):
        alive -= bytes_of(each.elements, dtype) or 0
    best, where = -1, None
    for number in sorted(run):
        alive += sum(bytes_of(each.elements, dtype) or 0 for each in births.get(number, ()))
        if alive > best:
            best, where = alive, number
        alive -= sum(bytes_of(each.elements, dtype) or 0 for each in deaths.get(number, ()))
    if where is None:
        return Peak(0, None, ())
    names = [each.name for each in unique if each.born <= where <= each.dies and (each.born >= 0 or each.dies >= 0)]
    return Peak(best, drafts[where].name, tuple(names))


def kept_for_training(
    found: dict[Key, Storage], drafts: Sequence[Draft], run: Collection[int], outputs: Collection[Key]
) -> Dim:
    """Elements that the backward pass needs: inputs of rows that train or lie below one, each once, and outputs."""
    below: set[Key] = set()
    kept: dict[tuple[int, str], Dim] = {}
    for number in sorted(run):
        draft = drafts[number]
        if draft.result is None:
            continue
        trains = draft.trainable and any(weight.kind == "trainable" for weight in draft.result.weights)
        keys = [key_of(tensor) for tensor in draft.inputs]
        if trains or any(key in below for key in keys):
            below.update((number, output, "") for output in range(len(draft.result.outputs)))
            for key in keys:
                storage = found.get(key)
                if storage:
                    kept[(storage.born, storage.name)] = storage.elements
    for key in outputs:
        storage = found.get(key)
        if storage:
            kept[(storage.born, storage.name)] = storage.elements
    total = 0
    for elements in kept.values():
        if elements is None:
            return None
        total += elements
    return total


def shape_elements(shapes: Sequence[Shape]) -> Dim:
    """Elements of several tensors together."""
    total = 0
    for shape in shapes:
        size = product(shape)
        if size is None:
            return None
        total += size
    return total
