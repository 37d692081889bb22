"""``# noqa`` comments: a line says that a warning or advice about it is known and meant.

``# noqa: CS501, CS503`` names codes (or their names, or prefixes such as ``CS5``), ``# noqa`` means all. An error
cannot be silenced.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from cnnshape.diagnostics import CODES, Diagnostic, Source
from cnnshape.diagnostics.codes import find_codes

NOQA = r"(?i)(?:^|\s)#\s*noqa(?:\s*:\s*(?P<codes>[\w-]+(?:[\s,]+[\w-]+)*))?"


def is_suppressed(finding: Diagnostic, sources: Mapping[str, Source]) -> bool:
    """Whether a comment on the finding's lines, or on a line that uses its block, silences it."""
    if finding.severity == "error":
        return False
    return any(finding.code in silenced(line) for line in lines_of(finding, sources))


def lines_of(finding: Diagnostic, sources: Mapping[str, Source]) -> Iterator[str]:
    """The first and last line of the finding, and the first line of each use."""
    places = [(use.filename, use.span.start.row) for use in finding.used_at]
    if finding.span:
        places += [(finding.filename, position.row) for position in finding.span]
    for filename, row in places:
        source = sources.get(filename)
        if source:
            yield source.line(row)


@lru_cache(maxsize=4096)  # a line may be long, and have many findings
def silenced(line: str) -> Collection[str]:
    """The codes that the ``noqa`` comments of a line cover."""
    if "noqa" not in line.lower():
        return ()
    codes: set[str] = set()
    for match in re.finditer(NOQA, line):
        if match["codes"] is None:
            return CODES
        for each in set(re.split(r"[\s,]+", match["codes"])):
            codes.update(find_codes(each))
    return codes
