"""PyYAML without what it has in Python, until somebody asks for that.

Beside the parser of libyaml, which is read here, PyYAML has a reader and a writer of YAML in Python: importing them
takes longer than planning ResNet-50. Its extension wants nothing of them but the exceptions that it raises.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

MAKING_ALONE = (
    *("reader", "scanner", "parser", "composer", "constructor", "emitter", "serializer", "representer", "tokens"),
)
"""Those of PyYAML's modules whose classes its extension calls and does nothing else with: exceptions, and tokens."""


def unrun() -> Any:
    """The package ``yaml`` where importing puts it, with its extension; it runs where it is asked for what it lacks."""
    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.loader is None:
        return import_module("yaml")
    package: Any = sys.modules.setdefault("yaml", ModuleType("yaml"))
    package.__spec__, package.__loader__, package.__file__ = spec, spec.loader, spec.origin
    package.__path__, package.__package__ = spec.submodule_search_locations, "yaml"
    package.__getattr__ = running(package, spec)
    for name in ("error", "events", "nodes"):
        import_module(f"yaml.{name}")
    for name in MAKING_ALONE:
        setattr(package, name, Unrun(f"yaml.{name}"))
    try:
        import_module("yaml._yaml")
    except ImportError:
        pass  # it was not built: the package has a parser in Python
    finally:
        for name in MAKING_ALONE:
            delattr(package, name)
    return package


def running(package: Any, spec: ModuleSpec) -> Callable[[str], Any]:
    """``__getattr__`` of a package that has not run: it runs."""

    def __getattr__(name: str) -> Any:  # noqa: N807
        if "__getattr__" in package.__dict__ and spec.loader is not None:
            del package.__getattr__
            spec.loader.exec_module(package)
        return getattr(package, name)

    return __getattr__


class Unrun:
    """A module that runs where one of its classes is called."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *about: getattr(import_module(self.module), name)(*about)


yaml: Any = sys.modules.get("yaml") or unrun()
Parser: Any = yaml._yaml.CParser if "yaml._yaml" in sys.modules else yaml.SafeLoader
"""Of a text: `get_event` gives its events one by one, `dispose` ends that."""
