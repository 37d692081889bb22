"""Which kernel runs which layer: every word of both vocabularies, by the framework's own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from inspect import signature
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, ForwardError, Kernel
from cnnshape.reference.keras_words import KERAS
from cnnshape.reference.pytorch_words import PYTORCH

NOT_RUN = {
    "keras": {
        "Lambda": "its code is never run",
        "Layer": "it is described, not known",
        "RandomCrop": "in inference Keras leaves the image as it is, whatever shape it states",
        "StackedRNNCells": "it runs in RNN",
    },
    "pytorch": {
        "Layer": "it is described, not known",
        "MultiScaleRoIAlign": "the sizes of the images decide the map of each box, and a plan does not have them",
    },
}
"""Words that the forward pass does not run, and why."""

KERNELS: Mapping[str, Mapping[str, Kernel]] = {"keras": KERAS, "pytorch": PYTORCH}

IGNORED = frozenset(
    {
        *("autocast", "device", "dtype", "flash_attention", "inplace", "name", "process_group", "quantization_config"),
        *("dropout", "momentum", "noise_shape", "recurrent_dropout", "renorm_clipping", "renorm_momentum", "seed"),
        *("init", "init_values", "lora_alpha", "lora_rank", "scale_grad_by_freq", "synchronized", "trainable"),
        *("mask_zero", "n_power_iterations", "power_iterations", "sparse", "sparse_grad", "stable", "stateful"),
        *("unit_forget_bias", "unroll", "use_cudnn"),
        *("in_channels", "in_features", "in1_features", "in2_features", "input_size", "num_channels", "num_features"),
    }
)
IGNORED_ENDINGS = ("_initializer", "_regularizer", "_constraint")
"""Arguments that change nothing in inference; initial values do not, since weights are given or drawn, and how many
channels a layer is said to read does not, since the tensor has them.
"""


def run_layer(
    framework: str,
    kind: str,
    execution: Execution,
    tensors: Sequence[Array],
    arguments: Mapping[str, Any],
    data_format: str = "channels_last",
) -> tuple[Array, ...]:
    """Run one layer.

    Args:
        framework: `keras` or `pytorch`.
        kind: the layer's class, or the function's name.
        execution: takes the weights, and what the kernel counts.
        tensors: the inputs, batch first, in the framework's layout.
        arguments: those of the constructor that are not at their default, by the framework's names.
        data_format: what Keras's layers take where they state none.

    Returns:
        The outputs; a layer with one output returns a tuple of one.

    Raises:
        ForwardError: the reference has no such layer, or the weights do not fit.
    """
    execution.words = partial(run_word, framework, data_format)
    with np.errstate(all="ignore"):  # values at the edge of float32 are the framework's business, and NaN a tool
        outputs = execution.words(execution, kind, *tensors, **arguments)
    execution.check_all_used()
    return outputs if isinstance(outputs, tuple) else (outputs,)


def run_word(
    framework: str, data_format: str, execution: Execution, kind: str, /, *tensors: Array, **arguments: Any
) -> Array | tuple[Array, ...]:
    """What a kernel gives, of the arguments that change it."""
    kernel = KERNELS[framework].get(kind)
    if kind in NOT_RUN[framework]:
        raise ForwardError(f"the reference forward pass does not run {kind}: {NOT_RUN[framework][kind]}")
    if kernel is None:
        raise ForwardError(f"the reference forward pass has no {framework} layer `{kind}`")
    stated = parameters_of(kernel)
    used = {
        name: value
        for name, value in arguments.items()
        if name in stated or (name not in IGNORED and not name.endswith(IGNORED_ENDINGS))
    }
    if data_format != "channels_last" and used.get("data_format") is None and "data_format" in stated:
        used["data_format"] = data_format
    return kernel(execution, *tensors, **used)


@cache
def parameters_of(kernel: Kernel) -> frozenset[str]:
    """The arguments that a kernel states."""
    return frozenset(signature(kernel).parameters)
