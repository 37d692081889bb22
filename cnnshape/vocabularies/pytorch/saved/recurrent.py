"""What PyTorch's autograd keeps of recurrent layers and their cells, operator by operator as its own kernels run them.

An LSTM without projection runs in oneDNN on a CPU, whose workspace is its own; told is what PyTorch's kernels keep
(``torch.backends.mkldnn.flags(enabled=False)``). Under autocast only products run in the lower type: what is handed on
from step to step stays as wide as the state at first was, and is cast for every product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnshape.arithmetic.sizes import Dim, times
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.pytorch.saved.call import Call, Rule, Saved, words


class Value:
    """A tensor within a layer.

    Attributes:
        elements: its elements.
        type: its type.
        needs: whether it needs a gradient.
        home: the tensor that it is a view of; itself.
        name: what it is of the call, where it is not the layer's own.
        is_leaf: whether it is a weight itself, whose cast autocast keeps for all that read it while it trains.
    """

    __slots__ = ("elements", "home", "is_leaf", "name", "needs", "type")

    def __init__(
        self, elements: Dim, type: str, needs: bool, name: Saved | None = None, *, is_leaf: bool = False
    ) -> None:
        self.elements = elements
        self.type = type
        self.needs = needs
        self.home = self
        self.name = name
        self.is_leaf = is_leaf

    def view(self, elements: Dim) -> Value:
        """A view of so many elements."""
        made = Value(elements, self.type, self.needs)
        made.home = self.home
        return made


class Operators:
    """The operators of a layer in the order in which they run; `kept` is what autograd keeps of them.

    Args:
        lower: the type that autocast runs products in; None without it.
    """

    def __init__(self, lower: str | None) -> None:
        self.lower = lower
        self.kept: dict[Value, None] = {}
        self.casts: dict[Value, Value] = {}

    def keep(self, value: Value, *, where: bool) -> None:
        """Keep a tensor where something needs it."""
        if where:
            self.kept[value.home] = None

    def cast(self, value: Value) -> Value:
        """A tensor as a product reads it."""
        if self.lower is None or value.type == self.lower:
            return value
        if value in self.casts:
            return self.casts[value]
        made = Value(value.elements, self.lower, value.needs)
        if value.is_leaf and value.needs:
            made.name = Saved("weight", value.name.number if value.name else 0, value.elements, self.lower)
            self.casts[value] = made
        return made

    def linear(self, given: Value, weight: Value, bias: Value | None, made: Dim) -> Value:
        """A product with a weight."""
        given, weight = self.cast(given), self.cast(weight)
        self.keep(given, where=weight.needs)
        self.keep(weight, where=given.needs)
        return Value(made, given.type, given.needs or weight.needs or (bias is not None and bias.needs))

    def times(self, first: Value, second: Value, made: Dim) -> Value:
        """A product element by element."""
        self.keep(second, where=first.needs)
        self.keep(first, where=second.needs)
        return Value(made, wider(first, second), first.needs or second.needs)

    def activation(self, value: Value) -> Value:
        """What keeps what it makes, in place or not."""
        self.keep(value, where=value.needs)
        return value

    def saved(self) -> list[Saved]:
        """What is kept, weights included."""
        return [each.name or Saved("part", elements=each.elements, type=each.type) for each in self.kept]


def wider(first: Value, second: Value) -> str:
    """The type of both together."""
    return first.type if first.type == second.type else "float32"


Weights = Mapping[str, Value]
Step = Callable[[Operators, Value, list[Value], Weights, Dim], list[Value]]
"""From the projected input, the states and the weights, of so many elements a state: the states."""


def recur(run: Operators, hidden: Value, weights: Weights, gates: int, given: Value, one: Dim) -> Value:
    """The state's projection, to which the input's is added in place."""
    width = times(gates, one)
    made = run.linear(hidden, weights["weight_hh"], weights.get("bias_hh"), width)
    made.needs |= given.needs
    return made


def simple_step(run: Operators, given: Value, states: list[Value], weights: Weights, one: Dim) -> list[Value]:
    """RNN: the activation of both projections."""
    return [run.activation(recur(run, states[0], weights, 1, given, one))]


def gru_step(run: Operators, given: Value, states: list[Value], weights: Weights, one: Dim) -> list[Value]:
    """GRU: two gates in place; what is then multiplied in place is kept as a copy."""
    hidden = states[0]
    gates = run.activation(recur(run, hidden, weights, 3, given, one))
    proposed = run.times(Value(one, gates.type, gates.needs), gates, one)
    proposed.needs |= given.needs
    run.activation(proposed)
    difference = Value(one, wider(hidden, proposed), hidden.needs or proposed.needs)
    mixed = run.times(difference, gates, one)
    mixed.needs |= proposed.needs
    return [mixed]


def lstm_step(run: Operators, given: Value, states: list[Value], weights: Weights, one: Dim) -> list[Value]:
    """LSTM: four gates in place, the cell, what is handed on, and its projection."""
    hidden, cell = states
    gates = run.activation(recur(run, hidden, weights, 4, given, one))
    cell = run.times(gates, cell, one)
    cell.needs |= run.times(gates, gates, one).needs
    hidden = run.times(gates, run.activation(Value(one, cell.type, cell.needs)), one)
    if projection := weights.get("weight_hr"):
        turned = projection.view(projection.elements)
        hidden = run.linear(hidden, turned, None, states[0].elements)
    return [hidden, cell]


STEPS: Mapping[str, tuple[Step, int, int]] = {
    "RNN": (simple_step, 1, 1),
    "GRU": (gru_step, 3, 1),
    "LSTM": (lstm_step, 4, 2),
}
"""The step, its gates and its states."""


class Traced(NamedTuple):
    """What is kept of a call, and the types of what it makes."""

    kept: list[Saved]
    types: tuple[str, ...]


def traced_layer(call: Call) -> Traced:
    """RNN, LSTM and GRU: each layer projects its whole input at once; of zeros to begin with there is one tensor."""
    arguments, run = call.arguments, Operators(call.lower)
    step, gates, count = STEPS[call.name]
    units = arguments["hidden_size"]
    sizes = (arguments.get("proj_size") or units, units)
    directions = ("", "_reverse") if arguments.get("bidirectional") else ("",)
    first, second = call.inputs[0][:2]
    batch, steps = (first, second) if arguments.get("batch_first") else (second, first)
    layers = arguments.get("num_layers", 1)
    weights, begun = weights_of(call), states_of(call, [times(len(directions) * layers, batch, each) for each in sizes])
    read = Value(call.read, call.types[0], call.needs[0], Saved("input"))
    copied = arguments.get("batch_first") and batch != 1 and steps != 1
    one = times(batch, units)
    ends: list[Value] = []
    for layer in range(layers):
        made: list[Value] = []
        for direction in directions:
            suffix = f"_l{layer}{direction}"
            own = {name.removesuffix(suffix): each for name, each in weights.items() if name.endswith(suffix)}
            given = Value(read.elements, read.type, read.needs) if copied and layer == 0 else read
            width = times(gates * units, batch, steps)
            projected = run.linear(given, own["weight_ih"], own.get("bias_ih"), width)
            states = [each.view(times(batch, size)) for each, size in zip(begun[:count], sizes, strict=False)]
            for _ in range(steps or 0):
                states = step(run, projected, states, own, one)
            made += states[:1]
            ends = states
        needs = any(each.needs for each in made)
        read = Value(times(batch, steps, sizes[0], len(directions)), made[0].type, needs)
        if call.training and arguments.get("dropout", 0.0) > 0 and layer < layers - 1:
            run.keep(Value(read.elements, read.type, needs=False), where=needs)  # the mask
            read = Value(read.elements, read.type, needs)
    return Traced(run.saved(), (read.type, *(each.type for each in ends)))


def traced_cell(call: Call) -> Traced:
    """One step; what the cell keeps of what it makes is its output. Of zeros to begin with there is one tensor."""
    run = Operators(call.lower)
    step, gates, count = STEPS[call.name.removesuffix("Cell")]
    one, weights = times(call.inputs[0][0], call.arguments["hidden_size"]), weights_of(call)
    given = Value(call.read, call.types[0], call.needs[0], Saved("input"))
    projected = run.linear(given, weights["weight_ih"], weights.get("bias_ih"), times(gates, one))
    begun = states_of(call, [one])
    states = step(run, projected, [begun[0], begun[-1]][:count], weights, one)
    for number, state in enumerate(states):
        state.name = Saved("output", number)
    return Traced(run.saved(), tuple([each.type for each in states]))


def weights_of(call: Call) -> dict[str, Value]:
    """The weights by name."""
    type = "float32" if call.lower else call.types[0]
    return {
        name: Value(size, type, name in call.trained, Saved("weight", number), is_leaf=True)
        for number, (name, size) in enumerate(call.weights.items())
    }


def states_of(call: Call, sizes: list[Dim]) -> list[Value]:
    """The states to begin with, as they are given, or zeros of the input's type."""
    if len(call.inputs) == 1:
        return [Value(size, call.types[0], needs=False) for size in sizes]
    return [
        Value(call.elements(number), call.types[number], call.needs[number], Saved("input", number))
        for number in range(1, len(call.inputs))
    ]


def traced(call: Call) -> Traced:
    """A recurrent layer or cell while training; nothing is told where its sizes are not known."""
    if None in call.inputs[0]:
        return Traced([Saved("part", elements=None)], call.types)
    return traced_cell(call) if call.name.endswith("Cell") else traced_layer(call)


RECURRENT: Mapping[str, Rule] = dict.fromkeys(
    words("RNN LSTM GRU RNNCell LSTMCell GRUCell"), lambda call: traced(call).kept
)
