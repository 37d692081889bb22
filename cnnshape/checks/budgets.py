"""Budgets of the configuration: promises for whole folders, kept by every file that a pattern covers, and by some."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Sequence as AbstractSequence
from typing import Any

from cnnshape.checks.configuration import Configuration, matches
from cnnshape.diagnostics import Diagnostic, Position, Source, Span, did_you_mean
from cnnshape.diagnostics.nodes import from_data
from cnnshape.network.expectations import Checker
from cnnshape.network.plan import Plan
from cnnshape.readers.files import is_zoo, read_bytes
from cnnshape.spelling import nearest
from cnnshape.value import replace

TOP = Span(Position(1, 1), Position(1, 1))
"""A budget is about all of a file; CI systems show it at the first line."""


def check_budgets(plan: Plan, configuration: Configuration) -> Iterator[Diagnostic]:
    """A CS401 for each broken budget (CS403 where the number is unknown), naming its pattern and its file."""
    for pattern, promises in configuration.budgets_for(plan.filename):
        yield from broken_promises(plan, promises, f"budget of {pattern!r} in {configuration.origin}")


def check_model(plan: Plan, file: str, configuration: Configuration) -> Iterator[Diagnostic]:
    """A CS401 for each broken promise that the configuration has for a network in Python source."""
    _, promises = configuration.model(file)
    yield from broken_promises(plan, promises, f"models of {configuration.origin}")


def broken_promises(plan: Plan, promises: dict[str, Any] | Any, origin: str) -> Iterator[Diagnostic]:
    """A CS401 for each promise that a plan breaks, with where it stands."""
    if promises:
        checker = Checker(plan, plan.filename)
        for _ in checker.check(from_data(promises)):
            pass  # what counts is in the checker's diagnostics
        for finding in checker.diagnostics:
            yield replace(finding, span=TOP, message=f"{finding.message} ({origin})")


def unkept_patterns(
    configuration: Configuration, paths: AbstractSequence[str], files: AbstractSequence[str]
) -> Iterator[tuple[Diagnostic, Source]]:
    """A CS404 for each pattern of `budgets` or `include` that no file has, with the text of the configuration.

    A pattern is judged where all that it may cover was looked for: where a folder of `paths` holds its fixed part.

    Args:
        configuration: has the patterns.
        paths: what was asked to be checked.
        files: what was found there.
    """
    if not configuration.budgets and not configuration.include:
        return
    names = [configuration.relative(file) for file in files if file != "-" and not is_zoo(file)]
    folders = [os.path.abspath(path) for path in paths if path != "-" and os.path.isdir(path)]
    for setting, patterns in (
        ("budgets", [pattern for pattern, _ in configuration.budgets]),
        ("include", configuration.include),
    ):
        for pattern in patterns:
            place = os.path.abspath(os.path.join(configuration.root, fixed_part(pattern)))
            looked_for = any(place == folder or place.startswith(os.path.join(folder, "")) for folder in folders)
            if not looked_for or any(matches(name, pattern) for name in names):
                continue
            origin = configuration.origin or ""
            source = Source(origin, read_bytes(origin).decode("utf-8-sig", errors="replace"))
            close = nearest(pattern, [*names, *{f"{name.rpartition('/')[0]}/*" for name in names if "/" in name}])
            finding = Diagnostic(
                "CS404",
                f"the pattern {pattern!r} of {setting} covers no architecture file, so nothing is held to it",
                source.filename,
                span_of(pattern, setting, source.text),
                fix=did_you_mean(close, "patterns are relative to the configuration's folder"),
            )
            yield finding, source


def fixed_part(pattern: str) -> str:
    """The folder below which everything lies that a pattern can cover; empty where that is anywhere."""
    head = re.split(r"[*?\[]", pattern.removeprefix("./"), maxsplit=1)[0]
    return head.rpartition("/")[0]


def span_of(pattern: str, setting: str, text: str) -> Span | None:
    """Where a pattern stands in the text of a configuration, behind the setting; None where it is escaped."""
    begin = text.find(pattern, text.find(setting))
    if begin < 0:
        return None
    row, column = text.count("\n", 0, begin) + 1, begin - text.rfind("\n", 0, begin)
    return Span(Position(row, column), Position(row, column + len(pattern)))
