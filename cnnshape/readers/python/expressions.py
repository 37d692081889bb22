"""Expressions to values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from cnnshape.readers.python.attributes import get_attribute
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.formatting import as_text, formatted
from cnnshape.readers.python.iterating import iterate
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.operators import binary, compare, negate, truth, unary
from cnnshape.readers.python.scopes import MISSING, Scope
from cnnshape.readers.python.subscripts import get_item
from cnnshape.readers.python.values import Function, Generated, Opaque, Stop, Value


def evaluate(m: Machine, node: ast.expr, scope: Scope) -> Value:
    """The value of an expression."""
    return EXPRESSIONS[type(node)](m, node, scope)


def constant(m: Machine, node: ast.Constant, scope: Scope) -> Value:
    return node.value


def name(m: Machine, node: ast.Name, scope: Scope) -> Value:
    value = scope.get(node.id)
    if value is MISSING:
        from cnnshape.readers.python.library import BUILTINS

        value = BUILTINS.get(node.id, MISSING)
        if value is MISSING:
            raise m.error("NameError", f"name {node.id!r} is not defined")
    return value


def attribute(m: Machine, node: ast.Attribute, scope: Scope) -> Value:
    return get_attribute(m, evaluate(m, node.value, scope), node.attr)


def subscript(m: Machine, node: ast.Subscript, scope: Scope) -> Value:
    return get_item(m, evaluate(m, node.value, scope), evaluate(m, node.slice, scope))


def sliced(m: Machine, node: ast.Slice, scope: Scope) -> Value:
    return slice(*(each and evaluate(m, each, scope) for each in (node.lower, node.upper, node.step)))


def called(m: Machine, node: ast.Call, scope: Scope) -> Value:
    """A call; ``super()`` takes the method that runs."""
    m.budget.step()
    frame = m.stack[-1]
    frame[1] = node
    function = node.func
    if isinstance(function, ast.Name) and function.id in SCOPED and scope.get(function.id) is MISSING:
        return SCOPED[function.id](m, node, scope)
    target = evaluate(m, function, scope)
    positional: list[Value] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            positional.extend(iterate(m, evaluate(m, each.value, scope)))
        else:
            positional.append(evaluate(m, each, scope))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(m, keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        from cnnshape.readers.python.iterating import mapping

        for key, each in mapping(m, value).items():
            if key in keywords:
                raise m.error("TypeError", f"got multiple values for keyword argument {key!r}")
            keywords[key] = each
    frame[1] = node
    return call(m, target, positional, keywords)


def super_of(m: Machine, node: ast.Call, scope: Scope) -> Value:
    """``super()`` and ``super(Class, self)``."""
    from cnnshape.readers.python.values import Super

    if node.args:
        after, subject = (evaluate(m, each, scope) for each in node.args)
        return Super(after, subject)
    found = scope.method()
    if found is None:
        raise m.error("RuntimeError", "super(): no arguments")
    return Super(*found)


def names_here(m: Machine, node: ast.Call, scope: Scope) -> Value:
    return dict(scope.names)


def names_of_file(m: Machine, node: ast.Call, scope: Scope) -> Value:
    from cnnshape.readers.python.importing import FileNames

    return FileNames(scope.module)


SCOPED: dict[str, Callable[[Machine, ast.Call, Scope], Value]] = {
    "super": super_of,
    "locals": names_here,
    "globals": names_of_file,
    "vars": names_here,
}
"""Functions that know the scope they are called in."""


def elements(m: Machine, nodes: list[ast.expr], scope: Scope) -> list[Value]:
    """The values of a list or tuple, with what stars bring."""
    m.budget.cell(len(nodes))
    result: list[Value] = []
    for each in nodes:
        if isinstance(each, ast.Starred):
            result.extend(iterate(m, evaluate(m, each.value, scope)))
        else:
            result.append(evaluate(m, each, scope))
    return result


def tuple_(m: Machine, node: ast.Tuple, scope: Scope) -> Value:
    return tuple(elements(m, node.elts, scope))


def list_(m: Machine, node: ast.List, scope: Scope) -> Value:
    return elements(m, node.elts, scope)


def set_(m: Machine, node: ast.Set, scope: Scope) -> Value:
    return set(elements(m, node.elts, scope))


def dict_(m: Machine, node: ast.Dict, scope: Scope) -> Value:
    m.budget.cell(len(node.values))
    result: dict[Value, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            from cnnshape.readers.python.iterating import mapping

            result.update(mapping(m, evaluate(m, value, scope)))
        else:
            result[evaluate(m, key, scope)] = evaluate(m, value, scope)
    return result


def boolean(m: Machine, node: ast.BoolOp, scope: Scope) -> Value:
    """``and`` and ``or``, which stop where the answer is known."""
    stops = isinstance(node.op, ast.Or)
    value: Value = None
    for each in node.values[:-1]:
        value = evaluate(m, each, scope)
        if truth(m, value) is stops:
            return value
    return evaluate(m, node.values[-1], scope)


def inverted(m: Machine, node: ast.UnaryOp, scope: Scope) -> Value:
    value = evaluate(m, node.operand, scope)
    return negate(m, value) if isinstance(node.op, ast.Not) else unary(m, type(node.op), value)


def computed(m: Machine, node: ast.BinOp, scope: Scope) -> Value:
    left = evaluate(m, node.left, scope)
    right = evaluate(m, node.right, scope)
    if type(left) is int and type(right) is int:
        quick = QUICK.get(type(node.op))
        if quick:
            return m.budget.integer(quick(left, right))
    m.stack[-1][1] = node
    return binary(m, type(node.op), left, right)


QUICK: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: int.__add__,
    ast.Sub: int.__sub__,
    ast.Mult: int.__mul__,
}


def compared(m: Machine, node: ast.Compare, scope: Scope) -> Value:
    left = evaluate(m, node.left, scope)
    result: Value = True
    for operator, each in zip(node.ops, node.comparators, strict=True):
        right = evaluate(m, each, scope)
        result = compare(m, type(operator), left, right)
        if len(node.ops) > 1 and not truth(m, result):
            return result
        left = right
    return result


def chosen(m: Machine, node: ast.IfExp, scope: Scope) -> Value:
    return evaluate(m, node.body if truth(m, evaluate(m, node.test, scope)) else node.orelse, scope)


def function(m: Machine, node: ast.Lambda, scope: Scope) -> Value:
    return make_function(m, "<lambda>", node, scope)


def make_function(
    m: Machine, name: str, node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope
) -> Function:
    """A function that closes over the names of `scope`; its defaults are evaluated now."""
    arguments = node.args
    defaults = [evaluate(m, each, scope) for each in arguments.defaults]
    keyword_defaults = {
        argument.arg: evaluate(m, default, scope)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    generates = not isinstance(node, ast.Lambda) and any(yields(each) for each in node.body)
    made = Function(name, node, scope.visible(), defaults, keyword_defaults, generates)
    if scope.of_class:
        scope.names.setdefault(DEFINED, []).append(made)
    return made


DEFINED = "__functions__"
"""Where a class body keeps the functions that it defines, decorated ones too, so that they know their class."""


def yields(node: ast.AST) -> bool:
    """Whether a node of a function's body makes it a generator."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return False
    return any(yields(each) for each in ast.iter_child_nodes(node))


def comprehended(m: Machine, node: Any, scope: Scope) -> Iterator[Scope]:
    """The scope of a comprehension, once a turn."""
    inner = Scope(scope)
    inner.function, inner.subject = scope.function, scope.subject

    def turns(depth: int) -> Iterator[Scope]:
        if depth == len(node.generators):
            m.budget.cell()
            yield inner
            return
        from cnnshape.readers.python.statements import assign

        generator = node.generators[depth]
        for value in iterate(m, evaluate(m, generator.iter, inner if depth else scope)):
            m.budget.step()
            assign(m, generator.target, value, inner)
            if all(truth(m, evaluate(m, test, inner)) for test in generator.ifs):
                yield from turns(depth + 1)

    return turns(0)


def list_comprehension(m: Machine, node: ast.ListComp, scope: Scope) -> Value:
    return [evaluate(m, node.elt, inner) for inner in comprehended(m, node, scope)]


def set_comprehension(m: Machine, node: ast.SetComp, scope: Scope) -> Value:
    return {evaluate(m, node.elt, inner) for inner in comprehended(m, node, scope)}


def dict_comprehension(m: Machine, node: ast.DictComp, scope: Scope) -> Value:
    return {evaluate(m, node.key, inner): evaluate(m, node.value, inner) for inner in comprehended(m, node, scope)}


def generator(m: Machine, node: ast.GeneratorExp, scope: Scope) -> Value:
    return Generated(evaluate(m, node.elt, inner) for inner in comprehended(m, node, scope))


def joined(m: Machine, node: ast.JoinedStr, scope: Scope) -> Value:
    parts: list[str] = []
    for each in node.values:
        text = evaluate(m, each, scope)
        if isinstance(text, Opaque):
            return text
        m.budget.cell(len(text))
        parts.append(text)
    return "".join(parts)


def formatted_value(m: Machine, node: ast.FormattedValue, scope: Scope) -> Value:
    value = evaluate(m, node.value, scope)
    if isinstance(value, Opaque):
        return value
    if node.conversion != -1:
        value = as_text(m, value, quoted=chr(node.conversion) in "ra")
    return formatted(m, value, evaluate(m, node.format_spec, scope) if node.format_spec else "")


def walrus(m: Machine, node: ast.NamedExpr, scope: Scope) -> Value:
    value = evaluate(m, node.value, scope)
    scope.set(node.target.id, value)
    return value


def starred(m: Machine, node: ast.Starred, scope: Scope) -> Value:
    return tuple(iterate(m, evaluate(m, node.value, scope)))


def yielded(m: Machine, node: ast.Yield, scope: Scope) -> Value:
    """A generator's body runs as a whole, and what it yields is kept."""
    keeper: Scope | None = scope
    while keeper is not None and keeper.yielded is None:
        keeper = keeper.parent
    if keeper is None or keeper.yielded is None:
        raise Stop("CS601", "`yield` outside a function")
    m.budget.cell()
    keeper.yielded.append(evaluate(m, node.value, scope) if node.value else None)


def yielded_from(m: Machine, node: ast.YieldFrom, scope: Scope) -> Value:
    keeper: Scope | None = scope
    while keeper is not None and keeper.yielded is None:
        keeper = keeper.parent
    if keeper is None or keeper.yielded is None:
        raise Stop("CS601", "`yield` outside a function")
    for value in iterate(m, evaluate(m, node.value, scope)):
        m.budget.cell()
        keeper.yielded.append(value)


def awaited(m: Machine, node: ast.Await, scope: Scope) -> Value:
    return evaluate(m, node.value, scope)


EXPRESSIONS: dict[type[ast.expr], Callable[[Machine, Any, Scope], Value]] = {
    ast.Attribute: attribute,
    ast.Await: awaited,
    ast.BinOp: computed,
    ast.BoolOp: boolean,
    ast.Call: called,
    ast.Compare: compared,
    ast.Constant: constant,
    ast.Dict: dict_,
    ast.DictComp: dict_comprehension,
    ast.FormattedValue: formatted_value,
    ast.GeneratorExp: generator,
    ast.IfExp: chosen,
    ast.JoinedStr: joined,
    ast.Lambda: function,
    ast.List: list_,
    ast.ListComp: list_comprehension,
    ast.Name: name,
    ast.NamedExpr: walrus,
    ast.Set: set_,
    ast.SetComp: set_comprehension,
    ast.Slice: sliced,
    ast.Starred: starred,
    ast.Subscript: subscript,
    ast.Tuple: tuple_,
    ast.UnaryOp: inverted,
    ast.Yield: yielded,
    ast.YieldFrom: yielded_from,
}
