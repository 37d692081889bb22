"""Running the program inside the test's process: fast, and with its output and exit code in hand."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import NamedTuple

import pytest

from cnnshape.cli.start import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("conv 224 -k 7")``, or word by word, as from a shell, without the colours of the terminal around it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CNNSHAPE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Outcome:
        capsys.readouterr()
        code = main(shlex.split(words[0]) if len(words) == 1 else list(words))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call
