"""The graph between the inputs and the outputs of a Keras model, and the order in which Keras has its layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnshape.readers.python.language.values import Tensor, Value, now
from cnnshape.readers.python.rows.trace import Row

Key = Any
"""A node of the graph: the run of a layer, the number of a row beside all layers, or which tensor an input is."""


def rows_between(inputs: Iterable[Tensor], outputs: Iterable[Tensor]) -> list[int]:
    """The rows between inputs and outputs, in their order."""
    rows = now().trace.rows
    ends = {place_of(each) for each in inputs}
    found = {each.row for each in outputs if place_of(each) not in ends}
    for number in range(len(rows) - 1, -1, -1):
        if number in found:
            found |= {each.row for each in rows[number].reads if place_of(each) not in ends}
    return sorted(number for number in found if number is not None and number >= 0)


def in_order(inputs: dict[Value, Tensor], outputs: list[Tensor]) -> list[Value]:
    """The layers, of which those of the inputs are given: as Keras sorts them.

    The more layers lie behind one the earlier it comes; among equals that which is met first from the outputs on.
    """
    rows = now().trace.rows
    starts = {place_of(tensor): layer for layer, tensor in inputs.items()}
    layers: dict[Key, Value] = dict(starts)
    parents: dict[Key, dict[Key, None]] = {start: {} for start in starts}
    node_of: dict[int | None, Key] = {}
    for number in rows_between(inputs.values(), outputs):
        row = rows[number]
        node = node_of[number] = row.runs[0] if row.runs else number
        layers.setdefault(node, outermost(row))
        read = parents.setdefault(node, {})
        for each in row.reads:
            place = place_of(each)
            parent = place if place in starts else node_of.get(each.row, node)
            if parent != node:
                read[parent] = None
    ends = [place if (place := place_of(each)) in starts else node_of[each.row] for each in outputs]
    behind, met = walked(ends, parents)
    operation = {node: node if layers[node] is None else id(layers[node]) for node in behind}
    depth, deepest = dict.fromkeys(behind, 0), dict.fromkeys(operation.values(), 0)
    for node in reversed(behind):
        depth[node] = deepest[operation[node]] = max(depth[node], deepest[operation[node]])
        for parent in parents[node]:
            depth[parent] = max(depth[parent], depth[node] + 1)
    first: dict[Key, int] = {}
    for number, node in enumerate(met):
        first.setdefault(operation[node], number)
    known = {operation[node]: layers[node] for node in met if layers[node] is not None}
    unread = {id(layer): layer for start, layer in starts.items() if start not in operation}
    order = {**dict.fromkeys(unread, (0, -1)), **{each: (-deepest[each], first[each]) for each in known}}
    return [(known | unread)[each] for each in sorted(order, key=order.__getitem__)]


def walked(ends: Iterable[Key], parents: dict[Key, dict[Key, None]]) -> tuple[list[Key], dict[Key, None]]:
    """All nodes, each behind those that it reads; and in the order in which they are met from the ends."""
    behind: list[Key] = []
    met: dict[Key, None] = {}
    for end in ends:
        pending = [(end, False)]
        while pending:
            node, done = pending.pop()
            if done:
                behind.append(node)
            elif node not in met:
                met[node] = None
                pending += [(node, True), *((parent, False) for parent in reversed(parents[node]))]
    return behind, met


def outermost(row: Row) -> Value:
    """The layer of the model that a row belongs to: the outermost that ran; None of an operation beside all layers."""
    return row.runs[0].module if row.runs else row.module


def place_of(tensor: Tensor) -> tuple[int | None, int]:
    """Which row makes a tensor, and which of its outputs it is."""
    return tensor.row, tensor.output
