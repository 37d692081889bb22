"""Where kept answers lie: in the user's cache folder, a file each, read by nobody but this user and this program.

Never in a project: a pull request must not bring its own results. So nothing is kept, read or removed where the folder
lies in a working tree, or where it, or the folder of an entry, is a link, another user's, or open to others.

An entry is texts with a null character between them: their digest, how many answers it rests on, these, and what was
answered. It is written beside its place and then moved there, so that many processes may keep and recall at a time; one
that is not whole is no entry. What cannot be written is not kept, and nobody hears of it.
"""

from __future__ import annotations

import os
import stat
import sys

from cnnshape.cache import evidence
from cnnshape.cache.digest import digest

TYPE_CHECKING = False  # importing `typing` takes as long as a whole kept answer
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

BETWEEN = "\0"

LARGEST_ENTRY = 1024 * 1024
"""Characters."""

SHARDS = 64
"""Folders that the entries lie in; in each the oldest make room where there is no more."""

MOST_IN_SHARD = 2 * 1024 * 1024
"""Bytes: 128 MiB in all."""


def folder() -> str | None:
    """``$XDG_CACHE_HOME/cnnshape``, by default ``~/.cache/cnnshape``; None where the user has no home.

    Source: XDG Base Directory Specification 0.8: a path that is not absolute is to be ignored.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "cnnshape") if os.path.isabs(base) else None


def distrusted(place: str) -> str | None:
    """Why what lies in the cache folder may be another's than this user's; None where it is not."""
    if not is_ours(place, stat.S_IWGRP | stat.S_IWOTH):
        return "is a link, another user's, or open to others"
    folders = os.path.realpath(place).split(os.sep)
    trees = (os.sep.join(folders[:count]) or os.sep for count in range(1, len(folders)))
    tree = next((tree for tree in trees if os.path.lexists(os.path.join(tree, ".git"))), None)
    return tree and f"lies in the working tree {tree}"


def is_ours(path: str, closed: int) -> bool:
    """Whether a folder belongs to this user, and nobody else has one of these rights; or nothing is there yet."""
    try:
        state = os.lstat(path)
    except OSError:
        return True
    others = hasattr(os, "geteuid") and (state.st_uid != os.geteuid() or state.st_mode & closed)
    return stat.S_ISDIR(state.st_mode) and not others


def is_shard(path: str) -> bool:
    """Whether a folder is as `keep` makes it, and no version control does: closed to everybody else."""
    return is_ours(path, stat.S_IRWXG | stat.S_IRWXO)


def recall(*question: Any) -> list[str] | None:
    """The answer kept for a question, if all that it rests on is still as it was; else None."""
    path = path_of(question)
    entry = read_entry(path) if path else None
    if entry is None:
        return None
    count = 1 + 3 * int(entry[0])
    found = list(zip(entry[1:count:3], entry[2:count:3], entry[3:count:3], strict=True))
    if not evidence.holds(found):
        return None
    evidence.rests_on(found)
    return entry[count:]


def keep(answer: Sequence[str], seen: evidence.Evidence, *question: Any) -> None:
    """Keep the texts that answer a question, unless they rest on more than the evidence says."""
    path = path_of(question)
    texts = [
        str(len(seen.found)),
        *(text for (asked, at), said in seen.found.items() for text in (asked, at, said)),
        *answer,
    ]
    if path is None or not seen.complete or any(BETWEEN in text for text in texts):
        return
    if sum(map(len, texts)) > LARGEST_ENTRY:
        return
    body = BETWEEN.join(texts).encode("utf-8", "surrogatepass")
    shard = os.path.dirname(path)
    draft = f"{path}.{os.getpid()}"
    try:
        os.makedirs(shard, mode=0o700, exist_ok=True)
        make_room(shard, len(body))
        with open(draft, "xb") as stream:
            stream.write(f"{digest(body)}{BETWEEN}".encode() + body)
        os.replace(draft, path)
    except OSError:
        remove(draft)


def read_entry(path: str) -> list[str] | None:
    """The texts of an entry behind its digest; None where there is none, or where it is not whole."""
    try:
        with open(path, "rb", buffering=0) as stream:
            stated, _, body = stream.read().partition(BETWEEN.encode())
    except OSError:
        return None
    return body.decode("utf-8", "surrogatepass").split(BETWEEN) if digest(body).encode() == stated else None


def path_of(question: tuple[Any, ...]) -> str | None:
    """The place of the answer to a question of this program; None where there is no place for answers."""
    place, asked = folder(), program()
    if place is None or asked is None or distrusted(place):
        return None
    key = digest(repr((asked, question)).encode("utf-8", errors="surrogatepass"))
    shard = os.path.join(place, f"{int(key[:8], 16) % SHARDS:02}")
    return os.path.join(shard, key) if is_shard(shard) else None


def make_room(shard: str, needed: int) -> None:
    """Remove the oldest entries of a shard until so many bytes fit in."""
    entries = sorted(entries_in(shard), key=lambda entry: entry[2])
    free = MOST_IN_SHARD - sum(size for _, size, _ in entries)
    for path, size, _ in entries:
        if free >= needed:
            return
        remove(path)
        free += size


def entries_in(shard: str) -> Iterator[tuple[str, int, int]]:
    """The path, the bytes and the time of every entry (and draft) of a shard."""
    with os.scandir(shard) as found:
        for entry in found:
            try:
                state = entry.stat(follow_symlinks=False)
            except OSError:  # another process was faster
                continue
            yield entry.path, state.st_size, state.st_mtime_ns


def kept() -> list[tuple[str, int]]:
    """The path and the bytes of every entry."""
    place = folder()
    numbers = range(SHARDS) if place and not distrusted(place) else ()
    shards = [os.path.join(str(place), f"{number:02}") for number in numbers]
    found = [shard for shard in shards if os.path.isdir(shard) and is_shard(shard)]
    return [(path, size) for shard in found for path, size, _ in entries_in(shard)]


def clear() -> list[tuple[str, int]]:
    """Remove every entry; what is returned was there."""
    found = kept()
    for path, _ in found:
        remove(path)
    return found


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    try:  # noqa: SIM105  # `contextlib` is not worth its import here
        os.unlink(path)
    except OSError:
        pass


_program: str | None = None


def program() -> str | None:
    """What the program is: Python, its own files with their times, and when the packages beside it last changed.

    Not its version alone: who works on it changes it between two versions, and must never see what it used to say.
    It is asked once; None of a program that lies in no folder.
    """
    global _program
    if _program is None:
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        beside = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
        try:
            changed = [os.stat(path).st_mtime_ns for path in beside if os.path.isdir(path)]
            stated = repr((sys.version, sorted(states_below(package)), beside, changed))
            _program = digest(stated.encode("utf-8", "replace"))
        except OSError:
            return None
    return _program


def states_below(base: str) -> Iterator[tuple[str, int, int]]:
    """The path, the time and the bytes of every file below a folder, but for what Python compiles from them."""
    with os.scandir(base) as found:
        for entry in found:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from states_below(entry.path)
            else:
                state = entry.stat()
                yield entry.path, state.st_mtime_ns, state.st_size
