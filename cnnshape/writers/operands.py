"""Weights that an operator reads beside tensors, as an architecture file has them: parameters by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape, product
from cnnshape.network.plan import Row
from cnnshape.operations.applied import Applied
from cnnshape.operations.worked import Worked
from cnnshape.writers.folding import Item

SYMMETRIC = frozenset({"add", "maximum", "minimum", "mul", "multiply"})
"""Functions whose operands may be exchanged; of others a weight in front stays there."""

BROADCASTING = SYMMETRIC | {"div", "divide", "sub", "subtract", "true_divide"}
"""Functions in which one value stands for every sample; what joins tensors needs as many samples of each."""


def operands_of(row: Row) -> tuple[Shape | None, ...]:
    """A shape for every operand that is a weight, None for one that is a tensor; empty where all are tensors."""
    found = row.operation.operands if isinstance(row.operation, Applied | Worked) else ()
    return found if any(shape is not None for shape in found) else ()


def with_operands(row: Row, item: Item) -> list[Item]:
    """The layer behind the parameters that it reads; no items where an architecture file has no words for it.

    A parameter is the same for every sample, and has one in place of the batch: a weight with fewer axes than the
    tensor that it meets gets ones before them. The product with a matrix is the dense layer that it is.
    """
    operands, result = operands_of(row), row.result
    weights = [shape for shape in operands if shape is not None]
    shape = row.input_shapes[0] if len(row.input_shapes) == 1 else None
    if result is None or shape is None or sum(product(each) or 0 for each in weights) != row.params:
        return []
    if row.type == "matmul" and operands[0] is None and len(weights[0]) == 2:
        head = {"out_features": weights[0][1], "bias": False}
        return [item._replace(head="Linear", arguments=head, positional=0, merges=False)]
    if row.type not in BROADCASTING:
        return []
    rank = len(result.output)
    own = [sizes[1:] if len(sizes) == rank and sizes[0] == 1 else sizes for sizes in weights]
    if any(len(sizes) > rank - 1 for sizes in own) or len(shape) != rank:
        return []
    made = [f"{row.output_names[0]}#weight{at}" for at in range(len(own))]
    names = [weight.name for weight in result.weights] or ["weight"] * len(own)
    parameters = [
        parameter(name, made, (*(1,) * (rank - 1 - len(sizes)), *sizes), item)
        for name, made, sizes in zip(names, made, own, strict=True)
    ]
    tensors, read = iter(row.inputs), iter(made)
    reads = [next(tensors) if sizes is None else next(read) for sizes in operands]
    if row.type in SYMMETRIC:
        reads.sort(key=lambda tensor: tensor in made)
    return [*parameters, item._replace(reads=tuple(reads))]


def parameter(name: str, made: str, sizes: Sequence[Any], around: Item) -> Item:
    """A parameter by itself, in the scopes of the layer that reads it."""
    return Item("Parameter", 1, {"shape": tuple(sizes)}, (), (made,), name, around.scopes)


def said(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """What is compared of rows; a parameter belongs to the row that reads it."""
    params: dict[str, int] = {}
    for row in rows:
        if row.type == "Parameter":
            params[row.output_names[0]] = row.params or 0
            continue
        more = sum(params.get(name, 0) for name in row.inputs)
        yield {
            "name": row.name,
            "type": "matmul" if row.type == "Linear" and not row.arguments.get("bias", True) else row.type,
            "output_shapes": row.output_shapes,
            "params": None if row.params is None else row.params + more,
            "trainable_params": None if row.trainable_params is None else row.trainable_params + more,
            "macs": row.macs,
        }
