"""Classes of the source are Python's own; what is told of objects holds as well for those of unknown classes."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable
from typing import Any

from cnnshape.readers.python.language.expressions import evaluate
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import MADE, get_attribute
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.values import Opaque, Stop, Symbol, Value, now
from cnnshape.readers.python.library.enumerations import is_postponed
from cnnshape.readers.python.noting.traced import Traced
from cnnshape.vocabularies import own_classes

IMPLICIT = {"__new__": staticmethod, "__init_subclass__": classmethod, "__class_getitem__": classmethod}
"""Methods that are bound to no object although nothing says so."""


PRIVATE = re.compile(r"__(?<!\w__)(?!\w*__\b)\w")
"""A name that is its class's own: ``self.__head``. It begins with letters that are looked for at once."""


def give_private_names(node: ast.ClassDef) -> None:
    """Give names that are a class's own that of the class in front, as Python does: ``_Net__head``."""
    pending: list[ast.AST] = [*node.body]
    while pending:
        each = pending.pop()
        for field in ("attr", "id", "arg", "name"):
            name = getattr(each, field, None)
            if isinstance(name, str) and PRIVATE.match(name) and node.name.strip("_"):
                setattr(each, field, f"_{node.name.lstrip('_')}{name}")
        if not isinstance(each, ast.ClassDef):
            pending.extend(ast.iter_child_nodes(each))


def build_class(m: Machine, node: ast.ClassDef, scope: Scope, run_block: Callable[..., Any]) -> Value:
    """The class of a ``class`` statement."""
    if word := own_classes.word_of(node):
        return get_attribute(m.importer.dotted(word), node.name)
    if PRIVATE.search(m.importer.texts.get(scope.module.filename, "")):
        give_private_names(node)
    bases: list[type] = []
    unknown: list[type] = []
    for each in node.bases:
        base = evaluate(m, each, scope)
        base = base.__origin__ if isinstance(base, types.GenericAlias) else base
        if isinstance(base, Opaque):
            unknown.append(class_of_unknown(base))
        elif isinstance(base, type):
            bases.append(base)
        elif not isinstance(base, Symbol):
            raise Stop("CS601", f"`{ast.unparse(each)}` is no class that can be read")
    body = Scope(scope)
    body.defined = []
    body.names = types.prepare_class(node.name, tuple(bases))[1]
    body.names["__module__"], body.names["__qualname__"] = scope.module.name, node.name
    body.names["__doc__"] = ast.get_docstring(node, clean=False)
    run_block(m, [each for each in node.body if not is_postponed(m, each, bases, body)], body)
    keywords = {str(each.arg): evaluate(m, each.value, scope) for each in node.keywords}
    if keywords.pop("metaclass", None) in MADE:
        raise Stop("CS601", f"{node.name} is made by a metaclass of the source, which is not read")
    made = make_class(node.name, (*bases, *unknown), body.names, {} if unknown else keywords)
    for function in body.defined:
        function.owner = made
    if bases and unknown and not issubclass(made, BaseException):
        reason = unknown[0].__unknown__.reason  # type: ignore[attr-defined]  # it is one of an unknown class
        m.doubts[node.name] = f"{reason}, a base of {node.name}, is not known"
        m.note(f"{m.doubts[node.name]} and taken to change nothing of the network")
    return made


def make_class(
    name: str, bases: tuple[type, ...], namespace: dict[str, Value], keywords: dict[str, Value] | None = None
) -> type:
    """A class of its parts, made by the metaclass of its bases; ``__init_subclass__`` takes the keywords."""
    namespace.pop("__del__", None)  # it would run when objects go, whoever runs then
    for method, kind in IMPLICIT.items():
        if isinstance(namespace.get(method), Function):
            namespace[method] = kind(namespace[method])
    made: type = types.new_class(name, bases, keywords, lambda body: body.update(namespace, __made__=Mark()))
    del made.__made__  # type: ignore[attr-defined]  # every class here is made with it
    return made


class Mark:
    """What makes a class known as one of the source before its ``__init_subclass__`` runs."""

    def __set_name__(self, owner: type, name: str) -> None:
        MADE.add(owner)


def class_of_unknown(unknown: Opaque) -> type:
    """A base class that is not known: whatever nobody else says of its objects is not known either."""

    def missing(self: Value, name: str) -> Value:
        if name.startswith("__"):
            raise AttributeError(name)
        return unknown

    return type(
        "Unknown",
        (),
        {
            "__unknown__": unknown,
            "__init__": lambda self, *_, **__: None,
            "__getattr__": missing,
            "__delattr__": lambda self, name: self.__dict__.pop(name, None),
            "__call__": unknown,
        },
    )


def is_instance(value: Value, kind: Value) -> bool:
    """``isinstance(value, kind)``."""
    if isinstance(kind, tuple | list):
        return any(is_instance(value, each) for each in kind)
    of_unknown = getattr(type(value), "__unknown__", None)
    if isinstance(kind, Opaque):
        if isinstance(value, Opaque) or of_unknown is not None:
            kind.refuse()
        return False  # nothing that is known derives from what is not
    if isinstance(value, Opaque):
        value.refuse()
    if not isinstance(kind, type | types.UnionType):
        return False
    found = isinstance(value, kind)
    if not found and of_unknown is not None:
        of_unknown.refuse()
    return found


def is_subclass(cls: Value, kind: Value) -> bool:
    """``issubclass(cls, kind)``."""
    if isinstance(kind, tuple):
        return any(is_subclass(cls, each) for each in kind)
    for each in (cls, kind):
        if isinstance(each, Opaque):
            each.refuse()
    return isinstance(cls, type) and isinstance(kind, type) and issubclass(cls, kind)


def type_of(value: Value, *parts: Value) -> Value:
    """``type(value)``, or a class of a name, bases and names."""
    if parts:
        return make_class(value, tuple(parts[0]), dict(parts[1]))
    if isinstance(value, Opaque):
        now().opaque(f"the type of {value.reason}").refuse()
    return type(value.number) if type(value) is Traced else type(value)
