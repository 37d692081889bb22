"""Write `cnnshape/zoo/index.txt`: framework, name, file and preset of every built-in network.

Run it after adding a file or a preset to the zoo; a test compares the index with the files.
"""

from __future__ import annotations

from pathlib import Path

from cnnshape.diagnostics import Source
from cnnshape.readers.yaml.reader import read_program

ZOO = Path(__file__).parent.parent / "cnnshape" / "zoo"


def build() -> list[list[str | None]]:
    """One entry per preset; a file without presets is one network of its own name."""
    entries: list[list[str | None]] = []
    for path in sorted(ZOO.glob("*/*.yaml")):
        program = read_program(Source(path.name, path.read_text(encoding="utf-8")))
        framework = path.parent.name
        names = program.presets or (None,)
        entries += [[framework, preset or program.name, path.name, preset] for preset in names]
    return entries


def write(entries: list[list[str | None]]) -> str:
    """The text of the index: one network a line."""
    return "".join(" ".join(filter(None, entry)) + "\n" for entry in entries)


if __name__ == "__main__":
    (ZOO / "index.txt").write_text(write(build()), encoding="utf-8")
