"""A picture of sliding windows, in the manner of the drawings of Dumoulin and Visin, "A guide to convolution
arithmetic for deep learning" (2016): the input with its padding, a window on it, and the output it makes.

Three frames show the first window, the next one, and the last. Of a large axis both ends are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.reports.diagnostics.text import visible
from cnnshape.reports.folding import columns_of
from cnnshape.reports.windows import both_ends
from cnnshape.value import NamedTuple

CELL = 20
GAP = 70
"""Between the two grids, where the arrow is."""
MARGIN = 16
LINE = 18
SHORTEST_HALF = 8
"""At least so many cells are drawn at either end of an axis that does not fit."""
LONGEST_HALF = 40
"""Windows that need more cells than this are not drawn."""

STYLE = """\
.input { fill: #9ec9ee; stroke: #2b5f8a; }
.padding { fill: #ffffff; stroke: #8a8a8a; stroke-dasharray: 3 2; }
.unread { fill: url(#hatch); stroke: #2b5f8a; }
.output { fill: #9ddcc0; stroke: #23795a; }
.tap { fill: #2f78b7; fill-opacity: 0.55; stroke: none; }
.window { fill: none; stroke: #12385a; stroke-width: 2.5; }
.made { fill: #1d8a61; stroke: #0d4a34; stroke-width: 2.5; }
.ray { stroke: #12385a; stroke-width: 1; stroke-opacity: 0.5; }
text { font: 12px sans-serif; fill: #222222; }
"""

HATCH = """\
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="#e8e8e8"/><rect width="2" height="6" fill="#b9b9b9"/></pattern>"""


class Line(NamedTuple):
    """One axis as it is drawn: the indices in order, None for a cut, and the place of each."""

    indices: tuple[int | None, ...]
    first: int

    def place(self, index: int) -> int:
        """Where an index is drawn, counted in cells; past the end for one that is cut out."""
        return self.indices.index(index) if index in self.indices else len(self.indices)


ONE = AxisWindows("", 1, 1, 1, 1, (0, 0), 1, "valid")
"""The second axis of a picture that has only one."""


def render(axes: Sequence[AxisWindows], title: str, *, writes: bool = False) -> str:
    """The picture of the last two axes as an SVG document.

    Args:
        axes: windows along each axis, every size known.
        title: what the picture shows.
        writes: whether windows write the left grid from the right one (a transposed convolution).

    Raises:
        ValueError: there are no windows, a size is unknown, or the windows are too large to draw.
    """
    if not axes:
        raise ValueError("no window slides here")
    if any(axis.size is None or axis.windows is None or axis.padding is None for axis in axes):
        raise ValueError("the sizes have to be known to draw windows")
    large = next((axis for axis in axes[-2:] if half_of(axis) > LONGEST_HALF), None)
    if large:
        raise ValueError(
            f"the windows along the {large.axis} are too large: {large.extent} elements, {large.stride} apart"
        )
    rows, columns = axes[-2:] if len(axes) > 1 else (ONE, axes[0])
    left = (line(rows), line(columns))
    right = (count_line(rows.windows or 0), count_line(columns.windows or 0))
    heights = [max(len(left[0].indices), len(right[0].indices)) * CELL] * len(frames(rows, columns))
    offset = MARGIN + len(left[1].indices) * CELL + GAP
    texts = captions(axes, writes)
    head = MARGIN + LINE * (1 + len(texts))
    height = head + sum(heights) + LINE * 2 * len(heights) + MARGIN
    body = [caption(MARGIN, MARGIN, title, bold=True)]
    body += [caption(MARGIN, MARGIN + LINE * number, text) for number, text in enumerate(texts, 1)]
    below: list[str] = []
    top = head
    for window, tall in zip(frames(rows, columns), heights, strict=True):
        body += frame(rows, columns, left, right, window, offset, top, writes)
        below.append(made(rows, window, writes))
        body += [
            caption(MARGIN, top + tall + LINE - 4, "output" if writes else "input"),
            caption(offset, top + tall + LINE - 4, below[-1]),
        ]
        top += tall + LINE * 2
    width = MARGIN + max(
        offset + len(right[1].indices) * CELL,
        MARGIN + width_of(title, bold=True),
        *(MARGIN + width_of(text) for text in texts),
        *(offset + width_of(text) for text in below),
    )
    return svg(width, height, title, HATCH, STYLE, body)


def svg(width: int, height: int, about: str, definitions: str, style: str, body: Iterable[str]) -> str:
    """A picture on white as a document; the style ends its last line."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            f"<title>{xml(about)}</title>",
            f"<defs>{definitions}</defs>",
            f"<style>\n{style}</style>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *body,
            "</svg>",
        )
    )


def xml(text: str) -> str:
    """Text of a file inside an element, in which a CI system's log has no command either."""
    return escape(visible(text)).replace("##", "#&#35;")


def captions(axes: Sequence[AxisWindows], writes: bool) -> list[str]:
    """One line an axis: its numbers."""
    result = []
    for axis in axes:
        low, high = axis.padding or (0, 0)
        dilation = f", dilation {axis.dilation}" if axis.dilation > 1 else ""
        if writes:
            cut_off = f", cut {max(low, 0)} before and {max(high, 0)} after" if low > 0 or high > 0 else ""
            unwritten = (axis.leftover or 0) + len(axis.skipped)
            sizes, ends = f"{axis.windows} to {axis.size}", cut_off
            ends += f", {unwritten} that no window writes" if unwritten else ""
        else:
            ends = f", padding {low} before and {high} after" if low or high else ""
            unread = f", {axis.leftover} never read" if axis.leftover else ""
            sizes, ends = f"{axis.size} to {axis.windows}", ends + unread
        result.append(f"{axis.axis}: {sizes}; kernel {axis.kernel}, stride {axis.stride}{dilation}{ends}")
    return result


def frames(rows: AxisWindows, columns: AxisWindows) -> list[tuple[int, int]]:
    """The windows that are drawn: the first, its neighbour, the last; each once."""
    last = ((rows.windows or 1) - 1, (columns.windows or 1) - 1)
    second = (0, min(1, last[1])) if last[1] else (min(1, last[0]), 0)
    return list(dict.fromkeys(((0, 0), second, last)))


def line(axis: AxisWindows) -> Line:
    """The padded axis, cut in the middle where it is long; its ends hold the first two windows and the last."""
    low, high = axis.padding or (0, 0)
    reach = (axis.end or 0) - 1
    first, past = min(-low, 0), max((axis.size or 0) + max(high, 0), reach + 1)
    return cut(first, past, half_of(axis))


def half_of(axis: AxisWindows) -> int:
    """The cells that either end of an axis needs to show two windows, and what lies behind the last."""
    low, high = axis.padding or (0, 0)
    return max(SHORTEST_HALF, axis.extent + axis.stride + max(low, high, axis.leftover or 0, 0))


def count_line(count: int) -> Line:
    """The axis of the grid that has one element for every window."""
    return cut(0, count, SHORTEST_HALF)


def cut(first: int, past: int, half: int) -> Line:
    """The indices from `first` up to `past`, or `half` of them at either end."""
    return Line(tuple(both_ends(first, past, 2 * half + 1, half)), first)


def frame(
    rows: AxisWindows,
    columns: AxisWindows,
    left: tuple[Line, Line],
    right: tuple[Line, Line],
    window: tuple[int, int],
    offset: int,
    top: int,
    writes: bool,
) -> Iterator[str]:
    """Both grids, one window on the left one, and the element that belongs to it on the right one, at `offset`."""
    kinds = ("output", "input") if writes else ("input", "output")
    unread = (set(rows.skipped), set(columns.skipped))
    for y, row in enumerate(left[0].indices):
        for x, column in enumerate(left[1].indices):
            if row is not None and column is not None:
                inside = 0 <= row < (rows.size or 0) and 0 <= column < (columns.size or 0)
                at_border = is_left_over(rows, row) or is_left_over(columns, column)
                missed = at_border or row in unread[0] or column in unread[1]
                kind = ("unread" if missed else kinds[0]) if inside else "padding"
                yield square(kind, MARGIN + x * CELL, top + y * CELL)
    for y, row in enumerate(right[0].indices):
        for x, column in enumerate(right[1].indices):
            if row is not None and column is not None:
                kind = "made" if (row, column) == window else kinds[1]
                yield square(kind, offset + x * CELL, top + y * CELL)
    taps = (tap_places(rows, left[0], window[0]), tap_places(columns, left[1], window[1]))
    for y in taps[0]:
        for x in taps[1]:
            yield square("tap", MARGIN + x * CELL, top + y * CELL)
    yield from outline(taps, right, window, offset, top)


def made(rows: AxisWindows, window: tuple[int, int], writes: bool) -> str:
    """Which element of the right grid belongs to a window."""
    names, numbers = (("row", "column"), window) if rows is not ONE else (("element",), window[1:])
    which = ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    return f"{'input' if writes else 'output'}: {which}"


def caption(x: int, y: int, text: str, *, bold: bool = False) -> str:
    """A line of text."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{weight}>{xml(text)}</text>'


def width_of(text: str, *, bold: bool = False) -> int:
    """The pixels that a line of text takes at most, or nearly so: the viewer chooses the font."""
    return columns_of(visible(text)) * (9 if bold else 8)


def is_left_over(axis: AxisWindows, index: int) -> bool:
    """Whether an element lies behind the last window."""
    return index >= (axis.size or 0) - (axis.leftover or 0)


def tap_places(axis: AxisWindows, drawn: Line, window: int) -> list[int]:
    """Where the taps of a window are drawn."""
    begin = window * axis.stride - (axis.padding or (0, 0))[0]
    places = [drawn.place(begin + tap * axis.dilation) for tap in range(axis.kernel)]
    return [place for place in places if place < len(drawn.indices)]


def outline(
    taps: tuple[list[int], list[int]], right: tuple[Line, Line], window: tuple[int, int], offset: int, top: int
) -> Iterator[str]:
    """The border of the window, and rays from its corners to the element."""
    rows, columns = taps
    if not rows or not columns:
        return
    x, y = MARGIN + columns[0] * CELL, top + rows[0] * CELL
    wide, tall = (columns[-1] - columns[0] + 1) * CELL, (rows[-1] - rows[0] + 1) * CELL
    yield f'<rect class="window" x="{x}" y="{y}" width="{wide}" height="{tall}"/>'
    element_x, element_y = offset + right[1].place(window[1]) * CELL, top + right[0].place(window[0]) * CELL
    yield ray(x + wide, y, element_x, element_y)
    yield ray(x + wide, y + tall, element_x, element_y + CELL)


def square(kind: str, x: int, y: int) -> str:
    """One cell."""
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{CELL}" height="{CELL}"/>'


def ray(from_x: int, from_y: int, to_x: int, to_y: int) -> str:
    """A thin line."""
    return f'<line class="ray" x1="{from_x}" y1="{from_y}" x2="{to_x}" y2="{to_y}"/>'
