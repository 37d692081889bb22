"""The file of a search's results: written as they come, and gone on with after a kill."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cnnshape.cli.misuse import Misuse
from cnnshape.readers.requests import needing

if TYPE_CHECKING:
    from cnnshape.reports.search import Lines
    from cnnshape.studies.search import Variant

PART = 100_000
"""Variants of one part of a Parquet folder."""

TAIL = "_tail.jsonl"
"""The variants that come behind the last whole part; readers of such folders pass over names that begin so."""


@contextmanager
def opened(lines: Lines, output: str, resume: bool) -> Iterator[Results]:
    """The results at a path, open for the next ones: a folder of Parquet's parts, or a file of lines.

    Raises:
        Misuse: there is something already, and it is not to be gone on with, or holds something else.
        MissingExtraError: pyarrow is not installed.
        OSError: they cannot be written; `filename` is the path.
    """
    path, is_folder = Path(output), output.endswith(".parquet")
    try:
        held = any(path.iterdir()) if is_folder and path.is_dir() else path.is_file() and path.stat().st_size
        if held and not resume:
            raise Misuse(f"is {output}, which holds something: add --resume, or name another file", "--output")
        if is_folder:
            with needing("search", "writing Parquet"):
                import pyarrow  # noqa: F401  # an extra, and takes a moment to import
            path.mkdir(exist_ok=True)
        tail = path / TAIL if is_folder else path
        with open(tail, "r+b" if tail.is_file() else "w+b", buffering=0) as file:
            written = Written(file, lines)
            yield Parts(path, written) if is_folder else written
    except OSError as error:
        error.filename = error.filename or output
        raise


class Written:
    """A file of lines; `end` is how far it was read and is sound, until something is added."""

    def __init__(self, file: BinaryIO, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.end: int | None = 0

    def old(self) -> Iterator[Variant]:
        """The variants of its whole lines. Raises `OtherSearchError` where it holds something else."""
        from cnnshape.studies.search import OtherSearchError  # plans, which --help does not need

        head, end = self.lines.head.encode(), 0
        if not os.path.isfile(self.file.name):
            return
        with open(self.file.name, "rb") as whole:
            begin = whole.read(len(head))
            if begin != head[: len(begin)]:
                raise OtherSearchError
            for line in whole:
                is_whole = line.endswith(b"\n")
                try:
                    variant = self.lines.read(line.decode()) if is_whole else None
                except ValueError:
                    raise OtherSearchError from None
                if variant is None and not self.lines.begins(line.decode(errors="replace")):
                    raise OtherSearchError
                if variant is not None:
                    yield variant
                    end += len(line)
            self.end = end + len(head) if begin == head else 0

    def write(self, variants: Sequence[Variant]) -> None:
        """Add lines; at first cut off what comes behind the last whole one."""
        if self.end is not None:
            if os.path.isfile(self.file.name):
                self.file.truncate(self.end)
                self.file.seek(self.end)
            if not self.end:
                self.write_all(self.lines.head.encode())
            self.end = None
        self.write_all("".join(map(self.lines.line, variants)).encode())

    def write_all(self, content: bytes) -> None:
        """Write every byte: a disk that is nearly full takes some, and refuses the rest."""
        while content:
            content = content[self.file.write(content) :]

    def finish(self) -> None:
        """Cut off what comes behind the last line, where nothing was added."""
        self.write(())


class Parts:
    """A folder of Parquet files with `PART` variants each; what comes behind them is a file of lines until then."""

    def __init__(self, folder: Path, tail: Written) -> None:
        self.folder = folder
        self.tail = tail
        self.rest: list[Variant] = []

    def parts(self) -> list[Path]:
        """The parts that are there, in order."""
        return sorted(self.folder.glob("part-*.parquet"))

    def old(self) -> Iterator[Variant]:
        """The variants of the parts and of the tail. Raises `OtherSearchError` where something else is there."""
        from cnnshape.reports.parquet import read

        last = -1
        for part in self.parts():
            for variant in read(self.tail.lines.space, part):
                last = variant.position
                yield variant
        for variant in self.tail.old():
            if variant.position > last:  # a kill came between writing a part and clearing the tail
                self.rest.append(variant)
                yield variant

    def write(self, variants: Sequence[Variant]) -> None:
        """Add variants: to the tail, and a part where that is full."""
        self.tail.write(variants)
        self.rest += variants
        while len(self.rest) >= PART:
            self.part(PART)

    def part(self, count: int) -> None:
        """Make a part of the first variants of the tail."""
        from cnnshape.reports.parquet import write

        made = self.folder / f"part-{len(self.parts()):05}.parquet"
        unfinished = self.folder / "_part"
        write(self.tail.lines.space, self.rest[:count], unfinished)
        os.replace(unfinished, made)
        del self.rest[:count]
        self.tail.end = 0
        self.tail.write(self.rest)

    def finish(self) -> None:
        """Make the last part of what is left, and remove the tail."""
        if self.rest or not self.parts():
            self.part(len(self.rest))
        os.unlink(self.folder / TAIL)


Results = Written | Parts
"""What is there of a search's results, in order, each with its variables as text; and takes more."""
