"""The drawing of the windows along one axis."""

from __future__ import annotations

from cnnshape.operations.convolution import Convolution
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import Pooling
from cnnshape.reports.windows import drawable, render


def drawing(operation: Operation, *shape: int | None, width: int = 80, unicode: bool = True) -> str:
    found = drawable(operation.apply(shape).windows)
    return render(found, width=width, unicode=unicode) if found else ""


def test_what_each_window_reads_and_what_nothing_reads():
    assert (
        drawing(Convolution(5, (3, 3), (2, 2)), 1, 8, 16, 3)
        == """\
height: 8 elements, windows of 3, stride 2
          0 1 2 3 4 5 6 7
window 0  █ █ █ · · · · ·
window 1  · · █ █ █ · · ·
window 2  · · · · █ █ █ ·
unread                  ×
█ read, × never read"""
    )


def test_padding_and_dilation_without_box_drawings():
    operation = Pooling("max", (3, 3), (1, 1), "same", (2, 2))
    assert (
        drawing(operation, 1, 5, 5, 3, unicode=False)
        == """\
height: 5 elements, windows of 5, stride 1
              0 1 2 3 4
window 0  +   # . # . .
window 1    + . # . # .
window 2      # . # . #
window 3      . # . # . +
window 4      . . # . #   +
# read, + padding"""
    )


def test_the_axis_with_something_to_show_is_drawn():
    text = drawing(Convolution(5, (3, 3), (1, 2)), 1, 8, 8, 3)
    assert text.startswith("width: 8 elements, windows of 3, stride 2\n")


def test_long_axes_show_both_ends():
    text = drawing(Convolution(64, (7, 7), (2, 2), ((3, 3), (3, 3))), 1, 224, 224, 3)
    assert max(map(len, text.splitlines())) <= 80
    lines = text.splitlines()
    assert [line.split("  ")[0] for line in lines[2:-1]] == [
        *("window 0", "window 1", "window 2", "window 3"),
        "⋯",
        *("window 108", "window 109", "window 110", "window 111"),
    ]
    assert lines[-1] == "█ read, ▒ padding"


def test_unknown_sizes_and_layers_without_windows_are_not_drawn():
    assert drawing(Convolution(5, (3, 3), (2, 2)), 1, None, None, 3) == ""


def test_an_axis_of_astronomic_size_is_drawn_at_once():
    text = drawing(Convolution(5, (3, 3), (2, 2)), 1, 2**63 - 1, 2**63 - 1, 3, width=100)
    assert "window 4611686018427387902" in text
