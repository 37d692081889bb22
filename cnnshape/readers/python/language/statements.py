"""Statements, run for what they bind. Each answers how it ends: None, or why the block around it ends too."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnshape.readers.python.assuming import assumed
from cnnshape.readers.python.language.classes import build_class, is_instance
from cnnshape.readers.python.language.expressions import evaluate, make_function
from cnnshape.readers.python.language.guard import binary, call, get_attribute, get_item, set_attribute, set_item
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.matching import case, gathered
from cnnshape.readers.python.language.scopes import ModuleScope, Scope, declare
from cnnshape.readers.python.language.syntax import walk
from cnnshape.readers.python.language.values import IN_PLACE, MISSING, Opaque, Parameter, Stop, Symbol, Value
from cnnshape.value import NamedTuple


class Return(NamedTuple):
    """``return``, with its value."""

    value: Value


BREAK = object()
CONTINUE = object()
Ending = Any
"""None, `BREAK`, `CONTINUE` or a `Return`; a `Stop` where a condition is not known."""


def execute(m: Machine, statement: ast.stmt, scope: Scope) -> Ending:
    """Run a statement."""
    m.step()
    m.stack[-1][1] = statement
    run = STATEMENTS.get(type(statement))
    if run is None:
        raise Stop("CS601", f"`{type(statement).__name__}` statements are not read")
    return run(m, statement, scope)


def run_block(m: Machine, statements: Sequence[ast.stmt], scope: Scope) -> Ending:
    """Run statements until one of them ends the block."""
    for number, statement in enumerate(statements):
        ending = execute(m, statement, scope)
        if isinstance(ending, Stop):  # of a condition that is not known, or of what a loop goes through
            from cnnshape.readers.python.language.conditions import undecided  # seldom

            ending, finished = undecided(m, statements, number, scope, ending, run_block)
            if finished:
                return ending
        if ending is not None:
            return ending
    return None


def expression(m: Machine, statement: ast.Expr, scope: Scope) -> Ending:
    if not isinstance(statement.value, ast.Constant):
        evaluate(m, statement.value, scope)


def assignment(m: Machine, statement: ast.Assign, scope: Scope) -> Ending:
    depth = len(m.stack)
    try:
        value = evaluate(m, statement.value, scope)
    except Stop as stop:
        if stop.code != "CS604" or stop.changes or not isinstance(scope, ModuleScope) or scope.user:
            raise
        del m.stack[depth:]
        value = m.opaque(f"`{ast.unparse(statement.targets[0])}`")
    for target in statement.targets:
        assign(m, target, value, scope)


def annotated(m: Machine, statement: ast.AnnAssign, scope: Scope) -> Ending:
    if statement.value is not None:
        assign(m, statement.target, evaluate(m, statement.value, scope), scope)
    if scope.defined is not None and isinstance(statement.target, ast.Name):
        fields = scope.names.setdefault("__annotations__", {})
        fields[statement.target.id] = ast.unparse(statement.annotation)


def assign(m: Machine, target: ast.expr, value: Value, scope: Scope) -> None:
    """Bind a value to a name, an attribute, an element, or its parts to several."""
    if isinstance(value, Opaque) and isinstance(target, ast.Name | ast.Attribute):
        value = assumed(m, target.id if isinstance(target, ast.Name) else target.attr, value)
    if isinstance(target, ast.Name):
        scope.set(target.id, value)
    elif isinstance(target, ast.Attribute):
        set_attribute(evaluate(m, target.value, scope), target.attr, value)
    elif isinstance(target, ast.Subscript):
        set_item(m, evaluate(m, target.value, scope), evaluate(m, target.slice, scope), value)
    elif isinstance(target, ast.Tuple | ast.List):
        unpack(m, target.elts, value, scope)
    elif isinstance(target, ast.Starred):
        assign(m, target.value, value, scope)


def unpack(m: Machine, targets: list[ast.expr], value: Value, scope: Scope) -> None:
    """``a, *b = value``."""
    if isinstance(value, Opaque):
        for target in targets:
            assign(m, target, value, scope)
        return
    values = gathered(targets, m.listed(value))
    if len(values) != len(targets):
        starred = any(isinstance(each, ast.Starred) for each in targets)
        expected = f"at least {len(targets) - 1}" if starred else str(len(targets))
        what = "not enough values" if len(values) < len(targets) else "too many values"
        raise ValueError(f"{what} to unpack (expected {expected}, got {len(values)})")
    for target, each in zip(targets, values, strict=True):
        assign(m, target, each, scope)


def augmented(m: Machine, statement: ast.AugAssign, scope: Scope) -> Ending:
    """``x += y``: in place where Python's lists and dicts are, else a new value."""
    target = statement.target
    owner: Value = None
    key: Value = None
    if isinstance(target, ast.Name):
        old = evaluate(m, ast.copy_location(ast.Name(target.id, ast.Load()), target), scope)
    else:
        owner = evaluate(m, target.value, scope)
        key = target.attr if isinstance(target, ast.Attribute) else evaluate(m, target.slice, scope)
        old = get_attribute(owner, key) if isinstance(target, ast.Attribute) else get_item(m, owner, key)
    operand = evaluate(m, statement.value, scope)
    m.stack[-1][1] = statement
    new = binary(m, IN_PLACE[type(statement.op)], old, operand)
    if isinstance(old, Parameter) and new.row is None and m.trace.builder.framework == "pytorch":
        new = old  # its values changed
    if isinstance(target, ast.Name):
        scope.set(target.id, new)
    elif isinstance(target, ast.Attribute):
        set_attribute(owner, key, new)
    else:
        set_item(m, owner, key, new)


def branch(m: Machine, statement: ast.If, scope: Scope) -> list[ast.stmt]:
    """The block of an ``if`` that runs."""
    m.stack[-1][1] = statement.test
    return statement.body if evaluate(m, statement.test, scope) else statement.orelse


def conditional(m: Machine, statement: ast.If, scope: Scope) -> Ending:
    """``if``; the `Stop` itself where its condition is not known."""
    try:
        chosen = branch(m, statement, scope)
    except Stop as stop:
        if stop.code != "CS604":
            raise
        return stop
    return run_block(m, chosen, scope)


def loop(m: Machine, statement: ast.For | ast.While, scope: Scope) -> Ending:
    """A loop; the `Stop` itself where nobody knows what it goes through."""
    values = evaluate(m, statement.iter, scope) if isinstance(statement, ast.For) else None
    if isinstance(values, Opaque):
        return values.endless()
    for _ in turns(m, statement, values, scope):
        m.step()
        ending = run_block(m, statement.body, scope)
        if ending is BREAK:
            return None
        if ending is not None and ending is not CONTINUE:
            return ending
    return run_block(m, statement.orelse, scope)


def turns(m: Machine, statement: ast.For | ast.While, values: Value, scope: Scope) -> Iterator[None]:
    """Once for each turn of a loop, its names bound."""
    if isinstance(statement, ast.While):
        while evaluate(m, statement.test, scope):
            yield
    else:
        for value in values:
            assign(m, statement.target, value, scope)
            yield


def returned(m: Machine, statement: ast.Return, scope: Scope) -> Ending:
    return Return(evaluate(m, statement.value, scope) if statement.value else None)


def definition(m: Machine, statement: ast.FunctionDef | ast.ClassDef, scope: Scope) -> Ending:
    made = assumed(m, statement.name, MISSING)
    if made is MISSING:
        if isinstance(statement, ast.ClassDef):
            made = build_class(m, statement, scope, run_block)
        else:
            made = make_function(m, statement, scope)
        made = decorated(m, statement, made, scope)
    scope.set(statement.name, made)


def decorated(m: Machine, statement: ast.FunctionDef | ast.ClassDef, value: Value, scope: Scope) -> Value:
    """What decorators make of a definition. One that is not known is taken to hand it on."""
    for decorator in reversed(statement.decorator_list):
        depth = len(m.stack)
        try:
            made = call(m, evaluate(m, decorator, scope), [value], {})
        except Stop as stop:
            if stop.code != "CS604":
                raise
            del m.stack[depth:]
            made = m.opaque(stop.message)
        if isinstance(made, Opaque | Symbol):
            m.note(f"the decorator of {statement.name} is not known and taken to change nothing of it")
        else:
            value = made
    return value


def imported(m: Machine, statement: ast.Import, scope: Scope) -> Ending:
    for alias in statement.names:
        module = m.importer.module(alias.name)
        require_found(m, statement, module, alias.name)
        if alias.asname:
            for part in alias.name.split(".")[1:]:
                module = get_attribute(module, part)
            scope.set(alias.asname, module)
        else:
            scope.set(alias.name.partition(".")[0], module)


def imported_from(m: Machine, statement: ast.ImportFrom, scope: Scope) -> Ending:
    for alias in statement.names:
        if alias.name == "*":
            if not isinstance(scope, ModuleScope):
                raise Stop("CS601", "`from ... import *` is only read at the top of a file")
            continue
        require_found(m, statement, m.importer.source_of(statement, scope.module), statement.module or "")
        value = assumed(m, f"{statement.module or ''}.{alias.name}", MISSING)
        if value is MISSING:
            value = m.importer.name_from(statement, scope.module, alias.name)
        scope.set(alias.asname or alias.name, value)


def require_found(m: Machine, statement: ast.stmt, module: Value, name: str) -> None:
    """Raise ImportError for a module that nobody has, where the source is prepared for it; else it is unknown."""
    if id(statement) in m.prepared and m.importer.is_absent(module, name):
        raise ModuleNotFoundError(f"No module named {name!r}")


PREPARED = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def is_prepared(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes an import that fails."""
    return handler.type is None or any(
        isinstance(node, ast.Name) and node.id in PREPARED for node in walk(handler.type)
    )


def raised(m: Machine, statement: ast.Raise, scope: Scope) -> Ending:
    if statement.exc is None:
        current = scope.get("__exception__")
        raise current if isinstance(current, Exception) else RuntimeError("No active exception to reraise")
    value = evaluate(m, statement.exc, scope)
    if isinstance(value, type):
        value = call(m, value, [], {})
    if not isinstance(value, Exception):
        raise Stop("CS604", "an exception is raised here that is not known")
    raise value


def tried(m: Machine, statement: ast.Try, scope: Scope) -> Ending:
    """``try``: an exception that the source raises finds its handler; what cannot be read at all finds none."""
    depth = len(m.stack)
    ending: Ending = None
    if any(map(is_prepared, statement.handlers)):
        m.prepared.update(id(each) for each in statement.body if isinstance(each, ast.Import | ast.ImportFrom))
    try:
        try:
            ending = run_block(m, statement.body, scope)
        except Exception as error:
            m.remember(error)
            error.__traceback__ = None  # its frames have tensors, which would outlive their names
            del m.stack[depth:]
            handler = handler_of(m, statement, error, scope)
            if handler is None:
                raise
            ending = run_block(m, handler.body, scope)
        else:
            if ending is None:
                ending = run_block(m, statement.orelse, scope)
    finally:
        last = run_block(m, statement.finalbody, scope)
        if last is not None:
            ending = last
    return ending


def handler_of(m: Machine, statement: ast.Try, error: BaseException, scope: Scope) -> ast.ExceptHandler | None:
    """The handler of an exception, which is bound; None where there is none."""
    for handler in statement.handlers:
        if handler.type is None or is_instance(error, evaluate(m, handler.type, scope)):
            if handler.name:
                scope.set(handler.name, error)
            scope.names["__exception__"] = error
            return handler
    return None


def with_block(m: Machine, statement: ast.With, scope: Scope) -> Ending:
    """``with``: what is entered may bind a name, and is told how it is left."""
    depth = len(m.stack)
    managers = enter(m, statement, scope)
    ending, error = None, None
    try:
        ending = run_block(m, statement.body, scope)
    except Exception as raised_within:
        m.remember(raised_within)
        del m.stack[depth:]
        error = raised_within
    except Stop:
        leave(managers, None)  # what stands below may be read without this statement
        raise
    leave(managers, error)
    return ending


def enter(m: Machine, statement: ast.With, scope: Scope) -> list[Value]:
    """Enter what a ``with`` names: those that are to be left again."""
    entered: list[Value] = []
    for item in statement.items:
        value = manager = evaluate(m, item.context_expr, scope)
        if hasattr(type(manager), "__enter__"):
            value = manager.__enter__()
            entered.append(manager)
        if item.optional_vars is not None:
            assign(m, item.optional_vars, value, scope)
    return entered


def leave(managers: list[Value], error: BaseException | None) -> None:
    """Leave them, the last one first. Raises the exception that none of them takes."""
    for manager in reversed(managers):
        if manager.__exit__(type(error) if error else None, error, None):
            error = None
    if error is not None:
        error.__traceback__ = None  # its frames have tensors, which would outlive their names
        raise error


def asserted(m: Machine, statement: ast.Assert, scope: Scope) -> Ending:
    """``assert``; one about something unknown is taken to hold."""
    value = evaluate(m, statement.test, scope)
    if isinstance(value, Opaque):
        m.note("assertions about values that are not known hold")
    elif not value:
        message = evaluate(m, statement.msg, scope) if statement.msg else ""
        raise AssertionError(message if isinstance(message, str) else "")


def deleted(m: Machine, statement: ast.Delete, scope: Scope) -> Ending:
    for target in statement.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            delattr(evaluate(m, target.value, scope), target.attr)
        elif isinstance(target, ast.Subscript):
            del evaluate(m, target.value, scope)[evaluate(m, target.slice, scope)]


STATEMENTS: dict[type[ast.stmt], Callable[[Machine, Any, Scope], Ending]] = {
    ast.AnnAssign: annotated,
    ast.Assert: asserted,
    ast.Assign: assignment,
    ast.AsyncFunctionDef: definition,
    ast.AugAssign: augmented,
    ast.Break: lambda m, statement, scope: BREAK,
    ast.ClassDef: definition,
    ast.Continue: lambda m, statement, scope: CONTINUE,
    ast.Delete: deleted,
    ast.Expr: expression,
    ast.For: loop,
    ast.FunctionDef: definition,
    ast.Global: lambda m, statement, scope: declare(scope, statement),
    ast.If: conditional,
    ast.Import: imported,
    ast.ImportFrom: imported_from,
    ast.Match: lambda m, statement, scope: run_block(m, case(m, statement, scope), scope),
    ast.Nonlocal: lambda m, statement, scope: declare(scope, statement),
    ast.Pass: lambda m, statement, scope: None,
    ast.Raise: raised,
    ast.Return: returned,
    ast.Try: tried,
    ast.While: loop,
    ast.With: with_block,
}
