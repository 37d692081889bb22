"""Axes that are put in another order and back again, left as they are: what is written for a row knows no other row."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cnnshape.network.plan import Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.views import Identity
from cnnshape.writers.folding import Item

ORDERS = {"Permute": "dims", "ops.transpose": "axes", "permute": "dims"}
"""Layers and functions that put axes in another order, and the argument that says it."""

Step = tuple[Row, Item]


def order_of(item: Item) -> tuple[int, ...] | None:
    """The axes as an item puts them, that of the batch included; None of other items."""
    if item.head not in ORDERS:
        return None
    order = item.arguments.get(ORDERS[item.head])
    return (0, *order) if order and item.head == "Permute" and 0 not in order else order


def in_order(item: Item, order: tuple[int, ...]) -> Item:
    """An item that puts axes in this order."""
    keras = item.head != "permute"
    head = "permute" if not keras else "ops.transpose" if order[0] else "Permute"
    return item._replace(head=head, arguments={ORDERS[head]: order[1:] if head == "Permute" else order}, positional=1)


def settled(steps: Sequence[Step], outputs: Collection[str]) -> list[Step]:
    """The items, in which no order of axes is taken back: what changes each element by itself comes before it."""
    moved: dict[str, tuple[str, tuple[int, ...]]] = {}  # a tensor as another one whose axes are in another order
    same: dict[str, str] = {}
    found: list[Step] = []
    for row, given in steps:
        item = given._replace(reads=tuple(same.get(tensor, tensor) for tensor in given.reads))
        item = item._replace(shares=None) if item.head in ORDERS else item  # the first one may be left out
        order = order_of(item)
        source = moved.get(item.reads[0]) if item.reads else None
        if order is not None:
            read, before = source or (item.reads[0], tuple(range(len(order))))
            order = tuple(before[axis] for axis in order)
            if order == tuple(range(len(order))) and item.makes[0] not in outputs:
                same[item.makes[0]] = read
                continue
            if order != tuple(range(len(order))):
                item = in_order(item._replace(reads=(read,)), order)
                moved[item.makes[0]] = read, order
        elif source and (changes_each(row, item) or along_an_axis(item)):
            inner = f"{item.makes[0]}#moved"
            found.append((row, placed(item, source[1])._replace(reads=source[:1], makes=(inner,))))
            item = in_order(last_mover(found, item.reads[0]), source[1])._replace(reads=(inner,), makes=item.makes)
            moved[item.makes[0]] = inner, source[1]
        found.append((row, item))
    return without_unread(found, outputs)


def last_mover(steps: Sequence[Step], tensor: str) -> Item:
    """The item that makes a tensor."""
    item: Item = next(item for _, item in reversed(steps) if tensor in item.makes)
    return item._replace(comment="")


def changes_each(row: Row, item: Item) -> bool:
    """Whether an item makes each element of the one at its place, whatever the order of the axes."""
    operation = row.operation
    plain = isinstance(operation, Identity) and operation.rank is None and "noise_shape" not in item.arguments
    if isinstance(operation, Activation) and row.input_shapes[0]:
        plain = not operation.taken_over(row.input_shapes[0])
    return plain and len(item.reads) == 1 and not row.params and "axis" not in item.arguments


def along_an_axis(item: Item) -> bool:
    """Whether an item is Keras's for one axis, wherever that lies."""
    axis = item.arguments.get("axis", -1)
    return item.head in ("LayerNormalization", "Softmax") and isinstance(axis, int) and not item.shares


def placed(item: Item, order: tuple[int, ...]) -> Item:
    """An item before the axes of what it reads are put in an order."""
    if not along_an_axis(item):
        return item
    axis = order[item.arguments.get("axis", -1)]
    rest = {name: value for name, value in item.arguments.items() if name != "axis"}
    return item._replace(arguments=rest if axis == len(order) - 1 else {"axis": axis, **rest})


def without_unread(steps: Sequence[Step], outputs: Collection[str]) -> list[Step]:
    """The items but those that only put axes in an order in which nobody reads them."""
    read = {*outputs, *(tensor for _, item in steps for tensor in item.reads)}
    kept = [(row, item) for row, item in steps if order_of(item) is None or read.intersection(item.makes)]
    return kept if len(kept) == len(steps) else without_unread(kept, outputs)
