"""What a network comes to: its weights, its work, its memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Dim, product, total
from cnnshape.network.answers import Answer
from cnnshape.network.dtypes import bytes_of, bytes_of_output
from cnnshape.network.figures import Totals, Training
from cnnshape.network.memory import peak
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Tally
from cnnshape.network.rows import NO_WEIGHTS, weights_of
from cnnshape.network.scratch import scratch_of
from cnnshape.network.training import training_memory
from cnnshape.operations.operation import Memory, Weight
from cnnshape.value import Deferred


def count(
    network: Network,
    reached: Sequence[int],
    training: Sequence[int],
    optimizer: str,
    amp: str | None,
) -> Totals:
    """The totals.

    Args:
        reached: the numbers of the nodes that an output depends on.
        training: those that an output or a head of training depends on.
    """
    nodes, dtype = network.nodes, network.dtype
    set_tallies(nodes, dtype)
    owned = dict.fromkeys([nodes[number].owner or nodes[number] for number in training])
    held = [(node.tally or tally(node, dtype)).weights for node in owned]
    held += [unrun(weight, dtype) for weight in network.unrun]
    run = [each.work for number in reached if (each := nodes[number].tally) is not None]
    inputs = [each.tensor for each in network.inputs]
    return added(
        summed(held),
        run,
        dtype,
        layers=len(training),
        peak=Deferred(lambda: peak(inputs, nodes, reached, set(network.outputs), dtype, network.named_until)),
        step=lambda weights, buffers: training_memory(network, training, optimizer, weights, buffers, amp),
        complete=all(nodes[number].is_known for number in training),
        freed_after="last reader" if network.named_until is None else "last name",
    )


def summed(held: Iterable[tuple[Dim, ...]]) -> list[Dim]:
    """The sums of `Tally.weights`."""
    return [*map(total, zip((0,) * 5, *held, strict=True))]


def added(
    held: Sequence[Dim],
    run: Iterable[tuple[Dim, Dim]],
    dtype: str,
    *,
    step: Callable[[Dim, Dim], Training],
    **others: Any,
) -> Totals:
    """The totals of `Tally.weights` that were `summed`, and of `Tally.work`.

    `step` tells of a training step by bytes of weights and buffers.
    """
    params, trainable, buffers, counters, apart = held
    macs, flops = map(total, zip((0, 0), *run, strict=True))
    weight_bytes = total((bytes_of(params, dtype), apart))
    buffer_bytes = bytes_of_buffers(buffers, counters or 0, dtype)
    return Totals(
        params=params,
        trainable_params=trainable,
        non_trainable_params=None if params is None or trainable is None else params - trainable,
        buffers=buffers,
        macs=macs,
        flops=flops,
        weight_bytes=weight_bytes,
        buffer_bytes=buffer_bytes,
        step=Deferred(lambda: step(weight_bytes, buffer_bytes)),
        **others,
    )


def set_tallies(nodes: Iterable[Node], dtype: str) -> None:
    """Let nodes know what they add to totals."""
    for node in nodes:
        if node.tally is None:
            node.tally = shared_tally(node, dtype)


def shared_tally(node: Node, dtype: str) -> Tally:
    """What a node adds to the totals, the same for all with its answer that have no weights or types of their own."""
    answer = node.answer
    if answer is None or node.own or node.frozen or (node.outputs and node.outputs[0].dtype):  # all are of one
        return tally(node, dtype)
    key = (dtype, node.is_known, node.trainable)
    found: Tally | None = answer.tallies.get(key)
    if found is None:
        found = tally(node, dtype, answer.alike.tallies.get(key) if answer.alike else None)
        answer.tallies[key] = found
    return found


def tally(node: Node, dtype: str, alike: Tally | None = None) -> Tally:
    """What a node adds to the totals of a network of a type; what nobody knows of an unknown layer adds nothing.

    `alike` is that of the node for another batch, where only what it makes is another.
    """
    answer = node.answer
    if answer is None:
        return Tally((0,) * 5, (0, 0), None, (), ())
    outputs = [bytes_of_output(answer.result, index, each.dtype or dtype) for index, each in enumerate(node.outputs)]
    counted = alike[:3] if alike else counts(node, answer, dtype)
    return Tally._make((*counted, tuple(outputs), tuple(scratch_of(node, dtype))))


def counts(node: Node, answer: Answer, dtype: str) -> tuple[tuple[Dim, ...], tuple[Dim, Dim], Memory]:
    """`Tally.weights`, `Tally.work` and `Tally.memory` of a node."""
    result = answer.result
    params, trainable, _, buffers, counters = weights_of(node) if is_said(node) else NO_WEIGHTS
    apart = [differs(weight, dtype) for weight in result.weights + node.own if weight.dtype and weight.kind != "buffer"]
    macs, flops = [None if each is None and node.is_known else each or 0 for each in (result.macs, result.flops)]
    return (params, trainable, buffers, counters, total(apart)), (macs, flops), result.memory


def is_said(node: Node) -> bool:
    """Whether the weights of a node are told as far as the sizes are; of a layer nobody knows they may not be."""
    assert node.answer is not None
    return getattr(node.layer and node.layer.operation, "complete", True) or node.answer.result.params is not None


def unrun(weight: Weight, dtype: str) -> tuple[Dim, ...]:
    """What a weight adds that the model holds and never reads."""
    size, counts = product(weight.shape), weight.name.endswith("num_batches_tracked")
    if weight.kind == "buffer":
        return 0, 0, size, counts, 0
    apart = differs(weight, dtype) if weight.dtype else 0
    return size, size if weight.kind == "trainable" else 0, 0, counts, apart


def differs(weight: Weight, dtype: str) -> Dim:
    """How many bytes more a weight takes by its own type than by the network's."""
    size = product(weight.shape)
    own, others = bytes_of(size, weight.dtype or dtype), bytes_of(size, dtype)
    return None if own is None or others is None else own - others


def bytes_of_buffers(elements: Dim, counters: int, dtype: str) -> Dim:
    """Bytes of buffers; a counter of batches is one int64 whatever the network's dtype."""
    floats = None if elements is None else bytes_of(elements - counters, dtype)
    return None if floats is None else floats + 8 * counters
