"""Texts of values: `str`, `repr`, f-strings, ``format`` and ``%``, each within bounds and of known values."""

from __future__ import annotations

import re
from collections.abc import KeysView, ValuesView
from typing import Any

from cnnshape.readers.python.language.values import MISSING, Namespace, Opaque, Stop, Symbol, Tensor, Value, now

LONGEST = 100_000
"""Characters of a text that is made from a value."""
WIDEST = 200
"""Characters that a format may pad to."""


def as_text(value: Value, quoted: bool = False, depth: int = 0) -> str:
    """``str(value)``, or ``repr(value)``."""
    if isinstance(value, Opaque):
        value.refuse()
    if isinstance(value, str):
        text = repr(value) if quoted else str(value)
    elif isinstance(value, int | float | complex | bytes | Symbol | type) or value is None:
        text = str(now().charge(value))
    elif isinstance(value, list | tuple | set | dict) and depth < 5:
        text = collection(value, depth)
    elif isinstance(value, KeysView | ValuesView) and depth < 5:
        text = f"{type(value).__name__}({collection(list(value), depth)})"
    elif isinstance(value, BaseException):
        text = ", ".join(as_text(each, quoted, depth + 1) for each in value.args)
    elif isinstance(value, Tensor | Namespace):
        text = "tensor(...)" if isinstance(value, Tensor) else value.name
    elif any(getattr(type(value), name) is not getattr(object, name) for name in ("__str__", "__repr__")):
        now().unfold(value)
        text = repr(value) if quoted else str(value)
    else:
        text = f"<{type(value).__name__} object>"
    if len(text) > LONGEST:
        raise Stop("CS606", f"a text of more than {LONGEST:,} characters")
    now().cell(len(text))
    return text


def collection(value: Value, depth: int) -> str:
    """The text of a list, tuple, set or dict."""
    if isinstance(value, dict):
        pairs = ((as_text(key, True, depth + 1), as_text(each, True, depth + 1)) for key, each in value.items())
        return f"{{{', '.join(f'{key}: {each}' for key, each in pairs)}}}"
    inner = ", ".join(as_text(each, True, depth + 1) for each in value)
    if isinstance(value, tuple):
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return f"[{inner}]" if isinstance(value, list) else f"{{{inner}}}" if value else "set()"


def formatted(value: Value, spec: str = "") -> Value:
    """``format(value, spec)``; of something unknown it is unknown."""
    if isinstance(value, Opaque):
        return value
    if not spec or not isinstance(value, int | float | str):
        return as_text(value)
    widest = max((int(each[:9]) for each in re.findall(r"\d+", spec)), default=0)
    if widest > WIDEST:
        raise Stop("CS606", f"a format that pads to {widest} characters")
    return now().charge(format(value, spec))


DIRECTIVE = r"%(?:%|(?:\((\w*)\))?([-+ #0-9.*]{0,20})([sdirfgexXuc]))"
NESTED = r"\{[^{}]*\{"
FIELD = r"\{\{|\}\}|\{([^{}!:]*)(?:!(\w))?(?::([^{}]*))?\}"


def percent(template: str, values: Value) -> str:
    """``template % values``: texts, numbers and representations."""
    given = iter(values if isinstance(values, tuple) else (values,))

    def fill(match: re.Match[str]) -> str:
        key, spec, kind = match.groups()
        if kind is None:
            return "%"
        value: Any = values[key] if key is not None else next(given, MISSING)
        if value is MISSING or "*" in spec:
            raise TypeError("not enough arguments for format string")
        if kind in "sr":
            value, kind = as_text(value, quoted=kind == "r"), "s"
            spec = f">{spec}" if spec[:1].isdigit() else spec
        elif kind in "diu":
            value, kind = int(value), "d"
        return str(formatted(value, spec.replace("-", "<") + kind))

    return re.sub(DIRECTIVE, fill, template)


def fill_template(template: str, positional: tuple[Value, ...], keywords: dict[str, Value]) -> str:
    """``template.format(...)``: fields by number or name with a format, and nothing within it."""
    count = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal count
        field, conversion, spec = match.groups()
        if field is None:
            return match.group()[0]
        if not field:
            field, count = str(count), count + 1
        name, *below = field.replace("[", ".").replace("]", "").split(".")
        value: Any = positional[int(name)] if name.isdigit() else keywords[name]
        for each in below:
            from cnnshape.readers.python.language.guard import get_attribute  # it formats texts

            value = get_attribute(value, each)
        if isinstance(value, Opaque):
            value.refuse()
        return str(formatted(as_text(value, quoted=True) if conversion == "r" else value, spec or ""))

    if re.search(NESTED, template.replace("{{", "")):
        raise Stop("CS601", "a format within a format is not read")
    return str(now().charge(re.sub(FIELD, fill, template)))
