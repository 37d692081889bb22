"""Modules: told here, or read from the sources beside the file and in the environment's packages. None is imported."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cnnshape.readers.python.attributes import READERS, get_attribute
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING, ModuleScope
from cnnshape.readers.python.values import Namespace, Opaque, Stop, Value

LARGEST_FILE = 1 << 20
"""Bytes of one file; its syntax tree takes about a hundred times as much."""
LARGEST_SUM = 3 << 20
"""Bytes of all files."""


class FileNames:
    """``globals()`` of a file, and ``__dict__`` of a module."""

    __slots__ = ("module",)

    def __init__(self, module: ModuleScope) -> None:
        self.module = module

    def has(self, name: Value) -> bool:
        """Whether the file binds a name."""
        return self.module.get(name) is not MISSING

    def item(self, m: Machine, name: Value) -> Value:
        """The value of a name."""
        found = self.module.get(name)
        if found is MISSING:
            raise m.error("KeyError", repr(name))
        return found

    def attribute(self, m: Machine, name: str) -> Value:
        """The methods of a dict that are of use here."""
        from cnnshape.readers.python.values import Native

        def get(m: Machine, key: Value, default: Value = None) -> Value:
            found = self.module.get(key)
            return default if found is MISSING else found

        def everything(m: Machine) -> dict[str, Value]:
            self.module.run_all()
            return self.module.names

        if name == "get":
            return Native(name, get)
        if name in ("items", "keys", "values"):
            return Native(name, lambda m: list(getattr(everything(m), name)()))
        return MISSING


class ModuleTable:
    """``sys.modules``."""

    __slots__ = ("importer",)

    def __init__(self, importer: Importer) -> None:
        self.importer = importer

    def has(self, name: Value) -> bool:
        """Whether a module was read."""
        return name in self.importer.loaded

    def item(self, m: Machine, name: Value) -> Value:
        """A module by its name."""
        return self.importer.dotted(m, name)


class Importer:
    """Finds modules and keeps them.

    Attributes:
        roots: folders whose packages and files may be read.
        loaded: modules by their dotted names.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = [Path(os.path.realpath(root)) for root in roots]
        self.loaded: dict[str, Value] = {}
        self.bytes = 0
        self.texts: dict[str, str] = {}

    def dotted(self, m: Machine, name: str) -> Value:
        """A module by its dotted name; unknown where nobody has it."""
        if name in self.loaded:
            return self.loaded[name]
        from cnnshape.readers.python.modules import stand_in

        value: Value = stand_in(m, name)
        if value is None:
            value = self.from_roots(m, name)
        if value is None:
            parent, _, last = name.rpartition(".")
            above = self.dotted(m, parent) if parent else None
            if isinstance(above, Namespace):
                found = above.names.get(last, MISSING)
                value = m.opaque(f"`{name}`") if found is MISSING else found
            elif isinstance(above, Opaque):
                value = m.opaque(f"`{name}`")
            else:
                value = m.opaque(f"the module `{name}`")
        self.loaded[name] = value
        return value

    def is_absent(self, value: Value, name: str) -> bool:
        """Whether a module is neither told here, nor among the packages, nor Python's own."""
        return (
            isinstance(value, Opaque)
            and self.loaded.get(name.partition(".")[0], value).__class__ is Opaque
            and (name.partition(".")[0] not in sys.stdlib_module_names)
        )

    def from_roots(self, m: Machine, name: str) -> ModuleScope | None:
        """A module by its source below one of the roots."""
        parts = name.split(".")
        for root in self.roots:
            base = root.joinpath(*parts)
            for path, is_package in ((base / "__init__.py", True), (base.with_name(base.name + ".py"), False)):
                if path.is_file():
                    return self.file(m, path, name, name if is_package else name.rpartition(".")[0])
        return None

    def file(self, m: Machine, path: Path, name: str, package: str, shown: str | None = None) -> ModuleScope:
        """The module of a file. Raises `Stop` where it is outside the roots, too large, or no Python."""
        real = Path(os.path.realpath(path))
        if not any(real.is_relative_to(root) for root in self.roots):
            raise Stop("CS603", f"{path.name} lies outside the project and the environment's packages")
        with real.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        module = parse(m, data, name, shown or str(path), package, self)
        module.user = "site-packages" not in real.parts
        self.loaded[name] = module
        return module

    def module(self, m: Machine, name: str, scope: ModuleScope) -> Value:
        """``import a.b``: reads each, answers ``a``."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            found = self.absolute(m, ".".join(parts[:count]), scope)
            if isinstance(found, Opaque):
                break
        return self.absolute(m, parts[0], scope)

    def absolute(self, m: Machine, name: str, scope: ModuleScope) -> Value:
        """A module by its dotted name, as a file of the same folder may also call it."""
        return self.dotted(m, name)

    def source_of(self, m: Machine, statement: ast.ImportFrom, scope: ModuleScope) -> Value:
        """The module that a ``from`` statement names."""
        name = statement.module or ""
        if statement.level:
            parts = scope.package.split(".") if scope.package else []
            if statement.level - 1 > len(parts):
                raise m.error("ImportError", "attempted relative import beyond top-level package")
            base = parts[: len(parts) - (statement.level - 1)]
            name = ".".join([*base, name] if name else base)
        return self.dotted(m, name)

    def name_from(self, m: Machine, statement: ast.ImportFrom, scope: ModuleScope, name: str) -> Value:
        """``from module import name``."""
        module = self.source_of(m, statement, scope)
        if isinstance(module, Opaque):
            return Opaque(f"`{name}` of {module.reason}", m.place())
        found = get_attribute(m, module, name, MISSING)
        if found is MISSING:
            raise m.error("ImportError", f"cannot import name {name!r} from {module.name!r}")
        return found

    def from_star(self, m: Machine, statement: ast.ImportFrom, scope: ModuleScope, name: str) -> Value:
        """What ``from module import *`` says of a name."""
        if name.startswith("_"):
            return MISSING
        module = self.source_of(m, statement, scope)
        if isinstance(module, ModuleScope):
            return module.get(name)
        if isinstance(module, Namespace):
            found = get_attribute(m, module, name, MISSING)
            return MISSING if isinstance(found, Opaque) else found
        return MISSING

    def below(self, m: Machine, module: ModuleScope | Namespace, name: str) -> Value:
        """A module within a package, read where it is asked for."""
        if isinstance(module, Namespace):
            from cnnshape.readers.python.modules import is_stand_in

            full = f"{module.name}.{name}"
            return self.dotted(m, full) if is_stand_in(full) else MISSING
        if module.package != module.name:
            return MISSING
        full = f"{module.name}.{name}"
        if full in self.loaded:
            return self.loaded[full]
        found = self.from_roots(m, full)
        return MISSING if found is None else found


READERS[FileNames] = lambda m, value, name: value.attribute(m, name)


def parse(m: Machine, data: bytes, name: str, filename: str, package: str, importer: Importer) -> ModuleScope:
    """The module of a text."""
    importer.bytes += len(data)
    if len(data) > LARGEST_FILE or importer.bytes > LARGEST_SUM:
        raise Stop("CS606", f"{filename} is larger than can be read, {LARGEST_FILE >> 10} KiB a file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Stop("CS002", f"{filename} is not UTF-8") from None
    importer.texts[filename] = text
    try:
        tree = ast.parse(text, filename)
    except SyntaxError as error:
        node = ast.Pass(lineno=error.lineno or 1, col_offset=max((error.offset or 1) - 1, 0))
        from cnnshape.readers.python.values import Place

        raise Stop("CS600", f"this is not Python: {error.msg}", place=Place(filename, node)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Stop("CS600", f"{filename} cannot be read as Python: {error}") from None
    return ModuleScope(m, name, filename, text, tree, package)


def told(m: Machine, name: str) -> ModuleScope:
    """A module that is told in source, in the folder of that name."""
    key = f"cnnshape.told.{name}"
    if key not in m.importer.loaded:
        data = Path(__file__).with_name("told").joinpath(f"{name}.py").read_bytes()
        found = parse(m, data, key, name, name, m.importer)
        found.user = False
        m.importer.loaded[key] = found
    return cast(ModuleScope, m.importer.loaded[key])


def find_module(name: str) -> str | None:
    """The file of a module that is named by its dots, below this folder or among the environment's packages."""
    for root in (Path.cwd(), *site_packages()):
        base = root.joinpath(*name.split("."))
        for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
            if path.is_file():
                return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    return None


def site_packages() -> list[Path]:
    """The folders of the environment's packages: of the active virtual environment, and of this interpreter."""
    import sysconfig

    found = [Path(sysconfig.get_path(key)) for key in ("purelib", "platlib")]
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active:
        found = [*Path(active).glob("lib/python3*/site-packages"), Path(active, "Lib", "site-packages"), *found]
    return [path for path in dict.fromkeys(found) if path.is_dir()]
