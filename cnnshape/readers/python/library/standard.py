"""Python's own modules: itself, where it calls nobody back and ends; files do not exist, and nobody listens."""

from __future__ import annotations

import collections
import copy
import functools
import importlib
import itertools
import math
import operator
import types
from collections.abc import Callable, Iterator
from keyword import iskeyword
from typing import Any

from cnnshape.readers.python.language.classes import type_of
from cnnshape.readers.python.language.expressions import evaluate
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import NUMERIC, binary, call, get_attribute, get_item, set_item
from cnnshape.readers.python.language.importing import ModuleTable, told
from cnnshape.readers.python.language.values import (
    BINARY,
    COMPARISONS,
    IN_PLACE,
    Namespace,
    Opaque,
    Stop,
    Symbol,
    Value,
    named,
    now,
    words,
)
from cnnshape.readers.python.library.arrays import shuffled
from cnnshape.readers.python.library.builtin import ADD, BUILTINS, MULTIPLY, answers, decorator, quiet, same, silent
from cnnshape.readers.python.library.records import NamedTuple, namedtuple

# ---------------------------------------------------------------------- functions and iterators


def wraps(wrapped: Value, *_: Value, **__: Value) -> Value:
    """The decorator that gives a function another's name."""
    return lambda function: update_wrapper(function, wrapped)


def update_wrapper(function: Value, wrapped: Value) -> Value:
    """A function with another's name."""
    if isinstance(function, Function):
        names = ("__name__", "__qualname__", "__module__", "__doc__")
        vars(function).update({name: getattr(wrapped, name, None) for name in names}, __wrapped__=wrapped)
    return function


def reduce(function: Value, values: Value, *start: Value) -> Value:
    """``functools.reduce``."""
    m = now()
    return functools.reduce(lambda one, other: call(m, function, [one, other], {}), m.metered(values), *start)


def accumulate(values: Value, function: Value = None) -> Iterator[Value]:
    """``itertools.accumulate``."""
    m = now()
    added = function or (lambda one, other: binary(m, ADD, one, other))
    return itertools.accumulate(m.metered(values), lambda one, other: call(m, added, [one, other], {}))


def chain(*values: Value) -> Iterator[Value]:
    """``itertools.chain``."""
    return (each for part in values for each in part)


vars(chain)["from_iterable"] = lambda values: (each for part in values for each in part)


def endless(make: Callable[..., Any]) -> Callable[..., Iterator[Value]]:
    """A function of `itertools` whose turns count, and whose arguments are lists."""

    def run(*values: Value, **options: Value) -> Iterator[Value]:
        m = now()
        given = (each if isinstance(each, int) or each is None else m.metered(each) for each in values)
        if not 0 <= options.get("repeat", 1) < 100:
            raise ValueError("more than 100 axes")
        return m.metered(make(*given, **options))

    return run


def testing(make: Callable[..., Any]) -> Callable[..., Iterator[Value]]:
    """A function of `itertools` that asks one of the source."""
    return lambda function, values: make(lambda each: call(now(), function, [each], {}), now().metered(values))


def product_of(values: Value, start: Value = 1) -> Value:
    """``math.prod``."""
    m = now()
    return functools.reduce(lambda one, other: binary(m, MULTIPLY, one, other), m.metered(values), start)


def statistic(name: str) -> Value:
    """A function of ``statistics``, of plain numbers."""

    def run(values: Value) -> Value:
        given = [*now().metered(values)]
        known = all(type(each) in (int, float) for each in given)
        return (
            getattr(importlib.import_module("statistics"), name)(given)
            if known
            else now().opaque(f"what `statistics.{name}` answers")
        )

    return run


class Kept(list[Value]):
    """What `deepcopy` keeps alive of what it copies: each is paid for."""

    def append(self, value: Value) -> None:
        """One more was copied."""
        now().step()
        now().charge(value)


def deep_copied(value: Value, memo: Value = None) -> Value:
    """``copy.deepcopy``: what occurs twice is copied once, and a module has weights of its own."""
    kept: dict[int, Any] = {}
    kept[id(kept)] = Kept()
    return copy.deepcopy(value, kept)


def make_missing(self: Any, key: Value) -> Value:
    """What a ``defaultdict`` makes for a key that it does not have yet."""
    return self.setdefault(key, call(now(), self.default_factory, [], {}))


def cached(function: Value = None, *_: Value, **__: Value) -> Value:
    """``functools.lru_cache`` and ``cache``: what was answered once is answered again, the same module or list."""
    if not callable(function) or isinstance(function, Opaque):
        return cached
    answers: dict[Value, Value] = {}

    def run(*positional: Value, **keywords: Value) -> Value:
        key = (positional, *sorted(keywords.items()))
        try:
            known = key in answers
        except (Stop, TypeError):  # of what has no hash Python refuses to keep anything
            return call(now(), function, [*positional], keywords)
        if not known:
            answers[key] = call(now(), function, [*positional], keywords)
        return answers[key]

    vars(run)["cache_clear"] = answers.clear
    return run


class Dispatching:
    """``functools.singledispatch``: a function by the class of the first argument."""

    def __init__(self, function: Value) -> None:
        self.table: dict[Value, Value] = {object: function}

    def __call__(self, *positional: Value, **keywords: Value) -> Value:
        kind = next(each for each in type_of(positional[0]).__mro__ if each in self.table)
        return call(now(), self.table[kind], [*positional], keywords)

    def register(self, kind: Value, chosen: Value = None) -> Value:
        """One more class, or what its function says of its first argument."""
        if isinstance(kind, Function):
            kind, chosen = evaluate(now(), kind.node.args.args[0].annotation, kind.closure), kind
        if not isinstance(kind, type):
            raise Stop("CS601", "a function that is chosen by something other than a class is not read")
        if chosen is None:
            return lambda chosen: self.register(kind, chosen)
        self.table[kind] = chosen
        return chosen


FUNCTOOLS = named(functools.partial, functools.partialmethod, functools.cached_property) | {
    **named(reduce, wraps, update_wrapper),
    "singledispatch": Dispatching,
    **dict.fromkeys(("lru_cache", "cache"), cached),
    "total_ordering": same,
}
ITERTOOLS = {
    **{
        name: endless(getattr(itertools, name))
        for name in words("count cycle product permutations combinations islice zip_longest pairwise")
    },
    **named(chain, accumulate),
    "repeat": lambda value, *times: now().metered(itertools.repeat(value, *times)),
    "starmap": lambda function, values: (call(now(), function, list(each), {}) for each in values),
    "groupby": lambda values, key=None: itertools.groupby(
        now().metered(values), key and (lambda each: call(now(), key, [each], {}))
    ),
    "tee": lambda values, count=2: itertools.tee(now().metered(values), count),
    **{name: testing(getattr(itertools, name)) for name in words("takewhile dropwhile filterfalse")},
}
MATH = {
    name: getattr(math, name)
    for name in words(
        "sqrt ceil floor log log2 log10 exp pow sin cos tan gcd isqrt fabs trunc isnan isinf hypot atan2 radians "
        "degrees isclose isfinite tanh sinh cosh acos asin atan erf erfc copysign fmod modf frexp expm1 log1p fsum "
        "dist remainder cbrt exp2 gamma lgamma pi e tau inf nan"
    )
}
NUMERIC.update(each for each in MATH.values() if callable(each))
ABSTRACT = {name: getattr(collections.abc, name) for name in collections.abc.__all__}
TYPING = {
    **ABSTRACT,
    **named(NamedTuple),
    "TYPE_CHECKING": False,
    "TypedDict": dict,
    "dataclass_transform": answers(same),
    "List": list,
    "Dict": dict,
    "Tuple": tuple,
    "get_args": answers(()),
    "cast": lambda kind, value: value,
    "NewType": lambda name, kind: kind,
    **dict.fromkeys(("overload", "final", "override", "runtime_checkable", "no_type_check"), same),
}


def split_name(path: Value) -> Value:
    """``os.path.splitext``."""
    before, dot, after = str(path).rpartition(".")
    return (before, dot + after) if dot else (after, "")


# ---------------------------------------------------------------------- modules


def import_module(name: str, package: Value = None) -> Value:
    """``importlib.import_module``."""
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        parts = package.split(".")
        name = ".".join([*parts[: len(parts) - level + 1], name.lstrip(".")])
    module = now().importer.dotted(name)
    if now().importer.is_absent(module, name):
        raise ModuleNotFoundError(f"No module named {name!r}")
    return module


def import_top(name: str, *_: Value, **__: Value) -> Value:
    """``__import__``: the package at the front of a dotted name."""
    import_module(name)
    return import_module(name.partition(".")[0])


BUILTINS["__import__"] = import_top
RANDOM: dict[str, Value] = {
    "seed": quiet,
    "shuffle": shuffled,
    **{name: lambda *_, **__: Namespace("random", dict(RANDOM)) for name in words("Random RandomState default_rng")},
}
"""Of ``random`` and ``numpy.random``: what changes something, and what has functions of the same names."""
FILES = {
    **dict.fromkeys(("exists", "isfile", "isdir"), answers(False)),
    **dict.fromkeys(("abspath", "expanduser", "realpath"), lambda path: path),
    "join": lambda *parts: "/".join(map(str, parts)),
    "dirname": lambda path: str(path).rpartition("/")[0],
    "basename": lambda path: str(path).rpartition("/")[2],
    "splitext": split_name,
}
MOVED = {**{name: BUILTINS[name] for name in words("range map zip filter")}, "xrange": BUILTINS["range"]}
"""What Python 3 has elsewhere than Python 2, as ``six`` names it."""
MODULES: dict[str, dict[str, Value]] = {
    "math": {**MATH, "prod": product_of},
    "functools": FUNCTOOLS,
    "itertools": ITERTOOLS,
    "collections": {
        **named(collections.OrderedDict, collections.Counter, collections.deque, namedtuple),
        "defaultdict": type("defaultdict", (collections.defaultdict,), {"__missing__": make_missing}),
        "abc": Namespace("collections.abc", ABSTRACT),
    },
    "collections.abc": ABSTRACT,
    "copy": {"copy": copy.copy, "deepcopy": deep_copied},
    "operator": {
        **{
            apply.__name__: lambda one, other, apply=apply: binary(now(), apply, one, other)
            for apply in (*BINARY.values(), *IN_PLACE.values(), *COMPARISONS.values())
        },
        "getitem": lambda value, key: get_item(now(), value, key),
        "setitem": lambda value, key, new: set_item(now(), value, key, new),
        "delitem": operator.delitem,
        "itemgetter": lambda key: lambda value: get_item(now(), value, key),
        "methodcaller": lambda name, *given, **words: (
            lambda value: call(now(), get_attribute(value, name), [*given], words)
        ),
        "attrgetter": lambda path: lambda value: functools.reduce(get_attribute, path.split("."), value),
    },
    "abc": {"ABC": type("ABC", (), {}), "ABCMeta": type, "abstractmethod": same},
    "typing": TYPING,
    "typing_extensions": TYPING,
    "types": {
        **named(types.SimpleNamespace),
        "MethodType": types.MethodType,
        "ModuleType": Namespace,
        "FunctionType": Function,
        "GeneratorType": collections.abc.Generator,
        "MappingProxyType": dict,
    },
    "numbers": {"Number": int | float | complex, "Real": int | float, "Integral": int},
    "__future__": {},
    "os": {
        "path": Namespace("os.path", FILES),
        "environ": {},
        "sep": "/",
        **dict.fromkeys(("makedirs", "mkdir"), quiet),
        "getenv": lambda name, default=None: default,
    },
    "os.path": FILES,
    "sys": {
        "version_info": (3, 11, 7),
        "path": [],
        "argv": [""],
        "maxsize": 2**63 - 1,
        "platform": "linux",
        "version": "3.11.7",
        "exit": quiet,
        **{name: silent(f"sys.{name}") for name in ("stdout", "stderr")},
    },
    "importlib": named(import_module),
    "huggingface_hub.dataclasses": {"strict": decorator},
    "time": {"time": lambda: now().opaque("the time"), "sleep": quiet},
    "random": RANDOM,
    "statistics": {name: statistic(name) for name in words("mean fmean median mode stdev pstdev variance pvariance")},
    **{key: {} for key in ("configparser", "pathlib")},
    "keyword": {"iskeyword": iskeyword},
    **{key: {} for key in ("packaging", "distutils", "huggingface_hub")},
    "six": {
        "string_types": (str,),
        "integer_types": (int,),
        "text_type": str,
        **{f"iter{part}": lambda value, part=part: get_attribute(value, part)() for part in words("items keys values")},
        "moves": Namespace("six.moves", MOVED),
    },
    "six.moves": MOVED,
}


TOLD = words("collections configparser pathlib")
"""Modules whose other names are told in source."""
OF_PYTHON = {
    "heapq": words("heapify heappush heappop heappushpop heapreplace"),
    "bisect": words("bisect bisect_left bisect_right insort insort_left insort_right"),
}
"""Modules that are Python's own, as far as they are told."""
ELSEWHERE = {
    **dict.fromkeys(("ast", "json", "string", "yaml"), "texts"),
    **dict.fromkeys(("argparse", "contextlib", "contextvars", "getopt"), "programs"),
    **dict.fromkeys(("inspect", "importlib.metadata", "importlib.util"), "introspection"),
    **dict.fromkeys(("packaging.version", "distutils.version"), "introspection"),
    "dataclasses": "records",
    "enum": "enumerations",
    **dict.fromkeys(("numpy", "numpy.random"), "numerical"),
    "re": "patterns",
}
"""Modules by the file beside this one that tells of them."""


def find(name: str) -> Namespace | None:
    """The module of that name."""
    if name in ("warnings", "logging"):
        return silent(name)
    file = ELSEWHERE.get(name)
    names = (importlib.import_module(f"{__package__}.{file}").MODULES if file else MODULES).get(name)
    if name in OF_PYTHON:
        names = {each: getattr(importlib.import_module(name), each) for each in OF_PYTHON[name]}
    if names is None:
        return None
    if name == "sys":
        names = {**names, "modules": ModuleTable(now().importer)}
    unknown = name.startswith("typing") or name in ("__future__", "re")
    own = {key: copy.copy(each) if isinstance(each, list | dict) else each for key, each in names.items()}
    if name in TOLD:
        return Namespace(name, own, told(name).get)
    return Namespace(name, own, (lambda each: Symbol(f"{name}.{each}")) if unknown else None)
