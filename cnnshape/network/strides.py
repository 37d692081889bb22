"""Where the elements of a network's tensors lie in memory once PyTorch has exchanged axes, and what it then refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.arithmetic.fields import IDENTITY
from cnnshape.arithmetic.sizes import product, show
from cnnshape.arithmetic.strides import contiguous, joins_apart
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Path

Strides = dict[Tensor, tuple[int, ...]]
"""How far elements lie apart along each axis, of the tensors whose axes were exchanged; others lie in their order."""


def copies(node: Node, strides: Strides) -> bool:
    """Whether what is a view elsewhere copies here; notes the strides of what the node makes."""
    result = node.answer.result if node.answer else None
    if result is None or len(node.outputs) != 1 or not node.inputs:
        return False
    if not strides and result.memory != "view":  # as nearly always
        return False
    (output,), shape = node.outputs, node.inputs[0].shape or ()
    if None in shape or output.shape is None or None in output.shape:
        return False
    before = strides.get(node.inputs[0])
    if result.memory != "view":
        if before is not None and works_alike(node, strides):
            strides[output] = before
        return False
    sizes = [size or 0 for size in shape]
    order = exchanged(result.paths[0]) if result.paths else None
    if order is not None and len(order) == len(output.shape):
        lying = before or contiguous(sizes)
        strides[output] = tuple(lying[axis] for axis in order)
    elif before is not None:
        if joins_apart(sizes, before, [size or 0 for size in output.shape]):
            return True
        if output.shape == shape:
            strides[output] = before
    return False


def works_alike(node: Node, strides: Strides) -> bool:
    """Whether the output lies as the inputs do: of what works element by element, on inputs that all lie alike."""
    from cnnshape.operations.activation import Activation  # few networks exchange axes
    from cnnshape.operations.merging import Merge

    operation, answer = node.layer and node.layer.operation, node.answer
    softmax = isinstance(operation, Activation) and answer is not None and answer.result.paths
    alike = len({(tensor.shape, strides.get(tensor)) for tensor in node.inputs}) == 1
    return isinstance(operation, Activation | Merge) and not softmax and alike


def exchanged(paths: Sequence[Path]) -> list[int] | None:
    """For every output axis the input axis that it is, where axes changed places and nothing else happened."""
    targets = [path.axis for path in paths]
    if sorted(targets, key=lambda axis: -1 if axis is None else axis) != list(range(len(targets))):
        return None
    plain = all(path.told == IDENTITY and not path.whole for path in paths)
    return [targets.index(axis) for axis in range(len(targets))] if plain and targets != sorted(targets) else None  # type: ignore[type-var]


def refused_views(nodes: Sequence[Node]) -> Iterator[Diagnostic]:
    """An error for every row that PyTorch declares, and whose view its run refuses (CS306)."""
    if not any(views_squares(node) for node in nodes):
        return
    strides: Strides = {}
    for node in nodes:
        copies(node, strides)
        lying = strides.get(node.inputs[0]) if node.inputs else None
        if lying is None or not views_squares(node):
            continue
        shape = node.inputs[0].shape or ()
        wanted = (*shape[:1], 1, *shape[1:3], product(shape[3:]))
        if joins_apart([size or 0 for size in shape], lying, [size or 0 for size in wanted]):
            origin = node.origin
            yield Diagnostic(
                "CS306",
                f"{node.type} views {show(shape)} as {show(wanted)}, which PyTorch refuses when it runs: axes were "
                "exchanged, and those to be joined do not lie together in memory",
                origin.filename if origin else "",
                origin.span if origin else None,
                node.name,
                f"exchange axes behind {node.type}",
                origin.used_at if origin else (),
            )


def views_squares(node: Node) -> bool:
    """Whether the node is a LocalResponseNorm that views what it reads as five axes.

    Source: ``local_response_norm`` in PyTorch's ``torch/nn/functional.py``.
    """
    return node.type in {"LocalResponseNorm", "local_response_norm"} and len(node.inputs[0].shape or ()) > 3
