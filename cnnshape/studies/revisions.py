"""A file as git has it at another revision, with what it includes, in a folder of its own.

git is only asked for contents (``cat-file``, ``rev-parse``); nothing of the repository runs.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

INCLUDE = re.compile(r"""\binclude["']?[ \t]*:[ \t]*["']?([^\s"'#,}]+)""")
MOST_FILES = 200
"""Files that are included, beside those that were asked for."""


class RevisionError(Exception):
    """git has no such revision or file, or there is no repository."""


class NotAtRevisionError(RevisionError):
    """The revision is there, and the file is not in it."""


@contextmanager
def file_at(revision: str, file: str) -> Iterator[str]:
    """A path to the content that `file` had at `revision`; it is gone when the context ends.

    Raises:
        NotAtRevisionError: there is no such file at the revision.
        RevisionError: with git's reason.
    """
    folder = os.path.dirname(file) or "."
    first = posixpath.normpath(posixpath.join(place_in_repository(folder, revision), os.path.basename(file)))
    with project() as root:
        write_at(folder, revision, [first], root, required=first)
        yield str(root / first)


@contextmanager
def folder_at(revision: str, folder: str, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    """A folder with the files that `folder` had at `revision` and whose names are wanted; empty where it was not there.

    Raises:
        RevisionError: with git's reason.
    """
    prefix = place_in_repository(folder, revision)
    below = ["--", prefix] if prefix else []
    listed = git(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, *below, what=revision)
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    with project() as root:
        (root / prefix).mkdir(parents=True, exist_ok=True)
        write_at(folder, revision, [name for name in names if is_wanted(name)], root)
        yield root / prefix


def place_in_repository(folder: str, revision: str) -> str:
    """A folder's path below the repository's root. Raises `RevisionError` where there is no such revision."""
    git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    return git(folder, "rev-parse", "--show-prefix", what=revision).decode("utf-8", "surrogateescape").strip("\n")


@contextmanager
def project() -> Iterator[Path]:
    """An empty folder beyond which no include reaches."""
    with TemporaryDirectory(prefix="cnnshape-") as temporary:
        root = Path(temporary)
        (root / "cnnshape.toml").touch()
        yield root


def write_at(folder: str, revision: str, names: Sequence[str], root: Path, required: str = "") -> None:
    """Write files as they were at a revision below `root`, with what they include."""
    waiting = [*names]
    done: set[str] = set()
    while waiting and len(done) < MOST_FILES + len(names):
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        content = content_at(folder, revision, name, required=name == required)
        path = root / name
        if content is None or not path.resolve().is_relative_to(root.resolve()):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        waiting += [
            posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            for target in INCLUDE.findall(content.decode("utf-8", "replace"))
            if not target.startswith(("zoo:", "/", "$"))
        ]


def content_at(folder: str, revision: str, name: str, *, required: bool) -> bytes | None:
    """A file's content at a revision; None for one that is not there and not `required`."""
    try:
        return git(folder, "cat-file", "blob", f"{revision}:{name}", what=f"{name} at {revision}")
    except RevisionError as error:
        if not required:
            return None
        if not git(folder, "ls-tree", "--full-tree", revision, "--", name, what=revision):
            raise NotAtRevisionError(str(error)) from None
        raise


def git(folder: str, *arguments: str, what: str) -> bytes:
    """What git answers. Raises `RevisionError`."""
    try:
        answer = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=60)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise RevisionError(f"git cannot be asked: {error}") from None
    if answer.returncode:
        reason = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RevisionError(f"git has no {what}" + (f": {reason[0]}" if reason else ""))
    return answer.stdout
