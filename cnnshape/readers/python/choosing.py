"""Which model of a file is meant: the one that was named, or the one that nothing else in the file uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from cnnshape.diagnostics import did_you_mean
from cnnshape.readers.python.language.effects import concerned
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import get_attribute
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.syntax import last_name, mentioned_in, order_of, root_of, walk
from cnnshape.readers.python.language.values import MISSING, Place, Stop, Value, words
from cnnshape.value import NamedTuple


class Target(NamedTuple):
    """A model of a file: its name, whether it is called, and the arguments; calls among them as their syntax."""

    name: str
    called: bool = False
    positional: Sequence[Value] = ()
    keywords: Mapping[str, Value] = {}


def read_target(text: str, filename: str) -> Target:
    """What stands behind the colon: ``Net``, ``Net(num_classes=10)``, ``Net.build("small")``, ``Net(Config(depth=3))``.

    Raises `Stop` (CS602) where it is no name with literal arguments.
    """
    if not text:
        return Target("")
    try:
        node = ast.parse(text.strip(), mode="eval").body
        name = node.func if isinstance(node, ast.Call) else node
        parts = list(dotted(name))
        if not isinstance(node, ast.Call):
            return Target(".".join(parts))
        positional = [argument(each) for each in node.args]
        keywords = {each.arg: argument(each.value) for each in node.keywords if each.arg}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        from cnnshape.diagnostics import Diagnostic
        from cnnshape.readers.files import UnreadableError

        message = f"{text!r} is no model with literal arguments"
        fix = f'write "{filename}:Net" or "{filename}:Net(num_classes=10)"'
        raise UnreadableError(Diagnostic("CS602", message, filename, fix=fix)) from None
    return Target(".".join(parts), True, positional, keywords)


def argument(node: ast.expr) -> Value:
    """A literal, or the syntax of a call with such arguments, ``Config(depth=3)``. Raises `ValueError`."""
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        argument(each)
    return node if list(dotted(node.func)) else None


def dotted(node: ast.expr) -> Iterator[str]:
    """``a.b.c`` as its names. Raises `ValueError` for anything else."""
    if isinstance(node, ast.Attribute):
        yield from dotted(node.value)
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id
    else:
        raise ValueError


def arguments_of(text: str, name: str) -> dict[str, str]:
    """The arguments of a class or function of a file by their names, with their defaults as they are written.

    Of a class they are those of ``__init__``, its own or that of a class of the file that it derives from.
    """
    if not name:
        return {}
    defined = {each.name: each for each in statements_of(text) if isinstance(each, ast.ClassDef | ast.FunctionDef)}
    found = defined.get(name)
    seen: set[str] = set()
    while isinstance(found, ast.ClassDef) and found.name not in seen:
        seen.add(found.name)
        own = next((each for each in found.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
        bases = [each.id for each in found.bases if isinstance(each, ast.Name)]
        found = own or next((defined[each] for each in bases if each in defined), None)
    if not isinstance(found, ast.FunctionDef):
        return {}
    given = found.args
    named = order_of(given)[1 if seen else 0 :]
    defaults: list[ast.expr | None] = [*[None] * (len(named) - len(given.defaults)), *given.defaults]
    only = [each.arg for each in given.kwonlyargs]
    pairs = [*zip(named, defaults, strict=False), *zip(only, given.kw_defaults, strict=True)]
    return {name: ast.unparse(default) if default is not None else "" for name, default in pairs}


def statements_of(text: str) -> list[ast.stmt]:
    """The statements of a text; none where it cannot be read, which is told where it is."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(text).body
    return []


def values_of(text: str) -> dict[str, str]:
    """The names that a file gives a value, with that as it is written."""
    found: dict[str, str] = {}
    for each in statements_of(text):
        if isinstance(each, ast.Assign):
            found |= {name.id: ast.unparse(each.value) for name in each.targets if isinstance(name, ast.Name)}
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is not None:
            found[each.target.id] = ast.unparse(each.value)
    return found


def options_of(text: str) -> dict[str, str]:
    """The options of the program that a file is, by the names that they are read by, with their defaults as written."""
    found: dict[str, str] = {}
    for node in (node for statement in statements_of(text) for node in walk(statement)):
        match node:
            case ast.Call(ast.Attribute(attr="add_argument"), [*flags], keywords):
                told = {each.arg: each.value for each in keywords}
                texts = [each.value for each in flags if isinstance(each, ast.Constant) and isinstance(each.value, str)]
                long = next((each for each in texts if each.startswith("--")), texts[0] if texts else "")
                named = told.get("dest", ast.Constant(long.lstrip("-").replace("-", "_")))
                if isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value:
                    found[named.value] = ast.unparse(told["default"]) if "default" in told else ""
    return found


def choose(m: Machine, module: ModuleScope, target: Target, filename: str) -> Target:
    """The target, found in the file. Raises `Stop` (CS602) with a list where none or several could be meant."""
    failures: list[Stop | Exception] = []
    first = target.name.partition(".")[0]
    if first and m.within(module, None, lambda: module.get(first)) is not MISSING:
        return target
    found = models_of(m, module, failures)
    if target.name:
        from cnnshape.spelling import nearest

        close = nearest(target.name, [each.name for each in found])
        known = f"did you mean {filename}:{close}?" if close else listed(filename, found)
        raise Stop("CS602", f"{filename} has no {target.name}", fix=known)
    ready = [each for each in found if each.ready and not each.used]
    if len(ready) == 1:
        return Target(ready[0].name)
    variables = [each for each in ready if each.kind == "variable"]
    if len(variables) == 1:
        return Target(variables[0].name)
    classes = [each for each in ready if each.kind == "class"]
    if len(classes) == 1 and not variables:
        return Target(classes[0].name)
    if not found and failures:
        raise failures[0]
    if not found:
        for each in module.tree.body:
            refuse_misspelt(m, quietly(m, module, each.name, failures) if isinstance(each, ast.ClassDef) else None)
        raise Stop("CS602", f"{filename} has no class, function or variable that is a model")
    raise Stop("CS602", f"{filename} has several models, or one that needs arguments", fix=listed(filename, found))


def refuse_misspelt(m: Machine, model: Value) -> None:
    """Raise `Stop` (CS602) for a model, or the class of one, with a method called nearly as the one that it lacks."""
    from cnnshape.spelling import SLIP, nearest

    cls, wanted = model if isinstance(model, type) else type(model), m.framework.FORWARD
    if not issubclass(cls, m.framework.MODEL) or hasattr(model, wanted):
        return
    methods = {name: each for base in cls.__mro__ for name, each in vars(base).items() if isinstance(each, Function)}
    close = nearest(wanted, methods, SLIP)
    if close is not None:
        method = methods[close]
        place = Place(method.closure.module.filename, method.node)
        message = f"{cls.__name__} has a method {close!r}, and no {wanted!r}"
        raise Stop("CS602", message, fix=did_you_mean(wanted), place=place)


class Candidate(NamedTuple):
    """Something of a file that may be its model.

    `ready` says that it needs no arguments, `used` that something else in the file uses it.
    """

    name: str
    kind: str
    ready: bool
    used: bool
    arguments: str


def listed(filename: str, found: Sequence[Candidate]) -> str:
    """What to type for each."""
    shown = [each for each in found if not each.used] or list(found)
    lines = [f'cnnshape plan "{filename}:{each.name}{each.arguments}"' for each in shown[:20]]
    more = f" and {len(shown) - 20} more" if len(shown) > 20 else ""
    return "name one: " + " · ".join(lines) + more


READY_MADE = words("models applications")
"""Modules of the libraries, and of people's own packages, that make models."""


def models_of(m: Machine, module: ModuleScope, failures: list[Stop | Exception]) -> list[Candidate]:
    """The models of a file: its module classes, what builds one, and the variables that hold one.

    Why a class or a variable cannot be read is added to `failures`.
    """
    classes: dict[str, type] = {}
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef):
            value = quietly(m, module, statement.name, failures)
            if isinstance(value, type) and issubclass(value, m.framework.MODEL):
                classes[statement.name] = value
    users: dict[str, set[str]] = {}
    for statement in module.tree.body:
        owner = getattr(statement, "name", "")
        for name in mentioned_in(statement) - {owner}:
            users.setdefault(name, set()).add(owner)
    found: list[Candidate] = []
    builders: list[Candidate] = []
    imports = (each for each in module.tree.body if isinstance(each, ast.ImportFrom))
    ready_made = {
        name for each in imports if READY_MADE.intersection((each.module or "").split(".")) for name in concerned(each)
    }
    makers = makers_in(module, set(classes) | set(m.framework.MODEL_MAKERS))
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name in classes:
            initializer = getattr(classes[statement.name], "__init__", None)
            needed = required(initializer.node.args, 1) if isinstance(initializer, Function) else []
            used = any(user in classes for user in users.get(statement.name, ()))
            runs = hasattr(classes[statement.name], "forward") or m.trace.builder.framework == "keras"
            if runs:
                found.append(Candidate(statement.name, "class", not needed, used, call_of(needed)))
        elif isinstance(statement, ast.FunctionDef) and statement.name in makers:
            needed = required(statement.args, 0)
            used = any(user and user != statement.name for user in users.get(statement.name, ()))
            builders.append(Candidate(statement.name, "function", not needed, used, call_of(needed)))
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and isinstance(statement.value, ast.Call):
                names = ast.unparse(statement.value.func).split(".")
                if names[-1] in makers or names[0] in ready_made or READY_MADE.intersection(names):
                    value = quietly(m, module, target.id, failures)
                    if isinstance(value, m.framework.MODEL):
                        found.append(Candidate(target.id, "variable", True, False, ""))
    variables = {each.name for each in found if each.kind == "variable"}
    read = read_by(module) if len(variables) > 1 else {}
    parts = {each: behind(each, read) & variables - {each} for each in variables}
    within = {part for whole, each in parts.items() for part in each if whole not in parts[part]}
    found = [each._replace(used=each.used or each.name in within) for each in found]
    made = {each.name for each in found if each.kind == "class" and not each.ready}
    if not any(each.ready and not each.used for each in found) or made:
        found += builders
    return found or list(layers_of(m, module, failures))


def layers_of(m: Machine, module: ModuleScope, failures: list[Stop | Exception]) -> Iterator[Candidate]:
    """The variables of a file that hold a layer of the library: a network of one, where the file has no other."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    value = quietly(m, module, target.id, failures)
                    if getattr(type(value), "_layer_type", None) is not None:
                        yield Candidate(target.id, "variable", True, False, "")


def read_by(module: ModuleScope) -> dict[str, set[str]]:
    """By name, what the statements of a file read that bind or change it."""
    read: dict[str, set[str]] = {}
    for statement in module.tree.body:
        bound: set[str | None] = set()
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
            bound = set(concerned(statement))
        elif isinstance(statement, ast.Expr):
            bound = {root_of(statement.value)}  # of a method, what it may change
        names = mentioned_in(statement) if bound else ()
        for name in bound:
            read.setdefault(name or "", set()).update(names)
    return read


def behind(name: str, read: Mapping[str, set[str]]) -> set[str]:
    """The names that a variable is made of, directly or by way of others, and its own."""
    found, pending = {name}, [name]
    while pending:
        more = read.get(pending.pop(), set()) - found
        found |= more
        pending += more
    return found


def makers_in(module: ModuleScope, known: set[str]) -> set[str]:
    """The names of classes and functions that make a model, with the functions of a file that return what they make."""
    functions = [each for each in module.tree.body if isinstance(each, ast.FunctionDef)]
    while True:
        more = {each.name for each in functions if returned_by(each) & known} - known
        if not more:
            return known
        known = known | more


def returned_by(function: ast.FunctionDef) -> set[str]:
    """The names of what a function calls for the values that it returns."""
    returned: set[str] = set()
    assigned: dict[str, str] = {}
    for node in walk(function):
        value = getattr(node, "value", None)
        called = value.func if isinstance(value, ast.Call) else value
        name = last_name(called)
        if isinstance(node, ast.Assign) and isinstance(value, ast.Call):
            assigned.update({target.id: name for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.Return) and value is not None:
            returned.add(name)
    return returned | {assigned[name] for name in returned if name in assigned}


def required(arguments: ast.arguments, skipped: int) -> list[str]:
    """The arguments without a default."""
    order = order_of(arguments)
    needed = order[skipped : len(order) - len(arguments.defaults)]
    only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [*needed, *[each.arg for each, default in only if default is None]]


def call_of(needed: Sequence[str]) -> str:
    """The arguments to be filled in."""
    return f"({', '.join(f'{name}=...' for name in needed)})" if needed else ""


def quietly(m: Machine, module: ModuleScope, name: str, failures: list[Stop | Exception]) -> Value:
    """The value of a name; None where it cannot be read, for a reason that is added to `failures`."""
    try:
        return m.within(module, None, lambda: get_attribute(module, name))
    except (Stop, Exception) as error:
        if isinstance(error, Stop) and error.code == "CS606":
            raise
        failures.append(error)
        return None
