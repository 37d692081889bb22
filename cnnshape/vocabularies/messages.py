"""Pydantic's errors in the words of this tool: the argument, the value, the rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.spelling import nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from cnnshape.vocabularies.vocabulary import LayerType

RULES = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length} values",
    "too_long": "must have at most {max_length} values",
}


def describe(
    kind: LayerType,
    error: ValidationError,
    given: Mapping[str, Any],
    order: list[str],
    supplied: Collection[str | None],
) -> list[Fault]:
    """One fault per pydantic error, at its argument; arguments `supplied` under a misspelt name are not missing."""
    faults = []
    for detail in error.errors(include_url=False):
        argument = str(detail["loc"][0]) if detail["loc"] else None
        if detail["type"] == "missing":
            if argument in supplied:
                continue
            faults.append(Fault("CS104", f"{kind.name} needs {argument}", fix=f"add {argument}=...", argument=None))
        elif argument is None or argument not in given:
            faults.append(Fault("CS105", f"{kind.name}: {rule(detail)}"))
        else:
            told = rule(detail)
            if kind.rank != 1:  # only Conv1D has causal padding
                told = told.replace("'valid', 'same' or 'causal'", "'valid' or 'same'")
            message = f"{kind.name}'s {argument} {told}, got {shown(given[argument])}"
            code = "CS110" if detail["type"] in {"int_from_float"} else "CS105"
            fix = boolean_meant(given[argument], f"write {argument}={{}}") if detail["type"] == "bool_type" else None
            fix = fix or padding_meant(kind, argument, given[argument], order)
            close = word_meant(kind, argument, given[argument]) if detail["type"] == "literal_error" else None
            faults.append(Fault(code, message, fix=fix or did_you_mean(close), argument=argument, replacement=close))
    return sorted(faults, key=lambda fault: order.index(fault.argument) if fault.argument in order else -1)


def word_meant(kind: LayerType, argument: str, value: Any) -> str | None:
    """The word most like the given one, of those that the argument takes."""
    from cnnshape.vocabularies.argument_words import words_for  # which asks the models: for a message alone

    words = [word for word in words_for(kind, argument).choices if word != "causal" or kind.rank == 1]
    return nearest(value, words) if isinstance(value, str) else None


PADDING_WORDS = frozenset({"valid", "same", "causal"})


def padding_meant(kind: LayerType, argument: str, value: Any, order: list[str]) -> str | None:
    """The fix for a padding in the place of another argument, or as a number where Keras takes a word."""
    if argument != "padding" and "padding" in order and isinstance(value, str) and value.lower() in PADDING_WORDS:
        return f'write padding="{value}"'
    amount = value if isinstance(value, int) and not isinstance(value, bool) else 0
    pads = kind.framework == "keras" and "Conv" in kind.name and "Transpose" not in kind.name  # that one would crop
    if argument == "padding" and amount > 0 and pads and kind.rank:
        return f'put ZeroPadding{kind.rank}D({value}) before it, and write padding="valid"'
    return None


def rule(detail: ErrorDetails) -> str:
    """The rule that a pydantic error states, as the end of a sentence."""
    template = RULES.get(detail["type"])
    if template:
        return template.format(**detail.get("ctx", {}))
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def boolean_meant(value: Any, fix: str) -> str | None:
    """The fix for a word or number that stands for true or false elsewhere, with that in place of ``{}``."""
    word = value.lower() if isinstance(value, str) else value
    meant = (
        "true" if word in ("yes", "on", "y", "true", 1) else "false" if word in ("no", "off", "n", "false", 0) else None
    )
    if meant is None:
        return None
    why = f"; YAML 1.2 reads {value} as a text" if word in ("yes", "on", "y", "no", "off", "n") else ""
    return fix.format(meant) + why


LONGEST_VALUE = 200
"""Characters of a value that a message shows."""


def shown(value: Any) -> str:
    """A value as a message shows it: a long list is cut off, and counted."""
    text = written(value)
    if len(text) <= LONGEST_VALUE:
        return text
    count = f" ({len(value)} values)" if isinstance(value, list | tuple) else ""
    return f"{text[:LONGEST_VALUE]}...{count}"


def written(value: Any) -> str:
    """A value as a file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(each) for each in value)}]"
    return "null" if value is None else repr(value)
