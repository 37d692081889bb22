"""What libyaml complains about, in the words of somebody who writes architecture files."""

from __future__ import annotations

import re

from cnnshape.diagnostics import Diagnostic, Position, Source, Span
from cnnshape.readers.yaml.syntax import LONGEST_TEXT

_BOUND = r"[\w.-]+\s*:\s*>=?\s*[0-9]"
_CALL_LINE = r"\s*-\s+[\w., \[\]=]*\w\s*\(.*\)\s*(\*\s*\w+)?\s*\Z"
_INDEXED_IN_FLOW = r"[\[{,:]\s*((?:[A-Za-z_][\w./-]*\[[^\[\]]*\])+[\w./-]*)(?=\s*[,\]}])"
_OPEN_SIGNATURE = r"\s*[A-Za-z_]\w*\([^)]*\Z"
_COLON = "mapping values are not allowed"
_WORD = r"\s*([A-Za-z_]\w*)\s*(?:#.*)?"
_JOINED = r"(\s*)([A-Za-z_]\w*)(?: +|:(?=\S))([^\s#:=][^#:]*)"
"""A key and its value with no colon between them, or no space behind it."""
_COLON_IN_CALL = r"\s*-\s+[\w.= ]*\([^\"'#]*\)\s*\Z"
_ARGUMENT = r"\b([a-z_]+) *: +"

CLOSING = {"[": "]", "{": "}"}


def explain_syntax(source: Source, position: Position, problem: str, began: Position) -> Diagnostic:
    """libyaml's complaint, in the words of somebody who writes architecture files where the cause is known.

    It gave up at `position`; what it was reading there `began` before.
    """
    line, above, first = (source.line(row) for row in (position.row, position.row - 1, began.row))
    if max(map(len, (line, above, first))) > LONGEST_TEXT:  # no slip of somebody's finger
        line = above = first = ""
    code, message, fix = "CS003", f"not valid YAML: {problem}", None
    if re.search(_BOUND, line):
        column = line.index(">") + 1
        bound = line[column - 1 :].split("#")[0].strip()
        position = Position(position.row, column)
        message, fix = (
            "a bound that begins with > needs quotes, since > begins a block of text in YAML",
            f'write "{bound}"',
        )
    elif re.match(r"\s+(name|inputs|trainable|repeat)\s*:", line) and re.match(_CALL_LINE, above):
        key = line.split(":")[0].strip()
        message = f"a call takes no `{key}:` on the next line; only the mapping spelling does"
        value = line.partition(":")[2].split("#")[0].strip()
        fix = f"write it before the call: `- {value or 'NAME'} = {above.strip(' -')}`"
        if key == "inputs":
            fix = f"name them behind the call: `- {above.strip(' -')}({value.strip('[]')})`"
        elif key == "repeat":
            fix = f"write it behind the call: `- {above.strip(' -')} * {value}`"
        elif key == "trainable":
            fix = "write it inside the call: `trainable=False`"
    elif re.match(_OPEN_SIGNATURE, line) or re.match(_OPEN_SIGNATURE, above):
        message = "a block's signature has to stand on one line, up to its colon"
        fix = "join the lines: `name(first, second=1):`"
    elif "${" in line:
        position = Position(position.row, line.index("${") + 1)
        message, fix = "`${...}` is not valid YAML here", "write an expression as `$(...)`"
    elif indexed := re.search(_INDEXED_IN_FLOW, line):
        position = Position(position.row, indexed.start(1) + 1)
        message = f"inside [ ] and {{ }} YAML reads the brackets of `{indexed[1]}` as a list"
        fix = f'quote it: "{indexed[1]}"'
    elif "\t" in line[: position.column] and not line[: position.column].strip(" \t"):
        message, fix = "a tab indents this line; YAML indents with spaces", "replace the tab with spaces"
    elif (
        (bracket := first[began.column - 1 : began.column]) in CLOSING
        and position.row > began.row
        and "expected ','" in problem
    ):
        written = (first[: first.find(" #")] if " #" in first else first).strip()
        position = began
        message = f"this `{bracket}` is never closed"
        fix = f"put the `{CLOSING[bracket]}`" if written.endswith(",") else f"write `{written}{CLOSING[bracket]}`"
    elif "expected ':'" in problem and (word := re.fullmatch(_WORD, first)):
        position = Position(began.row, word.start(1) + 1)
        message, fix = f"no colon follows {word[1]}", f"if it is a key, write `{word[1]}:`"
    elif _COLON in problem and (joined := re.fullmatch(_JOINED, above)) and joined[1] == line[: -len(line.lstrip())]:
        position = Position(position.row - 1, joined.start(2) + 1)
        message = "a colon and a space have to stand between a key and its value"
        fix = f"write `{joined[2]}: {joined[3].strip()}`"
    elif _COLON in problem and re.match(_COLON_IN_CALL, line):
        message = "a call gives its arguments with `=`, not with a colon"
        call = re.sub(_ARGUMENT, r"\1=", line.strip())
        fix = f"write `{call}`"
    elif _COLON in problem:
        fix = "quote a value that holds `: `, or check the indentation"
    return Diagnostic(
        code, message, source.filename, Span(position, Position(position.row, position.column + 1)), fix=fix
    )
