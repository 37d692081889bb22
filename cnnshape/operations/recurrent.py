"""Recurrent layers: the same weights at every step, what they gave at one step read again at the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cnnshape.arithmetic.fields import AxisMap, compose, window_map
from cnnshape.arithmetic.sizes import Dim, Shape, agree, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    CHANNELS_LAST,
    EVERYTHING,
    Layout,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    require_known,
    require_rank,
)
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import NamedTuple, value

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
    """A recurrent layer over ``(batch, steps, features)``, or (`one_step`) its cell over ``(batch, features)``.

    Attributes:
        separate_biases: whether input and recurrence have biases of their own (GRU with ``reset_after``).
        every_step, with_state: whether all steps are given, and the last states besides.

    Further inputs are the states to begin with.
    """

    most = 3

    kind: CellKind
    units: int
    bias: bool = True
    separate_biases: bool = False
    every_step: bool = False
    with_state: bool = False
    one_step: bool = False

    def apply(self, shape: Shape, *states: Shape) -> Result:
        """Params ``gates * units * (features + units + bias)``; MACs those of all steps' matrix products."""
        require_steps(shape, one=self.one_step)
        batch, *along, features = shape
        steps = product(along)
        require_known(features, "features")
        cell = CELLS[self.kind]
        width = cell.gates * self.units
        weights = [Weight("kernel", (features, width)), Weight("recurrent_kernel", (self.units, width))]
        if self.bias:
            weights.append(Weight("bias", (2, width) if self.separate_biases else (width,)))
        macs, flops = costs_of_steps(cell, steps, features, self.units, bias=self.bias)
        outputs = outputs_of((self.units,), steps, batch, cell.states, self.every_step, self.with_state)
        axis = [] if self.one_step else [Path(1, None, whole=True) if self.every_step else EVERYTHING]
        paths = ((Path(0), *axis, EVERYTHING), *map(all_of, states))
        return Result(outputs, tuple(weights), macs, flops, paths=paths)


def require_steps(shape: Shape, *, one: bool = False) -> None:
    """Refuse what is no sequence of steps, or (`one`) no single one."""
    if len(shape) != 3 - one:
        axes = "2 axes (batch, features)" if one else "3 axes (batch, steps, features)"
        raise Fault("CS302", f"{LAYER} needs {axes}, but its input {show(shape)} has {len(shape)}")


def costs_of_steps(
    cell: Cell, steps: Dim, features: Dim, units: int, *, bias: bool, given: int | None = None
) -> tuple[Dim, Dim]:
    """MACs and FLOPs of `steps` steps of a cell; `given` features are handed on instead of `units`, by a projection."""
    width = cell.gates * units
    projected = 0 if given is None else units * given
    macs = times(steps, total([times(total([features, units if given is None else given]), width), projected]))
    pointwise = times(steps, units * cell.pointwise + (width if bias else 0))
    return macs, total([times(2, macs), pointwise])


@value
class StackedRecurrent(Operation):
    """PyTorch's RNN, LSTM and GRU: layers one on the other, each in one direction or in both.

    Attributes:
        projection: features that an LSTM projects what it gives to; 0 for no projection.

    The outputs are all steps' and the last states, ``(layers * directions, batch, units)``; further inputs are the
    states to begin with.
    """

    most = 3

    kind: CellKind
    features: int | None
    units: int
    layers: int = 1
    bias: bool = True
    both: bool = False
    projection: int = 0

    def apply(self, shape: Shape, *states: Shape) -> Result:
        """Params per layer and direction ``gates * units * (features + given + 2 * bias)``, and the projection's."""
        require_steps(shape)
        cell = CELLS[self.kind]
        features = check_size(shape[-1], self.features, "input_size", "feature")
        require_known(features, "features")
        batch = shape[0]
        given = self.projection or self.units
        directions = 2 if self.both else 1
        held = [(self.layers * directions, batch, given), (self.layers * directions, batch, self.units)][: cell.states]
        check_states(states, held)
        weights: list[Weight] = []
        macs: list[Dim] = []
        flops: list[Dim] = []
        for layer in range(self.layers):
            for suffix in ("", "_reverse")[:directions]:
                weights += self.weights_of(cell, f"_l{layer}{suffix}", features, given)
                products, operations = costs_of_steps(
                    cell, shape[1], features, self.units, bias=self.bias, given=self.projection or None
                )
                macs.append(products)
                flops.append(operations)
            features = given * directions
        output = (*shape[:2], given * directions)
        paths = ((Path(0), Path(1, None, whole=True), EVERYTHING), *((EVERYTHING,) * 3 for _ in states))
        return Result((output, *held), tuple(weights), total(macs), total(flops), paths=paths)

    def weights_of(self, cell: Cell, suffix: str, features: Dim, given: int) -> list[Weight]:
        """The weights of one layer in one direction, in PyTorch's order."""
        width = cell.gates * self.units
        weights = [Weight(f"weight_ih{suffix}", (width, features)), Weight(f"weight_hh{suffix}", (width, given))]
        if self.bias:
            weights += [Weight(f"bias_ih{suffix}", (width,)), Weight(f"bias_hh{suffix}", (width,))]
        if self.projection:
            weights.append(Weight(f"weight_hr{suffix}", (self.projection, self.units)))
        return weights


def check_states(given: Sequence[Shape], expected: Sequence[Shape]) -> None:
    """Refuse other states to begin with than the layer hands on; all of them may be left out."""
    if given and not (len(given) == len(expected) and all(map(agree, given, expected))):
        wanted, got = " and ".join(map(show, expected)), " and ".join(map(show, given))
        raise Fault("CS305", f"{LAYER} begins with states of {wanted}, got {got}")


@value
class RecurrentCell(Operation):
    """PyTorch's RNNCell, LSTMCell and GRUCell: one step of ``(batch, features)``; what is given is the new states."""

    most = 3

    kind: CellKind
    features: int | None
    units: int
    bias: bool = True

    def apply(self, shape: Shape, *states: Shape) -> Result:
        """As one step of the layer."""
        require_steps(shape, one=True)
        layer = StackedRecurrent(self.kind, self.features, self.units, 1, self.bias)
        held = [(shape[0], self.units)] * CELLS[self.kind].states
        check_states(states, held)
        result = layer.apply((shape[0], 1, shape[1]))
        weights = tuple(weight._replace(name=weight.name.removesuffix("_l0")) for weight in result.weights)
        paths = ((Path(0), EVERYTHING), *map(all_of, states))
        return result._replace(outputs=tuple(held), weights=weights, paths=paths)


def spread_map(first: AxisMap, kernel: int, steps: Dim) -> AxisMap | None:
    """What the last of so many steps sees of an axis: the recurrence's window, once a step, of what the input's sees.

    Of all steps together: of later ones it sees less.
    """
    turns = 0 if steps is None else steps - 1
    return compose(window_map(1 + turns * (kernel - 1), 1, 1, turns * ((kernel - 1) // 2), exact=not turns), first)


@value
class ConvolutionalRecurrent(Operation):
    """An LSTM whose matrix products are convolutions, over ``(batch, steps, spatial..., channels)``.

    The recurrence is convolved with stride 1 and padded to keep its size. Further inputs are the states to begin with.
    """

    most = 3

    filters: int
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingRule = "valid"
    dilation: tuple[int, ...] = ()
    bias: bool = True
    every_step: bool = False
    with_state: bool = False
    layout: Layout = CHANNELS_LAST

    def apply(self, shape: Shape, *states: Shape) -> Result:
        """Params ``4 * filters * (kernel * (channels + filters) + bias)``."""
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
        within = self.layout.paths(
            tuple(spread_map(each, size, steps) for each, size in zip(window_maps(windows), self.kernel, strict=True)),
            EVERYTHING,
        )
        paths = [path._replace(axis=path.axis + shift, whole=steps is None) if path.axis else path for path in within]
        along = Path(1, None, whole=True) if self.every_step else EVERYTHING
        return Result(
            outputs_of(step, steps, batch, 2, self.every_step, self.with_state),
            tuple(weights),
            macs,
            flops,
            windows,
            paths=((Path(0), along, *paths[1:]), *map(all_of, states)),
        )
