"""Calls: arguments to parameters, functions, classes, objects."""

from __future__ import annotations

import ast
from typing import Any

from cnnshape.readers.python.machine import Machine, with_depth
from cnnshape.readers.python.scopes import Scope
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Generated,
    Instance,
    Method,
    Native,
    Opaque,
    Partial,
    Raised,
    Stop,
    Symbol,
    Value,
)


def call(m: Machine, target: Value, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """``target(*positional, **keywords)``."""
    if isinstance(target, Method):
        return call(m, target.function, [target.self, *positional], keywords)
    if isinstance(target, Function):
        return call_function(m, target, positional, keywords)
    if isinstance(target, Native):
        try:
            return target.call(m, *positional, **keywords)
        except TypeError as error:
            if foreign(error):
                raise
            raise m.error("TypeError", str(error).replace("<lambda>", target.name)) from None
    if isinstance(target, Class):
        from cnnshape.readers.python.classes import instantiate

        return instantiate(m, target, positional, keywords)
    if isinstance(target, Partial):
        return call(m, target.function, [*target.positional, *positional], {**target.keywords, **keywords})
    if isinstance(target, Opaque):
        return m.tensors.opaque_call(m, target, positional, keywords)
    if isinstance(target, Instance):
        method = target.cls.find("__call__")
        if method is not None:
            return call(m, method, [target, *positional], keywords)
        if target.cls.unknown is not None:
            return call(m, target.cls.unknown, positional, keywords)
        raise m.error("TypeError", f"{target.cls.name!r} object is not callable")
    if isinstance(target, Descriptor) and target.kind != "property":
        return call(m, target.function, positional, keywords)
    if isinstance(target, Symbol):
        return target
    raise m.error("TypeError", f"{type(target).__name__!r} object is not callable")


def foreign(error: TypeError) -> bool:
    """Whether a TypeError arose within a function of ours, and not where it was called."""
    trace = error.__traceback__
    return trace is not None and trace.tb_next is not None and trace.tb_next.tb_next is not None


def call_function(m: Machine, function: Function, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """Run a function of the source."""
    m.budget.step()
    scope = Scope(function.closure)
    bind_arguments(m, function, positional, keywords, scope.names)
    node = function.node
    if function.owner is not None or positional:
        scope.function, scope.subject = function, positional[0] if positional else None
    if isinstance(node, ast.Lambda):
        from cnnshape.readers.python.expressions import evaluate

        body = node.body
        return with_depth(m, scope.module, body, lambda: evaluate(m, body, scope))
    from cnnshape.readers.python.statements import Return, run_block

    statements = node.body
    if function.generates:
        scope.yielded = []
        with_depth(m, scope.module, node, lambda: run_block(m, statements, scope))
        return Generated(iter(scope.yielded))
    ending = with_depth(m, scope.module, node, lambda: run_block(m, statements, scope))
    return ending.value if isinstance(ending, Return) else None


def bind_arguments(
    m: Machine, function: Function, positional: list[Value], keywords: dict[str, Value], names: dict[str, Value]
) -> None:
    """Put the arguments of a call into the names of the function, by Python's rules."""
    arguments = function.node.args
    order = [*arguments.posonlyargs, *arguments.args]
    for argument, value in zip(order, positional, strict=False):
        names[argument.arg] = value
    if len(positional) > len(order):
        if arguments.vararg is None:
            raise m.error(
                "TypeError",
                f"{function.name}() takes {len(order)} positional arguments but {len(positional)} were given",
            )
        names[arguments.vararg.arg] = tuple(positional[len(order) :])
    elif arguments.vararg is not None:
        names[arguments.vararg.arg] = ()
    rest: dict[str, Value] = {}
    known = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)} if keywords else ()
    for name, value in keywords.items():
        if name not in known:
            rest[name] = value
        elif name in names:
            raise m.error("TypeError", f"{function.name}() got multiple values for argument {name!r}")
        else:
            names[name] = value
    if arguments.kwarg is not None:
        names[arguments.kwarg.arg] = rest
    elif rest:
        raise m.error("TypeError", f"{function.name}() got an unexpected keyword argument {next(iter(rest))!r}")
    first_default = len(order) - len(function.defaults)
    missing = []
    for index, argument in enumerate(order):
        if argument.arg not in names:
            if index >= first_default:
                names[argument.arg] = function.defaults[index - first_default]
            else:
                missing.append(argument.arg)
    for argument in arguments.kwonlyargs:
        if argument.arg not in names:
            if argument.arg in function.keyword_defaults:
                names[argument.arg] = function.keyword_defaults[argument.arg]
            else:
                missing.append(argument.arg)
    if missing:
        listed = ", ".join(repr(name) for name in missing)
        raise m.error("TypeError", f"{function.name}() is missing {len(missing)} required arguments: {listed}")


def call_safely(m: Machine, target: Value, *positional: Value) -> Value:
    """Call, with what cannot be read as something unknown."""
    try:
        return call(m, target, list(positional), {})
    except (Stop, Raised) as error:
        return m.opaque(str(error))


__all__ = ["Any", "call", "call_function", "call_safely"]
