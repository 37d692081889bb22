"""CS519: a tensor that is overwritten in place before somebody else reads it."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator

from cnnshape.checks.advice_view import AdviceView, advice
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.plan import Row


def check(view: AdviceView) -> Iterator[Diagnostic]:
    """A row works in place on memory that a row below it reads, through that tensor or a view of it."""
    if not any(row.result and row.result.memory == "in_place" for row in view.rows):
        return
    memory = Memory(view)
    for number, row in enumerate(view.rows):
        if row.result is None or row.result.memory != "in_place":
            continue
        overwritten = memory.overwritten_by(row)
        later = memory.first_reader(overwritten, number)
        returned = next((name for name in view.plan.outputs if name in overwritten), None)
        if later is not None or returned is not None:
            name = next(each for each in later.inputs if each in overwritten) if later else returned
            reader = f"{later.name} reads" if later else "the model returns"
            yield advice(
                "CS519",
                row,
                f"{row.name} overwrites {name} in place, and {reader} it afterwards: what it gets is the output of "
                f"{row.name}",
                f"if the values from before {row.name} are meant, leave out inplace=True",
            )


class Memory:
    """Which tensors of a plan lie in one memory, and which rows read them, in the order of the rows."""

    def __init__(self, view: AdviceView) -> None:
        self.rows = view.rows
        self.made_of: dict[str, str] = {}
        self.views: dict[str, list[Row]] = defaultdict(list)
        self.readers: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(view.rows):
            for name in row.inputs:
                self.readers[name].append(number)
            if row.result and row.result.memory != "new":
                self.made_of.update(dict.fromkeys(row.output_names, row.inputs[0]))
            if row.result and row.result.memory == "view":
                self.views[row.inputs[0]].append(row)

    def overwritten_by(self, row: Row) -> dict[str, None]:
        """The tensors that lie in the memory which a row overwrites, apart from what is made of its own output."""
        names = [row.inputs[0]]
        while names[-1] in self.made_of:
            names.append(self.made_of[names[-1]])
        found = dict.fromkeys(names)
        while names:
            for each in self.views.get(names.pop(), ()):
                if each is not row and row.name not in each.inputs:
                    more = [name for name in each.output_names if name not in found]
                    found.update(dict.fromkeys(more))
                    names += more
        return found

    def first_reader(self, names: dict[str, None], number: int) -> Row | None:
        """The first row behind that number that reads one of the tensors."""
        behind = [readers[at] for name in names if (at := bisect(readers := self.readers[name], number)) < len(readers)]
        return self.rows[min(behind)] if behind else None
