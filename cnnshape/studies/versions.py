"""What is compared with what: two files, all files of two folders, or either with what it was at a revision."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cnnshape.checks.configuration import Configuration, find_configuration
from cnnshape.checks.discovery import may_be_one, walk
from cnnshape.readers.requests import UsageError
from cnnshape.studies.revisions import NotAtRevisionError, file_at, folder_at
from cnnshape.value import NamedTuple


class Version(NamedTuple):
    """A file to read, and how it is called."""

    file: str
    name: str


class Pair(NamedTuple):
    """The old and the new version of a file; None where there is none."""

    old: Version | None
    new: Version | None

    @property
    def name(self) -> str:
        """How the new version is called, or the removed one."""
        version = self.new or self.old
        assert version is not None
        return version.name


@contextmanager
def versions(files: Sequence[str], revision: str | None) -> Iterator[list[Pair]]:
    """The pairs that a command line asks for; what is taken from a revision is gone when the context ends.

    Args:
        files: OLD and NEW, both files or both folders; with a revision, only NEW.
        revision: what git is to compare NEW with.

    Raises:
        UsageError: a file is to be compared with a folder.
        RevisionError: git has no such revision or file.
    """
    new = files[-1]
    is_folder = [file != "-" and os.path.isdir(file) for file in files]
    if len(set(is_folder)) > 1:
        raise UsageError("what is compared are two files, or two folders")
    if not any(is_folder) and revision is None:
        yield [Pair(Version(files[0], files[0]), Version(new, new))]
    elif not any(is_folder):
        assert revision is not None
        try:
            with file_at(revision, new) as old:
                yield [Pair(Version(old, f"{revision}:{new}"), Version(new, new))]
        except NotAtRevisionError:
            if not os.path.isfile(new):
                raise
            yield [Pair(None, Version(new, new))]
    else:
        configuration = find_configuration(os.getcwd())
        if revision is None:
            yield matched(files_of(files[0], configuration), files_of(new, configuration))
            return
        with folder_at(revision, new, lambda name: may_be_one(name, configuration)) as folder:
            elsewhere = configuration._replace(root=os.path.join(folder, os.path.relpath(configuration.root, new)))
            before = {
                name: Version(version.file, f"{revision}:{os.path.join(new, name)}")
                for name, version in files_of(str(folder), elsewhere).items()
            }
            yield matched(before, files_of(new, configuration))


def files_of(folder: str, configuration: Configuration) -> dict[str, Version]:
    """The architecture files of a folder, by their names below it."""
    return {os.path.relpath(file, folder): Version(file, file) for file in walk(folder, configuration).files}


def matched(old: dict[str, Version], new: dict[str, Version]) -> list[Pair]:
    """The files of one name, in the order of the names."""
    return [Pair(old.get(name), new.get(name)) for name in sorted({*old, *new})]
