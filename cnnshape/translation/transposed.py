"""Transposed convolutions: both frameworks cut from what the windows cover, by rules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from cnnshape.arithmetic.transposed import same_cannot_run
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.translation.answer import Counterpart, Request, Verdict
from cnnshape.translation.calls import Call, call, known, short
from cnnshape.translation.padding import keras, zero_pad
from cnnshape.vocabularies.vocabulary import title

Crops = tuple[Padding, ...]


def transposed(operation: TransposedConvolution, request: Request) -> Counterpart:
    """The layer of the other framework that cuts the same, or as nearly so as it can."""
    if request.other == "pytorch":
        return to_pytorch(operation, request)
    if operation.groups > 1:
        return request.nothing("Keras's transposed convolutions have no groups")
    if max(operation.strides) > 1 and max(operation.dilation or (1,)) > 1:
        return request.nothing("Keras refuses strides above 1 together with a dilation above 1")
    found = nearest(operation, request, in_keras(operation))
    crops = operation.crop()
    if found.verdict == "same" or any(min(pair) < 0 for pair in crops):
        return found
    whole = next(
        (
            each
            for each in in_keras(operation)
            if all(cut == (0, 0) for cut in cut_by(each, request)) and "padding" not in each.keywords
        ),
        None,
    )
    return found._replace(remedy=(whole, keras("Cropping", crops)), reason=CUT["keras"]) if whole else found


def to_pytorch(operation: TransposedConvolution, request: Request) -> Counterpart:
    """Keras's crop by PyTorch's padding, which cuts both ends alike, and output_padding, which adds to the high one."""
    crops, rank = operation.crop(), len(operation.kernel)
    pads = [max(low, high, 0) for low, high in crops]
    exact = all(pad == low for pad, (low, _) in zip(pads, crops, strict=True))
    more = [pad - high if exact else 2 * pad - low - high for pad, (low, high) in zip(pads, crops, strict=True)]
    limits = [max(pair) for pair in zip(operation.strides, operation.dilation or (1,) * rank, strict=True)]

    def layer(padding: Sequence[int], added: Sequence[int]) -> Call:
        return call(
            f"ConvTranspose{rank}d",
            known(request.inputs[0][request.channel_axis]),
            operation.filters,
            short(operation.kernel),
            stride=short(operation.strides, 1),
            padding=short(padding, 0),
            output_padding=short(added, 0),
            groups=short((operation.groups,), 1),
            bias=None if operation.bias else False,
            dilation=short(operation.dilation or (1,), 1),
        )

    if any(extra >= limit for extra, limit in zip(more, limits, strict=True)):
        found = request.nothing("PyTorch has no padding and output_padding that give this size")
    else:
        found = nearest(operation, request, [layer(pads, more)])
    lacking = [max(-high, 0) for _, high in crops]
    cut = tuple((max(low, 0), max(high, 0)) for low, high in crops)
    if found.verdict == "same" or any(more >= limit for more, limit in zip(lacking, limits, strict=True)):
        return found
    if any(low < 0 for low, _ in crops):
        return found
    whole = layer([0] * rank, lacking)
    return found._replace(remedy=(whole, zero_pad(tuple((-low, -high) for low, high in cut))), reason=CUT["pytorch"])


CUT = {
    "keras": "Keras cuts by its own rules: all that the windows cover is made, and the ends are cropped",
    "pytorch": "PyTorch cuts both ends alike: all that the windows cover is made, and the ends are cropped",
}


def in_keras(operation: TransposedConvolution) -> Iterator[Call]:
    """Keras's two rules, with every output_padding that may come nearest: what an axis lacks, the least, the most."""
    most = min(operation.strides) - 1
    cut = [(extent, sum(crop)) for extent, crop in zip(operation.extents(), operation.crop(), strict=True)]
    lacking = {more for extent, total in cut for more in (-total, extent - extent % 2 - total)}
    tried = sorted({0, min(1, most), most, *(min(max(more, 0), most) for more in lacking)})
    for more, rule in product((None, *tried), ("valid", "same")):
        if rule == "same" and any(same_cannot_run(extent, more) for extent in operation.extents()):
            continue
        yield call(
            f"Conv{len(operation.kernel)}DTranspose",
            operation.filters,
            short(operation.kernel),
            strides=short(operation.strides, 1),
            padding="same" if rule == "same" else None,
            output_padding=more,
            dilation_rate=short(operation.dilation or (1,), 1),
            use_bias=None if operation.bias else False,
        )


def nearest(operation: TransposedConvolution, request: Request, layers: Iterable[Call]) -> Counterpart:
    """The first of the layers that comes nearest to the operation; what they cut does not depend on sizes."""
    ours = operation.crop()
    layer, theirs = min(((each, cut_by(each, request)) for each in layers), key=lambda pair: apart(pair[1], ours))
    if theirs == ours:
        return request.answer(layer)
    verdict: Verdict = "other shape" if apart(theirs, ours)[0] else "other values"
    return request.answer(layer, verdict=verdict, note=cut_note(request, theirs, ours))


def cut_by(layer: Call, request: Request) -> Crops:
    """What a layer cuts."""
    operation = layer.operation(request.other, request.unknown)
    return operation.crop() if isinstance(operation, TransposedConvolution) else ()


def apart(theirs: Crops, ours: Crops) -> tuple[int, int]:
    """By how much sizes differ, then places."""
    pairs = list(zip(theirs, ours, strict=True))
    return sum(abs(sum(one) - sum(two)) for one, two in pairs), sum(abs(one[0] - two[0]) for one, two in pairs)


def cut_note(request: Request, theirs: Crops, ours: Crops) -> str:
    """What both cut from all that the windows cover, along the first axis where they differ."""
    differing = (pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1])
    (their_low, their_high), (low, high) = next(differing, (theirs[0], ours[0]))
    return (
        f"of all that the windows cover {title(request.other)} cuts {their_low} before and {their_high} after, "
        f"{title(request.framework)} {low} and {high}"
    )
