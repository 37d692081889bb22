"""Concatenations that grow by what each layer makes of the one before (DenseNet), found, and written as a loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import free_name
from cnnshape.writers.folding import Item

FEWEST_LAYERS = 3
"""Below, the entries themselves are as short."""


class Growth(NamedTuple):
    """A block of `n` layers of one kind, each of which reads all tensors before it, joined by `merge`."""

    name: str
    merge: Item
    layer: Item


def grown(items: Sequence[Item], outputs: frozenset[str], taken: Collection[str]) -> tuple[list[Item], list[Growth]]:
    """The network with each such run as the use of a block, and the blocks.

    Args:
        outputs: tensors that are read from outside.
        taken: names that other blocks have.
    """
    readers: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        for tensor in item.reads:
            readers[tensor].append(at)
    found: dict[str, Growth] = {}
    made: list[Item] = []
    at = 0
    while at < len(items):
        turns = layers_from(items, at, readers, outputs)
        if turns < FEWEST_LAYERS:
            made.append(items[at])
            at += 1
            continue
        first, layer, last = items[at], items[at + 1], items[at + 2 * turns]
        name = free_name("dense_block", {*taken, *(each.name for each in found.values())})
        growth = found.setdefault(repr((kind(first), kind(layer))), Growth(name, first, layer))
        made.append(Item(growth.name, 1, {"n": turns}, first.reads, last.makes, "", block=True))
        at += 2 * turns + 1
    return made, list(found.values())


def kind(item: Item) -> tuple[str, int, str]:
    """What has to be the same in every turn."""
    return item.head, item.positional, repr(item.arguments)


def layers_from(items: Sequence[Item], start: int, readers: Mapping[str, list[int]], outputs: frozenset[str]) -> int:
    """How many layers grow a concatenation that begins at an item; nobody else may read what lies within."""
    first = items[start]
    if not first.merges or len(first.reads) != 1:
        return 0
    turns, joined = 0, first
    merges = [start]
    for at in range(start + 1, len(items) - 1, 2):
        layer, more = items[at : at + 2]
        alike = kind(layer) == kind(items[start + 1]) and kind(more) == kind(first) and not layer.alone
        grows = layer.reads == joined.makes and more.reads == (*joined.reads, *layer.makes)
        if not (alike and grows and readers[joined.makes[0]] == [at]) or outputs & {*joined.makes, *layer.makes}:
            break
        turns, joined = turns + 1, more
        merges.append(at + 1)
    within = (items[start + 1 + 2 * turn].makes[0] for turn in range(turns))
    return turns if all(readers[each] == merges[turn + 1 :] for turn, each in enumerate(within)) else 0


def growth_lines(growth: Growth, merge: str, layer: str) -> Iterator[str]:
    """The block; `merge` and `layer` are the calls."""
    yield f"  {growth.name}(n):"
    yield "    - features[0] = input"
    yield "    - for: i"
    yield "      in: range(n)"
    yield "      layers:"
    yield f"        - {merge}(*features)"
    yield f"        - features[i + 1] = {layer}"
    yield f"    - {merge}(*features)"
