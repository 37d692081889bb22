"""The answer about one layer as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnshape.arithmetic.sizes import Dim
from cnnshape.arithmetic.windows import Padding
from cnnshape.reports.units import by_x, grouped

if TYPE_CHECKING:
    from cnnshape.studies.single_layer import Answer

BORDERS = {1: ("element",), 2: ("row", "column"), 3: ("slice", "row", "column")}
"""What is left over along each spatial axis, by the number of spatial axes."""


def render(answer: Answer) -> str:
    """The spatial size alone where only that was asked, else one line for each number."""
    if answer.input.written == "spatial":
        return by_x(answer.output_shape if len(set(answer.output_shape)) > 1 else answer.output_shape[:1])
    return aligned(facts(answer))


def facts(answer: Answer) -> list[tuple[str, str]]:
    """Every number that the layer has, with its label."""
    result = answer.result
    lines = [
        ("output", by_x(answer.output_shape)),
        ("params", grouped(result.params)),
        ("MACs", grouped(result.macs)),
        ("FLOPs", grouped(result.flops)),
    ]
    if answer.receptive_field:
        lines.append(("receptive field", by_x(answer.receptive_field)))
    if pads := pads_text(result.padding):
        lines.append((answer.padding_means, pads))
    unread = never_read(result.leftover)
    if unread:
        lines.append(("leftover", unread))
    return lines


def pads_text(padding: Sequence[Padding | None] | None) -> str:
    """``1:1x0:1``: low and high per axis; empty where nothing is padded."""
    if all(each == (0, 0) for each in padding or ()):
        return ""
    return "x".join("?" if each is None else f"{each[0]}:{each[1]}" for each in padding or ())


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Labels and values in two columns."""
    column = max(len(label) for label, _ in lines) + 2
    return "\n".join(f"{label:<{column}}{value}" for label, value in lines)


def never_read(leftover: Sequence[Dim] | None) -> str:
    """``1 row and 1 column at the end are never read``; empty where everything is read."""
    if not leftover:
        return ""
    counts = [
        f"{count} {border}{'s' * (count > 1)}"
        for count, border in zip(leftover, BORDERS[len(leftover)], strict=True)
        if count
    ]
    total = sum(count or 0 for count in leftover)
    listed = " and ".join(counts) if len(counts) < 3 else f"{', '.join(counts[:-1])} and {counts[-1]}"
    return f"{listed} at the end {'is' if total == 1 else 'are'} never read" if counts else ""
