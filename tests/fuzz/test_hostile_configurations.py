"""Whatever a configuration holds, it is used or refused in words."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape.api import examine
from cnnshape.checks.check import check_file
from cnnshape.checks.configuration import READERS, ConfigurationError, configure
from cnnshape.network.expectations import KEYS as PROMISES

WORDS = st.sampled_from(
    ["CS5", "CS501", "unread-border", "CS301", "*", "**", "*.yaml", "[", "[!", "a/**/b", "../..", "error", "advice", "json",
     "<= 1k", ">= 0", "<= 1e99", "1 KiB", "k", "<=", "", "\x1b[31m", "input", "[8, 8, 4]", "8x8x4"],
)  # fmt: skip
NUMBERS = st.one_of(st.integers(), st.floats(), st.booleans(), st.just(10**400))
VALUES = st.recursive(
    st.one_of(WORDS, NUMBERS, st.just(datetime.date(2026, 1, 1)), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from([*PROMISES, "max", "min"]), WORDS), inner, max_size=3),
    ),
    max_leaves=6,
)
BOUNDS = st.one_of(WORDS, NUMBERS, st.dictionaries(st.sampled_from(["max", "min", "x"]), NUMBERS, max_size=2), VALUES)
SECTIONS = st.one_of(
    st.dictionaries(st.sampled_from([*READERS, "selekt"]), VALUES, max_size=3),
    st.fixed_dictionaries(
        {"budgets": st.dictionaries(WORDS, st.dictionaries(st.sampled_from(PROMISES), BOUNDS, max_size=2), max_size=2)},
        optional={
            "include": st.lists(WORDS, max_size=2),
            "ignore": st.lists(WORDS, max_size=2),
            "per-file-ignores": st.dictionaries(WORDS, st.lists(WORDS, max_size=2), max_size=2),
        },
    ),
)


@settings(max_examples=300)
@given(SECTIONS)
def test_a_configuration_is_used_or_refused(section: dict[str, Any]) -> None:
    try:
        configuration = configure(section, Path("cnnshape.toml"))
    except ConfigurationError as error:
        assert "cnnshape.toml" in str(error)
        return
    checked = check_file("zoo:keras/lenet5", configuration, examine, {})
    assert "CS017" not in {finding.code for finding in checked.findings}
