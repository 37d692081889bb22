"""The built-in networks with what they cost: what each file says about itself, and its figures as they are built.

The figures are a data file beside the networks, since planning all of them takes seconds; a test compares it with
their plans.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cnnshape.network.plan import Plan, plain
from cnnshape.readers.files import find_in_zoo, read_zoo, text_of_zoo
from cnnshape.value import NamedTuple

CATALOGUE = "catalogue.json"

DEVICE_LIMITS = {
    "microcontroller": (250_000, 25_000_000),
    "mobile": (10_000_000, 1_200_000_000),
    "edge": (30_000_000, 6_000_000_000),
    "desktop": (150_000_000, 25_000_000_000),
}
"""The most parameters and MACs that a class of device carries, by `zoo/README.md`; a server carries any."""


class Entry(NamedTuple):
    """One network of the zoo.

    Attributes:
        paper .. device: what the file says about itself (`zoo/README.md` says what it means).
        input: the default input of one sample, in the framework's axis order.
        params, macs, memory: of the whole network at that input; memory is the peak of the activations in bytes.
        receptive_field: of the last feature maps, per axis.
        depth: layers with weights on the longest path.
        backbone_params: parameters without the head (``include_top: false``).
    """

    framework: str
    name: str
    file: str
    paper: str
    year: int
    summary: str
    when_to_use: str
    minimum_input: int
    device: str
    input: tuple[int | None, ...]
    params: int
    macs: int
    memory: int
    receptive_field: tuple[int, ...]
    depth: int
    backbone_params: int

    @property
    def target(self) -> str:
        """The FILE that names it."""
        return f"zoo:{self.framework}/{self.name}"

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON states it, and as the data file holds it."""
        stated: dict[str, Any] = plain(self._asdict())
        return stated


@cache
def catalogue() -> tuple[Entry, ...]:
    """All networks, in the order of the zoo's index."""
    entries = json.loads(text_of_zoo(CATALOGUE))
    return tuple(
        Entry(**{**entry, "input": tuple(entry["input"]), "receptive_field": tuple(entry["receptive_field"])})
        for entry in entries
    )


def entry_of(name: str) -> Entry:
    """The network of that name, with or without ``zoo:`` and the framework. Raises `Fault` (CS001) with the nearest."""
    member = find_in_zoo(name)
    return next(each for each in catalogue() if (each.framework, each.name) == (member.framework, member.name))


def text_of(name: str) -> str:
    """The architecture file of a network. Raises `Fault` (CS001) with the nearest names."""
    source, _ = read_zoo(find_in_zoo(name))
    return source.text


def depth(planned: Plan) -> int:
    """The number of layers with weights and products on the longest path from an input to an output."""
    depths: dict[str, int] = dict.fromkeys(planned.inputs, 0)
    for row in planned.layers:
        if row.failed or row.training_only:
            continue
        counted = bool(row.macs and row.result and any(weight.kind == "trainable" for weight in row.result.weights))
        below = max((depths.get(name, 0) for name in row.inputs), default=0) + counted
        depths.update(dict.fromkeys((row.name, *row.output_names), below))
    return max((depths.get(name, 0) for name in planned.outputs), default=0)
