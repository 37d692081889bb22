"""Several processes: none outlives the command, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

SLOW = """\
input: [64, 64, 3]
variables: {width: 8, depth: 20000}
layers:
  - Conv2D(width, 3, padding="same") * depth
"""
"""A file that takes seconds, so that the workers are at work when the signal comes."""


COMMANDS = {
    "check": ("check", ".", "--isolated", "-j", "2"),
    "scale": ("scale", "0.cnn.yaml", "--vary", "width=1:4000:1", "--vary", "depth=1:2:1", "--jobs", "2"),
    "search": ("search", "0.cnn.yaml", "--vary", "width=1..4000", "--jobs", "2"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP], ids=lambda each: each.name)
def test_workers_end_with_the_command(tmp_path: Path, words: tuple[str, ...], end: signal.Signals) -> None:
    for number in range(4):
        (tmp_path / f"{number}.cnn.yaml").write_text(SLOW)
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "cnnshape", *words]
    heard = (
        None if end == signal.SIGKILL else partial(signal.signal, end, signal.SIG_DFL)
    )  # also where `nohup` runs this
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=writer, stderr=writer, start_new_session=True, preexec_fn=heard
    ) as program:
        os.close(writer)
        wait_for_workers(program.pid, 2)
        program.send_signal(end)
        program.wait(timeout=60)
        with os.fdopen(reader, "rb") as output:
            output.read()  # ends when the last process that can write to it has ended
    assert program.returncode == -end


def wait_for_workers(pid: int, count: int) -> None:
    """Return when a process has so many children."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    while len(children.read_text().split()) < count:
        assert Path(f"/proc/{pid}").exists()
        time.sleep(0.01)
