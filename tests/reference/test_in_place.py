"""Layers that work in place: whoever reads their input afterwards gets what they wrote. Observed in PyTorch 2.14.1."""

from __future__ import annotations

import numpy as np
import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.checks.advice_view import AdviceView
from cnnshape.checks.rules import RULES

X = [-1.0, 2.0, -3.0, 4.0]

OBSERVED = {
    "x read again": ("- x = Identity\n- y = ReLU(inplace=True)\n- add()(x, y)", [0, 4, 0, 8]),
    "x read before": ("- x = Identity\n- z = mul()(x, x)\n- y = ReLU(inplace=True)(x)\n- add()(z, y)", [1, 6, 9, 20]),
    "a view of x read again": (
        "- x = Identity\n- v = reshape((-1, 2, 2))\n- y = ReLU(inplace=True)(x)\n- w = flatten(1)(v)\n- add()(w, y)",
        [0, 4, 0, 8],
    ),
    "x is read through a copy": (
        "- x = Identity\n- c = mul()(x, x)\n- y = ReLU(inplace=True)(c)\n- add()(x, y)",
        [0, 6, 6, 20],
    ),
    "an input read again": ("- y = ReLU(inplace=True)(input)\n- add()(input, y)", [0, 4, 0, 8]),
    "what was made in place, overwritten through x": (
        "- x = Identity\n- y = Hardtanh(-2, 3, inplace=True)(x)\n- z = ReLU(inplace=True)(x)\n- add()(y, z)",
        [0, 4, 0, 6],
    ),
}


RETURNED = {
    "a view that is returned": (
        "- x = mul()(input, input)\n- v = reshape((-1, 2, 2))\n- last = ReLU6(inplace=True)(x)",
        "v",
    ),
    "what a view overwrites is returned": (
        "- v = mul()(input, input)\n- w = flatten(1)\n- last = ReLU6(inplace=True)(w)",
        "v",
    ),
}


@pytest.mark.parametrize("case", RETURNED)
def test_an_output_that_is_overwritten_later_has_what_was_written(case: str) -> None:
    layers, output = RETURNED[case]
    text = f"framework: pytorch\ninput: [4]\nlayers:\n{layers}\noutputs: [{output}, last]\n"
    values = cnnshape.forward(cnnshape.plan(text=text), {"input": np.array([X], np.float32)})
    np.testing.assert_array_equal(values[output].reshape(1, 4), [[1, 4, 6, 6]])


@pytest.mark.parametrize("case", OBSERVED)
def test_values_of_layers_in_place(case: str) -> None:
    layers, expected = OBSERVED[case]
    given = np.array([X], np.float32)
    plan = cnnshape.plan(text=f"framework: pytorch\ninput: [4]\nlayers:\n{layers}\n")
    (name,) = plan.outputs
    np.testing.assert_array_equal(cnnshape.forward(plan, {"input": given})[name], [expected])
    np.testing.assert_array_equal(given, [X])


ADVISED = OBSERVED.keys() - {"x read before", "x is read through a copy"}


@pytest.mark.parametrize("case", OBSERVED)
def test_an_advice_names_what_is_overwritten_before_it_is_read(case: str) -> None:
    plan = examine(text=f"framework: pytorch\ninput: [4]\nlayers:\n{OBSERVED[case][0]}\n")
    findings = list(RULES["CS519"](AdviceView(plan)))
    assert bool(findings) == (case in ADVISED)
