"""Words of the vocabularies that a framework has no layer of that name for, as the layers that do the same there."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnshape.network.plan import Row
from cnnshape.operations.pooling import Pooling
from cnnshape.translation.calls import Call, call, short


def one_a_sample(rank: int) -> tuple[int | None, ...]:
    """The shape of noise with one value for each sample."""
    return (None, *[1] * (rank - 1))


def summed(row: Row) -> tuple[Call, ...]:
    """A mean times the elements of its window is their sum, where no window reaches into padding."""
    pooling = row.operation
    if not isinstance(pooling, Pooling) or pooling.padding != "valid":
        return ()
    strides = None if pooling.strides == pooling.window else short(pooling.strides)
    mean = call(f"AveragePooling{len(pooling.window)}D", short(pooling.window), strides=strides)
    return (mean, call("ops.multiply", x2=prod(pooling.window)))


def renamed(name: str) -> Callable[[Row], tuple[Call, ...]]:
    """The same under PyTorch's name."""
    return lambda row: (call(name, **row.arguments),)


OWN: dict[str, dict[str, Callable[[Row], tuple[Call, ...]]]] = {
    "keras": {
        "StochasticDepth": lambda row: (
            call("Dropout", row.arguments["drop_path_rate"], noise_shape=one_a_sample(len(row.input_shapes[0] or ()))),
        ),
        **dict.fromkeys(("SumPooling1D", "SumPooling2D", "SumPooling3D"), summed),
    },
    "pytorch": {
        "BatchNormAct2d": lambda row: (),
        "HardSigmoid": renamed("Hardsigmoid"),
        "HardSwish": renamed("Hardswish"),
        "Mlp": lambda row: (),
        "RmsNorm": lambda row: (),
        "SelectAdaptivePool2d": lambda row: (),
    },
}
"""By framework and word; no layers where there are none that do the same."""
