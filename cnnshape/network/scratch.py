"""What an operation of PyTorch takes for itself while it runs, beside its input and its output.

Observed in PyTorch 2.14.1, in evaluation mode without gradients, by the storages that live
(`benchmarks/live_storages.py`). On a CPU MaxPool1d alone does without its indices, elsewhere it has them, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from cnnshape.arithmetic.sizes import product, times
from cnnshape.network.dtypes import INDEX_BYTES, bytes_of
from cnnshape.network.node import Node, Scratch

if TYPE_CHECKING:
    from cnnshape.vocabularies.pytorch.saved.call import Call


INSIDE = frozenset(
    {"RNN", "GRU", "LSTM", "MultiheadAttention", "LocalResponseNorm", "local_response_norm"}
    | {f"{name}{rank}d" for name in ("LPPool", "lp_pool") for rank in (1, 2, 3)}
)
"""Layers of which it is told what they take inside themselves (`cnnshape.vocabularies.pytorch.inside`)."""


def called(node: Node) -> Call:
    """A node as a call."""
    from cnnshape.vocabularies.pytorch.saved.call import Call  # which few networks need

    assert node.layer is not None
    assert node.answer is not None
    return Call(
        node.type,
        node.layer.bound.arguments,
        tuple([tensor.shape or () for tensor in node.inputs]),
        node.answer.result.outputs,
        (),
        {weight.name: product(weight.shape) for weight in (*node.answer.result.weights, *node.own)},
        same=tuple([node.inputs.index(tensor) for tensor in node.inputs]),
    )


@cache
def plain(name: str) -> str:
    """A name of a layer as it is compared."""
    return name.replace("_", "").lower()


def scratch_of(node: Node, dtype: str) -> Iterator[Scratch]:
    """The tensors that the row of a node makes and lets go."""
    if node.layer is None or node.answer is None or node.layer.bound.kind.framework != "pytorch":
        return
    name, result = plain(node.layer.bound.kind.name), node.answer.result
    if "maxpool" in name and not result.indices:
        yield Scratch("indices", times(INDEX_BYTES, product(result.output)))
    if node.type in INSIDE:
        from cnnshape.vocabularies.pytorch.inside import taken_inside  # which few networks need

        if within := taken_inside(called(node)):
            yield Scratch("its own steps", bytes_of(within.inference, dtype))
    if not name.startswith("conv") or "transpose" in name:
        return
    mode, padding = node.layer.bound.arguments.get("padding_mode", "zeros"), result.padding or ()
    if None not in padding:
        copied = [sum(pads) if mode != "zeros" else abs(pads[1] - pads[0]) for pads in padding if pads]
        if any(copied):  # zeros on both sides are the kernel's own business
            shape = node.inputs[0].shape or ()
            sizes = [None if size is None else size + more for size, more in zip(shape[2:], copied, strict=True)]
            yield Scratch("the padded input", bytes_of(product([*shape[:2], *sizes]), dtype))
