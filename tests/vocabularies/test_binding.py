"""Two read the declarations of layers: the binder of what is plainly right, and pydantic, the authority."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import model_of, plainly, positional_arguments
from cnnshape.vocabularies.validation import validate
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework, LayerType, vocabulary
from tests.vocabularies.observed import rows

RECORDED: tuple[tuple[Framework, str], ...] = (
    ("keras", "keras_layers.jsonl.gz"),
    ("keras", "keras_more_layers.jsonl.gz"),
    ("keras", "keras_operators.jsonl.gz"),
    ("pytorch", "pytorch_layers.jsonl.gz"),
    ("pytorch", "pytorch_more_layers.jsonl.gz"),
)
ODD: tuple[Any, ...] = (
    0,
    -1,
    2**63,
    1.0,
    1.5,
    True,
    "2",
    "same",
    None,
    [1],
    [1, 2],
    [2, 2, 2],
    [],
    (3, 3),
    "relu",
    "xyz",
)
"""Values of every kind, right for some arguments and wrong for others."""


def configurations(framework: Framework, name: str) -> list[tuple[LayerType, dict[str, Any]]]:
    """The recorded layers of a file with their arguments by name, each once."""
    types = vocabulary(framework).types
    return [
        (types[layer], arguments)
        for layer, recorded in rows(name).items()
        if layer in types
        for arguments in {json.dumps(row["config"]): row["config"] for row in recorded}.values()
    ]


def authority(kind: LayerType, given: dict[str, Any]) -> dict[str, Any] | None:
    """What pydantic makes of arguments; None where it refuses them."""
    try:
        return validate(model_of(kind), given, {"rank": kind.rank, "kind": kind})
    except (Fault, ValidationError):
        return None


def bound(kind: LayerType, given: dict[str, Any]) -> dict[str, Any] | None:
    return plainly(model_of(kind), given, {"rank": kind.rank, "kind": kind})


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: 1, 1.0 and True are not the same argument."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one)


@pytest.mark.parametrize(("framework", "name"), RECORDED)
def test_the_binder_and_pydantic_agree_on_every_recorded_configuration(framework: Framework, name: str) -> None:
    cases = configurations(framework, name)
    plain = 0
    for kind, arguments in cases:
        known = {key: value for key, value in arguments.items() if key in declared(model_of(kind))}
        found = bound(kind, known)
        plain += found is not None
        assert found is None or same(found, authority(kind, known)), (kind.name, known, found, authority(kind, known))
    assert plain > len(cases) // 2


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_the_binder_takes_of_odd_values_pydantic_takes_as_well(framework: Framework) -> None:
    for kind in vocabulary(framework).types.values():
        model = model_of(kind)
        first = dict.fromkeys(positional_arguments(model)[:2], 2)
        for name in declared(model):
            for value in ODD:
                given = {**first, name: value}
                found = bound(kind, given)
                assert found is None or same(found, authority(kind, given)), (kind.name, given, found)
