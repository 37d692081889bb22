"""What a statement of a file binds, changes or reads: names."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping

from cnnshape.readers.python.language.outline import Deferred
from cnnshape.readers.python.language.syntax import (
    ASSIGNMENTS,
    last_name,
    mentioned_in,
    names_in,
    root_of,
    stored_in,
    targets_of,
    walk,
)
from cnnshape.readers.python.language.values import words

Statement = ast.stmt | Deferred

BRANCHING = (ast.For, ast.If, ast.While, ast.With, ast.Try, ast.Match)
"""Statements with others within."""


def read_now(statement: Statement) -> ast.stmt:
    """The syntax of a statement, which may not have been parsed so far."""
    return statement.statement if isinstance(statement, Deferred) else statement


def binds(statement: Statement, name: str) -> bool:
    """Whether a statement gives a name a value of its own."""
    if isinstance(statement, BRANCHING):
        return name in rebound_in(statement)
    targets = targets_of(statement) if isinstance(statement, ASSIGNMENTS) else ()
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def rebound_in(statement: ast.stmt) -> set[str]:
    """The names that statements within one give values of their own: what they stood for is not changed by that."""
    kept = vars(statement)
    if "rebound" not in kept:  # it is looked through once
        counted = {id(node.target) for node in walk(statement) if isinstance(node, ast.AugAssign)}
        kept["rebound"] = {node.id for node in stored_in(statement) if id(node) not in counted}
    found: set[str] = kept["rebound"]
    return found


def read_in(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """By name, the assignments of a file that read it."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            for name in mentioned_in(statement.value):
                found.setdefault(name, []).append(statement)
    return found


def concerned(statement: Statement) -> Iterator[str]:
    """The names that a statement of a file binds or changes; ``*`` for an import of everything."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | Deferred):
        yield statement.name
    elif isinstance(statement, IMPORTS):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ASSIGNMENTS):
        for target in targets_of(statement):
            yield from names_in(target)
    elif isinstance(statement, ast.Delete):  # a name that a file deletes is one that nobody asks it for
        for target in statement.targets:
            yield from () if isinstance(target, ast.Name) else names_in(target)
    elif isinstance(statement, ast.Expr):
        yield from changed_by(statement.value)
        yield from named_within(statement.value)
    elif isinstance(statement, BRANCHING) and not is_main_guard(statement):
        if isinstance(statement, ast.For):
            yield from names_in(statement.target)
            yield from roots_of(statement.iter) if sets_attributes(statement) else ()
        parts = (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
        blocks = [getattr(part, name, ()) for part in parts for name in ("body", "orelse", "finalbody")]
        yield from (name for block in blocks for inner in block for name in concerned(inner) if name != "*")
        yield from named_within(statement)


def named_within(syntax: ast.AST) -> Iterator[str]:
    """The names that syntax gives a value on its way: ``(name := value)``, ``case [name]``, ``with ... as name``."""
    for node in walk(syntax):
        if isinstance(node, ast.NamedExpr):
            yield node.target.id
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.withitem) and node.optional_vars:
            yield from names_in(node.optional_vars)


DATA = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.expr_context)
"""What only puts together what there is."""


def acts(statement: Statement, imported: Container[str]) -> bool:
    """Whether a statement does something to what there is, or may: all but imports and what only names data.

    Data may hold what is imported, which is the same whenever it is asked for.
    """
    if isinstance(statement, ast.Import | ast.ImportFrom | Deferred):
        return False
    if isinstance(statement, ast.Expr | ast.Assign) and all(
        isinstance(each, DATA) or getattr(each, "id", None) in imported for each in walk(statement.value)
    ):
        return any(not isinstance(each, ast.Name) for each in getattr(statement, "targets", ()))
    return not is_main_guard(statement)


def registers(statement: ast.stmt) -> bool:
    """Whether a statement of a file is a call like ``register_block("name", Block)``."""
    match statement:
        case ast.Expr(ast.Call(ast.Name(name), [_, *_])):
            return name.startswith("register") and "deprecat" not in name
    return False


def names_by_text(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that bind names of their file by text: ``setattr(sys.modules[__name__], name, value)``."""
    assigned = (each for each in tree.body if isinstance(each, ast.Assign) and is_own_module(each.value))
    itself = {name for each in assigned for name in concerned(each)}
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.For) and any(binds_by_text(each, itself) for each in walk(statement)):
            yield statement


def binds_by_text(node: ast.AST, itself: Container[str]) -> bool:
    """Whether syntax sets an attribute of the file's own module, by one of its names, or an item of ``globals()``."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "setattr" and node.args:
        return is_own_module(node.args[0]) or getattr(node.args[0], "id", None) in itself
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and root_of(node) == "globals"


def is_own_module(node: ast.expr) -> bool:
    """Whether syntax is ``sys.modules[__name__]``."""
    return isinstance(node, ast.Subscript) and getattr(node.slice, "id", None) == "__name__"


def handed_out(statement: ast.stmt) -> list[ast.stmt]:
    """The statement, or what it imports one by one, where it does nothing but import, be it under a condition.

    Of one that puts something lazy in its file's place that is what it tells type checkers, whoever imports it when.
    """
    if not isinstance(statement, ast.If):
        return list(imports_in([statement])) if isinstance(statement, ast.ImportFrom) else [statement]
    targets = [each for node in statement.orelse if isinstance(node, ast.Assign) for each in node.targets]
    if "TYPE_CHECKING" in ast.unparse(statement.test) and any(map(is_own_module, targets)):
        return list(imports_in(statement.body))
    if len(statement.body) < 2 or not all(isinstance(each, IMPORTS) for each in (*statement.body, *statement.orelse)):
        return [statement]
    made = [ast.If(statement.test, [each], []) for each in statement.body]
    made += [ast.If(statement.test, [], [each]) for each in statement.orelse]
    return [ast.copy_location(each, statement) for each in made]


IMPORTS = (ast.Import, ast.ImportFrom)


def imports_in(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The imports in a block, one for each name; those of handlers stand for what is not installed."""
    for statement in block:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                yield ast.copy_location(ast.ImportFrom(statement.module, [alias], statement.level), statement)
        elif isinstance(statement, ast.Try | ast.If):
            yield from imports_in([*statement.body, *statement.orelse])


DEFINED = (ast.FunctionDef, ast.ClassDef)


def registers_itself(statement: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether a decorator like ``@register_model`` puts a definition into a registry, where others may look it up."""
    nodes = (node for each in statement.decorator_list for node in walk(each))
    return any(last_name(node).startswith("register") for node in nodes)


def texts_in(statement: ast.stmt) -> set[str]:
    """The texts in a statement: names by which it may look something up."""
    constants = (node.value for node in walk(statement) if isinstance(node, ast.Constant))
    return {each for each in constants if isinstance(each, str)}


def registered_by(
    statement: Statement, defined: Mapping[str, ast.FunctionDef | Deferred], assigned: Container[str]
) -> Iterator[str]:
    """The names of a file that its own functions change: registries by decorators, what is ``global`` by a call."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = defined.get(getattr(statement.value.func, "id", ""))
        nodes = walk(read_now(called)) if called else ()
        yield from sorted({name for node in nodes if isinstance(node, ast.Global) for name in node.names})
    for decorator in getattr(statement, "decorator_list", ()):
        root = root_of(decorator) or ""
        if root in assigned:
            yield root
        elif root in defined:
            yield from sorted(changed_within(read_now(defined[root])))


def changed_within(function: ast.stmt) -> set[str]:
    """The names that a function's body changes elements of, or calls methods of."""
    found: set[str | None] = set()
    for node in walk(function):
        match node:
            case ast.Assign(targets):
                found |= {root_of(target) for target in targets if isinstance(target, ast.Subscript)}
            case ast.Expr(ast.Call(ast.Attribute() as method)):
                found.add(root_of(method))
    return {name for name in found if name}


def is_main_guard(statement: ast.stmt) -> bool:
    """``if __name__ == "__main__":``, which a reader of the file does not enter."""
    match statement:
        case ast.If(ast.Compare(ast.Name("__name__"), [ast.Eq()]), _, []):
            return True
    return False


def changed_by(expression: ast.expr) -> Iterator[str]:
    """What an expression on its own may change: the object whose method is called, the arguments of a function."""
    if not isinstance(expression, ast.Call):
        return
    if isinstance(expression.func, ast.Attribute) and expression.func.attr not in HARMLESS:
        yield from names_in(expression.func)
    for argument in (*expression.args, *(each.value for each in expression.keywords)):
        if isinstance(argument, ast.Name | ast.Attribute | ast.Subscript):
            yield from names_in(argument)


HARMLESS = words(
    "train eval fit fit_generator compile summary cuda cpu to zero_grad step backward state_dict load_state_dict save "
    "save_weights load_weights predict evaluate parameters print show plot append_to close write flush"
)
"""Methods that change no shape and no count, or of something that is no model."""


def sets_attributes(statement: ast.stmt) -> bool:
    """Whether a statement sets attributes, as loops do that freeze layers."""
    targets = (each for node in walk(statement) if isinstance(node, ast.Assign) for each in node.targets)
    return any(isinstance(each, ast.Attribute) for each in targets)


def roots_of(node: ast.expr) -> Iterator[str]:
    """The names behind what a loop goes through: ``model`` of ``enumerate(model.layers)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for argument in node.args:
            yield from roots_of(argument)
    else:
        yield from names_in(node)


def only_uses(statement: Statement, name: str) -> bool:
    """Whether a statement only does something with what a name is: nothing is wrong where it cannot be read."""
    if isinstance(statement, ast.Expr):
        function = statement.value.func if isinstance(statement.value, ast.Call) else None
        into = any(each.arg == "out" for each in getattr(statement.value, "keywords", ()))
        return not (into or (isinstance(function, ast.Attribute) and root_of(function) == name and puts(function.attr)))
    if not isinstance(statement, ast.For | ast.While | ast.With | ast.If) or sets_attributes(statement):
        return False
    stored = (node.id for node in stored_in(statement))
    defined = (getattr(node, "name", None) for node in walk(statement) if isinstance(node, DEFINITIONS))
    return name not in {*stored, *defined}


def alters(function: ast.AST) -> bool:
    """Whether a function sets attributes of what it is given, or puts something into it, as far as its text says."""
    for node in walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr"):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and builds(node.func.attr):
            return True
    return False


def builds(method: str) -> bool:
    """Whether a method, by its name, puts something into its object that a network may consist of."""
    return method == "add" or method.startswith(("register", "add_module", "append", "extend", "insert", "update"))


REARRANGING = words("sort reverse pop remove clear resize")
"""Methods of collections that take something out of them, or order them anew."""


def puts(method: str) -> bool:
    """Whether a method, by its name, changes what its object holds, be it in what order."""
    return builds(method) or method.endswith(("_", "_update")) or method in REARRANGING


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.alias)
