"""Recurrent layers and their cells: the same weights at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.activation import activate, sigmoid
from cnnshape.reference.arrays import Array
from cnnshape.reference.dense import multiply
from cnnshape.reference.execution import Execution

States = tuple[Array, ...]
Step = Callable[[Array, States], States]
"""What a cell makes of an input and its states: the new states, the first of which it gives."""

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
STATES = {"RNN": 1, "LSTM": 2, "GRU": 1}


def zeros(step: Array, width: int, count: int) -> States:
    """The states to begin with where none are given."""
    return tuple(np.zeros((len(step), width), np.float32) for _ in range(count))


def run(step: Step, steps: Array, states: States, backwards: bool = False) -> tuple[Array, States]:
    """All steps of axis 1, one after the other: what each gives, in the order of the run, and the last states."""
    given = []
    for number in range(steps.shape[1])[:: -1 if backwards else 1]:
        states = step(steps[:, number], states)
        given.append(states[0])
    return np.stack(given, axis=1), states


# -- PyTorch


def pytorch_cell(
    execution: Execution,
    kind: str,
    features: int,
    units: int,
    bias: bool,
    nonlinearity: str = "tanh",
    suffix: str = "",
    projection: int = 0,
) -> Step:
    """A cell. Weights: weight_ih, weight_hh, bias_ih, bias_hh, and an LSTM's projection weight_hr."""
    width = GATES[kind] * units
    taken = projection or units
    inputs = execution.kernel(f"weight_ih{suffix}", (width, features), features)
    recurrent = execution.kernel(f"weight_hh{suffix}", (width, taken), taken)
    nothing = np.zeros(width, np.float32)
    of_input = execution.bias(width, f"bias_ih{suffix}") if bias else nothing
    of_state = execution.bias(width, f"bias_hh{suffix}") if bias else nothing
    project = execution.kernel(f"weight_hr{suffix}", (projection, units), units) if projection else None

    def step(tensor: Array, states: States) -> States:
        read = multiply(execution, tensor, inputs.T) + of_input
        held = multiply(execution, states[0], recurrent.T) + of_state
        if kind == "RNN":
            return (activate(nonlinearity, read + held),)
        if kind == "GRU":
            reset, update = (
                sigmoid(one + other) for one, other in zip(parts(read, 3)[:2], parts(held, 3)[:2], strict=True)
            )
            new = np.tanh(parts(read, 3)[2] + reset * parts(held, 3)[2])
            return ((1 - update) * new + update * states[0],)
        enter, forget, new, leave = parts(read + held, 4)
        memory = sigmoid(forget) * states[1] + sigmoid(enter) * np.tanh(new)
        given = sigmoid(leave) * np.tanh(memory)
        return (given if project is None else multiply(execution, given, project.T), memory)

    return step


def parts(tensor: Array, count: int) -> Sequence[Array]:
    """A tensor in equal parts of its last axis."""
    return np.split(tensor, count, -1)


def pytorch_recurrent(
    kind: str,
    execution: Execution,
    tensor: Array,
    *states: Array,
    hidden_size: int,
    num_layers: int = 1,
    nonlinearity: str = "tanh",
    bias: bool = True,
    batch_first: bool = False,
    bidirectional: bool = False,
    proj_size: int = 0,
) -> tuple[Array, ...]:
    """RNN, LSTM or GRU: what all steps give, and the last states of every layer and direction."""
    steps = tensor if batch_first else tensor.swapaxes(0, 1)
    suffixes = ("", "_reverse")[: 1 + bidirectional]
    last: list[States] = []
    for layer in range(num_layers):
        outputs = []
        for direction, suffix in enumerate(suffixes):
            name = f"_l{layer}{suffix}"
            width = steps.shape[-1]
            cell = pytorch_cell(execution, kind, width, hidden_size, bias, nonlinearity, name, proj_size)
            begin = zeros(steps, hidden_size, STATES[kind])
            if proj_size:
                begin = (*zeros(steps, proj_size, 1), begin[1])
            if states:
                begin = tuple(each[layer * len(suffixes) + direction] for each in states)
            given, end = run(cell, steps, begin, backwards=direction == 1)
            outputs.append(given[:, ::-1] if direction else given)
            last.append(end)
        steps = np.concatenate(outputs, -1)
    held = [np.stack([end[number] for end in last]) for number in range(STATES[kind])]
    return (steps if batch_first else steps.swapaxes(0, 1), *held)


def pytorch_single(
    kind: str,
    execution: Execution,
    tensor: Array,
    *states: Array,
    hidden_size: int,
    bias: bool = True,
    nonlinearity: str = "tanh",
) -> Array | States:
    """RNNCell, LSTMCell or GRUCell: one step, which gives the new states."""
    step = pytorch_cell(execution, kind, tensor.shape[-1], hidden_size, bias, nonlinearity)
    new = step(tensor, states or zeros(tensor, hidden_size, STATES[kind]))
    return new[0] if len(new) == 1 else new


# -- Keras


def keras_step(
    execution: Execution,
    kind: str,
    tensor: Array,
    units: int,
    activation: Any,
    gate: Any,
    use_bias: bool,
    reset_after: bool = True,
) -> Step:
    """A cell. Weights: kernel, recurrent_kernel, bias (two rows with ``reset_after``)."""
    features, width = tensor.shape[-1], GATES[kind] * units
    kernel = execution.kernel("kernel", (features, width), features)
    recurrent = execution.kernel("recurrent_kernel", (units, width), units)
    apart = kind == "GRU" and reset_after
    bias = np.zeros((2, width), np.float32)
    if use_bias:
        given = execution.parameter("bias", (2, width) if apart else (width,), -0.1, 0.1)
        bias = given if apart else np.stack([given, bias[0]])

    def step(one: Array, states: States) -> States:
        read = multiply(execution, one, kernel) + bias[0]
        before = states[0]
        if kind == "RNN":
            return (activate(activation, read + multiply(execution, before, recurrent)),)
        if kind == "GRU":
            update_kernel, reset_kernel, new_kernel = parts(recurrent, 3)
            if apart:
                held = parts(multiply(execution, before, recurrent) + bias[1], 3)
                update, reset = (
                    activate(gate, one + other) for one, other in zip(parts(read, 3)[:2], held[:2], strict=True)
                )
                new = activate(activation, parts(read, 3)[2] + reset * held[2])
            else:
                update, reset = (
                    activate(gate, one + multiply(execution, before, np.ascontiguousarray(matrix)))
                    for one, matrix in zip(parts(read, 3)[:2], (update_kernel, reset_kernel), strict=True)
                )
                held_back = multiply(execution, reset * before, np.ascontiguousarray(new_kernel))
                new = activate(activation, parts(read, 3)[2] + held_back)
            return (update * before + (1 - update) * new,)
        return lstm_states(read + multiply(execution, before, recurrent), states[1], activation, gate)

    return step


def lstm_states(sums: Array, memory: Array, activation: Any, gate: Any) -> States:
    """What Keras's LSTM gives, and its memory, of the sums of all gates; the input's gate comes first."""
    enter, forget, new, leave = (np.ascontiguousarray(each) for each in parts(sums, 4))
    memory = activate(gate, forget) * memory + activate(gate, enter) * activate(activation, new)
    return activate(gate, leave) * activate(activation, memory.copy()), memory


def answer(given: Array, states: States, every_step: bool, with_state: bool) -> Array | tuple[Array, ...]:
    """What a recurrent layer of Keras returns."""
    output = given if every_step else given[:, -1]
    return (output, *states) if with_state else output


def keras_recurrent(
    kind: str,
    execution: Execution,
    tensor: Array,
    *states: Array,
    units: int,
    activation: Any = "tanh",
    recurrent_activation: Any = "sigmoid",
    use_bias: bool = True,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    reset_after: bool = True,
    single: bool = False,
) -> Array | tuple[Array, ...]:
    """SimpleRNN, LSTM or GRU; a `single` cell is called with the input of one step: its output, and the new states."""
    step = keras_step(execution, kind, tensor, units, activation, recurrent_activation, use_bias, reset_after)
    begin = states or zeros(tensor, units, STATES[kind])
    if single:
        new = step(tensor, begin)
        return (new[0], *new)
    given, end = run(step, tensor, begin, go_backwards)
    return answer(given, end, return_sequences, return_state)


def convolutional(
    execution: Execution,
    tensor: Array,
    *states: Array,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    activation: Any = "tanh",
    recurrent_activation: Any = "sigmoid",
    use_bias: bool = True,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
) -> Array | tuple[Array, ...]:
    """ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: the products are convolutions, the recurrence's padded to keep its size."""
    rank, first = tensor.ndim - 3, data_format == "channels_first"
    if first:
        tensor, *states = (np.moveaxis(each, -1 - rank, -1) for each in (tensor, *states))  # type: ignore[assignment]
    sizes = kernel_size if isinstance(kernel_size, (list, tuple)) else (kernel_size,) * rank
    width, channels, taps = 4 * filters, tensor.shape[-1], int(np.prod(sizes))
    kernel = execution.kernel("kernel", (*sizes, channels, width), taps * channels)
    recurrent = execution.kernel("recurrent_kernel", (*sizes, filters, width), taps * filters)
    bias = execution.bias(width) if use_bias else np.zeros(width, np.float32)

    def convolve(image: Array, values: Array, **arguments: Any) -> Array:
        arguments |= {"filters": width, "kernel_size": tuple(sizes), "use_bias": False}
        return execution.beside({"kernel": values}, f"Conv{rank}D", image, data_format="channels_last", **arguments)

    def step(image: Array, held: States) -> States:
        read = convolve(image, kernel, strides=strides, padding=padding, dilation_rate=dilation_rate) + bias
        before, memory = held or (np.zeros((*read.shape[:-1], filters), np.float32),) * 2
        sums = read + convolve(before, recurrent, padding="same")
        return lstm_states(sums, memory, activation, recurrent_activation)

    given, end = run(step, tensor, tuple(states), go_backwards)
    if first:
        given, *end = (np.moveaxis(each, -1, -1 - rank) for each in (given, *end))  # type: ignore[assignment]
    return answer(given, tuple(end), return_sequences, return_state)
