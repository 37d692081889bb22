"""A whole network, run: its values, its weights, and what is kept."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import cnnshape
from cnnshape.reference.execution import ForwardError
from cnnshape.reference.run import steps

NETWORK = """
name: branches
input: [8, 8, 2]
layers:
  - stem = Conv2D(4, 3, padding="same", use_bias=False)
  - BatchNormalization
  - main = Activation("relu")
  - left = MaxPooling2D(2)(main)
  - right = AveragePooling2D(2)(main)
  - Add()(left, right)
  - Flatten
  - Dense(3)
"""


def plan(text: str = NETWORK, **settings):
    return cnnshape.plan(text=text, **settings)


def test_a_hand_made_network_gives_the_values_worked_out_by_hand() -> None:
    network = plan(
        '{input: [2, 2, 1], layers: ["a = Conv2D(1, 1)", "b = MaxPooling2D(2)(a)", '
        '"c = AveragePooling2D(2)(a)", "d = Subtract()(b, c)"]}'
    )
    values = np.array([[1, 2], [3, 10]], np.float32).reshape(1, 2, 2, 1)
    kernel, bias = np.full((1, 1, 1, 1), 2.0), np.array([1.0])
    run = cnnshape.forward(network, {"input": values}, weights={"a": [kernel, bias]})
    assert run["a"].ravel().tolist() == [3, 5, 7, 21]
    assert run["b"].ravel().tolist() == [21]
    assert run["c"].ravel().tolist() == [9]
    assert run["d"].ravel().tolist() == [12]


def test_every_row_is_kept_and_its_own_whatever_later_rows_write_over() -> None:
    """Rows write over what nobody reads any more; not over what the caller is promised."""
    network = plan()
    whole = cnnshape.forward(network, seed=3)
    assert list(whole) == [row.name for row in network.layers]
    for row in network.layers:
        alone = cnnshape.forward(network, seed=3, keep=[row.name])
        np.testing.assert_array_equal(alone[row.name], whole[row.name])
    assert (whole["batch_normalization"] < 0).any()
    assert (whole["main"] >= 0).all()


def test_the_callers_input_is_left_as_it_was() -> None:
    network = plan("{input: [4, 4, 1], layers: [ReLU, BatchNormalization]}")
    values = np.linspace(-1, 1, 16, dtype=np.float32).reshape(1, 4, 4, 1)
    before = values.copy()
    cnnshape.forward(network, {"input": values}, keep=[])
    np.testing.assert_array_equal(values, before)


def test_a_view_of_what_is_read_later_is_not_written_over() -> None:
    network = plan(
        """
input: [4, 4, 2]
layers:
  - a = Conv2D(2, 1)
  - flat = Flatten()(a)
  - b = ReLU()(flat)
  - c = GlobalMaxPooling2D()(a)
  - d = Concatenate()(b, c)
"""
    )
    kept, thrifty = cnnshape.forward(network), cnnshape.forward(network, keep=[])
    np.testing.assert_array_equal(kept["d"], thrifty["d"])


def test_values_are_let_go_after_their_last_reader() -> None:
    network = plan("{input: [8, 8, 2], layers: ['Conv2D(2, 3)', 'Conv2D(2, 3)', 'Conv2D(2, 3)']}")
    walk = steps(network)
    first = next(walk).outputs[0]
    watched = weakref.ref(first if first.base is None else first.base)
    del first
    next(walk)
    next(walk)
    gc.collect()
    assert watched() is None


def test_outputs_are_kept_even_where_nothing_else_is() -> None:
    network = plan()
    run = cnnshape.forward(network, keep=[])
    assert list(run) == ["dense"]
    assert len(run) == 1
    with pytest.raises(KeyError, match="the values of 'stem' were not kept"):
        run["stem"]


def test_a_shared_layer_uses_the_weights_of_the_first() -> None:
    network = plan("{input: [4, 4, 2], layers: ['a = Conv2D(2, 1)', 'b = Shared(a)(input)', 'c = Subtract()(a, b)']}")
    run = cnnshape.forward(network)
    assert not run["c"].any()
    assert run.executions["b"].parameters == run.executions["a"].parameters == 6


def test_several_outputs_are_named_as_the_file_names_them() -> None:
    network = plan(
        "{framework: pytorch, input: [5, 4, 4], layers: "
        '["left, right = chunk(2, dim=1)(input)", "cat(dim=1)(right, left)"]}'
    )
    values = np.arange(80, dtype=np.float32).reshape(1, 5, 4, 4)
    run = cnnshape.forward(network, {"input": values})
    np.testing.assert_array_equal(run["left"], values[:, :3])
    np.testing.assert_array_equal(run["right"], values[:, 3:])
    np.testing.assert_array_equal(run["cat"], np.concatenate([values[:, 3:], values[:, :3]], 1))


def test_a_files_data_format_reaches_every_layer() -> None:
    last = plan("{input: [6, 5, 2], layers: ['Conv2D(3, 2, strides=2)', 'MaxPooling2D(2)']}")
    first = plan(
        "{data_format: channels_first, input: [2, 6, 5], layers: ['Conv2D(3, 2, strides=2)', 'MaxPooling2D(2)']}"
    )
    values = np.random.default_rng(5).normal(size=(2, 6, 5, 2)).astype(np.float32)
    expected = cnnshape.forward(last, {"input": values})
    found = cnnshape.forward(first, {"input": np.moveaxis(values, -1, 1)})
    for name in expected:
        np.testing.assert_allclose(np.moveaxis(found[name], 1, -1), expected[name], rtol=1e-5)


def test_any_batch_will_do() -> None:
    network = plan()
    run = cnnshape.forward(network, {"input": np.zeros((5, 8, 8, 2))})
    assert run["dense"].shape == (5, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": {"input": np.zeros((1, 8, 9, 2))}}, "input `input` needs shape 1x8x8x2, given 1x8x9x2"),
        ({"inputs": {"input": np.zeros((8, 8, 2))}}, "input `input` needs shape 1x8x8x2, given 8x8x2"),
        ({"inputs": {"inptu": np.zeros((1, 8, 8, 2))}}, "no input is named `inptu`; did you mean `input`?"),
        ({"weights": {"stm": []}}, "no row with weights is named `stm`; did you mean `stem`?"),
        ({"weights": {"stem": []}}, "`stem` needs `kernel` as weight 1, given 0"),
        (
            {"weights": {"stem": [np.zeros((3, 3, 4, 2))]}},
            "`stem` needs `kernel` of shape (3, 3, 2, 4), given (3, 3, 4, 2)",
        ),
        ({"keep": ["mian"]}, "no row to keep is named `mian`; did you mean `main`?"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message) -> None:
    with pytest.raises(ForwardError) as refused:
        cnnshape.forward(plan(), **arguments)
    assert str(refused.value) == message


def test_unknown_sizes_need_values() -> None:
    network = plan("{input: [null, null, 3], layers: ['Conv2D(2, 3)']}")
    with pytest.raises(
        ForwardError,
        match=r"^input `input` of shape 1x\?x\?x3 has unknown sizes: state them \(--input, --batch\), or give its values$",
    ):
        cnnshape.forward(network)
    assert cnnshape.forward(network, {"input": np.zeros((1, 5, 6, 3))})["conv2d"].shape == (1, 3, 4, 2)


def test_loops_and_matrix_products_agree_on_a_network() -> None:
    from cnnshape.reference.run import forward

    network = plan()
    direct, blocked = (forward(network, method=method) for method in ("direct", "blocked"))
    for name in direct:
        np.testing.assert_allclose(direct[name], blocked[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "layer",
    ["InstanceNorm2d(4)", "GroupNorm(4, 4, affine=False)", "LayerNorm([20, 56], elementwise_affine=False)"],
)
def test_a_map_that_varies_little_about_a_large_mean_is_normalized_to_the_last_digits(layer: str) -> None:
    # a convolution's map lies in memory as its kernel writes it, whose sums NumPy does not take in pairs
    plan = cnnshape.plan({"framework": "pytorch", "input": [4, 20, 56], "layers": ["c = Conv2d(4, 4, 1)", layer]})
    given = (0.013 * np.random.default_rng(5).standard_normal((1, 4, 20, 56))).astype(np.float32)
    weights = {"c": [np.eye(4, dtype=np.float32).reshape(4, 4, 1, 1), np.full(4, 0.83, np.float32)]}
    run = cnnshape.forward(plan, {"input": given}, weights=weights)
    moved = run["c"].astype(np.float64)
    centred = moved - moved.mean((2, 3), keepdims=True)
    right = centred / np.sqrt(np.square(centred).mean((2, 3), keepdims=True) + 1e-5)
    found = run[plan.layers[1].name]
    assert np.abs(found - right).max() < 1e-5  # as PyTorch comes within 3e-6; sums in float32 lose some 1e-4
