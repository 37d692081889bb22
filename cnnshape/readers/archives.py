"""Files of frameworks: what all of them are once they are read, and zip archives, which nobody need trust.

One member of an archive is read, into memory, up to a size; nothing is written.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from typing import Any, BinaryIO, cast

from cnnshape.diagnostics import ArchitectureError, Diagnostic
from cnnshape.network.network import Network
from cnnshape.readers.files import Opened, UnreadableError
from cnnshape.readers.kinds import LOOKED_INTO, Glimpse
from cnnshape.readers.requests import Settings

LARGEST_MEMBER = 32 * 1024 * 1024
"""Bytes of the text of a network, unpacked."""
LARGEST_DIRECTORY = 16 * 1024 * 1024
"""Bytes of an archive's list of members, which is read as a whole."""
MOST_VALUES = 1_500_000
"""Values of a JSON text, by its commas and brackets: each takes memory a hundred times its two bytes."""

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a member that asks for a password
    NotImplementedError,  # a way of packing that Python does not know
    struct.error,
    ValueError,
    OverflowError,
)


class MalformedError(ValueError):
    """The file is not what its kind has to be."""


class StoredModel:
    """A file of a framework that was read, ready to be planned; it has no variables. `kind` is what it has to be."""

    framework = "pytorch"
    kind = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    def __init__(self, filename: str, model: Any) -> None:
        self.filename = filename
        self.model = model

    def variables(self, preset: str | None = None) -> dict[str, str]:
        """It has none."""
        return {}

    def network(self, settings: Settings) -> Network:
        """The network for these inputs. Raises `ArchitectureError` where the file is not what it has to be."""
        try:
            return self.walked(settings)
        except MalformedError as error:
            raise damaged(self.filename, f"{self.filename} is no {self.kind}: {error}") from None
        except RecursionError:
            finding = Diagnostic("CS007", f"{self.filename} is nested too deep", self.filename)
            raise ArchitectureError((finding,)) from None

    def walked(self, settings: Settings) -> Network:
        """The network. Raises `MalformedError`."""
        raise NotImplementedError


class Inner:
    """An archive that lies in another, not packed."""

    def __init__(self, file: Opened, start: int, size: int) -> None:
        self.filename = file.filename
        self.file, self.start, self.size = file, start, size
        with self.stream() as stream:
            stream.seek(-min(size, LOOKED_INTO), io.SEEK_END)
            self.glimpse = Glimpse(b"", stream.read())

    def stream(self) -> BinaryIO:
        """All of it, to be read in any order."""
        return cast(BinaryIO, io.BufferedReader(Section(self.file.stream(), self.start, self.size)))


class Section(io.RawIOBase):
    """Some bytes of a stream, as one of their own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self.whole, self.start, self.size, self.at = stream, start, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there. Raises `ValueError` before the beginning."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if at < 0:
            raise ValueError("a place before the beginning")
        self.at = at
        return at

    def readinto(self, buffer: Any) -> int:
        """The next bytes, as many as there are."""
        self.whole.seek(self.start + self.at)
        raw = self.whole.read(max(min(len(buffer), self.size - self.at), 0))
        buffer[: len(raw)] = raw
        self.at += len(raw)
        return len(raw)

    def close(self) -> None:
        """Close the whole."""
        self.whole.close()
        super().close()


def damaged(filename: str, message: str) -> UnreadableError:
    """The refusal (CS018) of a file that is not what its kind has to be."""
    return UnreadableError(Diagnostic("CS018", message, filename, fix="export it anew"))


def inner(file: Opened, name: str) -> Inner | None:
    """The archive that a member is; None where there is none, or it is packed. Raises `UnreadableError`."""
    try:
        with file.stream() as stream, zipfile.ZipFile(stream) as archive:
            found = [each for each in archive.infolist() if re.search(name, each.filename)]
            if len(found) != 1 or found[0].compress_type != zipfile.ZIP_STORED:
                return None
            stream.seek(found[0].header_offset + 26)
            start = found[0].header_offset + 30 + sum(struct.unpack("<HH", stream.read(4)))
            return Inner(file, start, found[0].file_size)
    except BROKEN as error:
        raise damaged(file.filename, f"{file.filename} is a damaged archive: {error}") from None


def read_member(file: Opened | Inner, name: str, otherwise: bytes | None = None) -> bytes:
    """The first member whose name fits the pattern, the shortest name first.

    Raises `UnreadableError` where the archive is damaged, or there is none and nothing to take `otherwise`.
    """
    if directory_size(file.glimpse.tail) > LARGEST_DIRECTORY:
        raise damaged(file.filename, f"{file.filename} lists more members than an archive of a network has")
    try:
        with file.stream() as stream, zipfile.ZipFile(stream) as archive:
            found = [each for each in archive.infolist() if re.search(name, each.filename)]
            if not found and otherwise is not None:
                return otherwise
            if not found:
                raise damaged(file.filename, f"{file.filename} has no member {name}")
            member = min(found, key=lambda each: len(each.filename))
            if member.file_size > LARGEST_MEMBER:
                raise too_large(file.filename, member.filename)
            with archive.open(member) as packed:
                raw = packed.read(LARGEST_MEMBER + 1)
    except UnreadableError:
        raise
    except BROKEN as error:
        raise damaged(file.filename, f"{file.filename} is a damaged archive: {error}") from None
    if len(raw) > LARGEST_MEMBER:
        raise too_large(file.filename, member.filename)
    return raw


def too_large(filename: str, member: str) -> UnreadableError:
    """The refusal of a member that would unpack to more than `LARGEST_MEMBER`."""
    message = f"{member} in {filename} unpacks to more than {LARGEST_MEMBER // 1024**2} MiB"
    return UnreadableError(Diagnostic("CS006", message, filename))


def directory_size(tail: bytes) -> int:
    """How many bytes the list of members says that it has; 0 where there is none.

    Source: APPNOTE 6.3.10, sections 4.3.16 (end of the central directory) and 4.3.14 (its 64-bit form).
    """
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 16:
        return 0
    (size,) = struct.unpack_from("<I", tail, end + 12)
    wide = tail.rfind(b"PK\x06\x06", 0, end)
    if size == 0xFFFFFFFF and wide >= 0 and len(tail) >= wide + 48:
        (size,) = struct.unpack_from("<Q", tail, wide + 40)
    return int(size)


def read_json(filename: str, raw: bytes) -> Any:
    """The value of a JSON text. Raises `UnreadableError` (CS018, CS006, CS007)."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_VALUES:
        raise UnreadableError(Diagnostic("CS006", f"{filename} has more than {MOST_VALUES:,} values", filename))
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except RecursionError:
        raise UnreadableError(Diagnostic("CS007", f"{filename} is nested too deep", filename)) from None
    except ValueError as error:
        raise damaged(filename, f"{filename} holds no JSON: {error}") from None
