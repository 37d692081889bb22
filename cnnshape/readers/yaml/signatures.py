"""The signature of a block: ``up(filters, kernel_size=3)(below, skip)``."""

from __future__ import annotations

import _ast as ast
import re
from functools import lru_cache

from cnnshape.readers.yaml.expressions import Expression, compile_node
from cnnshape.readers.yaml.syntax import ExpressionFault, Extent, Syntax
from cnnshape.value import NamedTuple

_DEF = r"\s*(def\s+)"


class Signature(NamedTuple):
    """A block's name, its parameters with their defaults, and the names of its inputs."""

    name: str
    parameters: tuple[tuple[str, Expression | None], ...]
    inputs: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse_signature(text: str) -> Signature:
    """``up(filters, kernel_size=3)(below, skip)``: a block's name, parameters and inputs."""
    if define := re.match(_DEF, text):
        place = Extent(0, define.start(1), 0, define.end(1))
        written = text[define.end() :].strip()
        raise ExpressionFault(
            "CS107", "a block's signature has no `def`", place, fix=f"write `{written}:`", replacement=""
        )
    syntax = Syntax(text)
    node = syntax.tree
    inputs: tuple[str, ...] = ("input",)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
        names = []
        for argument in node.args:
            if not isinstance(argument, ast.Name):
                raise syntax.fault(argument, "CS107", "the second pair of brackets names the block's inputs")
            names.append(argument.id)
        if node.keywords or not names:
            raise syntax.fault(node, "CS107", "the second pair of brackets names the block's inputs")
        if len(set(names)) != len(names):
            raise syntax.fault(node, "CS202", "two inputs of the block have the same name")
        inputs = tuple(names)
        node = node.func
    if isinstance(node, ast.Name):
        return Signature(node.id, (), inputs)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise syntax.fault(node, "CS107", f"`{text}` is no block signature", "write `name(first, second=1):`")
    parameters: list[tuple[str, Expression | None]] = []
    for argument in node.args:
        if not isinstance(argument, ast.Name):
            raise syntax.fault(argument, "CS107", "a parameter is a name, or `name=default`")
        parameters.append((argument.id, None))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise syntax.fault(keyword.value, "CS111", "** cannot be used in a signature")
        parameters.append((keyword.arg, compile_node(syntax, keyword.value)))
    names = [name for name, _ in parameters]
    if len(set(names)) != len(names):
        raise syntax.fault(node, "CS202", "two parameters of the block have the same name")
    return Signature(node.func.id, tuple(parameters), inputs)
