"""Python's own modules that make values: math, functools, itertools, collections, copy, typing, dataclasses, enum."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cnnshape.readers.python.calls import call
from cnnshape.readers.python.classes import (
    class_of,
    finish_enumeration,
    finish_named_tuple,
    named_tuple,
)
from cnnshape.readers.python.iterating import iterate, listed
from cnnshape.readers.python.library import BUILTINS, KINDS, MATH, as_dict, is_callable, quiet, zipped
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.modules.copying import copied, deep_copied
from cnnshape.readers.python.modules.records import (
    as_plain_dict,
    dataclass,
    field,
    fields_of,
    is_dataclass,
    replaced,
)
from cnnshape.readers.python.operators import BINARY, COMPARISONS, binary, compare
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Generated,
    Instance,
    Method,
    Namespace,
    Native,
    Opaque,
    Partial,
    Symbol,
    Tensor,
    Value,
)


def natives(**functions: Callable[..., Value]) -> dict[str, Value]:
    """Functions by their names; a trailing underscore is not part of one."""
    return {name.rstrip("_"): Native(name.rstrip("_"), function) for name, function in functions.items()}


def same(m: Machine, value: Value = None, *_: Value, **__: Value) -> Value:
    """A decorator that changes nothing that matters here."""
    return value


def decorator_or_factory(m: Machine, value: Value = None, *_: Value, **__: Value) -> Value:
    """A decorator that may be called with options first."""
    return value if isinstance(value, Function | Native | Class | Method) else Native("decorator", same)


# ---------------------------------------------------------------------- functools


def wraps(m: Machine, wrapped: Value, *_: Value, **__: Value) -> Value:
    """The decorator that gives a function another's name."""
    from cnnshape.readers.python.attributes import get_attribute

    def decorate(m: Machine, function: Value) -> Value:
        if isinstance(function, Function | Native):
            for name in ("__name__", "__qualname__", "__module__", "__doc__"):
                value = get_attribute(m, wrapped, name, None)
                if value is not None:
                    function.attributes[name] = value
            function.attributes["__wrapped__"] = wrapped
        return function

    return Native("wraps", decorate)


def reduce(m: Machine, function: Value, values: Value, start: Value = MISSING) -> Value:
    """``functools.reduce``."""
    result = start
    for each in iterate(m, values):
        m.budget.step()
        result = each if result is MISSING else call(m, function, [result, each], {})
    if result is MISSING:
        raise m.error("TypeError", "reduce() of empty iterable with no initial value")
    return result


def partial(m: Machine, function: Value, *positional: Value, **keywords: Value) -> Partial:
    """``functools.partial``; one of another is one."""
    if isinstance(function, Partial):
        return Partial(function.function, (*function.positional, *positional), {**function.keywords, **keywords})
    return Partial(function, positional, keywords)


KINDS["partial"].converts = partial

FUNCTOOLS = {
    "partial": KINDS["partial"],
    "cached_property": Native("cached_property", lambda m, function: Descriptor("property", function)),
    **natives(
        wraps=wraps,
        reduce=reduce,
        lru_cache=decorator_or_factory,
        cache=same,
        total_ordering=same,
        update_wrapper=lambda m, wrapper, wrapped: call(m, wraps(m, wrapped), [wrapper], {}),
    ),
}

# ---------------------------------------------------------------------- itertools


def stepping(m: Machine, values: Iterator[Value]) -> Generated:
    """An iterator whose turns count."""

    def run() -> Iterator[Value]:
        for each in values:
            m.budget.step()
            yield each

    return Generated(run())


def chained(m: Machine, values: Value) -> Generated:
    """``itertools.chain.from_iterable``."""
    return stepping(m, (each for part in iterate(m, values) for each in iterate(m, part)))


CHAIN = Native("chain", lambda m, *values: chained(m, values))
CHAIN.attributes["from_iterable"] = Native("from_iterable", chained)


def of_lists(make: Callable[..., Iterator[Value]]) -> Callable[..., Value]:
    """A function of `itertools` over finite lists."""

    def run(m: Machine, *values: Value, **keywords: Value) -> Value:
        given = [each if isinstance(each, int) or each is None else listed(m, each) for each in values]
        return stepping(m, make(*given, **keywords))

    return run


def accumulated(m: Machine, values: Value, function: Value = None) -> Value:
    """``itertools.accumulate``."""

    def run() -> Iterator[Value]:
        total: Value = MISSING
        for each in iterate(m, values):
            m.budget.step()
            if total is MISSING:
                total = each
            else:
                total = binary(m, ast.Add, total, each) if function is None else call(m, function, [total, each], {})
            yield total

    return Generated(run())


ITERTOOLS = {
    "chain": CHAIN,
    **natives(
        repeat=lambda m, value, times=None: stepping(
            m, itertools.repeat(value) if times is None else itertools.repeat(value, times)
        ),
        count=lambda m, start=0, step=1: stepping(m, itertools.count(start, step)),
        cycle=lambda m, values: stepping(m, itertools.cycle(listed(m, values))),
        product=of_lists(itertools.product),
        permutations=of_lists(itertools.permutations),
        combinations=of_lists(itertools.combinations),
        islice=lambda m, values, *bounds: stepping(m, itertools.islice(iter(iterate(m, values)), *bounds)),
        zip_longest=of_lists(itertools.zip_longest),
        pairwise=of_lists(itertools.pairwise),
        starmap=lambda m, function, values: Generated(
            call(m, function, listed(m, each), {}) for each in iterate(m, values)
        ),
        tee=lambda m, values, count=2: tuple(Generated(iter(copy)) for copy in [listed(m, values)] * count),
        accumulate=accumulated,
    ),
}

# ---------------------------------------------------------------------- collections


def make_named_tuple(m: Machine, name: str, fields: Value, *, defaults: Value = (), **_: Value) -> Class:
    """``collections.namedtuple``."""
    names = fields.replace(",", " ").split() if isinstance(fields, str) else listed(m, fields)
    given = listed(m, defaults or ())
    return named_tuple(name, names, dict(zip(names[len(names) - len(given) :], given, strict=True)), "__main__")


def start_default_dict(m: Machine, self: Instance, factory: Value = None, *values: Value, **keywords: Value) -> None:
    """``defaultdict(factory, ...)``."""
    self.attributes["default_factory"] = factory
    self.payload.update(as_dict(m, *values, **keywords))


def missing_key(m: Machine, self: Instance, key: Value) -> Value:
    """A key that a ``defaultdict`` does not have yet."""
    value = self.payload[key] = call(m, self.attributes["default_factory"], [], {})
    return value


def check(test: Callable[[Machine, Value], bool], name: str) -> Class:
    """A class that is asked what belongs to it."""
    cls = Class(name)
    cls.namespace["__instancecheck__"] = test
    return cls


def holds(*kinds: type, method: str | None = None) -> Callable[[Machine, Value], bool]:
    """Whether a value is of one of these kinds, or has a method."""

    def test(m: Machine, value: Value) -> bool:
        if isinstance(value, Opaque):
            value.refuse()
        if isinstance(value, Instance):
            return isinstance(value.payload, kinds) or bool(method and value.cls.find(method))
        return isinstance(value, kinds) and not isinstance(value, Symbol)

    return test


def number(m: Machine, value: Value) -> bool:
    """Whether a value is a number."""
    return holds(int, float, complex)(m, value)


ORDERED = Class("OrderedDict", (BUILTINS["dict"],), module="collections")
DEFAULT = Class("defaultdict", (BUILTINS["dict"],), module="collections")
DEFAULT.namespace |= natives(__init__=start_default_dict, __missing__=missing_key)
DEFAULT.namespace["__init__"] = Native("__init__", start_default_dict)
DEFAULT.namespace["__missing__"] = Native("__missing__", missing_key)
DEQUE = Class("deque", (BUILTINS["list"],), module="collections")
DEQUE.namespace["appendleft"] = Native("appendleft", lambda m, self, value: self.payload.insert(0, value))
DEQUE.namespace["__init__"] = Native(
    "__init__", lambda m, self, values=(), *_, **__: self.payload.extend(listed(m, values))
)
DEQUE.namespace["popleft"] = Native("popleft", lambda m, self: self.payload.pop(0))
ABSTRACT = {
    "Iterable": check(
        holds(list, tuple, dict, set, frozenset, str, range, Generated, Tensor, method="__iter__"), "Iterable"
    ),
    "Iterator": check(holds(Generated, method="__next__"), "Iterator"),
    "Sequence": check(holds(list, tuple, str, range), "Sequence"),
    "MutableSequence": check(holds(list), "MutableSequence"),
    "Mapping": check(holds(dict), "Mapping"),
    "MutableMapping": check(holds(dict), "MutableMapping"),
    "Set": check(holds(set, frozenset), "Set"),
    "Callable": check(is_callable, "Callable"),
    "Sized": check(holds(list, tuple, dict, set, frozenset, str, range, method="__len__"), "Sized"),
    "Collection": check(holds(list, tuple, dict, set, frozenset, str, range, method="__len__"), "Collection"),
    "Container": check(holds(list, tuple, dict, set, str, method="__contains__"), "Container"),
    "Hashable": check(holds(int, float, str, tuple, frozenset), "Hashable"),
}
COLLECTIONS = {
    "OrderedDict": ORDERED,
    "defaultdict": DEFAULT,
    "deque": DEQUE,
    **natives(namedtuple=make_named_tuple),
}

# ---------------------------------------------------------------------- typing, enum, types, ...

NAMED_TUPLE = Class("NamedTuple", module="typing")
NAMED_TUPLE.namespace["__made__"] = finish_named_tuple
TYPING = {
    **ABSTRACT,
    "NamedTuple": NAMED_TUPLE,
    "Generic": Class("Generic", module="typing"),
    "Protocol": Class("Protocol", module="typing"),
    "TypedDict": BUILTINS["dict"],
    "List": BUILTINS["list"],
    "Dict": BUILTINS["dict"],
    "Tuple": BUILTINS["tuple"],
    "TYPE_CHECKING": False,
    **natives(
        cast=lambda m, kind, value: value,
        overload=same,
        final=same,
        override=same,
        runtime_checkable=same,
        no_type_check=same,
        get_args=lambda m, kind: (),
        NewType=lambda m, name, kind: kind,
    ),
}
ENUM = Class("Enum", module="enum")
ENUM.namespace["__made__"] = finish_enumeration
ENUMS = {
    "Enum": ENUM,
    "IntEnum": Class("IntEnum", (BUILTINS["int"], ENUM), module="enum"),
    "StrEnum": Class("StrEnum", (BUILTINS["str"], ENUM), module="enum"),
    "Flag": Class("Flag", (ENUM,), module="enum"),
    "IntFlag": Class("IntFlag", (BUILTINS["int"], ENUM), module="enum"),
    **dict.fromkeys(
        ("EnumMeta", "EnumType"),
        check(lambda m, value: isinstance(value, Class) and "__members__" in value.namespace, "EnumMeta"),
    ),
    "auto": Symbol("enum.auto"),
    **natives(unique=same),
}
SIMPLE = Class("SimpleNamespace", module="types")
SIMPLE.namespace["__init__"] = Native("__init__", lambda m, self, **values: self.attributes.update(values))
TYPES = {
    "ModuleType": KINDS["module"],
    "FunctionType": KINDS["function"],
    "MethodType": Native("MethodType", lambda m, function, subject: Method(subject, function)),
    "GeneratorType": KINDS["generator"],
    "SimpleNamespace": SIMPLE,
    "MappingProxyType": BUILTINS["dict"],
}
OPERATOR = {
    **{name: Native(name, lambda m, a, b, kind=kind: binary(m, kind, a, b)) for kind, (name, _) in BINARY.items()},
    **{
        name: Native(name, lambda m, a, b, kind=kind: compare(m, kind, a, b)) for kind, (name, _) in COMPARISONS.items()
    },
}
OPERATOR |= natives(
    itemgetter=lambda m, key: Native("itemgetter", lambda m, value: value[key]),
    attrgetter=lambda m, name: Native("attrgetter", lambda m, value: attribute_path(m, value, name)),
)


def attribute_path(m: Machine, value: Value, path: str) -> Value:
    """``value.a.b``."""
    from cnnshape.readers.python.attributes import get_attribute

    for name in path.split("."):
        value = get_attribute(m, value, name)
    return value


MODULES: dict[str, dict[str, Value]] = {
    "math": dict(MATH) | natives(prod=lambda m, values, start=1: product_of(m, values, start)),
    "functools": FUNCTOOLS,
    "itertools": ITERTOOLS,
    "collections": COLLECTIONS,
    "collections.abc": ABSTRACT,
    "copy": natives(copy=copied, deepcopy=deep_copied),
    "operator": OPERATOR,
    "abc": {"ABC": Class("ABC", module="abc"), "ABCMeta": BUILTINS["type"], **natives(abstractmethod=same)},
    "typing": TYPING,
    "typing_extensions": TYPING,
    "dataclasses": natives(
        dataclass=dataclass,
        field=field,
        replace=replaced,
        asdict=as_plain_dict,
        fields=fields_of,
        is_dataclass=is_dataclass,
    ),
    "enum": ENUMS,
    "types": TYPES,
    "numbers": {name: check(number, name) for name in ("Number", "Real", "Integral")},
    "contextlib": natives(contextmanager=same, nullcontext=same, suppress=quiet, redirect_stdout=same, ExitStack=quiet),
    "__future__": {},
}


def product_of(m: Machine, values: Value, start: Value) -> Value:
    """``math.prod``."""
    result = start
    for each in iterate(m, values):
        m.budget.step()
        result = binary(m, ast.Mult, result, each)
    return result


def find(m: Machine, name: str) -> Namespace | None:
    """The module of that name."""
    names = MODULES.get(name)
    if names is None:
        return None
    unknown: Callable[[str], Value] | None = None
    if name.startswith("typing") or name == "__future__":
        unknown = lambda each: Symbol(f"typing.{each}")  # noqa: E731 - a table entry
    return Namespace(name, dict(names), unknown)


__all__ = ["Any", "class_of", "find", "zipped"]
