"""One self-contained HTML file: a title, the styles, the scripts, and the data that they show.

Data is JSON in which no markup begins, scripts make text of it and nothing else, and the page's own policy lets a
browser load nothing and run these scripts alone.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from cnnshape.reports.graphs.families import COLORS, FAULT
from cnnshape.reports.json_text import unobeyed
from cnnshape.reports.windows_svg import xml

SCRIPTS = ("elements.js", "table.js", "charts.js", "windows.js", "layer.js", "page.js")
FOR_GRAPHS = ("dagre.min.js", "graph.js")
"""Scripts that only a page with a graph has."""


EMPTY: dict[str, Any] = {"tiles": [], "findings": [], "open": [], "charts": []}
"""What a page need not have."""


def document(title: str, data: Mapping[str, Any]) -> str:
    """The page that shows the data."""
    scripts = [source(name) for name in ((*FOR_GRAPHS, *SCRIPTS) if data.get("edges") else SCRIPTS)]
    colors = "".join(f"--{family}:{color};" for family, color in (*COLORS.items(), ("fault", FAULT)))
    parts = {
        "title": xml(title),
        "policy": " ".join(["script-src", *map(hashed, scripts)]) + "; style-src 'unsafe-inline'; img-src data:",
        "style": f":root{{{colors}}}\n{source('page.css')}",
        # no "<" in it can end the element or begin another
        "data": unobeyed(json.dumps({**EMPTY, **data}, separators=(",", ":")).replace("<", "\\u003c")),
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], source("page.html"))


def source(name: str) -> str:
    """The text of a file beside this."""
    return files("cnnshape.reports.page").joinpath(name).read_text(encoding="utf-8")


def hashed(script: str) -> str:
    """How a policy names a script that may run."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def chart(kind: str, title: str, note: str, values: Sequence[Any], parts: Sequence[Any], **more: Any) -> dict[str, Any]:
    """Numbers of parts, as bars or as an area."""
    return {"kind": kind, "title": title, "note": note, "values": list(values), "parts": parts, **more}


def variant(name: str, path: str, mark: str) -> dict[str, Any]:
    """A variant of a network as a part of a page."""
    return {"kind": "layer", "name": name, "path": path, "family": "other", "in": None, "mark": mark}


class Strings:
    """Values that are said once and referred to by their number."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value, old or new."""
        key = json.dumps(value)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]

    def numbers(self, values: Sequence[Any]) -> list[int]:
        """The numbers of several."""
        return [self.number(value) for value in values]
