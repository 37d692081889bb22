"""The steps of an explanation as text: each formula, the same with its numbers, and what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cnnshape.explanations.steps import Step
from cnnshape.reports.diagnostics.text import paint, visible_lines


def render(steps: Sequence[Step], *, color: bool = False, width: int | None = None) -> str:
    """All steps, those about one subject below its name; notes are wrapped where a `width` is given."""
    blocks = [
        "\n".join([paint(subject, "bold", color), *(line for step in about for line in lines(step, width))])
        for subject, about in groupby(steps, key=lambda step: step.subject)
    ]
    return "\n\n".join(blocks)


def lines(step: Step, width: int | None) -> Iterator[str]:
    """One step: the formula, a line with numbers where it says more, the result, the note."""
    if step.formula:
        yield f"  {step.formula}"
    if step.numbers and step.numbers != step.result:
        yield f"  {'= ' if step.formula else ''}{step.numbers}"
    if step.result:
        yield f"  = {step.result}" if step.formula or step.numbers else f"  {step.result}"
    for line in visible_lines(step.note) if step.note else ():
        if width:
            from textwrap import wrap  # only a terminal has a width

            yield from (f"    {part}" for part in wrap(line, max(width - 4, 20), break_long_words=False) or [""])
        else:
            yield f"    {line}"
