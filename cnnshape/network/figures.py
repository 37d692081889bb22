"""What a plan says of the whole network: its totals, the peak of its activations, the memory of a training step."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.arithmetic.sizes import Dim
from cnnshape.value import Deferred, NamedTuple


class Moment(NamedTuple):
    """What is alive at a layer in one of the phases of a training step: ``forward``, ``backward`` or ``step``."""

    phase: str
    layer: str
    bytes: int


class Training(NamedTuple):
    """The memory that a training step takes, in bytes, for the whole batch.

    Attributes:
        weights, gradients, optimizer_state: of the parameters.
        activations: what the backward pass keeps of the forward pass.
        total: the most that is alive at a time; for Keras, whose backends differ, an estimate: the sum of the others.
        estimated: whether `total` is such an estimate.
        phase, layer: when and where most is alive; None of an estimate.
        curve: what is alive, over time; empty of an estimate.
        amp: ``bf16`` or ``fp16`` under autocast.
        again: FLOPs per sample of what runs once more in the backward pass; JSON states them where there are any.
        unknown: what is not known, where that is not a size, so that `total` is not; JSON states it where it is so.
    """

    optimizer: str
    weights: Dim
    gradients: Dim
    optimizer_state: Dim
    activations: Dim
    total: Dim
    estimated: bool = True
    phase: str | None = None
    layer: str | None = None
    curve: tuple[Moment, ...] = ()
    amp: str | None = None
    again: Dim = 0
    unknown: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON states them."""
        found = {**self._asdict(), "curve": [moment._asdict() for moment in self.curve]}
        if self.again != 0:
            found["again_flops"] = self.again
        del found["again"]
        return {key: value for key, value in found.items() if key != "unknown" or value}


class Peak(NamedTuple):
    """The row at which most is alive, how many bytes, and what they are; and what is alive at each row that runs.

    `alive` is empty where a size is unknown.
    """

    size: Dim
    layer: str | None
    tensors: tuple[str, ...]
    alive: tuple[int, ...] = ()


class Totals(NamedTuple):
    """Sums over the live rows. Bytes of activations are for the whole batch, MACs and FLOPs per sample.

    Where not `complete`, some row is of a layer of which nothing is known, and every number is at least what it says;
    JSON states that where it is so. Activations are `freed_after` their last reader, or (where names of a source are
    known) the last name that has them.
    """

    layers: int
    params: Dim
    trainable_params: Dim
    non_trainable_params: Dim
    buffers: Dim
    macs: Dim
    flops: Dim
    weight_bytes: Dim
    buffer_bytes: Dim
    peak: Deferred[Peak]
    step: Deferred[Training]
    complete: bool = True
    freed_after: Literal["last reader", "last name"] = "last reader"

    @property
    def peak_activation_bytes(self) -> Dim:
        """The most memory that tensors take at once."""
        return self.peak.given.size

    @property
    def peak_layer(self) -> str | None:
        """Where they do."""
        return self.peak.given.layer

    @property
    def training(self) -> Training:
        """The memory of a training step. It is worked out when it is asked for: it takes a fifth of a plan."""
        return self.step.given

    @property
    def peak_training_bytes(self) -> Dim:
        """The most that a training step holds at a time; None where that is an estimate."""
        return None if self.training.estimated else self.training.total

    def to_dict(self) -> dict[str, Any]:
        """The totals as JSON states them."""
        stated = {name: getattr(self, name) for name in STATED_TOTALS} | {"training": self.training.to_dict()}
        return stated if self.complete else {**stated, "complete": False}


STATED_TOTALS = (
    *("layers", "params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops", "weight_bytes"),
    *("buffer_bytes", "peak_activation_bytes", "peak_layer", "freed_after", "peak_training_bytes"),
)
"""What JSON states of totals, in this order."""
