r"""A plan as a LaTeX table with booktabs: ``\usepackage{booktabs}``, to be set with \input."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import visible
from cnnshape.reports.plans.view import View, body, footer, heading

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def render(plan: Plan, view: View = View()) -> str:  # noqa: B008  # immutable
    """A tabular of the layers, the totals below its last rule."""
    shown = body(plan, view)
    columns = "".join("r" if column.align == "right" else "l" for column in shown.columns)
    lines = [
        f"% {visible(heading(plan))}",
        f"\\begin{{tabular}}{{{columns}}}",
        "\\toprule",
        row([column.title for column in shown.columns]),
        "\\midrule",
        *(row(cells) for cells in shown.cells(view.exact)),
    ]
    totals = footer(plan, view)
    if totals:
        span = f"\\multicolumn{{{len(shown.columns)}}}{{l}}"
        lines += [
            "\\midrule",
            *(f"{span}{{{escaped(label.strip())}: {escaped(value)}}} \\\\" for label, value in totals),
        ]
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"])


def row(cells: Sequence[str]) -> str:
    """One line of the tabular."""
    return f"{' & '.join(escaped(cell) for cell in cells)} \\\\"


def escaped(text: str) -> str:
    """Text from a file, as LaTeX shows it."""
    return "".join(SPECIAL.get(character, character) for character in visible(text))
