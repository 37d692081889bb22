"""Text of files in Markdown, as GitHub and GitLab read it: shown, and not obeyed."""

from __future__ import annotations

import re

from cnnshape.reports.diagnostics.text import flat

SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~!$&]")
"""What means something in Markdown, HTML or a formula."""

LINKED = re.compile(r"@|:(?=//)|www(?=\.)", re.IGNORECASE)
"""Where a mention, an address of e-mail or a link would begin that GitHub makes of plain text."""


def escaped(text: str) -> str:
    """The text on one line, in which nothing reads as Markdown, HTML, a formula, a mention or a link."""
    return LINKED.sub("\\g<0>\N{ZERO WIDTH SPACE}", SIGNS.sub(r"\\\g<0>", flat(text)))
