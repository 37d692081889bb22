"""The input sizes of a network as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.reports.diagnostics.text import paint, visible
from cnnshape.reports.layer import aligned
from cnnshape.reports.units import by_x
from cnnshape.studies.sizes.patterns import pattern
from cnnshape.studies.sizes.study import AxisSizes, Near, Sizes


def render(sizes: Sizes, *, color: bool = False) -> str:
    """The smallest input, which sizes are valid, which leave nothing unread, the output's formula, the wish."""
    limit = sizes.axes[0].limit
    inputs = ", ".join(map(visible, sizes.inputs))
    heading = f"{paint(visible(sizes.name), 'bold', color)}: sizes of {inputs} from 1 to {limit}, one axis at a time"
    return f"{heading}\n{aligned(list(facts(sizes)))}"


def facts(sizes: Sizes) -> Iterator[tuple[str, str]]:
    """Label and value of every line."""
    if sizes.smallest:
        yield "smallest", by_x(sizes.smallest)
    elif all(axis.valid for axis in sizes.axes):
        yield "smallest", f"{by_x([axis.valid[0] for axis in sizes.axes])}, but not all axes at once"
    yield from per_axis("valid", sizes.axes, [described(axis.valid, axis.limit) for axis in sizes.axes])
    yield from per_axis("without leftovers", sizes.axes, [described(axis.clean, axis.limit) for axis in sizes.axes])
    for outputs in zip(*(axis.outputs for axis in sizes.axes), strict=True):
        texts = [output.text or "no simple formula" for output in outputs]
        same = outputs[0].shape is not None and len(set(texts)) == 1  # a shape that is the same along all axes
        yield f"output of {visible(outputs[0].layer)}", ", ".join(texts[:1] if same else texts)
    if sizes.near:
        yield from nearest(sizes.near, sizes.axes[0].limit)


def described(several: Sequence[int], limit: int) -> str:
    """The sizes in words."""
    found = pattern(several, limit)
    return found.text() if found else f"none up to {limit}"


def per_axis(label: str, axes: Sequence[AxisSizes], texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """One line where all axes agree, else one for each."""
    if len(set(texts)) == 1:
        yield label, texts[0]
    else:
        yield from ((f"{label}, {axis.axis}", text) for axis, text in zip(axes, texts, strict=True))


def nearest(near: Sequence[Near], limit: int) -> Iterator[tuple[str, str]]:
    """The sizes around a wish."""
    yield f"nearest to {by_x([each.wish for each in near])}", several([each.nearest for each in near], limit)
    yield "without leftovers", several([each.clean for each in near], limit)
    if any(each.below != each.wish for each in near):
        around = (f"{each.below or 'none'} or {each.above or 'none'}" for each in near)
        yield "below or above", " x ".join(around)


def several(found: Sequence[int | None], limit: int) -> str:
    """One size per axis, ``672x464``; ``none`` along an axis that has none."""
    return "x".join(str(size or "none") for size in found) if any(found) else f"none up to {limit}"
