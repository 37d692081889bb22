"""Shapes, sizes and padding as a command line spells them."""

from __future__ import annotations

import pytest

from cnnshape.cli.shapes import read_counts, read_padding, read_shape, read_sizes, read_whole


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("224", (224,)),
        ("10x8x16x3", (10, 8, 16, 3)),
        ("10,8,16,3", (10, 8, 16, 3)),
        ("(8, 16, 3)", (8, 16, 3)),
        ("[8, 16, 3]", (8, 16, 3)),
        ("8X16×3", (8, 16, 3)),
        ("_x_x3", (None, None, 3)),
        ("?xNonex3", (None, None, 3)),
        ("(5,)", (5,)),
        ("9223372036854775807", (2**63 - 1,)),
    ],
)
def test_shapes(text, shape):
    assert read_shape(text) == shape


@pytest.mark.parametrize("text", ["", "x", "8xx3", "0x3", "-1x3", "8x3.0", "8x٣", "9223372036854775808", "1e3", "a"])
def test_what_is_no_shape_is_refused_with_what_was_written(text):
    with pytest.raises(ValueError) as error:
        read_shape(text)
    assert str(error.value) == (f"must be sizes of at least 1 joined by x, such as 8x16x3 (_ is unknown), got {text!r}")


def test_sizes_per_axis():
    assert read_sizes("3") == (3,)
    assert read_sizes("3x5") == (3, 5)
    assert read_counts("0x1") == (0, 1)
    with pytest.raises(ValueError, match=r"^must be at least 1, got 0$"):
        read_sizes("3x0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-1", "must be at least 1, got -1"),
        ("2.5", "must be a whole number, got '2.5'"),
        ("--3", "must be a whole number, got '--3'"),
        ("9" * 20, f"must be at least 1 and below 2**63, got {'9' * 20}"),
        ("9" * 5000, f"must be at least 1 and below 2**63, got {'9' * 5000}"),
    ],
)
def test_a_number_out_of_bounds_is_told_its_bounds(text, message):
    with pytest.raises(ValueError) as error:
        read_whole(text, 1)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "padding"),
    [
        ("same", "same"),
        ("VALID", "valid"),
        ("causal", "causal"),
        ("3", ((3, 3),)),
        ("1:2", ((1, 2),)),
        ("3x5", ((3, 3), (5, 5))),
        ("1:2x0:1", ((1, 2), (0, 1))),
    ],
)
def test_padding(text, padding):
    assert read_padding(text) == padding


@pytest.mark.parametrize("text", ["", "foo", "1:", ":1", "-1", "1:2:3", "1.5"])
def test_what_is_no_padding_is_refused_with_what_was_written(text):
    with pytest.raises(ValueError) as error:
        read_padding(text)
    assert str(error.value) == (
        "must be same, valid, causal, a whole number, low:high such as 1:2, or one of these per axis such as 3x5, "
        f"got {text!r}"
    )
