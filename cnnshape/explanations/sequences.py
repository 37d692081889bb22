"""Attention, recurrence and products by a formula explained: where each product and each weight comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times, total
from cnnshape.explanations.registry import explain, shape_step, weights_steps
from cnnshape.explanations.steps import Step, macs_step, number, parameters_step, times_text
from cnnshape.operations.attention import DotAttention, HeadedAttention, MultiHeadAttention, ProjectedAttention
from cnnshape.operations.dense import Bilinear
from cnnshape.operations.einsum_dense import EinsumDense
from cnnshape.operations.lookup import Lookup
from cnnshape.operations.merging import MatrixProduct
from cnnshape.operations.operation import Result
from cnnshape.operations.recurrent import CELLS, Cell, ConvolutionalRecurrent, Recurrent, StackedRecurrent
from cnnshape.operations.spectra import Fourier
from cnnshape.operations.tensors import Attention, Einsum
from cnnshape.operations.weighted import Weighted

Term = tuple[str, str]
"""A part of a sum: in words, and with its numbers."""


def sum_of(terms: Iterable[Term]) -> tuple[str, str]:
    """The words and the numbers of a sum."""
    words, numbers = zip(*terms, strict=True)
    return " + ".join(words), " + ".join(numbers)


def flops_of(result: Result, *terms: tuple[str, str, Dim]) -> tuple[Step, ...]:
    """``2 x MACs``, and what these terms say; nothing where that is not all."""
    present = [(words, numbers, value) for words, numbers, value in terms if value != 0]
    if result.flops is None or total([times(2, result.macs), *(value for _, _, value in present)]) != result.flops:
        return ()
    words = " + ".join(["2 x MACs", *(each for each, _, _ in present)])
    numbers = " + ".join([f"2 x {number(result.macs)}", *(each for _, each, _ in present)])
    return (Step("FLOPs", words, numbers, number(result.flops)),)


# ---------------------------------------------------------------------- attention


def scores_term(*scores: Dim, widths: str) -> Term:
    """The products of queries with keys, and of scores with values; scores are heads, if any, x queries x keys."""
    words = f"{'heads x ' if len(scores) > 2 else ''}queries x keys x (features of keys + of values)"
    return words, times_text([*scores, f"({widths})"])


def softmax_term(*scores: Dim) -> tuple[str, str, Dim]:
    """What scaling and softmax cost: one and three operations for each score."""
    return "4 x scores (scaled, then softmax)", times_text([4, *scores]), times(4, *scores)


def scored(result: Result, inputs: Sequence[Shape], *scores: Dim, widths: str, note: str = "") -> tuple[Step, ...]:
    """The steps of attention without projections."""
    return (
        shape_step(tuple(inputs), result.outputs),
        *weights_steps(result),
        macs_step(*scores_term(*scores, widths=widths), result.macs, note),
        *flops_of(result, softmax_term(*scores)),
    )


@explain.register
def _(operation: MultiHeadAttention, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    query, value, key = *inputs[:2], inputs[-1]
    asked, read, features = product(query[1:-1]), product(key[1:-1]), product(operation.features or query[-1:])
    compared = product(key[axis] for axis in operation.positions(len(key))[1])
    parts = [
        ("query", query[-1], operation.heads, operation.key_size, asked),
        ("key", key[-1], operation.key_heads, operation.key_size, read),
        ("value", value[-1], operation.key_heads, operation.value_size, product(value[1:-1])),
        *([("gate", query[-1], operation.heads, operation.value_size, asked)] if operation.gated else []),
    ]
    bias = operation.bias
    weights = [
        (f"{name} projection", f"{heads} x {size} x ({number(width)}{' + 1' if bias else ''})")
        for name, width, heads, size, _ in parts
    ]
    out = f"{number(features)} x ({operation.heads} x {operation.value_size}{' + 1' if bias else ''})"
    products = [
        (f"{name} projection", times_text([count, width, heads, size])) for name, width, heads, size, count in parts
    ]
    products += [
        scores_term(operation.heads, asked, compared, widths=f"{operation.key_size} + {operation.value_size}"),
        ("output projection", times_text([asked, operation.heads, operation.value_size, features])),
    ]
    note = f"a projection has heads x size{' biases and' if bias else ''} columns, each of the features that are read"
    return (
        shape_step(inputs, result.outputs),
        parameters_step(*sum_of([*weights, ("output projection", out)]), result.params, note),
        macs_step(*sum_of(products), result.macs),
        *flops_of(
            result,
            softmax_term(operation.heads, asked, compared),
            *(
                (f"{name} biases", times_text([count, heads, size]), times(count, heads, size))
                for name, _, heads, size, count in (parts if bias else ())
            ),
            *([("output biases", times_text([asked, features]), times(asked, features))] if bias else []),
        ),
    )


@explain.register
def _(operation: ProjectedAttention, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    query, key, _ = inputs
    width, asked, given = operation.width, query[1], key[1]
    extra = operation.trained_key + operation.zero_key
    read = total([given, extra])
    sizes = (width, operation.key_width or width, operation.value_width or width)
    weights = [
        ("query, key and value projections", f"{number(width)} x ({' + '.join(map(number, sizes))})"),
        *([("their biases", f"3 x {number(width)}")] if operation.bias else []),
        ("output projection", f"{number(width)} x {number(width)}"),
        *([("its bias", number(width))] if operation.bias else []),
        *([("a trained key and value", f"2 x {number(width)}")] if operation.trained_key else []),
    ]
    products = [
        ("query and output projections", times_text([asked, width, f"({width} + {width})"])),
        ("key and value projections", times_text([given, width, f"({sizes[1]} + {sizes[2]})"])),
        scores_term(asked, read, widths=f"{width} + {width}"),
    ]
    note = f"{operation.heads} heads of {number(width // operation.heads)} features: together {number(width)}"
    more = f"; {number(given)} keys and {extra} more" if extra else ""
    return (
        shape_step(inputs, result.outputs),
        parameters_step(*sum_of(weights), result.params),
        macs_step(*sum_of(products), result.macs, note + more),
        *flops_of(
            result,
            softmax_term(operation.heads, asked, read),
            *(
                (f"biases of {what}", times_text([count, 2, width]), times(count, 2, width))
                for what, count in (("queries and output", asked), ("keys and values", given))
                if operation.bias
            ),
        ),
    )


@explain.register
def _(operation: DotAttention, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    query, value, key = *inputs[:2], inputs[-1]
    widths = f"{number(query[-1])} + {number(value[-1])}"
    return scored(result, inputs, product(query[1:-1]), key[-2], widths=widths)


@explain.register
def _(operation: HeadedAttention, result: Result, query: Shape, key: Shape, values: Shape) -> tuple[Step, ...]:
    heads, widths = query[2], f"{number(query[3])} + {number(values[3])}"
    shared = None not in (heads, key[2]) and heads != key[2]
    note = f"{number(heads)} heads of queries share {number(key[2])} of keys" if shared else ""
    return scored(result, (query, key, values), heads, query[1], key[1], widths=widths, note=note)


@explain.register
def _(operation: Attention, result: Result, query: Shape, keys: Shape, values: Shape) -> tuple[Step, ...]:
    scores, widths = (*result.output[1:-2], query[-2], keys[-2]), f"{number(query[-1])} + {number(values[-1])}"
    return scored(result, (query, keys, values), *scores, widths=widths)


# ---------------------------------------------------------------------- recurrence


def pointwise_terms(
    cell: Cell, steps: Dim, units: int, *, bias: bool, often: Sequence[int] = ()
) -> list[tuple[str, str, Dim]]:
    """What every step computes beside products, of so many directions and layers."""
    count = times(*often, steps, units, cell.pointwise)
    biases = times(*often, steps, cell.gates, units) if bias else 0
    more = {0: "", 1: "layers x ", 2: "directions x layers x "}[len(often)]
    return [
        (f"{more}steps x units x pointwise operations", times_text([*often, steps, units, cell.pointwise]), count),
        ("biases", times_text([*often, steps, cell.gates, units]), biases),
    ]


@explain.register
def _(operation: Recurrent, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    cell, units = CELLS[operation.kind], operation.units
    features, steps = inputs[0][-1], product(inputs[0][1:-1])
    one = 2 if operation.separate_biases else 1
    biases = (" + biases", f" + {one}") if operation.bias else ("", "")
    gates = f"{cell.gates} gates" if cell.gates > 1 else "one matrix for the input and one for what was before"
    along = [] if operation.one_step else [steps]
    return (
        shape_step(inputs, result.outputs),
        parameters_step(
            f"gates x units x (features + units{biases[0]})",
            f"{cell.gates} x {units} x ({number(features)} + {units}{biases[1]})",
            result.params,
            f"{gates}; the same weights at every step" if along else gates,
        ),
        macs_step(
            f"{'steps x ' if along else ''}gates x units x (features + units)",
            times_text([*along, cell.gates, units, f"({number(features)} + {units})"]),
            result.macs,
        ),
        *flops_of(result, *pointwise_terms(cell, steps, units, bias=operation.bias)),
    )


@explain.register
def _(operation: StackedRecurrent, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    cell, units = CELLS[operation.kind], operation.units
    steps, width = inputs[0][1], cell.gates * units
    given = operation.projection or units
    directions = 2 if operation.both else 1
    rows = [inputs[0][2], *(directions * given,) * (operation.layers - 1)]
    biases = (" + 2 biases", " + 2") if operation.bias else ("", "")
    held, run = [], []
    for features in rows:
        held.append(f"{width} x ({number(features)} + {given}{biases[1]})")
        run.append(f"{width} x ({number(features)} + {given})")
    more = (" + projection", f" + {operation.layers} x {given} x {units}") if operation.projection else ("", "")
    both = ("directions x ", f"{directions} x ") if directions > 1 else ("", "")
    note = f"gates x units is {cell.gates} x {units}"
    if operation.layers > 1:
        note += f"; layers behind the first read {'both directions' if directions > 1 else 'the one before'}"
    return (
        shape_step(inputs, result.outputs),
        parameters_step(
            f"{both[0]}(gates x units x (features + {'given' if operation.projection else 'units'}{biases[0]})"
            f"{more[0]}), for each layer",
            f"{both[1]}({' + '.join(held)}{more[1]})",
            result.params,
            note,
        ),
        macs_step(
            f"{both[0]}steps x (gates x units x (features + {'given' if operation.projection else 'units'})"
            f"{more[0]}), for each layer",
            f"{both[1]}{number(steps)} x ({' + '.join(run)}{more[1]})",
            result.macs,
        ),
        *flops_of(
            result,
            *pointwise_terms(
                cell, steps, units, bias=operation.bias, often=[*([2] if operation.both else []), operation.layers]
            ),
        ),
    )


@explain.register
def _(operation: ConvolutionalRecurrent, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    shape = inputs[0]
    filters, channels = operation.filters, operation.layout.channels((shape[0], *shape[2:]))
    places = [axis.windows for axis in result.windows]
    kernel = times_text(operation.kernel)
    bias = (" + bias", " + 1") if operation.bias else ("", "")
    return (
        shape_step(inputs, result.outputs),
        parameters_step(
            f"4 gates x filters x (kernel x (channels + filters){bias[0]})",
            f"4 x {filters} x ({kernel} x ({number(channels)} + {filters}){bias[1]})",
            result.params,
            "a convolution of the input and one of what was before, for each gate",
        ),
        macs_step(
            "steps x output x 4 gates x filters x kernel x (channels + filters)",
            times_text([shape[1], *places, 4, filters, *operation.kernel, f"({number(channels)} + {filters})"]),
            result.macs,
        ),
        *flops_of(
            result,
            *pointwise_terms(CELLS["lstm"], times(shape[1], *places), filters, bias=operation.bias),
        ),
    )


# ---------------------------------------------------------------------- products


@explain.register
def _(operation: Einsum, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    terms = operation.equation.replace(" ", "").partition("->")[0].split(",")
    if len(inputs) == 1 or "..." in operation.equation:
        return (shape_step(inputs, result.outputs), *((macs_step("", "", result.macs),) if result.macs else ()))
    right = operation.equation.replace(" ", "").partition("->")[2]
    sizes: dict[str, Dim] = {}
    for term, shape in zip(terms, inputs, strict=True):
        sizes.update({letter: size for letter, size in zip(term, shape, strict=True) if sizes.get(letter, 1) == 1})
    letters = [letter for letter in sizes if letter != right[:1]]
    factors = [sizes[letter] for letter in letters]
    summed = [letter for letter in letters if letter not in right]
    more = ([f"({len(inputs)} - 1)"], "(operands - 1) x ") if len(inputs) > 2 else ([], "")
    note = f"summed over {', '.join(summed)}; " if summed else ""
    return (
        Step("shape", operation.equation, ", ".join(map(show, inputs)), show(result.output)),
        macs_step(more[1] + " x ".join(letters), times_text([*more[0], *factors]), result.macs, f"{note}one sample"),
        *flops_of(result),
    )


@explain.register
def _(operation: EinsumDense, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    left = operation.equation.replace(" ", "").partition("->")[0]
    given, _, kernel = left.partition(",")
    if "..." in given:
        return (shape_step(inputs, result.outputs), *weights_steps(result), macs_step("", "", result.macs))
    sizes = dict(zip(given, inputs[0], strict=True)) | dict(zip(kernel, result.weights[0].shape, strict=True))
    letters = [letter for letter in sizes if letter != given[0]]
    return (
        Step("shape", operation.equation, show(inputs[0]), show(result.output)),
        *weights_steps(result),
        macs_step(" x ".join(letters), times_text([sizes[letter] for letter in letters]), result.macs, "one sample"),
    )


@explain.register
def _(operation: Fourier, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    real = "half of 5 n log2 n, as the numbers are real" if operation.half else "5 n log2 n"
    note = f"FFTW's convention: {real}, rounded up, for each transform of n numbers"
    return (shape_step(inputs, result.outputs), Step("FLOPs", "", "", number(result.flops), note))


@explain.register
def _(operation: MatrixProduct, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    left, right = inputs
    summed = left[-1] if left[-1] is not None else right[-2]
    *before, rows, columns = result.output[1:]
    words = "matrices x rows x columns x summed" if before else "rows x columns x summed"
    return (
        Step("shape", "rows of the first, columns of the second", ", ".join(map(show, inputs)), show(result.output)),
        macs_step(words, times_text([*before, rows, columns, summed]), result.macs),
        *flops_of(result),
    )


@explain.register
def _(operation: Bilinear, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    first, second = (shape[-1] for shape in inputs)
    bias = (" + bias", " + 1") if operation.bias else ("", "")
    return (
        shape_step(inputs, result.outputs),
        parameters_step(
            f"units x (first features x second features{bias[0]})",
            f"{operation.units} x ({number(first)} x {number(second)}{bias[1]})",
            result.params,
        ),
        macs_step("", "", result.macs),
    )


@explain.register
def _(operation: Lookup, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    table = f"{number(operation.entries)} x {number(operation.features)}"
    note = "" if operation.back else "a vector is looked up, which multiplies nothing"
    twice = ("2 x ", "2 x ") if operation.apart else ("", "")
    costs = flops_of(result, ("numbers x features", times_text([*inputs[0][1:], operation.features]), result.flops))
    if operation.back:
        scores = result.output[1:]
        capped = times(3, *scores) if operation.capped else 0
        costs = (
            macs_step("scores x features", times_text([*scores, operation.features]), result.macs),
            *flops_of(result, ("3 x scores (divided, tanh, multiplied)", times_text([3, *scores]), capped)),
        )
    return (
        shape_step(inputs, result.outputs),
        parameters_step(f"{twice[0]}entries x features", f"{twice[1]}{table}", result.params, note),
        *costs,
    )


@explain.register
def _(operation: Weighted, result: Result, *inputs: Shape) -> tuple[Step, ...]:
    own = inputs[: operation.own]
    layer = operation.layer(*inputs)
    steps = explain(layer, layer.apply(*own), *own)
    weights = ", ".join(
        f"{name} {show(shape[1:])}" for name, shape in zip(operation.names, inputs[operation.own :], strict=False)
    )
    note = f"counted where they are made: {weights}" if weights else "it is called without weights"
    kept = [step for step in steps if step.subject not in ("parameters", "buffers")]
    return (*kept, Step("parameters", "", "", "0", note))
