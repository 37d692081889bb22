"""No text of a file steers who reads the output: a terminal, or the runner of a CI system, in any command and format."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import Run
from onnx import TensorProto, helper

from cnnshape.cli.plan import DRAWN, FORMATS
from cnnshape.writers import WRITERS

MARKS = (
    "::notice::x",
    "##[group]x",
    "##vso[task.debug]x",
    "##teamcity[x]",
    "\u202ex\u2066",
    "a\u2028::notice::x",
    "\x1b[7mx",
)
"""What GitHub, Azure and TeamCity obey (harmless ones), what turns text around, and what begins a line or steers."""

SOUND = """\
name: {name}
about: {{source: {name}}}
input: [16, 16, 3]
variables: {{width: 4}}
presets: {{{name}: {{width: 8}}}}
layers:
{layers}
"""
SLIPS = SOUND + "{name}: 3\nexpect: {{{name}: 1, params: 3}}\n"
LAYER = "  - Conv2D(width, 3, {strides}=2)  # {raw}"

COMMANDS = (
    *(f"plan FILE --format {format}" for format in FORMATS),
    *(f"plan FILE FILE --format {format}" for format in FORMATS if format not in DRAWN),
    "plan FILE --columns name,type,line",
    "plan FILE --count-like thop",
    "plan FILE --against pytorch",
    "plan FILE --against pytorch --format json",
    *(
        f"check FILE --format {format}"
        for format in ("full", "concise", "json", "json-lines", "gitlab", "junit", "sarif")
    ),
    "check FILE --format github",
    "check . --format concise",
    "check FILE --diff",
    "check FILE --write-expect --diff",
    *(f"explain FILE --format {format}" for format in ("text", "markdown", "json")),
    "explain FILE conv2d --format svg",
    *(f"sizes FILE --up-to 20 --format {format}" for format in ("text", "json")),
    *(f"scale FILE --vary width --max-params 1k --format {format}" for format in ("table", "json", "csv", "html")),
    *(f"diff FILE OTHER --format {format}" for format in ("table", "json", "markdown", "html")),
    *(f"diff FOLDER . --format {format}" for format in ("table", "json", "markdown")),
    "diff OTHER FILE --max-growth params=0%",
    "verify FILE --no-fields",
    "verify FILE --no-fields --format json",
    "plan FILE --preset NAME",
    "plan FILE --set NAME=3",
    "plan FILE --input NAME=3x3",
    "explain FILE NAME",
    "import FILE",
    *(f"export FILE --to {form}" for form in WRITERS if form != "onnx"),
    "search FILE --vary width=1,2 --minimize macs",
    *(f"fit FILE --memory 1GiB --format {format}" for format in ("text", "json")),
    "sizes FILE --near 7x7",
    "diff FILE OTHER --git NAME",
    *(
        "rule NAME",
        "zoo show NAME",
        "solve NAME 3",
        "conv NAME -k 3",
        "calc 8x8x3 NAME",
        "suggest NAME",
        "NAME",
        "plan NAME",
    ),
)
"""Every command in every format, and what each is asked for besides."""

HARMLESS = "name"
CODE = (
    *(
        "</script><b>x",
        "<!--<script>",
        "'\"><img src=x onerror=x>",
        '"""+x+"""',
        "a\nimport os",
        "a\\",
        "%%{init: 1}%%",
    ),
    *(
        "]]>",
        "a\\end{x}",
        "$(1)",
        "a: b",
        "- c",
        "#c",
        "*x",
        "&x",
        " a ",
        "'",
        '"',
        "class",
        "a/b",
        "a.class",
        "\0",
        "end",
    ),
)
"""Names that would end a text, or begin something else, in one format or the other."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def prepare(mark: str, sound: bool) -> str:
    """A file with the mark wherever a text can stand; its name."""
    layers = LAYER.format(strides="strides" if sound else "stride", raw=mark if mark.isprintable() else "x")
    text = (SOUND if sound else SLIPS).format(name=json.dumps(mark), layers=layers)
    file = f"{mark}.cnn.yaml".replace("/", "")
    Path(file).write_text(text)
    Path("old").mkdir()
    Path("old", file).write_text(text.replace("width: 4", "width: 3"))
    return file


@pytest.mark.parametrize("mark", MARKS, ids=range(len(MARKS)))
@pytest.mark.parametrize("sound", [True, False], ids=["sound", "slips"])
def test_no_text_of_a_file_is_obeyed(run: Run, mark: str, sound: bool) -> None:
    file = prepare(mark, sound)
    words = {"FILE": file, "OTHER": f"old/{file}", "FOLDER": "old", "NAME": mark}
    for command in COMMANDS:
        line = [replaced(word, words) for word in command.split()]
        outcome = run(*line)
        assert not obeyed(outcome.out, command) + obeyed(outcome.err, ""), command
        assert outcome.code in (0, 1, 2)
        if "--format json" in command and "lines" not in command and outcome.out:
            json.loads(outcome.out)
        run(*line, "-o", "answer.txt")
        if Path("answer.txt").exists():
            assert not obeyed(Path("answer.txt").read_text(), command), command
            Path("answer.txt").unlink()


def onnx_model(mark: str) -> bytes:
    """A model of ONNX in which every name is the mark, also of an operator that nobody knows."""
    nodes = [
        helper.make_node("Conv", [mark, "w"], [f"a{mark}"], name=mark),
        helper.make_node(mark, [f"a{mark}"], [f"b{mark}"], name=mark, domain=mark),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, 8, 8]) for name in (mark, f"b{mark}")]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [4, 3, 3, 3], [0.0] * 108)
    graph = helper.make_graph(nodes, mark, ends[:1], ends[1:], [weight])
    return bytes(helper.make_model(graph, producer_name=mark).SerializeToString())


KERAS_SOURCE = """\
import keras
from keras import layers
i = keras.Input((8, 8, 3), name={name})
x = layers.Conv2D(4, 3, name={name})(i)  # {raw}
x = layers.Dense(2, activation={name})(x)
model = keras.Model(i, x, name={name})
"""
PYTORCH_SOURCE = """\
from torch import nn
class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.parts = nn.ModuleDict({{{name}: nn.Conv2d(3, width, 3)}})
        if width > 4:
            raise ValueError({name})
    def forward(self, x):
        return self.parts[{name}](x)  # {raw}
net = nn.Sequential(Net(), nn.Conv2d(5, 4, 1))
"""
OTHERS: dict[str, Callable[[str], str | bytes]] = {
    "model.json": lambda mark: models(mark),
    "keras.py": lambda mark: KERAS_SOURCE.format(name=repr(mark), raw=mark if mark.isprintable() else "x"),
    "pytorch.py": lambda mark: PYTORCH_SOURCE.format(name=repr(mark), raw=mark if mark.isprintable() else "x"),
    "model.onnx": onnx_model,
}


@pytest.mark.parametrize("mark", MARKS, ids=range(len(MARKS)))
@pytest.mark.parametrize("kind", OTHERS)
def test_no_name_in_source_or_a_model_is_obeyed(run: Run, mark: str, kind: str) -> None:
    content = OTHERS[kind](mark)
    file = mark.replace("/", "") + kind
    Path(file).write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in COMMANDS:
        if "FOLDER" not in command and "OTHER" not in command:
            line = [replaced(word, {"FILE": file, "NAME": mark}) for word in command.split()]
            outcome = run(*line)
            assert not obeyed(outcome.out, command) + obeyed(outcome.err, ""), command
            assert outcome.code in (0, 1, 2)
            assert "internal error" not in outcome.err, command


def replaced(word: str, words: dict[str, str]) -> str:
    """A word of a command line with its placeholder filled in."""
    return re.sub("|".join(words), lambda found: words[found[0]], word)


def obeyed(text: str, command: str) -> list[str]:
    """The lines of an output that a runner or a terminal would obey."""
    lines = re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text)
    ours = "--format github" in command
    wrong = [line for line in lines if re.match(r"\s*::[A-Za-z]", line) and not (ours and OURS.match(line))]
    wrong += [line for line in lines if re.search(r"##[\w-]*\[", line)]
    if "--diff" not in command:  # a patch has to stay one that applies
        wrong += [line for line in lines if any(map(steers, line))]
    return wrong


OURS = re.compile(r"::(?:error|warning|notice) title=cnnshape ")


def steers(character: str) -> bool:
    """Whether a character can move others, or is none that can be seen; Markdown's own zero-width space cannot."""
    return unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} and character != "\N{ZERO WIDTH SPACE}"


def models(mark: str) -> str:
    """A model of Keras as JSON, in which inputs, layers and an inner model that is used twice bear the mark."""

    def layer(type: str, name: str, config: dict[str, Any], *reads: tuple[Any, ...]) -> dict[str, Any]:
        inbound = [[[*place, {}] for place in use] for use in reads]
        return {"class_name": type, "name": name, "config": {"name": name, **config}, "inbound_nodes": inbound}

    sides, shape = [mark, f"other {mark}"], {"batch_shape": [None, 16, 16, 3]}
    inner = {
        "layers": [
            layer("InputLayer", "input", shape),
            layer("Conv2D", mark, {"filters": 3, "kernel_size": [1, 1]}, (("input", 0, 0),)),
        ],
        "input_layers": [["input", 0, 0]],
        "output_layers": [[mark, 0, 0]],
    }
    layers = [
        *(layer("InputLayer", side, shape) for side in sides),
        layer("Functional", f"inner {mark}", inner, *([(side, 0, 0)] for side in sides)),
        layer("Add", f"sum {mark}", {}, ((f"inner {mark}", 0, 0), (f"inner {mark}", 1, 0))),
    ]
    ends = {"input_layers": [[side, 0, 0] for side in sides], "output_layers": [[f"sum {mark}", 0, 0]]}
    return json.dumps({"class_name": "Functional", "config": {"name": mark, "layers": layers, **ends}})


def elements(page: str) -> set[tuple[str, ...]]:
    """The elements of a page, with the names of their attributes."""
    found = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add((tag, *sorted(name for name, _ in attrs)))

    Reader().feed(page)
    return found


def statements(source: str) -> list[str]:
    """The kinds of all that a source does, whatever it is called."""
    return [type(node).__name__ for node in ast.walk(ast.parse(source)) if not isinstance(node, ast.Load | ast.Store)]


FORMS: dict[str, Callable[[str], Any]] = {
    "plan FILE --format html": elements,
    "plan FILE --format svg": lambda drawing: {each.tag for each in ElementTree.fromstring(drawing).iter()},
    "plan FILE --format dot": lambda graph: graph.count("\n"),
    "plan FILE --format mermaid": lambda graph: graph.count("\n"),
    "diff FILE FILE --format html": elements,
    "check FILE --isolated --format junit": lambda report: [each.tag for each in ElementTree.fromstring(report).iter()],
    "export FILE --to keras": statements,
    "export FILE --to pytorch": statements,
}


@pytest.mark.parametrize("command", FORMS)
def test_no_name_becomes_markup_or_code(run: Run, command: str) -> None:
    forms = {}
    for mark in (HARMLESS, *CODE, *MARKS):
        Path("model.json").write_text(models(mark))
        outcome = run(*command.replace("FILE", "model.json").split())
        assert outcome.code == 0, mark
        assert not obeyed(outcome.out, command), mark
        forms[mark] = FORMS[command](outcome.out)
    assert forms == dict.fromkeys(forms, forms[HARMLESS])


def test_a_network_of_any_names_is_imported(run: Run) -> None:
    for mark in (HARMLESS, *CODE, *MARKS):
        Path("model.json").write_text(models(mark))
        outcome = run("import", "model.json")
        assert outcome.code == 0, (mark, outcome.err)
        assert not obeyed(outcome.out, ""), mark
        Path("model.cnn.yaml").write_text(outcome.out)
        rows = [
            json.loads(run("plan", name, "--format", "json").out)["layers"] for name in ("model.json", "model.cnn.yaml")
        ]
        assert [row["output_shape"] for row in rows[0]] == [row["output_shape"] for row in rows[1]]
