"""Texts of values: `str`, `repr`, f-strings, ``format`` and ``%``, each within bounds and of known values."""

from __future__ import annotations

from collections.abc import KeysView, ValuesView
from typing import Any

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Instance, Opaque, Stop, Symbol, Tensor, Value

LONGEST = 100_000
"""Characters of a text that is made from a value."""
WIDEST = 200
"""Characters that a format may pad to."""


def as_text(m: Machine, value: Value, quoted: bool = False, depth: int = 0) -> str:
    """``str(value)``, or ``repr(value)``."""
    if isinstance(value, Opaque):
        value.refuse()
    if isinstance(value, str):
        text = repr(str(value)) if quoted else str(value)
    elif isinstance(value, int):
        m.budget.integer(value)
        text = str(value)
    elif value is None or isinstance(value, float | complex | bytes):
        text = str(value)
    elif isinstance(value, list | tuple | set | dict) and depth < 5:
        text = collection(m, value, depth)
    elif isinstance(value, KeysView | ValuesView) and depth < 5:
        text = f"{type(value).__name__}({collection(m, list(value), depth)})"
    elif isinstance(value, Instance):
        text = of_instance(m, value, quoted)
    elif isinstance(value, Class):
        text = repr(value)
    elif isinstance(value, Tensor):
        text = "tensor(...)"
    else:
        text = getattr(value, "name", type(value).__name__)
    if len(text) > LONGEST:
        raise Stop("CS606", f"a text of more than {LONGEST:,} characters")
    m.budget.cell(len(text))
    return text


def collection(m: Machine, value: Value, depth: int) -> str:
    """The text of a list, tuple, set or dict."""
    if isinstance(value, dict):
        parts = [f"{as_text(m, k, True, depth + 1)}: {as_text(m, v, True, depth + 1)}" for k, v in value.items()]
        return "{" + ", ".join(parts) + "}"
    parts = [as_text(m, each, True, depth + 1) for each in value]
    inner = ", ".join(parts)
    if isinstance(value, list):
        return f"[{inner}]"
    if isinstance(value, tuple):
        return f"({inner},)" if len(parts) == 1 else f"({inner})"
    return "{" + inner + "}" if parts else "set()"


def of_instance(m: Machine, value: Instance, quoted: bool) -> str:
    """The text that an object's class says, else what it is."""
    from cnnshape.readers.python.attributes import find_method
    from cnnshape.readers.python.calls import call

    for name in ("__repr__",) if quoted else ("__str__", "__repr__"):
        method = find_method(m, value, name)
        if method:
            text = call(m, method, [], {})
            return text if isinstance(text, str) else repr(value)
    if "args" in value.attributes:
        arguments = value.attributes["args"]
        return ", ".join(as_text(m, each) for each in arguments) if isinstance(arguments, tuple) else ""
    return as_text(m, value.payload) if value.payload is not None else repr(value)


def formatted(m: Machine, value: Value, spec: str) -> str:
    """``format(value, spec)``."""
    if not spec or not isinstance(value, int | float | str):
        return as_text(m, value)
    digits = ""
    for character in f"{spec} ":
        if character.isdigit():
            digits += character
            continue
        if digits and int(digits[:9]) > WIDEST:
            raise Stop("CS606", f"a format that pads to {digits[:9]} characters")
        digits = ""
    try:
        text = format(value, spec)
    except (ValueError, OverflowError) as error:
        raise m.error("ValueError", str(error)) from None
    m.budget.cell(len(text))
    return text


def percent(m: Machine, template: str, values: Value) -> str:
    """``template % values``: texts, numbers and representations."""
    given = list(values) if isinstance(values, tuple) else [values]
    named: Any = values if isinstance(values, dict) else None
    parts: list[str] = []
    rest = template
    while "%" in rest:
        before, _, rest = rest.partition("%")
        parts.append(before)
        if rest.startswith("%"):
            parts.append("%")
            rest = rest[1:]
            continue
        key = None
        if rest.startswith("("):
            key, _, rest = rest[1:].partition(")")
        length = next((index for index, each in enumerate(rest) if each in "sdirfgexXuc"), None)
        if length is None:
            raise m.error("ValueError", "incomplete format")
        spec, kind, rest = rest[:length], rest[length], rest[length + 1 :]
        if key is None and not given:
            raise m.error("TypeError", "not enough arguments for format string")
        value = named[key] if key is not None else given.pop(0)
        if kind in "sr":
            value, kind = as_text(m, value, quoted=kind == "r"), "s"
            spec = f">{spec}" if spec[:1].isdigit() else spec.replace("-", "<")
        elif kind in "diu":
            value, kind = int(value), "d"
        parts.append(formatted(m, value, spec.replace("-", "<") + kind))
    parts.append(rest)
    return "".join(parts)


def fill_template(m: Machine, template: str, positional: tuple[Value, ...], keywords: dict[str, Value]) -> str:
    """``template.format(...)``: fields by number or name with a format, and nothing below them."""
    parts: list[str] = []
    count = 0
    rest = template
    while rest:
        brace = min((index for index in (rest.find("{"), rest.find("}")) if index >= 0), default=-1)
        if brace < 0:
            parts.append(rest)
            break
        parts.append(rest[:brace])
        if rest[brace : brace + 2] in ("{{", "}}"):
            parts.append(rest[brace])
            rest = rest[brace + 2 :]
            continue
        inside, _, rest = rest[brace + 1 :].partition("}")
        field, _, spec = inside.partition(":")
        field, _, conversion = field.partition("!")
        if not field:
            field, count = str(count), count + 1
        name, *below = field.replace("[", ".").replace("]", "").split(".")
        if spec.startswith("{"):
            raise Stop("CS601", "a format within a format is not read")
        try:
            value = positional[int(name)] if name.isdigit() else keywords[name]
        except (IndexError, KeyError) as error:
            raise m.error(type(error).__name__, f"{name} is not among the arguments of format") from None
        for each in below:
            from cnnshape.readers.python.attributes import get_attribute

            value = get_attribute(m, value, each)
        if isinstance(value, Opaque):
            value.refuse()
        parts.append(formatted(m, as_text(m, value, quoted=True) if conversion == "r" else value, spec))
    text = "".join(parts)
    m.budget.cell(len(text))
    return text


__all__ = ["Symbol", "as_text", "fill_template", "formatted", "percent"]
