"""CS519: a tensor that is overwritten in place before somebody else reads it."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import AdviceView, advice
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.plan import Row


def check(view: AdviceView) -> Iterator[Diagnostic]:
    """A row works in place on memory that a row below it reads, through that tensor or a view of it."""
    for number, row in enumerate(view.rows):
        if row.result is None or row.result.memory != "in_place":
            continue
        overwritten = names_of_memory(view, row)
        later = next((each for each in view.rows[number + 1 :] if not overwritten.isdisjoint(each.inputs)), None)
        returned = next((name for name in view.plan.outputs if name in overwritten), None)
        if later is not None or returned is not None:
            name = next(iter(overwritten.intersection(later.inputs))) if later else returned
            reader = f"{later.name} reads" if later else "the model returns"
            yield advice(
                "CS519",
                row,
                f"{row.name} overwrites {name} in place, and {reader} it afterwards: what it gets is the output of "
                f"{row.name}",
                f"if the values from before {row.name} are meant, leave out inplace=True",
            )


def names_of_memory(view: AdviceView, row: Row) -> set[str]:
    """The tensors that lie in the memory which a row overwrites, apart from what it makes itself."""
    names = {row.inputs[0]}
    for each in reversed(view.rows[: view.rows.index(row)]):
        if each.result and each.result.memory != "new" and not names.isdisjoint(each.output_names):
            names.add(each.inputs[0])
    for each in view.rows:
        shares = each is not row and each.result is not None and each.result.memory == "view"
        if shares and each.inputs[0] in names and row.name not in each.inputs:
            names.update(each.output_names)
    return names
