"""Which family a layer belongs to, and the colour of each: what tells kinds of layers apart at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.network.plan import Row

FAMILIES = {
    "convolution": ("convolution", "separable", "transposed"),
    "dense": ("dense",),
    "normalization": ("normalization", "scaling"),
    "activation": ("activation",),
    "pooling": ("pooling", "adaptive", "reduction"),
    "merge": ("merging",),
    "sequence": ("attention", "recurrent", "lookup"),
    "shape": ("padding", "parts", "resampling", "reshaping", "tensors", "views"),
}
"""Families by the modules of `cnnshape.operations` that hold their operations."""

COLORS = {
    "convolution": "#2f6fde",
    "dense": "#7c4ddb",
    "normalization": "#0e8f8f",
    "activation": "#c77700",
    "pooling": "#2e8b46",
    "merge": "#cc3377",
    "sequence": "#0b7fb0",
    "shape": "#68758a",
    "other": "#68758a",
}
"""An accent for each; a drawing fills with a tint of it."""

FAULT = "#d32121"

_FAMILY_OF = {module: family for family, modules in FAMILIES.items() for module in modules}


def family_of_all(rows: Sequence[Row]) -> str:
    """The family of layers; ``other`` where they have several, or nothing is known of one."""
    modules = {type(row.operation).__module__.rpartition(".")[2] for row in rows}
    found = {_FAMILY_OF.get(module, "other") for module in modules}
    return found.pop() if len(found) == 1 else "other"


def tint(color: str, share: float = 0.14) -> str:
    """A colour made light, for what knows no transparency."""
    parts = [round(255 - share * (255 - int(color[at : at + 2], 16))) for at in (1, 3, 5)]
    return f"#{''.join(f'{part:02x}' for part in parts)}"
