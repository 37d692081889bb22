"""What a project asks of ``cnnshape check``: ``cnnshape.toml``, or ``[tool.cnnshape]`` in ``pyproject.toml``.

[tool.cnnshape]
include = ["models/*.yaml"]           # beside *.cnn.yaml and files that look like one
exclude = ["models/old/*"]
ignore = ["CS503"]
fail-on = "warning"
[tool.cnnshape.per-file-ignores]
"models/legacy/*" = ["CS5"]
[tool.cnnshape.budgets."models/mobile/*"]
params = "<= 5M"
[tool.cnnshape.models]                 # networks in Python source
"src/nets.py:Net(num_classes=10)" = {input = "3x32x32", params = "<= 1M", output = [10]}
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from cnnshape.cache import evidence
from cnnshape.diagnostics import CODES, SEVERITIES, Fault, Severity
from cnnshape.diagnostics.codes import find_codes
from cnnshape.network.expectations import KEYS as PROMISES
from cnnshape.network.expectations import refuse_meaningless
from cnnshape.readers.files import read_bytes
from cnnshape.reports.diagnostics import FORMATS
from cnnshape.spelling import nearest
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import BACKENDS

Place = str | os.PathLike[str]
SUPPRESSIBLE = tuple(code for code, (_, severity) in CODES.items() if severity != "error")
BUDGETS = tuple(key for key in PROMISES if key != "layers")
"""A budget holds for many files, whose layers have names of their own."""


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names the file and the key."""


class Configuration(NamedTuple):
    """The settings of one project.

    Attributes:
        root: the folder that patterns and per-file settings are relative to.
        include, exclude: patterns of files to check, and not to.
        codes: the warnings and advices that are reported; errors always are.
        per_file_ignores: pattern to the codes that are not reported in matching files.
        budgets: pattern to promises, as `expect:` has them, for matching files.
        models: networks in Python source, as FILEs: what they are given, and their promises.
        fail_on: the mildest severity that makes the check fail.
        output_format: the format of the findings.
        backend: what runs Keras's layers, for files that do not state it.
        origin: the file the settings come from, if any.
    """

    root: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset(SUPPRESSIBLE)
    per_file_ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    budgets: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    models: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    fail_on: Severity = "error"
    output_format: str = "full"
    backend: str | None = None
    origin: str | None = None

    def relative(self, filename: str) -> str:
        """A file's name relative to the root, with forward slashes, for matching."""
        root = os.path.join(os.path.abspath(self.root), "")
        return os.path.abspath(filename).removeprefix(root).replace(os.sep, "/")

    def fits(self, filename: str, patterns: Sequence[str]) -> bool:
        """Whether a file's relative name fits one of the patterns."""
        relative = self.relative(filename) if patterns else ""
        return any(matches(relative, pattern) for pattern in patterns)

    def codes_for(self, filename: str) -> frozenset[str]:
        """The warnings and advices that are reported in a file."""
        if not self.per_file_ignores:
            return self.codes
        name = self.relative(filename)
        ignored = [codes for pattern, codes in self.per_file_ignores if matches(name, pattern)]
        return self.codes.difference(*ignored)

    def budgets_for(self, filename: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The budgets that a file has to keep, with their patterns."""
        name = self.relative(filename) if self.budgets else ""
        return [(pattern, promises) for pattern, promises in self.budgets if matches(name, pattern)]

    def models_of(self, path: str) -> list[str]:
        """The models that are guarded in a file or below a folder, as FILEs."""
        place = os.path.abspath(path)
        found = [(os.path.join(self.root, target), target) for target, _ in self.models]
        below = os.path.join(place, "")
        return [shown(file) for file, _ in found if file.startswith((below, f"{place}:"))]

    def model(self, file: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """What a FILE is planned with, its input and what is assumed of it, and what it promises."""
        name = self.relative(file) if self.models else ""
        for target, wanted in self.models:
            if target.removeprefix("./") == name:
                asked = {key: wanted[key] for key in ASKED if key in wanted}
                return asked, {key: value for key, value in wanted.items() if key not in ASKED}
        return {}, {}


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern covers a relative name: itself, its last part (``*.yaml``), or a folder above it.

    ``*`` also crosses slashes, so that ``models/*`` covers everything below ``models``.
    """
    pattern = pattern.removeprefix("./").replace("**/", "*").rstrip("/")
    tail = name.rpartition("/")[2]
    return (
        fnmatchcase(name, pattern)
        or fnmatchcase(name, f"{pattern}/*")
        or ("/" not in pattern and fnmatchcase(tail, pattern))
    )


def find_configuration(start: Place, *, config: Place | None = None, isolated: bool = False) -> Configuration:
    """The configuration for the folder `start`: `config`, else that of the nearest folder above that has one.

    In one folder ``cnnshape.toml`` wins over ``pyproject.toml``; a ``pyproject.toml`` without ``[tool.cnnshape]``
    is passed over.

    Raises:
        ConfigurationError: it cannot be read, or says something unknown.
    """
    start = os.path.join(os.getcwd(), start)
    if isolated:
        return Configuration(start)
    if config is not None:
        config = os.fspath(config)
        section = read_section(config)
        if section is None:
            raise ConfigurationError(f"{config} has no section [tool.cnnshape]")
        return configure(section, config)
    for folder in upwards(start):
        for name in ("cnnshape.toml", "pyproject.toml"):
            path = os.path.join(folder, name)
            evidence.asked("kind", path)
            section = read_section(path) if os.path.isfile(path) else None
            if section is not None:
                return configure(section, path)
    return Configuration(start)


def upwards(folder: str) -> Iterator[str]:
    """A folder and those above it, the nearest first."""
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        yield (folder := above)


def shown(path: str) -> str:
    """A path as messages name it: relative to the working directory, with forward slashes, where that is possible."""
    with suppress(ValueError):  # it lies on another drive
        path = os.path.relpath(path)
    return path.replace(os.sep, "/")


def read_section(path: str) -> dict[str, Any] | None:
    """The settings in a file; None where a ``pyproject.toml`` has none. Raises `ConfigurationError`."""
    import tomllib  # only where there is a configuration

    try:
        data = tomllib.loads(read_bytes(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigurationError(f"cannot read {path}: {reason}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from None
    if not is_shared(path):
        return data
    tool = data.get("tool", {})
    section = tool.get("cnnshape") if isinstance(tool, dict) else None
    if section is not None and not isinstance(section, dict):
        raise ConfigurationError(f"{path}: tool.cnnshape has to be a table")
    return section


def is_shared(path: str) -> bool:
    """Whether a file of settings is that of all tools."""
    return os.path.basename(path) == "pyproject.toml"


def configure(section: Mapping[str, Any], path: str) -> Configuration:
    """The configuration that a section of a file is. Raises `ConfigurationError`."""
    for key in section:
        if key == "tool" and not is_shared(path):
            raise ConfigurationError(
                f"{path}: [tool.cnnshape] belongs into pyproject.toml; here write the settings without it, "
                "[tool.cnnshape.budgets] as [budgets]"
            )
        if key not in READERS:
            close = nearest(key, READERS)
            hint = f"did you mean {close}?" if close else f"it has {', '.join(READERS)}"
            raise ConfigurationError(f"{path}: there is no setting {key!r}; {hint}")
    values: dict[str, Any] = {}
    for key, (field, read) in READERS.items():
        if key in section:
            try:
                values[field] = read(section[key])
            except ValueError as error:
                raise ConfigurationError(f"{path}: {key} {error}") from None
    selected, ignored = values.pop("select", None), values.pop("ignore", frozenset())
    return Configuration(
        os.path.dirname(os.path.join(os.getcwd(), path)),
        codes=(frozenset(SUPPRESSIBLE) if selected is None else selected) - ignored,
        origin=shown(path),
        **values,
    )


def read_patterns(value: Any) -> tuple[str, ...]:
    """A list of patterns."""
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ValueError(f"has to be a list of patterns, got {value!r}")
    return tuple(value)


def read_codes(value: Any) -> frozenset[str]:
    """A list of codes, prefixes of codes or names: the warnings and advices that they mean."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f'has to be a list of codes such as ["CS501"], got {value!r}')
    return select_codes(value)


def select_codes(written: Sequence[str]) -> frozenset[str]:
    """The warnings and advices that codes, prefixes or names mean.

    Raises:
        ValueError: nothing has that code, or only errors have: those are always reported.
    """
    result: set[str] = set()
    for each in written:
        codes = find_codes(each)
        if not codes:
            names = [*CODES, *(code.name for code in CODES.values())]
            close = nearest(each, names)
            raise ValueError(f"names {each!r}, which no rule has" + (f"; did you mean {close}?" if close else ""))
        milder = [code for code in codes if code in SUPPRESSIBLE]
        if not milder:
            raise ValueError(f"names {each!r}, which is an error; errors are always reported")
        result.update(milder)
    return frozenset(result)


def read_per_file_ignores(value: Any) -> tuple[tuple[str, frozenset[str]], ...]:
    """A table of patterns to codes."""
    if not isinstance(value, dict):
        raise ValueError(f"has to be a table of patterns to lists of codes, got {value!r}")
    return tuple((pattern, read_codes(codes)) for pattern, codes in value.items())


def read_budgets(value: Any) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """A table of patterns to promises, every bound of which can be read."""
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError('has to be a table of patterns to promises, such as {"models/*" = {params = "<= 5M"}}')
    for pattern, promises in value.items():
        for key, bound in promises.items():
            if key not in BUDGETS:
                close = nearest(key, BUDGETS)
                hint = f"did you mean {close}?" if close else f"budgets are of {', '.join(BUDGETS)}"
                raise ValueError(f"of {pattern!r} has no key {key!r}; {hint}")
            try:
                refuse_meaningless(key, bound)
            except Fault as fault:
                raise ValueError(f"of {pattern!r}, {key}: {fault.message}") from None
    return tuple(value.items())


ASKED = ("input", "assume")
"""What a network in source is planned with; all else it promises."""


def read_models(value: Any) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """A table of networks in Python source to their input and their promises."""
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError('has to be a table such as {"net.py:Net" = {input = "3x32x32", params = "<= 1M"}}')
    for target, wanted in value.items():
        if ".py" not in target:
            raise ValueError(f'names {target!r}, which is no Python file; write "net.py:Net"')
        assumed = wanted.get("assume", {})
        if not isinstance(assumed, dict) or not all(isinstance(each, str) for each in assumed.values()):
            raise ValueError(f'of {target!r}, assume has to be a table such as {{DCNv2 = "Conv2d"}}')
        read_budgets({target: {key: promise for key, promise in wanted.items() if key not in ASKED}})
    return tuple(value.items())


def one_of(words: Sequence[str]) -> Callable[[Any], str]:
    """What reads one of these words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"is one of {', '.join(words)}, got {value!r}")
        return str(value)

    return read


READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "include": ("include", read_patterns),
    "exclude": ("exclude", read_patterns),
    "select": ("select", read_codes),
    "ignore": ("ignore", read_codes),
    "per-file-ignores": ("per_file_ignores", read_per_file_ignores),
    "budgets": ("budgets", read_budgets),
    "models": ("models", read_models),
    "fail-on": ("fail_on", one_of(SEVERITIES)),
    "output-format": ("output_format", one_of(FORMATS)),
    "backend": ("backend", one_of(BACKENDS)),
}
"""Every setting, the field it becomes, and what reads it."""
