"""What the backends of Keras make of a planned network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnnshape.diagnostics import Diagnostic
from cnnshape.network.plan import Plan, Row

if TYPE_CHECKING:
    from cnnshape.vocabularies.keras.backends import Difference


def differences_of(plan: Plan, rows: Iterable[Row]) -> Iterator[tuple[Row, Difference]]:
    """Where the backends differ, row by row; PyTorch's networks have none."""
    if plan.framework != "keras":
        return
    from cnnshape.vocabularies.keras.backends import differences  # knows operations that few networks have

    for row in rows:
        if row.operation and row.result and row.input_shapes[:1] and (shape := row.input_shapes[0]) is not None:
            for difference in differences(row.operation, shape, row.result):
                yield row, difference


def refused(plan: Plan, backend: str) -> list[Diagnostic]:
    """An error for every row that this backend refuses when it runs (CS316)."""
    return [
        Diagnostic(
            "CS316",
            difference.told(row.type, (backend,)),
            row.filename,
            row.span,
            row.name,
            difference.fix,
            row.used_at,
        )
        for row, difference in differences_of(plan, plan.layers)
        if difference.refuses and backend in difference.backends
    ]
