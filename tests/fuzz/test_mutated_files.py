"""Some mutated files of the frameworks: each is planned, or refused with a diagnostic. ``python -m fuzz.files`` has more."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest

import cnnshape
from cnnshape.api import UsageError, examine

sys.path.insert(0, str(Path(__file__).parents[2]))

from fuzz.files import made, originals

FILES = list(originals())
FOUND = [268, 13416, 52898]
"""Seeds that once ended in a traceback."""


@pytest.mark.parametrize("seeds", [FOUND, *(range(first, first + 20) for first in range(0, 100, 20))], ids=str)
def test_a_mutated_file_is_planned_or_refused(seeds: list[int], tmp_path: Path) -> None:
    path = tmp_path / "model"
    for seed in seeds:
        path.write_bytes(made(seed, FILES)[1])
        with suppress(cnnshape.ArchitectureError, UsageError):
            examine(path)
