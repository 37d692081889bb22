"""A session with the real server, as an editor has it. It needs the extra `lsp`."""

from __future__ import annotations

from pathlib import Path

import pytest
from client import Client

from cnnshape.diagnostics import Edit, Position, Span
from cnnshape.mending.edits import apply_edits

ARCHITECTURE = """\
framework: keras
input: [32, 32, 3]
layers:
  - stem = Conv2D(16, 3, padding="same", activation="relu")
  - MaxPooling2D(32)
  - Flatten
  - Dense(10, activation="softmax")
"""
SOURCE = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, bias=False)
        self.norm = nn.BatchNorm2d(16)

    def forward(self, image):
        return self.norm(self.conv(image)).relu()
"""
GUARDED = '[models]\n"net.py:Net" = {input = "3x32x32"}\n'
EVERYTHING = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


def labels(client: Client, path: Path) -> dict[int, str]:
    hints = client.about(path, "inlayHint", range=EVERYTHING)
    return {hint["position"]["line"] + 1: hint["label"] for hint in hints}


def fixed(text: str, edits: list[dict[str, object]]) -> str:
    def place(at: dict[str, int]) -> Position:
        return Position(at["line"] + 1, at["character"] + 1)

    spans = [(Span(place(each["range"]["start"]), place(each["range"]["end"])), each["newText"]) for each in edits]  # type: ignore[index]
    return apply_edits(text, [Edit(span, new) for span, new in spans])  # type: ignore[arg-type]


def test_an_architecture_file_is_opened_broken_and_fixed(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(ARCHITECTURE, encoding="utf-8")
    with Client() as client:
        assert client.open(path, "yaml") == []
        assert labels(client, path)[4] == "(1, 32, 32, 16) · 448 params"
        broken = ARCHITECTURE.replace('"softmax"', '"sotfmax"')
        (finding,) = client.change(path, broken)
        assert (finding["code"], finding["severity"], finding["range"]["start"]["line"]) == ("CS105", 1, 6)
        assert labels(client, path)[7] == "?"
        context = {"diagnostics": [finding], "only": ["quickfix"]}
        (action,) = client.about(path, "codeAction", range=finding["range"], context=context)
        assert fixed(broken, action["edit"]["changes"][path.as_uri()]) == ARCHITECTURE
        context = {"diagnostics": [], "only": ["source.fixAll"]}
        (action,) = client.about(path, "codeAction", range=EVERYTHING, context=context)
        assert fixed(broken, action["edit"]["changes"][path.as_uri()]) == ARCHITECTURE
        assert client.change(path, ARCHITECTURE) == []
        assert "Receptive field: 3x3" in client.about(path, "hover", (3, 6))["contents"]["value"]
        words = client.about(path, "completion", (6, 12))
        assert "use_bias=" in [word["label"] for word in words]
        assert client.about(path, "signatureHelp", (6, 12))["activeParameter"] == 0
        layer = next(word for word in client.about(path, "completion", (5, 5)) if word["label"] == "Conv2D")
        assert "kernel_size" in client.ask("completionItem/resolve", layer)["documentation"]["value"]


def test_python_source_is_opened_broken_and_hinted(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SOURCE, encoding="utf-8")
    (tmp_path / "cnnshape.toml").write_text(GUARDED, encoding="utf-8")
    with Client() as client:
        assert client.open(path, "python") == []
        assert labels(client, path)[6] == "(1, 16, 30, 30) · 432 params"
        (finding,) = client.change(path, SOURCE.replace("BatchNorm2d(16)", "BatchNorm2d(32)"))
        assert (finding["code"], finding["range"]["start"]["line"]) == ("CS303", 6)
        assert client.change(path, SOURCE) == []
        made = client.about(path, "definition", (9, 32))
        assert made["range"]["start"]["line"] == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_characters_are_counted_as_the_client_asks(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [8, 8, 3]\nlayers:\n  - {Conv2D: {filters: 4, kernel_size: 3, 𝑘𝑘: 1}}\n", encoding="utf-8")
    with Client((encoding,)) as client:
        assert client.capabilities["positionEncoding"] == encoding
        places = [finding["range"] for finding in client.open(path, "yaml") if finding["code"] == "CS103"]
        wide = len(": 1") + {"utf-8": 8, "utf-16": 4, "utf-32": 2}[encoding]
        assert [each["end"]["character"] - each["start"]["character"] for each in places] == [wide]


def test_a_refused_name_is_an_error_and_a_failure_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(ARCHITECTURE, encoding="utf-8")
    document = {"textDocument": {"uri": path.as_uri()}, "position": {"line": 3, "character": 5}}
    with Client() as client:
        client.open(path, "yaml")
        refused = client.answer("textDocument/rename", {**document, "newName": "1x"})["error"]
        assert refused == {"code": -32803, "message": "'1x' is no name of an entry"}  # RequestFailed, of LSP 3.17
        edits = client.ask("textDocument/rename", {**document, "newName": "first"})["changes"][path.as_uri()]
        assert fixed(ARCHITECTURE, edits) == ARCHITECTURE.replace("stem", "first")
        assert client.change(path, "\0" + "[" * 100_000) != []
        assert client.about(path, "hover", (0, 0)) is None
        assert client.change(path, ARCHITECTURE) == []
