"""What PyTorch's autograd keeps of functions and methods of tensors, and of modules that are one function."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.arithmetic.sizes import product
from cnnshape.vocabularies.pytorch.saved.call import (
    INPUT,
    OUTPUT,
    WEIGHT,
    Call,
    Rule,
    Saved,
    keeps,
    with_input,
    words,
)
from cnnshape.vocabularies.vocabulary import over_axes

INDICES = Saved("output", 1)
"""Where what the first output has was found."""


def chosen(call: Call) -> list[Saved]:
    """The indices, where what they choose from needs a gradient: an argument, the last input, or a constant."""
    stated = call.arguments.get("index")
    if not (any(call.needs) or call.trained):
        return []
    if stated is not None:
        return [Saved("indices", elements=len(stated), type="int64")]
    return [Saved("input", len(call.inputs) - 1)] if call.inputs[1:] or call.weights else []


def both_read(call: Call) -> list[Saved]:
    """All inputs, where one needs a gradient."""
    return [Saved("input", number) for number in range(len(call.inputs))] if any(call.needs) else []


def power(call: Call) -> list[Saved]:
    """The base; of a tensor as exponent that, too, and where it needs a gradient the result."""
    return [*both_read(call), *([OUTPUT] if call.needs[1:] == (True,) else [])]


def hypotenuse(call: Call) -> list[Saved]:
    """The operands that need a gradient, and the result."""
    needing = [Saved("input", number) for number, needs in enumerate(call.needs) if needs]
    return [*needing, OUTPUT] if needing else []


def gumbel(call: Call) -> list[Saved]:
    """The softmax: the output, unless that is made one-hot; then where its ones are, too."""
    if not any(call.needs):
        return []
    if not call.arguments.get("hard"):
        return [OUTPUT]
    axis = call.arguments.get("dim", -1)
    places = product(size for number, size in enumerate(call.inputs[0]) if number != axis % len(call.inputs[0]))
    return [Saved("part", elements=call.made), Saved("indices", elements=places, type="int64")]


def cosine(call: Call) -> list[Saved]:
    """For each input the norms, twice, and the input; the other one's directions, where it needs a gradient."""
    whole = product(tuple(max(pair) for pair in zip(*call.inputs, strict=True)))
    norms = [Saved("part", elements=call.made)] * 2
    found: list[Saved] = []
    for number, needs in enumerate(call.needs):
        if needs:
            found += [Saved("input", number), *norms, Saved("part", elements=whole)]
    return found


def distance(call: Call) -> list[Saved]:
    """The difference and its norm."""
    shapes = [(*(1,) * (max(map(len, call.inputs)) - len(each)), *each) for each in call.inputs]
    whole = product(tuple(max(pair) for pair in zip(*shapes, strict=True)))
    return [Saved("part", elements=whole), OUTPUT] if any(call.needs) else []


def product_of_two(call: Call) -> list[Saved]:
    """Each of two operands, where the other one needs a gradient; of one (the other is a number) nothing."""
    if len(call.inputs) != 2:
        return []
    return [Saved("input", number) for number in (0, 1) if call.needs[1 - number]]


def moved_window(call: Call) -> list[Saved]:
    """DeformConv2d: all inputs; one number where no mask is given, and one an output where there is no bias."""
    bias = [] if "bias" in call.weights else [Saved("part", elements=call.outputs[0][1])]
    mask = [] if len(call.inputs) > 2 else [Saved("part", elements=call.inputs[0][0])]
    return [*(Saved("input", number) for number in range(len(call.inputs))), WEIGHT, *bias, *mask]


def regions(call: Call) -> list[Saved]:
    """The boxes, joined to one tensor of five numbers each where they come image by image; where maxima were."""
    if not any(call.needs):
        return []
    boxes = call.inputs[-1]
    joined = len(boxes) == 3
    found = [Saved("part", elements=call.outputs[0][0] and 5 * call.outputs[0][0], type="float32")]
    found = found if joined else [Saved("input", len(call.inputs) - 1)]
    return [*found, *([] if call.name == "RoIAlign" else [Saved("indices", elements=call.made, type="int32")])]


def dropped_block(call: Call) -> list[Saved]:
    """The mask, and the one number that scales it."""
    if not (any(call.needs) and call.training and call.arguments.get("p", 0.5) > 0):
        return []
    return [Saved("mask", elements=call.read), Saved("mask", elements=1)]


def dropped_path(call: Call) -> list[Saved]:
    """A number for each sample."""
    drops = any(call.needs) and call.training and call.arguments.get("drop_prob", 0.0) > 0
    return [Saved("mask", elements=call.inputs[0][0])] if drops else []


def bag(call: Call) -> list[Saved]:
    """The indices, where each bag begins and how long it is, where maxima were; but for sums, each index's bag."""
    if not call.trained:
        return []
    bags, mode = call.inputs[0][0], call.arguments.get("mode", "mean")
    found = [bags, bags, call.made if mode == "max" else bags]
    if mode != "sum":
        found.append(None if call.read is None else call.read + 1)
    return [INPUT, *(Saved("indices", elements=each, type="int64") for each in found)]


def of_real_numbers(call: Call) -> list[Saved]:
    """The real numbers that a Fourier transform reads, filled up where it asks for more; of complex ones nothing."""
    if call.types[0] == "complex64" or not any(call.needs):
        return []
    shape, sizes = [*call.inputs[0]], call.arguments.get("s") or [call.arguments.get("n")]
    axes = call.arguments.get("dim")
    if axes is None:
        axes = -1 if call.name.endswith("fft") else range(-2 if call.name.endswith("2") else -len(sizes), 0)
    for axis, size in zip((axes,) if isinstance(axes, int) else axes, sizes, strict=False):
        shape[axis] = size or shape[axis]
    grown = any(size and was and size > was for size, was in zip(shape, call.inputs[0], strict=True))
    return [Saved("part", elements=product(shape), type="float32")] if grown else [INPUT]


OF_REAL = words("fft.fft fft.ifft fft.rfft fft.rfft2 fft.rfftn")
"""Transforms that keep real numbers, which they read as such."""
OF_COMPLEX = words("fft.fft2 fft.ifft2 fft.fftn fft.ifftn")
SPECTRA = frozenset(OF_REAL + OF_COMPLEX)
TO_REAL = words("fft.irfft fft.irfft2 fft.irfftn real imag view_as_real")

FUNCTIONS: Mapping[str, Rule] = {
    name: rule
    for names, rule in (
        (words("sin cos sinh cosh asin acos atan erf erfc erfinv log1p log2 log10 isfinite lgamma"), keeps(INPUT)),
        (words("digamma nan_to_num nansum logit rad2deg"), keeps(INPUT)),
        (words("tan exp2 expm1 reciprocal argsort"), keeps(OUTPUT)),
        (words("cumprod logcumsumexp prod logsumexp CrossMapLRN2d"), keeps(INPUT, OUTPUT)),
        (words("cummax cummin"), keeps(INPUT, INDICES)),
        (words("sort topk max min median mode"), keeps(INDICES)),
        (words("fmod remainder"), lambda call: [INPUT, Saved("input", 1)] if call.needs[1:] == (True,) else []),
        (words("fmax fmin atan2 gather grid_sample maximum minimum"), both_read),
        (("cdist",), lambda call: [*both_read(call), OUTPUT] if any(call.needs) else []),
        (("copysign",), lambda call: [*([INPUT] if call.needs[0] else []), OUTPUT] if any(call.needs) else []),
        (("hypot",), hypotenuse),
        (("where",), lambda call: [INPUT] if any(call.needs[1:]) else []),
        (("pow",), power),
        (("index",), lambda call: both_read(call)[1:]),
        (("addcmul",), lambda call: [Saved("input", number) for number in (1, 2) if call.needs[3 - number]]),
        (
            (*over_axes("MaxUnpool", "max_unpool"), "masked_fill"),
            lambda call: [Saved("input", 1)] if call.needs[0] else [],
        ),
        (("index_select",), chosen),
        (("nanmean",), with_input(lambda call: [Saved("part", elements=call.made, type="int64")])),
        (("gumbel_softmax",), gumbel),
        (("CosineSimilarity", "cosine_similarity"), cosine),
        (("PairwiseDistance", "pairwise_distance"), distance),
        (words("einsum mul multiply"), product_of_two),
        (("DeformConv2d",), moved_window),
        (words("RoIAlign RoIPool PSRoIAlign PSRoIPool"), regions),
        (("DropBlock2d", "DropBlock3d"), dropped_block),
        (("DropPath",), dropped_path),
        (("Embedding", "embedding"), lambda call: [INPUT] if call.trained else []),
        (("EmbeddingBag", "embedding_bag"), bag),
        (OF_REAL, of_real_numbers),
    )
    for name in names
}

NOTHING = frozenset(
    (
        *words(
            "Identity Flatten flatten Unflatten unflatten Unfold unfold Fold fold Permute permute transpose swapaxes"
        ),
        *words("swapdims reshape view squeeze unsqueeze narrow chunk split tile repeat repeat_interleave flip roll"),
        *words("stack cat concat concatenate select unbind movedim moveaxis expand broadcast_to triu tril contiguous"),
        *words("PixelShuffle PixelUnshuffle ChannelShuffle pixel_shuffle pixel_unshuffle channel_shuffle one_hot"),
        *words("UpsamplingNearest2d UpsamplingBilinear2d mean sum add sub subtract rsub neg positive lerp cumsum"),
        *words("floor ceil round trunc frac sign isnan isinf logical_not eq ne lt le gt ge logical_and"),
        *words("logical_or logical_xor"),
        *words("floor_divide argmax argmin all any count_nonzero bitwise_not bitwise_and bitwise_or bitwise_xor"),
        *words("affine_grid Parameter"),
        *OF_COMPLEX,
        *TO_REAL,
        *words("view_as_complex fft.fftshift fft.ifftshift"),
        *words("to type type_as float double half bfloat16 long int short bool"),
        *over_axes("ZeroPad", "ConstantPad", "CircularPad"),
    )
)
"""What keeps nothing: views, sums, exchanges of elements, and what has no gradient."""
