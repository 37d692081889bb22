"""Budgets of the configuration: promises for whole folders, kept by every file that a pattern covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnshape.checks.configuration import Configuration
from cnnshape.diagnostics import Diagnostic, Position, Span
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, Sequence
from cnnshape.network.expectations import Checker
from cnnshape.network.plan import Plan

TOP = Span(Position(1, 1), Position(1, 1))
"""A budget is about all of a file; CI systems show it at the first line."""


def check_budgets(plan: Plan, configuration: Configuration) -> Iterator[Diagnostic]:
    """A CS401 for each broken budget (CS403 where the number is unknown), naming its pattern and its file."""
    for pattern, promises in configuration.budgets_for(plan.filename):
        checker = Checker(plan, plan.filename)
        for _ in checker.check(to_node(promises)):
            pass  # what counts is in the checker's diagnostics
        for finding in checker.diagnostics:
            origin = f" (budget of {pattern!r} in {configuration.origin})"
            yield replace(finding, message=finding.message + origin)


def to_node(value: Any) -> Node:
    """Settings as the nodes of a document."""
    if isinstance(value, dict):
        return Mapping(tuple((Scalar(str(key), False, TOP), to_node(each)) for key, each in value.items()), TOP)
    if isinstance(value, list):
        return Sequence(tuple(to_node(each) for each in value), TOP)
    return Scalar(str(value), not isinstance(value, str), TOP)
