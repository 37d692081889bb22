"""Modules: told here, or read from the sources beside the file and in the environment's packages. None is imported."""

from __future__ import annotations

import ast
import os
import re
import sys
import typing
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import NoReturn

from cnnshape.readers.python.folders import is_below, listed, module_below
from cnnshape.readers.python.language.effects import concerned
from cnnshape.readers.python.language.guard import get_attribute, set_attribute
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.outline import outlined
from cnnshape.readers.python.language.reachable import PLAIN
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.syntax import mentioned_in
from cnnshape.readers.python.language.values import (
    MISSING,
    Fixed,
    Namespace,
    Opaque,
    Part,
    Place,
    Stop,
    Value,
    named,
    now,
    words,
)

TOLD_HERE = "cnnshape.told"
"""The package of the modules that are told in source, and of the words by which they say what is not read."""
OWN = sys.stdlib_module_names
LARGEST_FILE = 1 << 20
"""Bytes of one file; its syntax tree takes about a hundred times as much."""
LARGEST_SUM = 3 << 20
"""Bytes of all files, of those that are not parsed as a whole a quarter."""

READER = os.path.dirname(os.path.dirname(__file__))
"""The folder of this reader."""
TOLD: dict[str, str] = {
    **dict.fromkeys(("torch", "pytorch_lightning", "lightning"), "torch.namespace"),
    **dict.fromkeys(("keras", "tensorflow", "tf_keras"), "keras.namespace"),
    "timm": "library.packages",
    "accelerate": "library.packages",
    "einops": "library.packages",
    "torchvision": "library.packages",
}
"""Packages by the file that tells of them, with ``find(name)``: a namespace or None."""
COMPILED = words("cv2 h5py matplotlib numba numpy pandas PIL scipy skimage sklearn")
"""Packages that end in compiled code: their source is not read, and what is not told of them is not known."""


def stand_in(name: str) -> Namespace | None:
    """The module of that name as it is told here, or None."""
    told = TOLD.get(name.partition(".")[0], "library.standard")
    found: Namespace | None = import_module(f"cnnshape.readers.python.{told}").find(name)
    return found


class FileNames(Fixed):
    """``globals()`` of a file, and ``__dict__`` of a module."""

    def __init__(self, module: ModuleScope) -> None:
        self.module = module

    def __contains__(self, name: Value) -> bool:
        return self.module.get(name) is not MISSING

    def __getitem__(self, name: Value) -> Value:
        return get_attribute(self.module, name)

    def __setitem__(self, name: Value, value: Value) -> None:
        set_attribute(self.module, name, value)

    def update(self, *given: Value, **names: Value) -> None:
        """Give names values."""
        for name, value in dict(*given, **names).items():
            self[name] = value

    def get(self, name: Value, default: Value = None) -> Value:
        """As a dict's."""
        found = self.module.get(name)
        return default if found is MISSING else found

    def items(self) -> list[tuple[str, Value]]:
        """All names of the file, with what they are."""
        self.module.run_all()
        return list(self.module.names.items())

    def keys(self) -> list[str]:
        """All names of the file."""
        return [name for name, _ in self.items()]

    def values(self) -> list[Value]:
        """What all names are."""
        return [value for _, value in self.items()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())


class ModuleTable(Fixed):
    """``sys.modules``."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer

    def __contains__(self, name: Value) -> bool:
        return name in self.importer.loaded

    def __getitem__(self, name: Value) -> Value:
        return self.importer.dotted(name)

    def get(self, name: Value, default: Value = None) -> Value:
        """As a dict's."""
        return self.importer.loaded.get(name, default)


PLAIN[FileNames] = words("get items keys values update")
PLAIN[ModuleTable] = words("get")


class Importer(Fixed):
    """Finds modules and keeps them.

    Attributes:
        roots: folders whose packages and files may be read.
        loaded: modules by their dotted names.
    """

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = [os.path.realpath(root) for root in roots]
        self.loaded: dict[str, Value] = {TOLD_HERE: Namespace(TOLD_HERE, named(unknown, refuse))}
        self.bytes = 0
        self.texts: dict[str, str] = {}
        self.held: dict[str, bool] = {}
        self.paths: dict[str, str | None] = {}

    def dotted(self, name: str) -> Value:
        """A module by its dotted name; unknown where nobody has it."""
        if name not in self.loaded:
            found: Value = stand_in(name) or self.from_roots(name)
            if found is None and self.has(name):
                found = Namespace(name, {})  # a folder without an ``__init__.py``
            parent, _, last = name.rpartition(".")
            if found is None and parent:
                above = self.dotted(parent)
                if isinstance(above, Namespace) and last in above.names:
                    found = above.names[last]
                elif isinstance(above, Namespace | Opaque):
                    found = now().opaque(f"`{name}`")
            self.loaded[name] = now().opaque(f"the module `{name}`") if found is None else found
        return self.loaded[name]

    def is_absent(self, value: Value, name: str) -> bool:
        """Whether a module is neither told here, nor among the packages, nor Python's own."""
        top = name.partition(".")[0]
        return isinstance(value, Opaque) and isinstance(self.loaded.get(top, value), Opaque) and top not in OWN

    def from_roots(self, name: str) -> ModuleScope | None:
        """A module by its source below one of the roots."""
        path = None if name.partition(".")[0] in COMPILED else self.path_of(name)
        if path is None:
            return None
        return self.file(path, name, package_of(path, name))

    def path_of(self, name: str) -> str | None:
        """The file of a module below one of the roots."""
        if name not in self.paths:
            self.paths[name] = next(filter(None, (module_below(root, name) for root in self.roots)), None)
        return self.paths[name]

    def mentions(self, module: str, name: str) -> bool:
        """Whether the text of a module has a name, or that of a module whose names it takes over."""
        now().step()
        path = self.path_of(module)
        if path is None or os.path.islink(path) or not self.holds(os.path.dirname(path)):
            return True  # it says so itself where it is read
        with open(path, "rb") as stream:
            text = stream.read(LARGEST_FILE)
        said = text[max(text.find(b"\n__all__"), 0) :]
        if name.encode() in said and re.search(rf"\b{name}\b".encode(), said):
            return True
        package = package_of(path, module)
        stars = STAR.findall(text) if b" import *" in text else ()
        sources = (absolute(dots.decode(), rest.decode(), package) for dots, rest in stars)
        return any(self.mentions(each, name) for each in sources if each.startswith(f"{package}."))

    def has(self, package: str) -> bool:
        """Whether the source of a package lies among those that may be read."""
        return any(os.path.isdir(os.path.join(root, *package.split("."))) for root in self.roots)

    def defining(self, package: str, name: str, file: str = "") -> Value:
        """The function of that name in a package, found by its text: in the file that is named, if there is one."""
        for folder in (os.path.join(root, *package.split(".")) for root in self.roots):
            files = [each for each in listed(folder) if each.endswith(".py")]
            for each in [f"{file}.py"] if f"{file}.py" in files else files:
                with open(os.path.join(folder, each), encoding="utf-8", errors="replace") as stream:
                    if f"\ndef {name}(" in stream.read():
                        return get_attribute(self.dotted(f"{package}.{each[:-3]}"), name)
        return MISSING

    def holds(self, path: str) -> bool:
        """Whether a file or folder lies in a root, wherever its name leads."""
        if path not in self.held:
            real = os.path.realpath(path)
            self.held[path] = any(is_below(real, root) for root in self.roots)
        return self.held[path]

    def file(self, path: str, name: str, package: str) -> ModuleScope:
        """The module of a file. Raises `Stop` where it is outside the roots, too large, or no Python."""
        real = os.path.realpath(path)
        if not self.holds(real):
            raise Stop("CS603", f"{os.path.basename(path)} lies outside the project and the environment's packages")
        with open(real, "rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        user = "site-packages" not in real.split(os.sep)
        module = parse(now(), data, name, path, package, whole=user)
        module.user = user
        self.loaded[name] = module
        return module

    def module(self, name: str) -> Value:
        """``import a.b``: reads each, answers ``a``."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            if isinstance(self.dotted(".".join(parts[:count])), Opaque):
                break
        return self.dotted(parts[0])

    def source_of(self, statement: ast.ImportFrom, scope: ModuleScope) -> Value:
        """The module that a ``from`` statement names."""
        return self.dotted(absolute("." * statement.level, statement.module or "", scope.package))

    def run_for_effects(self, statement: ast.Import | ast.ImportFrom, scope: ModuleScope) -> None:
        """Run a file of the user's that is imported for what it does, as nobody reads the names."""
        names = [each.name for each in statement.names]
        if isinstance(statement, ast.ImportFrom):
            names = [absolute("." * statement.level, statement.module or "", scope.package)]
        for name in names:
            top = name.partition(".")[0]
            path = None if top in OWN or top in TOLD else self.path_of(name)
            if path is None or "site-packages" in path.split(os.sep):
                continue
            if mentioned_in(scope.tree).isdisjoint(concerned(statement)):
                module = self.dotted(name)
                if isinstance(module, ModuleScope):
                    module.begin()

    def name_from(self, statement: ast.ImportFrom, scope: ModuleScope, name: str) -> Value:
        """``from module import name``."""
        module = self.source_of(statement, scope)
        if isinstance(module, Opaque):
            return now().opaque(f"`{statement.module or ''}.{name}`")
        found = module.get(name) if isinstance(module, ModuleScope) else MISSING
        if found is not MISSING:
            return found
        try:
            return get_attribute(module, name)
        except AttributeError as error:
            failed = ImportError(f"cannot import name {name!r} from {module.name!r}")
            vars(failed).update(vars(error))
            raise failed from None

    def from_star(self, statement: ast.ImportFrom, scope: ModuleScope, name: str) -> Value:
        """What ``from module import *`` says of a name."""
        source = absolute("." * statement.level, statement.module or "", scope.package)
        if name.startswith("__") or not (scope.user or self.may_give(source, name, scope)):
            return MISSING
        module = self.dotted(source)
        if isinstance(module, ModuleScope):
            listed = module.get("__all__") if name.startswith("_") or "__all__" in module else (name,)
            return module.get(name) if not isinstance(listed, list | tuple) or name in listed else MISSING
        offers = isinstance(module, Namespace) and (not source.startswith("typing") or name in typing.__all__)
        found = get_attribute(module, name) if offers else MISSING
        return MISSING if isinstance(found, Opaque) else found

    def may_give(self, source: str, name: str, scope: ModuleScope) -> bool:
        """Whether an installed file may have a name from another of which it takes all."""
        if source in self.loaded or not source.startswith(f"{scope.package}."):
            return True
        own = f"{scope.package}.{name}"
        return (own == source or self.path_of(own) is None) and self.mentions(source, name)

    def below(self, module: ModuleScope | Namespace, name: str) -> Value:
        """A module within a package, read where it is asked for."""
        full = f"{module.name}.{name}"
        if full in self.loaded:
            return self.loaded[full]
        found: Value = stand_in(full)
        if found is None and (isinstance(module, Namespace) or module.package == module.name):
            found = self.from_roots(full)
        if found is None:
            return MISSING
        self.loaded[full] = found
        return found


def package_of(path: str, name: str) -> str:
    """The package that a module is in, or that it is."""
    return name if os.path.basename(path) == "__init__.py" else name.rpartition(".")[0]


STAR = re.compile(rb"^\s*from (\.*)([\w.]*) import \*", re.MULTILINE)


def absolute(dots: str, name: str, package: str) -> str:
    """The dotted name of a module that a file of a package names relatively."""
    if not dots:
        return name
    parts = package.split(".") if package else []
    if len(dots) - 1 > len(parts):
        raise ImportError("attempted relative import beyond top-level package")
    return ".".join([*parts[: len(parts) - (len(dots) - 1)], *([name] if name else [])])


def parse(m: Machine, data: bytes, name: str, filename: str, package: str, whole: bool = True) -> ModuleScope:
    """The module of a text; of one that is not the user's, definitions are parsed as they are wanted."""
    importer = m.importer
    importer.bytes += len(data) if whole else len(data) // 4
    if len(data) > LARGEST_FILE:
        raise Stop("CS606", f"{filename} is larger than can be read, {LARGEST_FILE >> 10} KiB a file")
    if importer.bytes > LARGEST_SUM:
        raise Stop("CS606", f"with {filename} the sources are larger than can be read, {LARGEST_SUM >> 10} KiB in all")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Stop("CS002", f"{filename} is not UTF-8") from None
    importer.texts[filename] = text
    try:
        tree, deferred = (ast.parse(text, filename), []) if whole else outlined(text)
    except SyntaxError as error:
        node = ast.Pass(lineno=error.lineno or 1, col_offset=max((error.offset or 1) - 1, 0))
        raise Stop("CS600", f"this is not Python: {error.msg}", place=Place(filename, node)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Stop("CS600", f"{filename} cannot be read as Python: {error}") from None
    return ModuleScope(m, name, filename, tree, package, deferred)


def unknown(why: str, part: bool = False) -> Opaque:
    """A value that is not known, or such a part of a network, in the words of what is told in source."""
    return (Part if part else Opaque)(why, now().place())


def refuse(why: str) -> NoReturn:
    """What is told in source is read no further: no exception of the user's source, which may be prepared for it."""
    raise Stop("CS601", why)


def told(name: str) -> ModuleScope:
    """A module that is told in source, in the folder of that name."""
    m = now()
    key = f"{TOLD_HERE}.{name}"
    if key not in m.importer.loaded:
        with open(os.path.join(READER, "told", f"{name}.py"), "rb") as stream:
            data = stream.read()
        m.importer.loaded[key] = found = parse(m, data, key, name, name, whole=False)
        found.user = False
    module: ModuleScope = m.importer.loaded[key]
    return module
