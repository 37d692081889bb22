"""The types that layers compute in and keep their weights in, by Keras's dtype policies."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.dtypes import ELEMENT_BITS
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight
from cnnshape.readers.keras.config import LayerConfig
from cnnshape.readers.keras.layers import UnknownLayerError

INDICES = frozenset({"argmax", "argmin", "argsort", "count_nonzero", "nonzero", "searchsorted", "shape"})
"""Functions that give int32."""

TRUTHS = frozenset(
    (
        *("all", "any", "equal", "greater", "greater_equal", "is_nan", "isfinite", "isinf", "isnan", "less"),
        *("less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal"),
    )
)
"""Functions that give booleans."""


def policy_of(dtype: Any) -> str:
    """The name of a policy: as a text, as an object, or the default of a map of them; empty where none is stated."""
    while isinstance(dtype, dict):
        config = dtype.get("config")
        if not isinstance(config, dict):
            return ""
        dtype = config.get("default_policy", config.get("source_name", config.get("name")))
    return dtype.rpartition("_from_")[2] if isinstance(dtype, str) else ""


def computed_in(layer: LayerConfig) -> str | None:
    """The type of what a layer makes; None where it is that of a network that says nothing of it."""
    return known(policy_of(layer.config.get("dtype")).removeprefix("mixed_"))


def kept_in(layer: LayerConfig) -> str | None:
    """The type of a layer's weights: mixed precision keeps them in float32."""
    policy = policy_of(layer.config.get("dtype"))
    return "float32" if policy.startswith("mixed_") else known(policy)


def mode_of(layer: LayerConfig) -> Any:
    """How a layer is quantized."""
    match layer.config.get("dtype"):
        case {"config": {"mode": mode}}:
            return mode
    return None


def kernel_of(layer: Lowered, inputs: Iterable[Tensor]) -> Weight | None:
    """The weight that is adapted; None where the inputs have no shapes, or none that fit."""
    shapes = tuple([tensor.shape for tensor in inputs if tensor.shape is not None])
    with suppress(Fault):
        return next((weight for weight in layer.answer(shapes).result.weights if weight.name in KERNELS), None)
    return None


def more_weights(layer: LayerConfig, kernel: Weight | None) -> tuple[tuple[Weight, ...], str | None]:
    """What a layer keeps besides its own weights, and the type of its kernel where that is quantized.

    Either leaves the kernel untrained. Source: Keras 3.15.1, `enable_lora` and `_int8_build` of Dense and Embedding.
    Raises `UnknownLayerError` where nothing is known of how it is quantized.
    """
    more: list[Weight] = []
    rank, mode = layer.config.get("lora_rank"), mode_of(layer)
    if isinstance(rank, int) and rank > 0 and kernel:
        shapes = (*kernel.shape[:-1], rank), (rank, kernel.shape[-1])
        more += [Weight(f"lora_kernel_{name}", shape) for name, shape in zip("ab", shapes, strict=True)]
    if mode is None:
        return tuple(more), None
    if mode != "int8" or layer.type not in SCALES or kernel is None:
        raise UnknownLayerError(f"it is quantized to {mode}")
    more.append(Weight("scale", (kernel.shape[SCALES[layer.type]],), "non_trainable"))
    return tuple(more), "int8"


SCALES = {"Dense": -1, "Embedding": 0}
"""The axis of the kernel that has a scale for each place, of layers that Keras quantizes to int8."""

KERNELS = frozenset({"kernel", "embeddings"})
"""Names of the weights that are quantized and adapted."""


def known(type: str) -> str | None:
    """The type, where its elements have a size that is known."""
    type = "int8" if type == "uint8" else type
    return type if type in ELEMENT_BITS else None


def given_by(function: str, layer: LayerConfig, read: Iterable[str]) -> str | None:
    """The type of what a function of `keras.ops` makes of tensors of these types: the widest of the floating ones."""
    if function in INDICES:
        return "int32"
    if function in TRUTHS:
        return "bool"
    stated = known(policy_of(layer.config.get("dtype"))) if function in ("cast", "one_hot", "arange", "full") else None
    if stated or function == "one_hot":
        return stated or "float32"
    types = list(dict.fromkeys(read))
    floating = [type for type in types if type.startswith(("float", "bfloat"))]
    if {"float16", "bfloat16"} <= set(floating):
        return "float32"
    return max(floating or types, key=ELEMENT_BITS.__getitem__, default=None)
