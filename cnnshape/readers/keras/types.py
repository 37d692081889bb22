"""The types that layers compute in and keep their weights in, by Keras's dtype policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnshape.network.dtypes import ELEMENT_BITS
from cnnshape.readers.keras.config import LayerConfig

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
