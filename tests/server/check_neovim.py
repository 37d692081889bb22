"""Neovim with the configuration that the documentation names, a file and the real server. It needs `nvim`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EDITORS = Path(__file__).parent.parent.parent / "editors"
TELL = """
vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end)
for _, each in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(each.lnum + 1, ":", each.col + 1, " ", each.code, "\\n")
end
"""
FILES = [
    ("net.yaml", 'input: [32, 32, 3]\nlayers:\n  - Conv2D(16, 3, padding="smae")\n', ["3:19", "CS105"]),
    (
        "net.py",
        "from keras import Input, Model, layers\nx = Input((4, 4, 3))\nmodel = Model(x, layers.Conv2D(4, 9)(x))\n",
        ["3:18", "CS301"],
    ),
]


@pytest.mark.parametrize(("name", "text", "found"), FILES)
def test_neovim_shows_what_is_wrong_with_a_file(tmp_path: Path, name: str, text: str, found: list[str]) -> None:
    path, script = tmp_path / name, tmp_path / "tell.lua"
    path.write_text(text, encoding="utf-8")
    script.write_text(TELL, encoding="utf-8")
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = ["nvim", "--headless", "-u", str(EDITORS / "neovim.lua"), str(path)]
    told = subprocess.run(
        [*command, "-c", f"luafile {script}", "-c", "qa!"],
        env={**os.environ, "PATH": programs, "XDG_CACHE_HOME": str(tmp_path)},  # where Neovim keeps its log
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.stdout.split() == found
