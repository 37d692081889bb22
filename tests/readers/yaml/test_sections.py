"""What another file has at the same place is left out of what is parsed, and nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from cnnshape.api import examine
from cnnshape.diagnostics import ArchitectureError
from cnnshape.readers.yaml import architecture, document, sections

HEAD = "framework: pytorch\nvariables:\n  wide: 1\ninput: [3, 8, 8]\n"
SECTIONS = """\
blocks:
  unit(channels):
    - Conv2d(3, channels, 3)
    - ReLU()
layers:
  - unit(4)
  - Flatten()
"""
TAIL = "expect:\n  output: [144]\n"

OTHERS = {
    "other sizes": (HEAD.replace("8", "9"), SECTIONS, TAIL),
    "the same under another key": (HEAD.replace("variables", "presets"), SECTIONS, TAIL),
    "brackets in one line": (HEAD, SECTIONS, "expect: {output: [144]}\n"),
    "a word more behind brackets": (HEAD.replace("]", "] x"), SECTIONS, TAIL),
    "a comment behind brackets": (HEAD.replace("]", "] # x"), SECTIONS, TAIL),
    "breaks of Windows": (HEAD.replace("\n", "\r\n"), SECTIONS.replace("\n", "\r\n"), TAIL),
    "nothing behind them": (HEAD, SECTIONS, ""),
    "no break at the end": (HEAD, SECTIONS.rstrip(), ""),
    "other layers": (HEAD, SECTIONS.replace("Flatten", "ReLU"), TAIL),
    "an item more": (HEAD, SECTIONS, "  - ReLU()\n"),
    "an item more at the margin": (HEAD, SECTIONS, "- ReLU()\n"),
    "an item more behind a comment": (HEAD, SECTIONS, "# and\n  - ReLU()\n"),
    "a line more of the last item": (HEAD, SECTIONS, "    (input)\n"),
    "a comment behind": (HEAD, SECTIONS, "# no more\n" + TAIL),
    "a comment without a space": (HEAD, SECTIONS.rstrip() + "#x\n", TAIL),
    "an anchor": (HEAD, SECTIONS.replace("layers:", "layers: &all"), TAIL),
    "a tag": (HEAD, SECTIONS.replace("layers:", "layers: !all"), TAIL),
    "in quotes": ('name: "all\n  in quotes\n\n\n', SECTIONS, '"\n' + HEAD + TAIL),
    "in quotes that are left open": ('name: "all\n  in quotes\n\n\n', SECTIONS, HEAD + TAIL),
    "in quotes that begin and end again": ('name: "a\n  b\n\n\n', SECTIONS, 'about: "\nbatch: 2\n' + HEAD),
    "in brackets": ("about: {a: 1,\n  b: 2,\n\n\n", SECTIONS, "}\n" + HEAD),
    "all in brackets": ("{\n  framework: pytorch,\n\n\n", SECTIONS, "}\n"),
    "a text": ("about: |\n  several\n\n\n", SECTIONS, TAIL),
    "a text with its breaks": ("about: |+\n  several\n\n\n", SECTIONS, TAIL),
    "a list": ("- a\n- b\n\n\n", SECTIONS, TAIL),
    "below another key": ("about:\n  a: 1\n\n\n", SECTIONS.replace("blocks", "  blocks"), TAIL),
    "twice": (HEAD, SECTIONS + SECTIONS, TAIL),
    "another document": (HEAD, SECTIONS, "---\n" + TAIL),
    "the end of the document": (HEAD, SECTIONS, "...\n" + TAIL),
    "behind a document": ("a: 1\n---\n\n\n", SECTIONS, TAIL),
    "a key of nothing": (HEAD, SECTIONS, ": 1\n"),
    "a bracket too many": (HEAD, SECTIONS, "}\n"),
    "a tab": (HEAD, SECTIONS, "\t\n" + TAIL),
    "a break of another kind": (HEAD, SECTIONS, "about: {a: \u2028b}\n"),
    "an unknown character": (HEAD, SECTIONS, "name: \x07\n"),
}


def told(*parts: str) -> Any:
    """All that is said of a file."""
    architecture._kept.clear()
    try:
        plan = examine(text="".join(parts), filename="other.cnn.yaml")
    except ArchitectureError as error:
        return error.diagnostics
    return plan.to_dict(), [(row.span, row.used_at) for row in plan.layers], plan.diagnostics


@pytest.mark.parametrize("parts", OTHERS.values(), ids=OTHERS)
def test_a_file_is_read_beside_one_that_shares_its_sections_as_it_is_alone(parts: tuple[str, str, str]) -> None:
    sections.SECTIONS.clear()
    alone = told(*parts)
    sections.SECTIONS.clear()
    told(HEAD, SECTIONS, TAIL)
    assert told(*parts) == alone


def test_known_sections_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sections.SECTIONS.clear()
    told(HEAD, SECTIONS, TAIL)
    parsed: list[str] = []
    parser = document.Parser
    monkeypatch.setattr(document, "Parser", lambda text: parsed.append(text) or parser(text))
    told(*OTHERS["other sizes"])
    assert [[line for line in text.splitlines() if line.strip()] for text in parsed] == [
        ["framework: pytorch", "variables:", "input: [3, 9, 9]", "blocks:", "layers:", "expect:"]
    ]
