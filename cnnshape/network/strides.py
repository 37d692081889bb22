"""Where the elements of a network's tensors lie in memory once PyTorch has exchanged axes, and what it then refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.arithmetic.fields import IDENTITY
from cnnshape.arithmetic.sizes import product, show
from cnnshape.arithmetic.strides import contiguous, dense, joins_apart, viewed
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Operation, Path

Strides = dict[Tensor, tuple[int, ...]]
"""How far elements lie apart along each axis, of the tensors whose axes were exchanged; others lie in their order."""


def copies(node: Node, strides: Strides) -> bool:
    """Whether what is a view elsewhere copies here; notes the strides of what the node makes."""
    result = node.answer.result if node.answer else None
    if result is None or not node.inputs or node.layer is None:
        return False
    if not strides and result.memory != "view":  # as nearly always
        return False
    output, shape = node.outputs[0], node.inputs[0].shape or ()
    if None in shape or output.shape is None or None in output.shape:
        return False
    sizes, wanted = [size or 0 for size in shape], [size or 0 for size in output.shape]
    before = strides.get(node.inputs[0])
    if result.memory != "view":
        after: tuple[int, ...] | None = None
        flash = node.type in ATTENTION and sizes == wanted and not node.layer.bound.arguments.get("dropout_p")
        if before is not None and (flash or works_alike(node, strides)):
            after = dense(sizes, before)
        return note(node, after, strides)
    order = exchanged(result.paths[0]) if result.paths else None
    lying = before or contiguous(sizes)
    if order is not None and len(order) == len(wanted):
        return note(node, tuple(lying[axis] for axis in order), strides)
    chosen = strides_chosen(node.layer.operation, sizes, lying)
    if chosen is not None:
        return note(node, chosen, strides)
    if before is None:
        return False
    lies = viewed(sizes, before, wanted) if product(wanted) == product(sizes) else None
    return lies is None or note(node, lies, strides)


def moves_axes(node: Node) -> bool:
    """Whether what the node makes may not lie in the order of its axes, though what it reads does."""
    if node.answer is None or node.layer is None or node.answer.result.memory != "view":
        return False
    paths, sizes = node.answer.result.paths, [1 for _ in node.inputs[0].shape or ()]
    return bool(paths and exchanged(paths[0])) or strides_chosen(node.layer.operation, sizes, sizes) is not None


ATTENTION = frozenset({"scaled_dot_product_attention"})
"""What gives a tensor that lies as the queries do, where it runs as flash attention."""


def note(node: Node, after: tuple[int, ...] | None, strides: Strides) -> bool:
    """Keep the strides of a node's outputs, where their elements do not lie in order; that is no copy."""
    for tensor in node.outputs:
        if after is not None and after != contiguous([size or 0 for size in tensor.shape or ()]):
            strides[tensor] = after
    return False


def strides_chosen(operation: Operation, sizes: Sequence[int], lying: Sequence[int]) -> tuple[int, ...] | None:
    """The strides of a part of a tensor: an index, a slice, a stretched axis; None where nothing is chosen."""
    from cnnshape.operations.applied import Applied  # few networks choose parts
    from cnnshape.operations.choosing import Choice
    from cnnshape.operations.parts import Chunk, Select, Split
    from cnnshape.operations.tensors import Expand, Index

    across = isinstance(operation, Applied) and operation.across  # axes are counted from one more
    operation = operation.operation if isinstance(operation, Applied) else operation
    if isinstance(operation, Chunk | Select | Split):
        return tuple(lying)
    if isinstance(operation, Choice):
        axis = (operation.axis - across if operation.axis > 0 else operation.axis) % len(sizes)
        return (*lying[:axis], *lying[axis + 1 :])
    if isinstance(operation, Expand):
        new = len(operation.sizes) - len(sizes)
        pairs = zip(operation.sizes[new:], sizes, lying, strict=True)
        return (*(0,) * new, *(0 if size == 1 and wanted not in (1, -1) else step for wanted, size, step in pairs))
    return indexed(operation.keys, lying) if isinstance(operation, Index) else None


def indexed(keys: Sequence[object], lying: Sequence[int]) -> tuple[int, ...] | None:
    """The strides of ``x[keys]``; None where a key is a list of indices."""
    taken = sum(key is not None and key != "..." for key in keys)
    found: list[int] = []
    axis = 0
    for key in (*keys, *(() if "..." in keys else ("...",))):
        if key is None:
            found.append(0)
        elif key == "...":
            found += lying[axis : axis + len(lying) - taken]
            axis += len(lying) - taken
        elif isinstance(key, tuple) and key[:1] != ("of",):
            found.append(lying[axis] * (key[2] or 1))
            axis += 1
        elif isinstance(key, int):
            axis += 1
        else:
            return None
    return tuple(found)


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
