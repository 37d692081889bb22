"""YAML 1.2 meaning, positions as an editor shows them, and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnshape
from cnnshape.diagnostics import Source
from cnnshape.diagnostics.nodes import Mapping, Scalar, Sequence, resolve, to_data
from cnnshape.readers.yaml.document import DocumentError, parse_document


def parse(text: str) -> object:
    return to_data(parse_document(Source("a.yaml", text)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("-3", -3),
        ("+3", 3),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2024-01-01", "2024-01-01"),
        (".inf", float("inf")),
        ("=", "="),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_quoted_scalars_are_strings() -> None:
    assert parse("a: '3'\nb: \"true\"\n") == {"a": "3", "b": "true"}


def test_json_is_read_too() -> None:
    assert parse('{"input": [8, 16, 3],\t"layers": ["Flatten"]}') == {"input": [8, 16, 3], "layers": ["Flatten"]}


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("a: 1\nkey: value\n", 2, 6),
        ("a: 1\r\nkey: value\r\n", 2, 6),
        ("é: 1\nkey: value\n", 2, 6),
        ("a: '\U0001f600'\nkey: value\n", 2, 6),
        ("a: 'x\u2028y'\nkey: value\n", 2, 6),
        ("a: 'x\x85y'\nkey: value\n", 2, 6),
        ("{é\u0301: 1, key: value}", 1, 14),
    ],
)
def test_positions_count_code_points_and_the_lines_that_editors_show(text: str, row: int, column: int) -> None:
    root = parse_document(Source("a.yaml", text))
    assert isinstance(root, Mapping)
    value = root.get("key")
    assert isinstance(value, Scalar)
    assert value.span.start == (row, column)
    line = Source("a.yaml", text).line(row)
    assert line[column - 1 :].startswith("value")


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("a: 1\na: 2\n", "CS004", (2, 1), "the key 'a' stands twice in this mapping (first on line 1)"),
        (
            "a: !!python/object:x 1\n",
            "CS005",
            (1, 4),
            "YAML tags such as tag:yaml.org,2002:python/object:x are not supported",
        ),
        ("<<: {a: 1}\n", "CS005", (1, 1), "merge keys (<<) are not part of YAML 1.2"),
        ("a: 1\n---\nb: 2\n", "CS005", (2, 1), "a second YAML document begins here; a file holds one"),
        ("? [a]\n: 1\n", "CS005", (1, 3), "a key has to be a word, not a list or a mapping"),
        ("a: *b\n", "CS005", (1, 4), "the alias *b has no anchor above it"),
        ("", "CS010", (1, 1), "the file is empty"),
        (
            "expect:\n  params: >= 1k\n",
            "CS003",
            (2, 11),
            "a bound that begins with > needs quotes, since > begins a block of text in YAML",
        ),
        ("a:\n\t- b\n", "CS003", (2, 1), "a tab indents this line; YAML indents with spaces"),
        ("a: \x07\n", "CS003", (1, 4), "the character U+0007 is not allowed in YAML"),
        (
            "- Conv2D(3, 3)\n    name: x\n",
            "CS003",
            (2, 9),
            "a call takes no `name:` on the next line; only the mapping spelling does",
        ),
        (
            "blocks:\n  f(a,\n    b):\n    - Flatten\n",
            "CS003",
            None,
            "a block's signature has to stand on one line, up to its colon",
        ),
        *[
            (
                f"{line}\nlayers:\n  - ReLU\n",
                "CS003",
                (1, 1),
                "a colon and a space have to stand between a key and its value",
            )
            for line in ("input [8, 8, 3]", "input:[8, 8, 3]", "input 8x8x3")
        ],
        ("input: [8]\nlayers  # of all\n  - ReLU\n", "CS003", (2, 1), "no colon follows layers"),
        (
            "layers:\n  - Conv2D(filters: 8, kernel_size: 3)\n",
            "CS003",
            (2, 35),
            "a call gives its arguments with `=`, not with a colon",
        ),
        (
            "layers:\n  - a: b: c\n",
            "CS003",
            (2, 9),
            "not valid YAML: mapping values are not allowed in this context",
        ),
    ],
)
def test_what_is_no_document_says_why_and_where(
    text: str, code: str, place: tuple[int, int] | None, message: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(Source("a.yaml", text))
    finding = caught.value.diagnostic
    assert (finding.code, finding.message) == (code, message)
    assert finding.span is not None
    if place:
        assert finding.span.start == place


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [(laughs(60), "CS008"), ("[" * 100_000, "CS007"), ("{a: " * 100_000, "CS007"), ("- " * 100_000, "CS007")],
    ids=["billion laughs", "brackets", "braces", "dashes"],
)
def test_hostile_documents_are_refused_at_once(text: str, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(Source("a.yaml", text))
    assert caught.value.diagnostic.code == code


def test_an_alias_repeats_a_value() -> None:
    assert parse("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(_TEXTS)
def test_any_text_is_a_document_or_a_diagnostic(text: str) -> None:
    try:
        node = parse_document(Source("a.yaml", text))
    except DocumentError as error:
        assert error.diagnostic.message
    else:
        assert isinstance(node, Scalar | Sequence | Mapping)


@pytest.mark.parametrize("entry", ["- ?", "- ?\n  - ReLU", "- {? }"])
def test_an_entry_that_begins_a_key_and_ends_is_a_layer_without_a_name(entry: str) -> None:
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(text=f"input: [8, 8, 3]\nlayers:\n  {entry}\n")
    assert caught.value.diagnostics[0].message.startswith("cnnshape knows no Keras layer named ''")
