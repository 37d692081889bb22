"""Expressions: Python's grammar, a whitelist of its nodes, evaluated by us. Nothing is executed.

An expression is compiled once to nested closures. It knows no position in a file, only where it stands in its own
text, so that equal texts are compiled once (`compile_expression` is cached); faults carry that `Extent` and whoever
knows the text's place in the file maps it.
"""

from __future__ import annotations

import _ast as ast
import operator
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from cnnshape.arithmetic.quantities import quantity
from cnnshape.arithmetic.sizes import LARGEST_INTEGER
from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.readers.yaml.environments import NOTHING, Environment
from cnnshape.readers.yaml.expression_budget import LONGEST_LIST, Refuse, collected, pay, weight
from cnnshape.readers.yaml.functions import (
    ARGUMENTS,
    BINARY,
    COMPARISONS,
    FUNCTIONS,
    ORDERING,
    REFUSED,
    Binary,
    Unfit,
    kind_of,
    number,
    why_not,
)
from cnnshape.readers.yaml.paths import indexed, path_of
from cnnshape.readers.yaml.placeholders import FAILED_VALUE, FailedTensor
from cnnshape.readers.yaml.syntax import ANYWHERE, ExpressionFault, Extent, Syntax, dotted
from cnnshape.readers.yaml.unknown_names import SIZES, SIZES_OF, unknown_value
from cnnshape.spelling import nearest
from cnnshape.value import NamedTuple

DEEPEST_EXPRESSION = 100

Evaluate = Callable[[Environment], Any]


class Expression(NamedTuple):
    """A compiled expression. `constant` says that it reads neither names nor shapes."""

    text: str
    evaluate: Evaluate
    constant: bool
    extent: Extent


@lru_cache(maxsize=16384)
def compile_expression(text: str) -> Expression:
    """The expression that `text` is. Raises `ExpressionFault` where it is none."""
    syntax = Syntax(text)
    return compile_node(syntax, syntax.tree)


def compile_node(syntax: Syntax, node: ast.expr, depth: int = 0) -> Expression:
    """One node of a parsed text to an expression."""
    compiler = _Compiler(syntax)
    evaluate = compiler.compile(node, depth)
    extent = syntax.extent(node)
    return Expression(syntax.piece(extent), evaluate, not compiler.reads and succeeds(evaluate), extent)


def compile_slice(syntax: Syntax, node: ast.Slice) -> Expression:
    """A slice, whose value is Python's."""
    compiler = _Compiler(syntax)
    limits = compiler.guarded(node, compiler.limits(node, 0))
    return Expression("", limits, not compiler.reads and succeeds(limits), ANYWHERE)


def succeeds(evaluate: Evaluate) -> bool:
    """Whether what reads no names has a value; a fault is told where the value is used, with its place."""
    try:
        evaluate(NOTHING)
    except Fault:
        return False
    return True


def constant(value: Any) -> Expression:
    """A value as an expression."""
    return Expression(repr(value), lambda _: value, True, ANYWHERE)


def evaluate_list(items: tuple[Expression, ...]) -> Expression:
    """A list of expressions as one."""
    if all(item.constant for item in items):
        with suppress(Fault):  # too large: that is told where the list is used
            value = collected([item.evaluate(NOTHING) for item in items], None, too_large)
            return Expression("", lambda _: value, True, ANYWHERE)
    made = [item.evaluate for item in items]
    return Expression("", lambda env: collected([each(env) for each in made], env, too_large), False, ANYWHERE)


def too_large(message: str) -> Fault:
    """The refusal of a list, without a place."""
    return Fault("CS115", message)


class _Compiler:
    """Nodes to closures. `reads` tells afterwards whether any name or shape is read."""

    def __init__(self, syntax: Syntax) -> None:
        self.syntax = syntax
        self.reads = False

    def compile(self, node: ast.expr, depth: int) -> Evaluate:
        if depth > DEEPEST_EXPRESSION:
            raise self.syntax.fault(node, "CS107", f"nested more than {DEEPEST_EXPRESSION} levels deep")
        method: Callable[..., Evaluate] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.refuse(node)
        return method(node, depth + 1)

    def refuse(self, node: ast.expr) -> ExpressionFault:
        what = REFUSED.get(type(node).__name__, type(node).__name__)
        return self.syntax.fault(node, "CS111", f"{what} cannot be used in an architecture file")

    def _constant(self, node: ast.Constant, depth: int) -> Evaluate:
        value = node.value
        if value is not None and not isinstance(value, bool | int | float | str):
            raise self.syntax.fault(node, "CS111", f"{self.syntax.source(node)} cannot be used in an architecture file")
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise self.syntax.fault(node, "CS115", "integers have to stay below 2**63")
        return lambda _: value

    def _name(self, node: ast.Name, depth: int) -> Evaluate:
        name = node.id
        if name[0] == "N" and (count := quantity(self.syntax.source(node))) is not None:
            self.bounded(count, node)
            return lambda _: count
        constants = {"true": True, "false": False, "null": None}
        self.reads = True
        syntax = self.syntax

        def read(env: Environment) -> Any:
            values = env.values
            if name in values:
                value = values[name]
                if value is FAILED_VALUE:
                    raise FailedTensor
                return value
            if name in constants:
                return constants[name]
            raise unknown_value(name, env, syntax, node)

        return read

    def _list(self, node: ast.List | ast.Tuple, depth: int) -> Evaluate:
        if any(isinstance(item, ast.Starred) for item in node.elts):
            raise self.syntax.fault(node, "CS111", "* unpacking cannot be used in an architecture file")
        items = [self.compile(item, depth) for item in node.elts]
        refuse = self.refusal(node)
        return lambda env: collected([item(env) for item in items], env, refuse)

    def refusal(self, node: ast.expr) -> Refuse:
        """How a list that `node` makes is refused."""
        syntax = self.syntax
        return lambda message: syntax.fault(node, "CS115", message)

    _tuple = _list

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Evaluate:
        operand = self.compile(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda env: not operand(env)
        if isinstance(node.op, ast.Invert):
            raise self.syntax.fault(node, "CS111", "~ cannot be used in an architecture file")
        sign = operator.neg if isinstance(node.op, ast.USub) else operator.pos
        return self.guarded(node, lambda env: sign(number(operand(env))))

    def _binop(self, node: ast.BinOp, depth: int) -> Evaluate:
        function = BINARY.get(type(node.op))
        if function is None:
            raise self.syntax.fault(node, "CS111", f"{self.syntax.source(node)}: this operator cannot be used here")
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)

        def compute(env: Environment) -> Any:
            one, other = left(env), right(env)
            if type(one) is int and type(other) is int and function is not operator.pow:
                return self.bounded(function(one, other), node)
            return self.bounded(self.combine(function, one, other, node, env), node)

        return self.guarded(node, compute)

    def combine(self, function: Binary, one: Any, other: Any, node: ast.BinOp, env: Environment) -> Any:
        """A binary operation on values that are not both plain integers, or that can explode."""
        if one is None or other is None:
            fix = "state the size in `input:`, or test it with `is None` ... `x if c else y` first"
            raise self.unknown_size(node, "computes with", fix)
        if function is operator.pow:
            return self.power(one, other, node)
        sized = next((value for value in (one, other) if isinstance(value, str | list)), None)
        if sized is None:
            return function(number(one), number(other))
        if function is operator.mul:
            times = other if sized is one else one
            elements = times * weight(sized) if isinstance(times, int) else 0
        elif function is not operator.add or kind_of(one) != kind_of(other):
            raise Unfit(f"{kind_of(one)} and {kind_of(other)}")
        else:
            elements = weight(one) + weight(other)
        if elements > LONGEST_LIST:
            raise self.syntax.fault(node, "CS115", f"more than {LONGEST_LIST:,} elements")
        pay(elements, env)
        result = function(one, other)
        return collected(result, None, self.refusal(node)) if isinstance(result, list) else result

    def unknown_size(self, node: ast.expr, does: str, fix: str | None = None) -> ExpressionFault:
        """The refusal of what `does` something to an unknown size."""
        return self.syntax.fault(node, "CS312", f"`{self.syntax.source(node)}` {does} a size that is not known", fix)

    def power(self, base: Any, exponent: Any, node: ast.BinOp) -> Any:
        """``base ** exponent`` where the result can be held: below 2**63."""
        base, exponent = number(base), number(exponent)
        if isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1 and exponent > 63:
            raise self.syntax.fault(node, "CS115", f"`{self.syntax.source(node)}` is not below 2**63")
        result = base**exponent
        if isinstance(result, complex):
            raise Unfit("a root of a negative number")
        return result

    def bounded(self, value: Any, node: ast.expr) -> Any:
        if type(value) is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise self.syntax.fault(node, "CS115", f"`{self.syntax.source(node)}` is not below 2**63")
        return value

    def guarded(self, node: ast.expr, evaluate: Evaluate) -> Evaluate:
        """Python's own errors as faults at `node`."""
        syntax = self.syntax

        def run(env: Environment) -> Any:
            try:
                return evaluate(env)
            except (ArithmeticError, ValueError, TypeError, IndexError) as error:
                raise syntax.fault(node, "CS109", f"`{syntax.source(node)}`{why_not(error)}") from None

        return run

    def _boolop(self, node: ast.BoolOp, depth: int) -> Evaluate:
        parts = [self.compile(value, depth) for value in node.values]
        stop_at = isinstance(node.op, ast.Or)

        def run(env: Environment) -> Any:
            for part in parts:
                value = part(env)
                if bool(value) is stop_at:
                    break
            return value

        return run

    def _compare(self, node: ast.Compare, depth: int) -> Evaluate:
        functions = [COMPARISONS[type(each)] for each in node.ops]
        operands = [self.compile(value, depth) for value in (node.left, *node.comparators)]

        def run(env: Environment) -> bool:
            left = operands[0](env)
            for function, operand in zip(functions, operands[1:], strict=True):
                right = operand(env)
                if (left is None or right is None) and function in ORDERING:
                    raise self.unknown_size(node, "compares")
                if isinstance(left, list | str) or isinstance(right, list | str):
                    pay(weight(left) + weight(right), env)
                if not function(left, right):
                    return False
                left = right
            return True

        return self.guarded(node, run)

    def _ifexp(self, node: ast.IfExp, depth: int) -> Evaluate:
        test, then, other = (self.compile(part, depth) for part in (node.test, node.body, node.orelse))
        return lambda env: then(env) if test(env) else other(env)

    def _subscript(self, node: ast.Subscript, depth: int) -> Evaluate:
        if isinstance(node.slice, ast.Slice):
            return self.piece(node, node.slice, depth)
        value, index = self.compile(node.value, depth), self.compile(node.slice, depth)

        def run(env: Environment) -> Any:
            sequence, position = value(env), index(env)
            if not isinstance(sequence, list | str | tuple):
                raise Unfit(f"an index: {kind_of(sequence)} has no elements")
            if isinstance(position, bool) or not isinstance(position, int):
                raise Unfit(f"{kind_of(position)} as an index")
            return sequence[position]

        return self.guarded(node, run)

    def piece(self, node: ast.Subscript, part: ast.Slice, depth: int) -> Evaluate:
        """``shape(x)[1:]``: a piece of a list or a text."""
        value, limits, refuse = self.compile(node.value, depth), self.limits(part, depth), self.refusal(node)

        def run(env: Environment) -> Any:
            sequence = value(env)
            if not isinstance(sequence, list | str):
                raise Unfit(f"a slice: {kind_of(sequence)} has no elements")
            result = sequence[limits(env)]
            return collected(result, env, refuse) if isinstance(result, list) else result

        return self.guarded(node, run)

    def limits(self, part: ast.Slice, depth: int) -> Callable[[Environment], slice]:
        """What stands between the colons of a slice."""
        bounds = [each and self.compile(each, depth) for each in (part.lower, part.upper, part.step)]

        def run(env: Environment) -> slice:
            values = [bound and bound(env) for bound in bounds]
            for each in values:
                if isinstance(each, bool) or not isinstance(each, int | None):
                    raise Unfit(f"{kind_of(each)} as the limit of a slice")
            if values[2] == 0:
                raise ValueError("a slice goes by steps of 0")
            return slice(*values)

        return run

    def _call(self, node: ast.Call, depth: int) -> Evaluate:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in ("channels", "shape"):
            return self._shape_call(name, node)
        if name is None or name not in FUNCTIONS:
            raise self.unknown_function(node, name or self.syntax.source(node.func))
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise self.syntax.fault(node, "CS111", f"{name}(...) takes plain arguments only")
        fewest, most = ARGUMENTS.get(name, (1, len(node.args)))
        if not fewest <= len(node.args) <= most:
            need = f"{fewest} to {most}" if fewest < most else str(fewest)
            if most == len(node.args):
                need = f"at least {fewest}"
            plural = "" if need.split()[-1] == "1" else "s"
            raise self.syntax.fault(node, "CS109", f"{name}(...) takes {need} argument{plural}, got {len(node.args)}")
        arguments = [self.compile(each, depth) for each in node.args]
        function, refuse = FUNCTIONS[name], self.refusal(node)

        def run(env: Environment) -> Any:
            values = [argument(env) for argument in arguments]
            if any(value is None for value in values):
                raise self.unknown_size(node, "computes with")
            lists = [value for value in values if isinstance(value, list)]
            pay(sum(map(weight, lists)), env)
            result = function(*values)
            return collected(result, env, refuse) if isinstance(result, list) else self.bounded(result, node)

        return self.guarded(node, run)

    def unknown_function(self, node: ast.Call, name: str) -> ExpressionFault:
        owner, _, method = name.rpartition(".")
        if method[:1].isupper():
            message = f"`{name}(...)` is a layer, which cannot be an argument"
            return self.syntax.fault(node, "CS111", message, "give every layer an entry of its own, or write a block")
        fix = did_you_mean(nearest(name, [*FUNCTIONS, "channels", "shape"]))
        if owner and method in SIZES:
            fix = SIZES_OF.format(owner)
        known = f"they have {', '.join(sorted(FUNCTIONS))}, channels and shape"
        return self.syntax.fault(node, "CS111", f"`{name}` is not a function that expressions have; {known}", fix)

    def _attribute(self, node: ast.Attribute, depth: int) -> Evaluate:
        fault = self.refuse(node)
        owner = dotted(node.value)
        if owner and node.attr in SIZES:
            fault.fix = SIZES_OF.format(owner)
        elif owner:
            variable = f"give it a name without a dot: `variables: {{{node.attr}: ...}}`"
            fault.fix = f'{variable}; a word of the framework is written in quotes, as "{node.attr}"'
        raise fault

    def _lambda(self, node: ast.Lambda, depth: int) -> Evaluate:
        fault = self.refuse(node)
        fault.fix = "no code of a file is run; write what it computes as layers"
        raise fault

    def _shape_call(self, name: str, node: ast.Call) -> Evaluate:
        self.reads = True
        if len(node.args) != 1 or node.keywords:
            raise self.syntax.fault(node, "CS109", f"{name}(...) takes one name", f"write {name}(input)")
        syntax, argument = self.syntax, node.args[0]
        steps = path_of(syntax, argument, lambda _, node: self.compile(node, 1))
        if steps is None:
            raise syntax.fault(argument, "CS109", f"{name}(...) takes one name", f"write {name}(input)")

        def run(env: Environment) -> Any:
            target = "/".join(name if index is None else indexed(name, index(env)) for name, index in steps)
            try:
                return env.channels(target) if name == "channels" else list(env.shape(target))
            except ExpressionFault:
                raise
            except Fault as fault:
                raise syntax.fault(argument, fault.code, fault.message, fault.fix) from None

        return run
