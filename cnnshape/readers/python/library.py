"""Python's built-in functions and classes."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator

from cnnshape.readers.python.attributes import find_method, get_attribute, get_plainly, has_attribute, set_attribute
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.classes import class_of, fill_payload, is_instance, is_subclass, make_class
from cnnshape.readers.python.exceptions import exceptions
from cnnshape.readers.python.formatting import as_text, formatted
from cnnshape.readers.python.iterating import iterate, listed, mapping
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.methods import ordered
from cnnshape.readers.python.operators import binary, compare, plain, truth
from cnnshape.readers.python.scopes import MISSING, ModuleScope
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
    Raised,
    Tensor,
    Value,
    words,
)


def known(convert: Callable[..., Value]) -> Callable[..., Value]:
    """The conversion of a known value; of something unknown it is unknown."""

    def run(m: Machine, *values: Value, **keywords: Value) -> Value:
        for value in values:
            if isinstance(value, Opaque):
                return value
            if isinstance(value, Tensor):
                return m.tensors.number(m, value)
        try:
            result = convert(*(plain(value) for value in values), **keywords)
        except (TypeError, ValueError, OverflowError) as error:
            raise m.error(type(error).__name__, str(error)) from None
        return m.budget.integer(result) if isinstance(result, int) else result

    return run


def as_string(m: Machine, value: Value = "", *_: Value) -> Value:
    """``str(value)``."""
    return value if isinstance(value, Opaque) else as_text(m, value)


def as_dict(m: Machine, *values: Value, **keywords: Value) -> dict[Value, Value]:
    """``dict(...)``."""
    result: dict[Value, Value] = {}
    for value in values:
        if (
            isinstance(value, dict)
            or (isinstance(value, Instance) and find_method(m, value, "keys"))
            or (isinstance(value, Instance) and isinstance(value.payload, dict))
        ):
            result.update(mapping(m, value))
        else:
            for pair in iterate(m, value):
                m.budget.step()
                key, each = iterate(m, pair)
                result[key] = each
    result.update(keywords)
    m.budget.sized(result)
    return result


def length(m: Machine, value: Value) -> Value:
    """``len(value)``."""
    if isinstance(value, Opaque):
        return value
    if isinstance(value, Tensor):
        return m.tensors.size(m, value, 0)
    if isinstance(value, Instance):
        method = find_method(m, value, "__len__")
        if method:
            return call(m, method, [], {})
        value = value.payload
    if isinstance(value, Class) and "__members__" in value.namespace:
        return len(value.namespace["__members__"])
    try:
        return len(value)
    except TypeError as error:
        raise m.error("TypeError", str(error)) from None


def zipped(m: Machine, *values: Value, strict: bool = False) -> Value:
    """``zip``."""

    def run() -> Iterator[Value]:
        iterators = [iter(iterate(m, value)) for value in values]
        while iterators:
            m.budget.step()
            row = []
            for iterator in iterators:
                each = next(iterator, MISSING)
                if each is MISSING:
                    return
                row.append(each)
            yield tuple(row)

    return Generated(run())


def enumerated(m: Machine, value: Value, start: int = 0) -> Value:
    """``enumerate``."""
    return Generated(enumerate(iterate(m, value), start))


def mapped(m: Machine, function: Value, *values: Value) -> Value:
    """``map``."""
    return Generated(call(m, function, list(row), {}) for row in zipped(m, *values))


def filtered(m: Machine, function: Value, values: Value) -> Value:
    """``filter``."""
    return Generated(
        each for each in iterate(m, values) if truth(m, each if function is None else call(m, function, [each], {}))
    )


def reversed_(m: Machine, value: Value) -> Value:
    """``reversed``."""
    return Generated(iter(listed(m, value)[::-1]))


def following(m: Machine, value: Value, default: Value = MISSING) -> Value:
    """``next``."""
    if isinstance(value, Instance):
        return call(m, find_method(m, value, "__next__"), [], {})
    if isinstance(value, Opaque):
        return value
    found = next(iter(value), MISSING) if isinstance(value, Generated) else MISSING
    if found is MISSING:
        if default is MISSING:
            raise m.error("StopIteration", "")
        return default
    return found


def extreme(kind: type[ast.cmpop]) -> Callable[..., Value]:
    """``min`` and ``max``."""

    def run(m: Machine, *values: Value, key: Value = None, default: Value = MISSING) -> Value:
        candidates = listed(m, values[0]) if len(values) == 1 else list(values)
        best: Value = MISSING
        measure: Value = None
        for each in candidates:
            of_each = each if key is None else call(m, key, [each], {})
            if isinstance(of_each, Opaque):
                return of_each
            if best is MISSING or truth(m, compare(m, kind, of_each, measure)):
                best, measure = each, of_each
        if best is MISSING:
            if default is MISSING:
                raise m.error("ValueError", "arg is an empty sequence")
            return default
        return best

    return run


def summed(m: Machine, values: Value, start: Value = 0) -> Value:
    """``sum``."""
    result = start
    for each in iterate(m, values):
        m.budget.step()
        result = binary(m, ast.Add, result, each)
    return result


def any_(m: Machine, values: Value) -> bool:
    """``any``."""
    return any(truth(m, each) for each in iterate(m, values))


def all_(m: Machine, values: Value) -> bool:
    """``all``."""
    return all(truth(m, each) for each in iterate(m, values))


def rounded(m: Machine, value: Value, digits: Value = None) -> Value:
    """``round``."""
    return known(round)(m, value) if digits is None else known(round)(m, value, digits)


def absolute(m: Machine, value: Value) -> Value:
    """``abs``."""
    return m.tensors.function(m, "abs", [value], {}) if isinstance(value, Tensor) else known(abs)(m, value)


def power(m: Machine, base: Value, exponent: Value) -> Value:
    """``pow``."""
    return binary(m, ast.Pow, base, exponent)


def got(m: Machine, value: Value, name: str, default: Value = MISSING) -> Value:
    """``getattr``."""
    if default is MISSING:
        return get_attribute(m, value, name)
    try:
        return get_attribute(m, value, name, default)
    except Raised as error:
        if error.value.cls.name == "AttributeError" and not isinstance(value, ModuleScope):
            return default
        raise


def type_of(m: Machine, value: Value, *parts: Value) -> Value:
    """``type(value)``, or a class of a name, bases and names."""
    if not parts:
        return value if isinstance(value, Opaque) else class_of(m, value)
    bases, namespace = parts
    return make_class(m, value, tuple(bases), dict(namespace), [])


def is_callable(m: Machine, value: Value) -> Value:
    """``callable``."""
    if isinstance(value, Opaque):
        return value
    if isinstance(value, Instance):
        return value.cls.find("__call__") is not None
    return isinstance(value, Function | Native | Method | Class | Partial)


def sorted_(m: Machine, values: Value, *, key: Value = None, reverse: bool = False) -> Value:
    """``sorted``."""
    return ordered(m, listed(m, values), key, reverse)


def iterator(m: Machine, value: Value) -> Value:
    """``iter``."""
    return Generated(iter(iterate(m, value)))


def property_(m: Machine, function: Value = None, setter: Value = None, *_: Value, **__: Value) -> Value:
    """``property``."""
    return Descriptor("property", function, setter)


def divided(m: Machine, left: Value, right: Value) -> Value:
    """``divmod``."""
    return binary(m, ast.FloorDiv, left, right), binary(m, ast.Mod, left, right)


def ranged(m: Machine, *bounds: Value) -> Value:
    """``range``."""
    for bound in bounds:
        if isinstance(bound, Opaque):
            return bound
    return known(range)(m, *bounds)


def attributes_of(m: Machine, value: Value) -> Value:
    """``dir``: the names that an object or a module of the source has; a module that is told here is asked itself."""
    if isinstance(value, Namespace):
        return value
    return list(getattr(value, "attributes", None) or getattr(value, "names", None) or {})


def hashed(m: Machine, value: Value) -> int:
    """``hash``: some number."""
    return id(value) % 1_000_003


def quiet(m: Machine, *_: Value, **__: Value) -> None:
    """A function that only tells somebody something."""


def forbidden(name: str) -> Callable[..., Value]:
    """A function that runs text, opens a file or asks somebody: its answer is unknown."""

    def run(m: Machine, *_: Value, **__: Value) -> Value:
        return m.opaque(f"the result of `{name}(...)`")

    return run


def delete(m: Machine, value: Value, name: str) -> None:
    """``delattr``."""
    from cnnshape.readers.python.attributes import del_attribute

    del_attribute(m, value, name)


def import_top(m: Machine, name: str, *_: Value, **__: Value) -> Value:
    """``__import__``: the package at the front of a dotted name."""
    from cnnshape.readers.python.modules.environment import import_named

    import_named(m, name)
    return import_named(m, name.partition(".")[0])


FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{name: forbidden(name) for name in ("open", "eval", "exec", "compile", "input", "breakpoint")},
    "__import__": import_top,
    "abs": absolute,
    "all": all_,
    "any": any_,
    "callable": is_callable,
    "chr": known(chr),
    "delattr": delete,
    "dir": attributes_of,
    "divmod": divided,
    "enumerate": enumerated,
    "filter": filtered,
    "format": lambda m, value, spec="": formatted(m, value, spec),
    "getattr": got,
    "hasattr": has_attribute,
    "hash": hashed,
    "id": lambda m, value: id(value),
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "iter": iterator,
    "len": length,
    "map": mapped,
    "max": extreme(ast.Gt),
    "min": extreme(ast.Lt),
    "next": following,
    "ord": known(ord),
    "pow": power,
    "print": quiet,
    "property": property_,
    "range": ranged,
    "repr": lambda m, value: as_text(m, value, quoted=True),
    "reversed": reversed_,
    "round": rounded,
    "setattr": set_attribute,
    "sorted": sorted_,
    "sum": summed,
    "zip": zipped,
}


OBJECT = Class("object")
OBJECT.namespace |= {
    "__init__": Native("__init__", quiet),
    "__setattr__": Native("__setattr__", lambda m, self, name, value: self.attributes.__setitem__(name, value)),
    "__getattribute__": Native("__getattribute__", get_plainly),
    "__repr__": Native("__repr__", lambda m, self: repr(self)),
    "__init_subclass__": Descriptor("class", Native("__init_subclass__", quiet)),
}


def converter(name: str, convert: Callable[..., Value], base: Class | None = None) -> Class:
    """A class of Python's own, which converts what it is called with."""
    cls = Class(name, (base,) if base else (), converts=convert)
    if name in ("dict", "list", "set"):
        cls.namespace["__init__"] = Native("__init__", fill_payload)
    return cls


def from_bytes(m: Machine, *values: Value) -> Value:
    """``bytes``: never made here."""
    return m.opaque("bytes")


INT = converter("int", known(int))
CLASSES = (
    INT,
    converter("bool", lambda m, value=False: value if isinstance(value, Opaque) else truth(m, value), INT),
    converter("float", known(float)),
    converter("complex", known(complex)),
    converter("str", as_string),
    converter("bytes", from_bytes),
    converter("list", lambda m, values=(): listed(m, values)),
    converter("tuple", lambda m, values=(): tuple(listed(m, values))),
    converter("set", lambda m, values=(): set(listed(m, values))),
    converter("frozenset", lambda m, values=(): frozenset(listed(m, values))),
    converter("dict", as_dict),
    converter("slice", lambda m, *bounds: slice(*bounds)),
    converter("type", type_of),
    converter("staticmethod", lambda m, function: Descriptor("static", function)),
    converter("classmethod", lambda m, function: Descriptor("class", function)),
)


BUILTINS: dict[str, Value] = {
    **{name: Native(name, function) for name, function in FUNCTIONS.items()},
    **{cls.name: cls for cls in CLASSES},
    **exceptions(quiet),
    "object": OBJECT,
    "NotImplemented": NotImplemented,
    "Ellipsis": ...,
    "NoneType": Class("NoneType"),
    "__debug__": False,
}
KINDS: dict[str, Class] = {
    name: Class(name) for name in ("function", "module", "generator", "partial", "symbol", "other")
}
MATH = {
    name: Native(name, known(getattr(math, name)))
    for name in words(
        "sqrt ceil floor log log2 log10 exp pow sin cos tan gcd prod isqrt fabs trunc isnan isinf hypot atan2 "
        "radians degrees isclose isfinite fsum tanh acos asin atan erf"
    )
} | {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
