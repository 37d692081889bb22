"""A network for another batch, without its file being read again: every node is answered for so many samples.

Mostly a plan says of a batch so many times what it says of a sample. Then that of another batch is the same, multiplied
(`AnyBatch`), and there are nodes for so many samples only once somebody asks for rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Answer
from cnnshape.network.dtypes import ELEMENT_BITS
from cnnshape.network.fields import Sight
from cnnshape.network.figures import Peak
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.plan import Plan, Rows
from cnnshape.network.planning import plan_network, run_in
from cnnshape.network.rows import rows_of
from cnnshape.network.strides import moves_axes, refused_views
from cnnshape.network.tensor import Tensor, resized
from cnnshape.operations.applied import Applied
from cnnshape.value import Deferred, replace


class HangsOnBatchError(Exception):
    """Something but the first size of every tensor would be another for another batch, or may be."""


class AnyBatch:
    """The plans of a network for any batch."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.is_told = is_per_sample(network)
        self.plans: dict[tuple[str, str | None], Plan] = {}

    def plan(self, batch: Dim, optimizer: str, amp: str | None) -> Plan | None:
        """What `plan_network` gives for so many samples; None where that has to be worked out."""
        before = self.network.batch
        if not self.is_told or before is None or batch is None:
            return None
        model = self.plans.get((optimizer, amp))
        if model is None:
            model = self.plans[optimizer, amp] = plan_network(self.network, optimizer=optimizer, amp=amp)
        if batch == before:
            return model
        if model.totals is None:
            return None
        peak = model.totals.peak
        network = Deferred(lambda: _at_batch(self.network, before, batch))
        rows = Deferred(lambda: rows_of(network.given, *run_in(network.given)))
        whole = Deferred(lambda: plan_network(network.given, optimizer=optimizer, amp=amp))
        return replace(
            model,
            batch=batch,
            inputs={name: (batch, *shape[1:]) for name, shape in model.inputs.items()},
            outputs={name: (batch, *(shape or ())[1:]) for name, shape in model.outputs.items()},
            rows=Rows(
                lambda: rows.given.results,
                lambda at: rows.given.read(at),
                lambda at: rows.given.field(at),
                lambda at: rows.given[at],
            ),
            totals=model.totals._replace(
                peak=Deferred(lambda: peak_at(peak.given, before, batch)),
                step=Deferred(lambda: whole.given.totals.training),  # type: ignore[union-attr]  # as the model has
            ),
        )


def peak_at(peak: Peak, before: int, batch: int) -> Peak:
    """The peak for another batch."""
    size, alive = peak.size, tuple([each // before * batch for each in peak.alive])
    return peak._replace(size=size and size // before * batch, alive=alive)


def is_per_sample(network: Network) -> bool:
    """Whether all that a plan says of a batch is so many times what it says of one sample.

    A sample may not end within a byte, nor axes be exchanged: which views copy then hangs on the sizes. Promises and a
    backend are looked at for every batch.
    """
    batch, nodes = network.batch, network.nodes
    if batch is None or network.promises is not None or network.backend is not None:
        return False
    tensors = [*[each.tensor for each in network.inputs], *[tensor for node in nodes for tensor in node.outputs]]
    dtypes = {tensor.dtype or network.dtype for tensor in tensors}
    return (
        all(node.layer is not None and node.layer.operation.per_sample and not moves_axes(node) for node in nodes)
        and all(tensor.shape and tensor.shape[0] == batch for tensor in tensors)
        and all(ELEMENT_BITS[dtype] % 8 == 0 for dtype in dtypes)
    )


def at_batch(network: Network, batch: Dim) -> Network | None:
    """What reading the same file for another batch gives; None where that has to be done.

    It is about files of which nothing was to be reported. What is read sees shapes without their batch alone.
    So a reader does the same for another one where every tensor differs in its first size alone.
    """
    if network.batch is None or batch is None:
        return None
    try:
        return _at_batch(network, network.batch, batch)
    except (HangsOnBatchError, Fault):
        return None


def _at_batch(network: Network, before: int, batch: int) -> Network:
    answers: dict[Answer, Answer] = {}
    for node in network.nodes:
        if node.answer not in answers:
            answers[node.answer] = answered(node, before, batch)  # type: ignore[index]  # where nothing was found
    inputs = [resized(each.tensor, for_batch(each.tensor.shape or (), before, batch)) for each in network.inputs]
    return twin(network, inputs, [answers[node.answer] for node in network.nodes])._replace(batch=batch)  # type: ignore[index]


def twin(
    network: Network, inputs: Sequence[Tensor], answers: Sequence[Answer], sights: Sequence[Sight] | None = None
) -> Network:
    """The same for other inputs, to which the nodes answer so. Tensors see what they saw, or as is said."""
    tensors = dict(zip([each.tensor for each in network.inputs], inputs, strict=True))
    twins: dict[Node, Node] = {}
    for node, answer in zip(network.nodes, answers, strict=True):
        read = tuple([tensors[tensor] for tensor in node.inputs])
        seen = sights[len(tensors)] if sights else None  # outputs of a node see the same
        made = []
        for old, shape in zip(node.outputs, answer.result.outputs, strict=True):
            tensors[old] = tensor = Tensor(old.name, shape, seen or old.sight, old.row, None, old.dtype)
            made.append(tensor)
        twins[node] = node.again(read, tuple(made), answer, node.owner and twins[node.owner])
    nodes = tuple(twins.values())
    return network._replace(
        inputs=tuple([each._replace(tensor=tensor) for each, tensor in zip(network.inputs, inputs, strict=True)]),
        nodes=nodes,
        outputs=tuple([tensors[tensor] for tensor in network.outputs]),
        training_outputs=tuple([tensors[tensor] for tensor in network.training_outputs]),
        written=tuple([tensors[tensor] for tensor in network.written]),
        named_until=network.named_until and {tensors[tensor]: last for tensor, last in network.named_until.items()},
        diagnostics=tuple(refused_views(nodes)) if network.framework == "pytorch" else (),
    )


def answered(node: Node, before: int, batch: int) -> Answer:
    """What a node answers for another batch.

    Raises:
        Fault: its operation refuses that.
        HangsOnBatchError: more than the batch is another, or the operation was made for the one before.
    """
    old, layer = node.answer, node.layer
    if old is None or layer is None or layer.operation.batch_axis or isinstance(layer.operation, Applied):
        raise HangsOnBatchError
    read = tuple([tensor.shape or () for tensor in node.inputs])
    if layer.operation.per_sample:
        require_batch(read, before)
        return old.at(batch)
    if layer.answers.get(read) is not old:
        raise HangsOnBatchError
    answer = layer.answer(tuple([for_batch(shape, before, batch) for shape in read]))
    was, now = old.result, answer.result
    made = tuple([for_batch(shape, before, batch) for shape in was.outputs])
    if now.outputs != made or (now.paths, now.weights) != (was.paths, was.weights):
        raise HangsOnBatchError
    return answer


def for_batch(shape: Shape, before: int, batch: int) -> Shape:
    """A shape with another batch. Raises `HangsOnBatchError` where it does not begin with the one before."""
    require_batch((shape,), before)
    return (batch, *shape[1:])


def require_batch(shapes: Iterable[Shape], before: int) -> None:
    """Refuse a shape that does not begin with the batch before. Raises `HangsOnBatchError`."""
    for shape in shapes:
        if not shape or shape[0] != before:
            raise HangsOnBatchError
