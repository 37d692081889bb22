"""JSON as every format writes it: ASCII alone, and nothing in it that the runner of a CI system obeys."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any, indent: int | None = 2) -> str:
    """A document with a line end; a layer that another one holds is text, as a file writes it."""
    return unobeyed(json.dumps(value, indent=indent, default=repr)) + "\n"


def unobeyed(document: str) -> str:
    """The document with the same values, in which no ``##[`` stands: a runner would obey it in any line of a log."""
    return document.replace("##", "#\\u0023")
