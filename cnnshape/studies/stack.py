"""A stack of layers given one by one, as on a command line: positions name the layer and the place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cnnshape.api import examine
from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Position, Source, Span
from cnnshape.network.plan import Plan
from cnnshape.readers.yaml.architecture import read_layers
from cnnshape.value import replace

FILENAME = "<stack>"
BULLET = "- "
_RANK = re.compile(r"\w([123])[dD]\w*\s*\(")


def plan_stack(shape: Sequence[int | None], layers: Sequence[str], **settings: Any) -> Plan:
    """The plan of these layers, one below the other; what is wrong is placed in ``layer 1``, ``layer 2``, ...

    Args:
        shape: one sample; None where a size is unknown.
        settings: further arguments of `cnnshape.plan`.
    """
    texts = [" ".join(layer.split()) for layer in layers]
    sources = {name_of(number): Source(name_of(number), layer) for number, layer in enumerate(texts, 1)}
    try:
        read = read_layers("\n".join(f"{BULLET}{layer}" for layer in texts), shape, FILENAME)
    except ArchitectureError as error:
        raise ArchitectureError(tuple(map(placed, error.diagnostics))) from None
    plan = examine(read, filename=FILENAME, **settings)
    return replace(plan, diagnostics=tuple(map(placed, plan.diagnostics)), sources=sources)


def split_batch(shape: Shape, layers: Sequence[str]) -> tuple[Shape, Dim]:
    """The sample and the batch of a shape: the batch stands first where there is one number more than layers take.

    How many spatial axes they take is in their names (``Conv2D``: 2); 2 where none says it.
    """
    digits = [int(match[1]) for match in map(_RANK.search, layers) if match]
    rank = digits[0] if digits else 2
    return (shape[1:], shape[0]) if len(shape) == rank + 2 else (shape, None)


def name_of(number: int) -> str:
    """How messages name a layer of the stack."""
    return f"layer {number}"


OF_A_FILE = re.compile(r"`(variables|input|inputs|blocks|layers|repeat|for|- include)\b[^`]*`")
"""What only a file has; a help that speaks of it is none here."""
FRAMEWORK = re.compile(r"set `framework: (\w+)`")


def placed(finding: Diagnostic) -> Diagnostic:
    """The finding at its place in the layer's own text, with the help of a command line."""
    fix = FRAMEWORK.sub(r"give `--framework \1`", finding.fix or "")
    finding = replace(finding, fix=None if not fix or OF_A_FILE.search(fix) else fix)
    if finding.span is None or finding.filename != FILENAME:
        return replace(finding, filename="the stack", span=None)
    row = finding.span.start.row
    return replace(finding, filename=name_of(row), span=Span(*(moved(position, row) for position in finding.span)))


def moved(position: Position, row: int) -> Position:
    """A position in the list as one in the layer on its line `row`."""
    beyond = 10_000 if position.row > row else 0  # the end of a line counts as the start of the next one
    return Position(1, max(position.column + beyond - len(BULLET), 1))
