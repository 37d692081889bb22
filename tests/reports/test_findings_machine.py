"""The formats that machines read: whole documents for a fixed list of findings, empty documents, hostile text."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from cnnshape.diagnostics import Diagnostic, Edit, Position, Source, Span, Use
from cnnshape.reports.diagnostics import FORMATS, renderer

SARIF_SCHEMA = json.loads((Path(__file__).parents[1] / "data/schemas/sarif-2.1.0.json").read_text())


def span(row: int, column: int, end_row: int, end_column: int) -> Span:
    return Span(Position(row, column), Position(end_row, end_column))


FINDINGS = [
    Diagnostic(
        "CS304",
        "Flatten gives 2304 features, Linear declares 1000",
        "models/a.yaml",
        span(12, 5, 12, 21),
        "linear",
        "use in_features=2304",
        edits=(Edit(span(12, 12, 12, 16), "2304"),),
    ),
    Diagnostic("CS204", "100%: reaches no output", "models/a.yaml", span(13, 5, 14, 2), "relu"),
    Diagnostic(
        "CS501", "never reads 1 row", "b.yaml", span(2, 3, 2, 9), "pool", used_at=(Use("b.yaml", span(9, 5, 9, 8)),)
    ),
    Diagnostic("CS001", "cannot read c, d.yaml", "c, d.yaml"),
]
SOURCES = {name: Source(name, "") for name in ("models/a.yaml", "b.yaml", "c, d.yaml", "clean.yaml")}

HOSTILE = "\x1b[2J\x9b1m\x07\u2028\u202e\ud800\ufffe\r\n::error::x\n##[error]y %0A ]](http://x) <b>&"


def report(name: str, findings: list[Diagnostic] = FINDINGS) -> str:
    return renderer(name)(findings, SOURCES)


@pytest.fixture(autouse=True)
def outside_of_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_concise() -> None:
    assert report("concise") == (
        "models/a.yaml:12:5: error: Flatten gives 2304 features, Linear declares 1000; use in_features=2304 [CS304]\n"
        "models/a.yaml:13:5: warning: 100%: reaches no output [CS204]\n"
        "b.yaml:2:3: advice: never reads 1 row; used at b.yaml:9:5 [CS501]\n"
        "c, d.yaml: error: cannot read c, d.yaml [CS001]\n"
    )


def test_json() -> None:
    first, _, third, last = json.loads(report("json"))
    assert first == {
        "filename": "models/a.yaml",
        "code": "CS304",
        "name": "feature-mismatch",
        "severity": "error",
        "message": "Flatten gives 2304 features, Linear declares 1000",
        "layer": "linear",
        "location": {"row": 12, "column": 5},
        "end_location": {"row": 12, "column": 21},
        "fix": "use in_features=2304",
        "edits": [
            {"location": {"row": 12, "column": 12}, "end_location": {"row": 12, "column": 16}, "content": "2304"}
        ],
    }
    assert third["used_at"] == [{"filename": "b.yaml", "row": 9, "column": 5}]
    assert (last["location"], last["end_location"], last["layer"], last["fix"]) == (None, None, None, None)


def test_json_lines_are_the_objects_of_the_list() -> None:
    assert [json.loads(line) for line in report("json-lines").splitlines()] == json.loads(report("json"))


def test_github() -> None:
    assert report("github") == (
        "::error title=cnnshape (CS304),file=models/a.yaml,line=12,col=5,endLine=12,endColumn=21::models/a.yaml:12:5: "
        "CS304 Flatten gives 2304 features, Linear declares 1000%0A  help: use in_features=2304\n"
        "::warning title=cnnshape (CS204),file=models/a.yaml,line=13,endLine=14::models/a.yaml:13:5: "
        "CS204 100%25: reaches no output\n"
        "::notice title=cnnshape (CS501),file=b.yaml,line=2,col=3,endLine=2,endColumn=9::b.yaml:2:3: "
        "CS501 never reads 1 row\n"
        "::error title=cnnshape (CS001),file=c%2C d.yaml::c, d.yaml: CS001 cannot read c, d.yaml\n"
    )


def test_gitlab() -> None:
    entries = json.loads(report("gitlab"))
    assert [entry["severity"] for entry in entries] == ["major", "minor", "info", "major"]
    assert entries[0].pop("fingerprint")
    assert entries[0] == {
        "description": "CS304 feature-mismatch: Flatten gives 2304 features, Linear declares 1000; "
        "use in_features=2304",
        "check_name": "CS304",
        "severity": "major",
        "location": {
            "path": "models/a.yaml",
            "positions": {"begin": {"line": 12, "column": 5}, "end": {"line": 12, "column": 21}},
        },
    }
    assert entries[3]["location"] == {"path": "c, d.yaml", "lines": {"begin": 1}}


def test_gitlab_fingerprints_are_unique_and_do_not_move_with_the_line() -> None:
    def marks(*rows: int) -> list[str]:
        findings = [Diagnostic("CS301", f"row {row}", "a.yaml", span(row, 1, row, 2), "conv") for row in rows]
        return [entry["fingerprint"] for entry in json.loads(report("gitlab", findings))]

    assert len(set(marks(1, 2))) == 2
    assert marks(1, 2) == marks(11, 12)


def test_gitlab_fingerprints_tell_promises_apart_and_not_their_numbers() -> None:
    def mark(promise: str, excess: int, *before: Diagnostic) -> str:
        message = f"{promise} has to be <= 100, and is {100 + excess}: {excess} too many"
        finding = Diagnostic("CS401", message, "a.yaml", span(1, 1, 1, 2))
        return str(json.loads(report("gitlab", [*before, finding]))[-1]["fingerprint"])

    params = Diagnostic("CS401", "params has to be <= 9, and is 10: 1 too many", "a.yaml", span(1, 1, 1, 2))
    assert mark("macs", 5) == mark("macs", 1234) == mark("macs", 5, params) != mark("params", 5)


def test_junit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    root = ElementTree.fromstring(report("junit"))
    suites = {suite.attrib["name"]: suite for suite in root}
    assert list(suites) == ["models/a.yaml", "b.yaml", "c, d.yaml", "clean.yaml"]
    assert [(suite.attrib["tests"], suite.attrib["failures"]) for suite in root] == [
        ("2", "1"),
        ("1", "0"),
        ("1", "1"),
        ("1", "0"),
    ]
    assert suites["models/a.yaml"].attrib["timestamp"] == "1970-01-02T00:00:00"
    case = next(suites["models/a.yaml"].iter("testcase"))
    assert case.attrib == {"name": "CS304 feature-mismatch", "classname": "models/a.yaml", "time": "0"}
    assert case[0].tag == "failure"
    assert case[0].text == (
        "models/a.yaml:12:5: Flatten gives 2304 features, Linear declares 1000\nuse in_features=2304"
    )
    assert (suites["b.yaml"].findtext("system-out") or "").startswith("advice: ")
    (case,) = suites["clean.yaml"].iter("testcase")
    assert case.attrib == {"name": "no findings", "classname": "clean.yaml", "time": "0"}
    assert len(case) == 0


def test_junit_has_what_the_common_schema_asks_for_in_its_order() -> None:
    """JUnit.xsd of Apache Ant's reports (Windy Road): no attribute but these, and every one of them.

    What is valid by it is so by junit-10.xsd of Jenkins, which allows the same in any order, but for the form of times.
    """
    root = ElementTree.fromstring(report("junit"))
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert set(suite.attrib) == {
            *("name", "package", "id", "timestamp", "hostname"),
            *("tests", "failures", "errors", "time"),
        }
        assert suite.attrib["id"] == str(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert suite.attrib["hostname"]
        assert {each.attrib["time"] for each in (suite, *suite.iter("testcase"))} == {"0"}
        tags = [element.tag for element in suite]
        assert tags == ["properties", *["testcase"] * (len(tags) - 3), "system-out", "system-err"]
        for case in suite.iter("testcase"):
            assert set(case.attrib) == {"name", "classname", "time"}
            assert [(child.tag, set(child.attrib)) for child in case] in ([], [("failure", {"message", "type"})])


def test_sarif() -> None:
    log = json.loads(report("sarif"))
    jsonschema.validate(log, SARIF_SCHEMA)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["CS001", "CS204", "CS304", "CS501"]
    assert all(len(rule["fullDescription"]["text"]) <= 1024 and rule["help"]["markdown"] for rule in rules)
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "error"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["CS304", "CS204", "CS501", "CS001"]
    assert run["results"][0]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "models/a.yaml"},
                "region": {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 21},
            }
        }
    ]
    assert run["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 12, "startColumn": 12, "endLine": 12, "endColumn": 16},
            "insertedContent": {"text": "2304"},
        }
    ]
    assert run["results"][3]["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "c%2C%20d.yaml"}}}]


@pytest.mark.parametrize(
    ("name", "empty"),
    [("full", ""), ("concise", ""), ("json", "[]\n"), ("json-lines", ""), ("github", ""), ("gitlab", "[]\n")],
)
def test_without_findings_the_document_is_empty(name: str, empty: str) -> None:
    assert renderer(name)([], SOURCES) == empty


def test_without_findings_sarif_and_junit_say_so() -> None:
    log = json.loads(renderer("sarif")([], SOURCES))
    jsonschema.validate(log, SARIF_SCHEMA)
    assert log["runs"][0]["results"] == []
    root = ElementTree.fromstring(renderer("junit")([], {}))
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["no findings"]
    assert [suite.attrib["failures"] for suite in root] == ["0"]


@pytest.mark.parametrize("name", FORMATS)
def test_no_text_of_a_file_commands_a_terminal_or_a_runner(name: str) -> None:
    finding = Diagnostic("CS105", HOSTILE, f"{HOSTILE}.yaml", span(1, 1, 1, 3), HOSTILE, HOSTILE)
    text = renderer(name)([finding], {f"{HOSTILE}.yaml": Source("x", HOSTILE)})
    categories = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn"}
    assert [c for c in text if c != "\n" and unicodedata.category(c) in categories] == []
    lines = [line.lstrip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith("::")] == [lines[0]] * (name == "github")
    if name in {"full", "concise"}:
        assert "##[" not in text
    if name == "junit":
        ElementTree.fromstring(text)
    if name == "sarif":
        jsonschema.validate(json.loads(text), SARIF_SCHEMA)
        assert "](" not in json.loads(text)["runs"][0]["results"][0]["message"]["text"]


def test_paths_are_relative_to_the_project_and_have_forward_slashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    finding = [Diagnostic("CS001", "no", str(folder / "a.yaml")), Diagnostic("CS001", "no", "b.yaml")]
    results = json.loads(renderer("sarif")(finding, {}))["runs"][0]["results"]
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results]
    assert uris == ["sub/a.yaml", "sub/b.yaml"]
    assert [entry["location"]["path"] for entry in json.loads(renderer("gitlab")(finding, {}))] == uris
    assert renderer("github")(finding, {}).count("file=sub/") == 2
