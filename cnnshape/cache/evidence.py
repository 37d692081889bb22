"""What an answer rests on: the contents that were read for it, and what else was asked of the file system.

Whoever reads a file, or looks for one, on the way to an answer says so here; whoever asks for something that cannot be
asked again (standard input, the time of day, what another program says) says that the evidence is `incomplete`. With
nobody collecting, both do nothing.
"""

from __future__ import annotations

import os
import stat

from cnnshape.cache.digest import digest

TYPE_CHECKING = False  # importing `typing` takes as long as a whole kept answer
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

MOST_READ = 8 * 1024 * 1024
"""Bytes of a file that are read again; a larger one is none that an answer is kept of."""


class Evidence:
    """All that is asked of the file system while it is open; what is collected within it counts for it too.

    Attributes:
        found: the answers, by the question's name and the absolute path.
        complete: whether there was nothing but such questions.
    """

    __slots__ = ("_around", "complete", "found")

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], str] = {}
        self.complete = True

    def __enter__(self) -> Evidence:
        global _current
        self._around, _current = _current, self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        global _current
        _current = self._around
        if _current is not None:
            _current.complete &= self.complete
            _current.found.update(self.found)


_current: Evidence | None = None


def read(path: str | os.PathLike[str], raw: bytes) -> None:
    """These are the contents of a file, all of them."""
    if _current is not None:
        contents = digest(raw)
        if _current.found.setdefault(("contents", placed(path)), contents) != contents:
            _current.complete = False  # somebody writes it meanwhile


def asked(question: str, path: str | os.PathLike[str]) -> None:
    """One of `QUESTIONS` was asked of a path."""
    if _current is not None:
        place = placed(path)
        _current.found[question, place] = QUESTIONS[question](place)


def placed(path: str | os.PathLike[str]) -> str:
    """The absolute path, in which ``..`` stays: behind a link, it is not the folder that the text says."""
    return os.path.join(os.getcwd(), path)


def incomplete() -> None:
    """The answer rests on something that cannot be asked again."""
    if _current is not None:
        _current.complete = False


def rests_on(found: Iterable[tuple[str, str, str]]) -> None:
    """A kept answer with this evidence is used."""
    if _current is not None:
        _current.found.update({(question, path): answer for question, path, answer in found})


def holds(found: Iterable[tuple[str, str, str]]) -> bool:
    """Whether every question has the same answer now."""
    return all(QUESTIONS[question](path) == answer for question, path, answer in found)


def contents_of(path: str) -> str:
    """The digest of an ordinary file's contents; empty for anything else."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return ""
    try:
        state = os.fstat(opened)
        if not stat.S_ISREG(state.st_mode) or state.st_size > MOST_READ:
            return ""
        with open(opened, "rb", buffering=0, closefd=False) as stream:
            return digest(stream.read())
    except OSError:
        return ""
    finally:
        os.close(opened)


def kind_of(path: str) -> str:
    """``file``, ``folder``, ``other``; empty where nothing is."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


QUESTIONS: dict[str, Callable[[str], str]] = {
    "contents": contents_of,
    "kind": kind_of,
    "real path": os.path.realpath,
}
