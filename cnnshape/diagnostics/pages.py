"""The code book's pages: ``cnnshape rule``, SARIF and the documentation read this one text.

A page is Markdown: a heading ``# CS301 kernel-larger-than-input (error)``, then the sections of `SECTIONS`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from cnnshape.diagnostics.codes import CODES, Severity
from cnnshape.value import NamedTuple

BOOK = Path(__file__).parent / "book"
SECTIONS = ("What it does", "Why it matters", "Example", "Fix", "Sources")


class Page(NamedTuple):
    """One page: the text of each section, and all of it as Markdown."""

    code: str
    name: str
    severity: Severity
    what: str
    why: str
    example: str
    fix: str
    sources: str
    markdown: str


@cache
def page(code: str) -> Page:
    """The page of a code of `CODES`."""
    markdown = (BOOK / f"{code}.md").read_text(encoding="utf-8")
    name, severity = CODES[code]
    sections = dict(re.findall(r"^## (.+)\n+((?:(?!^## ).*\n?)*)", markdown, flags=re.MULTILINE))
    what, why, example, fix, sources = (sections[title].strip() for title in SECTIONS)
    return Page(code, name, severity, what, why, example, fix, sources, markdown)


def heading(code: str) -> str:
    """The first line that the page of a code has."""
    name, severity = CODES[code]
    return f"# {code} {name} ({severity})"
