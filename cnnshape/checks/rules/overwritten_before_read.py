"""CS519: a tensor that is overwritten in place before somebody else reads it."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, by_no_size
from cnnshape.network.plan import Row


class Memory:
    """Memory that tensors share.

    Attributes:
        overwrites: the rows that worked in place on it, by their numbers, but for those of which is known who reads
            behind them what they overwrote.
        made: the last row that had worked in place on it when a tensor of it was made, by its number; else -1.
    """

    def __init__(self) -> None:
        self.overwrites: list[int] = []
        self.made: dict[str, int] = {}

    def overwritten(self, name: str) -> list[int]:
        """The rows that overwrote a tensor which is read now, each once."""
        made, found = self.made.setdefault(name, -1), []
        while self.overwrites and self.overwrites[-1] > made:
            found.append(self.overwrites.pop())
        return found


@by_no_size
def check(view: AdviceView) -> Iterator[Advice]:
    """A row works in place on memory that a row below it reads, through that tensor or a view of it."""
    memories: dict[str, Memory] = {}
    found: dict[int, tuple[str, Row | None]] = {}
    for number, row in enumerate(view):
        for name in row.inputs:
            for overwritten in memories[name].overwritten(name) if name in memories else ():
                found[overwritten] = name, row
        kind = row.result.memory if row.result else "new"
        if kind == "new":
            continue
        source = row.inputs[0]
        memory = memories.get(source)
        if memory is None:
            memory = memories[source] = Memory()
        if kind == "in_place":
            memory.overwrites.append(number)
        for name in row.output_names:
            memories[name] = memory
            memory.made[name] = number if kind == "in_place" else memory.made.get(source, -1)
    for name in view.plan.outputs:
        for overwritten in memories[name].overwritten(name) if name in memories else ():
            found[overwritten] = name, None
    for number, (name, later) in sorted(found.items(), key=lambda each: each[0]):
        row = view.row(number)
        reader = f"{later.name} reads" if later else "the model returns"
        yield Advice(
            row,
            f"{row.name} overwrites {name} in place, and {reader} it afterwards: what it gets is the output of "
            f"{row.name}",
            f"if the values from before {row.name} are meant, leave out inplace=True",
        )
