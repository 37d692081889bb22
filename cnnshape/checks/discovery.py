"""Which files of a folder are architecture files.

By their name (``*.cnn.yaml``, ``*.cnn.yml``, ``*.cnn.json``), by the configuration's `include`, or because a YAML
file has `layers` and `input` (or `inputs`) at its top level, in whatever style it is written, and however they are
misspelt where they are about layers. Never: what git
ignores, hidden folders, virtual environments, ``node_modules``, and the configuration's `exclude`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from cnnshape.cache import evidence
from cnnshape.checks.configuration import Configuration, matches
from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.diagnostics.nodes import DEEPEST
from cnnshape.readers.files import is_zoo, leads_outside, project_root, read_bytes
from cnnshape.readers.yaml.libyaml import Parser, yaml
from cnnshape.spelling import SLIP, nearest
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, vocabulary

NAMED = r"(?i)\.cnn\.(ya?ml|json)\Z"
YAML = r"(?i)\.ya?ml\Z"
KEY = r"(?m)(?P<margin>^[ \t]*|[{,][ \t]*)(?P<quote>[\"']?)(?P<key>[A-Za-z_]{4,16})(?P=quote)[ \t]*:"
"""Where a key may stand; it is one of the top level for certain at the very margin."""
LAYERS, INPUT = ("layers",), ("input", "inputs")
"""The keys that an architecture file has: the layers, and one that states its input."""
ENTRY = r"(?:\w+ *= *)?([A-Za-z_][\w.]*)"
"""The head of an entry of `layers`: ``Conv2D(8, 3)``, ``x = nn.ReLU``."""
MOST_ENTRIES = 20
"""Scalars in which a layer is looked for, so that a file is no architecture by chance."""
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env"})
ENVIRONMENT = "pyvenv.cfg"
"""The file that makes a folder a virtual environment, whatever its name."""
LARGEST_LOOKED_INTO = 1024 * 1024
"""Bytes; a larger file is no architecture file unless its name says so."""


class Found(NamedTuple):
    """The files to check, and the links that would be, but lead out of the project: nobody named what lies there."""

    files: list[str]
    outside: list[str]


def discover(paths: Sequence[str], configuration: Configuration) -> list[str]:
    """The files to check: files as they are named, folders as what they hold, each once, in a stable order."""
    return find(paths, configuration).files


def find(paths: Sequence[str], configuration: Configuration) -> Found:
    """`discover`, and what it leaves alone."""
    files: dict[str, str] = {}
    outside: list[str] = []
    for path in paths:
        found = walk(path, configuration) if path != "-" and os.path.isdir(path) else Found([path], [])
        outside += found.outside
        guarded = configuration.models_of(path)
        if guarded:
            found = found._replace(files=[*(name for name in found.files if name != path), *guarded])
        for name in found.files:
            files.setdefault(name if name == "-" or is_zoo(name) else os.path.abspath(name), name)
    return Found([*files.values()], outside)


def without_files(paths: Sequence[str], files: Sequence[str]) -> list[str]:
    """The folders among the paths in which none of the files lies."""
    named = [file for file in files if file != "-" and not is_zoo(file)]
    folders = [(path, os.path.abspath(path) + os.sep) for path in paths if path != "-" and os.path.isdir(path)]
    return [path for path, start in folders if not any(os.path.abspath(file).startswith(start) for file in named)]


def walk(folder: str, configuration: Configuration) -> Found:
    """The architecture files below a folder, sorted."""
    from pathlib import Path  # only where a folder is searched

    evidence.incomplete()
    names = git_files(folder)
    candidates = [*tree_files(folder)] if names is None else names
    root = project_root(Path(folder).resolve())
    outside = {name for name in candidates if leads_outside(name, root)}

    def ordered(wanted: Iterable[str]) -> list[str]:
        return sorted(wanted, key=lambda name: name.split("/"))

    return Found(
        ordered(name for name in candidates if name not in outside and is_wanted(name, configuration)),
        ordered(name for name in outside if is_claimed(name, configuration)),
    )


def refused_links(links: Iterable[str]) -> Iterator[tuple[Diagnostic, Source]]:
    """A CS014 for every link that leads out of the project."""
    for name in links:
        message = f"{name} is a link that leads out of the project, and is not followed"
        fix = "put the file itself here, or name it on the command line"
        yield Diagnostic("CS014", message, name, fix=fix), Source(name, "")


def git_files(folder: str) -> list[str] | None:
    """The files below a folder that git knows or would add; None where git cannot say.

    The file system monitor is off: its command comes from the repository's own configuration.
    """
    import subprocess  # only where a folder is searched

    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    names = [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]
    environments = tuple(name.removesuffix(ENVIRONMENT) for name in names if name.endswith(f"/{ENVIRONMENT}"))
    inside = [name for name in names if not skipped(name) and not name.startswith(environments)]
    return [path for path in (join(folder, name) for name in dict.fromkeys(inside)) if os.path.isfile(path)]


def tree_files(folder: str) -> Iterator[str]:
    """The files below a folder, where there is no git; links to folders are not followed."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not skipped(f"{name}/") and not os.path.exists(os.path.join(base, name, ENVIRONMENT))
        )
        relative = os.path.relpath(base, folder).replace(os.sep, "/")
        regular = [name for name in files if os.path.isfile(os.path.join(base, name))]  # a pipe would be waited for
        yield from (join(folder, name if relative == "." else f"{relative}/{name}") for name in regular)


def skipped(name: str) -> bool:
    """Whether a relative name lies in a hidden folder, a virtual environment or a folder of packages."""
    return any(part.startswith(".") or part in SKIPPED_FOLDERS for part in name.split("/")[:-1])


def join(folder: str, name: str) -> str:
    """A file's name below a folder as it is shown: without a leading ``./``."""
    base = folder.replace(os.sep, "/").rstrip("/")
    return name if base in (".", "") else f"{base}/{name}"


def may_be_one(name: str, configuration: Configuration) -> bool:
    """Whether a file may be an architecture file, to judge by its name."""
    return bool(re.search(NAMED, name) or re.search(YAML, name)) or any(
        matches(name, pattern) for pattern in configuration.include
    )


def is_wanted(name: str, configuration: Configuration) -> bool:
    """Whether a regular file of a folder is an architecture file."""
    return is_claimed(name, configuration) or (
        re.search(YAML, name) is not None and not is_excluded(name, configuration) and looks_like_one(name)
    )


def is_claimed(name: str, configuration: Configuration) -> bool:
    """Whether a file is to be one, by its name or by the configuration, whatever it holds."""
    stated = re.search(NAMED, name) or configuration.fits(name, configuration.include)
    return bool(stated) and not is_excluded(name, configuration)


def is_excluded(name: str, configuration: Configuration) -> bool:
    """Whether the configuration leaves a file out."""
    return configuration.fits(name, configuration.exclude)


def looks_like_one(path: str) -> bool:
    """Whether a YAML file has `layers` and `input` or `inputs` at its top level.

    A file with one or both of them misspelt is one too, if what stands for `layers` lists layers: passed by, its slip
    would never be reported.
    """
    try:
        text = read_bytes(path, LARGEST_LOOKED_INTO).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    found = [(match["key"], match["margin"] == "") for match in re.finditer(KEY, text)]
    if not describes_a_network(meant(key) for key, _ in found):
        return False
    if describes_a_network(key for key, certain in found if certain):
        return True
    keys = top_level(text)
    return describes_a_network(keys) or (
        describes_a_network(map(meant, keys))
        and any(is_layer(entry) for key, entries in keys.items() if meant(key) in LAYERS for entry in entries)
    )


def describes_a_network(keys: Iterable[str | None]) -> bool:
    """Whether `layers` and an input are among the keys."""
    names = set(keys)
    return not (names.isdisjoint(LAYERS) or names.isdisjoint(INPUT))


@lru_cache(maxsize=10_000)
def meant(key: str) -> str | None:
    """The key of an architecture file that this one is, or may be a slip for: ``layer:``, ``Inputs_:``."""
    word = key.lower().strip("_")
    if word.startswith(INPUT):  # as in `input_shape`
        return INPUT[0]
    return nearest(word, (*LAYERS, *INPUT), SLIP)


def is_layer(entry: str) -> bool:
    """Whether an entry of a list begins with the name of a layer of either framework: ``x = Conv2D(8, 3)``."""
    name = re.match(ENTRY, entry)
    return name is not None and any(vocabulary(framework).find_exact(name[1]) for framework in FRAMEWORKS)


def top_level(text: str) -> dict[str, list[str]]:
    """The keys of a document's mapping, as far as the text is YAML, each with the first scalars of its value."""
    keys: dict[str, list[str]] = {}
    values: list[str] = []
    level, at_key = 0, True
    try:
        for event in yaml.parse(text, Parser):
            if isinstance(event, yaml.ScalarEvent):
                if level == 1 and at_key:
                    values = keys.setdefault(event.value, [])
                elif len(values) < MOST_ENTRIES:
                    values.append(event.value)
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if level > DEEPEST or (level == 1 and isinstance(event, yaml.SequenceStartEvent)):
                break
            if level == 1 and isinstance(event, yaml.ScalarEvent | yaml.AliasEvent | yaml.CollectionEndEvent):
                at_key = not at_key
    except (yaml.YAMLError, UnicodeError):
        pass  # what was read so far tells enough; the check says what is wrong
    return keys
