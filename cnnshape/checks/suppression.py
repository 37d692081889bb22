"""``# noqa`` comments: a line says that a warning or advice about it is known and meant.

``# noqa: CS501, CS503`` names codes (or their names, or prefixes such as ``CS5``), ``# noqa`` means all. An error
cannot be silenced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.diagnostics.pages import find_codes

NOQA = re.compile(r"(?:^|\s)#\s*noqa(?:\s*:\s*(?P<codes>[\w-]+(?:[\s,]+[\w-]+)*))?", re.IGNORECASE)


def is_suppressed(finding: Diagnostic, sources: Mapping[str, Source]) -> bool:
    """Whether a comment on the finding's lines, or on a line that uses its block, silences it."""
    if finding.severity == "error":
        return False
    return any(silences(line, finding.code) for line in lines_of(finding, sources))


def lines_of(finding: Diagnostic, sources: Mapping[str, Source]) -> Iterator[str]:
    """The first and last line of the finding, and the first line of each use."""
    places = [(use.filename, use.span.start.row) for use in finding.used_at]
    if finding.span:
        places += [(finding.filename, position.row) for position in finding.span]
    for filename, row in places:
        source = sources.get(filename)
        if source:
            yield source.line(row)


def silences(line: str, code: str) -> bool:
    """Whether a line has a ``noqa`` comment that covers a code."""
    if "noqa" not in line.lower():
        return False
    for match in NOQA.finditer(line):
        codes = match["codes"]
        if codes is None or any(code in find_codes(each) for each in re.split(r"[\s,]+", codes)):
            return True
    return False
