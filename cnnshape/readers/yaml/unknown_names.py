"""A name that stands for nothing in an expression, and what was probably meant."""

from __future__ import annotations

import _ast as ast

from cnnshape.diagnostics import did_you_mean
from cnnshape.readers.yaml.environments import Environment
from cnnshape.readers.yaml.syntax import ExpressionFault, Extent, Syntax


def unknown_value(name: str, env: Environment, syntax: Syntax, node: ast.expr) -> ExpressionFault:
    """The refusal of a name that has no value here."""
    if env.is_tensor(name):
        return syntax.fault(
            node,
            "CS205",
            f"{name!r} is a tensor, not a value",
            f"give tensors in a second pair of brackets: `layer(...)({name})`",
        )
    return UnknownVariable(name, _OTHER_LANGUAGES.get(name.lower()) or env.nearest(name), syntax.extent(node))


_OTHER_LANGUAGES = {"no": "false", "off": "false", "yes": "true", "on": "true"}
"""What YAML 1.1 and others call the values that they cannot name here."""


SIZES = ("size", "shape")


SIZES_OF = "the sizes of one sample are `shape({})`; the batch is not written: `Flatten()` joins all axes but that"


class UnknownVariable(ExpressionFault):
    """A name that has no value.

    Attributes:
        name: the name.
        close: the variable or constant that it may be a slip of.
    """

    def __init__(self, name: str, close: str | None, extent: Extent) -> None:
        fix = did_you_mean(close, f"give it a value: `variables: {{{name}: ...}}`")
        super().__init__("CS112", f"there is no variable {name!r} here", extent, fix=fix)
        self.name = name
        self.close = close

    def quoted(self, word: str) -> ExpressionFault:
        """The same refusal where a word is meant."""
        return self.mended_by(f'a word needs quotes: "{word}"', f'"{word}"')

    def mended_by(self, fix: str, replacement: str | None = None) -> ExpressionFault:
        """The same refusal with another fix."""
        return ExpressionFault(self.code, self.message, self.extent, fix=fix, replacement=replacement)
