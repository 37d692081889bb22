"""The edit of an argument whose value follows: where it is a number that stands in the source, for one layer alone."""

from __future__ import annotations

import ast

from cnnshape.diagnostics import Edit, Fault, Position, Span
from cnnshape.readers.python.values import Place, Value
from cnnshape.vocabularies.layer import model_of, positional_arguments


def replacing(fault: Fault, layer: Value, made: Place) -> tuple[Edit, ...]:
    """The number in the call that made a layer, replaced by the right one; nothing where it is an expression or a name.

    A line with characters beyond ASCII is left alone: Python counts its columns in bytes.
    """
    call, kind = made.node, getattr(layer, "_layer_type", None)
    if fault.argument is None or fault.replacement is None or not isinstance(call, ast.Call) or kind is None:
        return ()
    names = positional_arguments(model_of(kind))
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if not any(isinstance(each, ast.Starred) for each in call.args):
        given |= dict(zip(names, call.args, strict=False))
    node = given.get(fault.argument)
    if not (isinstance(node, ast.Constant) and type(node.value) is int and node.end_col_offset is not None):
        return ()
    start = Position(node.lineno, node.col_offset + 1)
    return (Edit(Span(start, Position(node.lineno, node.end_col_offset + 1)), fault.replacement),)
