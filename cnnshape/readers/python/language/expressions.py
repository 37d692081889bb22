"""Expressions to values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from cnnshape.readers.python.language.formatting import as_text, formatted
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import binary, call, contains, get_attribute, get_item
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.syntax import stored_in, walk
from cnnshape.readers.python.language.values import BINARY, COMPARISONS, MISSING, UNARY, Opaque, Stop, Value, changing
from cnnshape.readers.python.noting.traced import is_number, plain


def evaluate(m: Machine, node: ast.expr, scope: Scope) -> Value:
    """The value of an expression."""
    return EXPRESSIONS[type(node)](m, node, scope)


def name(m: Machine, node: ast.Name, scope: Scope) -> Value:
    value = scope.get(node.id)
    if value is MISSING:
        value = m.builtins.get(node.id, MISSING)
        if value is MISSING:
            raise NameError(f"name {node.id!r} is not defined")
    return value


def sliced(m: Machine, node: ast.Slice, scope: Scope) -> Value:
    return slice(*(each and evaluate(m, each, scope) for each in (node.lower, node.upper, node.step)))


def called(m: Machine, node: ast.Call, scope: Scope) -> Value:
    """A call; ``super()`` takes the method that runs."""
    m.step()
    frame = m.stack[-1]
    frame[1] = node
    function = node.func
    if isinstance(function, ast.Name) and function.id in SCOPED and not (function.id == "vars" and node.args):
        return SCOPED[function.id](m, node, scope)
    target = evaluate(m, function, scope)
    positional = elements(m, node.args, scope)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(m, keyword.value, scope)
        for key, each in ((keyword.arg, value),) if keyword.arg is not None else pairs(value):
            if key in keywords:
                raise TypeError(f"got multiple values for keyword argument {key!r}")
            keywords[key] = each
    frame[1] = node
    return call(m, target, positional, keywords)


def pairs(value: Value) -> Any:
    """What ``**value`` brings."""
    if isinstance(value, Opaque):
        value.refuse()
    return dict(value).items()


def names_of_file(m: Machine, node: ast.Call, scope: Scope) -> Value:
    from cnnshape.readers.python.language.importing import FileNames  # it reads attributes

    return FileNames(scope.module)


def read_text(m: Machine, node: ast.Call, scope: Scope) -> Value:
    """``eval`` of a text: the expression in it, read as if it stood there."""
    statements = statements_of(m, node, scope)
    only = statements[0] if len(statements) == 1 else None
    return evaluate(m, only.value, scope) if isinstance(only, ast.Expr) else m.opaque("the result of `eval(...)`")


def follow_text(m: Machine, node: ast.Call, scope: Scope) -> Value:
    """``exec`` of a text that calls something or sets attributes: read as if it stood there."""
    from cnnshape.readers.python.language.statements import execute  # it reads expressions

    statements = statements_of(m, node, scope)
    if any(True for each in statements for _ in stored_in(each)):
        raise changing("`exec` of a text that gives names values is not read")
    if not statements or not all(isinstance(each, ast.Expr | ast.Assign) for each in statements):
        return m.opaque("the result of `exec(...)`")
    for each in statements:
        execute(m, each, scope)
    return None


def statements_of(m: Machine, node: ast.Call, scope: Scope) -> list[ast.stmt]:
    """The statements in the text that a function is called with alone; none where it is not known, or not Python."""
    given = elements(m, node.args, scope)
    if len(given) != 1 or not isinstance(given[0], str) or len(given[0]) > LONGEST_TEXT:
        return []
    try:
        tree = ast.parse(given[0].strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    for each in walk(tree):
        m.step()
        ast.copy_location(each, node)
    return tree.body


LONGEST_TEXT = 1000
"""Characters of a text that is read as code."""


SCOPED: dict[str, Callable[[Machine, ast.Call, Scope], Value]] = {
    "super": lambda m, node, scope: super(*(elements(m, node.args, scope) or scope.method())),
    "locals": lambda m, node, scope: dict(scope.names),
    "vars": lambda m, node, scope: dict(scope.names),
    "globals": names_of_file,
    "eval": read_text,
    "exec": follow_text,
}
"""Functions that know the scope they are called in."""


def elements(m: Machine, nodes: list[ast.expr], scope: Scope) -> list[Value]:
    """The values of a list or tuple, with what stars bring."""
    m.cell(len(nodes))
    result: list[Value] = []
    for each in nodes:
        if isinstance(each, ast.Starred):
            result.extend(m.listed(evaluate(m, each.value, scope)))
        else:
            result.append(evaluate(m, each, scope))
    return result


def dict_(m: Machine, node: ast.Dict, scope: Scope) -> Value:
    m.cell(len(node.values))
    result: dict[Value, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            result.update(pairs(evaluate(m, value, scope)))
        else:
            result[m.unfold(evaluate(m, key, scope))] = evaluate(m, value, scope)
    return result


def boolean(m: Machine, node: ast.BoolOp, scope: Scope) -> Value:
    """``and`` and ``or``, which stop where the answer is known."""
    stops = isinstance(node.op, ast.Or)
    for each in node.values[:-1]:
        value = evaluate(m, each, scope)
        if bool(value) is stops:
            return value
    return evaluate(m, node.values[-1], scope)


def inverted(m: Machine, node: ast.UnaryOp, scope: Scope) -> Value:
    value = evaluate(m, node.operand, scope)
    return negate(value) if isinstance(node.op, ast.Not) else UNARY[type(node.op)](value)


def negate(value: Value) -> Value:
    """``not value``; of something unknown it is unknown."""
    return value if isinstance(value, Opaque) else not value


def computed(m: Machine, node: ast.BinOp, scope: Scope) -> Value:
    left = evaluate(m, node.left, scope)
    right = evaluate(m, node.right, scope)
    m.stack[-1][1] = node
    return binary(m, BINARY[type(node.op)], left, right)


def compare(m: Machine, kind: type[ast.cmpop], left: Value, right: Value) -> Value:
    """``left OP right`` of a comparison; of something unknown it is unknown."""
    if kind in COMPARISONS:
        m.unfold(left)
        m.unfold(right)
        return COMPARISONS[kind](left, right)
    if kind in (ast.In, ast.NotIn):
        found = contains(m, right, left)
        return found if kind is ast.In else negate(found)
    for value in (left, right):
        if isinstance(value, Opaque):
            return value
    if is_number(left) and is_number(right):
        left, right = plain(left), plain(right)
    m.unfold(left)
    same = left is right or (isinstance(left, str | int | tuple) and type(left) is type(right) and left == right)
    return same is (kind is ast.Is)


def compared(m: Machine, node: ast.Compare, scope: Scope) -> Value:
    left = evaluate(m, node.left, scope)
    result: Value = True
    for operator, each in zip(node.ops, node.comparators, strict=True):
        right = evaluate(m, each, scope)
        result = compare(m, type(operator), left, right)
        if len(node.ops) > 1 and not result:
            return result
        left = right
    return result


def make_function(m: Machine, node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Function:
    """A function that closes over the names of `scope`; its defaults are evaluated now."""
    arguments = node.args
    scope.mention(node)
    made = Function(
        getattr(node, "name", "<lambda>"),
        node,
        scope.visible(),
        [evaluate(m, each, scope) for each in arguments.defaults],
        {
            argument.arg: evaluate(m, default, scope)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        },
    )
    if scope.defined is not None:
        scope.defined.append(made)
    return made


def comprehended(m: Machine, node: Any, scope: Scope) -> Iterator[Scope]:
    """The scope of a comprehension, once a turn."""
    return turns(m, node.generators, scope, Scope(scope))


def turns(m: Machine, generators: list[ast.comprehension], scope: Scope, inner: Scope) -> Iterator[Scope]:
    """The turns of one loop of a comprehension, and of those within it."""
    from cnnshape.readers.python.language.statements import assign  # they evaluate expressions

    first, *rest = generators
    for value in evaluate(m, first.iter, scope):
        m.step()
        assign(m, first.target, value, inner)
        if not all(evaluate(m, test, inner) for test in first.ifs):
            continue
        if rest:
            yield from turns(m, rest, inner, inner)
        else:
            m.cell()
            yield inner


def generator(m: Machine, node: ast.GeneratorExp, scope: Scope) -> Value:
    scope.mention(node)
    first = node.generators[0]
    begun = ast.comprehension(first.target, ast.Constant(evaluate(m, first.iter, scope)), first.ifs, first.is_async)
    return (evaluate(m, node.elt, inner) for inner in turns(m, [begun, *node.generators[1:]], scope, Scope(scope)))


def conditional(m: Machine, node: ast.IfExp, scope: Scope) -> Value:
    """``a if test else b``; where the condition is not known, the value of both, if they agree."""
    try:
        chosen = node.body if evaluate(m, node.test, scope) else node.orelse
    except Stop as stop:
        if stop.code != "CS604":
            raise
        from cnnshape.readers.python.language.conditions import followed  # seldom

        ways = [lambda each=each: evaluate(m, each, scope) for each in (node.body, node.orelse)]
        return followed(m, scope, ways, stop, node.test)
    return evaluate(m, chosen, scope)


def joined(m: Machine, node: ast.JoinedStr, scope: Scope) -> Value:
    parts = [evaluate(m, each, scope) for each in node.values]
    unknown = next((each for each in parts if isinstance(each, Opaque)), None)
    return unknown if unknown is not None else m.charge("".join(parts))


def formatted_value(m: Machine, node: ast.FormattedValue, scope: Scope) -> Value:
    value = evaluate(m, node.value, scope)
    if node.conversion != -1 and not isinstance(value, Opaque):
        value = as_text(value, quoted=chr(node.conversion) in "ra")
    return formatted(value, evaluate(m, node.format_spec, scope) if node.format_spec else "")


def walrus(m: Machine, node: ast.NamedExpr, scope: Scope) -> Value:
    value = evaluate(m, node.value, scope)
    scope.set(node.target.id, value)
    return value


def unread(m: Machine, node: ast.expr, scope: Scope) -> Value:
    """A ``yield`` in the midst of an expression."""
    raise Stop("CS601", "a `yield` is read as a statement, or as all that a name is given")


EXPRESSIONS: dict[type[ast.expr], Callable[[Machine, Any, Scope], Value]] = {
    ast.Attribute: lambda m, node, scope: get_attribute(evaluate(m, node.value, scope), node.attr),
    ast.Await: lambda m, node, scope: evaluate(m, node.value, scope),
    ast.BinOp: computed,
    ast.BoolOp: boolean,
    ast.Call: called,
    ast.Compare: compared,
    ast.Constant: lambda m, node, scope: node.value,
    ast.Dict: dict_,
    ast.DictComp: lambda m, node, scope: {
        m.unfold(evaluate(m, node.key, inner)): evaluate(m, node.value, inner) for inner in comprehended(m, node, scope)
    },
    ast.FormattedValue: formatted_value,
    ast.GeneratorExp: generator,
    ast.IfExp: conditional,
    ast.JoinedStr: joined,
    ast.Lambda: lambda m, node, scope: make_function(m, node, scope),
    ast.List: lambda m, node, scope: elements(m, node.elts, scope),
    ast.ListComp: lambda m, node, scope: [evaluate(m, node.elt, inner) for inner in comprehended(m, node, scope)],
    ast.Name: name,
    ast.NamedExpr: walrus,
    ast.Set: lambda m, node, scope: set(m.unfold(elements(m, node.elts, scope))),
    ast.SetComp: lambda m, node, scope: {
        m.unfold(evaluate(m, node.elt, inner)) for inner in comprehended(m, node, scope)
    },
    ast.Slice: sliced,
    ast.Starred: lambda m, node, scope: tuple(m.listed(evaluate(m, node.value, scope))),
    ast.Subscript: lambda m, node, scope: get_item(m, evaluate(m, node.value, scope), evaluate(m, node.slice, scope)),
    ast.Tuple: lambda m, node, scope: tuple(elements(m, node.elts, scope)),
    ast.UnaryOp: inverted,
    **dict.fromkeys((ast.Yield, ast.YieldFrom), unread),
}
