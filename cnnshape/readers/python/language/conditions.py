"""Conditions on what is not known: both branches are followed, and where they come to the same, the reading goes on."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import show
from cnnshape.readers.python.language.effects import rebound_in
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.reachable import PLAIN
from cnnshape.readers.python.language.scopes import ModuleScope, Scope
from cnnshape.readers.python.language.sharing import altered_by
from cnnshape.readers.python.language.syntax import ASSIGNMENTS, last_name, names_in, root_of, targets_of, walk
from cnnshape.readers.python.language.values import Opaque, Place, Stop, Tensor, Value, words
from cnnshape.readers.python.rows.applying import tensors_in
from cnnshape.readers.python.rows.trace import Row
from cnnshape.value import NamedTuple

FIELDS = ("shape", "row", "output", "parameters", "unknown", "data", "strides")


class Outcome(NamedTuple):
    """What one way comes to: its value, the names that it binds, and the rows that it makes."""

    value: Value
    names: dict[str, Value]
    rows: list[Row]


def followed(m: Machine, scope: Scope, ways: Sequence[Callable[[], Value]], stop: Stop, test: ast.expr) -> Value:
    """Both ways of a condition, each from the same beginning: the value of both. Raises `Stop` where they differ."""
    stop.place = stop.place or Place(scope.module.filename, test)
    trace, names, counts = m.trace, dict(scope.names), dict(m.counts)
    tensors = [(each, [getattr(each, field) for field in FIELDS]) for each in tensors_in(list(names.values()))]
    first, reported, runs = len(trace.rows), len(m.findings), len(trace.runs)
    outcomes: list[Outcome] = []
    for way in ways:
        scope.names.clear()
        scope.names.update(names)
        m.counts = dict(counts)
        del trace.rows[first:], m.findings[reported:], trace.runs[runs:]
        for tensor, kept in tensors:
            for field, value in zip(FIELDS, kept, strict=True):
                setattr(tensor, field, value)
        depth = len(m.stack)
        try:
            value = way()
        except Stop as refusal:
            if refusal.code == "CS606":
                raise
            del m.stack[depth:]
            stop.message += f", and one of its branches cannot be read: {refusal.message}"
            raise stop from None
        outcomes.append(Outcome(value, dict(scope.names), trace.rows[first:]))
    difference = what_differs(*outcomes)
    if difference:
        stop.message += f", and its branches differ: {difference}"
        stop.fix = stop.fix or help_for(test, scope)
        raise stop
    unknown = [each.value for each in outcomes if isinstance(each.value, Opaque)]
    if not unknown:
        m.note(f"line {test.lineno} asks for what is not known: both branches come to the same")
    for name, value in outcomes[0].names.items():
        other = outcomes[1].names.get(name)
        if not alike(value, other):
            scope.names[name] = m.opaque(f"`{name}`, {told(value)} or {told(other)} by line {test.lineno}")
    return (unknown or [outcomes[-1].value])[0]


def what_differs(one: Outcome, other: Outcome) -> str:
    """The first thing in which two ways differ, in words; nothing where they come to the same."""
    for mine, theirs in zip(one.rows, other.rows, strict=False):
        if not same_row(mine, theirs):
            return f"one applies {mine.name} where the other applies {theirs.name}"
    if len(one.rows) != len(other.rows):
        more = max(one.rows, other.rows, key=len)[min(len(one.rows), len(other.rows))]
        return f"only one of them applies {more.name}"
    left, right = (getattr(each.value, "value", each.value) for each in (one, other))
    unknown = isinstance(one.value, Opaque) or isinstance(other.value, Opaque)
    if not unknown and (type(one.value) is not type(other.value) or not alike(left, right)):
        return f"one answers {told(left)}, the other {told(right)}"
    for name in one.names if one.value is None else ():  # else the function is at its end
        before, after = one.names[name], other.names.get(name)
        if (isinstance(before, Tensor) or isinstance(after, Tensor)) and not alike(before, after):
            return f"`{name}` is {told(before)} in one, {told(after)} in the other"
    return ""


def same_row(one: Row, other: Row) -> bool:
    """Whether two rows are the same operation on the same tensors, with the same weights."""
    if (one.layer is None) != (other.layer is None) or one.module is not other.module:
        return False
    layers = (one.layer, other.layer)
    operations = [(each.operation, each.bound.kind) for each in layers if each is not None]
    read = [(each.row, each.output, each.shape) for each in one.tensors]
    return (
        operations[:1] == operations[1:]
        and one.outputs == other.outputs
        and read == [(each.row, each.output, each.shape) for each in other.tensors]
        and [*map(id, one.parameters)] == [*map(id, other.parameters)]
    )


def alike(one: Value, other: Value) -> bool:
    """Whether two values are the same as far as a network goes."""
    if one is other:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        same = (one.shape, one.row, one.output, one.dtype) == (other.shape, other.row, other.output, other.dtype)
        return same and [*map(id, one.parameters)] == [*map(id, other.parameters)]
    if isinstance(one, Opaque | Tensor) or isinstance(other, Opaque | Tensor):
        return isinstance(one, Opaque) and isinstance(other, Opaque)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    layers = [getattr(each, "__dict__", {}).get("_lowered") for each in (one, other)]
    if layers[0] is not None:
        return layers[0] is layers[1]
    return isinstance(one, int | float | str | bytes | frozenset | set) and bool(one == other)


def told(value: Value) -> str:
    """A value in a sentence; None also where there is none."""
    if isinstance(value, Tensor):
        return "a tensor" if value.shape is None else show(value.shape)
    if value is None or isinstance(value, int | float | str):
        return repr(value)[:40]
    return type(value).__name__


# ---------------------------------------------------------------------- statements


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


def may_be_tried(statements: Sequence[ast.stmt]) -> bool:
    """Whether a block binds names and answers alone: what it does can be undone."""
    for statement in statements:
        if isinstance(statement, ASSIGNMENTS):
            plain = (ast.Name, ast.Tuple, ast.List, ast.Starred, ast.Load, ast.Store)
            if not all(isinstance(node, plain) for target in targets_of(statement) for node in walk(target)):
                return False
        elif isinstance(statement, ast.If):
            if not may_be_tried([*statement.body, *statement.orelse]):
                return False
        elif isinstance(statement, ast.For | ast.With):
            if not may_be_tried(statement.body):
                return False
        elif not (isinstance(statement, ast.Return | ast.Raise | ast.Assert | ast.FunctionDef) or is_idle(statement)):
            return False
    return True


def returns(statements: Sequence[ast.stmt]) -> bool:
    """Whether a block may end the function."""
    run = (statement for statement in statements if not isinstance(statement, ast.FunctionDef))
    return any(isinstance(node, ast.Return) for statement in run for node in walk(statement))


def raises(statements: list[ast.stmt]) -> bool:
    """Whether a branch does nothing but raise."""
    return bool(statements) and isinstance(statements[-1], ast.Raise) and all(map(is_idle, statements[:-1]))


def is_idle(statement: ast.stmt) -> bool:
    """Whether a statement only tells somebody something."""
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Expr(ast.Call(function)):
            return root_of(function) in TELLERS
    return False


TELLERS = words("print warnings warn logging logger log LOGGER LOG _logger _log tqdm")
"""Names of what tells somebody something."""


def help_for(test: ast.expr, scope: Scope) -> str | None:
    """How the condition can be made known: a name of the file is set, an argument given, a module's value assumed."""
    nodes = [*walk(test)]
    asked = {id(getattr(node, "value", getattr(node, "func", None))) for node in nodes}
    for node in [each for each in nodes if id(each) not in asked]:
        unknown = scope.get(root_of(node) or "") if isinstance(node, ast.Name | ast.Attribute) else None
        if isinstance(node, ast.Attribute) and isinstance(unknown, Opaque) and unknown.name == root_of(node):
            return f"say what it is, --assume {ast.unparse(node)}=..."
        if isinstance(node, ast.Name) and isinstance(unknown, Opaque):
            at_file = isinstance(scope, ModuleScope) or node.id in scope.module.names
            return f"set it, --set {node.id}=..." if at_file else f"give it as an argument, or --assume {node.id}=..."
    return None


Block = Callable[[Machine, Sequence[ast.stmt], Scope], Any]


def undecided(
    m: Machine, statements: Sequence[ast.stmt], number: int, scope: Scope, stop: Stop, run_block: Block
) -> tuple[Any, bool]:
    """How the statement of that number ends, where nobody knows an ``if``'s condition or what a loop goes through.

    And whether what follows it in its block has run as well. Raises `Stop` (CS604) where branches differ, or do what
    cannot be undone.
    """
    statement: Any = statements[number]
    if isinstance(statement, ast.For):
        pass_by(m, statements[:number], statement, scope, stop)
        return None, False
    same = agreed(statement)
    if same is not None:
        m.note(
            f"line {statement.lineno} asks for what is not known: the branches differ in what they tell or raise alone"
        )
        return run_block(m, same, scope), False
    branches = (statement.body, statement.orelse)
    further = statements[number + 1 :] if any(map(returns, branches)) else ()
    bound = scope.elsewhere or isinstance(scope, ModuleScope)
    tried = [*statement.body, *statement.orelse, *further]
    if bound or not may_be_tried(tried) or any(altered_by(each, scope.module.own) for each in tried):
        stop.fix = stop.fix or help_for(statement.test, scope)
        raise stop
    ways = [lambda way=[*branch, *further]: run_block(m, way, scope) for branch in branches]
    return followed(m, scope, ways, stop, statement.test), bool(further)


# ---------------------------------------------------------------------- loops


def pass_by(m: Machine, before: Sequence[ast.stmt], statement: ast.For, scope: Scope, stop: Stop) -> None:
    """Pass a loop over what is not known that does nothing but sort weights: what it fills is not known after it.

    It may change what is not known anyway, numbers, and what a statement `before` it has just made and nobody else has.
    Raises `Stop` (CS604) of any other loop.
    """
    nodes = [node for each in statement.body for node in walk(each)]
    turned = set(names_in(statement.target))
    bound = {name for each in statement.body for name in rebound_in(each)} - turned
    plain = {name for name, value in scope.names.items() if isinstance(value, Opaque | int | float | str)}
    changed = {name for node in nodes for name in changed_in(node)}
    made = {name for name in changed - turned if is_new(name, before)}
    free = made | (plain - bound) | (set() if stop.changes else turned)  # parts of a network are not
    if (
        isinstance(scope, ModuleScope)
        or not changed <= free
        or not all(is_sorting(node, free | bound | turned) for node in nodes)
    ):
        raise stop
    m.note(f"line {statement.lineno} loops over what is not known: it changes nothing but names of its own")
    for name in turned | bound | changed:
        scope.set(name, m.opaque(f"`{name}`"))


def changed_in(node: ast.AST) -> Iterator[str]:
    """The names whose items syntax sets, to which it adds, or whose methods it calls that no text has."""
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)):
        yield root_of(node.target if isinstance(node, ast.AugAssign) else node) or ""
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr not in PLAIN[str]:
        root = root_of(node.func)
        yield from () if root in PURE else [root or ""]


def is_new(name: str, before: Sequence[ast.stmt]) -> bool:
    """Whether the last statement that has a name makes it: an empty dict, or the weights of a module."""
    last = next((each for each in before[::-1] if any(getattr(node, "id", "") == name for node in walk(each))), None)
    if not isinstance(last, ast.Assign) or [getattr(each, "id", "") for each in last.targets] != [name]:
        return False
    function = getattr(last.value, "func", None)
    made = last_name(function) in ("dict", "OrderedDict", "state_dict")
    return made or (isinstance(last.value, ast.Dict) and not last.value.keys)


def is_sorting(node: ast.AST, own: Container[str]) -> bool:
    """Whether syntax in a loop changes nothing but what these names are, or hold."""
    if isinstance(node, ast.Call):
        root = root_of(node.func) or ""
        return isinstance(node.func, ast.Attribute) or root in PURE or root.endswith(("Error", "Exception"))
    if isinstance(node, ast.Attribute | ast.Name) and not isinstance(node.ctx, ast.Load):
        return isinstance(node, ast.Name) and node.id in own
    return isinstance(node, SORTING if isinstance(node, ast.stmt) else ast.AST) and not isinstance(node, UNSORTED)


SORTING = (
    *(ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.Try),
    *(ast.Continue, ast.Break, ast.Pass, ast.Delete, ast.Raise, ast.Assert),
)
UNSORTED = (ast.Lambda, ast.Yield, ast.YieldFrom, ast.Await)
PURE = TELLERS | words("len str int float isinstance list tuple sorted enumerate zip range any all min max torch")
"""Names of what a loop may call that changes nothing."""
