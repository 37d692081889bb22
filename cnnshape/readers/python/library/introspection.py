"""What a program asks of itself: its functions' arguments, their source, the modules that there are."""

from __future__ import annotations

import re
import types

from cnnshape.readers.python.folders import listed
from cnnshape.readers.python.language.functions import Function, underlying
from cnnshape.readers.python.language.importing import stand_in
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.syntax import order_of
from cnnshape.readers.python.language.values import Namespace, Symbol, Value, named, now
from cnnshape.readers.python.library.builtin import answers
from cnnshape.vocabularies.layer import model_of, positional_arguments

EMPTY = Symbol("inspect._empty")
KINDS = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD")
PARAMETER = type("Parameter", (), {"empty": EMPTY, **{kind: Symbol(kind) for kind in KINDS}})


def signature(value: Value) -> Value:
    """``inspect.signature``: the parameters by name, each with its kind and default."""
    function, given = underlying(value)
    layer = getattr(value, "_layer_type", None)
    defaults: dict[str, Value] = {}
    if function is not None:
        arguments = function.node.args
        order = order_of(arguments)
        defaults = dict(zip(order[::-1], function.defaults[::-1], strict=False)) | function.keyword_defaults
        kinds = [(name, KINDS[1]) for name in order[given:]]
        kinds += [(arguments.vararg.arg, KINDS[2])] if arguments.vararg else []
        kinds += [(each.arg, KINDS[3]) for each in arguments.kwonlyargs]
        kinds += [(arguments.kwarg.arg, KINDS[4])] if arguments.kwarg else []
    elif layer is not None:
        kinds = [(name, KINDS[1]) for name in positional_arguments(model_of(layer))]
    else:
        return now().opaque("the signature of this")
    found = {}
    for name, kind in kinds:
        found[name] = parameter = PARAMETER()
        vars(parameter).update(name=name, kind=Symbol(kind), default=defaults.get(name, EMPTY), annotation=EMPTY)
    return types.SimpleNamespace(parameters=found, return_annotation=EMPTY)


def source_of(value: Value) -> Value:
    """``inspect.getsource``: the text of a file that is read."""
    return now().importer.texts[value.filename] if isinstance(value, ModuleScope) else now().opaque("a source")


def find_spec(name: str, package: Value = None) -> Value:
    """``importlib.util.find_spec``: None where nobody has the module."""
    absent = now().importer.is_absent(now().importer.dotted(name), name)
    return None if absent else Symbol(f"the spec of {name}")


def installed_version(name: str) -> Value:
    """``importlib.metadata.version``: as the package is told here, or by the folder that says what is installed."""
    importer = now().importer
    told = stand_in(name)
    if told is not None and "__version__" in told.names:
        return told.names["__version__"]
    if not re.fullmatch(r"[\w.-]+", name) or importer.is_absent(importer.dotted(name), name):
        raise ModuleNotFoundError(f"No package metadata was found for {name}")
    written = re.compile(rf"{re.escape(name.replace('-', '_'))}-(.*)\.dist-info")
    found = (written.fullmatch(each) for root in importer.roots for each in listed(root))
    return next((each[1] for each in found if each), now().opaque(f"the version of `{name}`"))


class Version(tuple[int, ...]):
    """A version, as its numbers: they compare as versions do."""

    major = property(lambda self: (*self, 0)[0])
    minor = property(lambda self: (*self, 0, 0)[1])


def version(text: Value = "") -> Value:
    """``packaging.version.parse``."""
    if not isinstance(text, str):
        return text
    return Version(int(part) for part in text.partition("+")[0].split(".") if part.isdigit())


MODULES: dict[str, dict[str, Value]] = {
    "inspect": {
        **named(PARAMETER, signature),
        "_empty": EMPTY,
        "getsource": source_of,
        "get_annotations": lambda value, **_: dict(vars(value).get("__annotations__", {})),
        "isfunction": lambda value: isinstance(value, Function),
        "isclass": lambda value: isinstance(value, type),
        "ismodule": lambda value: isinstance(value, Namespace),
    },
    "importlib.util": named(find_spec),
    "importlib.metadata": {
        "version": installed_version,
        "packages_distributions": answers({}),
        "PackageNotFoundError": ModuleNotFoundError,
    },
    "packaging.version": {"parse": version, "Version": version},
    "distutils.version": {"LooseVersion": version, "StrictVersion": version},
}
