"""Names of a file that stand for parts of what others do: what is done to the one is done to the others.

``stage = model.layer4`` and ``for part in (model.layer1, model.layer2)`` name parts of a model.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Iterator

from cnnshape.readers.python.effects import names_in
from cnnshape.readers.python.outline import Deferred
from cnnshape.readers.python.values import words

HANDING = words(
    "parameters named_parameters children named_children modules named_modules get_layer get_submodule values items "
    "get to cuda cpu float half double eval train requires_grad_ apply"
)
"""Methods that hand out parts of their object, or all of it."""
LISTING = words(
    "list tuple sorted reversed enumerate zip dict iter next filter map chain getattr "
    "DataParallel DistributedDataParallel"
)
"""Functions, and classes, that hand out parts of what they are given."""


def parts_of(value: ast.expr, own: Container[str] = ()) -> Iterator[str]:
    """The names of which an expression gives parts; `own` are functions of the file, which may give parts too."""
    if isinstance(value, ast.Name):
        yield value.id
        return
    within: list[ast.expr] = []
    if isinstance(value, ast.Attribute | ast.Subscript | ast.Starred):
        within = [value.value]
    elif isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        if isinstance(value.func, ast.Attribute) and name in HANDING:
            within = [value.func.value]
        elif name in LISTING or name in own:
            within = [*value.args, *[each.value for each in value.keywords]]
    elif isinstance(value, ast.List | ast.Tuple | ast.Set):
        within = value.elts
    elif isinstance(value, ast.Dict):
        within = value.values
    elif isinstance(value, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        within = [value.elt, *[each.iter for each in value.generators]]
    elif isinstance(value, ast.IfExp):
        within = [value.body, value.orelse]
    elif isinstance(value, ast.BinOp):
        within = [value.left, value.right]
    for each in within:
        yield from parts_of(each, own)


def given_in(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that syntax gives a value, with that: an assignment, a loop, a function within a call."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from pairs(target, node.value)
    elif isinstance(node, ast.For | ast.comprehension):
        yield from pairs(node.target, node.iter)
    elif isinstance(node, ast.Call):
        for function in [each for each in node.args if isinstance(each, ast.Lambda)]:
            for argument in function.args.args:
                yield from [(argument.arg, each) for each in node.args if each is not function]


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names with what an assignment gives them."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        matched = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for number, each in enumerate(target.elts):
            yield from pairs(each, value.elts[number] if matched else value)  # type: ignore[attr-defined]  # matched


def altered_by(statement: ast.stmt | Deferred, own: Container[str]) -> set[str]:
    """The names of a file of which a statement alters parts: sets attributes or elements, or whether they train."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | Deferred):
        return set()
    within: dict[str, list[ast.expr]] = defaultdict(list)
    waiting: list[str] = []
    for node in ast.walk(statement):
        for name, value in given_in(node) if node is not statement or not isinstance(node, ast.Assign) else ():
            within[name].append(value)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            waiting += names_in(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "requires_grad_":
            waiting += parts_of(node.func, own)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr") and node.args:
            waiting += parts_of(node.args[0], own)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [part for value in within.get(name, ()) for part in parts_of(value, own)]
    return found
