"""What is asked of syntax in many places: the names in it, those it binds, what it calls, a function's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def walk(syntax: ast.AST) -> Iterator[ast.AST]:
    """Syntax and all within it, as by `ast.walk`, in a third of its time."""
    nodes = [syntax]
    for node in nodes:
        yield node
        for value in vars(node).values():
            if isinstance(value, list):
                nodes.extend([each for each in value if isinstance(each, ast.AST)])
            elif isinstance(value, ast.AST):
                nodes.append(value)


def mentioned_in(syntax: ast.AST) -> frozenset[str]:
    """All names in syntax; they are looked for once."""
    kept = vars(syntax)
    if "mentioned" not in kept:
        kept["mentioned"] = frozenset(each.id for each in walk(syntax) if isinstance(each, ast.Name))
    found: frozenset[str] = kept["mentioned"]
    return found


def stored_in(syntax: ast.AST) -> Iterator[ast.Name]:
    """The names in syntax where it gives them a value."""
    return (each for each in walk(syntax) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))


def free_in(syntax: ast.AST) -> frozenset[str]:
    """The names that syntax reads and never binds: another file's, or nobody's."""
    bound = {each.arg for each in walk(syntax) if isinstance(each, ast.arg)}
    return mentioned_in(syntax) - bound - {each.id for each in stored_in(syntax)}


ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)


def targets_of(statement: ast.Assign | ast.AugAssign | ast.AnnAssign) -> list[ast.expr]:
    """What a statement assigns to."""
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def names_in(target: ast.expr) -> Iterator[str]:
    """The names at the root of the targets of an assignment."""
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from names_in(each)
    else:
        root = root_of(target)
        if root:
            yield root


def root_of(node: ast.expr) -> str | None:
    """``a`` of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def last_name(node: ast.AST | None) -> str:
    """``c`` of ``a.b.c``, which is what a call calls; nothing of what has no name."""
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    return name


def order_of(arguments: ast.arguments) -> list[str]:
    """The arguments of a function that may be given by their places."""
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
