"""How many steps a program takes at least, told before it runs, so that a runaway repetition takes no time.

A step is a row, the use of a block or the round of a loop. The number is a lower bound: what depends on shapes or
variables counts as nothing, of two branches the smaller counts. The walk itself still counts every step.
"""

from __future__ import annotations

from cnnshape.diagnostics import Span
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.program import Apply, Body, For, If, Program, Repeat, Statement


def first_beyond(program: Program, limit: int) -> Span | None:
    """The entry of `layers:` with which the program surely takes more than `limit` steps; None where that is open."""
    if "beyond" not in program.memo:
        program.memo["beyond"] = found_beyond(program, limit)
    found: Span | None = program.memo["beyond"]
    return found


def found_beyond(program: Program, limit: int) -> Span | None:
    """The entry that `first_beyond` tells."""
    counter = _Counter(program, limit)
    steps = 0
    try:
        for statement in program.body:
            steps += counter.statement(statement)
            if steps > limit:
                return statement.span
    except RecursionError:  # blocks within blocks beyond all measure; the walk refuses them by name
        return None
    return None


class _Counter:
    def __init__(self, program: Program, limit: int) -> None:
        self.program = program
        self.limit = limit
        self.blocks: dict[str, int] = {}

    def body(self, body: Body) -> int:
        return min(sum(self.statement(each) for each in body), self.limit + 1)

    def statement(self, statement: Statement) -> int:
        if isinstance(statement, Apply):
            count = 1 if statement.call.repeat is None else whole(statement.call.repeat)
            return min(count * self.callee(statement.call.callee), self.limit + 1)
        if isinstance(statement, If):
            return min(self.body(statement.then), self.body(statement.otherwise))
        if isinstance(statement, Repeat):
            return min(whole(statement.count) * (1 + self.body(statement.body)), self.limit + 1)
        if isinstance(statement, For):
            return min(length(statement.rows) * (1 + self.body(statement.body)), self.limit + 1)
        return 0

    def callee(self, name: str) -> int:
        block = self.program.blocks.get(name)
        if block is None:
            return 1
        if name not in self.blocks:
            self.blocks[name] = 0  # a block that uses itself is refused by the walk
            self.blocks[name] = 1 + self.body(block.body)
        return self.blocks[name]


def whole(expression: Expression) -> int:
    """The value of a constant expression that is a whole number; 0 where it is not known yet."""
    value = expression.evaluate(NOTHING) if expression.constant else 0
    return value if isinstance(value, int) and value > 0 else 0


def length(expression: Expression) -> int:
    """The length of a constant list; 0 where it is not known yet."""
    value = expression.evaluate(NOTHING) if expression.constant else ()
    return len(value) if isinstance(value, list | tuple | range) else 0
