"""The entries of a body, one after the other: layers and blocks, conditions, loops, `let:` and files.

Nothing stops at a fault: the entry's tensor is *failed* (its shape is None), what reads it fails silently, and
everything else goes on, so that one run finds all errors.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.readers.yaml.entries import failing_names
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Body, For, If, Include, Let, Repeat, Statement
from cnnshape.readers.yaml.walk.entries import apply
from cnnshape.readers.yaml.walk.findings import report
from cnnshape.readers.yaml.walk.frames import Frame, Tensors
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.steps import COPIED, TooManyRows, step
from cnnshape.readers.yaml.walk.values import repeat_count, value_of, variable_value


def run_body(run: Run, body: Body, frame: Frame, previous: Tensors) -> Tensors:
    """Run the entries in order; each reads the one before it, and the last is the result."""
    for statement in body:
        if run.work.left < 0:  # that is reported where it happened
            raise TooManyRows
        frame.previous, run.statement = previous, statement
        if type(statement) is not Apply:
            previous = control(run, statement, frame, previous)
        elif frame.watch is None:
            previous = apply(run, statement, frame, previous)
        else:
            previous = frame.watch(statement, frame, {}, partial(apply, run, statement, frame, previous))
    return previous


def control(run: Run, statement: Statement, frame: Frame, previous: Tensors) -> Tensors:
    """Everything that is not a layer. What makes no row costs a step all the same."""
    step(run, frame, statement.span, len(statement.values) if isinstance(statement, Let) else 1)
    try:
        if isinstance(statement, If):
            test = value_of(statement.test, frame, statement.span)
            return run_body(run, statement.then if test else statement.otherwise, frame, previous)
        if isinstance(statement, For):
            return run_for(run, statement, frame, previous)
        if isinstance(statement, Repeat):
            for _ in range(repeat_count(run, statement.count, frame, statement.span)):
                previous = run_round(run, statement, frame, previous, {})
            return previous
        if isinstance(statement, Let):
            for name, expression, span in statement.values:
                frame.values[name] = variable_value(run, frame, expression, span, frame)
            return previous
        if isinstance(statement, Include):
            from cnnshape.readers.yaml.walk.includes import run_include  # which few files do

            work = partial(run_include, run, statement, frame, previous)
            return work() if frame.watch is None else frame.watch(statement, frame, {}, work)
    except (Fault, FailedTensor) as failure:
        report(run, frame, failure, statement.span)
    return frame.fail(failing_names((statement,)))


def run_for(run: Run, statement: For, frame: Frame, previous: Tensors) -> Tensors:
    """A round for each row. Raises `Fault` or `FailedTensor` where there are none."""
    rows = value_of(statement.rows, frame, statement.span)
    if not isinstance(rows, list):
        fix = f"write range({rows})" if isinstance(rows, int) else None
        raise Fault("CS011", f"`in:` has to be a list, got {rows!r}", fix=fix)
    count = len(statement.names)
    for number, row in enumerate(rows):
        if statement.unpack and (not isinstance(row, list) or len(row) != count):
            step(run, frame, statement.span)
            span = statement.row_spans[number] if number < len(statement.row_spans) else statement.span
            several = f"{len(row)} value{'s' * (len(row) != 1)}" if isinstance(row, list) else "one value"
            names = ", ".join(statement.names)
            message = f"row {number + 1} has {several}: {row!r}; `for:` names {count} ({names})"
            report(run, frame, Fault("CS114", message, fix=f"give every row {count} values"), span)
            previous = frame.fail(failing_names(statement.body))
            continue
        values = dict(zip(statement.names, row if statement.unpack else [row], strict=False))
        previous = run_round(run, statement, frame, previous, values)
    return previous


def run_round(run: Run, statement: For | Repeat, frame: Frame, previous: Tensors, values: dict[str, Any]) -> Tensors:
    """One round of a loop, with values of its own."""
    work = partial(run_in_scope, run, statement, frame, previous, values)
    return work() if frame.watch is None else frame.watch(statement, frame, values, work)


def run_in_scope(run: Run, statement: For | Repeat, frame: Frame, previous: Tensors, values: dict[str, Any]) -> Tensors:
    """Run the body of a loop in a scope of its own for names and values."""
    outer = frame.values
    step(run, frame, statement.span, 1 + len(outer) // COPIED)
    frame.values = {**outer, **values}
    frame.layers.append({})
    frame.in_loop += 1
    try:
        return run_body(run, statement.body, frame, previous)
    finally:
        frame.in_loop -= 1
        frame.layers.pop()
        frame.values = outer
