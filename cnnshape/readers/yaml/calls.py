"""One entry of `layers:` as text: ``left, right = name(arguments)(tensors) * repeat``."""

from __future__ import annotations

import _ast as ast
import re
from functools import lru_cache

from cnnshape.readers.yaml.environments import NOTHING, Environment
from cnnshape.readers.yaml.expression_budget import pay, weight
from cnnshape.readers.yaml.expressions import (
    DEEPEST_EXPRESSION,
    Expression,
    compile_node,
    compile_slice,
    constant,
    evaluate_list,
)
from cnnshape.readers.yaml.paths import NAME, NAME_FIX, Steps, indexed, is_literal_path, path_of, read_path
from cnnshape.readers.yaml.syntax import ExpressionFault, Extent, Syntax, check_length, dotted, extent_at, whole
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT, LayerCall, takes_object

_TARGET = rf"{NAME}(?:\[(?:[^\[\]=]|\[[^\[\]=]*\])*\])?"
_TARGETS = rf"[ \t]*(?P<targets>{_TARGET}(?:[ \t]*,[ \t]*{_TARGET})*)[ \t]*=(?!=)[ \t]*"
"""On one line: what follows keeps its place in the text by its column alone."""
_NO_TARGET = r"\s*([^\s(='\"][^(='\"]*?)\s*=(?!=)"
OF_AN_ENTRY = ("name", "trainable", "checkpoint")
"""Keywords that are no arguments of a layer, in their order in `Apply`."""
ANY_ENTRY = "write `Layer(arguments)`, `name = Layer(arguments)` or `Layer(arguments)(tensor, ...)`"


class Reference(NamedTuple):
    """A tensor by its path, as written and step by step: ``stem``, ``body/c2``, ``skip[i]/conv2d``.

    `part` is there for all tensors of a name, ``*skip`` and ``*skip[1:]``: it takes the list of them to those meant.
    """

    text: str
    steps: Steps[Expression]
    extent: Extent
    part: Expression | None = None

    @property
    def is_name(self) -> bool:
        """Whether it is one name without an index."""
        return len(self.steps) == 1 and self.steps[0][1] is None


class Target(NamedTuple):
    """A name being bound: ``x``, ``skip[i]``."""

    name: str
    subscript: Expression | None
    extent: Extent

    @property
    def failing(self) -> str:
        """What has no tensor if the entry fails: the name, or ``skip[``, which stands for every ``skip[i]``."""
        return self.name if self.subscript is None else f"{self.name}["


class Keyword(NamedTuple):
    """A keyword argument; `extent` is that of its name."""

    name: str
    value: Expression
    extent: Extent


class Call(NamedTuple):
    """An entry: what is applied to which tensors, how often, and which names that binds.

    `inputs` is None where the entry before is read; `called` tells whether there were brackets behind the name,
    since ``x = other`` may also be an alias; `shared` is the tensor in ``Shared(tensor)``.
    """

    targets: tuple[Target, ...]
    callee: str
    callee_extent: Extent
    positional: tuple[Expression, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    inputs: tuple[Reference, ...] | None = None
    repeat: Expression | None = None
    called: bool = False
    shared: Reference | None = None
    alias: Reference | None = None

    @property
    def again(self) -> frozenset[str]:
        """The names that the entry reads and binds anew: the x of ``x = ReLU()(x)``."""
        read = {each.steps[0][0] for each in self.inputs or () if each.is_name}
        return frozenset(target.name for target in self.targets if target.subscript is None and target.name in read)

    @property
    def failing(self) -> list[str]:
        """What has no tensor if the entry fails."""
        return [target.failing for target in self.targets]


@lru_cache(maxsize=16384)
def parse_call(text: str) -> Call:
    """The entry that `text` is. Raises `ExpressionFault` (CS107, CS012) with the place in the text."""
    check_length(text)
    extent = whole(text)
    targets: tuple[Target, ...] = ()
    offset = 0
    if "=" in text and (match := re.match(_TARGETS, text)):
        start = match.start("targets")
        targets = tuple(_target(text, start + one.start(), one) for one in re.finditer(_TARGET, match["targets"]))
        offset = match.end()
    elif "=" in text.partition("(")[0] and (wrong := re.match(_NO_TARGET, text)):
        fix = NAME_FIX
        if re.fullmatch(rf"{NAME}(\[[^\]]*\]){{2,}}", wrong[1]):
            fix = f"write all indices in one pair of brackets: {wrong[1].replace('][', ', ')}"
        place = extent_at(text, wrong.start(1), len(wrong[1]))
        raise ExpressionFault("CS210", f"{wrong[1]!r} is no valid name", place, fix=fix)
    rest = text[offset:].strip()
    if not rest:
        raise ExpressionFault("CS107", "an empty entry", extent, fix="write a layer, such as Conv2D(32, 3)")
    if is_literal_path(rest):
        alias = Reference(rest, read_path(rest, compile_node), extent)
        return Call(targets, rest, extent, alias=alias)
    syntax = Syntax(text, offset)
    node = syntax.tree
    if isinstance(node, ast.Tuple):
        raise _several(syntax, node)
    repeat: Expression | None = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and not _is_call(node.right):
        repeat = compile_node(syntax, node.right)
        node = node.left
    if isinstance(node, ast.Subscript) or (isinstance(node, ast.BinOp) and path_of(syntax, node, compile_node)):
        alias = _reference(syntax, node)
        return Call(targets, alias.text, alias.extent, repeat=repeat, alias=alias)
    inputs: tuple[Reference, ...] | None = None
    called = isinstance(node, ast.Call)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
        inputs = _inputs(syntax, node)
        node = node.func
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
        raise syntax.fault(node, "CS107", "more than two pairs of brackets", "write `layer(arguments)(tensors)`")
    function = node.func if isinstance(node, ast.Call) else node
    callee = dotted(function)
    if callee is None:
        message = f"`{syntax.source(node)}` is no layer, block or alias"
        raise syntax.fault(node, "CS107", message, _as_layer(syntax, node) or ANY_ENTRY)
    call = Call(targets, callee, syntax.extent(function), (), (), inputs, repeat, called)
    if not isinstance(node, ast.Call):
        alone = targets and repeat is None
        return call._replace(alias=Reference(callee, ((callee, None),), call.callee_extent)) if alone else call
    if callee == "Shared":
        if len(node.args) != 1 or node.keywords:
            raise syntax.fault(node, "CS107", "Shared takes the name of one row or block", "write Shared(name)(tensor)")
        return call._replace(shared=_reference(syntax, node.args[0]))
    positional = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            raise syntax.fault(argument, "CS111", "* unpacking cannot be used in an architecture file")
        positional.append(_value(syntax, argument))
    keywords = []
    for keyword in node.keywords:
        if keyword.arg is None:
            raise syntax.fault(keyword.value, "CS111", "** unpacking cannot be used in an architecture file")
        value = _argument(syntax, keyword.arg, keyword.value)
        keywords.append(Keyword(keyword.arg, value, _keyword_extent(syntax, keyword)))
    return call._replace(positional=tuple(positional), keywords=tuple(keywords))


@lru_cache(maxsize=4096)
def parse_reference(text: str) -> Reference:
    """A tensor's name as text: in `inputs:`, `outputs:`."""
    return Reference(text.strip(), read_path(text, compile_node), whole(text))


def constant_path(steps: Steps[Expression]) -> str:
    """The name that a path without variables stands for. Raises `Fault` (CS110) for what can be no index."""
    return "/".join(name if index is None else indexed(name, index.evaluate(NOTHING)) for name, index in steps)


def _value(syntax: Syntax, node: ast.expr, depth: int = 0) -> Expression:
    """An argument: an expression, a layer with arguments of its own, or a list with such layers."""
    if depth > DEEPEST_EXPRESSION:
        raise syntax.fault(node, "CS107", f"nested more than {DEEPEST_EXPRESSION} levels deep")
    if isinstance(node, ast.List | ast.Tuple) and any(map(_layer_name, node.elts)):
        return evaluate_list(tuple(_value(syntax, each, depth + 1) for each in node.elts))
    name = _layer_name(node)
    if name is None or not isinstance(node, ast.Call) or any(word.arg is None for word in node.keywords):
        return compile_node(syntax, node)
    positional = [_value(syntax, each, depth + 1) for each in node.args]
    keywords = {word.arg: _value(syntax, word.value, depth + 1) for word in node.keywords if word.arg}

    def evaluate(env: Environment) -> LayerCall:
        values = [each.evaluate(env) for each in positional]
        named = {key: each.evaluate(env) for key, each in keywords.items()}
        pay(sum(map(weight, (*values, *named.values()))), env)
        return LayerCall(name, values, named)

    constants = all(each.constant for each in (*positional, *keywords.values()))
    return Expression(syntax.source(node), evaluate, constants, syntax.extent(node))


def _layer_name(node: ast.expr) -> str | None:
    """The layer that is called here: its name begins with a capital, as no function's does."""
    name = dotted(node.func) if isinstance(node, ast.Call) else None
    return name if name and name.rpartition(".")[2][:1].isupper() else None


def _argument(syntax: Syntax, name: str, node: ast.expr) -> Expression:
    """A keyword argument's value; an object of the framework is kept as it is written."""
    try:
        return compile_node(syntax, node) if name.endswith(KEPT_FOR_EXPORT) else _value(syntax, node)
    except ExpressionFault as fault:
        if fault.code != "CS111" or not takes_object(name):
            raise
        text = syntax.all_of(node)
        return Expression(text, lambda _: text, True, syntax.extent(node))


def _target(text: str, start: int, match: re.Match[str]) -> Target:
    extent = extent_at(text, start, len(match[0]))
    if "[" not in match[0]:
        return Target(match[0], None, extent)
    before = re.sub(r"[^\n]", " ", text[:start])
    ((name, index),) = read_path(before + match[0], compile_node)
    return Target(name, index, extent)


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Call)


def _inputs(syntax: Syntax, node: ast.Call) -> tuple[Reference, ...]:
    if node.keywords:
        keyword = node.keywords[0]
        raise syntax.fault(
            keyword.value,
            "CS107",
            f"the second pair of brackets holds tensors only, not {keyword.arg}=",
            f"move {keyword.arg}= into the first pair, or leave it out",
        )
    arguments = node.args
    if len(arguments) == 1 and isinstance(arguments[0], ast.List | ast.Tuple):
        arguments = arguments[0].elts
    if not arguments:
        raise syntax.fault(node, "CS203", "the second pair of brackets names no tensor", "leave it out, or name one")
    return tuple(
        _spread(syntax, argument.value) if isinstance(argument, ast.Starred) else _reference(syntax, argument)
        for argument in arguments
    )


EVERYTHING = constant(slice(None))


def _spread(syntax: Syntax, node: ast.expr) -> Reference:
    """``*skip`` or ``*skip[1:]``: the tensors of a name."""
    part = EVERYTHING
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        part = compile_slice(syntax, node.slice)
        node = node.value
    return _reference(syntax, node)._replace(part=part)


def _reference(syntax: Syntax, node: ast.expr) -> Reference:
    text = syntax.source(node)
    steps = path_of(syntax, node, compile_node)
    if steps:
        return Reference(text, steps, syntax.extent(node))
    if isinstance(node, ast.Call):
        raise syntax.fault(
            node,
            "CS205",
            f"`{text}` is a layer; a tensor's name is needed here",
            "give the layer an entry of its own, above: `x = " + text + "`, and name x here",
        )
    raise syntax.fault(node, "CS205", f"`{text}` is no tensor's name")


_LAYERS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("Add", "add"),
    ast.Sub: ("Subtract", "sub"),
    ast.Mult: ("Multiply", "mul"),
    ast.Div: ("ops.divide", "div"),
}
"""What Keras and PyTorch call the layers of Python's operators."""


def _as_layer(syntax: Syntax, node: ast.expr) -> str | None:
    """``a + b`` as an entry is written."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in _LAYERS:
        return None
    if not all(isinstance(side, ast.Name | ast.Subscript) for side in (node.left, node.right)):
        return None
    keras, pytorch = _LAYERS[type(node.op)]
    operands = f"{syntax.source(node.left)}, {syntax.source(node.right)}"
    return f"tensors are joined by layers: `{keras}()({operands})`, in PyTorch `{pytorch}()({operands})`"


def _several(syntax: Syntax, node: ast.Tuple) -> ExpressionFault:
    """The refusal of what commas part, or end, as the lines of a Python list do."""
    if len(node.elts) != 1:
        return syntax.fault(node, "CS107", "an entry is one layer, not several", "begin each with `- ` on a line")
    last = syntax.extent(node.elts[0])
    line = last.end_line
    column = syntax.lines[line].find(",", last.end_column)
    comma = Extent(line, column, line, column + 1) if column >= 0 else last
    message = "an entry ends without a comma: it is no element of a Python list"
    return ExpressionFault("CS107", message, comma, fix="remove the comma", replacement="" if column >= 0 else None)


def _keyword_extent(syntax: Syntax, keyword: ast.keyword) -> Extent:
    """Where the name of a keyword stands; its value's place where that is on another line."""
    value, name = syntax.extent(keyword.value), keyword.arg or ""
    line = keyword.lineno - 1
    start = syntax.lines[line].rfind(name, 0, value.column) if value.line == line else -1
    return Extent(line, start, line, start + len(name)) if start >= 0 else value
