"""What of Python the source may reach: attributes by a list, and calls whose cost is known before they are made."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from operator import index
from typing import Any
from weakref import WeakSet

from cnnshape.readers.python.language.formatting import WIDEST, as_text, fill_template, percent
from cnnshape.readers.python.language.functions import Function, local_names
from cnnshape.readers.python.language.machine import SIZED, Machine
from cnnshape.readers.python.language.reachable import DUNDERS, PLAIN
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.values import (
    MISSING,
    Namespace,
    Opaque,
    Parameter,
    Part,
    Stop,
    Symbol,
    Tensor,
    Unset,
    Value,
    now,
    words,
)
from cnnshape.readers.python.library.arrays import Labels
from cnnshape.readers.python.noting.traced import Traced, computed, plain

TOLD = words(
    "collections collections.abc enum functools itertools types re library.arrays library.enumerations "
    "library.introspection library.patterns library.programs library.records library.standard torch torch.nn "
    "torch.module torch.containers torch.unnamed torch.layers torch.namespace torchvision.models keras.layers "
    "keras.models keras.wrapping"
)
"""The modules whose classes are told to the source. Of any other class here it learns nothing."""
INSIDE = frozenset(Function.__slots__)
"""What a function of the source is made of here, and nothing of it there."""


MADE: WeakSet[type] = WeakSet()
"""The classes of the source."""


def is_open(cls: type, name: str) -> bool:
    """Whether objects of a class may be asked for a name: by whoever of its bases has it."""
    owner = next((each for each in cls.__mro__ if name in each.__dict__), None)
    if name.startswith("__") and name.endswith("__"):
        return name in DUNDERS or name in PLAIN.get(cls, ()) or (owner is not None and is_told(owner))
    if owner is None:
        return any(map(is_told, cls.__mro__))
    return name in PLAIN[owner] if owner in PLAIN else is_told(owner)


def is_told(cls: type) -> bool:
    """Whether a class is the source's, or told here for it to use as it likes."""
    return cls in MADE or cls.__module__.removeprefix("cnnshape.readers.python.") in TOLD


def get_attribute(value: Value, name: str) -> Value:
    """``value.name``. Raises `AttributeError` where there is none, or none that may be reached."""
    reader = READERS.get(type(value))
    if reader is not None:
        return reader(value, name)
    if name == "__getattribute__":
        return partial(get_plainly, value)
    added = now().added_to(value, name) if now().added else MISSING
    if added is not MISSING:
        return added
    if name in ("__traceback__", "__cause__", "__context__") and isinstance(value, BaseException):
        return None  # they lead into this program
    if isinstance(value, type):
        if not (is_open(value, name) if hasattr(value, name) else is_open(type(value), name)):
            raise AttributeError(f"type object {value.__name__!r} has no attribute {name!r}")
        unknown = getattr(value, "__unknown__", MISSING)
        found = getattr(value, name) if unknown is MISSING else getattr(value, name, unknown)
        owner: Any = value
    elif is_open(type(value), name):
        found = getattr(value, name)
        owner = type(value)
    elif isinstance(value, types.FunctionType) and name in vars(value):
        return vars(value)[name]
    elif isinstance(value, types.MethodType) and name.startswith("__"):
        return get_attribute(value.__func__, name)
    else:
        raise AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}")
    if type(found) in BUILT_IN:
        special = next((SPECIAL[each, name] for each in owner.__mro__ if (each, name) in SPECIAL), None)
        if special is not None:
            return special if found is getattr(owner, name, None) else types.MethodType(special, value)
    return found


def get_plainly(value: Value, name: str) -> Value:
    """``object.__getattribute__``: what an object has without its ``__getattr__``."""
    if type(value) in READERS or not is_open(type(value), name):
        raise AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}")
    return object.__getattribute__(value, name)


def of_file(value: ModuleScope, name: str) -> Value:
    """Of a module that is read: its names, else a module below it."""
    found = value.get(name)
    if found is MISSING:
        found = value.machine.importer.below(value, name)
    if found is MISSING and "__getattr__" in value and not name.startswith("__"):
        return told_lazily(value, name)
    if found is MISSING and name == "__dict__":
        from cnnshape.readers.python.language.importing import FileNames  # it reads attributes

        return FileNames(value)
    if found is MISSING:
        raise AttributeError(f"module {value.name!r} has no attribute {name!r}")
    return found


def told_lazily(value: ModuleScope, name: str) -> Value:
    """Of a module that has a function for names that are not there yet; unknown where that cannot be read."""
    try:
        return call(value.machine, value.get("__getattr__"), [name], {})
    except (Stop, Exception) as error:
        if isinstance(error, Stop) and error.code == "CS606":
            raise
        return now().opaque(f"`{value.name}.{name}`")


def of_namespace(value: Namespace, name: str) -> Value:
    """Of a module that is told here; what nobody tells of is not known."""
    if name not in value.names:
        found = MISSING if value.missing is None else value.missing(name)
        if found is MISSING and name in ("__name__", "__file__"):
            return value.name
        if found is MISSING:
            below = now().importer.below(value, name)
            if below is not MISSING:
                return below
            from cnnshape.readers.python.library.offered import untold  # seldom

            return untold(value.name, name)
        value.names[name] = found
    return value.names[name]


def of_function(value: Function, name: str) -> Value:
    """Of a function: what was set, and what every function has."""
    if name in vars(value):
        return vars(value)[name]
    if name == "__defaults__":
        return tuple(value.defaults)
    if name == "__annotations__":
        return {}
    if name == "__code__":
        return Namespace(name, {"co_varnames": local_names(value.node)})
    if name in ("__globals__", "__closure__"):
        now().opaque(f"`{name}` of a function").refuse()
    if name in INSIDE - {"__dict__"} or name not in DUNDERS:
        raise AttributeError(f"'function' object has no attribute {name!r}")
    return getattr(value, name)


def of_super(value: Any, name: str) -> Value:
    """Of ``super()``: what the classes after this one say."""
    unknown = getattr(value.__self_class__, "__unknown__", MISSING)
    if name == "__getattribute__":
        return partial(get_plainly, value.__self__)
    if not is_open(value.__self_class__, name):
        raise AttributeError(f"'super' object has no attribute {name!r}")
    return getattr(value, name) if unknown is MISSING else getattr(value, name, unknown)


def of_unknown(value: Opaque, name: str) -> Value:
    """Of what is not known: what the caller says of it."""
    if name.startswith("__"):
        return None if name == "__doc__" else value  # of a text nothing of a network depends
    found = Opaque.__getattr__(value, name)  # which has a name and a reason of its own
    from cnnshape.readers.python.assuming import assumed  # it makes layers

    return assumed(now(), found.name, found)


READERS: dict[type, Callable[[Any, str], Value]] = {
    Function: of_function,
    ModuleScope: of_file,
    Namespace: of_namespace,
    super: of_super,
    **dict.fromkeys((Opaque, Part, Unset), of_unknown),
    Symbol: getattr,
    Traced: lambda value, name: get_attribute(plain(value), name),
    **dict.fromkeys((Tensor, Parameter, Labels), lambda value, name: now().framework.get_attribute(value, name)),
}


RUN = words("forward call build __call__ __init__ __new__ __getattr__ __setattr__")
"""Methods that the layers here have of their own."""


def set_attribute(value: Value, name: str, new: Value) -> None:
    """``value.name = new``."""
    if isinstance(value, Tensor):
        now().framework.set_attribute(value, name, new)
    elif isinstance(value, ModuleScope):
        value.get(name)
        value.names[name] = new
    elif isinstance(value, Namespace):
        value.names[name] = new
    elif isinstance(value, Function):
        if name == "__defaults__":
            value.defaults = list(new or ())
        vars(value)[name] = new
    elif isinstance(value, type) and value not in MADE:
        if name in RUN:
            raise Stop("CS604", f"this gives {value.__name__}, which is told here, another `{name}`")
        now().added[value, name] = new  # classes that are told here are shared by all readings
    elif isinstance(value, Opaque):
        value.put(name, new)
    elif not isinstance(value, Symbol | partial | types.MethodType | types.FunctionType | super):
        setattr(value, name, new)
    elif isinstance(value, super):
        value.__setattr__(name, new)


# ---------------------------------------------------------------------- calls


def call(m: Machine, target: Value, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """``target(*positional, **keywords)``; what is written in C is asked what it costs."""
    kind = type(target)
    if kind is Function or (kind is types.MethodType and type(target.__func__) is Function):
        return target(*positional, **keywords)
    if kind is partial:
        return call(m, target.func, [*target.args, *positional], {**target.keywords, **keywords})
    if target in CONVERTED if isinstance(target, type) else False:
        return CONVERTED[target](*positional, **keywords)
    if kind in BUILT_IN or (isinstance(target, type) and (target.__module__ in HOSTS or issubclass(target, SIZED))):
        return m.charge(built_in(m, target, positional, keywords))
    return target(*positional, **keywords)


HOSTS = ("builtins", "itertools", "functools", "collections")
BUILT_IN = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType)
NUMERIC: set[Value] = {int, float, complex, round}
"""Functions of numbers, which a tensor may be; of something that is not known they answer nothing that is."""
UNREAD: set[Value] = {len, isinstance, type, id, enumerate, zip, reversed, iter, map, filter, list, tuple}
"""Functions that look at no element of what they are given, or at none that lies within an element."""
SEARCHES = words("index count remove")
CONVERTED: dict[type, Callable[..., Value]] = {}
"""Classes that are called in a way of their own."""


def built_in(m: Machine, target: Value, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function of Python's own, its arguments counted, and iterators counted as they go."""
    m.cell()
    if Traced in map(type, positional) and not keywords:
        followed = computed(target, positional)
        if followed is not NotImplemented:
            return followed
    if target in NUMERIC:
        positional = [m.framework.number(each) if isinstance(each, Tensor) else each for each in positional]
    if target in NUMERIC or (isinstance(target, type) and target.__module__ == "builtins"):
        for each in positional:
            if isinstance(each, Opaque):
                return each
    if target not in UNREAD:
        for each in positional:
            m.unfold(each)
    if getattr(target, "__name__", "") in SEARCHES:
        m.unfold(getattr(target, "__self__", None))
    return target(*(measured(m, each) for each in positional), **keywords)


def measured(m: Machine, value: Value) -> Value:
    """An argument, paid for if it is a collection; an iterator whose turns count."""
    if isinstance(value, SIZED):
        return m.charge(value)
    return m.metered(value) if isinstance(value, range) or hasattr(type(value), "__next__") else value


def join(separator: str, parts: Value) -> Value:
    """``separator.join(parts)``."""
    if isinstance(parts, Opaque):
        return parts
    texts = now().listed(parts)
    now().cell(sum(len(each) for each in texts if isinstance(each, str)) + len(separator) * len(texts))
    return separator.join(texts)


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    """``text.replace(old, new)``."""
    now().cell(len(text) + (text.count(old) * len(new)))
    return text.replace(old, new, count)


def padded(name: str) -> Callable[..., str]:
    """``ljust``, ``rjust``, ``center``, ``zfill``."""

    def run(text: str, width: int, *fill: str) -> str:
        if width > WIDEST + len(text):
            raise Stop("CS606", f"a text padded to {width} characters")
        return str(getattr(text, name)(width, *fill))

    return run


def ordered(values: Value, *, key: Value = None, reverse: bool = False) -> list[Value]:
    """``sorted``."""
    m = now()
    given = m.unfold(m.listed(values))
    keys = given if key is None else [call(m, key, [each], {}) for each in given]
    return [given[index] for index in sorted(range(len(given)), key=keys.__getitem__, reverse=bool(reverse))]


def sort(target: list[Value], **words: Value) -> None:
    """``target.sort()``."""
    target[:] = ordered(target, **words)


SPECIAL: dict[tuple[type, str], Callable[..., Value]] = {
    (str, "join"): join,
    (str, "replace"): replace,
    (str, "format"): lambda text, *positional, **keywords: fill_template(text, positional, keywords),
    **{(str, name): padded(name) for name in ("ljust", "rjust", "center", "zfill")},
    (list, "sort"): sort,
    (object, "__repr__"): lambda value: as_text(value, quoted=True),
    (object, "__str__"): lambda value: as_text(value),
}
"""Methods that need more care: they call back, or make more than exists."""

# ---------------------------------------------------------------------- operators and elements


def binary(m: Machine, apply: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """``left OP right``, refused before Python makes what would be too large."""
    name = apply.__name__.strip("_").removeprefix("i")
    if name == "mod" and isinstance(left, str):
        return m.charge(percent(left, right))
    if name == "mul":
        for many, times in ((left, right), (right, left)):
            if isinstance(many, SIZED) and isinstance(times, int):
                m.cell(len(many) * max(index(times), 0))
    elif name in ("pow", "lshift") and isinstance(left, int) and isinstance(right, int):
        if right * (left.bit_length() if name == "pow" and abs(left) > 1 else name == "lshift") > 10_000:
            raise Stop("CS606", f"{left} {'**' if name == 'pow' else '<<'} {right} is too large")
    elif apply.__name__ == "iadd" and isinstance(left, list):
        right = m.listed(right)
    return m.charge(apply(left, right))


def contains(m: Machine, container: Value, value: Value) -> Value:
    """``value in container``."""
    if isinstance(container, Opaque):
        return container
    if isinstance(container, Namespace):
        return not isinstance(get_attribute(container, value), Opaque)
    if isinstance(container, type) and not hasattr(type(container), "__contains__"):
        return any(value is each for each in vars(container).values())
    m.unfold(value)
    if isinstance(container, list | tuple):
        m.unfold(container)
    return value in (m.metered(container) if hasattr(type(container), "__next__") else container)


def get_item(m: Machine, value: Value, key: Value) -> Value:
    """``value[key]``."""
    m.unfold(key)
    if isinstance(value, Namespace | Function | types.FunctionType):
        return value  # a type with parameters: `Optional[int]`
    if isinstance(value, type) and not hasattr(value, "__class_getitem__") and not hasattr(type(value), "__getitem__"):
        return value
    kind: Any = type(value)
    if issubclass(kind, SIZED):
        if isinstance(key, Opaque):
            return Opaque(f"an element at {key.reason}", key.place)
        if isinstance(key, slice) and any(isinstance(each, Opaque) for each in (key.start, key.stop, key.step)):
            return m.opaque("a slice with a bound that is not known")
        return m.charge(value[key]) if isinstance(key, slice) else value[key]
    return value[key]


def set_item(m: Machine, value: Value, key: Value, new: Value) -> None:
    """``value[key] = new``."""
    m.cell()
    m.unfold(key)
    if isinstance(value, Opaque):
        value.put(key, new)
    else:
        value[key] = m.listed(new) if isinstance(key, slice) and isinstance(value, list) else new
