"""What counters count of recurrent layers, attention and products by a formula."""

from __future__ import annotations

from math import prod
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, times, total
from cnnshape.operations.merging import broadcast_dim
from cnnshape.studies.counters.call import ACTIVATIONS, PRODUCTS, Call, Part

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STEPS = "additions and products of gates"


def recurrent(more: dict[str, int], call: Call, *, projected: bool = True, projection: bool = False) -> list[Part]:
    """Products of all gates at every step, so many operations a unit `more`, and two a gate where it has biases.

    Args:
        more: beside the biases, by the layer's name.
        projected: whether an LSTM's gates read what it projects, not its units.
        projection: whether the projection counts.
    """
    name, given = call.name.removesuffix("Cell"), call.arguments
    units, size = given["hidden_size"], given["input_size"]
    gates, layers = GATES[name], given.get("num_layers", 1)
    directions, state = 1 + bool(given.get("bidirectional")), given.get("proj_size") or units
    state = state if projected else units
    steps: Dim = 1 if call.name.endswith("Cell") else (call.inputs[0][1 if given.get("batch_first") else 0])
    reads = [size, *[state * directions] * (layers - 1)]
    products = sum(gates * units * (each + state) for each in reads)
    products += layers * units * given.get("proj_size", 0) * projection
    own = layers * units * (more[name] + 2 * gates * bool(given.get("bias", True)))
    return [(PRODUCTS, times(steps, directions, products)), (STEPS, times(steps, directions, own))]


def three(call: Call) -> tuple[Shape, Shape, Shape]:
    """Queries, keys and values as (positions, features), which may be one tensor."""
    first = 1 if call.arguments.get("batch_first") else 0
    sizes = [(shape[first], shape[2]) for shape in call.inputs[:3]]
    query, key = sizes[0], sizes[1] if len(sizes) > 1 else sizes[0]
    return query, key, sizes[2] if len(sizes) > 2 else key


def attention_of_ptflops(call: Call) -> list[Part]:
    """Projections as if keys and values had weights of their own width, scores, softmax, and a bias at the end.

    Where the weights of attention are asked for, it calls functions that count besides.
    """
    (queries, width), (keys, of_keys), (values, of_values) = three(call)
    if None in (queries, keys, values, width, of_keys, of_values):
        return [(PRODUCTS, None)]
    found: Any = (queries, width, keys, of_keys, values, of_values)
    queries, width, keys, of_keys, values, of_values = found
    heads = call.arguments["num_heads"]
    projections = queries * width * width + keys * of_keys * of_keys + values * of_values * of_values
    projections += (queries + keys + values) * width * bool(call.arguments.get("bias", True))
    scores = heads * queries * keys * (width // heads + of_values // heads + 1)
    again = 0
    if call.arguments.get("need_weights", True):
        attended = keys + sum(bool(call.arguments.get(name)) for name in ("add_bias_kv", "add_zero_attn"))
        again = queries * attended * (2 * width + heads)
    return [(PRODUCTS, queries * width + projections + scores + queries * of_values * (of_values + 1) + again)]


def attention_of_ultralytics(call: Call) -> list[Part]:
    """Products, and three operations less one a row for the softmax of each head."""
    (queries, _), (keys, _), _ = three(call)
    more = sum(bool(call.arguments.get(name)) for name in ("add_bias_kv", "add_zero_attn"))
    attended = None if keys is None else keys + more
    softmax = None if attended is None else 3 * attended - 1
    return [(PRODUCTS, call.macs), (ACTIVATIONS, times(call.arguments["num_heads"], queries, softmax))]


def einsum_of_fvcore(call: Call) -> list[Part]:
    """Half of the operations that NumPy plans, which it tells with four digits; two formulas exactly."""
    equation = call.arguments["equation"].replace(" ", "")
    letters = dict.fromkeys(each for each in equation if each.isalpha())
    plain = "".join(chr(97 + [*letters].index(each)) if each in letters else each for each in equation)
    if None in {size for shape in call.inputs for size in shape} or len(call.inputs) > 2:
        return [(PRODUCTS, None)]
    if plain in ("abc,abd->acd", "abc,adc->adb"):
        return [(PRODUCTS, call.macs)]
    sizes = sizes_of(equation, call.inputs)
    output = equation.partition("->")[2]
    summed = len(sizes) > len(call.output) if output or "->" in equation else True
    planned = prod(sizes.values()) * (1 + summed)
    return [(PRODUCTS, int(float(f"{planned:.3e}") / 2))]


def sizes_of(equation: str, shapes: tuple[Shape, ...]) -> dict[object, int]:
    """The sizes of a formula's letters, and of what its dots stand for, by the place from the right."""
    sizes: dict[object, int] = {}
    for term, shape in zip(equation.partition("->")[0].split(","), shapes, strict=True):
        head, dots, tail = term.partition("...")
        more = range(len(shape) - len(head) - len(tail), 0, -1) if dots else ()
        for letter, size in zip((*head, *more, *tail), shape, strict=True):
            sizes[letter] = broadcast_dim(sizes.get(letter, 1), size) or 1
    return sizes


def deformable_of_ptflops(call: Call) -> list[Part]:
    """Products, 24 operations (with a mask 25) an element of each window for its place, and biases."""
    kernel = call.arguments["kernel_size"]
    window = kernel**2 if isinstance(kernel, int) else prod(kernel)
    places = times(call.made, window, 24 + (len(call.inputs) > 2))
    positions = None if places is None or not call.output[1] else places // call.output[1]
    return [(PRODUCTS, call.macs), ("places of a deformed window", positions), ("biases", total([call.bias]))]
