"""Findings for people: the source line, a caret below what is wrong, what to write instead, and where to read on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnshape.diagnostics import Diagnostic, Position, Severity, Source, Span
from cnnshape.reports.diagnostics.text import Cell, cells, no_workflow_command, page, paint, visible, visible_lines

WIDTH = 120
"""Source lines wider than this many columns are cut around what is pointed at."""

LEAST_ROOM = 20
"""Columns that a source line has however narrow the terminal is."""

MOST_LINES = 6
"""A span over more lines shows its first three and its last two."""

ELLIPSIS = Cell("…", 1)


def render(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool = False,
    terminal: int | None = None,
) -> str:
    """Every finding with its excerpt, separated by empty lines; an empty string where there is none.

    The first finding with a code names the page of the code book that explains it. Source lines are broken where a
    `terminal` of so many columns would break them.
    """
    first = {each.code: index for index, each in reversed([*enumerate(diagnostics)])}
    pages = [[page(each.code, color)] * (first[each.code] == index) for index, each in enumerate(diagnostics)]
    findings = (
        [*finding_lines(each, sources, color, terminal), *last] for each, last in zip(diagnostics, pages, strict=True)
    )
    return no_workflow_command("\n".join("".join(f"{line}\n" for line in lines) for lines in findings))


def finding_lines(
    diagnostic: Diagnostic, sources: Mapping[str, Source], color: bool, terminal: int | None
) -> Iterator[str]:
    """Heading, place, excerpt, the places that use the block, help."""
    severity = diagnostic.severity
    first, *rest = visible_lines(diagnostic.message)
    yield f"{paint(f'{severity}[{diagnostic.code}]', severity, color)}{paint(f': {first}', 'bold', color)}"
    yield from (f"  | {line}" for line in rest)
    spans = [diagnostic.span, *(use.span for use in diagnostic.used_at)]
    gutter = max((len(str(span.end.row)) for span in spans if span), default=1)
    place = f"{' ' * gutter}{paint('-->', 'frame', color)} {visible(diagnostic.filename)}"
    source = sources.get(diagnostic.filename)
    label = f"in {visible(diagnostic.layer)}" if diagnostic.layer else ""
    if diagnostic.span is None:
        yield f"{place} {label}".rstrip()
    else:
        yield f"{place}:{diagnostic.span.start.row}:{diagnostic.span.start.column}"
        yield from excerpt(source, diagnostic.span, gutter, severity, label, color, terminal)
    for use in reversed(diagnostic.used_at):
        start = use.span.start
        arrow = paint(":::", "frame", color)
        yield f"{' ' * gutter}{arrow} {visible(use.filename)}:{start.row}:{start.column}"
        yield from excerpt(sources.get(use.filename), use.span, gutter, None, "used here", color, terminal)
    if diagnostic.fix:
        first, *rest = visible_lines(diagnostic.fix)
        yield f"{paint('help', 'advice', color)}: {first}"
        yield from (f"    | {line}" for line in rest)


def excerpt(
    source: Source | None,
    span: Span,
    gutter: int,
    severity: Severity | None,
    label: str,
    color: bool,
    terminal: int | None,
) -> Iterator[str]:
    """The lines of `span`, marked with carets, or with dashes (`severity` None) where they only use it."""
    if source is None:
        return
    bar = paint("|", "frame", color)
    margin = f"{' ' * gutter} {bar}"
    room = max(terminal - gutter - 3, LEAST_ROOM) if terminal else WIDTH
    span = clamp(span, source)
    yield margin
    single = span.start.row == span.end.row
    for row in shown_rows(span.start.row, span.end.row):
        if row is None:
            yield paint("...", "frame", color)
            continue
        line = source.line(row)
        low = span.start.column - 1 if row == span.start.row else len(line) - len(line.lstrip())
        high = span.end.column - 1 if row == span.end.row else len(line)
        text, offset, marked = window(line, low, max(high, low + 1))
        is_marked = single or row in (span.start.row, span.end.row)
        note = label if row == span.end.row else ""
        number = f"{paint(f'{row:>{gutter}}', 'frame', color)} {bar}"
        for part, begin, length, last in parts(text, offset, marked, room):
            yield f"{number} {part}".rstrip()
            number = margin
            if is_marked and length:
                mark = ("^" if severity else "-") * length
                notes = f"{mark} {note}" if note and last else mark
                if begin + len(notes) > room and notes != mark:
                    yield f"{margin} {' ' * begin}{paint(mark, severity or 'frame', color)}"
                    notes = note
                yield f"{margin} {' ' * begin}{paint(notes, severity or 'frame', color)}"
    yield margin


def parts(text: str, offset: int, marked: int, room: int) -> Iterator[tuple[str, int, int, bool]]:
    """A line broken between words to fit `room` columns: each part, its marks' offset and length, whether they end.

    What goes on is indented a little more; a word wider than the room is cut.
    """
    line = cells(text)
    if columns(line) <= room:
        yield text, offset, marked, True
        return
    indent = min(len(text) - len(text.lstrip()) + 2, room // 3)
    first, position, margin = 0, 0, 0
    while first < len(line):
        last, width = first, margin
        while last < len(line) and width + line[last].width <= room:
            width += line[last].width
            last += 1
        if last < len(line):
            space = text.rfind(" ", first, last + 1)
            last = space + 1 if text[first:space].strip() and space > first else max(last, first + 1)
        end = position + columns(line[first:last])
        low, high = max(offset, position), min(offset + marked, end)
        part = text[first:last]
        yield " " * margin + part, margin + low - position, max(high - low, 0), high == offset + marked
        first, position, margin = last, end, indent


def clamp(span: Span, source: Source) -> Span:
    """The span within the text; one that ends before a line's first character ends on the line before."""
    rows = len(source.lines)
    start, end = (position if position.row <= rows else Position(rows, len(source.line(rows)) + 1) for position in span)
    if end.column <= 1 and end.row > start.row:
        end = Position(end.row - 1, len(source.line(end.row - 1)) + 1)
    start = Position(start.row, min(start.column, len(source.line(start.row)) + 1))
    end = Position(end.row, min(end.column, len(source.line(end.row)) + 1))
    return Span(start, max(start, end))


def shown_rows(first: int, last: int) -> list[int | None]:
    """The rows of an excerpt; None stands for those left out."""
    if last - first < MOST_LINES:
        return list(range(first, last + 1))
    return [first, first + 1, first + 2, None, last - 1, last]


def window(text: str, low: int, high: int) -> tuple[str, int, int]:
    """The part of a line that shows code points `low` to `high`: as shown, their offset and width in columns.

    A line of at most `WIDTH` columns is shown whole; of a longer one, as much as fits around the marked part
    (or its beginning), with an ellipsis at each cut.
    """
    near = max(0, low - WIDTH)
    line = cells(text[near : low + 2 * WIDTH])
    beyond = len(text) > low + 2 * WIDTH
    low, high = low - near, min(high - near, len(line))
    first, last = 0, len(line)
    if near or beyond or columns(line) > WIDTH:
        first = last = min(low, len(line))
        room = WIDTH - 2
        while last < high and line[last].width <= room:
            room -= line[last].width
            last += 1
        growing = True
        while growing:
            growing = False
            if first > 0 and line[first - 1].width <= room:
                first, growing = first - 1, True
                room -= line[first].width
            if last < len(line) and line[last].width <= room:
                room -= line[last].width
                last, growing = last + 1, True
    cut_before = near > 0 or first > 0
    cut_after = beyond or last < len(line)
    shown = [*[ELLIPSIS] * cut_before, *line[first:last], *[ELLIPSIS] * cut_after]
    return (
        "".join(each.text for each in shown),
        columns(line[first:low]) + cut_before,
        columns(line[low : min(high, last)]) or 1,
    )


def columns(part: list[Cell]) -> int:
    """The terminal columns that these cells take."""
    return sum(each.width for each in part)
