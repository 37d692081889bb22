"""The memory of a training step in PyTorch: what is alive in forward, backward and the optimizer's step, row by row.

Forward: a tensor lives from its row to its last reader, and on where the backward pass keeps it
(`cnnshape.vocabularies.pytorch.saved_tensors`); views share a buffer, and what works in place reuses its input's.
Backward: rows in reverse; a row holds what it kept, the gradients of its outputs, of its inputs and of its weights
together, then lets go of what it kept and of its outputs' gradients. Gradients that meet are added into a new tensor.
Step: all gradients, the optimizer's state and its temporaries. The model's inputs and outputs are held throughout, and
the loss's gradient has the outputs' size; the loss itself is left out. Everything is in bytes of the whole batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape, product, total
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.opening import opened
from cnnshape.network.optimizers import OPTIMIZERS, state_bytes
from cnnshape.network.plan import Moment
from cnnshape.network.tensor import Tensor
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Weight
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.pytorch import autocast
from cnnshape.vocabularies.pytorch.autocast import casts_weights, reads_in, runs_in, type_of
from cnnshape.vocabularies.pytorch.saved import (
    READ_AS_INDICES,
    RESULTS,
    WITHOUT_GRADIENT,
    hands_on,
    is_dropping,
    is_told,
    reads_constants,
    saved,
)
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved


class Step(NamedTuple):
    """A training step.

    Attributes:
        kept: what the backward pass keeps beside weights and buffers, each buffer once.
        gradients: of the weights that train.
        state: what the optimizer keeps.
        curve: what is alive, over time.
    """

    kept: int
    gradients: int
    state: int
    curve: tuple[Moment, ...]

    @property
    def peak(self) -> Moment:
        """The moment at which most is alive."""
        return max(self.curve, key=lambda moment: moment.bytes)


class UnknownSizeError(Exception):
    """A size is not known, so that nothing is."""


class Buffer:
    """Memory that one tensor and its views share.

    Attributes:
        size: its bytes.
        dies: the number of the last row that reads it while running forward.
        kept_until: the lowest number of a row that keeps it for its backward pass; None where none does.
        is_held: the caller has it: an input or an output of the model.
    """

    __slots__ = ("dies", "is_held", "kept_until", "size")

    def __init__(self, size: int, dies: int, *, is_held: bool = False) -> None:
        self.size = size
        self.dies = dies
        self.kept_until: int | None = None
        self.is_held = is_held


class Gradient:
    """The memory of a gradient; `users` are the tensors whose gradient lies in it."""

    __slots__ = ("size", "users")

    def __init__(self, size: int) -> None:
        self.size = size
        self.users = 1


class Forward(NamedTuple):
    """What running forward leaves behind.

    Attributes:
        calls: what the rows that the backward pass comes by call, by number.
        buffers: every tensor's.
        own: bytes that a row keeps for itself alone, by number.
        alive: what is alive at each row beside the weights, by number.
        types: every tensor's.
    """

    calls: dict[int, Call]
    buffers: dict[Tensor, Buffer]
    own: dict[int, int]
    alive: list[tuple[int, int]]
    types: dict[Tensor, str]


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
    kept = sum(each.size for each in buffers if each.kept_until is not None) + sum(forward.own.values())
    base += state
    curve = [Moment("forward", network.nodes[number].name, base + alive) for number, alive in forward.alive]
    curve += run_backward(network, run, forward, base)
    if trained:
        most = base + sum(sizes) + held
        most += rule.temporaries([[each or 0 for each in shape] for shape in shapes], network.dtype)
        curve.append(Moment("step", max(zip(sizes, trained, strict=True), key=lambda each: each[0])[1][0].name, most))
    return Step(kept, sum(sizes), state, tuple(curve))


def known(size: Dim) -> int:
    """A size. Raises `UnknownSizeError`."""
    if size is None:
        raise UnknownSizeError
    return size


def parameter_shape(node: Node, weight: Weight) -> Shape:
    """The shape of a weight in PyTorch, where a kernel's windows come last and its filters first."""
    if weight.name != "kernel" or len(weight.shape) < 3 or node.type == "Bilinear":
        return weight.shape
    *window, channels, filters = weight.shape
    return (filters, channels, *window)


def run_forward(
    network: Network, run: Sequence[int], lower: str | None = None, given: Collection[Tensor] = ()
) -> Forward:
    """The calls in order, with the buffers that they make, reuse and keep. Raises `UnknownSizeError`.

    `given` are inputs of the model that need a gradient, as where it is part of another.
    """
    dtype = network.dtype
    held = {*(each.tensor for each in network.inputs), *network.outputs, *network.training_outputs}
    buffers: dict[Tensor, Buffer] = {}
    types: dict[Tensor, str] = {}
    indices = {node.inputs[0] for node in network.nodes if node.type in READ_AS_INDICES}
    for tensor, _ in network.inputs:
        types[tensor] = tensor.dtype or ("int64" if tensor in indices else dtype)
        buffers[tensor] = Buffer(size_of(tensor, types[tensor]), -1, is_held=True)
    needing = set(given)
    calls: dict[int, Call] = {}
    own: dict[int, int] = {}
    cast: set[Node] = set()
    for number in run:
        node = network.nodes[number]
        if node.answer is None or not keeps_what_is_told(node):
            raise UnknownSizeError  # a layer of which nothing is known keeps nobody knows what
        call = call_of(node, needing)
        if lower and not autocast.is_told(call):
            raise UnknownSizeError
        for tensor in node.inputs:
            buffers[tensor].dies = number
        runs = runs_in(call, [types[tensor] for tensor in node.inputs], lower) if lower else dtype
        source = buffers[node.inputs[0]] if shares_buffer(node, call) else None
        kind = RESULTS.get(node.type)
        for index, tensor in enumerate(node.outputs):
            types[tensor] = "int64" if index in node.answer.result.indices else kind or tensor.dtype or runs
            if node.answer.result.memory == "view" and types[node.inputs[0]] in WITHOUT_GRADIENT:
                types[tensor] = types[node.inputs[0]]
            buffer = source or Buffer(size_of(tensor, types[tensor]), number)
            buffer.is_held |= tensor in held
            buffer.dies = number
            buffers[tensor] = buffer
        if not call.is_recorded:
            continue
        needing.update([tensor for tensor in node.outputs if types[tensor] not in WITHOUT_GRADIENT])
        calls[number] = call
        for one in saved(call):
            tensor = (node.outputs if one.what == "output" else node.inputs)[one.number]
            size = 0
            if one.what == "weight":
                if lower and casts_weights(call, runs) and (node.owner or node) not in cast:
                    cast.add(node.owner or node)
                    size = known(bytes_of(total(call.weights[name] for name in call.weights if name != "bias"), runs))
            elif one.what == "input" and lower and (reads := reads_in(call, types[tensor], runs)) != types[tensor]:
                size = size_of(tensor, reads)
            elif one.what in ("input", "output"):
                buffer = buffers[tensor]
                buffer.kept_until = number if buffer.kept_until is None else buffer.kept_until
            else:
                size = size_of_own(one, type_of(call, one, runs) if lower else dtype)
            own[number] = own.get(number, 0) + size
    return Forward(calls, buffers, own, alive_in_forward(buffers, own, run), types)


def keeps_what_is_told(node: Node) -> bool:
    """Whether it is told what the backward pass of a layer keeps."""
    operation = node.layer and node.layer.operation
    if not getattr(operation, "complete", True) or not is_told(node.type.removeprefix("Lazy")):
        return False
    if not isinstance(operation, Applied) or not operation.operands:
        return True
    return reads_constants(node.type, first=operation.operands[0] is not None)


def call_of(node: Node, needing: Collection[Tensor]) -> Call:
    """A node as a call while training; `needing` are the tensors that need a gradient."""
    assert node.answer is not None
    assert node.layer is not None
    result, owner = node.answer.result, node.owner or node
    return Call(
        node.type.removeprefix("Lazy"),
        node.layer.bound.arguments,
        tuple([tensor.shape or () for tensor in node.inputs]),
        tuple([tensor.shape or () for tensor in node.outputs]),
        tuple([tensor in needing for tensor in node.inputs]),
        {weight.name: product(weight.shape) for weight in (*result.weights, *owner.own) if weight.kind == "trainable"},
        frozenset([weight.name for weight in owner.trained]),
        buffers={weight.name: product(weight.shape) for weight in result.weights if weight.kind == "buffer"},
        padding=result.padding,
        same=tuple([node.inputs.index(tensor) for tensor in node.inputs]) if len(node.inputs) > 1 else (),
    )


def shares_buffer(node: Node, call: Call) -> bool:
    """Whether the outputs lie where the first input lies: views, and what overwrites it."""
    assert node.answer is not None
    return call.in_place or (node.answer.result.memory != "new" and not is_dropping(call))


def size_of(tensor: Tensor, dtype: str) -> int:
    """Bytes of a tensor. Raises `UnknownSizeError`."""
    return known(bytes_of(product(tensor.shape or ()), dtype))


def size_of_own(one: Saved, dtype: str) -> int:
    """Bytes of a tensor that only the backward pass has. Raises `UnknownSizeError`."""
    return known(bytes_of(one.elements, dtype if one.type in ("same", "mixed") else one.type))


def alive_in_forward(buffers: dict[Tensor, Buffer], own: dict[int, int], run: Sequence[int]) -> list[tuple[int, int]]:
    """What is alive at each row: buffers from the row that makes them on, and what is kept so far."""
    born: dict[int, list[Buffer]] = {}
    seen: set[Buffer] = set()
    for tensor, buffer in buffers.items():
        if buffer not in seen:
            seen.add(buffer)
            born.setdefault(tensor.row, []).append(buffer)
    dying: dict[int, int] = {}
    for buffer in seen:
        if buffer.kept_until is None and not buffer.is_held:
            dying[buffer.dies] = dying.get(buffer.dies, 0) + buffer.size
    alive = sum(buffer.size for buffer in born.get(-1, ()))
    curve = []
    for number in run:
        alive += sum(buffer.size for buffer in born.get(number, ())) + own.get(number, 0)
        curve.append((number, alive))
        alive -= dying.get(number, 0)
    return curve


def run_backward(network: Network, run: Sequence[int], forward: Forward, base: int) -> list[Moment]:
    """The rows in reverse; every row after which something else is alive is a moment."""
    dtype, nodes, types = network.dtype, network.nodes, forward.types
    releasing: dict[int, int] = {}
    for buffer in set(forward.buffers.values()):
        if buffer.kept_until is not None and not buffer.is_held:
            releasing[buffer.kept_until] = releasing.get(buffer.kept_until, 0) + buffer.size
    held = sum(buffer.size for buffer in set(forward.buffers.values()) if buffer.is_held)
    alive = base + held + sum(releasing.values()) + sum(forward.own.values())
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
        alive_now = alive
        owner = node.owner or node
        runs = types[node.outputs[0]]
        lowered = 0
        if given:
            of_weights = weight_bytes(owner.trained, dtype)
            if runs != dtype and casts_weights(call, runs):
                lowered = weight_bytes(owner.trained, runs)
            made = [
                (tensor, handed_on(given, node, index, types) or Gradient(size_of(tensor, types[tensor])))
                for index, tensor in enumerate(node.inputs)
                if call.needs[index]
            ]
            alive += sum(each.size for _, each in made if each not in given)
            alive_now = alive + (lowered or of_weights) + reduced(call, made, runs)
            alive += 0 if owner in have else of_weights
            have.add(owner)
        curve.append(Moment("backward", node.name, alive_now))
        alive -= releasing.get(number, 0) + forward.own.get(number, 0)
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


def handed_on(given: Sequence[Gradient], node: Node, index: int, types: dict[Tensor, str]) -> Gradient | None:
    """The output's gradient where it is the input's, too, or that is a view of it."""
    assert node.answer is not None
    result = node.answer.result
    view = result.memory == "view" and product(result.outputs[0]) == product(node.inputs[0].shape or ())
    same = types[node.inputs[index]] == types[node.outputs[0]]
    if not same or not hands_on(node.type, index, view=view):
        return None
    given[0].users += 1
    return given[0]


def reduced(call: Call, made: Sequence[tuple[Tensor, Gradient]], dtype: str) -> int:
    """Bytes of the gradients of broadcast operands before they are summed up."""
    if call.name not in ("mul", "multiply", "div", "divide", "true_divide", "LayerScale"):
        return 0
    whole = known(bytes_of(call.made, dtype))
    return sum(whole for _, gradient in made if gradient.size < whole) + (whole if call.trained else 0)


def release(gradients: Sequence[Gradient]) -> int:
    """Let go of gradients once each; the bytes that nobody uses any more."""
    freed = 0
    for gradient in gradients:
        gradient.users -= 1
        if not gradient.users:
            freed += gradient.size
    return freed
