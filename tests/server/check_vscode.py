"""Visual Studio Code with the extension, files and the real server, driven in a browser: see the README beside it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import chromium

EXTENSION = Path(__file__).parent.parent.parent / "editors" / "vscode"
NETWORK = 'input: [32, 32, 3]\nlayers:\n  - Conv2D(16, 3, padding="smae")\n  - Flatten()\n'
SOURCE = """import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


print(Net()(torch.zeros(1, 3, 32, 32)).shape)
"""
PATIENCE = 60_000
"""Milliseconds for what VS Code takes to start, and a server to answer."""


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """VS Code in a browser, with the extension as it is installed, in a folder with two files."""
    folder = tmp_path_factory.mktemp("vscode")
    work, data, extensions = (folder / name for name in ("work", "data", "extensions"))
    work.mkdir()
    (work / "net.yaml").write_text(NETWORK, encoding="utf-8")
    (work / "net.py").write_text(SOURCE, encoding="utf-8")
    (data / "User").mkdir(parents=True)
    settings = {"cnnshape.command": str(Path(sys.executable).parent / "cnnshape"), "workbench.startupEditor": "none"}
    (data / "User" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copytree(EXTENSION, extensions / "cnnshape.cnnshape-0.1.0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folders = ["--user-data-dir", str(data), "--extensions-dir", str(extensions)]
    quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    server = subprocess.Popen(
        [os.environ.get("CODE_SERVER", "code-server"), "--bind-addr", address, *folders, *quiet, str(work)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://{address}/healthz")
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(f"http://{address}/?folder={work}")
            page.wait_for_selector(".monaco-workbench .explorer-folders-view", timeout=PATIENCE)
            yield page
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    """Until a server answers."""
    for _ in range(120):
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail("VS Code has not started")


def open_file(page: Page, name: str) -> None:
    page.get_by_role("treeitem", name=name).first.dblclick()
    page.wait_for_selector(f'.tab.active[data-resource-name="{name}"]', timeout=PATIENCE)
    page.locator(".monaco-editor .view-lines").first.click()


def photograph(page: Page, name: str) -> None:
    """Keep a picture in the folder that PICTURES names, to be looked at."""
    if pictures := os.environ.get("PICTURES"):
        page.screenshot(path=Path(pictures) / f"vscode-{name}.png")


def shown(page: Page) -> str:
    """The text of the editor, hints included, with plain spaces."""
    return page.locator(".monaco-editor .view-lines").first.inner_text().replace("\N{NO-BREAK SPACE}", " ")


def expect_text(page: Page, *texts: str) -> None:
    """Wait until the editor shows each of the texts."""
    for text in texts:
        deadline = time.monotonic() + PATIENCE / 1000
        while text not in shown(page):
            assert time.monotonic() < deadline, f"{text!r} is not in {shown(page)!r}"
            time.sleep(0.2)


def fix_first(page: Page, title: str) -> None:
    """Go to the first problem, and take the fix of that title."""
    expect(page.locator(".squiggly-error").first).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+.")
    expect(page.locator(".action-widget .focused", has_text=title)).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Enter")  # what the pointer finds there lies under a layer that closes the menu
    expect(page.locator(".squiggly-error")).to_have_count(0, timeout=PATIENCE)


def test_a_misspelt_word_is_marked_and_mended_and_shapes_stand_behind_their_lines(workbench: Page) -> None:
    open_file(workbench, "net.yaml")
    fix_first(workbench, "same")
    expect_text(workbench, 'padding="same"', "(1, 32, 32, 16) · 448 params", "(1, 16384)")
    photograph(workbench, "hints")


def test_hovering_explains_a_layer(workbench: Page) -> None:
    open_file(workbench, "net.yaml")
    workbench.locator(".view-line", has_text="Conv2D").locator("span span").nth(1).hover()
    expect(workbench.locator(".monaco-hover-content", has_text="receptive field").first).to_be_visible(timeout=PATIENCE)
    photograph(workbench, "hover")


def test_layers_are_completed(workbench: Page) -> None:
    open_file(workbench, "net.yaml")
    workbench.keyboard.press("Control+End")
    workbench.keyboard.type("  - GlobalAv")
    workbench.keyboard.press("Control+Space")
    offered = workbench.locator(".suggest-widget .monaco-list-row", has_text="GlobalAveragePooling2D").first
    offered.click(timeout=PATIENCE)
    expect_text(workbench, "GlobalAveragePooling2D")
    photograph(workbench, "completion")


def test_a_wrong_linear_layer_of_source_is_mended(workbench: Page) -> None:
    open_file(workbench, "net.py")
    fix_first(workbench, "14400")
    expect_text(workbench, "nn.Linear(14400, 10)", "(1, 16, 30, 30) · 448 params")
    photograph(workbench, "source")
