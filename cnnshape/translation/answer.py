"""What a counterpart is, and the question that it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.arithmetic.windows import Padding
from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import Result
from cnnshape.translation.calls import Call, call, default_of, planned
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import Framework, title

Verdict = Literal["same", "other values", "other shape", "none"]
"""Same: shape and, with the same weights, values. None: the other framework has no such layer."""

WORSE: tuple[Verdict, ...] = ("same", "other values", "other shape", "none")
"""The verdicts, each worse than the one before."""


class Counterpart(NamedTuple):
    """The layer of the other framework, or several that follow one another.

    Attributes:
        framework: whose layer it is.
        layer: how it is written there; "" where there is none.
        output_shape: in the axis order of that framework.
        params: as that framework counts them.
        padding: (before, after) per spatial axis; None where the notion does not apply.
        note: why it differs, and what to write for the same values.
        calls: the layers, one after the other.
        remedy: layers that give the same values where `calls` do not, or train alike; empty where there is no need.
        reason: why they are not those that one expects.
    """

    framework: Framework
    layer: str
    output_shape: Shape | None
    params: Dim
    padding: tuple[Padding | None, ...] | None
    verdict: Verdict
    note: str = ""
    calls: tuple[Call, ...] = ()
    remedy: tuple[Call, ...] = ()
    reason: str = ""

    @property
    def equal(self) -> tuple[Call, ...]:
        """Layers that give the same values; empty where there are none."""
        return self.remedy or (self.calls if self.verdict == "same" else ())

    def followed_by(self, layer: Call) -> Counterpart:
        """The same with one more layer behind."""
        remedy = (*self.remedy, layer) if self.remedy else ()
        if not self.layer:  # layers of the same values alone
            return self._replace(remedy=remedy)
        return self._replace(layer=f"{self.layer}, {layer}", calls=(*self.calls, layer), remedy=remedy)

    def to_dict(self) -> dict[str, Any]:
        """The counterpart as JSON states it."""
        return {
            "framework": self.framework,
            "layer": self.layer or None,
            "output_shape": self.output_shape and list(self.output_shape),
            "params": self.params,
            "padding": self.padding and [pads and list(pads) for pads in self.padding],
            "verdict": self.verdict,
            "note": self.note,
        }


class Request(NamedTuple):
    """A layer of `framework` with what it answered; the question is what `other` gives.

    Attributes:
        layer: the name of the layer, and `arguments` those that it was given.
        channel_axis: the axis of its channels or features, counted from 0, the batch.
        moves: whether the other framework has the channels elsewhere: last (Keras), or first (PyTorch).
        unknown: what stands for an unknown number of channels while the counterpart is planned.
        trainable: whether its weights train.
    """

    framework: Framework
    other: Framework
    layer: str
    arguments: Mapping[str, Any]
    inputs: tuple[Shape, ...]
    result: Result
    channel_axis: int
    moves: bool
    unknown: int = 1
    trainable: bool = True

    @property
    def shape(self) -> Shape:
        """The shape of the (first) input."""
        return self.inputs[0]

    @property
    def rank(self) -> int:
        """The number of its axes, the batch included."""
        return len(self.inputs[0])

    def argument(self, name: str) -> Any:
        """An argument as given, or its default; None where the layer has no such argument."""
        return self.arguments[name] if name in self.arguments else default_of(self.framework, self.layer, name)

    def there(self, shape: Shape) -> Shape:
        """A shape in the axis order of the other framework."""
        if not self.moves or len(shape) < 3:
            return shape
        if self.other == "pytorch":
            return (shape[0], shape[-1], *shape[1:-1])
        return (shape[0], *shape[2:], shape[1])

    def axis_there(self, axis: int, rank: int | None = None) -> int:
        """Where a possibly negative axis of a tensor with `rank` axes, or else of the input, lies there."""
        order = self.order_there(rank)
        return order.index(axis % len(order))

    def order_there(self, rank: int | None = None) -> tuple[int, ...]:
        """The axes of a tensor with `rank` axes, or else of the input, in the order in which they lie there."""
        return self.there(tuple(range(self.rank if rank is None else rank)))  # type: ignore[return-value]  # no axis is unknown

    def in_our_order(self, *calls: Call, ranks: tuple[int, int] | None = None) -> tuple[Call, ...]:
        """Layers that go by the axes as they lie here: the axes are put so before, and back behind.

        Args:
            ranks: the axes of their input and of their output; by default as the layer has them.
        """
        before, behind = ranks or (len(self.inputs[0]), len(self.result.output))
        into = self.order_there(before)
        return (
            *self.ordered(tuple(into.index(axis) for axis in range(before))),
            *calls,
            *self.ordered(self.order_there(behind)),
        )

    def arranged(self, order: tuple[int, ...], *calls: Call) -> tuple[Call, ...]:
        """Layers that go by our axes in this order, and keep them: they are put so before, and back behind."""
        lying = self.order_there(len(order))
        return (
            *self.ordered(tuple(lying.index(axis) for axis in order)),
            *calls,
            *self.ordered(tuple(order.index(axis) for axis in lying)),
        )

    def ordered(self, order: tuple[int, ...]) -> tuple[Call, ...]:
        """The other framework's layer that puts axes in this order; none where it is theirs already."""
        if order == tuple(range(len(order))):
            return ()
        if order[0] != 0:  # the batch moves, too, which is for functions
            return (call("ops.transpose" if self.other == "keras" else "permute", order),)
        return (call("Permute", order[1:] if self.other == "keras" else order),)

    def answer(self, *calls: Call, verdict: Verdict = "same", note: str = "", params: Dim = None) -> Counterpart:
        """The counterpart, planned in its own framework: with its shape there, and refused where it is refused.

        Args:
            params: as the layer itself counts them, unless the counts are known to differ.
        """
        layer = ", ".join(map(str, calls))
        try:
            plan = planned(calls, self.other, *map(self.there, map(self.stood_for, self.inputs)), unknown=self.unknown)
        except Fault as fault:
            return self.nothing(f"{title(self.other)} refuses {layer} here: {fault.message}")
        ours = self.there(self.result.output)
        shape = self.with_channels_of(ours, plan.shape)
        agrees = len(shape) == len(ours) and all(
            None in sizes or sizes[0] == sizes[1] for sizes in zip(shape, ours, strict=True)
        )
        return Counterpart(
            self.other,
            layer,
            shape,
            self.result.params if params is None else params,
            plan.padding,
            verdict if agrees else max(verdict, "other shape", key=WORSE.index),
            note,
            calls,
        )

    def nothing(self, note: str) -> Counterpart:
        """The other framework has no such layer."""
        return Counterpart(self.other, "", None, None, None, "none", note)

    def with_channels_of(self, ours: Shape, theirs: Shape) -> Shape:
        """Their shape with the channels of ours, where a number stood for unknown ones."""
        if self.inputs[0][self.channel_axis] is not None or len(ours) != len(theirs):
            return theirs
        at = self.axis_there(min(self.channel_axis, len(ours) - 1), len(ours))
        return (*theirs[:at], ours[at], *theirs[at + 1 :])

    def stood_for(self, shape: Shape) -> Shape:
        """The shape with a number for an unknown number of channels, which some layers insist on."""
        axis = self.channel_axis
        return (
            shape
            if axis >= len(shape) or shape[axis] is not None
            else (*shape[:axis], self.unknown, *shape[axis + 1 :])
        )
