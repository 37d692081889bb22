"""What the frameworks call the arguments that operations speak of."""

from __future__ import annotations

from collections.abc import Collection

from cnnshape.diagnostics import Fault
from cnnshape.operations.operation import AXIS, CHANNELS, FIRST, GROUPS, JOINED, PARTS, REPEATS, SECOND, SHAPE

NAMES = {
    AXIS: ("axis", "dim", "axes", "dims"),
    CHANNELS: ("num_features", "num_channels", "projection_dim", "dim"),
    FIRST: ("dim0", "axis0", "axis1"),
    GROUPS: ("groups", "num_groups"),
    PARTS: ("split_size_or_sections", "indices_or_sections"),
    REPEATS: ("dims", "repeats"),
    SECOND: ("dim1", "axis2", "axis1"),
    SHAPE: ("target_shape", "shape", "newshape", "unflattened_size", "sizes"),
}
"""The first of these that a layer has is meant."""


def named(fault: Fault, layer: str, arguments: Collection[str]) -> Fault:
    """An operation's fault in the words of the layer that it was found in."""
    words = {mark: next((name for name in names if name in arguments), names[0]) for mark, names in NAMES.items()}
    axis = words[AXIS]
    return fault.named(
        layer, words | {JOINED: f"{axis}=-1 for the last axis" if axis == "axis" else f"{axis}=1 for the channels"}
    )
