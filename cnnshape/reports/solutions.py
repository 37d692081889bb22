"""Solutions of an inverse question as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.arithmetic.windows import Padding
from cnnshape.reports.grid import Style, render
from cnnshape.studies.solution import Solution, alone, layer
from cnnshape.vocabularies.vocabulary import title


def table(solutions: Sequence[Solution], style: Style) -> str:
    """The solutions, most conventional first, with what each does at the ends of the axes."""
    transposed = solutions[0].setting.kind == "transposed"
    titles = ("framework", "layer", "cropped" if transposed else "padding", "remarks")
    rows = [
        (
            title(solution.setting.framework),
            layer(solution.setting, len(solution.ends)),
            ends(solution.ends),
            "; ".join(remarks(solution)),
        )
        for solution in solutions
    ]
    return render(titles, rows, ("left",) * 4, style)


def ends(several: Sequence[Padding]) -> str:
    """``1:1`` where all axes agree, else one per axis."""
    texts = [f"{low}:{high}" for low, high in several]
    return texts[0] if len(set(texts)) == 1 else " x ".join(texts)


def remarks(solution: Solution) -> Iterator[str]:
    """What a reader would want to know before using it."""
    if solution.cannot_run:
        yield "TensorFlow refuses it when it runs"
    if not solution.symmetric and solution.setting.kind != "transposed":
        yield "pads one side more"
    if any(solution.leftover):
        counts = " x ".join(map(str, solution.leftover)) if len(set(solution.leftover)) > 1 else solution.leftover[0]
        yield f"{counts} at the end never read"
    if solution.steps_over:
        yield "steps over elements"
    if any(axis.kind == "transposed" and alone(axis.kernel) % alone(axis.stride) for axis in solution.axes):
        yield "windows overlap unevenly"
