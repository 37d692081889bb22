"""The memory that training a network takes: PyTorch's as its autograd works, Keras's as an estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.network.dtypes import AMP_TYPES, are_alike, bytes_of
from cnnshape.network.figures import Training
from cnnshape.network.memory import bytes_made
from cnnshape.network.network import Network
from cnnshape.network.optimizers import OPTIMIZERS, state_bytes
from cnnshape.network.tensor import Tensor


def training_memory(
    network: Network, run: Sequence[int], optimizer: str, weight_bytes: Dim, buffer_bytes: Dim, amp: str | None = None
) -> Training:
    """What a training step of the nodes `run` (their numbers, ascending) takes.

    Args:
        weight_bytes, buffer_bytes: of all that the model holds, whether it trains or not.
        amp: ``bf16`` or ``fp16`` under autocast.
    """
    dtype = network.dtype
    shapes = Counter([weight.shape for _, weight in network.trained_weights(run)])
    gradients = total([times(count, bytes_of(product(shape), dtype)) for shape, count in shapes.items()])
    state = state_bytes(OPTIMIZERS[optimizer], shapes, dtype)
    if network.framework != "pytorch":
        kept = kept_by_estimate(network, run)
        parts = (weight_bytes, buffer_bytes, gradients, state, kept)
        return Training(optimizer, weight_bytes, gradients, state, kept, total(parts))
    from cnnshape.network.autograd import training_step  # and with it PyTorch's vocabulary
    from cnnshape.network.recording import UnknownSizeError

    base = total((weight_bytes, buffer_bytes))
    try:
        if base is None or not run:
            raise UnknownSizeError
        step = training_step(network, run, optimizer, base, AMP_TYPES[amp] if amp else None)
    except UnknownSizeError as error:
        reason = str(error) or None
        return Training(optimizer, weight_bytes, gradients, state, None, None, estimated=False, amp=amp, unknown=reason)
    peak = step.peak
    return Training(
        optimizer,
        weight_bytes,
        gradients,
        step.state,
        step.kept,
        peak.bytes,
        estimated=False,
        phase=peak.phase,
        layer=peak.layer,
        curve=step.curve,
        amp=amp,
        again=step.again,
    )


def kept_by_estimate(network: Network, run: Sequence[int]) -> Dim:
    """Bytes that the backward pass may need: inputs of nodes that train or lie below one, and outputs, each once."""
    nodes = network.nodes
    homes = {each.tensor: each.tensor for each in network.inputs}  # of views: the tensor whose memory they have
    below: set[Tensor] = set()
    kept: set[Tensor] = set()
    for number in run:
        node = nodes[number]
        if node.answer is None:
            continue
        is_new = node.answer.result.memory == "new"
        for tensor in node.outputs:
            if is_new or not node.inputs or not are_alike(node.inputs[0].dtype, tensor.dtype):
                homes[tensor] = tensor
            else:
                homes[tensor] = homes.get(node.inputs[0], tensor)
        if not below.isdisjoint(node.inputs) or (node.owner or node).trained:
            below.update(node.outputs)
            kept.update([homes[tensor] for tensor in node.inputs if tensor in homes])
    kept.update([homes[tensor] for tensor in network.outputs if tensor in homes])
    return total(bytes_made(tensor, nodes, network.dtype) for tensor in kept)
