"""A reader is a module and one line of the registry: every command plans what it reads."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.readers import kinds, registry
from cnnshape.readers.files import Opened
from cnnshape.readers.requests import Settings
from cnnshape.reports.diagnostics.full import render


class Sketch:
    """A file of two words: a layer and the size of its input."""

    framework, diagnostics = "pytorch", ()

    def __init__(self, file: Opened) -> None:
        self.filename = file.filename
        self.words = file.source().text.split()

    def variables(self, preset: str | None = None) -> dict[str, str]:
        return {}

    def network(self, settings: Settings) -> Network:
        builder = NetworkBuilder("pytorch", name="sketch", filename=self.filename, batch=settings.batch or 1)
        x = builder.input("input", (builder.batch, 3, int(self.words[2]), int(self.words[2])))
        node = builder.add(builder.layer(self.words[1], [3, 8, 3]), (x,), name="conv")
        return builder.finish(node.outputs)


@pytest.fixture
def sketch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    kind = kinds.Kind("sketch", "a sketch", kinds.begins(b"SKETCH"), "")
    monkeypatch.setattr(kinds, "KINDS", (kind, *kinds.KINDS))
    monkeypatch.setitem(sys.modules, "sketch_reader", SimpleNamespace(read=Sketch))  # type: ignore[arg-type]
    monkeypatch.setitem(registry.READERS, "sketch", "sketch_reader")
    path = tmp_path / "net.sketch"
    path.write_text("SKETCH Conv2d 32", encoding="utf-8")
    return str(path)


def test_a_registered_reader_takes_the_files_of_its_kind(sketch: str) -> None:
    plan = cnnshape.plan(sketch, batch=4)
    assert plan.outputs == {"conv": (4, 8, 30, 30)}
    assert plan.totals is not None
    assert plan.totals.params == 3 * 8 * 3 * 3 + 8


def test_rows_of_a_file_without_lines_have_none(sketch: str) -> None:
    (row,) = cnnshape.plan(sketch).to_dict()["layers"]
    assert (row["line"], row["column"], row["used_at"]) == (None, None, [])


def test_a_kind_that_nothing_reads_is_named(sketch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry.READERS, "sketch")
    with pytest.raises(cnnshape.ArchitectureError, match="it is a sketch"):
        cnnshape.load(sketch)


def test_a_file_that_is_named_as_python_is_never_read_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("x = 1\nclass Net(:\n    pass\n", encoding="utf-8")
    with pytest.raises(ArchitectureError) as raised:
        cnnshape.plan(path)
    (finding,) = raised.value.diagnostics
    shown = render(raised.value.diagnostics, raised.value.sources, color=False)
    assert (finding.code, finding.span and finding.span.start) == ("CS600", (2, 11))
    assert "2 | class Net(:" in shown
