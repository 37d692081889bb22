"""What people write out of habit, from Python or from other formats, and how it is written here."""

from __future__ import annotations

import _ast as ast
import re

from cnnshape.readers.yaml.calls import parse_call
from cnnshape.readers.yaml.functions import FUNCTIONS
from cnnshape.readers.yaml.paths import VALID_NAME
from cnnshape.readers.yaml.syntax import ExpressionFault, Syntax
from cnnshape.value import NamedTuple

_STATEMENT = r"(?s)(?P<word>if|elif|for|def|while|with|class)\s+(?P<rest>\S.*)"
_LAMBDA = r"\blambda\b"


class Habit(NamedTuple):
    """What is wrong with it, and what is written instead."""

    message: str
    fix: str | None


def python_key(key: str) -> Habit | None:
    """A key that is the head of a Python statement, up to its colon."""
    if re.search(_LAMBDA, key):
        return Habit("a lambda is code, and no code of a file is run", "write what it computes as layers")
    match = re.match(_STATEMENT, key)
    if not match:
        return None
    word, rest = match["word"], match["rest"].strip()
    fix = None
    if word == "if":
        fix = f"write `if: {rest}`, and `layers:` beside it"
    elif word == "elif":
        fix = f"write `else:` beside the `if:`, with the entry `if: {rest}` in it"
    elif word == "for" and (keys := loop_keys(rest)):
        fix = f"{keys}, and `layers:` beside them"
    elif word == "def":
        fix = f"define the block under `blocks:`, as `{rest}:`"
    return Habit(f"`{key}:` is a statement of Python, which is not run here", fix)


def loop_keys(loop: str) -> str | None:
    """``i, n in enumerate(depths)`` as the keys of a loop; None where it is none."""
    target, _, rows = loop.partition(" in ")
    names = [name.strip() for name in target.strip("() ").split(",")]
    if not rows.strip() or not all(name.isidentifier() for name in names):
        return None
    written = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    return f"write `for: {written}` and `in: {rows.strip()}`"


def named_call(key: str, value: str) -> str | None:
    """``conv1: Conv2d(3, 64, 7)``, or ``(conv1): ...`` as `print(model)` shows it: what stands before the call here."""
    name = key[1:-1] if key.startswith("(") and key.endswith(")") else key
    if name[:1].isupper():  # rather a layer around another one
        return None
    try:
        call = parse_call(value)
    except ExpressionFault:
        return None
    if not call.called or call.targets or call.callee in (*FUNCTIONS, "channels", "shape"):
        return None
    if VALID_NAME.match(name):
        return f"{name} = "
    return "" if name.isdigit() else None


TYPE_KEYS = ("type", "class", "class_name", "layer", "op")
"""Where other formats have the name of a layer's class, beside its arguments."""


def in_yaml(text: str) -> str | None:
    """A value of Python as YAML writes it: ``(3, 2 * k)`` is ``[3, $(2 * k)]``; None where the text is no value."""
    try:
        syntax = Syntax(text)
    except ExpressionFault:
        return None
    return _as_yaml(syntax, syntax.tree)


def _as_yaml(syntax: Syntax, node: ast.expr) -> str:
    if isinstance(node, ast.Tuple | ast.List):
        return f"[{', '.join(_as_yaml(syntax, each) for each in node.elts)}]"
    if isinstance(node, ast.Constant) and node.value is None:
        return "null"
    if isinstance(node, ast.Constant) or _is_number(node):
        return syntax.source(node)
    expression = f"$({syntax.source(node)})"
    return f'"{expression}"' if re.search(r"[,\[\]{}]", expression) else expression


def _is_number(node: ast.expr) -> bool:
    value = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float)
