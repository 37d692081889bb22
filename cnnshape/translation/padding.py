"""Padding and cropping. PyTorch's padding layers crop where an amount is negative; Keras has layers for either."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.padding import Crop, Pad
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call

MODES = {"reflect": "a reflection", "replicate": "the border element", "circular": "the opposite end"}


def padded(operation: Pad, request: Request) -> Counterpart | None:
    """Constant padding of spatial axes."""
    if operation.mode != "constant" and request.framework == "keras":
        return None
    pads = ((0, 0),) * (request.rank - 2 - len(operation.pads)) + operation.pads
    if operation.mode != "constant":
        found = request.nothing(f"Keras has no layer that pads with {MODES[operation.mode]}")
        layer = mirrored(operation.mode, pads) if len(pads) == request.rank - 2 else None
        return found._replace(remedy=(layer,), reason=MIRRORED) if layer else found
    if len(pads) > request.rank - 2 or request.rank not in (3, 4, 5):
        return request.nothing("Keras pads spatial axes only, of which there are 1 to 3")
    if request.other == "pytorch":
        return request.answer(zero_pad(pads))
    if request.argument("value"):
        return request.nothing(f"Keras pads with zeros, not with {request.argument('value')}")
    crops = tuple((max(-low, 0), max(-high, 0)) for low, high in pads)
    added = tuple((max(low, 0), max(high, 0)) for low, high in pads)
    layers = [keras("Cropping", crops)] if any(map(any, crops)) else []
    if any(map(any, added)) or not layers:
        layers.append(keras("ZeroPadding", added))
    return request.answer(*layers)


MIRRORED = "Keras has no such layer: a function pads"


def mirrored(mode: str, pads: Sequence[Padding]) -> Call | None:
    """Keras's function that pads spatial axes with what is there; None where it has none for it.

    The border element once more is also what ``symmetric`` adds, by one.
    """
    if any(amount < 0 for pair in pads for amount in pair):
        return None
    by_one = all(amount <= 1 for pair in pads for amount in pair)
    named = {"reflect": "reflect", "replicate": "symmetric" if by_one else None}.get(mode)
    return call("ops.pad", ((0, 0), *pads, (0, 0)), mode=named) if named else None


def cropped(operation: Crop, request: Request) -> Counterpart:
    """Cropping, which only Keras has: a negative padding in PyTorch."""
    return request.answer(zero_pad(tuple((-low, -high) for low, high in operation.crops)))


def zero_pad(pads: tuple[Padding, ...]) -> Call:
    """PyTorch's layer, whose amounts have the last axis first."""
    flat = tuple(amount for pair in reversed(pads) for amount in pair)
    return call(f"ZeroPad{len(pads)}d", flat[0] if len(set(flat)) == 1 else flat)


def keras(name: str, pads: tuple[Padding, ...]) -> Call:
    """Keras's layer: one number for all ends, one for both ends of each axis, or all."""
    rank = len(pads)
    if len({amount for pair in pads for amount in pair}) == 1:
        return call(f"{name}{rank}D", pads[0][0])
    if rank == 1:
        return call(f"{name}1D", pads[0])
    if all(low == high for low, high in pads):
        return call(f"{name}{rank}D", tuple(low for low, _ in pads))
    return call(f"{name}{rank}D", pads)
