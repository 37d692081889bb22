"""The bodies of generators: they run as far as somebody asks, and stand still where they yield."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Generator, Sequence
from itertools import groupby
from typing import Any

from cnnshape.readers.python.language.expressions import evaluate
from cnnshape.readers.python.language.functions import yields
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.matching import case
from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.statements import (
    BREAK,
    CONTINUE,
    Ending,
    branch,
    enter,
    execute,
    handler_of,
    leave,
    run_block,
    turns,
)
from cnnshape.readers.python.language.values import CURRENT, Opaque, Value

Steps = Generator[Value, Value, Ending]
PASSED = (Exception, GeneratorExit)
"""What the source may handle: what it raises, and that it is closed."""


class OverError(BaseException):
    """The reading is over: nothing of the source runs any more, and nobody is told."""


def body(m: Machine, statements: Sequence[ast.stmt], scope: Scope) -> Generator[Value, Value, Value]:
    """What a generator does."""
    try:
        ending = yield from suspended(m, statements, scope)
    except OverError:
        return None
    scope.leave()
    return ending.value if ending is not None else None


def suspended(m: Machine, statements: Sequence[ast.stmt], scope: Scope) -> Steps:
    """Run statements until one of them ends the block, as `run_block` does, and hand out what they yield."""
    for pausing, block in groupby(statements, pauses):
        for each in block if pausing else [list(block)]:
            if isinstance(each, list):
                ending = run_block(m, each, scope)
            else:
                m.step()
                m.stack[-1][1] = each
                ending = yield from PAUSING.get(type(each), handing)(m, each, scope)
            if ending is not None:
                return ending
    return None


def pauses(statement: ast.stmt) -> bool:
    """Whether a statement yields. It is looked through once."""
    kept = vars(statement)
    if "pauses" not in kept:
        kept["pauses"] = yields(statement)
    return bool(kept["pauses"])


def handing(m: Machine, statement: Any, scope: Scope) -> Steps:
    """A statement whose value is a ``yield``: it goes on with what is sent, or raises what is thrown."""
    given = getattr(statement, "value", None)
    if not isinstance(given, ast.Yield | ast.YieldFrom) or isinstance(statement, ast.AugAssign):
        return execute(m, statement, scope)  # which says that this is not read
    value: Value = evaluate(m, given.value, scope) if given.value else None
    try:
        sent = (yield value) if isinstance(given, ast.Yield) else (yield from value)
    except GeneratorExit:
        if CURRENT.get(None) is not m:
            raise OverError from None
        raise
    going_on = copy.copy(statement)
    going_on.value = ast.copy_location(ast.Constant(sent), given)
    return execute(m, going_on, scope)


def looping(m: Machine, statement: ast.For | ast.While, scope: Scope) -> Steps:
    values = evaluate(m, statement.iter, scope) if isinstance(statement, ast.For) else None
    if isinstance(values, Opaque):
        raise values.endless()
    for _ in turns(m, statement, values, scope):
        m.step()
        ending = yield from suspended(m, statement.body, scope)
        if ending is BREAK:
            return None
        if ending is not None and ending is not CONTINUE:
            return ending
    return (yield from suspended(m, statement.orelse, scope))


def entering(m: Machine, statement: ast.With, scope: Scope) -> Steps:
    managers = enter(m, statement, scope)
    ending, error = None, None
    try:
        ending = yield from suspended(m, statement.body, scope)
    except PASSED as passed:
        error = asked_for(passed)
    leave(managers, error)
    return ending


def trying(m: Machine, statement: ast.Try, scope: Scope) -> Steps:
    ending, error = None, None
    try:
        ending = yield from suspended(m, statement.body, scope)
    except PASSED as passed:
        error = asked_for(passed)
    try:
        handler = None if error is None else handler_of(m, statement, error, scope)
        if handler is not None:
            ending, error = (yield from suspended(m, handler.body, scope)), None
        elif error is None and ending is None:
            ending = yield from suspended(m, statement.orelse, scope)
    except PASSED as passed:
        error = asked_for(passed)
    last = yield from suspended(m, statement.finalbody, scope)
    if last is None and error is not None:
        raise error
    return ending if last is None else last


def asked_for(error: BaseException) -> BaseException:
    """What the source raised: a ``StopIteration`` comes out of Python's own generators as the cause of another."""
    error.__traceback__ = None  # its frames have tensors, which would outlive their names
    return error.__cause__ if isinstance(error.__cause__, StopIteration) else error


PAUSING: dict[type[ast.stmt], Callable[[Machine, Any, Scope], Steps]] = {
    **dict.fromkeys((ast.AnnAssign, ast.Assign, ast.Expr, ast.Return), handing),
    **dict.fromkeys((ast.For, ast.While), looping),
    ast.If: lambda m, statement, scope: suspended(m, branch(m, statement, scope), scope),
    ast.Match: lambda m, statement, scope: suspended(m, case(m, statement, scope), scope),
    ast.Try: trying,
    ast.With: entering,
}
"""How statements run that yield."""
