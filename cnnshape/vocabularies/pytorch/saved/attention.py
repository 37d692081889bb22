"""What PyTorch's autograd keeps of attention.

Under autocast flash attention and products of scores that are an output run in the lower type; scores of which some are
dropped, or that a trained mask hides, PyTorch computes in float32.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.operations.attention import Mask
from cnnshape.operations.wrapping import exchanged
from cnnshape.vocabularies.pytorch.saved.call import INPUT, OUTPUT, Call, Rule, Saved


def own(*sizes: Dim, type: str = "same") -> Saved:
    """A tensor that only autograd has, of so many elements."""
    return Saved("part", elements=times(*sizes), type=type)


def hiding(mask: Mask | None) -> list[Saved]:
    """A mask of flash attention."""
    if mask is None:
        return []
    return [Saved("input", 3) if mask.given else Saved("mask", elements=mask.elements)]


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
    found = [own(product(query), type="float32")] if call.needs[1] else []
    found += [own(product(key), type="float32")] if call.needs[0] else []
    compared, dropped = any(call.needs[:2]), bool(call.arguments.get("dropout_p"))
    # the softmax and the mask for queries and keys, what is multiplied with the values for those
    found += [own(scores, type="float32")] * ((2 if compared else 0) + call.needs[2] if dropped else 1)
    values = own(call.elements(2), type="float32") if call.lower else call.matrix(2)
    return [*found, *([values] if compared else [])]


def attention(call: Call) -> list[Saved]:
    """MultiheadAttention: inputs, what they are projected to, the scores, and what the heads give.

    A query that is also key and value is projected at once, and so are a key and value that are one tensor. Without
    scores as an output flash attention keeps none, unless some are dropped.
    """
    arguments, trained, alike = call.arguments, call.trained, call.alike[:3]
    shapes = [exchanged(shape) if arguments.get("batch_first") else shape for shape in call.inputs[:3]]
    (length, batch, width), heads = shapes[0], arguments["num_heads"]
    given = read_positions(call, shapes[1][0])
    asked, answered, scores = (
        times(batch, *sizes) for sizes in ((length, width), (given, width), (heads, length, given))
    )
    found = projected(call, shapes)
    dropped = call.training and arguments.get("dropout", 0.0) > 0
    flash = len(call.outputs) == 1 and not dropped
    single = len(call.outputs) == 1 and dropped  # the scores, one by one
    packed = "in_proj_weight" in call.weights
    if single and call.lower:
        found.append(own(answered, type="float32"))
    elif packed and given == shapes[1][0] and alike[1] == alike[2]:
        itself = alike[0] == alike[1]
        found += [own(3, asked)] if itself else [own(2, answered), *([own(asked)] if flash else [])]
    else:
        found += [own(answered)] * (1 if single else 2)
        if flash:
            found.append(own(3, asked) if packed and set(alike) == {0} else own(asked))
    if flash:
        positions = Saved("statistics", elements=times(batch, heads, length), type="float32")
        return [*found, own(asked), positions, *hiding(call.mask)]
    type = "float32" if single else "same"
    found += [own(asked, type=type), *[own(scores, type=type)] * (3 if dropped else 1)]
    found += [own(answered, type=type)] if single else []
    return [*found, *([own(asked)] if "out_proj.weight" in trained else [])]


def projected(call: Call, shapes: list[Shape]) -> list[Saved]:
    """What the projections keep: inputs for the weights, and weights for the inputs.

    A product each for the query, the key and the value, whose weights are parts of one; those of one tensor are one
    product, if the query or none is among them. Autocast casts what each product reads anew, but a weight that trains
    and is no part of another once.
    """
    alike, one = call.alike[:3], product((shapes[0][2], shapes[0][2]))
    if "in_proj_weight" not in call.weights:
        products = [(number, f"{name}_proj_weight", call.weights[f"{name}_proj_weight"]) for number, name in QUERIES]
    elif alike[0] == alike[1] == alike[2]:
        products = [(0, "in_proj_weight", times(3, one))]
    elif alike[1] == alike[2]:
        products = [(0, "in_proj_weight", one), (1, "in_proj_weight", times(2, one))]
    else:
        products = [(number, "in_proj_weight", one) for number, _ in QUERIES]
    found: dict[object, Saved] = {}
    for number, name, size in products:
        steps, batch, _ = shapes[number]
        copied = bool(call.arguments.get("batch_first")) and steps != 1 and batch != 1
        if name in call.trained:
            cast = call.lower is not None and call.types[number] != call.lower
            tensor = own(call.elements(number)) if copied or cast else Saved("input", alike[number])
            found[number if copied or cast else tensor] = tensor
        if call.needs[number]:
            found["weight", number] = read_weight(call, name, size)
    if any(call.needs) or "out_proj.weight" in call.trained:
        found["out"] = read_weight(call, "out_proj.weight", call.weights["out_proj.weight"])
    return list(found.values())


QUERIES = ((0, "q"), (1, "k"), (2, "v"))


def read_weight(call: Call, name: str, size: Dim) -> Saved:
    """A weight, or a part of so many elements, as a product reads it.

    Autocast casts it: a whole one that trains once for all that read it.
    """
    if call.lower is None:
        return Saved("weight", list(call.weights).index(name))
    whole = name in call.trained and size == call.weights[name]
    return Saved("weight" if whole else "part", list(call.weights).index(name), size, call.lower)


def read_positions(call: Call, given: Dim) -> Dim:
    """How many keys there are, with those that are added."""
    more = bool(call.arguments.get("add_bias_kv")) + bool(call.arguments.get("add_zero_attn"))
    return None if given is None else given + more


ATTENTION: Mapping[str, Rule] = {
    "scaled_dot_product_attention": dot_products,
    **dict.fromkeys(("MultiheadAttention", "multi_head_attention_forward"), attention),
}
