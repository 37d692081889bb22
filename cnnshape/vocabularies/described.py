"""Words of both vocabularies for what neither framework has a layer for."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.arithmetic.quantities import quantity
from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations import described
from cnnshape.operations.operation import Operation
from cnnshape.vocabularies.declaration import Before, Info, optional
from cnnshape.vocabularies.objects import Gathered
from cnnshape.vocabularies.values import at_least


def count(value: Any, info: Info) -> int:
    """A count, also as ``9.6M``."""
    return at_least(0, (isinstance(value, str) and quantity(value)) or value, info)


def shapes(value: Any, info: Info) -> tuple[Shape, ...]:
    """One shape without the batch, or several; an unknown size is null."""
    if not isinstance(value, list | tuple):
        value = (value,)
    several = value if value and all(isinstance(each, list | tuple) for each in value) else (value,)
    return tuple(tuple(None if size is None else at_least(1, size, info) for size in shape) for shape in several)


def sizes(value: Any, info: Info) -> tuple[int, ...]:
    """Sizes of a weight."""
    return tuple(at_least(1, size, info) for size in (value if isinstance(value, list | tuple) else (value,)))


Count = Annotated[int | None, Before(optional(count), int | str | None)]


def Described(  # noqa: N802 - a layer, whose words are the framework's
    type: str,
    output: Annotated[tuple[Shape, ...], Before(shapes, int | list[int | None] | list[list[int | None]])],
    params: Count = None,
    macs: Count = None,
    flops: Count = None,
) -> Operation:
    """A layer that is not known here, as you describe it: what it gives, and what it costs."""
    if flops is None and macs is not None:
        flops = 2 * macs
    return described.Described(output, params, macs, flops)


def Lambda(  # noqa: N802 - a layer, whose words are Keras's
    function: Any,
    output_shape: Annotated[tuple[Shape, ...] | None, Before(optional(shapes), int | list[int | None] | None)] = None,
    mask: Any = None,
    arguments: Any = None,
) -> Operation:
    """Keras's Lambda, whose output is stated: its code is never run, and what it costs is not known."""
    if output_shape is None:
        raise Fault(
            "CS104", f"{LAYER} needs output_shape here: no code of a file is run", fix="state output_shape=[...]"
        )
    return described.Described(output_shape, 0)


def Parameter(shape: Annotated[tuple[int, ...], Before(sizes, int | list[int]), Gathered]) -> Operation:  # noqa: N802
    """A trained weight by itself, to be added to a tensor or multiplied with it."""
    return described.Parameter(shape)
