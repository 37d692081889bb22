"""Measure a training step of PyTorch on a CPU: the bytes of storages that are alive, operator by operator.

A dispatch mode sees every operator of forward, backward and optimizer; a storage counts from the operator that made it
until its last reference is gone. What an operator takes inside itself and gives back is not seen: allocator rounding,
workspaces and a kernel's own temporaries are no part of the figure. On the device ``meta`` nothing is computed, and the
storages are the same.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Moment(NamedTuple):
    """What was alive after an operator."""

    phase: str
    operator: str
    alive: int


class LiveStorages(TorchDispatchMode):
    """Counts storages while it is entered; `moments` is the curve, `peak` its largest value."""

    def __init__(self, tensors: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self.alive = 0
        self.phase = ""
        self.moments: list[Moment] = []
        self.known: dict[int, int] = {}
        for tensor in tensors:
            self.count(tensor)

    def count(self, tensor: torch.Tensor) -> None:
        """Count a storage that is not known yet, until it goes."""
        storage = tensor.untyped_storage()
        key, size = id(storage), storage.nbytes()
        if key in self.known:
            return
        self.known[key] = size
        self.alive += size
        weakref.finalize(storage, self.forget, key)

    def forget(self, key: int) -> None:
        """The storage is gone."""
        self.alive -= self.known.pop(key)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.count(leaf)
        self.moments.append(Moment(self.phase, str(func), self.alive))
        return result

    @property
    def peak(self) -> Moment:
        """The moment at which most was alive."""
        return max(self.moments, key=lambda moment: moment.alive)


class Step(NamedTuple):
    """A training step as measured, in bytes.

    Attributes:
        kept: what the backward pass keeps beside parameters and buffers, each storage once.
        forward, backward, step: the most that was alive in each part of the step.
        peak: the moment of the largest.
    """

    kept: int
    forward: int
    backward: int
    step: int
    peak: Moment


def kept_bytes(model: torch.nn.Module, sample: torch.Tensor, lower: torch.dtype | None = None) -> int:
    """Bytes that the backward pass keeps, each storage once, parameters and buffers apart."""
    own = {place(each) for each in [*model.parameters(), *model.buffers()]}
    sizes: dict[int, int] = {}
    held: list[torch.Tensor] = []  # so that no place is used twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if place(tensor) not in own:
            sizes[place(tensor)] = tensor.untyped_storage().nbytes()
        held.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), autocast(lower):
        output = model(sample)
    del output
    return sum(sizes.values())


def place(tensor: torch.Tensor) -> int:
    """What tells a storage from others, also one of the device ``meta``, which has no address."""
    return tensor.untyped_storage()._cdata


Optimizers = Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]


def measure(
    model: torch.nn.Module, sample: torch.Tensor, optimizer: Optimizers, lower: torch.dtype | None = None
) -> Step:
    """A training step when the optimizer's state is there from others; gradients are set to None before it."""
    return measure_each(model, sample, {"": optimizer}, lower)[""]


def measure_each(
    model: torch.nn.Module, sample: torch.Tensor, optimizers: Mapping[str, Optimizers], lower: torch.dtype | None = None
) -> dict[str, Step]:
    """A training step of each optimizer; forward and backward, which differ by its state alone, run once."""
    model.train()
    kept = kept_bytes(model, sample, lower)
    trained = [each for each in model.parameters() if each.requires_grad]
    made = {name: optimizer(trained) for name, optimizer in optimizers.items()}
    for weight in trained:
        weight.grad = torch.zeros_like(weight)
    for optimize in made.values():
        optimize.step()
    model.zero_grad(set_to_none=True)
    state = {name: own_state(optimize) for name, optimize in made.items()}
    tracker = LiveStorages([*model.parameters(), *model.buffers(), sample])
    tracker.known |= {id(each): 0 for storages in state.values() for each in storages}  # those of one count below
    with tracker:
        tracker.phase = "forward"
        with autocast(lower):
            output = model(sample)  # held until the step is done, as a training loop does
        tracker.phase = "backward"
        run_backward(output)
        for name, optimize in made.items():
            tracker.phase = f"step {name}"
            optimize.step()
    steps = {}
    for name, storages in state.items():
        held = sum(each.nbytes() for each in storages)
        phases = ("forward", "backward", f"step {name}")
        moments = [each._replace(alive=each.alive + held) for each in tracker.moments if each.phase in phases]
        most = [max((each.alive for each in moments if each.phase == phase), default=0) for phase in phases]
        steps[name] = Step(kept, *most, max(moments, key=lambda moment: moment.alive))
    return steps


def own_state(optimizer: torch.optim.Optimizer) -> list[torch.UntypedStorage]:
    """The storages of an optimizer's state."""
    slots = [each for values in optimizer.state.values() for each in values.values()]
    return list(
        {id(each.untyped_storage()): each.untyped_storage() for each in slots if torch.is_tensor(each)}.values()
    )


def autocast(lower: torch.dtype | None) -> torch.autocast:
    """Autocast to a lower type, or none."""
    return torch.autocast("cpu", lower or torch.bfloat16, enabled=lower is not None)


class Loss(torch.autograd.Function):
    """A number of an output, whose gradient has the output's size, as a loss gives it."""

    @staticmethod
    def forward(ctx: Any, output: torch.Tensor) -> torch.Tensor:
        ctx.shape = output.shape
        return output.sum()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.new_ones(ctx.shape)


def run_backward(output: Any) -> None:
    """The backward pass from the output, and from further heads."""
    heads = [each for each in tree_leaves(output) if isinstance(each, torch.Tensor) and each.requires_grad]
    torch.autograd.backward([Loss.apply(each) for each in heads])
