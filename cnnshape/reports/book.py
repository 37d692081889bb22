"""Pages of the code book as text, JSON and Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cnnshape.diagnostics.codes import CODES
from cnnshape.diagnostics.pages import SECTIONS, Page, page

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def as_text(codes: Sequence[str], *, color: bool = False) -> str:
    """The pages as a terminal shows them: headings in bold or underlined, examples indented."""
    return "\n".join(page_text(page(code), color) for code in codes)


def page_text(text: Page, color: bool) -> str:
    """One page."""
    lines = []
    in_example = False
    for line in text.markdown.rstrip().split("\n"):
        heading = re.match(r"(#+) (.*)", line)
        if line.startswith("```"):
            in_example = not in_example
        elif in_example:
            lines.append(f"    {line}")
        elif heading and color:
            lines.append(f"{BOLD}{heading[2]}{PLAIN}")
        elif heading:
            lines += [heading[2], ("=" if heading[1] == "#" else "-") * len(heading[2])]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def as_json(codes: Sequence[str]) -> str:
    """A list with one object a page."""
    entries = []
    for code in codes:
        text = page(code)
        sections = (text.what, text.why, text.example, text.fix, text.sources)
        keys = [title.lower().replace(" ", "_") for title in SECTIONS]
        entry = {"code": code, "name": text.name, "severity": text.severity}
        entries.append({**entry, **dict(zip(keys, sections, strict=True))})
    return json.dumps(entries, indent=2) + "\n"


def as_markdown(codes: Sequence[str]) -> str:
    """The pages as they are."""
    return "\n".join(page(code).markdown for code in codes)


def contents() -> str:
    """Every code with its name and severity, one a line."""
    return "".join(f"{code}  {severity:<7}  {name}\n" for code, (name, severity) in CODES.items())
