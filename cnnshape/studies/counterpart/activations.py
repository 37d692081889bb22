"""Activations: by name in a Keras layer, as layers of their own in both frameworks."""

from __future__ import annotations

from cnnshape.studies.counterpart.answer import Counterpart

PYTORCH_ACTIVATIONS = {
    "celu": "CELU()", "elu": "ELU()", "gelu": "GELU()", "glu": "GLU(DIM)", "hard_shrink": "Hardshrink()",
    "hard_sigmoid": "Hardsigmoid()", "hard_silu": "Hardswish()", "hard_swish": "Hardswish()", "hard_tanh": "Hardtanh()",
    "leaky_relu": "LeakyReLU(0.2)", "log_sigmoid": "LogSigmoid()", "log_softmax": "LogSoftmax(DIM)", "mish": "Mish()",
    "relu": "ReLU()", "relu6": "ReLU6()", "selu": "SELU()", "sigmoid": "Sigmoid()", "silu": "SiLU()",
    "soft_shrink": "Softshrink()", "softmax": "Softmax(DIM)", "softplus": "Softplus()", "softsign": "Softsign()",
    "swish": "SiLU()", "tanh": "Tanh()", "tanh_shrink": "Tanhshrink()",
}  # fmt: skip
"""Keras's names of activations as PyTorch's layers, with the values that Keras gives their parameters."""


def with_activation(found: Counterpart, activation: str, *, moved: bool) -> Counterpart:
    """PyTorch's layers have no activation of their own: it is a second layer.

    Keras takes a softmax over the last axis; where channels lie there, they lie on axis 1 in PyTorch.
    """
    layer = PYTORCH_ACTIVATIONS.get(activation)
    if layer is not None:
        return found._replace(layer=f"{found.layer}, {layer.replace('DIM', f'dim={1 if moved else -1}')}")
    note = f"PyTorch has no layer for the activation {activation}"
    return found._replace(
        verdict="other shape" if found.verdict == "other shape" else "other values",
        note=f"{found.note}; {note}" if found.note else note,
    )
