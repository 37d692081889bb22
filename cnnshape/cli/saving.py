"""How a file is written: whole or not at all, so that a full disk costs nobody the file that was there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def save(path: str, text: str) -> None:
    """Write a text in place of what `path` holds, or as a new file.

    It is written beside the file and put in its place once it is complete, with the mode and, where that is allowed,
    the owner of the file before it. A link stays, and what it leads to gets the text; another name of the same file
    (a hard link) keeps the old text. What cannot be put in place is written as ever: a pipe, a device, and a file of a
    folder in which nothing may be created.

    Raises:
        OSError: it cannot be written; `filename` is the path.
    """
    content = encoded(text)
    try:
        before = status(path)
        target = os.path.realpath(path)
        folder = os.path.dirname(target)
        if before is None:
            create(target, content)
        elif not stat.S_ISREG(before.st_mode) or is_stream(path) or not os.access(folder, os.W_OK):
            with open(path, "wb") as file:
                file.write(content)
        else:
            replace(target, folder, content, before)
    except OSError as error:
        error.filename = path
        raise


def save_new(path: str, text: str) -> None:
    """Write a text as a new file, of which nothing is left where that fails.

    Raises:
        FileExistsError: something has this name. OSError: it cannot be written; `filename` is the path.
    """
    try:
        create(path, encoded(text))
    except OSError as error:
        error.filename = path
        raise


def encoded(text: str) -> bytes:
    """UTF-8; what has no place in it (a byte of a file's name that is none) becomes ``?``, as on standard output."""
    return text.encode("utf-8", "replace")


def status(path: str) -> os.stat_result | None:
    """What is at the end of a path, links followed; None where nothing is."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def is_stream(path: str) -> bool:
    """Whether the path names what this process has open already: ``/dev/stdout``, ``/dev/fd/3``."""
    return os.path.abspath(path).startswith(("/dev/", "/proc/"))


def create(path: str, content: bytes) -> None:
    """Write a file that is not there yet."""
    file = open(path, "xb")  # noqa: SIM115  # closed before it is removed
    try:
        with file:
            file.write(content)
    except BaseException:
        os.unlink(path)
        raise


def replace(target: str, folder: str, content: bytes, before: os.stat_result) -> None:
    """Write a file beside the target and put it in its place."""
    open(target, "r+b").close()  # a file that may not be changed is not replaced either
    beside = os.path.join(folder, f".cnnshape-{os.urandom(8).hex()}")
    create(beside, content)
    try:
        with suppress(OSError, AttributeError):  # another's file, or a system without owners
            os.chown(beside, before.st_uid, before.st_gid)
        os.chmod(beside, stat.S_IMODE(before.st_mode))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise
