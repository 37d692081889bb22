"""Recurrent layers: the same weights at every step, what they gave at one step read again at the next."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    require_known,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value

CellKind = Literal["simple", "lstm", "gru"]


class Cell(NamedTuple):
    """What a kind of cell computes per step and unit.

    Attributes:
        gates: matrix products of the input, and as many of what was given before.
        states: tensors that are handed on.
        pointwise: operations beside the products: additions of gates, activations, products of gates.
    """

    gates: int
    states: int
    pointwise: int


CELLS: dict[CellKind, Cell] = {"simple": Cell(1, 1, 2), "lstm": Cell(4, 2, 13), "gru": Cell(3, 1, 13)}
"""LSTM: 4 sums, 4 gates, 3 products, 1 sum, 1 tanh. GRU: 3 sums, 3 gates, 4 products and 3 sums of the mixture."""


def outputs_of(
    step: Shape, steps: Dim, batch: Dim, states: int, every_step: bool, with_state: bool
) -> tuple[Shape, ...]:
    """The outputs of a recurrent layer: of the last step or of every one, then (`with_state`) its states."""
    last = (batch, *step)
    return ((batch, steps, *step) if every_step else last, *((last,) * states if with_state else ()))


def all_of(state: Shape) -> tuple[Path, ...]:
    """Every output sees all of a state."""
    return (Path(0), *(EVERYTHING,) * (len(state) - 1))


@value
class Recurrent(Operation):
    """A recurrent layer over ``(batch, steps, features)``.

    Attributes:
        separate_biases: whether input and recurrence have biases of their own (GRU with ``reset_after``).
        every_step, with_state: whether all steps are given, and the last states besides.

    Further inputs are the states to begin with.
    """

    most: ClassVar[int | None] = 3

    kind: CellKind
    units: int
    bias: bool = True
    separate_biases: bool = False
    every_step: bool = False
    with_state: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """Params ``gates * units * (features + units + bias)``; MACs those of all steps' matrix products."""
        shape, *states = inputs
        if len(shape) != 3:
            raise Fault(
                "CS302",
                f"{LAYER} needs 3 axes (batch, steps, features), but its input {show(shape)} has {len(shape)}",
            )
        batch, steps, features = shape
        require_known(features, "features")
        cell = CELLS[self.kind]
        width = cell.gates * self.units
        weights = [Weight("kernel", (features, width)), Weight("recurrent_kernel", (self.units, width))]
        if self.bias:
            weights.append(Weight("bias", (2, width) if self.separate_biases else (width,)))
        macs = times(steps, total([features, self.units]), width)
        flops = total(
            [times(2, macs), times(steps, self.units, cell.pointwise), times(steps, width) if self.bias else 0]
        )
        outputs = outputs_of((self.units,), steps, batch, cell.states, self.every_step, self.with_state)
        along = Path(1, None, whole=True) if self.every_step else EVERYTHING
        return Result(outputs, tuple(weights), macs, flops, paths=((Path(0), along, EVERYTHING), *map(all_of, states)))


@value
class ConvolutionalRecurrent(Operation):
    """An LSTM whose matrix products are convolutions, over ``(batch, steps, spatial..., channels)``.

    The recurrence is convolved with stride 1 and padded to keep its size. Further inputs are the states to begin with.
    """

    most: ClassVar[int | None] = 3

    filters: int
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule = "valid"
    dilation: tuple[int, ...] = ()
    bias: bool = True
    every_step: bool = False
    with_state: bool = False
    layout: Layout = CHANNELS_LAST

    def apply(self, *inputs: Shape) -> Result:
        """Params ``4 * filters * (kernel * (channels + filters) + bias)``."""
        shape, *states = inputs
        if len(shape) != len(self.kernel) + 3:
            raise Fault(
                "CS302",
                f"{LAYER} needs {len(self.kernel) + 3} axes (batch, steps, and an image), but its input "
                f"{show(shape)} has {len(shape)}",
            )
        batch, steps, *image = shape
        each = (batch, *image)
        require_rank(each, len(self.kernel), self.layout)
        channels = self.layout.channels(each)
        require_known(channels, "channels")
        windows = slide(self.layout.spatial(each), self.kernel, self.strides, self.dilation, self.padding)
        sizes = counts(windows)
        width = 4 * self.filters
        weights = [
            Weight("kernel", (*self.kernel, channels, width)),
            Weight("recurrent_kernel", (*self.kernel, self.filters, width)),
        ]
        if self.bias:
            weights.append(Weight("bias", (width,)))
        positions = times(steps, product(sizes))
        macs = times(positions, product(self.kernel), total([channels, self.filters]), width)
        pointwise = times(positions, self.filters, CELLS["lstm"].pointwise)
        flops = total([times(2, macs), pointwise, times(positions, width) if self.bias else 0])
        step = self.layout.join(None, sizes, self.filters)[1:]
        shift = 1 if self.every_step else 0
        within = self.layout.paths(window_maps(windows), EVERYTHING)
        paths = [path._replace(axis=path.axis + shift, whole=True) if path.axis else path for path in within]
        along = Path(1, None, whole=True) if self.every_step else EVERYTHING
        return Result(
            outputs_of(step, steps, batch, 2, self.every_step, self.with_state),
            tuple(weights),
            macs,
            flops,
            windows,
            paths=((Path(0), along, *paths[1:]), *map(all_of, states)),
        )
