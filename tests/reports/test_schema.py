"""The schema for editors: what is sound passes, and what an editor can see to be wrong does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnnshape.diagnostics import CODES, Source
from cnnshape.diagnostics.nodes import to_data
from cnnshape.diagnostics.pages import page
from cnnshape.readers.files import zoo_folder
from cnnshape.readers.yaml.document import DocumentError, parse_document
from cnnshape.reports.schema import schema
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.glossary import meaning
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, vocabulary

ROOT = Path(__file__).parents[2]
SCHEMA = schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def data(text: str) -> Any:
    return to_data(parse_document(Source("<text>", text)))


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(data(text)))


def test_it_is_draft_07_and_states_nothing_newer() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    for newer in ("prefixItems", "$defs", "unevaluated", "dependentRequired", "discriminator"):
        assert newer not in text


@pytest.mark.parametrize(
    "path",
    [*sorted(Path(zoo_folder()).rglob("*.yaml")), *sorted((ROOT / "examples").rglob("*.yaml"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_every_architecture_of_the_project_is_accepted(path: Path) -> None:
    errors = list(VALIDATOR.iter_errors(data(path.read_text())))
    assert errors == [], jsonschema.exceptions.best_match(errors).message


FIXES = [(code, text) for code in CODES for text in re.findall(r"```yaml\n(.*?)```", page(code).fix, flags=re.DOTALL)]


@pytest.mark.parametrize(("code", "text"), FIXES, ids=[code for code, _ in FIXES])
def test_every_mended_example_of_the_code_book_is_accepted(code: str, text: str) -> None:
    assert accepts(text)


SEEN = {
    "arguments",  # kernel is no argument of Conv2D, in the mapping spelling
    "cut-call",  # a number is no entry
    "keras-code",  # else: without if:
    "keys-and-kinds",  # nmae is no key
    "promises",  # laters is no promise
}
"""Broken files that are documents, and that a schema can see to be wrong. At least
these: in calls, names and shapes it sees nothing, and what it refuses (see above) is never sound."""


@pytest.mark.parametrize("path", sorted((ROOT / "tests/data/broken").glob("*.yaml")), ids=lambda path: path.stem)
def test_broken_files_are_refused_where_an_editor_can_see_it(path: Path) -> None:
    try:
        document = data(path.read_text(encoding="utf-8"))
    except (DocumentError, UnicodeDecodeError):
        assert path.stem not in SEEN  # no document: the editor's own parser says so
    else:
        refused = not VALIDATOR.is_valid(document)
        assert refused or path.stem not in SEEN


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        ("Conv2D: {filters: 8, kernel_size: 3}", True),
        ("Conv2D: {filters: $(4 * n), kernel_size: [3, $(k)]}", True),
        ("Conv2D: [8, 3]", True),
        ("Dense: 10", True),
        ("Flatten:", True),
        ("Conv2D: {filters: 8, kernel_size: 3, name: stem, trainable: false}", True),
        ("my_block: {filters: 8}", True),
        ("Conv2D: {filters: 8}", False),
        ("Conv2D: {filters: eight, kernel_size: 3}", False),
        ("Conv2D: {filters: 8, kernel_size: 3, padding: sme}", False),
        ("Conv2D: {filters: 8, kernel_size: 3, padding: SAME, data_format: Channels_Last}", True),
        ("Conv2D: {filters: 8, kernel_size: 3, padding: SAMEST}", False),
        ("Conv2D: {filters: 8, kernel_size: 3, stride: 2}", False),
        ("Conv2D: {filters: 8, kernel_size: 3, use_bias: 1.5}", False),
        ("{Conv2D: [8, 3], name: a, inputs: [b], repeat: 2}", True),
        ("{Conv2D: [8, 3], inputs: {a: b}}", False),
        ("{repeat: 3, layers: [ReLU]}", True),
        ("{repeat: 3, layer: [ReLU]}", True),  # `layer` might be a block
        ("{for: i, in: range(3), layers: [ReLU]}", True),
        ("{for: i, layers: [ReLU]}", False),
        ("{if: n > 1, layers: [ReLU], else: [Flatten]}", True),
        ("{if: n > 1, then: [ReLU]}", False),
        ("{include: zoo:keras/resnet50, until: x, trainable: {from: y}}", True),
        ("{include: zoo:keras/resnet50, untill: x}", False),
    ],
)
def test_entries(entry: str, accepted: bool) -> None:
    assert accepts(f"input: [8, 8, 3]\nlayers:\n  - {entry}\n") is accepted


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        ("unflatten: {axis: 1, sizes: [2, 4]}", True),
        ("mean: {axis: [2, 3], keepdims: true}", True),
        ("split: {split_size_or_sections: 2, axis: 1}", False),
        ("Identity: {unused: 1}", True),
        ("ConstantPad2d: {padding: 1, value: -.inf}", True),
        ("norm: {p: fro, dim: 1}", True),
        ("layer_norm: {normalized_shape: [8], weight: null, bias: null}", True),
        ("layer_norm: {normalized_shape: [8], weight: 1}", False),
    ],
)
def test_entries_in_pytorchs_words(entry: str, accepted: bool) -> None:
    assert accepts(f"framework: pytorch\ninput: [8, 8, 3]\nlayers:\n  - {entry}\n") is accepted


def test_a_name_is_its_text_whatever_yaml_takes_it_for() -> None:
    for name in ("5", "1.5", "true", "a"):
        assert accepts(f"name: {name}\ninput: [8, 8, 3]\nlayers: [ReLU]\n")


def test_the_words_are_those_of_the_files_framework() -> None:
    entry = "layers:\n  - Conv2d: {out_channels: 8, kernel_size: 3, stride: x}\n"
    assert accepts(f"input: [3, 8, 8]\n{entry}")  # nothing is known of a block Conv2d
    assert not accepts(f"framework: pytorch\ninput: [3, 8, 8]\n{entry}")


def undescribed(node: Any, path: str) -> Iterator[str]:
    """The paths of properties without a description."""
    if isinstance(node, dict):
        for name, inner in node.get("properties", {}).items():
            referred = SCHEMA["definitions"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
            if not referred.get("description"):
                yield f"{path}/{name}"
        for key, inner in node.items():
            yield from undescribed(inner, f"{path}/{key}")
    elif isinstance(node, list):
        for inner in node:
            yield from undescribed(inner, path)


def test_every_field_has_a_description() -> None:
    assert list(undescribed({**SCHEMA, "allOf": []}, "#")) == []


def test_every_argument_of_every_layer_is_explained_and_completed() -> None:
    for framework in FRAMEWORKS:
        layers = SCHEMA["definitions"][f"{framework}_layer"]["properties"]
        for name, kind in vocabulary(framework).types.items():
            assert layers[name]["description"].startswith(f"{name}(")
            family = SCHEMA["definitions"][layers[name]["allOf"][0]["$ref"].rpartition("/")[2]]
            for argument in declared(model_of(kind)):
                assert family["anyOf"][0]["properties"][argument]["description"], (name, argument)
                assert meaning(name, argument)
