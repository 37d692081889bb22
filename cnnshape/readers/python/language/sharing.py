"""Names of a file that stand for parts of what others do: what is done to the one is done to the others.

``stage = model.layer4`` and ``for part in (model.layer1, model.layer2)`` name parts of a model.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from cnnshape.readers.python.language.effects import DEFINED, builds
from cnnshape.readers.python.language.outline import Deferred
from cnnshape.readers.python.language.syntax import last_name, names_in, order_of, root_of, stored_in, walk
from cnnshape.readers.python.language.values import words
from cnnshape.value import NamedTuple

NUMBERS_AND_TEXTS = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop)


def constants_of(tree: ast.Module) -> set[str]:
    """Names that stand for nothing but numbers and texts, which nothing alters, whatever holds them."""
    given = [pair for node in tree.body if isinstance(node, ast.Assign) for pair in given_in(node)]
    plain = Counter(name for name, value in given if all(isinstance(each, NUMBERS_AND_TEXTS) for each in walk(value)))
    stored = Counter(each.id for each in stored_in(tree)) if plain else {}
    return {name for name, count in plain.items() if stored[name] == count}


HANDING = words(
    "parameters named_parameters children named_children modules named_modules get_layer get_submodule values items "
    "get to cuda cpu float half double eval train requires_grad_ apply"
)
"""Methods that hand out parts of their object, or all of it."""
WEIGHTS = words("parameters named_parameters state_dict")
"""Methods that hand out weights: an optimizer that gets them holds no part of the model."""


HOLDING: dict[type[ast.AST], tuple[str, ...]] = {
    **dict.fromkeys((ast.Attribute, ast.Subscript, ast.Starred), ("value",)),
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), ("elts",)),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp), ("elt", "generators")),
    ast.comprehension: ("iter",),
    ast.Dict: ("values",),
    ast.IfExp: ("body", "orelse"),
    ast.BinOp: ("left", "right"),
}
"""Where syntax holds that of which it gives parts."""


def parts_of(value: ast.AST) -> Iterator[str]:
    """The names of which an expression gives parts, or holds them: ``nn.Sequential(backbone, nn.Linear(512, 10))``."""
    if isinstance(value, ast.Name):
        yield value.id
        return
    within = [getattr(value, field) for field in HOLDING.get(type(value), ())]
    if isinstance(value, ast.Call):
        given = [*value.args, *[each.value for each in value.keywords]]
        within = [each for each in given if not (is_called(each, WEIGHTS) and not is_called(value, LISTING))]
        if isinstance(value.func, ast.Attribute) and value.func.attr in HANDING:
            within.append(value.func.value)
    for part in within:
        for each in part if isinstance(part, list) else [part]:
            yield from parts_of(each)


REBUILDING = words("append extend insert pop add_module register_module set_submodule")
"""Methods that give their object other parts."""

LISTING = words(
    "list tuple set sorted reversed enumerate zip dict iter next filter map chain from_iterable groupby islice "
    "takewhile dropwhile filterfalse compress starmap accumulate pairwise batched chunked zip_longest product "
    "cycle tee deque"
)
"""Functions that list what they are given."""


def is_called(value: ast.AST, names: Container[str]) -> bool:
    """Whether an expression calls something of one of these names."""
    return isinstance(value, ast.Call) and last_name(value.func) in names


MANY = 100
"""Names with which another changes, from which on each of them is a step."""


class Shared:
    """Which names of a file stand for parts of what others do."""

    def __init__(self) -> None:
        self.others: dict[str, set[str]] = {}

    def note(self, statement: ast.stmt | Deferred, assigned: Container[str]) -> None:
        """Note what a statement gives to names, or puts into their objects: of what the file gives a value."""
        for name, value in put_by(statement):
            self.others.setdefault(name, set()).update(each for each in parts_of(value) if each in assigned)
        for name, value in given_in(statement) if isinstance(statement, ast.Assign) else ():
            parts = self.others[name] = {each for each in parts_of(value) if each in assigned and each != name}
            if isinstance(value, ast.Name | ast.Call) and not is_called(value, HANDING):
                for each in parts:
                    self.others.setdefault(each, set()).add(name)

    def changed_with(self, names: Iterable[str], step: Callable[[], None]) -> dict[str, None]:
        """The names whose values change with those of others. Many take steps."""
        waiting, found = list(names), dict.fromkeys(names)
        while waiting:
            if len(found) > MANY:
                step()
            for each in sorted(self.others.get(waiting.pop(), set()).difference(found)):
                found[each] = None
                waiting.append(each)
        return found


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
                yield from [(argument.arg, each) for each in handed_to(function, node)]


def handed_to(function: ast.expr, call: ast.Call) -> list[ast.expr]:
    """What a function may get that a call is given: ``model.apply(freeze)``, ``map(freeze, parts)``."""
    done_to = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return done_to + [each for each in call.args if each is not function]


def put_by(statement: ast.stmt | Deferred) -> Iterator[tuple[str, ast.expr]]:
    """The names of objects that a statement puts something into, with that: ``parts.append(model.layer1)``."""
    match statement:
        case ast.Assign(targets, value):
            within = [each for each in targets if isinstance(each, ast.Attribute | ast.Subscript)]
            yield from [(name, value) for target in within for name in names_in(target)]
        case ast.Expr(ast.Call(ast.Attribute() as method, given)) if builds(method.attr):
            yield from [(name, each) for name in names_in(method) for each in given]


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Names with what an assignment gives them."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        matched = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for number, each in enumerate(target.elts):
            yield from pairs(each, value.elts[number] if matched else value)  # type: ignore[attr-defined]  # matched


class Own(NamedTuple):
    """What a file defines: its functions and classes by their names, and the methods of its classes by theirs."""

    defined: Mapping[str, ast.stmt]
    methods: Mapping[str, list[ast.FunctionDef]]


def own_of(body: Iterable[ast.stmt]) -> Own:
    """What the statements of a file define."""
    defined: dict[str, ast.stmt] = {each.name: each for each in body if isinstance(each, DEFINED)}
    methods: dict[str, list[ast.FunctionDef]] = defaultdict(list)
    for cls in [each for each in defined.values() if isinstance(each, ast.ClassDef)]:
        for method in [each for each in cls.body if isinstance(each, ast.FunctionDef)]:
            methods[method.name].append(method)
    return Own(defined, methods)


def altered_by(statement: ast.stmt | Deferred, own: Own) -> set[str]:
    """The names of a file of which a statement alters parts: sets attributes or elements, or whether they train.

    So may `own`, what the file defines, by what they are given and by the names of the file.
    """
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | Deferred):
        return set()
    return altered_in(statement, own)


def altered_in(syntax: ast.stmt, own: Own, itself: str = "") -> set[str]:
    """The names of which syntax alters parts, those within it and those around it.

    What a method notes of its object, `itself`, and under a text of what that holds, alters no part of it.
    """
    within: dict[str, list[ast.expr]] = defaultdict(list)
    waiting: list[str] = []
    values: list[ast.expr] = []
    for node in walk(syntax):
        if isinstance(node, ast.AugAssign) and getattr(node.target, "attr", "") == "data":
            values.append(node.target)  # it stays of its shape
        for name, value in given_in(node) if node is not syntax or not isinstance(node, ast.Assign) else ():
            within[name].append(value)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            noted = itself and (getattr(node.value, "id", "") == itself or is_noted(node))
            waiting += () if noted or node in values or getattr(node, "attr", "") == "grad" else parts_of(node.value)
        elif isinstance(node, ast.Attribute) and node.attr == "requires_grad_":  # be it called or handed on
            waiting += parts_of(node.value)
        elif isinstance(node, ast.Call):
            waiting += [part for each in altered_in_call(node, own) for part in parts_of(each)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [part for value in within.get(name, ()) for part in parts_of(value)]
    return found


def notes_what_others_read(statement: ast.stmt | Deferred, name: str, tree: ast.Module, own: Own) -> bool:
    """Whether a statement calls methods of an object by that name that set attributes which are read elsewhere."""
    called = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(called, ast.Call) or root_of(called) != name:
        return False
    waiting, methods = [last_name(called.func)], dict[int, ast.stmt]()
    while waiting:
        for method in own.methods.get(waiting.pop(), ()):
            if id(method) not in methods:
                methods[id(method)] = method
                waiting += [each.attr for each in walk(method) if isinstance(each, ast.Attribute)]
    within = [node for method in methods.values() for node in walk(method)]
    stored = [each for each in within if isinstance(getattr(each, "ctx", None), ast.Store | ast.Del)]
    parts = {part.attr for each in stored for part in walk(each) if isinstance(part, ast.Attribute)}
    inside = {id(node) for node in within}
    read = (each for each in walk(tree) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load))
    return any(each.attr in parts and id(each) not in inside for each in read)


def is_noted(node: ast.expr) -> bool:
    """Whether something is kept under a text: ``history["loss"]``, and none of ``_modules["fc"]``."""
    key = node.slice if isinstance(node, ast.Subscript) else None
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and "_modules" not in ast.unparse(node)


def altered_in_call(call: ast.Call, own: Own) -> Iterator[ast.expr]:
    """What a call alters: what it is done to, what it is given, and names of the file."""
    function = call.func
    name = last_name(function)
    for given in [each for each in call.args if isinstance(each, ast.Name) and each.id in own.defined]:
        for each in handed_to(given, call):
            yield from altered_of(own.defined[given.id], [each], call, own)
    if name in ("setattr", "delattr") and isinstance(function, ast.Name):
        yield from call.args[:1]
    elif isinstance(function, ast.Attribute):
        if name in REBUILDING:
            yield function.value
        for method in own.methods.get(name, ()):
            yield from altered_of(method, (function.value, *call.args), call, own)
    elif name in own.defined:
        definition = own.defined[name]
        if isinstance(definition, ast.ClassDef):
            starts = (each for each in own.methods.get("__init__", ()) if each in definition.body)
            for start in starts:
                yield from altered_of(start, (ast.Constant(None), *call.args), call, own)
        else:
            yield from altered_of(definition, call.args, call, own)


def altered_of(function: ast.stmt, positional: Sequence[ast.expr], call: ast.Call, own: Own) -> Iterator[ast.expr]:
    """What a call gives to a function that alters it, and the names of the file that the function alters.

    A method gets its object first, in a tuple.
    """
    if not isinstance(function, ast.FunctionDef):
        return
    names = order_of(function.args)
    kept = vars(function)
    if "altered" not in kept:  # each is looked through once, also where it calls itself
        kept["altered"] = set()
        kept["altered"] = altered_in(function, own, names[0] if isinstance(positional, tuple) and names else "")
    given = [*zip(names, positional, strict=False), *[(each.arg, each.value) for each in call.keywords]]
    yield from [value for name, value in given if name in kept["altered"]]
    yield from [ast.Name(each) for each in sorted(kept["altered"] - bound_in(function))]


def bound_in(function: ast.FunctionDef) -> set[str]:
    """The names that are a function's own: its arguments, and what it binds and does not call global."""
    stored = {node.id for node in stored_in(function)}
    declared = {name for node in walk(function) if isinstance(node, ast.Global) for name in node.names}
    return (stored - declared) | {node.arg for node in walk(function) if isinstance(node, ast.arg)}
