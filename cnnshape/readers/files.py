"""What a FILE is: a path, ``-`` for standard input, or a network of the zoo; and what an include may reach."""

from __future__ import annotations

import errno
import os
import stat
import sys
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from cnnshape.cache import evidence
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Fault, Source, did_you_mean
from cnnshape.readers.kinds import LOOKED_INTO, Glimpse, kind_of
from cnnshape.spelling import alike, nearest
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path  # with all that it imports it takes as long as reading a file

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of an architecture file, and of anything that has to be read as a whole."""

ZOO = "zoo:"
ROOT_MARKERS = (".git", "pyproject.toml", "cnnshape.toml")


class UnreadableError(ArchitectureError):
    """A file that cannot be read: the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic, sources: Mapping[str, Source] | None = None) -> None:
        super().__init__((diagnostic,), sources=sources)
        self.diagnostic = diagnostic
        evidence.incomplete()  # it may be readable the next time


class ZooMember(NamedTuple):
    """A built-in network: its framework, its name as the framework writes it, and its file."""

    framework: str
    name: str
    file: str
    preset: str | None = None


class TooLargeError(OSError):
    """More bytes than are read."""


def read_bytes(path: str | os.PathLike[str], most: int = LARGEST_FILE) -> bytes:
    """What a file holds. Raises `OSError`; `TooLargeError` where that is more than `most` bytes, or has no end."""
    with open(path, "rb") as stream:
        raw = stream.read(most + 1)
    if len(raw) > most:
        raise TooLargeError(errno.EFBIG, f"it is larger than {most // 1024**2} MiB")
    evidence.read(path, raw)
    return raw


def is_special(path: str | os.PathLike[str]) -> bool:
    """Whether a pipe, a device or a socket lies there. Reading one may never end: only who names it means it."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


class Opened:
    """A FILE that was found: its beginning is read, the rest as far as its reader asks.

    Attributes:
        filename: how messages name it.
        resolved: its real path; None for standard input without a name.
        model: which of the models in it is meant, as it stands behind the colon of ``net.py:Net``.
        glimpse: both ends of it.
    """

    __slots__ = ("_path", "_raw", "filename", "glimpse", "model", "resolved")

    def __init__(
        self, filename: str, resolved: str | None, raw: bytes, *, path: str | None = None, model: str = ""
    ) -> None:
        self.filename = filename
        self.resolved = resolved
        self.model = model
        self._raw = raw
        self._path = path
        self.glimpse = Glimpse(raw[:LOOKED_INTO], last_bytes(path) if path else raw[-LOOKED_INTO:])

    def stream(self) -> BinaryIO:
        """All of it, to be read in any order. Raises `OSError`."""
        return open(self._path, "rb") if self._path else BytesIO(self._raw)

    def read(self, most: int = LARGEST_FILE) -> bytes:
        """All that it holds. Raises `UnreadableError` (CS006) where that is more than `most` bytes."""
        with self.stream() as stream:
            too_large = stream.seek(0, os.SEEK_END) > most
            stream.seek(0)
            raw = b"" if too_large else stream.read(most + 1)
        if too_large or len(raw) > most:
            message = f"{self.filename} is larger than {most // 1024**2} MiB"
            fix = "no more is read: leave out what describes no network"
            raise UnreadableError(Diagnostic("CS006", message, self.filename, fix=fix))
        if self._path:
            evidence.read(self._path, raw)
        return raw

    def source(self) -> Source:
        """Its text. Raises `UnreadableError`: CS002 where it is not UTF-8, CS006 where it is too large."""
        raw = self.read()
        try:
            return Source(self.filename, raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            row = raw.count(b"\n", 0, error.start) + 1
            message = f"{self.filename} is not UTF-8: byte 0x{raw[error.start]:02x} on line {row}"
            raise UnreadableError(Diagnostic("CS002", message, self.filename, fix="save the file as UTF-8")) from None


def open_file(target: str, name: str | None = None, model: str = "") -> Opened:
    """What lies at a path or, for ``-``, on standard input, whose `name` may be that of a file.

    Only of an ordinary file less than all is read; what has no end is read up to the largest size of a text.
    Raises `UnreadableError` (CS001) where it cannot be read.
    """
    filename = name or ("<stdin>" if target == "-" else target.replace("\\", "/"))
    try:
        if target == "-":
            evidence.incomplete()
            if sys.stdin is None:
                raise UnreadableError(
                    Diagnostic("CS001", f"cannot read {filename}: standard input is closed", filename)
                )
            resolved = os.path.realpath(name) if name else None
            return Opened(filename, resolved, sys.stdin.buffer.read(LARGEST_FILE + 1), model=model)
        if not target:
            raise UnreadableError(Diagnostic("CS001", "no file is named", filename, fix="name a path, - or zoo:NAME"))
        if os.path.isdir(target):
            message = f"{filename} is a folder"
            raise UnreadableError(
                Diagnostic(
                    "CS001",
                    message,
                    filename,
                    fix="`cnnshape check FOLDER` checks folders; a network in a package is `package.module:Net`",
                )
            )
        ordinary = not is_special(target)
        with open(target, "rb") as stream:
            raw = stream.read(LOOKED_INTO if ordinary else LARGEST_FILE + 1)
        is_whole = not ordinary or len(raw) < LOOKED_INTO
        evidence.asked("real path", target)
        if not ordinary:
            evidence.incomplete()
        elif is_whole:
            evidence.read(target, raw)
        return Opened(filename, os.path.realpath(target), raw, path=None if is_whole else target, model=model)
    except UnreadableError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        close = _meant(target, filename) if isinstance(error, FileNotFoundError) else None
        fix = did_you_mean(close)
        raise UnreadableError(Diagnostic("CS001", f"cannot read {filename}: {reason}", filename, fix=fix)) from None


def refuse_other_kinds(file: Opened) -> None:
    """Raise `UnreadableError` (CS016) for a file that is no architecture file but one of another kind."""
    kind = kind_of(file.glimpse)
    if kind is not None:
        message = f"{file.filename} is no architecture file: it is {kind.title}"
        raise UnreadableError(Diagnostic("CS016", message, file.filename, fix=kind.advice))


def last_bytes(path: str) -> bytes:
    """The end of an ordinary file, where an archive lists its members."""
    with open(path, "rb") as stream:
        stream.seek(-min(LOOKED_INTO, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        return stream.read(LOOKED_INTO)


def _meant(target: str, filename: str) -> str | None:
    """What a file that is not there may be: a network of the zoo, or the file beside it with a name like its own."""
    network = zoo_name("/".join(filename.split("/")[-2:]))
    if network:
        return network
    folder, wanted = os.path.split(target.rstrip("/"))
    try:
        names = [name for name in os.listdir(folder or ".") if name != wanted]  # it may be a link to nothing
    except (OSError, ValueError):
        return None
    close = nearest(wanted, names, cutoff=0.7)
    return filename.removesuffix(wanted) + close if close else None


def is_zoo(target: str) -> bool:
    """Whether the target names a built-in network."""
    return target.startswith(ZOO)


@cache
def zoo_folder() -> str:
    """Where the built-in networks lie."""
    import cnnshape.zoo

    return os.path.dirname(cnnshape.zoo.__file__)


@cache
def zoo_index() -> tuple[ZooMember, ...]:
    """All built-in networks. The index is a data file beside them (a test compares it with their presets)."""
    lines = text_of_zoo("index.txt").splitlines()  # plain text: a start has no time for JSON
    return tuple([ZooMember(*line.split(" ")) for line in lines])


def folded(name: str) -> str:
    """A network's name without regard to case, underscores and hyphens."""
    return name.replace("_", "").replace("-", "").lower()


def find_in_zoo(target: str, framework: str | None = None) -> ZooMember:
    """The network that ``zoo:keras/resnet50`` or ``zoo:resnet50`` names.

    Without a framework in the name that of the including file is tried first, then Keras, then PyTorch. The name as
    it is goes before the one without underscores. Raises `Fault` (CS001) with the nearest names.
    """
    bare = target.removeprefix(ZOO)
    stated, _, name = bare.rpartition("/")
    order = [stated.lower()] if stated else [framework or "keras", "keras", "pytorch"]
    for each in order:
        members = [member for member in zoo_index() if member.framework == each]
        found = [member for member in members if member.name.lower() == name.lower()] or [
            member for member in members if folded(member.name) == folded(name)
        ]
        if len(found) == 1:
            return found[0]
        if found:  # regnet_x_3_2gf and regnet_x_32gf differ in nothing but an underscore
            choices = " or ".join(f"{ZOO}{member.framework}/{member.name}" for member in found)
            raise Fault("CS001", f"{bare!r} names {len(found)} networks of the zoo", fix=f"write {choices}")
    names = {f"{each.framework}/{each.name}".lower(): f"{each.framework}/{each.name}" for each in zoo_index()}
    close = alike(f"{stated or framework or 'keras'}/{name}".lower(), names)
    raise Fault(
        "CS001",
        f"the zoo has no network {bare!r}",
        fix=f"did you mean {' or '.join(ZOO + names[each] for each in close)}?"
        if close
        else "`cnnshape zoo list` shows them all",
    )


def zoo_name(name: str) -> str | None:
    """The name by which a network is included that is written without ``zoo:``; None where it is no single network."""
    try:
        member = find_in_zoo(name)
    except Fault:
        return None
    return f"{ZOO}{member.framework}/{member.name}"


def read_zoo(member: ZooMember) -> tuple[Source, str]:
    """The text of a built-in network's file."""
    path = os.path.join(member.framework, member.file)
    resolved = os.path.realpath(os.path.join(zoo_folder(), path))
    return Source(f"zoo:{member.framework}/{member.name}", text_of_zoo(path)), resolved


def text_of_zoo(path: str) -> str:
    """The text of a file in the folder of the built-in networks."""
    with open(os.path.join(zoo_folder(), path), encoding="utf-8") as stream:
        return stream.read()


def include_path(target: str, including: str | None) -> Path:
    """The real path of an included file.

    It is looked for beside the including file and has to stay below the nearest folder above that holds ``.git``,
    ``pyproject.toml`` or ``cnnshape.toml`` (below the file's own folder where there is none), links resolved.
    Raises `Fault` (CS014) otherwise.
    """
    from pathlib import Path  # only where a file includes another

    base = Path(including).parent if including else Path.cwd()
    try:
        path = (base / target).resolve()
        evidence.asked("real path", base / target)
        inside = is_inside(path, project_root(base))
    except (OSError, ValueError, RuntimeError):
        raise Fault("CS001", f"cannot read {target!r}: not a path", fix=None) from None
    if not inside:
        raise Fault(
            "CS014",
            f"include: {target} lies outside the project",
            fix="move it below the project's folder (the nearest one with .git, pyproject.toml or cnnshape.toml)",
        )
    return path


def project_root(base: Path) -> Path:
    """The real path of the nearest folder above that makes a project; of the folder itself where there is none."""
    root = next(
        (folder for folder in (base, *base.parents) if any(is_there(folder / each) for each in ROOT_MARKERS)), base
    )
    return root.resolve()


def is_there(path: Path) -> bool:
    """Whether something lies at a path."""
    evidence.asked("kind", path)
    return path.exists()


def is_inside(path: Path, root: Path) -> bool:
    """Whether a real path is one of a project's files; what git keeps for itself is none."""
    return path.is_relative_to(root) and ".git" not in path.relative_to(root).parts


def leads_outside(path: str, root: Path) -> bool:
    """Whether a link that nobody named leads out of a project: what lies there is no business of its files."""
    if not os.path.islink(path):
        return False
    from pathlib import Path

    return not is_inside(Path(os.path.realpath(path)), root)
