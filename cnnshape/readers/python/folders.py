"""Where sources lie: a file among its packages, and the packages of the environment. Paths are texts here.

Importing `pathlib` takes as long as reading a small network.
"""

from __future__ import annotations

import os
import site

from cnnshape.readers.files import ROOT_MARKERS
from cnnshape.value import NamedTuple


class Whereabouts(NamedTuple):
    """A file among its packages: the folders that may be read, its dotted name, and its package's."""

    roots: list[str]
    name: str
    package: str


def whereabouts(resolved: str | None) -> Whereabouts:
    """Where a file lies: below its outermost package, in a project that ends where ``.git`` or the like is.

    A folder between packages may lack its ``__init__.py``: Python imports from it all the same. Without such a mark
    the project is the folder in which the command runs, where the file lies below it.
    """
    if resolved is None:
        return Whereabouts([], "__main__", "")
    folder, file = os.path.split(resolved)
    above = [folder]
    while above[-1] != os.path.dirname(above[-1]):
        above.append(os.path.dirname(above[-1]))
    marked = (each for each in above if any(os.path.exists(os.path.join(each, mark)) for mark in ROOT_MARKERS))
    project = next(marked, os.getcwd() if is_below(folder, os.getcwd()) else None)
    within = [each for each in above if project is None or is_below(each, project)]
    packages = [each for each in within if os.path.isfile(os.path.join(each, "__init__.py"))]
    top = os.path.dirname(packages[-1]) if packages else folder
    parts = os.path.splitext(os.path.relpath(resolved, top))[0].split(os.sep)
    inits = file == "__init__.py"
    name = ".".join(parts[:-1] if inits else parts) or "__main__"
    package = name if inits else ".".join(parts[:-1])
    return Whereabouts(list(dict.fromkeys([top, folder, *(within if project else [])])), name, package)


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or leads into it."""
    return os.path.normcase(os.path.join(path, "")).startswith(os.path.normcase(os.path.join(folder, "")))


def listed(folder: str) -> list[str]:
    """What a folder holds, in order; nothing where there is none."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def module_below(root: str, name: str) -> str | None:
    """The file of a module that is named by its dots, below a folder."""
    base = os.path.join(root, *name.split("."))
    return next(filter(os.path.isfile, (os.path.join(base, "__init__.py"), f"{base}.py")), None)


def find_module(name: str) -> str | None:
    """The file of a module below the folder that the command runs in, or among the environment's packages."""
    here = os.getcwd()
    path = next(filter(None, (module_below(root, name) for root in (here, *site_packages()))), None)
    return os.path.relpath(path) if path and is_below(path, here) else path


def site_packages() -> list[str]:
    """The folders of the environment's packages: of the active virtual environment, and of this interpreter."""
    found = [each for each in site.getsitepackages() if each.endswith("-packages")]
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active:
        library = os.path.join(active, "lib")
        versions = [os.path.join(library, each) for each in listed(library) if each.startswith("python3")]
        found = [*(os.path.join(each, "site-packages") for each in (*versions, os.path.join(active, "Lib"))), *found]
    return [each for each in dict.fromkeys(found) if os.path.isdir(each)]
