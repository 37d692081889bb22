"""Compiling every loop ahead of a run: the first time on a machine it takes seconds, afterwards a moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnshape.reference.execution import Execution, Method
from cnnshape.reference.registry import run_layer

METHODS: tuple[Method, ...] = ("direct", "blocked")

TINY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Conv2D", {"filters": 1, "kernel_size": 1}),
    ("Conv2DTranspose", {"filters": 1, "kernel_size": 1}),
    ("DepthwiseConv2D", {"kernel_size": 1}),
    ("MaxPooling2D", {"pool_size": 1}),
    ("SumPooling2D", {"pool_size": 1}),
    ("Dense", {"units": 1}),
    ("BatchNormalization", {}),
    ("ReLU", {}),
)
"""Layers that together reach every compiled loop."""


def warm_up() -> Iterator[str]:
    """Compile (or load) the loops, one layer after the other; yields the layer that is ready."""
    for layer, arguments in TINY:
        for method in METHODS:
            run_layer("keras", layer, Execution(method=method), [np.ones((1, 2, 2, 2), np.float32)], arguments)
        yield layer
