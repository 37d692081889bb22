"""A client of the language server: JSON-RPC over the standard input and output of a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self

PATIENCE = 120
"""Seconds after which a server that says nothing more is ended, so that its test fails and does not wait for ever."""


class Client:
    """A session; what the server sends unasked is kept by its method."""

    def __init__(self, encodings: tuple[str, ...] = ("utf-16",)) -> None:
        command = [sys.executable, "-m", "cnnshape", "server"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.patience = Timer(PATIENCE, self.process.kill)
        self.patience.start()
        self.number = 0
        self.told: list[Any] = []
        general = {"positionEncodings": encodings}
        asked = {"processId": None, "rootUri": None, "capabilities": {"general": general}}
        self.capabilities = self.ask("initialize", asked)["capabilities"]
        self.tell("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.ask("shutdown", None)
            self.tell("exit", None)
        else:
            self.process.kill()
        self.process.communicate()
        self.patience.cancel()
        assert kind or self.process.returncode == 0

    def send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.process.stdin.flush()

    def receive(self) -> Any:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line, "the server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def tell(self, method: str, parameters: Any) -> None:
        self.send({"method": method, "params": parameters})

    def answer(self, method: str, parameters: Any) -> Any:
        """The whole answer to a request, an error included."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        while (message := self.receive()).get("id") != self.number:
            self.told.append(message)
        return message

    def ask(self, method: str, parameters: Any) -> Any:
        message = self.answer(method, parameters)
        assert "error" not in message, message
        return message["result"]

    def findings(self, path: Path) -> list[Any]:
        """What is published next about a file."""
        while True:
            message = self.told.pop(0) if self.told else self.receive()
            if message["method"] == "textDocument/publishDiagnostics" and message["params"]["uri"] == path.as_uri():
                found: list[Any] = message["params"]["diagnostics"]
                return found

    def open(self, path: Path, language: str) -> list[Any]:
        """What is found in a file that is opened."""
        text = path.read_text(encoding="utf-8")
        item = {"uri": path.as_uri(), "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return self.findings(path)

    def change(self, path: Path, text: str) -> list[Any]:
        """What is found once a file's text is this one."""
        document = {"uri": path.as_uri(), "version": 2}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self.findings(path)

    def about(self, path: Path, what: str, place: tuple[int, int] | None = None, **more: Any) -> Any:
        """The answer to a request about a file, at a line and a character from 0."""
        at = {"position": {"line": place[0], "character": place[1]}} if place else {}
        return self.ask(f"textDocument/{what}", {"textDocument": {"uri": path.as_uri()}, **at, **more})
