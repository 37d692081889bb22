"""Expressions mean what Python means, within bounds, and nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnshape.arithmetic.sizes import Shape
from cnnshape.readers.yaml.expressions import compile_expression
from cnnshape.readers.yaml.functions import round_to
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.spelling import nearest


class Scope:
    """Variables and one tensor, `x`, of 8 x ? x 3."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def shape(self, name: str) -> Shape:
        return (8, None, 3)

    def channels(self, name: str) -> int | None:
        return 3

    def is_tensor(self, name: str) -> bool:
        return name == "x"

    def nearest(self, name: str) -> str | None:
        return nearest(name, self.values)

    def spend(self, elements: int) -> None:
        pass


def evaluate(text: str, **values: Any) -> Any:
    return compile_expression(text).evaluate(Scope(values))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4 * f", 64),
        ("f // 3", 5),
        ("f / 4", 4.0),
        ("2 ** 10", 1024),
        ("-f + 1", -15),
        ("7 % 4", 3),
        ("1 if f > 3 else 2", 1),
        ("f in [1, 16]", True),
        ("not f", False),
        ("f and 0 or 5", 5),
        ("1 < f <= 16", True),
        ("[f, 2][1]", 2),
        ("'same' if f == 16 else 'valid'", "same"),
        ("max(1, int(f * 0.25))", 4),
        ("min([3, 1, 2])", 1),
        ("sum(range(4))", 6),
        ("enumerate([5, 6])", [[0, 5], [1, 6]]),
        ("zip([1, 2], [3, 4])", [[1, 3], [2, 4]]),
        ("len([1, 2, 3])", 3),
        ("ceil(2.1)", 3),
        ("floor(2.9)", 2),
        ("round(2.5)", 2),
        ("abs(-3)", 3),
        ("round_to(32 * 0.35, 8)", 16),
        ("channels(x)", 3),
        ("shape(x)[0]", 8),
        ("shape(x)[1] is None", True),
        ("shape(x)[1:]", [None, 3]),
        ("[1, 2, 3, 4][-1::-f // 8]", [4, 2]),
        ("'same'[:2]", "sa"),
        ("((1, 2), 3)", [[1, 2], 3]),
        ("True", True),
        ("true", True),
        ("None", None),
    ],
)
def test_expressions_are_pythons(text: str, value: object) -> None:
    assert evaluate(text, f=16) == value


@pytest.mark.parametrize(
    ("text", "code", "column", "message"),
    [
        ("().__class__", "CS111", 0, "an attribute (a dot) cannot be used in an architecture file"),
        ("[i for i in x]", "CS111", 0, "a comprehension cannot be used in an architecture file"),
        ("lambda: 1", "CS111", 0, "lambda cannot be used in an architecture file"),
        ("f'{x}'", "CS111", 0, "an f-string cannot be used in an architecture file"),
        ("[1, 2][::0]", "CS109", 0, "`[1, 2][::0]` cannot be computed: a slice goes by steps of 0"),
        ("[1, 2][0.5:]", "CS109", 0, "`[1, 2][0.5:]` cannot be computed with a number as the limit of a slice"),
        ("3[1:]", "CS109", 0, "`3[1:]` cannot be computed with a slice: a whole number has no elements"),
        ("(y := 3)", "CS111", 1, ":= cannot be used in an architecture file"),
        ("b'x'", "CS111", 0, "b'x' cannot be used in an architecture file"),
        ("9**9**9**9", "CS115", None, None),
        ("2 ** 63", "CS115", 0, "`2 ** 63` is not below 2**63"),
        ("99999999999999999999", "CS115", 0, "integers have to stay below 2**63"),
        ("[0] * 10000000", "CS115", 0, "more than 1,000,000 elements"),
        ("'a' * 10000000", "CS115", 0, "more than 1,000,000 elements"),
        ("range(10 ** 12)", "CS109", 0, "`range(10 ** 12)` cannot be computed: more than 1,000,000 elements"),
        ("1 / 0", "CS109", 0, "`1 / 0` divides by zero"),
        ("1 + 'a'", "CS109", 0, "`1 + 'a'` cannot be computed with a whole number and a string"),
        ("[1][5]", "CS109", 0, "`[1][5]`: the index lies outside the list"),
        ("len(3)", "CS109", 0, "`len(3)` cannot be computed with a whole number, where a list is needed"),
        ("enumerate(3)", "CS109", 0, "`enumerate(3)` cannot be computed with a whole number, where a list is needed"),
        ("1 in 3", "CS109", 0, "`1 in 3` cannot be computed with a whole number, where a list is needed"),
        ("abs(1, 2)", "CS109", 0, "abs(...) takes 1 argument, got 2"),
        ("round(1, 2, 3)", "CS109", 0, "round(...) takes 1 to 2 arguments, got 3"),
        ("max()", "CS109", 0, "max(...) takes at least 1 argument, got 0"),
        ("[1] < 2", "CS109", 0, "`[1] < 2` cannot be computed with values of these kinds"),
        ("2.0 ** 4000", "CS109", 0, "`2.0 ** 4000` cannot be computed: the number is too large"),
        ("shape(x)[1] * 2", "CS312", 0, "`shape(x)[1] * 2` computes with a size that is not known"),
        ("x + 1", "CS205", 0, "'x' is a tensor, not a value"),
        ("filers", "CS112", 0, "there is no variable 'filers' here"),
        ("1 +", "CS107", None, None),
        ("(1", "CS012", 0, "this `(` is never closed: `)` is missing"),
        ("1)(2", "CS107", 1, "this `)` closes no bracket"),
        ("(" * 60 + ")" * 60, "CS107", 50, "brackets nested more than 50 deep"),
        ("not " * 200 + "1", "CS107", None, None),
        ("-" * 4000 + "1", "CS107", None, None),
        ("1+" * 3000 + "1", "CS107", None, None),
        ("", "CS107", None, None),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_place(
    text: str, code: str, column: int | None, message: str | None
) -> None:
    with pytest.raises(ExpressionFault) as caught:
        evaluate(text, filters=3)
    fault = caught.value
    assert fault.code == code
    if message:
        assert fault.message == message
    if column is not None:
        assert fault.extent is not None
        assert fault.extent.column == column


def test_columns_count_code_points_where_ast_counts_bytes() -> None:
    with pytest.raises(ExpressionFault) as caught:
        evaluate("'äöü' + 1 / 0")
    assert caught.value.extent is not None
    assert caught.value.extent.column == 8


@pytest.mark.parametrize(
    ("value", "divisor", "rounded"),
    [(32 * 0.35, 8, 16), (24 * 0.35, 8, 8), (16 * 1.2, 8, 24), (1280 * 1.1, 8, 1408), (3, 8, 8), (32 * 2.0, 8, 64)],
)
def test_channels_round_as_mobilenet_does(value: float, divisor: int, rounded: int) -> None:
    assert round_to(value, divisor) == rounded


@given(st.integers(-50, 50), st.integers(-50, 50), st.sampled_from(["+", "-", "*", "//", "%", "<", "==", ">="]))
def test_arithmetic_agrees_with_python(left: int, right: int, operator: str) -> None:
    if operator in ("//", "%") and right == 0:
        return
    assert evaluate(f"a {operator} b", a=left, b=right) == eval(f"{left} {operator} ({right})")


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionFault as fault:
        assert fault.message
        return
    try:
        expression.evaluate(Scope({}))
    except ExpressionFault as fault:
        assert fault.message
