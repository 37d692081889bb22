"""A forward pass as PyTorch's autograd records it: the buffers that calls make, reuse and keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Dim, product, total
from cnnshape.network.constants import Constant, behind
from cnnshape.network.dtypes import bytes_of
from cnnshape.network.network import ModelInput, Network
from cnnshape.network.node import NO_GRADIENT, Node
from cnnshape.network.strides import Strides, copies
from cnnshape.network.tensor import Tensor
from cnnshape.operations.applied import Applied
from cnnshape.operations.attention import ProjectedAttention
from cnnshape.operations.normalization import GroupNormalization
from cnnshape.operations.operation import Operation, Weight
from cnnshape.operations.wrapping import BatchSecond
from cnnshape.value import NamedTuple, record
from cnnshape.vocabularies.pytorch.autocast import cast_weights, casts_weights, makes, reads_in, runs_in, type_of
from cnnshape.vocabularies.pytorch.inside import taken_inside
from cnnshape.vocabularies.pytorch.saved import (
    READ_AS_INDICES,
    RESULTS,
    WITHOUT_GRADIENT,
    is_dropping,
    is_told,
    saved,
)
from cnnshape.vocabularies.pytorch.saved.call import Call, Saved


class UnknownSizeError(Exception):
    """A size is not known, so that nothing is; or something else, which the text says."""


KEEPS = "what {} keeps for the backward pass (observe it with torch.autograd.graph.saved_tensors_hooks)"
"""What is not known of a layer, and how to learn it."""


CAUSAL = "whether {} keeps its mask, which turns on values (say is_causal=True or False in the call)"
"""Likewise of a mask that may be causal."""


@record
class Buffer:
    """Memory that one tensor and its views share.

    Attributes:
        size: its bytes.
        dies: the number of the last row that reads it while running forward.
        kept_until: the lowest number of a row that keeps it for its backward pass; None where none does.
        is_held: the caller has it: an input or an output of the model.
    """

    size: int
    dies: int
    is_held: bool = False
    kept_until: int | None = None


class Forward(NamedTuple):
    """What running forward leaves behind.

    Attributes:
        calls: what the rows that the backward pass comes by call, by number.
        buffers: every tensor's.
        own: bytes that a row keeps for itself alone, by number.
        alive: what is alive at each row beside the weights, by number.
        again: what running a checkpointed part again leaves behind, by the number of its last row.
        types: every tensor's.
    """

    calls: dict[int, Call]
    buffers: dict[Tensor, Buffer]
    own: dict[int, int]
    alive: list[tuple[int, int]]
    types: dict[Tensor, str]
    again: dict[int, Forward]

    @property
    def kept(self) -> int:
        """Bytes that the backward pass needs of all of it."""
        return sum(each.size for each in set(self.buffers.values()) if each.kept_until is not None) + sum(
            self.own.values()
        )

    def releasing(self) -> dict[int, int]:
        """Bytes that each row lets go of in the backward pass, by number: what nothing below it keeps."""
        found = dict(self.own)
        for buffer in set(self.buffers.values()):
            if buffer.kept_until is not None and not buffer.is_held:
                found[buffer.kept_until] = found.get(buffer.kept_until, 0) + buffer.size
        return found


def known(size: Dim) -> int:
    """A size. Raises `UnknownSizeError`."""
    if size is None:
        raise UnknownSizeError
    return size


def run_forward(
    network: Network,
    run: Sequence[int],
    lower: str | None = None,
    given: Collection[Tensor] = (),
    inside: Mapping[Tensor, str] | None = None,
) -> Forward:
    """The calls in order, with the buffers that they make, reuse and keep. Raises `UnknownSizeError`.

    Args:
        given: inputs of the model that need a gradient, as where it is part of another.
        inside: where a checkpointed part runs again, the types of what it reads, which is there anyway.
    """
    dtype = network.dtype
    held = {*(each.tensor for each in network.inputs), *network.outputs, *network.training_outputs}
    buffers: dict[Tensor, Buffer] = {}
    types: dict[Tensor, str] = dict(inside or {})
    indices = {node.inputs[0] for node in network.nodes if node.type in READ_AS_INDICES and node.inputs}
    for tensor, _ in network.inputs:
        types.setdefault(tensor, tensor.dtype or ("int64" if tensor in indices else dtype))
        buffers[tensor] = Buffer(0 if inside else size_of(tensor, types[tensor]), -1, is_held=True)
    needing = set(given)
    calls: dict[int, Call] = {}
    own: dict[int, int] = {}
    scratch: dict[int, int] = {}
    cast: set[tuple[Node | Constant, int]] = set()
    counted: set[Constant] = set()
    parts: dict[str, list[int]] = {}
    strides: Strides = {}
    for number in run:
        node = network.nodes[number]
        if node.answer is None:
            raise UnknownSizeError
        if untold := keeps_unknown(node):
            raise UnknownSizeError(KEEPS.format(untold))
        call = call_of(node, needing, strides, types, lower)
        if call.mask is not None and call.mask.elements is None:
            raise UnknownSizeError(CAUSAL.format(f"{node.name} ({node.type})"))
        for tensor in node.inputs:
            buffers[tensor].dies = number
        called_with = node.called_with
        runs = runs_in(call, lower) if lower else dtype
        made = makes(call, runs) if lower else (dtype,) * len(node.outputs)
        copied = copies(node, strides)
        first = called_with[0] if shares_buffer(node, call) and not copied else None
        source, in_weight = buffers[first] if isinstance(first, Tensor) else None, node.type == "Parameter"
        in_weight |= isinstance(first, Constant)
        kind = RESULTS.get(node.type)
        for index, tensor in enumerate(node.outputs):
            types[tensor] = "int64" if index in node.answer.result.indices else kind or tensor.dtype or made[index]
            if node.inputs and node.answer.result.memory == "view" and types[node.inputs[0]] in WITHOUT_GRADIENT:
                types[tensor] = types[node.inputs[0]]
            size = 0 if in_weight else size_of(tensor, types[tensor])
            buffer = source or Buffer(size, number)
            buffer.is_held |= tensor in held
            buffer.dies = number
            buffers[tensor] = buffer
        if not call.is_recorded or node.checkpoint == NO_GRADIENT:
            continue
        needing.update([tensor for tensor in node.outputs if types[tensor] not in WITHOUT_GRADIENT])
        calls[number] = call
        if node.checkpoint is not None and inside is None:
            parts.setdefault(node.checkpoint, []).append(number)
            continue
        own[number] = kept_of_computing((*node.operands, *node.read), counted)
        if within := taken_inside(call):
            scratch[number] = within.forward * known(bytes_of(1, made[0]))
        weight = node.read[0] if node.read else node.owner or node
        for one in saved(call):
            size = 0
            if one.what in ("input", "output"):
                what = called_with[one.number] if one.what == "input" else node.outputs[one.number]
                if isinstance(what, Constant):
                    reads = reads_in(call, what.dtype, runs) if lower else what.dtype
                    if reads == what.dtype:
                        size = kept_of(what, counted)
                    elif (what, 0) not in cast:
                        if what.trains and what.made is None:
                            cast.add((what, 0))
                        size = known(bytes_of(product(what.shape), reads))
                elif lower and one.what == "input" and (reads := reads_in(call, types[what], runs)) != types[what]:
                    size = size_of(what, reads)
                else:
                    until = buffers[what].kept_until
                    buffers[what].kept_until = number if until is None else until
            elif one.what == "weight":
                lowered = one.elements != 0 or (lower and casts_weights(call, runs))
                if not lowered:
                    size = kept_of(node.read[one.number], counted) if node.read else 0
                elif (weight, one.number) not in cast:
                    if call.trained:  # what does not train is cast anew
                        cast.add((weight, one.number))
                    whole = product(node.read[0].shape) if node.read else total(cast_weights(call))
                    size = known(bytes_of(one.elements or whole, one.type if one.elements else runs))
            else:
                size = size_of_own(one, type_of(call, one, runs) if lower else dtype)
            own[number] += size
    for tensor, last in (network.named_until or {}).items():
        if tensor in buffers:
            buffers[tensor].dies = max(buffers[tensor].dies, last)
    again = {}
    for numbers in parts.values():
        found = run_again(network, numbers, lower, needing, types, buffers)
        again.update({numbers[-1]: found} if found else {})
    return Forward(calls, buffers, own, alive_in_forward(buffers, own, run, scratch), types, again)


def run_again(
    network: Network,
    numbers: list[int],
    lower: str | None,
    needing: Collection[Tensor],
    types: Mapping[Tensor, str],
    buffers: Mapping[Tensor, Buffer],
) -> Forward | None:
    """A checkpointed part as it runs in the backward pass: what it reads was kept until then.

    It runs no further than to the last tensor that the backward pass needs; `numbers` loses the rest. None where that
    needs nothing.
    """
    nodes = [network.nodes[number] for number in numbers]
    made = {tensor for node in nodes for tensor in node.outputs}
    read = [tensor for node in nodes for tensor in node.inputs if tensor not in made]
    for tensor in read:
        until = buffers[tensor].kept_until
        buffers[tensor].kept_until = numbers[0] if until is None else min(until, numbers[0])
    calls = {number: call_of(network.nodes[number], needing, {}, types, lower) for number in numbers}
    while numbers and not saved(calls[numbers[-1]]):
        numbers.pop()
    if not numbers:
        return None
    inputs = tuple([ModelInput(tensor) for tensor in dict.fromkeys(read)])
    part = network._replace(inputs=inputs, outputs=(), training_outputs=())
    given = [tensor for tensor in read if tensor in needing]
    forward = run_forward(part, numbers, lower, given, {tensor: types[tensor] for tensor in read})
    last = calls[numbers[-1]]
    if not last.in_place and all(one.what in ("input", "weight") for one in saved(last)):
        spared = max(forward.buffers[tensor].size for tensor in network.nodes[numbers[-1]].outputs)
        number, alive = forward.alive[-1]
        forward.alive[-1] = number, alive - spared
    return forward


def keeps_unknown(node: Node) -> str | None:
    """The layer of which it is not told what its backward pass keeps, where a node is one or lies in one."""
    operation = node.layer and node.layer.operation
    weights = [each.name for each in node.answer.result.weights] if node.answer else []
    told = getattr(operation, "complete", True) and is_told(node.type.removeprefix("Lazy"), weights)
    return None if told else f"{node.name} ({node.type})"


def kept_of(constant: Constant, counted: set[Constant]) -> int:
    """Bytes of the memory that a constant lies in, where no weight lies there; they are counted once."""
    home = constant.home
    if home.is_held or home in counted:
        return 0
    counted.add(home)
    return known(bytes_of(product(home.shape), home.dtype))


def kept_of_computing(constants: Iterable[Constant | None], counted: set[Constant]) -> int:
    """Bytes that the backward pass keeps of computing constants from weights that train."""
    size = 0
    for each in behind(constants):
        if each in counted or each.made is None:
            continue
        counted.add(each) if each.home is not each else None
        layer, read, seen = each.made
        name = layer.bound.kind.name
        if not is_told(name):
            raise UnknownSizeError(KEEPS.format(f"{name} of weights"))
        result = layer.answer(tuple([one.shape for one in read[:seen]])).result
        call = Call(
            name,
            layer.bound.arguments,
            tuple([one.shape for one in read]),
            result.outputs,
            tuple([one.trains for one in read]),
            padding=result.padding,
            types=tuple([one.dtype for one in read]),
        )
        for one in saved(call):
            if one.what == "input":
                size += kept_of(read[one.number], counted)
            elif one.what == "output":
                size += kept_of(each, counted)
            else:
                size += size_of_own(one, each.dtype)
    return size


def call_of(
    node: Node, needing: Collection[Tensor], strides: Strides, types: Mapping[Tensor, str], lower: str | None
) -> Call:
    """A node as a call while training; `needing` are the tensors that need a gradient."""
    assert node.answer is not None
    assert node.layer is not None
    result, owner, read = node.answer.result, node.owner or node, node.called_with
    weights = result.weights or weights_read(node)
    return Call(
        node.type.removeprefix("Lazy"),
        node.layer.bound.arguments,
        tuple([tensor.shape or () for tensor in read]),
        tuple([tensor.shape or () for tensor in node.outputs]),
        tuple([tensor.trains if isinstance(tensor, Constant) else tensor in needing for tensor in read]),
        {weight.name: product(weight.shape) for weight in (*weights, *owner.own) if weight.kind == "trainable"},
        frozenset([*[weight.name for weight in owner.trained], *names_of_trained(node, weights)]),
        buffers={weight.name: product(weight.shape) for weight in result.weights if weight.kind == "buffer"}
        or statistics_read(node),
        padding=result.padding,
        strides=tuple([None if isinstance(each, Constant) else strides.get(each) for each in read]) if strides else (),
        same=tuple([read.index(tensor) for tensor in read]) if len(read) > 1 else (),
        mask=getattr(innermost(node.layer.operation), "mask", None),
        types=tuple([each.dtype if isinstance(each, Constant) else types[each] for each in read]),
        lower=lower,
    )


def weights_read(node: Node) -> tuple[Weight, ...]:
    """The weights of an attention or normalization whose weights are tensors from elsewhere, in its own order."""
    assert node.layer is not None
    operation: Operation = node.layer.operation
    if not node.read or not isinstance(innermost(operation), ProjectedAttention | GroupNormalization):
        return ()
    while isinstance(operation, Applied):
        operation = operation.operation
    return operation.apply(*[tensor.shape or () for tensor in node.called_with[:3]]).weights


def statistics_read(node: Node) -> dict[str, Dim]:
    """The running statistics among what a normalization reads besides: more tensors than its scale and offset."""
    assert node.layer is not None
    inner = innermost(node.layer.operation)
    given = isinstance(inner, GroupNormalization) and len(node.read) > inner.scale + inner.center
    return {"mean": product(node.read[0].shape)} if given else {}


def names_of_trained(node: Node, weights: Sequence[Weight]) -> list[str]:
    """The names of the tensors that train among those that a function reads as its weights."""
    names = [weight.name for weight in weights] if len(weights) == len(node.read) else ["weight"] * len(node.read)
    return [name for name, each in zip(names, node.read, strict=True) if each.trains]


def innermost(operation: Operation) -> Operation:
    """The operation within others."""
    while isinstance(operation, Applied | BatchSecond):
        operation = operation.operation
    return operation


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


def alive_in_forward(
    buffers: dict[Tensor, Buffer], own: dict[int, int], run: Sequence[int], scratch: Mapping[int, int]
) -> list[tuple[int, int]]:
    """What is alive at each row: buffers from the row that makes them on, what is kept so far, what it takes itself."""
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
        curve.append((number, alive + scratch.get(number, 0)))
        alive -= dying.get(number, 0)
    return curve
