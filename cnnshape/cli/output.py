"""Where a command's answer goes: standard output, or the file of ``--output``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def write(text: str, output: str | None = None) -> None:
    """Write a document, with a line end, to `output`; to standard output where that is None or ``-``."""
    document = text if text.endswith("\n") or not text else f"{text}\n"
    if output is None or output == "-":
        sys.stdout.write(document)
        return
    if not output:
        from cnnshape.cli.declared import Misuse

        raise Misuse("names no file", "--output")
    if os.path.exists(output):
        refuse_overwriting(output)
    replace_file(output, document.encode("utf-8", "backslashreplace"))


def refuse_overwriting(output: str) -> None:
    """Refuse to replace a FILE of this very command by what the command says of it. Raises `Misuse`."""
    from cnnshape.architecture.files import files_read  # only where something is written
    from cnnshape.cli.declared import Misuse

    if any(os.path.exists(each) and os.path.samefile(output, each) for each in files_read):
        raise Misuse(f"{output!r} is a file that this command reads; name another one", "--output")


def replace_file(path: str, content: bytes) -> None:
    """Write a file as a whole: what was there stays as it was until all of the new content is on the disk.

    Links are followed, and the mode is kept. What is no regular file, has several names or lies in a folder that
    takes no new files is written in place. Raises `OSError`, with the path.
    """
    target = os.path.realpath(path)
    known = os.stat(target) if os.path.exists(target) else None
    if known is not None and (not os.path.isfile(target) or known.st_nlink > 1):
        write_in_place(path, content)
        return
    if known is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", path)
    beside = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError:
        write_in_place(path, content)
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if known is not None:
            os.chmod(beside, known.st_mode & 0o7777)
        os.replace(beside, target)
    except OSError as error:
        with suppress(OSError):
            os.unlink(beside)
        raise type(error)(error.errno, error.strerror, path) from None


def write_in_place(path: str, content: bytes) -> None:
    """Write over a file, from its beginning."""
    with open(path, "wb") as file:
        file.write(content)


def create_file(path: str, text: str) -> None:
    """Write a file that is not there yet, or nothing at all. Raises `FileExistsError`, and other `OSError`."""
    content = text.encode("utf-8", "backslashreplace")
    with open(path, "xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError as error:
            with suppress(OSError):
                os.unlink(path)
            raise type(error)(error.errno, error.strerror, path) from None


def write_error(text: str) -> None:
    """Write a message to standard error, after what standard output has so far."""
    sys.stdout.flush()
    sys.stderr.write(text if text.endswith("\n") else f"{text}\n")


def write_json(value: object, output: str | None = None) -> None:
    """Write a value as indented JSON, with lists of numbers on one line."""
    from cnnshape.reports.indented import indented  # only where JSON is asked for

    write(indented(value), output)
