"""Numbers as people read them."""

from __future__ import annotations

import pytest

from cnnshape.reports.units import binary_bytes, by_x, grouped, thousands


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (99_950, "100 k"),
        (118_013_952, "118 M"),
        (999_999, "1.00 M"),
        (3_857_973_248, "3.86 G"),
        (10**12, "1.00 T"),
        (None, "?"),
    ],
)
def test_powers_of_1000(count, text):
    assert thousands(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (4200, "4.10 KiB"),
        (1024**2 - 1, "1.00 MiB"),
        (102_546_848, "97.8 MiB"),
        (1024**3, "1.00 GiB"),
        (None, "?"),
    ],
)
def test_powers_of_1024(count, text):
    assert binary_bytes(count) == text


def test_exact_counts_and_shapes():
    assert grouped(25_636_712) == "25,636,712"
    assert grouped(None) == "?"
    assert by_x((10, None, 7)) == "10x?x7"
    assert by_x(()) == "scalar"
