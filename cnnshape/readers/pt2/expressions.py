"""Sizes with symbols in them, as PyTorch writes them: SymPy's text, or its constructors."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import ceil, floor, prod, trunc
from operator import add, floordiv, mod, mul, sub, truediv
from typing import Any

from cnnshape.arithmetic.symbols import Polynomial, Size, chosen, named, product_of

LONGEST = 5_000
"""Characters of an expression; a longer one is a size of its own."""


class NotASizeError(ValueError):
    """An expression that computes what is no size."""


def size_of(text: str, values: Mapping[str, int]) -> Size:
    """The size that an expression is, its symbols replaced as far as they have values.

    What it computes in a way that is not known here becomes a name of its own.
    """
    if len(text) > LONGEST:
        return named(text)
    try:
        size = evaluated(ast.parse(text, mode="eval").body, values)
        return named(text) if isinstance(size, float) else size
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, ZeroDivisionError, OverflowError):
        return named(text)


def evaluated(node: ast.expr, values: Mapping[str, int]) -> Any:
    """The size of a part of an expression, or a float on the way to one. Raises `NotASizeError`."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            return values.get(name, named(name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return 0 - evaluated(operand, values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](*numbers([left, right], values))
        case ast.Call(func=ast.Name(id="Symbol"), args=[ast.Constant(value=str() as name), *_]):
            return values.get(name, named(name))
        case ast.Call(func=ast.Name(id="Float"), args=[ast.Constant(value=str() as text)]):
            return float(text)
        case ast.Call(func=ast.Name(id=function), args=arguments) if function in FUNCTIONS:
            return FUNCTIONS[function](*numbers(arguments, values))
    raise NotASizeError


def numbers(nodes: list[ast.expr], values: Mapping[str, int]) -> list[Any]:
    """The values of expressions; a float goes with no name. Raises `NotASizeError`."""
    found = [evaluated(each, values) for each in nodes]
    if any(isinstance(each, float) for each in found) and any(isinstance(each, Polynomial) for each in found):
        raise NotASizeError
    return found


def to_float(number: Any) -> float:
    """A whole number as a float. Raises `NotASizeError` for a name."""
    if isinstance(number, Polynomial):
        raise NotASizeError
    return float(number)


def power(base: Size, exponent: Size) -> Size:
    """A product of equal factors."""
    if not isinstance(exponent, int) or not 0 <= exponent <= 8:
        raise NotASizeError
    return product_of([base] * exponent)


def multiplied(*factors: Any) -> Any:
    """The product."""
    return prod(factors) if any(isinstance(each, float) for each in factors) else product_of(factors)


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Size]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.FloorDiv: floordiv,
    ast.Mod: mod,
    ast.Pow: power,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Integer": lambda number: number,
    "Add": lambda *terms: sum(terms),
    "Mul": multiplied,
    "Pow": power,
    "FloorDiv": floordiv,
    "CleanDiv": floordiv,
    "Mod": mod,
    "PythonMod": mod,
    "Max": lambda *sizes: chosen(max, *sizes),
    "Min": lambda *sizes: chosen(min, *sizes),
    "ToFloat": to_float,
    "TruncToInt": trunc,
    "FloorToInt": floor,
    "CeilToInt": ceil,
    "RoundToInt": round,
    "FloatTrueDiv": truediv,
    "IntTrueDiv": lambda one, other: to_float(one) / to_float(other),
}
"""SymPy's constructors, and those of `torch.utils._sympy.functions`."""
