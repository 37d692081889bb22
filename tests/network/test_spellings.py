"""A call, its mapping spelling and a positional list mean the same, whatever the layer and its arguments."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnshape.api import UsageError, examine

PAIRS = st.one_of(st.integers(1, 4), st.lists(st.integers(1, 4), min_size=2, max_size=2))
LAYERS = st.one_of(
    st.tuples(
        st.just("Conv2D"),
        st.fixed_dictionaries(
            {"filters": st.integers(1, 8), "kernel_size": PAIRS},
            optional={
                "strides": PAIRS,
                "padding": st.sampled_from(["valid", "same"]),
                "dilation_rate": PAIRS,
                "groups": st.integers(1, 3),
                "use_bias": st.booleans(),
                "activation": st.sampled_from(["relu", "softmax", None]),
            },
        ),
    ),
    st.tuples(
        st.just("MaxPooling2D"),
        st.fixed_dictionaries(
            {"pool_size": PAIRS}, optional={"strides": PAIRS, "padding": st.sampled_from(["valid", "same"])}
        ),
    ),
    st.tuples(st.just("ZeroPadding2D"), st.fixed_dictionaries({"padding": PAIRS})),
    st.tuples(
        st.just("Dense"), st.fixed_dictionaries({"units": st.integers(1, 9)}, optional={"use_bias": st.booleans()})
    ),
    st.tuples(st.just("Dropout"), st.fixed_dictionaries({"rate": st.sampled_from([0.0, 0.25, 0.5])})),
)


def outcome(layers: list[Any]) -> dict[str, Any]:
    plan = examine({"input": [12, 13, 6], "layers": layers}).to_dict()
    for row in plan["layers"]:
        del row["line"], row["column"]
    plan["diagnostics"] = [(each["code"], each["message"], each["layer"]) for each in plan["diagnostics"]]
    return plan


@settings(max_examples=150)
@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_call_and_mapping_agree(layers: list[tuple[str, dict[str, Any]]]) -> None:
    calls = [
        f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})" for name, arguments in layers
    ]
    mappings = [{name: arguments} for name, arguments in layers]
    assert outcome(calls) == outcome(mappings)


@settings(max_examples=60)
@given(st.integers(1, 8), PAIRS, PAIRS)
def test_positional_arguments_agree_in_both_spellings(filters: int, kernel: Any, strides: Any) -> None:
    call = f"Conv2D({filters}, {kernel}, {strides})"
    assert outcome([call]) == outcome([{"Conv2D": [filters, kernel, strides]}])


def test_infinity_agrees_in_a_dictionary_and_in_yaml() -> None:
    text = "framework: pytorch\ninput: [3, 8, 8]\nlayers:\n  - ConstantPad2d: {padding: 1, value: -.inf}\n"
    layers = [{"ConstantPad2d": {"padding": 1, "value": float("-inf")}}]
    same = examine({"framework": "pytorch", "input": [3, 8, 8], "about": {"note": '"-Infinity"'}, "layers": layers})
    assert examine(text=text).layers[0].arguments == same.layers[0].arguments == {"padding": (1,) * 4, "value": -inf}


def test_what_is_wrong_with_a_dictionary_has_no_line_and_names_its_layer_or_entry() -> None:
    plan = examine(
        {
            "input": [9, 9, 3],
            "blocks": {"stem(f)": ["Conv2D(f, 3)", "MaxPooling2D(8)"]},
            "layers": [
                "Conv2D(4, 3",
                {"Conv2D": {"filters": "many", "kernel_size": 3}},
                {"repeat": 3, "layers": ["Conv2D(width, 3)"]},
                "stem(4)",
            ],
        }
    )
    assert all(finding.span is None and not finding.used_at and not finding.edits for finding in plan.diagnostics)
    assert [(finding.filename, finding.layer, finding.code) for finding in plan.diagnostics] == [
        ("<dict>", "layers[0]", "CS012"),
        ("<dict>", "conv2d", "CS105"),
        ("<dict>", "conv2d_1", "CS112"),
    ]
    assert [row.line for row in plan.layers] == [None] * len(plan.layers)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"input": [object()]}, "object is no value of a file"),
        ({1: 2, "1": 3}, "two of its keys have the same text"),
    ],
)
def test_what_no_file_can_say_is_refused(file: dict[Any, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"the dictionary cannot be read: {message}"):
        examine(file)


def test_a_dictionary_that_holds_itself_is_refused() -> None:
    file: dict[str, Any] = {"layers": []}
    file["layers"].append(file)
    with pytest.raises(UsageError, match="nested more than 64 levels deep"):
        examine(file)
