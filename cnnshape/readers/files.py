"""What a FILE is: a path, ``-`` for standard input, or a network of the zoo; and what an include may reach."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cnnshape.diagnostics import Diagnostic, Fault, Source
from cnnshape.readers.kinds import LOOKED_INTO, Glimpse, glimpse, kind_of
from cnnshape.readers.yaml.document import LARGEST_FILE
from cnnshape.spelling import alike, nearest

ZOO = "zoo:"
ROOT_MARKERS = (".git", "pyproject.toml", "cnnshape.toml")


class Unreadable(Exception):  # noqa: N818 - carries a diagnostic
    """A file that cannot be read: the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class ZooMember(NamedTuple):
    """A built-in network: its framework, its name as the framework writes it, and its file."""

    framework: str
    name: str
    file: str
    preset: str | None


class TooLargeError(OSError):
    """More bytes than are read; `raw` has those that were."""

    def __init__(self, raw: bytes, most: int) -> None:
        super().__init__(errno.EFBIG, f"it is larger than {most // 1024**2} MiB")
        self.raw = raw


def read_bytes(path: str | Path, most: int = LARGEST_FILE) -> bytes:
    """What a file holds. Raises `OSError`; `TooLargeError` where that is more than `most` bytes, or has no end."""
    with open(path, "rb") as stream:
        return bounded(stream, most)


def bounded(stream: BinaryIO, most: int = LARGEST_FILE) -> bytes:
    """What a stream has. Raises `TooLargeError` where that is more than `most` bytes, or has no end."""
    raw = stream.read(most + 1)
    if len(raw) > most:
        raise TooLargeError(raw, most)
    return raw


def is_special(path: str | Path) -> bool:
    """Whether a pipe, a device or a socket lies there. Reading one may never end: only who names it means it."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def read_source(target: str, name: str | None = None) -> tuple[Source, str | None]:
    """The text of a path (or ``-``), and its real path where it has one: standard input that of its `name`.

    Raises:
        Unreadable: CS001 where it cannot be read, CS002 where it is not UTF-8, CS006 where it is too large, CS016
            where it is no architecture file but one of another kind.
    """
    filename = name or ("<stdin>" if target == "-" else target.replace("\\", "/"))
    try:
        if target == "-":
            if sys.stdin is None:
                raise Unreadable(Diagnostic("CS001", f"cannot read {filename}: standard input is closed", filename))
            raw = bounded(sys.stdin.buffer)
            resolved = str(Path(name).resolve()) if name else None
        elif not target:
            raise Unreadable(Diagnostic("CS001", "no file is named", filename, fix="name a path, - or zoo:NAME"))
        else:
            path = Path(target)
            if path.is_dir():
                message = f"{filename} is a folder"
                raise Unreadable(Diagnostic("CS001", message, filename, fix="`cnnshape check FOLDER` checks folders"))
            raw = read_bytes(path)
            resolved = str(path.resolve())
    except TooLargeError as error:
        refuse_other_kinds(filename, Glimpse(error.raw[:LOOKED_INTO], last_bytes(target)))
        message = f"{filename} is larger than {LARGEST_FILE // 1024**2} MiB"
        raise Unreadable(Diagnostic("CS006", message, filename)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        close = _meant(target, filename) if isinstance(error, FileNotFoundError) else None
        raise Unreadable(
            Diagnostic(
                "CS001",
                f"cannot read {filename}: {reason}",
                filename,
                fix=f"did you mean {close}?" if close else None,
            )
        ) from None
    refuse_other_kinds(filename, glimpse(raw))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        message = f"{filename} is not UTF-8: byte 0x{raw[error.start]:02x} on line {row}"
        raise Unreadable(Diagnostic("CS002", message, filename, fix="save the file as UTF-8")) from None
    return Source(filename, text), resolved


def refuse_other_kinds(filename: str, file: Glimpse) -> None:
    """Raise `Unreadable` (CS016) for a file that is no architecture file but one of another kind."""
    kind = kind_of(file)
    if kind is not None:
        message = f"{filename} is no architecture file: it is {kind.title}"
        raise Unreadable(Diagnostic("CS016", message, filename, fix=kind.advice))


def last_bytes(target: str) -> bytes:
    """The end of a file, where an archive lists its members; nothing for standard input, which has no second end."""
    if target == "-" or is_special(target):
        return b""
    with open(target, "rb") as stream:
        stream.seek(-min(LOOKED_INTO, stream.seek(0, os.SEEK_END)), os.SEEK_END)
        return stream.read(LOOKED_INTO)


def _meant(target: str, filename: str) -> str | None:
    """What a file that is not there may be: a network of the zoo, or the file beside it with a name like its own."""
    network = zoo_name("/".join(filename.split("/")[-2:]))
    if network:
        return network
    path = Path(target)
    try:
        names = [each.name for each in path.parent.iterdir() if each.name != path.name]  # it may be a link to nothing
    except (OSError, ValueError):
        return None
    close = nearest(path.name, names, cutoff=0.7)
    return filename.removesuffix(path.name) + close if close else None


def is_zoo(target: str) -> bool:
    """Whether the target names a built-in network."""
    return target.startswith(ZOO)


@cache
def zoo_folder() -> Path:
    """Where the built-in networks lie."""
    import cnnshape.zoo

    return Path(cnnshape.zoo.__file__).parent


@cache
def zoo_index() -> tuple[ZooMember, ...]:
    """All built-in networks. The index is a data file beside them (a test compares it with their presets)."""
    raw = json.loads((zoo_folder() / "index.json").read_text(encoding="utf-8"))
    return tuple(ZooMember(*entry) for entry in raw)


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
    path = zoo_folder() / member.framework / member.file
    text = path.read_text(encoding="utf-8")
    return Source(f"zoo:{member.framework}/{member.name}", text), str(path.resolve())


def include_path(target: str, including: str | None) -> Path:
    """The real path of an included file.

    It is looked for beside the including file and has to stay below the nearest folder above that holds ``.git``,
    ``pyproject.toml`` or ``cnnshape.toml`` (below the file's own folder where there is none), links resolved.
    Raises `Fault` (CS014) otherwise.
    """
    base = Path(including).parent if including else Path.cwd()
    root = next(
        (folder for folder in (base, *base.parents) if any((folder / marker).exists() for marker in ROOT_MARKERS)),
        base,
    ).resolve()
    try:
        path = (base / target).resolve()
        inside = path.is_relative_to(root)
    except (OSError, ValueError, RuntimeError):
        raise Fault("CS001", f"cannot read {target!r}: not a path", fix=None) from None
    if not inside:
        raise Fault(
            "CS014",
            f"include: {target} lies outside the project",
            fix="move it below the project's folder (the nearest one with .git, pyproject.toml or cnnshape.toml)",
        )
    return path
