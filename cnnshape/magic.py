"""The cell magic of notebooks: ``%load_ext cnnshape``, and ``%%cnnshape`` above a model plans it. No cell is run.

The cell is Python source with a model, or an architecture file; what earlier cells import and define is known to it.
"""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from cnnshape.api import Loaded, examine, load
from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import Declared, argument, read_quickly
from cnnshape.cli.settings import SETTINGS, plan_settings
from cnnshape.diagnostics import ArchitectureError, Source
from cnnshape.network.plan import Plan, unread
from cnnshape.readers.requests import UsageError

CELL = "cell"
"""How messages name the cell; its first line is that of the magic, as the notebook counts."""

MODEL = argument("MODEL", "Such as Net(num_classes=10); by default the last class or function.", required=False)
COMMAND = Declared("Plan the model of this cell.", (MODEL._replace(name="model"), *SETTINGS.options), lambda **_: 0)


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext cnnshape`` calls with the shell."""

    def cnnshape(line: str, cell: str) -> Plan:
        """Plan the cell: ``%%cnnshape [MODEL] [--input SHAPE] [--batch N] [--preset NAME] [--set NAME=VALUE]``."""
        from IPython.core.error import UsageError as Said  # there is a shell, and so it is there

        try:
            return plan_cell(line, cell, shell.user_ns.get("In", ())[:-1])
        except (UsageError, Misuse) as error:
            raise Said(str(error)) from None

    shell.register_magic_function(cnnshape, "cell", "cnnshape")


def plan_cell(line: str, cell: str, earlier: Iterable[str] = ()) -> Plan:
    """The plan of a cell, with what is wrong in it.

    Args:
        line: the options behind ``%%cnnshape``.
        cell: its text below that.
        earlier: the cells that were run before.

    Raises:
        UsageError, Misuse: the options make no sense.
    """
    values = read_quickly(COMMAND, shlex.split(line))
    if values is None:
        options = ", ".join(option.spellings[0] for option in SETTINGS.options)
        raise UsageError(f"%%cnnshape takes a model of the cell, and {options}, each with a value; got {line!r}")
    model = values.pop("model")
    settings = plan_settings(**values)
    try:
        return examine(loaded(cell, model or "", earlier), **settings)
    except ArchitectureError as error:
        return unread(CELL, settings["framework"], error)


def loaded(cell: str, model: str, earlier: Iterable[str]) -> Loaded:
    """The cell as a file. Raises `ArchitectureError` where it is none."""
    models = [name for kind in (ast.ClassDef, ast.FunctionDef) for name in defined(cell, kind)]
    if not models and not model:
        return load(text=f"\n{cell}", filename=CELL)
    from cnnshape.readers.python.reader import PythonFile  # only where the cell is Python

    imports, definitions = [], []
    for statement in (each for text in earlier for each in statements(text)):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.append(ast.unparse(statement))
        elif isinstance(statement, ast.ClassDef | ast.FunctionDef) and statement.name not in models:
            definitions.append(ast.unparse(statement))
    text = "\n".join(("; ".join(imports), plain(cell), *definitions))
    classes = defined(cell, ast.ClassDef)
    return PythonFile(Source(CELL, text), os.path.abspath(f"{CELL}.py"), model or (classes or models)[-1])


def defined(text: str, kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> list[str]:
    """The names that a text defines at its top."""
    return [each.name for each in statements(text) if isinstance(each, kind)]


def statements(text: str) -> Iterator[ast.stmt]:
    """The statements of a cell; none of one that is no Python."""
    try:
        yield from ast.parse(plain(text)).body
    except (SyntaxError, ValueError):
        return


def plain(text: str) -> str:
    """The cell without its magics, line by line."""
    return "\n".join("" if line.startswith(("%", "!")) else line for line in text.splitlines())
