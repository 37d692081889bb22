"""The methods of Python's own values that a source may call: those that are safe, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.readers.python.calls import call
from cnnshape.readers.python.formatting import WIDEST, as_text, fill_template
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.values import Instance, Method, Native, Opaque, Stop, Value, words

PLAIN: dict[type, frozenset[str]] = {
    str: words(
        "upper lower strip lstrip rstrip startswith endswith split rsplit splitlines find rfind index count "
        "isdigit isalpha isalnum isnumeric isupper islower isspace capitalize title swapcase casefold "
        "partition rpartition removeprefix removesuffix isidentifier encode"
    ),
    bytes: frozenset({"decode"}),
    list: words("append insert pop remove reverse clear index count copy"),
    tuple: frozenset({"index", "count"}),
    dict: words("get keys values items pop popitem clear copy setdefault"),
    set: words(
        "add discard remove pop clear copy union intersection difference issubset issuperset "
        "symmetric_difference isdisjoint"
    ),
    frozenset: words("union intersection difference issubset issuperset isdisjoint"),
    int: words("bit_length numerator denominator real imag is_integer"),
    bool: frozenset(),
    float: frozenset(["is_integer", "real", "imag"]),
    range: frozenset(["start", "stop", "step", "index", "count"]),
    slice: frozenset(["start", "stop", "step", "indices"]),
    type({}.keys()): frozenset(),
    type({}.values()): frozenset(),
    type({}.items()): frozenset(),
}
"""What is Python's own method or attribute, whose result is no larger than what exists."""


def method_of(m: Machine, value: Value, name: str) -> Value:
    """A method of one of Python's own values, or `MISSING`."""
    kind = type(value)
    special = SPECIAL.get((kind, name))
    if special is not None:
        return Method(value, Native(name, special))
    if name in PLAIN.get(kind, ()):
        found = getattr(value, name)
        return Native(name, plain(m, found)) if callable(found) else found
    shared = SHARED.get(name)
    if shared is not None and kind in PLAIN:
        return Method(value, Native(name, shared))
    return MISSING


def plain(m: Machine, method: Callable[..., Value]) -> Callable[..., Value]:
    """The method with its errors as the source's, and with what it makes accounted for."""

    def run(m: Machine, *positional: Value, **keywords: Value) -> Value:
        m.budget.cell()
        try:
            result = method(*positional, **keywords)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise m.error(type(error).__name__, str(error)) from None
        if isinstance(result, str | list | set | dict | bytes | tuple):
            m.budget.sized(result)
        return result

    return run


def join(m: Machine, separator: str, parts: Value) -> Value:
    """``separator.join(parts)``."""
    from cnnshape.readers.python.iterating import listed

    if isinstance(parts, Opaque):
        return parts
    texts = [each.payload if isinstance(each, Instance) else each for each in listed(m, parts)]
    for text in texts:
        if not isinstance(text, str):
            raise m.error("TypeError", "sequence item: expected str instance")
    m.budget.cell(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def replace(m: Machine, text: str, old: str, new: str, count: int = -1) -> str:
    """``text.replace(old, new)``."""
    m.budget.cell(len(text) + (text.count(old) * len(new)))
    return text.replace(old, new, count)


def padded(name: str) -> Callable[..., str]:
    """``ljust``, ``rjust``, ``center``, ``zfill``."""

    def run(m: Machine, text: str, width: int, *fill: str) -> str:
        if width > WIDEST + len(text):
            raise Stop("CS606", f"a text padded to {width} characters")
        result: str = getattr(text, name)(width, *fill)
        return result

    return run


def extend(m: Machine, target: list[Value], values: Value) -> None:
    """``target.extend(values)``."""
    from cnnshape.readers.python.iterating import listed

    target.extend(listed(m, values))


def sort(m: Machine, target: list[Value], *, key: Value = None, reverse: bool = False) -> None:
    """``target.sort()``."""
    target[:] = ordered(m, target, key, reverse)


def ordered(m: Machine, values: list[Value], key: Value = None, reverse: bool = False) -> list[Value]:
    """The values in their order."""
    m.budget.sized(values)
    keys = values if key is None else [call(m, key, [each], {}) for each in values]
    try:
        order = sorted(range(len(values)), key=keys.__getitem__, reverse=bool(reverse))
    except TypeError as error:
        raise m.error("TypeError", str(error)) from None
    return [values[index] for index in order]


def update(m: Machine, target: Any, *values: Value, **keywords: Value) -> None:
    """``update`` of a dict or a set."""
    from cnnshape.readers.python.iterating import listed
    from cnnshape.readers.python.library import as_dict

    if isinstance(target, dict):
        added = as_dict(m, *values, **keywords)
        m.budget.sized(added)
        target.update(added)
    else:
        for each in values:
            target.update(listed(m, each))


def from_keys(m: Machine, target: Any, keys: Value, value: Value = None) -> dict[Value, Value]:
    """``dict.fromkeys``."""
    from cnnshape.readers.python.iterating import listed

    return dict.fromkeys(listed(m, keys), value)


def move_to_end(m: Machine, target: dict[Value, Value], key: Value, last: bool = True) -> None:
    """``OrderedDict.move_to_end``."""
    value = target.pop(key)
    rest = {} if last else dict(target)
    if not last:
        target.clear()
    target[key] = value
    target.update(rest)


SPECIAL: dict[tuple[type, str], Callable[..., Value]] = {
    (str, "join"): join,
    (str, "replace"): replace,
    (str, "format"): lambda m, text, *positional, **keywords: fill_template(m, text, positional, keywords),
    (list, "extend"): extend,
    (list, "sort"): sort,
    (dict, "update"): update,
    (dict, "fromkeys"): from_keys,
    (dict, "move_to_end"): move_to_end,
    (set, "update"): update,
} | {(str, name): padded(name) for name in ("ljust", "rjust", "center", "zfill")}
"""What needs more care: it calls back, or makes more than exists."""


def item(m: Machine, value: Value, key: Value) -> Value:
    """``value.__getitem__(key)``."""
    from cnnshape.readers.python.subscripts import get_item

    return get_item(m, value, key)


def assigned(m: Machine, value: Value, key: Value, new: Value) -> None:
    """``value.__setitem__(key, new)``."""
    from cnnshape.readers.python.subscripts import set_item

    set_item(m, value, key, new)


SHARED: dict[str, Callable[..., Value]] = {
    "__len__": lambda m, value: len(value),
    "__getitem__": item,
    "__setitem__": assigned,
    "__contains__": lambda m, value, key: key in value,
    "__iter__": lambda m, value: value,
    "__repr__": lambda m, value: as_text(m, value, quoted=True),
    "__str__": as_text,
    "__eq__": lambda m, value, other: value == other,
}
"""Methods with Python's names for what operators do."""
