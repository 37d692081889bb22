"""The features of the language server, each a function of a document and a place; `|` marks the place in a text."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cnnshape.diagnostics import Position
from cnnshape.mending.edits import apply_edits
from cnnshape.readers.requests import MissingExtraError
from cnnshape.server import actions, completion, diagnostics, hints, hover, navigation, rename, signatures
from cnnshape.server.documents import Document
from cnnshape.server.session import serve

KERAS = """\
framework: keras
input: [32, 32, 3]
variables: {width: 16}
blocks:
  conv(filters, stride=1):
    - c = Conv2D(filters, 3, strides=stride, padding="same")
    - ReLU()(c)
layers:
  - stem = conv(width)
  - conv(2 * width, stride=2)
  - skip = Conv2D(8, 1, activation="relu")(stem)
  - Conv2D:
      filters: 4
      kernel_size: 3
  - GlobalAveragePooling2D
  - Dense(10, activation="softmax")
outputs: [dense]
"""
PYTORCH = """\
framework: pytorch
input: [3, 32, 32]
layers:
  - Conv2d(3, 8, 3)
"""
SOURCE = """\
from keras import Input, Model, layers

def conv(x, filters):
    return layers.Conv2D(filters, 3)(x)

image = Input((32, 32, 3))
x = conv(image, 8)
x = conv(x, 4)
model = Model(image, layers.Flatten()(x))
"""


def at(marked: str, name: str = "net.yaml") -> tuple[Document, Position]:
    before, behind = marked.split("|")
    row = before.count("\n") + 1
    return Document(f"file:///project/{name}", before + behind), Position(row, len(before.split("\n")[-1]) + 1)


def edited(line: str, marked: str, text: str = KERAS) -> tuple[Document, Position]:
    """A text with one line written otherwise."""
    assert line in text
    return at(text.replace(line, marked, 1))


COMPLETIONS = [
    ("a layer", "  - GlobalAveragePooling2D", "  - Glob|", {"GlobalMaxPooling2D", "conv", "if: ", "stem"}, {"nothing"}),
    ("an argument", "Dense(10,", "Dense(10, |", {"activation=", "width"}, {"Dense", "stem"}),
    ("no argument twice", "Conv2D(8, 1,", "Conv2D(8, strides=2, |,", {"padding="}, {"strides=", "activation="}),
    ("a block's argument", "conv(2 * width, stride=2)", "conv(2 * width, |)", {"stride=", "width"}, {"kernel_size="}),
    ("a value in a block", "strides=stride,", "strides=|,", {"stride", "filters", "width"}, {"padding="}),
    ("a tensor", '"relu")(stem)', '"relu")(|)', {"stem", "input"}, {"skip", "c", "Dense"}),
    ("a tensor of a block", "ReLU()(c)", "ReLU()(|)", {"c", "input"}, {"stem"}),
    ("an argument as a mapping", "      kernel_size: 3", "      k|", {"kernel_size: ", "strides: "}, {"filters="}),
    ("a value as a mapping", "kernel_size: 3", "kernel_size: |", {"$(width)"}, {"width", "strides: "}),
    ("an argument in braces", "  - GlobalAveragePooling2D", "  - {Flatten: {|}}", {"data_format: "}, {"Dense"}),
    ("the zoo", "  - GlobalAveragePooling2D", "  - include: zoo:|", {"zoo:keras/ResNet50"}, {"zoo:pytorch/resnet50"}),
    ("a key of the file", "variables: {", "|\nvariables: {", {"dtype: ", "expect: "}, {"Dense"}),
    ("a key's value", "framework: keras", "framework: |", {"keras", "pytorch"}, {"layers: "}),
    ("an output", "outputs: [dense]", "outputs:\n  - |", {"skip", "stem"}, {"Dense"}),
    ("outputs in brackets", "outputs: [dense]", "outputs: [|]", {"skip", "stem"}, {"$(width)"}),
    ("inputs in braces", "  - GlobalAveragePooling2D", "  - {Flatten: {}, inputs: |}", {"skip"}, {"Dense", "name: "}),
    ("a choice", 'padding="same"', "padding=|", {'"valid"', '"same"', "stride"}, {"valid"}),
    ("a choice in quotes", 'padding="same"', 'padding="|"', {"valid", "same"}, {'"same"', "stride"}),
    ("a choice as a mapping", "kernel_size: 3", "padding: |", {"valid", "same", "$(width)"}, {'"same"'}),
    ("a promise", "outputs: [dense]", "expect:\n  |", {"params: ", "output: "}, {"name: ", "Dense"}),
    ("a key beside a layer", "      kernel_size: 3", "    |", {"name: ", "inputs: "}, {"padding: "}),
    ("nothing in a comment", "  - GlobalAveragePooling2D", "  - Flatten # see |", set(), {"Dense", "stem"}),
]


@pytest.mark.parametrize(
    ("line", "marked", "offered", "absent"), [case[1:] for case in COMPLETIONS], ids=[case[0] for case in COMPLETIONS]
)
def test_words_that_fit_the_place_are_offered(line: str, marked: str, offered: set[str], absent: set[str]) -> None:
    labels = {word["label"] for word in completion.complete(*edited(line, marked))}
    assert offered - labels == set()
    assert absent & labels == set()


def test_words_are_those_of_the_files_framework_and_keep_a_prefix() -> None:
    labels = {word["label"] for word in completion.complete(*edited("Conv2d(3, 8, 3)", "nn.Co|", PYTORCH))}
    assert "nn.Conv2d" in labels
    assert "nn.Conv2D" not in labels


def test_a_text_that_is_no_yaml_offers_the_names_of_the_one_before() -> None:
    good, _ = at(KERAS + "|")
    broken, place = edited('  - Dense(10, activation="softmax")', "  - Add()(|\n  - [")
    offered = completion.complete(Document(broken.uri, broken.text, before=good), place)
    assert {"stem", "skip"} <= {word["label"] for word in offered}


@pytest.mark.parametrize(
    ("line", "marked", "label", "active"),
    [
        ("Conv2D(8, 1,", "Conv2D(8, |1,", "Conv2D(filters, kernel_size, strides=1, padding='valid'", 1),
        ("Conv2D(8, 1,", "Conv2D(8, padding=|1,", "Conv2D(filters, kernel_size, strides=1, padding='valid'", 3),
        ("conv(2 * width, stride=2)", "conv(2 * width, stride=|2)", "conv(filters, stride=1)", 1),
        ("kernel_size: 3", "kernel_size: |3", "Conv2D(filters, kernel_size", 1),
    ],
)
def test_the_signature_shows_the_argument_that_is_being_written(
    line: str, marked: str, label: str, active: int
) -> None:
    shown = signatures.signature_help(*edited(line, marked))
    assert shown["signatures"][0]["label"].startswith(label)
    assert shown["activeParameter"] == active


def test_tensors_and_python_have_no_signature() -> None:
    assert signatures.signature_help(*edited('"relu")(stem)', '"relu")(|stem)')) is None
    assert signatures.signature_help(*at("Conv2D(|", "net.py")) is None


def test_every_line_shows_what_comes_out_of_it() -> None:
    document, _ = at(KERAS + "|")
    assert {hint["position"]["line"] + 1: hint["label"] for hint in hints.hints(document, 1, 99)} == {
        6: "(1, 32, 32, 16) … (1, 16, 16, 32) · 2 × · 5,088 params",
        7: "(1, 32, 32, 16) … (1, 16, 16, 32) · 2 ×",
        9: "(1, 32, 32, 16) · 448 params",
        10: "(1, 16, 16, 32) · 4,640 params",
        11: "(1, 32, 32, 8) · 136 params",
        12: "(1, 30, 30, 4) · 292 params",
        15: "(1, 4)",
        16: "(1, 10) · 50 params",
    }
    assert [hint["position"]["line"] for hint in hints.hints(document, 9, 9)] == [8]


def test_lines_of_python_source_show_it_too() -> None:
    document, _ = at(SOURCE + "|", "net.py")
    assert {hint["position"]["line"] + 1: hint["label"] for hint in hints.hints(document, 1, 99)} == {
        4: "(?, 30, 30, 8) … (?, 28, 28, 4) · 2 × · 516 params",
        9: "(?, 3136)",
    }


@pytest.mark.parametrize(
    ("line", "marked", "parts"),
    [
        (
            "  - skip = Conv2D",
            "  - skip = Con|v2D",
            ("### skip", "filters x (kernel x channels + bias)", "Receptive field: 3x3"),
        ),
        ("Conv2D(filters, 3", "Con|v2D(filters, 3", ("### stem/c", "The first of 2 rows from this line.")),
        ('padding="same"', 'pad|ding="same"', ("`padding='valid'`", "### stem/c")),
        ("      kernel_size: 3", "      kernel|_size: 3", ("`kernel_size`", "### conv2d")),
        ("  - stem = conv(width)", "  - stem = co|nv(width)", ("### stem/c",)),
    ],
)
def test_the_place_under_the_mouse_is_explained(line: str, marked: str, parts: tuple[str, ...]) -> None:
    shown = hover.hover(*edited(line, marked))["contents"]["value"]
    assert [part for part in parts if part not in shown] == []


def test_nothing_is_said_of_a_place_without_a_layer() -> None:
    assert hover.hover(*edited("variables: {", "vari|ables: {")) is None


@pytest.mark.parametrize(
    ("line", "marked", "row"),
    [
        ("  - stem = conv(width)", "  - stem = co|nv(width)", 5),
        ('"relu")(stem)', '"relu")(st|em)', 9),
        ("ReLU()(c)", "ReLU()(|c)", 6),
        ("Dense(10", "De|nse(10", None),
    ],
)
def test_a_block_and_a_name_lead_to_where_they_are_made(line: str, marked: str, row: int | None) -> None:
    found = navigation.definition(*edited(line, marked))
    assert (found and found["range"]["start"]["line"] + 1) == row


def test_an_include_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(PYTORCH, encoding="utf-8")
    (tmp_path / "cnnshape.toml").touch()
    text = "input: [8, 8, 3]\nlayers:\n  - include: {}\n"
    for target, end in (("part.yaml", "/part.yaml"), ("zoo:keras/resnet50", "/zoo/keras/resnet.yaml")):
        document = Document((tmp_path / "net.yaml").as_uri(), text.format(target))
        assert navigation.definition(document, Position(3, 16))["uri"].endswith(end)


def test_a_use_in_python_leads_to_where_the_layer_is_made() -> None:
    found = navigation.definition(*at(SOURCE.replace("x = conv(image", "x = co|nv(image"), "net.py"))
    assert found["range"]["start"]["line"] + 1 in (3, 4)


def test_an_entry_is_renamed_wherever_its_name_holds() -> None:
    document, place = edited("  - stem = conv(width)", "  - st|em = conv(width)")
    assert apply_edits(document.text, rename.renaming(document, place, "first")) == KERAS.replace("stem", "first")
    document, place = edited("ReLU()(c)", "ReLU()(|c)")
    renamed = KERAS.replace("- c =", "- filtered =").replace("(c)", "(filtered)")
    assert apply_edits(document.text, rename.renaming(document, place, "filtered")) == renamed


@pytest.mark.parametrize(
    ("marked", "name", "reason"),
    [
        ("  - st|em = conv(width)", "skip", "is the name of another entry"),
        ("  - st|em = conv(width)", "1x", "is no name of an entry"),
        ("  - stem = co|nv(width)", "other", "is no entry's name here"),
    ],
)
def test_a_renaming_that_breaks_something_is_refused(marked: str, name: str, reason: str) -> None:
    with pytest.raises(rename.Refused, match=reason):
        rename.renaming(*edited("  - stem = conv(width)", marked), name)


def test_the_edits_of_findings_are_actions() -> None:
    document, _ = at(KERAS.replace('"softmax"', '"sotfmax"').replace('"same"', '"smae"') + "|")
    found = actions.actions(document, document.places.everything())
    assert [action["kind"] for action in found] == ["quickfix", "quickfix", "source.fixAll.cnnshape"]
    assert found[-1]["edit"]["changes"][document.uri][0]["newText"] == KERAS
    assert actions.actions(document, document.places.everything(), ["refactor"]) == []


def test_a_finding_in_a_block_names_its_uses() -> None:
    document, _ = at(KERAS.replace("Conv2D(filters, 3,", "Conv2D(filters, 3, groups=2,") + "|")
    first = diagnostics.diagnostics(document)[0]
    assert (first["code"], first["severity"], first["range"]["start"]["line"]) == ("CS307", 1, 5)
    assert [each["location"]["range"]["start"]["line"] for each in first["relatedInformation"]] == [8]


def test_a_fault_of_an_included_file_is_told_where_it_is_included(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 9)\n", encoding="utf-8")
    (tmp_path / "cnnshape.toml").touch()
    document = Document((tmp_path / "net.yaml").as_uri(), "input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n")
    (finding,) = [each for each in diagnostics.diagnostics(document) if each["severity"] == 1]
    assert finding["range"]["start"]["line"] == 2
    assert finding["relatedInformation"][0]["location"]["uri"].endswith("/part.yaml")


@pytest.mark.parametrize("text", ["import os\n", "def f(:\n", "", "import torch\n\ndef double(x):\n    return 2 * x\n"])
def test_python_source_without_a_network_is_left_alone(text: str) -> None:
    assert diagnostics.diagnostics(Document("file:///project/tool.py", text)) == []


def test_that_a_network_of_python_source_cannot_be_read_is_no_error_of_it() -> None:
    text = "from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.ReLU())\n"
    found = diagnostics.diagnostics(Document("file:///project/net.py", text))
    assert [(each["code"], each["severity"]) for each in found] == [("CS607", 3)]
    assert "[tool.cnnshape.models]" in found[0]["message"]


def test_of_very_many_findings_no_more_are_told_than_an_editor_shows() -> None:
    text = "input: [8, 8, 3]\nlayers:\n" + "  - Conv2D(3, 1)\n" * 1_100
    assert len(diagnostics.diagnostics(at(text + "|")[0])) == diagnostics.MOST_FINDINGS


def test_the_worst_findings_come_first() -> None:
    text = "input: [8, 8, 3]\nlayers:\n  - x = Conv2D(3, 1)\n  - y = Conv2D(3, 1)\n  - unused = Flatten()(x)\n  - ReLU()(y)\n"
    told = [each["severity"] for each in diagnostics.diagnostics(at(text + "|")[0])]
    assert told == sorted(told)
    assert set(told) == {2, 3}


HOSTILE = [
    "",
    "\0",
    "- " * 5_000,
    "[" * 100_000,
    "a: &a [*a]",
    "layers: [" + "Conv2D(" * 500,
    "layers:\n  - " + "(" * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_answered(text: str) -> None:
    document, place = at(text + "|")
    assert diagnostics.diagnostics(document)
    for feature in (hover.hover, completion.complete, signatures.signature_help, navigation.definition):
        feature(document, place)
    assert hints.hints(document, 1, 99) == []
    assert actions.actions(document, document.places.everything()) == []


def test_a_name_is_renamed_in_a_file_of_thousands_of_lines() -> None:
    layers = "".join(f"  - x{number} = ReLU()(stem)\n" for number in range(2_000))
    document, place = at("input: [4, 4, 1]\nlayers:\n  - st|em = Conv2D(1, 1)\n" + layers)
    assert len(rename.renaming(document, place, "first")) == 2_001


def test_a_renaming_reaches_mappings_promises_and_indices() -> None:
    text = """\
framework: pytorch
input: [3, 8, 8]
layers:
  - Conv2d: {out_channels: 4, kernel_size: 1}
    name: stem
  - left, right = chunk(2, dim=1)(stem)
  - add()(left, right)  # left, for once
  - {ReLU: {}, inputs: [add], name: last}
  - cat(dim=channels(left) - 1)(last, stem)
outputs: [last, cat]
expect:
  layers:
    stem: {params: 16}
    last: {output: [2, 8, 8]}
"""
    for line, marked, old, new in (
        ("name: stem", "name: st|em", "stem", "first"),
        ("outputs: [last", "outputs: [la|st", "last", "final"),
    ):
        document, place = edited(line, marked, text)
        assert apply_edits(document.text, rename.renaming(document, place, new)) == text.replace(old, new)


def test_several_models_of_a_file_are_planned_and_say_a_fault_once(tmp_path: Path) -> None:
    lines = ['"net.py:Net" = {input = "3x8x8"}', '"net.py:Net(width=4)" = {input = "3x16x16"}']
    (tmp_path / "cnnshape.toml").write_text("[models]\n" + "\n".join(lines), encoding="utf-8")
    text = """\
from torch import nn

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.head = nn.Linear(5, 10)

    def forward(self, image):
        return self.head(self.conv(image).flatten(1))
"""
    document = Document((tmp_path / "net.py").as_uri(), text)
    assert hints.hints(document, 6, 6)[0]["label"] == "(1, 8, 6, 6) … (1, 4, 14, 14) · 2 × · 336 params"
    assert {each["range"]["start"]["line"] for each in diagnostics.diagnostics(document)} == {6}


def test_without_the_extra_the_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"cnnshape\[lsp\]\""):
        serve()
