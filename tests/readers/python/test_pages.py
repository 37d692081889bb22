"""The pages about Python source: their examples give their codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.diagnostics import CODES
from cnnshape.diagnostics.pages import page

HEAD = "import json\n\nimport torch\nfrom torch import nn\n\n\n"
TRIED = [code for code in CODES if code.startswith("CS6") and code != "CS603"]
"""CS603 needs a file elsewhere: `test_safety.py` has one."""


@pytest.mark.parametrize("code", TRIED)
def test_a_pages_example_gives_its_code(code: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", page(code).example, flags=re.DOTALL)
    path = tmp_path / "net.py"
    path.write_text(HEAD + example, encoding="utf-8")
    given = None if code in ("CS607", "CS608") else [3, 32, 32]
    try:
        findings = examine(path, input=given).diagnostics
    except cnnshape.ArchitectureError as error:
        findings = error.diagnostics
    assert code in {finding.code for finding in findings}, findings
