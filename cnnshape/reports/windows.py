"""A drawing of the windows along one axis: what each reads, what is padding, what nothing reads."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.reports.diagnostics.text import paint
from cnnshape.value import NamedTuple

MOST_WINDOWS = 8
"""More windows than these are drawn as the first and the last ones."""

WIDEST_KERNEL = 1_000
"""Windows with more taps are not drawn."""


class Marks(NamedTuple):
    """What stands for what."""

    reads: str
    pads: str
    between: str
    unread: str
    omitted: str


UNICODE = Marks("█", "▒", "·", "×", "⋯")
ASCII = Marks("#", "+", ".", "x", "~")


def drawable(axes: Sequence[AxisWindows]) -> AxisWindows | None:
    """The axis that has most to show: elements that are never read, else padding, else the first with known sizes."""
    known = [each for each in axes if None not in each and each.kernel <= WIDEST_KERNEL]
    return max(known, key=lambda each: (bool(each.leftover), sum(each.padding or ()) > 0), default=None)


def render(windows: AxisWindows, *, width: int, unicode: bool = True, color: bool = False) -> str:
    """The drawing, at most `width` columns wide, of an axis of which all sizes are known.

    Sizes may be astronomic: only what is drawn is ever computed.
    """
    marks = UNICODE if unicode else ASCII
    size, (low, high), count = windows.size or 0, windows.padding or (0, 0), windows.windows or 0
    digits = len(str(size - 1))
    margin = len(f"window {count - 1}  ")
    room = (width - margin) // (digits + 1)
    columns = both_ends(-low, max(size + high, windows.end or 0), room, max((room - 1) // 2, 1))
    ruler = [marks.omitted if each is None else str(each) if 0 <= each < size else "" for each in columns]
    head = f"{windows.axis}: {size} elements, windows of {windows.extent}, stride {windows.stride}"
    rows = [head, line("", ruler, margin, digits)]
    padded = False
    for number in both_ends(0, count, MOST_WINDOWS, MOST_WINDOWS // 2):
        first = (number or 0) * windows.stride - low
        seen = [] if number is None else [first + tap * windows.dilation for tap in range(windows.kernel)]
        label = marks.omitted if number is None else f"window {number}"
        rows.append(line(label, cells(columns, seen, size, marks), margin, digits, color))
        padded = padded or any(not 0 <= index < size for index in seen)
    unread = {
        column for column in columns if column is not None and 0 <= column < size and not is_read(windows, column)
    }
    if unread:
        spots = [marks.unread if column in unread else "" for column in columns]
        rows.append(line("unread", spots, margin, digits, color))
    legend = (f"{marks.reads} read", f"{marks.pads} padding" * padded, f"{marks.unread} never read" * bool(unread))
    rows.append(", ".join(filter(None, legend)))
    return "\n".join(row.rstrip() for row in rows)


def is_read(windows: AxisWindows, index: int) -> bool:
    """Whether some window reads this index."""
    low, count = (windows.padding or (0, 0))[0], windows.windows or 0
    places = (divmod(index + low - tap * windows.dilation, windows.stride) for tap in range(windows.kernel))
    return any(rest == 0 and 0 <= window < count for window, rest in places)


def both_ends(first: int, past: int, most: int, half: int) -> list[int | None]:
    """The numbers from `first` up to `past`; of more than so many `half` at either end, and None for those between."""
    if past - first <= most:
        return list(range(first, past))
    return [*range(first, first + half), None, *range(past - half, past)]


def cells(columns: Sequence[int | None], seen: Sequence[int], size: int, marks: Marks) -> list[str]:
    """One window: what it reads, where that is padding, and what lies between."""
    inside = set(seen)
    row = []
    for column in columns:
        if column is None:
            row.append("")
        elif column in inside:
            row.append(marks.reads if 0 <= column < size else marks.pads)
        else:
            row.append(marks.between if seen and 0 <= column < size else "")
    return row


def line(label: str, row: Sequence[str], margin: int, digits: int, color: bool = False) -> str:
    """A label and its cells, aligned."""
    text = f"{label:<{margin}}" + " ".join(f"{cell:>{digits}}" for cell in row)
    return paint(text, "error", color) if label == "unread" else text
