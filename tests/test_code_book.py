"""The code book: a page for every code, and no page without one."""

from __future__ import annotations

import re

import pytest

from cnnshape.diagnostics import CODES
from cnnshape.diagnostics.codes import find_codes
from cnnshape.diagnostics.pages import BOOK, SECTIONS, heading, page


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(path.stem for path in BOOK.iterdir()) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_states_name_and_severity_and_has_every_section(code: str) -> None:
    text = page(code)
    assert text.markdown.splitlines()[0] == heading(code)
    assert re.findall(r"^## (.+)$", text.markdown, flags=re.MULTILINE) == list(SECTIONS)
    assert all((text.what, text.why, text.example, text.fix, text.sources))


def test_names_are_unique() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("CS301", ["CS301"]),
        ("cs301", ["CS301"]),
        ("kernel-larger-than-input", ["CS301"]),
        ("CS40", ["CS401", "CS402", "CS403", "CS404"]),
        ("CS999", []),
        ("C", []),
        ("", []),
    ],
)
def test_codes_are_found_by_code_prefix_or_name(written: str, codes: list[str]) -> None:
    assert find_codes(written) == codes
