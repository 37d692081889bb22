"""Pages as a browser reads them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any


class Read(HTMLParser):
    """What a browser makes of a page: its elements, their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.titles = ""
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)
        elif self.inside == "title":
            self.titles += data

    @property
    def data(self) -> Any:
        """What the page shows."""
        return json.loads(self.scripts[0])

    @property
    def policy(self) -> str:
        """What the page lets a browser do."""
        (found,) = (each["content"] for tag, each in self.elements if each.get("http-equiv"))
        return found or ""
