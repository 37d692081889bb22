"""What rows of PyTorch take for themselves: live storages of PyTorch 2.14.1, in evaluation mode without gradients."""

from __future__ import annotations

import pytest

import cnnshape

OBSERVED = [
    ("[4, 16, 16]", "MaxPool2d(2)", 7168, 0),
    ("[4, 16]", "MaxPool1d(2)", 640, 0),
    ("[4, 16, 16, 16]", "MaxPool3d(2)", 90112, 0),
    ("[4, 16, 16]", "AdaptiveMaxPool2d(3)", 4528, 0),
    ("[4, 16]", "AdaptiveMaxPool1d(3)", 400, 0),
    ("[4, 16, 16]", "max_pool2d(2)", 7168, 0),
    ("[4, 16, 16]", 'Conv2d(4, 4, 3, padding=1, padding_mode="reflect", bias=False)', 13376, 576),
    ("[4, 16, 16]", 'Conv2d(4, 4, 3, padding=1, padding_mode="circular", bias=False)', 13376, 576),
    ("[4, 16, 16]", 'Conv2d(4, 4, 4, padding="same", bias=False)', 12816, 1024),
    ("[4, 16, 16]", "Conv2d(4, 4, 3, padding=1, bias=False)", 8192, 576),
    ("[16, 16, 64]", "permute((0, 2, 3, 1)); flatten(1)", 131072, 0),
    ("[16, 16, 64]", "permute((0, 2, 3, 1)); flatten(2)", 131072, 0),
    ("[16, 16, 64]", "transpose(2, 3); flatten(1, 1)", 65536, 0),
    ("[16, 16, 64]", "permute((0, 2, 3, 1)); permute((0, 3, 1, 2)); flatten(1)", 65536, 0),
]
"""(input, layers, bytes alive at the peak, bytes of weights, which are no part of them)."""


@pytest.mark.parametrize(("shape", "layers", "peak", "weights"), OBSERVED)
def test_a_peak_holds_what_a_row_takes_for_itself(shape: str, layers: str, peak: int, weights: int) -> None:
    entries = "".join(f"  - {layer}\n" for layer in layers.split("; "))
    totals = cnnshape.plan(text=f"framework: pytorch\ninput: {shape}\nlayers:\n{entries}").totals
    assert totals is not None
    assert (totals.peak_activation_bytes, totals.weight_bytes) == (peak, weights)


def test_what_is_taken_is_named_among_the_tensors_of_the_peak() -> None:
    plan = cnnshape.plan(text="framework: pytorch\ninput: [4, 16, 16]\nlayers:\n  - MaxPool2d(2)\n")
    assert plan.peak_tensors == ("input", "max_pool2d", "max_pool2d: indices")


def test_keras_takes_nothing_of_the_kind() -> None:
    totals = cnnshape.plan(text="input: [16, 16, 4]\nlayers:\n  - MaxPooling2D(2)\n").totals
    assert totals is not None
    assert totals.peak_activation_bytes == 4096 + 1024
