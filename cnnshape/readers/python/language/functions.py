"""Functions of the source: Python may call them as its own, and what they do is walked through."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from types import MethodType
from typing import Any

from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.syntax import order_of, stored_in
from cnnshape.readers.python.language.values import Fixed, Stop, Value


class Function(Fixed):
    """A function or lambda of the source.

    Attributes:
        node: its text.
        closure: the scope in which it was defined.
        owner: the class in whose body that was.
    """

    __slots__ = ("__dict__", "closure", "defaults", "generating", "keyword_defaults", "node", "owner")
    __name__: str

    def __init__(
        self, name: str, node: Any, closure: Scope, defaults: list[Value], keyword_defaults: dict[str, Value]
    ) -> None:
        self.node = node
        self.closure = closure
        self.defaults = defaults
        self.keyword_defaults = keyword_defaults
        self.generating: bool | None = None
        self.owner: type | None = None
        told = None if isinstance(node, ast.Lambda) else ast.get_docstring(node, clean=False)
        self.__dict__.update(__name__=name, __qualname__=name, __module__=closure.module.name, __doc__=told)

    @property
    def generates(self) -> bool:
        """Whether it is a generator. It is looked at when it is called, and only in a file that has the word."""
        if self.generating is None:
            module = self.closure.module
            text = module.machine.importer.texts.get(module.filename, "yield")
            self.generating = "yield" in text and any(map(yields, self.node.body))
        return self.generating

    def __get__(self, value: Value, cls: Value = None) -> Value:
        return self if value is None else MethodType(self, value)

    def __call__(self, *positional: Value, **keywords: Value) -> Value:
        m = self.closure.module.machine
        m.step()
        scope = Scope(self.closure)
        scope.names = self.bind(positional, keywords)
        node = self.node
        if self.owner is not None or positional:
            scope.function, scope.subject = self, positional[0] if positional else None
        if isinstance(node, ast.Lambda):
            from cnnshape.readers.python.language.expressions import evaluate  # they make functions

            return m.within(scope.module, node.body, lambda: evaluate(m, node.body, scope))
        from cnnshape.readers.python.language.statements import run_block

        if self.generates:
            from cnnshape.readers.python.language.generators import body  # seldom

            return Generator(self, body(m, node.body, scope))
        ending = m.within(scope.module, node, lambda: run_block(m, node.body, scope))
        scope.leave()
        return ending.value if ending is not None else None

    def bind(self, positional: tuple[Value, ...], keywords: dict[str, Value]) -> dict[str, Value]:
        """The arguments of a call by the names of the function, by Python's rules. Raises `TypeError`."""
        arguments = self.node.args
        order = order_of(arguments)
        names = dict(zip(order, positional, strict=False))
        if arguments.vararg is not None:
            names[arguments.vararg.arg] = positional[len(order) :]
        elif len(positional) > len(order):
            raise TypeError(f"{self.title}() {too_many(self, len(order), len(positional), keywords)}")
        only = [each.arg for each in arguments.kwonlyargs]
        rest: dict[str, Value] = {}
        for name, value in keywords.items():
            if name not in order[len(arguments.posonlyargs) :] and name not in only:
                rest[name] = value
            elif name in names:
                raise TypeError(f"{self.title}() got multiple values for argument {name!r}")
            else:
                names[name] = value
        if arguments.kwarg is not None:
            names[arguments.kwarg.arg] = rest
        elif rest:
            raise TypeError(f"{self.title}() got an unexpected keyword argument {next(iter(rest))!r}")
        defaults = dict(zip(order[::-1], self.defaults[::-1], strict=False)) | self.keyword_defaults
        for wanted, kind in ((order, "positional"), (only, "keyword-only")):
            missing = [repr(name) for name in wanted if name not in names and name not in defaults]
            if missing:
                listed = enumerated(missing)
                raise TypeError(
                    f"{self.title}() missing {counted(len(missing), f'required {kind} argument')}: {listed}"
                )
        return defaults | names

    @property
    def title(self) -> str:
        """Its name, behind that of its class, as Python's messages have it."""
        return f"{self.owner.__name__}.{self.__name__}" if self.owner is not None else self.__name__

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def too_many(function: Function, most: int, given: int, keywords: dict[str, Value]) -> str:
    """How Python says that a function takes no more positional arguments."""
    optional = len(function.defaults)
    takes = f"from {most - optional} to {most} positional arguments" if optional else counted(most, POSITIONAL)
    only = sum(each.arg in keywords for each in function.node.args.kwonlyargs)
    if only:
        return (
            f"takes {takes} but {counted(given, POSITIONAL)} (and {counted(only, 'keyword-only argument')}) were given"
        )
    return f"takes {takes} but {given} {'was' if given == 1 else 'were'} given"


POSITIONAL = "positional argument"


def counted(count: int, what: str) -> str:
    """So many of something."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def enumerated(names: list[str]) -> str:
    """``'a'``, ``'a' and 'b'``, ``'a', 'b', and 'c'``."""
    *others, last = names
    comma = "," if len(others) > 1 else ""
    return f"{', '.join(others)}{comma} and {last}" if others else last


class Generator(Fixed):
    """What a function that yields answers: each time that it is asked it runs on, one call deeper."""

    __slots__ = ("body", "function")

    def __init__(self, function: Function, body: Iterator[Value]) -> None:
        self.function = function
        self.body: Any = body

    def __iter__(self) -> Generator:
        return self

    def __next__(self) -> Value:
        return self.send(None)

    def send(self, value: Value) -> Value:
        """Go on with what ``yield`` gives."""
        return self.resume(self.body.send, value)

    def throw(self, error: Value, *_: Value) -> Value:
        """Go on with an exception."""
        return self.resume(self.body.throw, error)

    def close(self) -> None:
        """Go no further."""
        self.resume(self.body.close)

    def resume(self, run: Callable[..., Value], *given: Value) -> Value:
        """Run on; that it ends is no fault of the source."""
        module = self.function.closure.module
        before = module.machine.raised
        try:
            return module.machine.within(module, self.function.node, lambda: run(*given))
        except StopIteration:
            module.machine.raised = before
            raise

    def __del__(self) -> None:
        try:
            self.close()
        except (Stop, Exception) as error:
            if isinstance(error, Stop):
                self.function.closure.module.machine.spend(1)  # what it leaves undone nobody knows

    def __repr__(self) -> str:
        return f"<generator object {self.function.__name__}>"


def local_names(node: Any) -> tuple[str, ...]:
    """The names of a function as Python numbers them: its arguments, and what it binds."""
    given = node.args
    stars = [each for each in (given.vararg, given.kwarg) if each]
    names = [*order_of(given), *[each.arg for each in (*given.kwonlyargs, *stars)]]
    bound = stored_in(node) if isinstance(node, ast.FunctionDef) else ()
    return tuple(dict.fromkeys([*names, *[each.id for each in bound]]))


def yields(node: ast.AST) -> bool:
    """Whether a node of a function's body makes it a generator."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return False
    return any(map(yields, ast.iter_child_nodes(node)))


def underlying(value: Value) -> tuple[Function | None, int]:
    """The function behind a method, a class or a partial application, and how many first arguments it has already."""
    given = 0
    while not isinstance(value, Function):
        if isinstance(value, MethodType):
            value, given = value.__func__, given + 1
        elif isinstance(value, type):
            value, given = getattr(value, "__init__", None), given + 1
        elif isinstance(value, partial):
            value = value.func
        else:
            return None, 0
    return (value if "__wrapped__" not in vars(value) else underlying(vars(value)["__wrapped__"])[0]), given
