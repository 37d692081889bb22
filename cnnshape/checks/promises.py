"""``check --write-expect``: today's numbers written into a file as its promises, by position.

Exact promises get today's number; of bounds (``<= 26M``) only those that are broken change. A file without `expect:`
gets one with output, parameters and MACs. Comments and layout stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from cnnshape.diagnostics import Edit, Position, Source, Span
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, place, to_data
from cnnshape.diagnostics.source import quote_of
from cnnshape.mending.edits import BOM, edited
from cnnshape.network.expectations import Broken, Checker, model
from cnnshape.network.plan import Plan
from cnnshape.network.promise_syntax import parse_bound
from cnnshape.readers.yaml.document import parse_document
from cnnshape.value import NamedTuple

RECORDED = ("params", "macs")
"""The numbers that a new `expect:` promises, beside the output."""

SIGNS = ("<=", ">=", "<", ">")


class Recorded(NamedTuple):
    """A file's text with its promises brought up to date, and the plan of that.

    It is the text and the plan from before where today's numbers would not make a sound file of it.
    """

    text: str
    plan: Plan


def record_promises(before: str, plan: Plan, examine_text: Callable[[str, str], Plan]) -> Recorded:
    """The text with today's numbers, if they hold there: a promise may stand where none can be put.

    A promise that says nothing (CS402) stays as it is.

    Args:
        before: the content of the file.
        plan: its plan, without errors but broken promises.
        examine_text: plans a text as the content of a file.
    """
    text = write_promises(before, plan)
    after = examine_text(text.removeprefix(BOM), plan.filename)
    sound = all(finding.code == "CS402" for finding in after.errors)
    return Recorded(text, after) if sound else Recorded(before, plan)


def write_promises(text: str, plan: Plan) -> str:
    """The text of a file with the numbers of its plan as promises.

    Raises:
        DocumentError: the text is not a document; a plan without errors has none of these.
    """
    source = Source(plan.filename, text.removeprefix(BOM))
    root = parse_document(source)
    if not isinstance(root, Mapping):
        return text
    promises = root.get("expect")
    if isinstance(promises, Mapping) and promises.pairs:
        return edited(text, updates(promises, source, plan))
    if promises is not None and to_data(promises) not in (None, {}):
        return text  # no promises, but not nothing either: the check says what it has to be
    return edited(text, list(addition(root, promises, source, plan)))


def updates(promises: Mapping, source: Source, plan: Plan) -> list[Edit]:
    """The edits that bring existing promises up to date.

    Text that stands for several promises (an alias does) is changed only to what holds for all of them.
    """
    checker = Checker(plan, plan.filename)
    for _ in checker.check(promises):
        pass  # what counts is what the checker has found broken
    wanted: dict[Span, set[str]] = {}
    for broken in checker.broken:
        for node, text in replacements(broken):
            wanted.setdefault(place(node), set()).add(text)
    whole = place(promises)
    return [
        Edit(span, written(text, source.text_of(span)))
        for span, (text, *others) in wanted.items()
        if not others and whole.start <= span.start and span.end <= whole.end
    ]


def replacements(broken: Broken) -> Iterator[tuple[Node, str]]:
    """What to write in place of a broken promise, or of parts of it; nothing where today's numbers are not known."""
    node = broken.node
    if broken.is_shape:
        yield node, json.dumps(broken.today)
        return
    known = [size for size in broken.today if size is not None]
    least, most = min(known), max(known)
    if isinstance(node, Mapping):
        for key, value in (("max", most), ("min", least)):
            part = node.get(key)
            if part is not None and parse_bound({key: to_data(part)}).excess(value):
                yield part, str(value)
    elif isinstance(node, Scalar):
        sign = next((sign for sign in SIGNS if node.text.lstrip().startswith(sign)), "")
        if sign.startswith("<"):
            yield node, f"{sign} {most + (sign == '<')}"
        elif sign.startswith(">"):
            yield node, f"{sign} {least - (sign == '>')}"
        elif least == most:
            yield node, str(most)
        elif len(known) == len(broken.today):  # one number for axes that differ: each gets its own
            yield node, json.dumps(known)


def written(text: str, before: str) -> str:
    """A bound in the quotes that the one before it had, and in some where YAML needs them; a list has none."""
    quote = "" if text.startswith("[") else quote_of(before) or '"' * text.startswith(">")
    return f"{quote}{text}{quote}"


def addition(root: Mapping, empty: Node | None, source: Source, plan: Plan) -> Iterator[Edit]:
    """The edits that add `expect:` at the end of a file, or fill an empty one, in the file's own style."""
    today = model(plan)
    shapes = {name: list(shape[1:]) for name, shape in plan.outputs.items() if shape is not None}
    output = shapes if len(shapes) > 1 else next(iter(shapes.values()), None)
    values = {"output": output, **{key: today.number(key) for key in RECORDED}}
    lines = {key: json.dumps(value) for key, value in values.items() if value is not None}
    begin = place(root).start
    if source.line(begin.row)[begin.column - 1 :].startswith("{"):
        end = place(root.pairs[-1][1]).end
        body = ", ".join(f'"{key}": {value}' for key, value in lines.items())
        yield Edit(place(empty), f"{{{body}}}") if empty else Edit(Span(end, end), f', "expect": {{{body}}}')
        return
    first = place(root.pairs[0][0]).start
    before = source.line(first.row)[: first.column - 1]
    margin = before if not before.strip(" ") else ""  # YAML also breaks lines where editors do not
    newline = "\r\n" if "\r\n" in source.text else "\n"
    body = "".join(f"{margin}  {key}: {value}{newline}" for key, value in lines.items())
    if empty is not None:  # a comment behind it stays on its line
        row = place(empty).end.row
        end = Position(row, len(source.line(row)) + 1)
        yield Edit(place(empty), "")
        yield Edit(Span(end, end), newline + body.removesuffix(newline))
        return
    rows = [row for row, line in enumerate(source.lines, 1) if line == "..." or line.startswith("... ")]
    if rows:
        end = Position(rows[0], 1)
        yield Edit(Span(end, end), f"{margin}expect:{newline}{body}")
        return
    end = Position(len(source.lines), len(source.lines[-1]) + 1)
    start = newline if source.lines[-1] else ""
    yield Edit(Span(end, end), f"{start}{margin}expect:{newline}{body}")
