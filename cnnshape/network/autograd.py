"""The memory of a training step in PyTorch: what is alive in forward, backward and the optimizer's step, row by row.

Forward: a tensor lives from its row to its last reader, and on where the backward pass keeps it
(`cnnshape.vocabularies.pytorch.saved`) or a name of the source has it; views share a buffer, and what works in place
reuses its input's. Backward: rows in reverse; a row holds what it kept, the gradients of its outputs, of its inputs and
of its weights together, then lets go of what it kept and of its outputs' gradients. Gradients that meet are added into
a new tensor. A checkpointed part keeps what it reads alone, and runs once more when the backward pass comes to it.
Step: all gradients, the optimizer's state and its temporaries. The model's inputs and outputs are held throughout, and
the loss's gradient has the outputs' size; the loss itself is left out. Everything is in bytes of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape, product, total
from cnnshape.network.constants import Constant
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.figures import Moment
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.opening import opened
from cnnshape.network.optimizers import OPTIMIZERS, state_bytes
from cnnshape.network.recording import Forward, known, run_forward, size_of
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.pytorch.autocast import casts_weights
from cnnshape.vocabularies.pytorch.inside import taken_inside
from cnnshape.vocabularies.pytorch.saved import hands_on
from cnnshape.vocabularies.pytorch.saved.call import Call


class Step(NamedTuple):
    """A training step.

    Attributes:
        kept: what the backward pass keeps beside weights and buffers, each buffer once.
        gradients: of the weights that train.
        state: what the optimizer keeps.
        again: FLOPs per sample of checkpointed parts, which run once more.
        curve: what is alive, over time.
    """

    kept: int
    gradients: int
    state: int
    again: Dim
    curve: tuple[Moment, ...]

    @property
    def peak(self) -> Moment:
        """The moment at which most is alive."""
        return max(self.curve, key=lambda moment: moment.bytes)


class Gradient:
    """The memory of a gradient; `users` are the tensors whose gradient lies in it."""

    __slots__ = ("size", "users")

    def __init__(self, size: int) -> None:
        self.size = size
        self.users = 1


def training_step(network: Network, run: Sequence[int], optimizer: str, base: int, lower: str | None = None) -> Step:
    """A training step of the nodes `run` (their numbers, ascending), after which gradients are set to None.

    Args:
        base: bytes of weights and buffers, whether they train or not.
        lower: the type that autocast runs products in; None without autocast.

    Raises:
        UnknownSizeError: a size is not known.
    """
    network = opened(network, run)
    run = range(len(network.nodes))
    trained = network.trained_weights(run)
    sizes = [known(bytes_of(product(weight.shape), network.dtype)) for _, weight in trained]
    rule = OPTIMIZERS[optimizer]
    shapes = [parameter_shape(*each) for each in trained]
    state = known(state_bytes(rule, shapes, network.dtype)) + rule.counter * len(sizes)
    forward = run_forward(network, run, lower)
    buffers = set(forward.buffers.values())
    held = sum(each.size for each in buffers if each.is_held)
    base += state
    curve = [Moment("forward", network.nodes[number].name, base + alive) for number, alive in forward.alive]
    curve += run_backward(network, run, forward, base)
    if trained:
        most = base + sum(sizes) + held
        most += rule.temporaries([[each or 0 for each in shape] for shape in shapes], network.dtype)
        curve.append(Moment("step", max(zip(sizes, trained, strict=True), key=lambda each: each[0])[1][0].name, most))
    ran = [number for part in forward.again.values() for number, _ in part.alive]
    again = total(answer.result.flops for number in ran if (answer := network.nodes[number].answer))
    return Step(forward.kept, sum(sizes), state, again, tuple(curve))


def parameter_shape(node: Node, weight: Weight) -> Shape:
    """The shape of a weight in PyTorch, where a kernel's windows come last and its filters first."""
    if weight.name != "kernel" or len(weight.shape) < 3 or node.type == "Bilinear":
        return weight.shape
    *window, channels, filters = weight.shape
    return (filters, channels, *window)


def run_backward(network: Network, run: Sequence[int], forward: Forward, base: int) -> list[Moment]:
    """The rows in reverse; every row after which something else is alive is a moment."""
    dtype, nodes, types = network.dtype, network.nodes, forward.types
    releasing = forward.releasing()
    held = sum(buffer.size for buffer in set(forward.buffers.values()) if buffer.is_held)
    alive = base + held + sum(releasing.values())
    for part in forward.again.values():
        for number, size in part.releasing().items():
            releasing[number] = releasing.get(number, 0) + size
    pending: dict[Tensor, Gradient] = {}
    for tensor in dict.fromkeys((*network.outputs, *network.training_outputs)):
        if tensor.row in forward.calls:
            pending[tensor] = Gradient(size_of(tensor, types[tensor]))
            alive += pending[tensor].size
    have: set[Node] = set()
    curve: list[Moment] = []
    for number in reversed(run):
        call, node = forward.calls.get(number), nodes[number]
        if call is None:
            continue
        given = [pending.pop(tensor) for tensor in node.outputs if tensor in pending]
        if again := forward.again.get(number):
            curve.append(Moment("backward", node.name, alive + max(most for _, most in again.alive)))
            alive += again.kept
        alive_now = alive
        owner = node.owner or node
        runs = types[node.outputs[0]]
        lowered = 0
        before = alive
        if given:
            of_weights = weight_bytes(owner.trained, dtype)
            if runs != dtype and casts_weights(call, runs):
                lowered = weight_bytes(owner.trained, runs)
            made = [
                (tensor, handed_on(given, node, index, tensor, types) or Gradient(size_of(tensor, types[tensor])))
                for index, tensor in enumerate(node.called_with)
                if call.needs[index] and not isinstance(tensor, Constant)
            ]
            alive += sum(each.size for _, each in made if each not in given)
            alive_now = alive + (lowered or of_weights) + reduced(call, made, runs)
            if within := taken_inside(call):
                width = known(bytes_of(1, runs))
                gone = forward.own.get(number, 0) + sum(each.size for each in given)
                late = max(alive_now - before + within.more * width, within.late * width)
                alive_now = max(before + within.early * width, before - gone + late)
            alive += 0 if owner in have else of_weights
            have.add(owner)
        curve.append(Moment("backward", node.name, alive_now))
        alive -= releasing.get(number, 0)
        if not given:
            continue
        alive -= release(given)
        if lowered:  # the weights' gradients, cast to the weights' type
            curve.append(Moment("backward", node.name, alive + lowered))
        for tensor, gradient in made:
            other = pending.get(tensor)
            if other is None:
                pending[tensor] = gradient
                continue
            both = pending[tensor] = Gradient(size_of(tensor, types[tensor]))
            alive += both.size
            curve.append(Moment("backward", node.name, alive))
            alive -= release([other, gradient])
    return curve


def weight_bytes(weights: Iterable[Weight], dtype: str) -> int:
    """Bytes of weights in a type. Raises `UnknownSizeError`."""
    return sum(known(bytes_of(product(weight.shape), dtype)) for weight in weights)


def handed_on(
    given: Sequence[Gradient], node: Node, index: int, tensor: Tensor, types: dict[Tensor, str]
) -> Gradient | None:
    """The output's gradient where it is the input's, too, or that is a view of it."""
    assert node.answer is not None
    result = node.answer.result
    view = result.memory == "view" and product(result.outputs[0]) == product(node.inputs[0].shape or ())
    same = types[tensor] == types[node.outputs[0]]
    if not same or not hands_on(node.type, index, view=view):
        return None
    given[0].users += 1
    return given[0]


def reduced(call: Call, made: Sequence[tuple[Tensor, Gradient]], dtype: str) -> int:
    """Bytes of the gradients of broadcast operands before they are summed up."""
    weighted = call.name in ("LayerScale", "PReLU", "prelu")
    unasked = call.name in ("PReLU", "prelu") and not made  # its kernel gives the input's gradient, too
    if not weighted and call.name not in ("mul", "multiply", "div", "divide", "true_divide"):
        return 0
    whole = known(bytes_of(call.made, dtype))
    of_constants = max(len(call.needs) - len(made), 0) and sum(call.needs) - len(made)
    more = of_constants + (weighted and bool(call.trained)) + unasked
    return sum(whole for _, gradient in made if gradient.size < whole) + more * whole


def release(gradients: Sequence[Gradient]) -> int:
    """Let go of gradients once each; the bytes that nobody uses any more."""
    freed = 0
    for gradient in gradients:
        gradient.users -= 1
        if not gradient.users:
            freed += gradient.size
    return freed
