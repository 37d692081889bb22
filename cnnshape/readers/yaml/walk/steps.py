"""How many steps a run may take: a step is a row, the use of a block or the round of a loop.

Every step is counted. How many a program takes at least is told before it runs, so that a runaway repetition takes no
time: what depends on shapes or variables counts as nothing there, of two branches the smaller counts.
"""

from __future__ import annotations

from cnnshape.diagnostics import Fault, Span
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.program import Apply, Body, For, If, Program, Repeat, Statement
from cnnshape.readers.yaml.walk.findings import report
from cnnshape.readers.yaml.walk.frames import Frame
from cnnshape.readers.yaml.walk.run import Run

MOST_STEPS = 40_000
"""Rows of an expanded program, and what brings them about: uses of blocks, rounds of loops, conditions and `let:`.

A plan of that many convolutions takes, as JSON, a third of a gigabyte; the largest of the zoo has a thousand rows."""

COPIED = 64
"""Variables whose values a round of a loop, or a use of a block, takes along for the price of a step."""


class TooManyRows(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """The program takes more than `MOST_STEPS`, or than expressions may cost; the diagnostic is recorded."""


def step(run: Run, frame: Frame, span: Span | None, count: int = 1) -> None:
    """Take so many steps, if they can be taken."""
    run.steps += count
    if run.steps > MOST_STEPS:
        refuse_steps(run, frame, span)


def refuse_steps(run: Run, frame: Frame, span: Span | None) -> None:
    """Report too many steps. Raises `TooManyRows`."""
    message = f"the file expands to more than {MOST_STEPS:,} rows, uses of blocks and rounds of loops"
    report(run, frame, Fault("CS013", message, fix="lower the repetition"), span)
    raise TooManyRows


def first_beyond(program: Program) -> Span | None:
    """The entry of `layers:` with which the program surely takes more than `MOST_STEPS`; None where that is open."""
    if "beyond" not in program.memo:
        program.memo["beyond"] = found_beyond(program, MOST_STEPS)
    found: Span | None = program.memo["beyond"]
    return found


def found_beyond(program: Program, limit: int) -> Span | None:
    """The entry that `first_beyond` tells."""
    of_blocks: dict[str, int] = {}

    def of_body(body: Body) -> int:
        return min(sum(map(of_statement, body)), limit + 1)

    def of_statement(statement: Statement) -> int:
        if isinstance(statement, If):
            return min(of_body(statement.then), of_body(statement.otherwise))
        count = one = 0
        if isinstance(statement, Apply):
            count = 1 if statement.call.repeat is None else whole(statement.call.repeat)
            one = of_callee(statement.call.callee)
        elif isinstance(statement, For | Repeat):
            count = length(statement.rows) if isinstance(statement, For) else whole(statement.count)
            one = 1 + of_body(statement.body)
        return min(count * one, limit + 1)

    def of_callee(name: str) -> int:
        block = program.blocks.get(name)
        if block is not None and name not in of_blocks:
            of_blocks[name] = 0  # a block that uses itself is refused by the walk
            of_blocks[name] = 1 + of_body(block.body)
        return of_blocks.get(name, 1)

    steps = 0
    try:
        for statement in program.body:
            steps += of_statement(statement)
            if steps > limit:
                return statement.span
    except RecursionError:  # blocks within blocks beyond all measure; the walk refuses them by name
        return None
    return None


def whole(expression: Expression) -> int:
    """The value of a constant expression that is a whole number; 0 where it is not known yet."""
    value = expression.evaluate(NOTHING) if expression.constant else 0
    return value if isinstance(value, int) and value > 0 else 0


def length(expression: Expression) -> int:
    """The length of a constant list; 0 where it is not known yet."""
    value = expression.evaluate(NOTHING) if expression.constant else ()
    return len(value) if isinstance(value, list | tuple | range) else 0
