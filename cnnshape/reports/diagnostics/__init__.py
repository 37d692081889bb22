"""Every way to show findings; one file a format, loaded when it is asked for.

A renderer is a pure function of the findings (in the order they are to stand in) and of the texts they are
about; the machine formats are valid, empty documents where there is nothing to report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol

from cnnshape.diagnostics import Diagnostic, Source


class Renderer(Protocol):
    """What every module of this package has as `render`."""

    def __call__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
        """The whole document. `sources` holds the text of every file checked, by the name findings use."""
        ...


FORMATS = ("full", "concise", "json", "json-lines", "github", "gitlab", "junit", "sarif")
"""The formats of ``check --format``: a module each."""


def renderer(format: str) -> Renderer:
    """The renderer of one of `FORMATS`; imports it alone (junit's XML costs 15 ms)."""
    render: Renderer = import_module(f"cnnshape.reports.diagnostics.{format.replace('-', '_')}").render
    return render
