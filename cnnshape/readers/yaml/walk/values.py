"""What the expressions of entries give while a program runs: values, counts, truths, and names of tensors."""

from __future__ import annotations

from math import isfinite
from typing import Any

from cnnshape.diagnostics import Fault, Span
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.environments import Environment
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.paths import indexed
from cnnshape.readers.yaml.placeholders import FAILED_VALUE, FailedTensor
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.walk.findings import report
from cnnshape.readers.yaml.walk.frames import Frame
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.steps import MOST_STEPS, refuse_steps


def value_of(expression: Expression, environment: Environment, span: Span | None) -> Any:
    """The value of an expression. Raises `Fault` with a place, `span` where it has none, or `FailedTensor`."""
    try:
        return expression.evaluate(environment)
    except Fault as fault:
        fault.span = fault.span or span
        raise
    except RecursionError:
        raise Fault("CS107", "the expression is nested too deep", span=span) from None


def variable_value(
    run: Run, where: Frame | Program, expression: Expression, span: Span | None, environment: Environment
) -> Any:
    """The value of a variable that stands there; one that has none is reported, and fails whoever reads it."""
    try:
        return value_of(expression, environment, span)
    except (Fault, FailedTensor) as failure:
        report(run, where, failure, span)
    return FAILED_VALUE


def repeat_count(run: Run, expression: Expression, frame: Frame, span: Span | None) -> int:
    """How often something is repeated. Raises as `value_of`, and `TooManyRows`."""
    count = value_of(expression, frame, span)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if isinstance(count, bool) or not isinstance(count, int):
        fix = f"use int({count}) or round({count})" if isinstance(count, float) and isfinite(count) else None
        raise Fault("CS110", f"a repetition has to be a whole number, got {count!r}", fix=fix, span=span)
    if count < 0:
        raise Fault("CS105", f"a repetition has to be at least 0, got {count}", span=span)
    if run.steps + count > MOST_STEPS:
        refuse_steps(run, frame, span)
    return count


def truth(word: str, expression: Expression, frame: Frame, span: Span | None) -> bool:
    """The value of `trainable` or `checkpoint`: true or false, not a word that YAML 1.2 takes for a text."""
    value = value_of(expression, frame, span)
    if not isinstance(value, bool):
        from cnnshape.vocabularies.messages import boolean_meant, written  # only where it is wrong

        message = f"{word} has to be true or false, got {written(value)}"
        raise Fault("CS105", message, fix=boolean_meant(value, f"write {word}={{}}"), span=span)
    return value


def reference_name(reference: Reference, frame: Frame) -> str:
    """The name that a reference stands for now. Raises `Fault` where an index has no value."""
    if len(reference.steps) == 1:
        return element_name(*reference.steps[0], frame)
    return "/".join(element_name(name, index, frame) for name, index in reference.steps)


def element_name(name: str, index: Expression | None, frame: Frame) -> str:
    """``x``, or ``skip[2]`` for ``skip[i]``. Raises `Fault` where the index has no value."""
    if index is None:
        return name
    found = indexed(name, index.evaluate(frame))
    if frame.done is not None:
        frame.done.append(found)
    return found
