"""Explained layers as text and as Markdown, for a terminal, for notes and for lectures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cnnshape.arithmetic.sizes import show
from cnnshape.explanations.steps import Step
from cnnshape.reports.diagnostics.text import no_workflow_command, paint, visible
from cnnshape.reports.explanations.steps import render as render_steps
from cnnshape.reports.markdown import escaped
from cnnshape.reports.plans.markdown import row
from cnnshape.studies.explain import Explanation


def text(explanations: Sequence[Explanation], *, color: bool = False, width: int | None = None) -> str:
    """Every layer under a line with its name, its call and its shapes; notes are wrapped where a `width` is given."""
    return no_workflow_command("\n\n".join("\n\n".join(parts(each, color, width)) for each in explanations))


def parts(explained: Explanation, color: bool, width: int | None) -> Iterator[str]:
    """The heading and the steps."""
    name = paint(visible(explained.name), "bold", color)
    yield f"{name}: {visible(explained.call)}\n{place(explained)}: {shapes(explained)}"
    if explained.all_steps:
        yield render_steps(explained.all_steps, color=color, width=width)


def place(explained: Explanation) -> str:
    """``net.yaml:7``, or the file alone where it has no lines."""
    filename = visible(explained.filename)
    return filename if explained.line is None else f"{filename}:{explained.line}"


def shapes(explained: Explanation) -> str:
    """``(10, 8, 16, 3) -> (10, 3, 7, 5)``."""
    sides = (explained.input_shapes, explained.output_shapes)
    return " -> ".join(", ".join("?" if shape is None else show(shape) for shape in side) for side in sides)


def markdown(explanations: Sequence[Explanation]) -> str:
    """Every layer as a section with a table of its steps; notes stand below the table."""
    return "\n\n".join(section(each) for each in explanations)


def section(explained: Explanation) -> str:
    """One layer."""
    title = f"### {escaped(explained.name)}\n\n{code(explained.call)}: {escaped(shapes(explained))}"
    steps = explained.all_steps
    remarks = [f"- {escaped(step.subject)}: {escaped(step.note)}" for step in steps if step.note]
    blocks = [title]
    if steps:
        head = [row(("about", "formula", "with the numbers", "result")), row(("---",) * 3 + ("---:",))]
        blocks.append("\n".join((*head, *table(steps))))
    if remarks:
        blocks.append("\n".join(remarks))
    return "\n\n".join(blocks)


def table(steps: Sequence[Step]) -> Iterator[str]:
    """One row a step; a subject is named once."""
    for subject, about in groupby(steps, key=lambda step: step.subject):
        for index, step in enumerate(about):
            name = escaped(subject) if index == 0 else ""
            yield row((name, cell(step.formula), cell(step.numbers), escaped(step.result)))


def cell(text: str) -> str:
    """Text as code within a table, where a bar would end the cell."""
    return code(text).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code, with a fence longer than any run of backticks in it; empty where there is none."""
    shown = visible(text)
    longest = max((len(list(run)) for mark, run in groupby(shown) if mark == "`"), default=0)
    fence = "`" * (longest + 1)
    gap = " " if longest else ""
    return f"{fence}{gap}{shown}{gap}{fence}" if shown else ""
