"""A call that cannot be read, with the slip of the finger undone: the help is the call as it should stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnshape.diagnostics import Diagnostic
from cnnshape.network.plan import Plan
from cnnshape.readers.yaml.calls import Call, parse_call
from cnnshape.readers.yaml.syntax import CLOSING, LONGEST_TEXT, ExpressionFault
from cnnshape.value import replace

_ENTRY = re.compile(r"\s*-\s+(?P<call>[^#\"']*\(.*?)\s*(?:\s#.*)?\Z")
_TIMES = re.compile(r"(?<=\))\s*[xX\N{MULTIPLICATION SIGN}]\s*(?=\w+\Z)")
_KEYWORD = re.compile(r"\s*,\s*[A-Za-z_]\w*\s*=(?!=)")
_TWO_VALUES = re.compile(r"(?<=[\w)\]])\s+(?=[\w(\[\"'])")


def repair(finding: Diagnostic, plan: Plan) -> Diagnostic | None:
    """The finding with what to write instead, where an entry on one line is a slip away from a call."""
    source = plan.sources.get(finding.filename)
    line = source.line(finding.span.start.row) if source and finding.span else ""
    entry = _ENTRY.match(line) if len(line) <= LONGEST_TEXT else None
    if entry is None or (finding.fix and finding.code != "CS012"):
        return None
    meant = next((each for each in repaired(entry["call"]) if (call := read_call(each)) and call.called), None)
    return replace(finding, fix=f"write `{meant}`") if meant else None


def repaired(call: str) -> Iterator[str]:
    """What may be meant, the most likely first."""
    yield _TIMES.sub(" * ", call)
    for match in _KEYWORD.finditer(call):
        before, after = call[: match.start()], call[match.start() :]
        if len(closers := closing(before)) > 1:  # an argument within the value of another
            yield f"{before}{closers[:-1]}{after}"
            yield f"{before}{closers[:-1]}{after.removesuffix(closers[0])}"
    yield call + closing(call)
    for match in _TWO_VALUES.finditer(call):
        yield f"{call[: match.start()]}, {call[match.end() :]}"


def closing(text: str) -> str:
    """The brackets that close those left open, innermost first."""
    stack: list[str] = []
    for character in text:
        if character in CLOSING:
            stack.append(CLOSING[character])
        elif stack and character == stack[-1]:
            stack.pop()
    return "".join(reversed(stack))


def read_call(text: str) -> Call | None:
    """A text as a call, if it is one."""
    try:
        return parse_call(text)
    except ExpressionFault:
        return None
