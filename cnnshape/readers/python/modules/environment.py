"""Modules about where a program runs. Files do not exist, nobody listens, and options have their defaults."""

from __future__ import annotations

from collections.abc import Callable
from keyword import iskeyword

from cnnshape.readers.python.attributes import get_attribute
from cnnshape.readers.python.importing import ModuleTable
from cnnshape.readers.python.library import BUILTINS, KINDS, quiet
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Instance,
    Method,
    Namespace,
    Native,
    Partial,
    Symbol,
    Value,
)
from cnnshape.vocabularies.layer import model_of, positional_arguments


def natives(**functions: Callable[..., Value]) -> dict[str, Value]:
    """Functions by their names."""
    return {name: Native(name, function) for name, function in functions.items()}


def silent(name: str) -> Namespace:
    """A module whose functions only tell somebody something."""
    return Namespace(name, {}, lambda each: Symbol(f"{name}.{each}") if each[:1].isupper() else LOGGER(name, each))


def LOGGER(name: str, each: str) -> Value:  # noqa: N802 - a maker of loggers
    """A function of `logging` or `warnings`; ``getLogger`` answers something silent."""
    return Native(each, (lambda m, *_, **__: silent(name)) if each == "getLogger" else quiet)


# ---------------------------------------------------------------------- argparse


def add_argument(m: Machine, self: Instance, *flags: str, **options: Value) -> None:
    """An option of a program: its default is what it is here."""
    name = options.get("dest") or max(flags, key=lambda flag: len(flag) - len(flag.lstrip("-")) * 0).lstrip("-")
    long = [flag for flag in flags if flag.startswith("--")] or list(flags)
    name = options.get("dest") or long[0].lstrip("-").replace("-", "_")
    action = options.get("action")
    default = options.get("default", action == "store_false" if str(action).startswith("store_") else None)
    kind = options.get("type")
    if isinstance(default, str) and isinstance(kind, Class):
        from cnnshape.readers.python.calls import call

        default = call(m, kind, [default], {})
    if default is None and "default" not in options and (options.get("required") or not flags[0].startswith("-")):
        default = m.opaque(f"the program's argument {flags[0]!r}")
    self.attributes["options"][name] = default


def parsed(m: Machine, self: Instance, *_: Value, **__: Value) -> Instance:
    """The options of a program, with their defaults."""
    m.note("the program's options have their defaults")
    return Instance(Class("Namespace"), dict(self.attributes["options"]))


PARSER = Class("ArgumentParser", module="argparse")
PARSER.namespace |= natives(
    __init__=lambda m, self, *_, **__: self.attributes.update(options={}),
    add_argument=add_argument,
    parse_args=parsed,
    parse_known_args=lambda m, self, *_: (parsed(m, self), []),
    add_argument_group=lambda m, self, *_, **__: self,
    add_mutually_exclusive_group=lambda m, self, *_, **__: self,
    set_defaults=lambda m, self, **values: self.attributes["options"].update(values),
)

# ---------------------------------------------------------------------- inspect


def signature(m: Machine, function: Value) -> Instance:
    """``inspect.signature``: the parameters by name, each with its kind and default."""
    skipped, owner = 0, function
    while True:
        if isinstance(function, Method):
            function, skipped = function.function, skipped + 1
        elif isinstance(function, Class):
            function, skipped = function.find("__init__"), skipped + 1
        elif isinstance(function, Partial):
            function = function.function
        elif isinstance(function, Function) and "__wrapped__" in function.attributes:
            function = function.attributes["__wrapped__"]
        else:
            break
    found: dict[str, Value] = {}
    if isinstance(function, Function):
        arguments = function.node.args
        order = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(zip([each.arg for each in order][::-1], function.defaults[::-1], strict=False))
        kinds = [(each.arg, "POSITIONAL_OR_KEYWORD") for each in order[skipped:]]
        kinds += [(arguments.vararg.arg, "VAR_POSITIONAL")] if arguments.vararg else []
        kinds += [(each.arg, "KEYWORD_ONLY") for each in arguments.kwonlyargs]
        kinds += [(arguments.kwarg.arg, "VAR_KEYWORD")] if arguments.kwarg else []
        defaults |= function.keyword_defaults
        for name, kind in kinds:
            values = {"name": name, "kind": Symbol(kind), "default": defaults.get(name, EMPTY), "annotation": EMPTY}
            found[name] = Instance(PARAMETER, values)
    elif isinstance(owner, Class) and owner.layer is not None:
        for name in positional_arguments(model_of(owner.layer)):
            values = {"name": name, "kind": Symbol("POSITIONAL_OR_KEYWORD"), "default": EMPTY, "annotation": EMPTY}
            found[name] = Instance(PARAMETER, values)
    else:
        return m.opaque("the signature of this")  # type: ignore[return-value]
    return Instance(Class("Signature"), {"parameters": found, "return_annotation": EMPTY})


PARAMETER = Class("Parameter", module="inspect")
EMPTY = Symbol("inspect._empty")
for each_kind in ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD"):
    PARAMETER.namespace[each_kind] = Symbol(each_kind)
PARAMETER.namespace["empty"] = EMPTY


def import_named(m: Machine, name: str, package: Value = None) -> Value:
    """``importlib.import_module``."""
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        parts = package.split(".")
        name = ".".join([*parts[: len(parts) - level + 1], name.lstrip(".")])
    module = m.importer.dotted(m, name)
    if m.importer.is_absent(module, name):
        raise m.error("ModuleNotFoundError", f"No module named {name!r}")
    return module


# ---------------------------------------------------------------------- versions and files


def version(m: Machine, text: Value = "") -> Value:
    """A version, as its numbers: they compare as versions do."""
    if not isinstance(text, str):
        return text
    return tuple(int(part) for part in text.partition("+")[0].split(".") if part.isdigit())


def environment_value(m: Machine, name: str, default: Value = None) -> Value:
    """A variable of the environment: not set."""
    return default


FILES = {
    **{name: Native(name, lambda m, *_: False) for name in ("exists", "isfile", "isdir")},
    **natives(
        join=lambda m, *parts: "/".join(str(part) for part in parts),
        dirname=lambda m, path: str(path).rpartition("/")[0],
        basename=lambda m, path: str(path).rpartition("/")[2],
        abspath=lambda m, path: path,
        expanduser=lambda m, path: path,
        splitext=lambda m, path: ("".join(str(path).rpartition(".")[:1]), "." + str(path).rpartition(".")[2]),
    ),
}
GETENV = natives(get=environment_value)


def find(m: Machine, name: str) -> Namespace | None:
    """The module of that name."""
    if name in ("warnings", "logging"):
        return silent(name)
    if name == "numpy":
        from cnnshape.readers.python.modules.arrays import NUMPY

        return Namespace(name, dict(NUMPY))
    if name == "re":
        from cnnshape.readers.python.modules.patterns import PATTERNS

        return Namespace(name, dict(PATTERNS), Symbol)
    names: dict[str, dict[str, Value]] = {
        "argparse": {"ArgumentParser": PARSER, "Namespace": Class("Namespace")},
        "os": {
            "path": Namespace("os.path", dict(FILES)),
            "environ": Instance(BUILTINS["dict"], payload={}),
            "sep": "/",
            **natives(getenv=environment_value, makedirs=quiet, mkdir=quiet),
        },
        "os.path": FILES,
        "sys": {
            "modules": ModuleTable(m.importer),
            "version_info": (3, 11, 7),
            "path": [],
            "argv": [""],
            "maxsize": 2**63 - 1,
            "platform": "linux",
            "version": "3.11.7",
            **natives(exit=quiet),
        },
        "inspect": {
            "Parameter": PARAMETER,
            "_empty": EMPTY,
            **natives(
                signature=signature,
                isfunction=lambda m, value: isinstance(value, Function),
                isclass=lambda m, value: isinstance(value, Class),
                ismodule=lambda m, value: isinstance(value, Namespace),
            ),
        },
        "importlib": natives(import_module=import_named),
        "time": natives(time=lambda m: m.opaque("the time"), sleep=quiet),
        "random": natives(seed=quiet),
        "json": {},
        "keyword": natives(iskeyword=lambda m, word: iskeyword(word)),
        "packaging": {},
        "distutils": {},
        "packaging.version": natives(parse=version, Version=version),
        "distutils.version": natives(LooseVersion=version, StrictVersion=version),
        "six": {"string_types": (BUILTINS["str"],)},
    }
    return Namespace(name, names[name]) if name in names else None


__all__ = ["KINDS", "MISSING", "Descriptor", "find", "get_attribute"]
