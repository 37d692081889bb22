"""``cnnshape rule`` and ``cnnshape schema``."""

from __future__ import annotations

import json

from conftest import Run

from cnnshape.diagnostics import CODES
from cnnshape.diagnostics.pages import page


def test_one_page(run: Run) -> None:
    outcome = run("rule bias-before-batch-norm")
    assert outcome.code == 0
    assert outcome.out.startswith("CS505 bias-before-batch-norm (advice)\n=====================================\n")
    assert "\n    layers:\n      - Conv2D(8, 3)\n" in outcome.out
    assert "```" not in outcome.out
    assert run("rule cs505").out == run("rule 505").out == outcome.out


def test_the_list_of_codes(run: Run) -> None:
    lines = run("rule").out.splitlines()
    assert len(lines) == len(CODES)
    assert lines[0] == "CS001  error    unreadable-file"


def test_all_pages_as_json_and_markdown(run: Run) -> None:
    entries = json.loads(run("rule --all --format json").out)
    assert [entry["code"] for entry in entries] == list(CODES)
    assert set(entries[0]) == {
        "code",
        "name",
        "severity",
        "what_it_does",
        "why_it_matters",
        "example",
        "fix",
        "sources",
    }
    assert run("rule CS30 --format markdown").out.count("\n# ") + 1 == sum(code.startswith("CS30") for code in CODES)
    assert run("rule CS301 --format markdown").out == page("CS301").markdown


def test_an_unknown_code_is_2_with_the_nearest(run: Run) -> None:
    outcome = run("rule kernel-larger-then-input")
    assert (outcome.code, outcome.out) == (2, "")
    assert (
        "no rule has the code or name 'kernel-larger-then-input'; did you mean kernel-larger-than-input?" in outcome.err
    )


def test_the_schema_is_printed(run: Run) -> None:
    assert json.loads(run("schema").out)["$schema"] == "http://json-schema.org/draft-07/schema#"
