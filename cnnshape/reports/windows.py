"""A drawing of the windows along one axis: what each reads, what is padding, what nothing reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnshape.arithmetic.windows import Padding, read_elements
from cnnshape.operations.explaining import AxisWindows
from cnnshape.reports.diagnostics.text import paint

MOST_WINDOWS = 8
"""More windows than these are drawn as the first and the last ones."""


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
    """The windows along one axis, all sizes known."""

    axis: str
    size: int
    extent: int
    stride: int
    padding: Padding
    reads: list[list[int]]

    @property
    def number(self) -> int:
        """How many windows there are."""
        return len(self.reads)


def drawable(axes: Sequence[AxisWindows]) -> Drawable | None:
    """The axis that has most to show: elements that are never read, else padding, else the first with known sizes."""
    found: list[tuple[tuple[bool, bool], Drawable]] = []
    for each in axes:
        if each.size is not None and each.padding is not None and each.windows is not None:
            reads = read_elements(each.size, each.kernel, each.stride, each.dilation, each.padding, each.windows)
            interest = (bool(each.leftover), sum(each.padding) > 0)
            found.append((interest, Drawable(each.axis, each.size, each.extent, each.stride, each.padding, reads)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def render(windows: Drawable, *, width: int, unicode: bool = True, color: bool = False) -> str:
    """The drawing, at most `width` columns wide."""
    marks = UNICODE if unicode else ASCII
    reads = shown_windows(windows)
    first = min(-windows.padding[0], 0)
    past = max(windows.size + windows.padding[1], max(each[-1] for each in windows.reads) + 1)
    digits = max(len(str(windows.size - 1)), 1)
    margin = len(f"window {windows.number - 1}  ")
    columns = shown_columns(first, past, (width - margin) // (digits + 1))
    head = f"{windows.axis}: {windows.size} elements, windows of {windows.extent}, stride {windows.stride}"
    rows = [head, line("", ruler(columns, windows.size, marks), margin, digits)]
    for number, seen in reads:
        label = marks.omitted if number is None else f"window {number}"
        rows.append(line(label, cells(columns, seen, windows.size, marks), margin, digits, color))
    unread = never_read(windows)
    if any(column in unread for column in columns):
        spots = [marks.unread if column in unread else "" for column in columns]
        rows.append(line("unread", spots, margin, digits, color))
    rows.append(legend(windows, marks, bool(unread)))
    return "\n".join(row.rstrip() for row in rows)


def shown_windows(windows: Drawable) -> Iterator[tuple[int | None, Sequence[int]]]:
    """The windows by number; None stands for those that are left out."""
    reads = windows.reads
    if windows.number <= MOST_WINDOWS:
        yield from enumerate(reads)
        return
    half = MOST_WINDOWS // 2
    yield from enumerate(reads[:half])
    yield None, ()
    yield from enumerate(reads[-half:], windows.number - half)


def shown_columns(first: int, past: int, room: int) -> list[int | None]:
    """The indices to draw; None where some in the middle are left out."""
    everything: list[int | None] = list(range(first, past))
    if len(everything) <= room:
        return everything
    half = max((room - 1) // 2, 1)
    return [*everything[:half], None, *everything[-half:]]


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


def never_read(windows: Drawable) -> set[int]:
    """The indices of the input that no window reads."""
    return set(range(windows.size)).difference(*windows.reads)


def legend(windows: Drawable, marks: Marks, unread: bool) -> str:
    """What the marks mean, as far as they occur."""
    padded = any(not 0 <= index < windows.size for each in windows.reads for index in each)
    entries = [f"{marks.reads} read"]
    if padded:
        entries.append(f"{marks.pads} padding")
    if unread:
        entries.append(f"{marks.unread} never read")
    return ", ".join(entries)
