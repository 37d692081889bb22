"""Rows of observed behaviour, and what we say to the same arguments and inputs."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Operation, Result
from cnnshape.readers.yaml.calls import parse_call
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.vocabulary import Framework, LayerType, lookup, vocabulary

DATA = Path(__file__).parents[1] / "data"
Row = dict[str, Any]


class Answer(NamedTuple):
    """Output shape and parameters, or None for both where the layer is refused."""

    output: list[int | None] | None
    params: int | None


def rows(name: str) -> dict[str, list[Row]]:
    """The rows of a data file, by layer."""
    by_layer: defaultdict[str, list[Row]] = defaultdict(list)
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            by_layer[row["layer"]].append(row)
    return dict(by_layer)


def apply(framework: Framework, layer: str, *inputs: tuple[int | None, ...], **arguments: Any) -> Result:
    """The result of a layer called with keyword arguments. Raises `Fault` or `Faults` where it is refused."""
    kind = lookup(framework, layer)
    bound = bind(kind, (), arguments)
    return Lowered(bound, bound.operation()).answer(inputs).result


def operation_of(framework: Framework, text: str) -> tuple[LayerType, Operation]:
    """A call as an architecture file writes it: its word, and its operation. Raises `Fault` or `Faults`."""
    call = parse_call(text)
    kind = vocabulary(framework).find_exact(call.callee) or lookup(framework, call.callee)
    positional = [each.evaluate(NOTHING) for each in call.positional]
    keywords = {each.name: each.value.evaluate(NOTHING) for each in call.keywords}
    return kind, bind(kind, positional, keywords).operation()


def answer(framework: Framework, row: Row) -> Answer:
    """What we say to a row."""
    given = row["input"]
    inputs = given if isinstance(given[0], list) else [given]
    try:
        result = apply(framework, row["layer"], *map(tuple, inputs), **row["config"])
    except (Fault, Faults):
        return Answer(None, None)
    return Answer(list(result.output), result.params)


def truth(row: Row) -> Answer:
    """What the framework said."""
    return Answer(None, None) if row["error"] else Answer(row["output"], row["params"])
