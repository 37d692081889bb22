"""An answer that somebody else may have put into the cache folder is not given, and what lies there is left alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Outcome, Run

from cnnshape.cache import store

WRONG = "input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 300)\n"
FORGED = Outcome(0, "all well\n", "")


def behind_a_link(path: Path) -> None:
    moved = path.rename(path.parent / "elsewhere")
    path.symlink_to(moved, target_is_directory=True)


Attack = Callable[[Path, pytest.MonkeyPatch], object]
ATTACKS: dict[str, Attack] = {
    "a folder is as git makes it": lambda shard, patch: shard.chmod(0o755),
    "a folder is a link": lambda shard, patch: behind_a_link(shard),
    "all of them are behind a link": lambda shard, patch: behind_a_link(shard.parent),
    "all of them are open to a group": lambda shard, patch: shard.parent.chmod(0o775),
    "all of them are open to everybody": lambda shard, patch: shard.parent.chmod(0o777),
    "they are another user's": lambda shard, patch: patch.setattr(os, "geteuid", lambda: shard.stat().st_uid + 1),
    "a repository holds them": lambda shard, patch: (shard.parents[2] / ".git").mkdir(),
    "a worktree holds them": lambda shard, patch: (shard.parents[1] / ".git").write_text("gitdir: x"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_answer_that_may_be_forged_is_not_given(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "SHARDS", 1)
    Path("wrong.cnn.yaml").write_text(WRONG)
    truth = run("check wrong.cnn.yaml")
    assert truth.code == 1
    body = store.BETWEEN.join(["0", str(FORGED.code), "output", FORGED.out]).encode()
    for path, _ in store.kept():
        Path(path).write_bytes(store.digest(body).encode() + store.BETWEEN.encode() + body)
    assert run("check wrong.cnn.yaml") == FORGED  # this user could have kept it
    shard = Path(store.kept()[0][0]).parent
    ATTACKS[attack](shard, monkeypatch)
    before = {path.name: path.read_bytes() for path in shard.iterdir()}
    assert run("check wrong.cnn.yaml") == truth
    assert run("cache clear").out.startswith(f"{shard.parent}: 0 answers, 0 B removed")
    assert {path.name: path.read_bytes() for path in shard.iterdir()} == before
