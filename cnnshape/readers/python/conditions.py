"""Conditions on what is not known: where both branches come to the same, the reading goes on."""

from __future__ import annotations

import ast

from cnnshape.readers.python.expressions import evaluate
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import ModuleScope, Scope, root_of
from cnnshape.readers.python.values import Opaque, Stop, words


def branch(m: Machine, statement: ast.If, scope: Scope) -> list[ast.stmt]:
    """The statements that run. Raises `Stop` (CS604) where that is not known and the branches differ."""
    try:
        return statement.body if evaluate(m, statement.test, scope) else statement.orelse
    except Stop as stop:
        same = agreed(statement) if stop.code == "CS604" else None
        if same is None:
            stop.fix = stop.fix or help_for(statement.test, scope)
            raise
        m.note(
            f"line {statement.lineno} asks for what is not known: the branches differ in what they tell or raise alone"
        )
        return same


def agreed(statement: ast.If) -> list[ast.stmt] | None:
    """What runs either way: nothing where both branches only tell somebody something, the one that does not raise."""
    body, other = statement.body, statement.orelse
    if all(map(is_idle, [*body, *other])):
        return []
    if raises(body):
        return other
    if raises(other) or [*map(ast.dump, body)] == [*map(ast.dump, other)]:
        return body
    return None


def raises(statements: list[ast.stmt]) -> bool:
    """Whether a branch does nothing but raise."""
    return bool(statements) and isinstance(statements[-1], ast.Raise) and all(map(is_idle, statements[:-1]))


def is_idle(statement: ast.stmt) -> bool:
    """Whether a statement only tells somebody something."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    told = statement.value
    return isinstance(told, ast.Constant) or (isinstance(told, ast.Call) and root_of(told.func) in TELLERS)


TELLERS = words("print warnings warn logging logger log LOGGER LOG _logger _log tqdm")
"""Names of what tells somebody something."""


def help_for(test: ast.expr, scope: Scope) -> str | None:
    """How the condition can be made known: a name of the file is set, an argument given."""
    for node in ast.walk(test):
        if isinstance(node, ast.Name) and isinstance(scope.get(node.id), Opaque):
            at_file = isinstance(scope, ModuleScope) or node.id in scope.module.names
            return f"set it, --set {node.id}=..." if at_file else f"give it as an argument, or --assume {node.id}=..."
    return None
