"""What a part of a graph says of itself, in the words of the table."""

from __future__ import annotations

from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.graphs.graph import Edge, Part
from cnnshape.reports.plans.columns import COLUMNS, summed
from cnnshape.reports.units import UNKNOWN, by_x, thousands

SIGNS = {"add": "+", "multiply": "×", "mul": "×", "subtract": "−", "sub": "−", "concatenate": "‖", "cat": "‖"}
"""What stands before a merge."""


def title(part: Part) -> str:
    """What it is: ``Conv2D 3x3/2 same, 64``, ``+ Add``, ``input``; of a block its name."""
    if part.line is None:
        return part.kind
    if part.kind == "block":
        return flat(part.name)
    sign = SIGNS.get(part.line.last.type.rpartition(".")[2].lower(), "")
    return flat(f"{sign} {COLUMNS['type'].text(part.line)}".strip())


def subtitle(part: Part) -> str:
    """Its name, or what the block is; and the parameters where there are some."""
    if part.line is None:
        return flat(part.name)
    about = COLUMNS["type"].text(part.line) if part.kind == "block" else part.name
    params = 0 if part.line.failed else summed(part.line, "params")
    return flat(about if params == 0 else f"{about} · {thousands(params)}")


def shape_text(edge: Edge) -> str:
    """The shape of a tensor on its way."""
    return UNKNOWN if edge.shape is None else by_x(edge.shape)


def is_merge(part: Part) -> bool:
    """Whether it brings several tensors together."""
    return part.kind == "layer" and part.line is not None and len(set(part.line.last.inputs)) > 1


def is_dead(part: Part) -> bool:
    """Whether no output depends on it."""
    return bool(part.rows) and not any(row.live for row in part.rows)
