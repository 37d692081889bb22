"""``match``: what a ``case`` fits, and the names that it binds."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cnnshape.readers.python.language.classes import is_instance
from cnnshape.readers.python.language.expressions import compare, evaluate
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import Scope
from cnnshape.readers.python.language.values import MISSING, Opaque, Value
from cnnshape.readers.python.library.builtin import got


def case(m: Machine, statement: ast.Match, scope: Scope) -> list[ast.stmt]:
    """The block of a ``match`` that runs."""
    subject = evaluate(m, statement.subject, scope)
    for each in statement.cases:
        if fits(m, each.pattern, subject, scope) and (each.guard is None or evaluate(m, each.guard, scope)):
            return each.body
    return []


def fits(m: Machine, pattern: ast.pattern, subject: Value, scope: Scope) -> bool:
    """Whether a value fits the pattern of a ``case``; binds the names in it."""
    if isinstance(pattern, ast.MatchValue):
        return bool(subject == evaluate(m, pattern.value, scope))
    if isinstance(pattern, ast.MatchSingleton):
        return bool(compare(m, ast.Is, subject, pattern.value))
    if isinstance(pattern, ast.MatchOr):
        return any(fits(m, each, subject, scope) for each in pattern.patterns)
    if isinstance(pattern, ast.MatchAs | ast.MatchStar):
        inner = getattr(pattern, "pattern", None)
        if inner is not None and not fits(m, inner, subject, scope):
            return False
        if pattern.name:
            scope.set(pattern.name, subject)
        return True
    parts = parts_of(m, pattern, subject, scope)
    return parts is not None and all(fits(m, each, value, scope) for each, value in parts)


def parts_of(m: Machine, pattern: ast.pattern, subject: Value, scope: Scope) -> list[tuple[ast.pattern, Value]] | None:
    """The patterns within one, each with the part of a value that is to fit it; None where the value has no such part.

    Of something that is not known nobody knows what it fits.
    """
    if isinstance(subject, Opaque):
        subject.refuse()
    if isinstance(pattern, ast.MatchSequence):
        if not isinstance(subject, list | tuple):
            return None
        inner, values = pattern.patterns, gathered(pattern.patterns, list(subject))
        return list(zip(inner, values, strict=True)) if len(inner) == len(values) else None
    if isinstance(pattern, ast.MatchMapping):
        keys = [evaluate(m, each, scope) for each in pattern.keys]
        if not isinstance(subject, dict) or not all(key in subject for key in keys):
            return None
        if pattern.rest:
            scope.set(pattern.rest, {key: value for key, value in subject.items() if key not in keys})
        return [(each, subject[key]) for key, each in zip(keys, pattern.patterns, strict=True)]
    assert isinstance(pattern, ast.MatchClass)
    kind = evaluate(m, pattern.cls, scope)
    if not is_instance(subject, kind):
        return None
    order: list[str] = next((list(getattr(kind, each)) for each in ORDERS if hasattr(kind, each)), [])
    if len(pattern.patterns) == 1 and not order:
        return [(pattern.patterns[0], subject)]  # `int(count)`
    if len(pattern.patterns) > len(order):
        raise TypeError(f"{kind.__name__}() accepts {len(order)} positional sub-patterns")
    named = [*zip(order, pattern.patterns, strict=False), *zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)]
    parts = [(each, got(subject, name, MISSING)) for name, each in named]
    return None if any(value is MISSING for _, value in parts) else parts


def gathered(parts: Sequence[ast.AST], values: list[Value]) -> list[Value]:
    """Values as so many parts take them: one with a star takes a list, of all that the others leave."""
    star = next((at for at, each in enumerate(parts) if isinstance(each, ast.Starred | ast.MatchStar)), None)
    end = len(values) - (len(parts) - 1 - (star or 0))
    return values if star is None or end < star else [*values[:star], values[star:end], *values[end:]]


ORDERS = ("__match_args__", "__dataclass_fields__", "_fields")
"""Where classes say which attributes ``case P(x, y)`` means."""
