"""Advice on a planned network: one module a rule, by the name that its code has in the code book, and its page there.

A rule is a pure function `check` of an `AdviceView`; it states its numbers and its threshold in every message, and
stays silent where it does not know. What it finds without asking a size it finds `once`, or is `by_no_size`: all files
that differ in sizes alone are told the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from cnnshape.checks.advice_view import Advice, AdviceView
from cnnshape.diagnostics import CODES

RULES: Mapping[str, Callable[[AdviceView], Iterator[Advice]]] = {
    code: import_module(f"cnnshape.checks.rules.{name.replace('-', '_')}").check
    for code, (name, _) in CODES.items()
    if code.startswith("CS5")
}
"""The rules by code."""
