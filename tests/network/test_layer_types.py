"""One dtype a layer: what it makes and what its weights are kept in follow; Keras's policies and PyTorch's types."""

from __future__ import annotations

import pytest

import cnnshape

PLANS = {
    "half a layer": ("keras", ["Dense(8, dtype='float16')"], [16], 4 * 8 * 2 + 8 * 2),
    "mixed precision keeps weights in full": ("keras", ["Dense(8, dtype='mixed_float16')"], [16], 4 * (4 * 8 + 8)),
    "a function keeps the type": ("keras", ["Dense(8, dtype='bfloat16')", "ops.relu"], [16, 16], 2 * (4 * 8 + 8)),
    "a layer of Keras casts back": ("keras", ["Dense(8, dtype='float16')", "ReLU()"], [16, 32], 2 * (4 * 8 + 8)),
    "a cast": ("keras", ["ops.cast('float16')"], [8], 0),
    "a module without weights keeps the type": (
        "pytorch",
        ["Linear(4, 8, dtype=torch.float16)", "ReLU()"],
        [16, 16],
        2 * (4 * 8 + 8),
    ),
    "kernels of bytes, biases in full": ("pytorch", ["Linear(4, 8, dtype=torch.int8)"], [32], 4 * 8 + 4 * 8),
    "binary weights": ("keras", ["Dense(8, dtype='int1', use_bias=False)"], [32], 4),
    "the network's own type": ("pytorch", ["Linear(4, 8, dtype=torch.float32)"], [32], 4 * (4 * 8 + 8)),
}


@pytest.mark.parametrize(("framework", "layers", "outputs", "weights"), PLANS.values(), ids=PLANS)
def test_bytes_follow_the_type_of_a_layer(framework: str, layers: list[str], outputs: list[int], weights: int) -> None:
    plan = cnnshape.plan({"framework": framework, "input": [4], "layers": layers})
    assert [row.output_bytes for row in plan.layers] == outputs
    assert plan.totals is not None
    assert plan.totals.weight_bytes == weights


def test_there_is_no_such_type() -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan({"input": [4], "layers": ["Dense(8, dtype='float17')"]})
    (finding,) = caught.value.diagnostics
    assert finding.code == "CS105"
    assert finding.message.startswith("Dense's dtype has no type 'float17'")


@pytest.mark.parametrize("layer", ["matmul()", "bmm()", "where()", "cdist()"])
def test_a_function_that_lacks_a_tensor_is_refused_before_it_has_a_type(layer: str) -> None:
    text = f"framework: pytorch\ninput: [2, 12, 12]\nlayers:\n  - {layer}\n"
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(text=text)
    assert [finding.code for finding in caught.value.diagnostics] == ["CS203"]
