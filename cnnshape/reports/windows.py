"""A drawing of the windows along one axis: what each reads, what is padding, what nothing reads."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.windows import AxisWindows, Padding
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


class Drawable(NamedTuple):
    """The windows along one axis, all sizes known. Sizes may be astronomic: only what is drawn is ever computed."""

    axis: str
    size: int
    kernel: int
    extent: int
    stride: int
    dilation: int
    padding: Padding
    number: int

    def reads(self, window: int) -> list[int]:
        """The indices that a window reads; negative ones, and those from `size`, are padding."""
        first = window * self.stride - self.padding[0]
        return [first + tap * self.dilation for tap in range(self.kernel)]

    def is_read(self, index: int) -> bool:
        """Whether some window reads this index."""
        for tap in range(self.kernel):
            window, rest = divmod(index + self.padding[0] - tap * self.dilation, self.stride)
            if rest == 0 and 0 <= window < self.number:
                return True
        return False


def drawable(axes: Sequence[AxisWindows]) -> Drawable | None:
    """The axis that has most to show: elements that are never read, else padding, else the first with known sizes."""
    found: list[tuple[tuple[bool, bool], Drawable]] = []
    for each in axes:
        known = each.size is not None and each.padding is not None and each.windows is not None
        if known and each.kernel <= WIDEST_KERNEL:
            size, padding, number = each.size or 0, each.padding or (0, 0), each.windows or 0
            interest = (bool(each.leftover), sum(padding) > 0)
            axis = Drawable(each.axis, size, each.kernel, each.extent, each.stride, each.dilation, padding, number)
            found.append((interest, axis))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def render(windows: Drawable, *, width: int, unicode: bool = True, color: bool = False) -> str:
    """The drawing, at most `width` columns wide."""
    marks = UNICODE if unicode else ASCII
    past = max(windows.size + windows.padding[1], windows.reads(windows.number - 1)[-1] + 1)
    digits = len(str(windows.size - 1))
    margin = len(f"window {windows.number - 1}  ")
    columns = shown_columns(-windows.padding[0], past, (width - margin) // (digits + 1))
    head = f"{windows.axis}: {windows.size} elements, windows of {windows.extent}, stride {windows.stride}"
    rows = [head, line("", ruler(columns, windows.size, marks), margin, digits)]
    padded = False
    for number in shown_windows(windows.number):
        seen = [] if number is None else windows.reads(number)
        label = marks.omitted if number is None else f"window {number}"
        rows.append(line(label, cells(columns, seen, windows.size, marks), margin, digits, color))
        padded = padded or any(not 0 <= index < windows.size for index in seen)
    unread = {
        column
        for column in columns
        if column is not None and 0 <= column < windows.size and not windows.is_read(column)
    }
    if unread:
        spots = [marks.unread if column in unread else "" for column in columns]
        rows.append(line("unread", spots, margin, digits, color))
    rows.append(legend(marks, padded, bool(unread)))
    return "\n".join(row.rstrip() for row in rows)


def shown_windows(number: int) -> list[int | None]:
    """The windows by number; None stands for those that are left out."""
    if number <= MOST_WINDOWS:
        return list(range(number))
    half = MOST_WINDOWS // 2
    return [*range(half), None, *range(number - half, number)]


def shown_columns(first: int, past: int, room: int) -> list[int | None]:
    """The indices to draw; None where some in the middle are left out."""
    if past - first <= room:
        return list(range(first, past))
    half = max((room - 1) // 2, 1)
    return [*range(first, first + half), None, *range(past - half, past)]


def ruler(columns: Sequence[int | None], size: int, marks: Marks) -> list[str]:
    """The indices of the input above the columns; padding has none."""
    return [marks.omitted if column is None else str(column) if 0 <= column < size else "" for column in columns]


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


def legend(marks: Marks, padded: bool, unread: bool) -> str:
    """What the marks mean, as far as they occur."""
    entries = [f"{marks.reads} read"]
    if padded:
        entries.append(f"{marks.pads} padding")
    if unread:
        entries.append(f"{marks.unread} never read")
    return ", ".join(entries)
