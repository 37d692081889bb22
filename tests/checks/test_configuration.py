"""What a project may ask for, where it is looked for, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnshape.checks.configuration import (
    SUPPRESSIBLE,
    ConfigurationError,
    find_configuration,
    matches,
    select_codes,
)
from cnnshape.diagnostics import CODES


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def test_without_a_file_everything_is_reported(tmp_path: Path) -> None:
    found = find_configuration(tmp_path)
    assert found.codes == frozenset(SUPPRESSIBLE)
    assert (found.fail_on, found.output_format, found.origin) == ("error", "full", None)


def test_the_nearest_folder_wins_and_in_it_cnnshape_toml(tmp_path: Path) -> None:
    write(tmp_path, "cnnshape.toml", 'fail-on = "advice"')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_configuration(inner).fail_on == "advice"
    write(tmp_path / "a", "pyproject.toml", '[tool.cnnshape]\nfail-on = "warning"')
    assert find_configuration(inner).fail_on == "warning"
    assert find_configuration(inner).root == str(tmp_path / "a")
    write(tmp_path / "a", "cnnshape.toml", 'output-format = "json"')
    found = find_configuration(inner)
    assert (found.fail_on, found.output_format) == ("error", "json")


def test_a_pyproject_without_the_section_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "cnnshape.toml", 'fail-on = "advice"')
    write(tmp_path / "a", "pyproject.toml", "[project]\nname = 'x'")
    assert find_configuration(tmp_path / "a").fail_on == "advice"


def test_isolated_uses_none_and_config_only_the_one_that_is_named(tmp_path: Path) -> None:
    write(tmp_path, "cnnshape.toml", 'fail-on = "advice"')
    other = write(tmp_path / "b", "other.toml", 'fail-on = "warning"')
    assert find_configuration(tmp_path, isolated=True).fail_on == "error"
    assert find_configuration(tmp_path, config=other).fail_on == "warning"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ingore = ["CS501"]', "there is no setting 'ingore'; did you mean ignore?"),
        (
            "zzz = 1",
            "there is no setting 'zzz'; it has include, exclude, select, ignore, per-file-ignores, budgets, models, "
            "fail-on, output-format, backend",
        ),
        (
            '[tool.cnnshape]\nignore = ["CS501"]',
            "[tool.cnnshape] belongs into pyproject.toml; here write the settings without it, "
            "[tool.cnnshape.budgets] as [budgets]",
        ),
        ('ignore = "CS501"', "ignore has to be a list of codes such as [\"CS501\"], got 'CS501'"),
        ('ignore = ["CS599"]', "ignore names 'CS599', which no rule has; did you mean CS519?"),
        ('ignore = ["CS301"]', "ignore names 'CS301', which is an error; errors are always reported"),
        ('fail-on = "never"', "fail-on is one of error, warning, advice, got 'never'"),
        (
            'output-format = "xml"',
            "output-format is one of full, concise, json, json-lines, github, gitlab, junit, sarif, got 'xml'",
        ),
        ("exclude = [1]", "exclude has to be a list of patterns, got [1]"),
        (
            'per-file-ignores = ["a"]',
            "per-file-ignores has to be a table of patterns to lists of codes, got ['a']",
        ),
        (
            '[budgets."a/*"]\nparms = 1',
            "budgets of 'a/*' has no key 'parms'; did you mean params?",
        ),
        ('[budgets."a/*"]\noutput = "foo"', "budgets of 'a/*', output: 'foo' is no shape"),
        ('[budgets."a/*"]\nreceptive_field = [3, "x"]', "budgets of 'a/*', receptive_field: 'x' is no number"),
        ('[budgets."a/*"]\nparams = "<= 5X"', "budgets of 'a/*', params: '5X' is no number"),
        (
            "[budgets]\nparams = 1",
            'budgets has to be a table of patterns to promises, such as {"models/*" = {params = "<= 5M"}}',
        ),
        ("a = ", "is not valid TOML: Invalid value (at end of document)"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_nearest(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, "cnnshape.toml", text)
    with pytest.raises(ConfigurationError) as refused:
        find_configuration(tmp_path)
    separator = " " if message.startswith("is not") else ": "
    assert str(refused.value) == f"{path}{separator}{message}"


def test_a_configuration_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*none\.toml: No such file or directory"):
        find_configuration(tmp_path, config=tmp_path / "none.toml")
    empty = write(tmp_path, "pyproject.toml", "[project]")
    with pytest.raises(ConfigurationError, match=r"has no section \[tool\.cnnshape\]"):
        find_configuration(tmp_path, config=empty)


def test_select_and_ignore(tmp_path: Path) -> None:
    write(tmp_path, "cnnshape.toml", 'select = ["CS5"]\nignore = ["CS503", "even-kernel-same"]')
    advices = {code for code, (_, severity) in CODES.items() if severity == "advice" and code.startswith("CS5")}
    assert find_configuration(tmp_path).codes == advices - {"CS503", "CS504"}


def test_a_family_means_its_warnings_and_advices() -> None:
    assert select_codes(["CS4"]) == {"CS403"}
    assert select_codes(["dead-layer", "cs501"]) == {"CS204", "CS501"}


def test_per_file_ignores_and_budgets_go_by_the_name_relative_to_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        "cnnshape.toml",
        '[per-file-ignores]\n"models/legacy/*" = ["CS5"]\n"*.old.yaml" = ["CS501"]\n[budgets."models"]\nparams = 10',
    )
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    found = find_configuration(Path.cwd())
    assert "CS501" not in found.codes_for("legacy/deep/a.yaml")
    assert "CS501" not in found.codes_for("a.old.yaml")
    assert "CS502" in found.codes_for("a.old.yaml")
    assert "CS501" in found.codes_for("a.yaml")
    assert found.budgets_for("legacy/a.yaml") == [("models", {"params": 10})]
    assert found.budgets_for("../a.yaml") == []


@pytest.mark.parametrize(
    ("name", "pattern", "matched"),
    [
        ("models/a.yaml", "models/*.yaml", True),
        ("models/deep/a.yaml", "models/*.yaml", True),
        ("models/a.yaml", "models", True),
        ("models/a.yaml", "models/", True),
        ("models/a.yaml", "./models/*", True),
        ("models/deep/a.yaml", "**/a.yaml", True),
        ("a.yaml", "**/a.yaml", True),
        ("deep/a.yaml", "a.yaml", True),
        ("models2/a.yaml", "models", False),
        ("models/A.yaml", "models/a.yaml", False),
    ],
)
def test_patterns(name: str, pattern: str, matched: bool) -> None:
    assert matches(name, pattern) is matched
