"""What PyTorch's autograd keeps of recurrent layers and of attention.

An LSTM without projection runs in oneDNN on a CPU, whose workspace is its own; told is what PyTorch's kernels keep
(``torch.backends.mkldnn.flags(enabled=False)``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.operations.attention import Mask
from cnnshape.vocabularies.pytorch.saved.call import INPUT, OUTPUT, WEIGHT, Call, Rule, Saved, words


def own(*sizes: Dim) -> Saved:
    """A tensor that only autograd has, of so many elements."""
    return Saved("part", elements=times(*sizes))


def trains(call: Call, kind: str) -> bool:
    """Whether a weight of this kind (``weight_hh``) trains."""
    return any(name.startswith(kind) for name in call.trained)


class Steps:
    """What a recurrent layer keeps: `batch` sequences of `steps`, `units` each step and `given` handed on."""

    def __init__(self, call: Call) -> None:
        arguments = call.arguments
        self.call = call
        self.kind = call.name.removesuffix("Cell")
        self.units = arguments["hidden_size"]
        self.given = arguments.get("proj_size") or self.units
        self.layers = arguments.get("num_layers", 1)
        self.directions = 2 if arguments.get("bidirectional") else 1
        first, second, *_ = call.inputs[0]
        self.batch, self.steps = (first, second) if arguments.get("batch_first") else (second, first)
        self.hands_on = trains(call, "weight_hh")

    def keeps(self) -> Iterator[Saved]:
        """All of it, layer by layer."""
        call, runs = self.call, self.layers * self.directions
        states = [Saved("input", number) for number in range(1, len(call.inputs))]
        if not states:
            count = 2 if self.kind == "LSTM" else 1
            states = [own(runs, self.batch, self.given), own(runs, self.batch, self.units)][:count]
        if self.hands_on:
            yield states[0]
        if self.kind == "LSTM":
            yield states[1]
        if trains(call, "weight_ih"):
            yield from self.read()
        dropped = call.training and call.arguments.get("dropout", 0.0) > 0
        for _ in range(self.layers - 1):
            between = own(self.steps, self.batch, self.directions, self.given)
            if trains(call, "weight_ih"):
                yield between
            if dropped:
                yield between  # the mask
        for _ in range(runs):
            yield from step(self)

    def read(self) -> Iterator[Saved]:
        """The input of the first layer: a copy for each direction where its axes were exchanged."""
        copied = self.call.arguments.get("batch_first") and self.batch != 1 and self.steps != 1
        yield from [own(self.call.read)] * self.directions if copied else [INPUT]


def step(of: Steps) -> Iterator[Saved]:
    """What all steps of a layer in one direction keep."""
    one, steps = times(of.batch, of.units), of.steps or 0
    handed = of.steps and of.steps - 1
    if of.kind == "RNN":
        yield from [own(one)] * steps
        return
    if of.kind == "GRU":
        yield from [own(3, one), *[own(one)] * 3] * steps
    else:
        yield from [own(4, one), own(one)] * steps
        yield from [own(one)] * (handed or 0)  # the cells
        if of.given != of.units and trains(of.call, "weight_hr"):
            yield from [own(one)] * steps
    if of.hands_on:
        yield from [own(of.batch, of.given)] * (handed or 0)


def recurrent(call: Call) -> list[Saved]:
    """RNN, LSTM and GRU."""
    return list(Steps(call).keeps()) if None not in call.inputs[0] else [own(None)]


def cell(call: Call) -> list[Saved]:
    """One step: input and state where weights train, and what the gates need."""
    one, given = product(call.outputs[0]), [Saved("input", number) for number in range(1, len(call.inputs))]
    zeros = given or [own(one)]
    found = [INPUT] if "weight_ih" in call.trained else []
    if call.name == "RNNCell":
        return [*found, OUTPUT, *(zeros if "weight_hh" in call.trained else [])]
    if call.name == "GRUCell":
        return [*found, own(3, one), *[own(one)] * 3, *(zeros if "weight_hh" in call.trained else [])]
    cells = zeros[-1:]  # of a state that is not given both parts are one tensor
    hidden = zeros[:1] if "weight_hh" in call.trained and len(zeros) > 1 else []
    return [*found, own(4, one), own(one), *cells, *hidden]


def hiding(mask: Mask | None) -> list[Saved]:
    """A mask of flash attention."""
    if mask is None:
        return []
    return [Saved("input", 3) if mask.given else Saved("mask", elements=mask.elements, type="float32")]


def is_flash(call: Call) -> bool:
    """Whether dot products run as flash attention: not with other widths, dropout, or a mask that it does not take."""
    mask, widths = call.mask, {call.inputs[0][-1], call.inputs[2][-1]}
    return len(widths) == 1 and not call.arguments.get("dropout_p") and (mask is None or mask.flash)


def dot_products(call: Call) -> list[Saved]:
    """scaled_dot_product_attention: flash attention, or the scores of every head."""
    if not any(call.needs):
        return []
    query, key, *_ = call.inputs
    scores = times(product(query[:-1]), key[-2])
    if is_flash(call):
        positions = Saved("statistics", elements=product(query[:-1]), type="float32")
        return [INPUT, Saved("input", 1), Saved("input", 2), OUTPUT, positions, *hiding(call.mask)]
    found = [own(product(query))] if call.needs[1] else []
    found += [own(product(key))] if call.needs[0] else []
    compared, dropped = any(call.needs[:2]), bool(call.arguments.get("dropout_p"))
    # the softmax and the mask for queries and keys, what is multiplied with the values for those
    found += [own(scores)] * ((2 if compared else 0) + call.needs[2] if dropped else 1)
    return [*found, *([call.matrix(2)] if compared else [])]


def attention(call: Call) -> list[Saved]:
    """MultiheadAttention: inputs, what they are projected to, the scores, and what the heads give.

    A query that is also key and value is projected at once, and so are a key and value that are one tensor. Without
    scores as an output flash attention keeps none, unless some are dropped.
    """
    arguments, trained, alike = call.arguments, call.trained, call.alike[:3]
    shapes = [exchange(shape) if arguments.get("batch_first") else shape for shape in call.inputs[:3]]
    (length, batch, width), heads = shapes[0], arguments["num_heads"]
    given = read_positions(call, shapes[1][0])
    asked, answered, scores = (
        times(batch, *sizes) for sizes in ((length, width), (given, width), (heads, length, given))
    )
    found = [WEIGHT] if any(call.needs) or "out_proj.weight" in trained else []
    if trained & {"in_proj_weight", "q_proj_weight"}:
        for number in dict.fromkeys(alike):
            copied = arguments.get("batch_first") and shapes[number][0] != 1 and shapes[number][1] != 1
            found.append(own(call.elements(number)) if copied else Saved("input", number))
    dropped = call.training and arguments.get("dropout", 0.0) > 0
    flash = len(call.outputs) == 1 and not dropped
    single = len(call.outputs) == 1 and dropped  # the scores, one by one
    packed = "in_proj_weight" in call.weights
    if packed and given == shapes[1][0] and alike[1] == alike[2]:
        itself = alike[0] == alike[1]
        found += [own(3, asked)] if itself else [own(2, answered), *([own(asked)] if flash else [])]
    else:
        found += [own(answered)] * (1 if single else 2)
        if flash:
            found.append(own(3, asked) if packed and set(alike) == {0} else own(asked))
    if flash:
        positions = Saved("statistics", elements=times(batch, heads, length), type="float32")
        return [*found, own(asked), positions, *hiding(call.mask)]
    found += [own(asked), *[own(scores)] * (3 if dropped else 1), *([own(answered)] if single else [])]
    return [*found, *([own(asked)] if "out_proj.weight" in trained else [])]


def read_positions(call: Call, given: Dim) -> Dim:
    """How many keys there are, with those that are added."""
    more = bool(call.arguments.get("add_bias_kv")) + bool(call.arguments.get("add_zero_attn"))
    return None if given is None else given + more


def exchange(shape: Shape) -> Shape:
    """The first two axes the other way round."""
    return (shape[1], shape[0], *shape[2:])


SEQUENCES: Mapping[str, Rule] = {
    **dict.fromkeys(words("RNN LSTM GRU"), recurrent),
    **dict.fromkeys(words("RNNCell LSTMCell GRUCell"), cell),
    "scaled_dot_product_attention": dot_products,
    "MultiheadAttention": attention,
}
