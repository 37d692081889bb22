"""How a file is written: whole or not at all, so that neither a full disk nor a signal costs anybody a file."""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from cnnshape.cache import evidence
from cnnshape.value import NamedTuple

OPEN_ALREADY = re.compile(r"/dev/(?:fd/\d+|stdin|stdout|stderr)|/proc/(?:self|\d+)/fd/\d+")
"""Names of what this process has open already."""

NOT_UNNAMED = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.EISDIR, errno.ENOENT})
"""What a file system says that knows no files without a name."""


class ChangedError(OSError):
    """Somebody has changed the file since it was read."""

    def __init__(self) -> None:
        super().__init__(errno.EBUSY, "it has changed since it was read")


class Draft(NamedTuple):
    """A file that is written beside the one it is for; it has no name where the file system can do without."""

    descriptor: int
    name: str | None


def save(path: str, text: str | bytes | Iterable[str], read: str | None = None) -> None:
    """Write a text, in pieces or whole, or bytes, in place of what `path` holds, or as a new file.

    It is written as a file beside it, checked, and put in its place: whoever looks, also after a kill, finds the old
    text or the new one, and nothing else. The mode and, where that is allowed, the owner stay. A link stays, and what
    it leads to gets the text; another name of the same file (a hard link) keeps the old text. Pipes, devices and what
    the process has open already (``/dev/stdout``) have no place to be put into, and are written to.

    Args:
        path: the file.
        text: its new content.
        read: the text that it had when it was read. Where it has another by now, it is left alone.

    Raises:
        ChangedError: it has another text than `read`. OSError: it cannot be written; `filename` is the path.
    """
    evidence.incomplete()
    try:
        before = status(path)
        if before is not None and (OPEN_ALREADY.fullmatch(os.path.abspath(path)) or not stat.S_ISREG(before.st_mode)):
            with open(path, "wb") as file:
                file.writelines(encoded(text))
        else:
            put(os.path.realpath(path), encoded(text), before, None if read is None else b"".join(encoded(read)))
    except OSError as error:
        error.filename = path
        raise


def save_new(path: str, text: str) -> None:
    """Write a text as a new file, of which nothing is left where that fails.

    Raises:
        FileExistsError: something has this name. OSError: it cannot be written; `filename` is the path.
    """
    try:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        put(os.path.abspath(path), encoded(text), None, None)
    except OSError as error:
        error.filename = path
        raise


def encoded(text: str | bytes | Iterable[str]) -> Iterator[bytes]:
    """UTF-8; what has no place in it (a byte of a file's name that is none) becomes ``?``, as on standard output."""
    if isinstance(text, bytes):
        yield text
    else:
        for piece in [text] if isinstance(text, str) else text:
            yield piece.encode("utf-8", "replace")


def status(path: str) -> os.stat_result | None:
    """What is at the end of a path, links followed; None where nothing is."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def put(target: str, content: Iterable[bytes], before: os.stat_result | None, read: bytes | None) -> None:
    """Write a file beside the target and put it in its place; as a new file where nothing was `before`."""
    if before is not None:
        open(target, "r+b").close()  # a file that may not be changed is not replaced either
    with drafted(os.path.dirname(target)) as draft:
        write_all(draft.descriptor, content)
        if before is not None:
            with suppress(OSError, AttributeError):  # another's file, or a system without owners
                os.fchown(draft.descriptor, before.st_uid, before.st_gid)
            os.chmod(draft.descriptor if draft.name is None else draft.name, stat.S_IMODE(before.st_mode))
        if read is not None and content_of(target) != read:
            raise ChangedError
        if before is None:
            link(draft, target)
        else:
            replace(draft, target)


def write_all(descriptor: int, content: Iterable[bytes]) -> None:
    """Write bytes, all of them, as far as the disk."""
    for piece in content:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def content_of(path: str) -> bytes | None:
    """What a file holds; None where it is gone."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


@contextmanager
def drafted(folder: str) -> Iterator[Draft]:
    """A file in a folder that is gone when the context ends, unless it was given a name.

    Where it needs a name meanwhile, signals wait until it has been used, and only SIGKILL can leave it behind.
    """
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None:
        try:
            descriptor = os.open(folder, unnamed | os.O_RDWR, 0o666)
        except OSError as error:
            if error.errno not in NOT_UNNAMED:
                raise
        else:
            try:
                yield Draft(descriptor, None)
            finally:
                os.close(descriptor)
            return
    with signals_waiting():
        name = beside(folder)
        descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o666)
        try:
            yield Draft(descriptor, name)
        finally:
            os.close(descriptor)
            with suppress(FileNotFoundError):
                os.unlink(name)


def beside(folder: str) -> str:
    """A name that nothing in a folder has."""
    return os.path.join(folder, f".cnnshape-{os.urandom(8).hex()}")


def link(draft: Draft, name: str) -> None:
    """Give a draft a name that nothing has. Raises `FileExistsError`."""
    if draft.name is not None:
        os.link(draft.name, name)
        return
    root = os.open("/", os.O_RDONLY)  # with a folder, Python follows the link that stands for the open file
    try:
        os.link(f"/proc/self/fd/{draft.descriptor}", name, src_dir_fd=root, follow_symlinks=True)
    finally:
        os.close(root)


def replace(draft: Draft, target: str) -> None:
    """Put a draft in the place of a file."""
    if draft.name is not None:
        os.replace(draft.name, target)
        return
    name = beside(os.path.dirname(target))
    with signals_waiting():
        link(draft, name)
        try:
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise


@contextmanager
def signals_waiting() -> Iterator[None]:
    """Signals that end the program reach it when the context ends; on systems that can do so."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)
