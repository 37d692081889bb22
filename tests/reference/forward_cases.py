"""What the frameworks computed, as recorded by `tests/data/forward/record.py`, its predecessor, and `record_calls.py`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnshape.readers.yaml.calls import parse_call
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.vocabularies.layer import bind
from cnnshape.vocabularies.vocabulary import lookup, vocabulary

FOLDER = Path(__file__).parent.parent / "data" / "forward"
FILES = {
    "keras": ("keras", "observed_keras", "called_keras"),
    "pytorch": ("pytorch", "observed_pytorch", "called_pytorch"),
}


class Case(NamedTuple):
    """One layer run by its framework."""

    framework: str
    layer: str
    arguments: dict[str, Any]
    inputs: tuple[np.ndarray, ...]
    weights: dict[str, np.ndarray]
    outputs: tuple[np.ndarray, ...]
    call: str | None = None
    """How an architecture file writes it, where its arguments are layers."""

    def __str__(self) -> str:
        written = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.layer}({written}) on {' and '.join(str(each.shape) for each in self.inputs)}"


@cache
def cases(framework: str) -> tuple[Case, ...]:
    """All cases of a framework."""
    return tuple(case for name in FILES[framework] for case in read(framework, name))


def read(framework: str, name: str) -> list[Case]:
    with np.load(FOLDER / f"{name}.npz") as file:
        arrays = dict(file)
    found = []
    for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        row = json.loads(line)

        def values(letter: str, count: int, case: int = row["case"]) -> tuple[np.ndarray, ...]:
            if f"{case}/{letter}" in arrays:
                return (arrays[f"{case}/{letter}"],)
            return tuple(arrays[f"{case}/{letter}{index}"] for index in range(count))

        weights = dict(zip(row["weights"], values("w", len(row["weights"])), strict=True))
        inputs = values("x", len(row.get("inputs", [0])))
        outputs = values("y", len(row.get("outputs", [0])))
        arguments = row["config"] if "config" in row else arguments_of(framework, row["call"])
        arguments |= row.get("more", {})
        found.append(Case(framework, row["layer"], arguments, inputs, weights, outputs, row.get("call")))
    return found


def arguments_of(framework: str, text: str) -> dict[str, Any]:
    """The arguments of a call as an architecture file writes it."""
    call = parse_call(text)
    positional = [each.evaluate(NOTHING) for each in call.positional]
    keywords = {each.name: each.value.evaluate(NOTHING) for each in call.keywords}
    kind = vocabulary(framework).find_exact(call.callee) or lookup(framework, call.callee)  # type: ignore[arg-type]
    return bind(kind, positional, keywords).arguments
