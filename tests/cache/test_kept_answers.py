"""What was answered once is answered again without work, as long as all that it rests on is as it was."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import cnnshape
from cnnshape.cache import store
from cnnshape.cli import kept, start

NET = """\
input: [32, 32, 3]
layers:
  - Conv2D(8, 3)
  - Flatten
  - Dense(10)
"""
WRONG = NET.replace("Conv2D(8, 3)", "Conv2D(8, 300)")
INCLUDING = """\
input: [32, 32, 3]
layers:
  - include: part.yaml
  - Dense(10)
"""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[[str], Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, and beside it a cache folder of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """A command line, as from a shell."""

    def call(words: str) -> Outcome:
        capsys.readouterr()
        code = start.main(words.split())
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def ask_again(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The same of a program that can do nothing but say what it has kept."""

    def nothing(words: list[str]) -> int:
        raise AssertionError("it is worked out anew")

    def call(words: str) -> Outcome:
        with monkeypatch.context() as context:
            context.setattr(start, "run", nothing)
            return ask(words)

    return call


FILES = {
    "net.cnn.yaml": NET,
    "wrong.cnn.yaml": WRONG,
    "whole.cnn.yaml": INCLUDING,
    "part.yaml": "input: [32, 32, 3]\nlayers:\n  - Conv2D(4, 3)\n  - GlobalAveragePooling2D\n",
    "zoo.cnn.yaml": "input: [224, 224, 3]\nlayers:\n  - include: zoo:keras/vgg16\n",
    "broken.cnn.yaml": "input: [32, 32, 3\n",
    "café.cnn.yaml": NET.replace("Dense(10)", 'Dense(10, name="é")'),
    "pyproject.toml": '[tool.cnnshape]\nignore = ["CS502"]\n[tool.cnnshape.budgets."*"]\nparams = "<= 1k"\n',
}

COMMANDS = [
    *(f"plan {file}" for file in FILES if file.endswith("yaml")),
    *(f"plan net.cnn.yaml --format {name}" for name in ("json", "csv", "markdown", "latex")),
    *(f"check {file}" for file in FILES if file.endswith(".cnn.yaml")),
    *(
        f"check net.cnn.yaml wrong.cnn.yaml --format {name}"
        for name in ("concise", "json", "github", "gitlab", "sarif")
    ),
    "plan net.cnn.yaml wrong.cnn.yaml zoo:pytorch/resnet18 --exact",
    "plan net.cnn.yaml --batch 4 --input 64x64x3 --columns name,params --sort params --top 2",
    "plan zoo:keras/resnet50 --depth 1",
    "plan zoo:pytorch/resnet18 --against keras",
    "plan zoo:pytorch/resnet18 --count-like thop --optimizer sgd",
    "check --isolated wrong.cnn.yaml",
    "check zoo:keras/lenet5 --select CS5 --fail-on advice",
    "check net.cnn.yaml --exit-zero --color always",
]


def write(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("words", COMMANDS)
def test_what_is_kept_is_what_is_worked_out_byte_by_byte(folder: Path, ask: Ask, ask_again: Ask, words: str) -> None:
    write(folder)
    anew = ask(f"{words} --no-cache")
    assert anew.code in (0, 1)
    assert store.kept() == []
    assert ask(words) == anew
    assert ask_again(words) == anew


@pytest.mark.parametrize("format", ["full", "concise", "json", "sarif", "gitlab"])
def test_a_folder_keeps_what_was_found_in_each_of_its_files(
    folder: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    write(folder)
    anew = ask(f"check --no-cache --format {format}")
    assert store.kept() == []
    assert ask(f"check --format {format}") == anew
    asked: list[str] = []
    monkeypatch.setattr("cnnshape.checks.check.check_anew", lambda file, *_: asked.append(file))
    assert ask(f"check --format {format}") == anew
    assert asked == []


def test_of_a_folder_only_the_file_that_changed_is_checked_again(
    folder: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder)
    before = ask("check --format json")
    (folder / "net.cnn.yaml").write_text(WRONG, encoding="utf-8")
    from cnnshape.checks import check

    asked: list[str] = []
    check_anew = check.check_anew
    monkeypatch.setattr(check, "check_anew", lambda file, *rest: (asked.append(file), check_anew(file, *rest))[1])
    after = ask("check --format json")
    assert [os.path.basename(file) for file in asked] == ["net.cnn.yaml"]
    assert after.out != before.out


def change(path: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_text(text, encoding="utf-8")


def remove(path: str) -> Callable[[Path], object]:
    return lambda folder: (folder / path).unlink()


CHANGES = {
    "the file": ("plan net.cnn.yaml", change("net.cnn.yaml", WRONG)),
    "a file that it includes": ("plan whole.cnn.yaml", change("part.yaml", WRONG)),
    "a file that it includes is gone": ("plan whole.cnn.yaml", remove("part.yaml")),
    "the configuration": ("check net.cnn.yaml", change("pyproject.toml", "[tool.cnnshape]\n")),
    "the configuration is gone": ("check net.cnn.yaml", remove("pyproject.toml")),
    "a configuration that goes before it": (
        "check net.cnn.yaml",
        change("cnnshape.toml", '[budgets."*"]\nparams = "<= 2"\n'),
    ),
    "what makes the folder a project": ("plan deep/whole.yaml", remove("pyproject.toml")),
    "what a link leads to": ("plan link.yaml", lambda folder: relink(folder / "link.yaml", "wrong.cnn.yaml")),
    "a file above what a link leads to": ("plan away/../net.cnn.yaml", change("far/net.cnn.yaml", WRONG)),
    "the file is another kind of thing": (
        "plan net.cnn.yaml",
        lambda folder: ((folder / "net.cnn.yaml").unlink(), (folder / "net.cnn.yaml").mkdir()),
    ),
}


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_worked_out_anew(folder: Path, ask: Ask, what: str) -> None:
    write(folder)
    (folder / "link.yaml").symlink_to("net.cnn.yaml")
    (folder / "far" / "inner").mkdir(parents=True)
    (folder / "far" / "net.cnn.yaml").write_text(NET)
    (folder / "away").symlink_to("far/inner")
    (folder / "deep").mkdir()
    (folder / "deep" / "whole.yaml").write_text(INCLUDING.replace("part", "../part"), encoding="utf-8")
    words, happen = CHANGES[what]
    before = ask(words)
    happen(folder)
    after = ask(words)
    assert after == ask(f"{words} --no-cache")
    assert after != before


def test_the_same_words_elsewhere_are_another_question(folder: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder)
    before = ask("plan net.cnn.yaml")
    (folder / "other").mkdir()
    (folder / "other" / "net.cnn.yaml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(folder / "other")
    assert ask("plan net.cnn.yaml") != before


@pytest.mark.parametrize(
    "words",
    [
        "plan missing.yaml",
        "plan net.cnn.yaml --columns nonsense",
        "check net.cnn.yaml --select nonsense",
        "plan net.py:Net",
        "plan net.cnn.yaml --output net.txt",
        "check net.cnn.yaml --format junit",
        "conv 224 -k 7",
        "plan net.cnn.yaml --no-cache",
    ],
)
def test_what_rests_on_more_than_can_be_asked_again_is_not_kept(folder: Path, ask: Ask, words: str) -> None:
    write(folder)
    (folder / "net.py").write_text("from torch import nn\n\n\ndef Net():\n    return nn.Conv2d(3, 8, 3)\n")
    ask(words)
    assert [path for path, _ in store.kept() if b"command" in Path(path).read_bytes()] == []
    if not words.startswith("check"):
        assert store.kept() == []


@pytest.mark.parametrize("damage", [b"", b"\0", b"nonsense", None], ids=["empty", "null", "nonsense", "cut"])
def test_a_damaged_entry_is_replaced(folder: Path, ask: Ask, ask_again: Ask, damage: bytes | None) -> None:
    write(folder)
    expected = ask("plan net.cnn.yaml")
    ((entry, _),) = store.kept()
    whole = Path(entry).read_bytes()
    Path(entry).write_bytes(whole[:-20] if damage is None else damage)
    assert ask("plan net.cnn.yaml") == expected
    assert Path(entry).read_bytes() == whole
    assert ask_again("plan net.cnn.yaml") == expected


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    assert ask("plan net.cnn.yaml") == ask("plan net.cnn.yaml")
    assert ask("cache") == (0, f"{os.devnull}/cnnshape: 0 answers, 0 B\n", "")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/cnnshape"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/cnnshape"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/cnnshape"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "relative"}, None),
    ],
)
def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert store.folder() == expected


def test_the_program_that_changed_keeps_answers_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    (package / "cache").mkdir(parents=True)
    source = package / "rule.py"
    source.write_text("least = 1\n")
    monkeypatch.setattr(store, "__file__", str(package / "cache" / "store.py"))

    def program() -> str | None:
        monkeypatch.setattr(store, "_program", None)
        return store.program()

    before = program()
    assert program() == before
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "rule.pyc").write_bytes(b"compiled")
    assert program() == before
    source.write_text("least = 2\n")
    os.utime(source, ns=(1, 1))
    changed = program()
    assert changed != before
    (package / "page.md").write_text("new")
    assert program() not in (before, changed)
    monkeypatch.setattr(store, "__file__", str(package / "cache.zip" / "cache" / "store.py"))
    assert program() is None


def test_the_oldest_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SHARDS", 1)
    monkeypatch.setattr(store, "MOST_IN_SHARD", 10_000)
    with store.evidence.Evidence() as seen:
        pass
    for number in range(100):
        store.keep([f"{number}" * 400], seen, number)
        assert sum(size for _, size in store.kept()) <= 10_000
        assert store.recall(number) == [f"{number}" * 400]
    assert store.recall(0) is None
    store.keep(["x" * store.LARGEST_ENTRY], seen, "large")
    assert store.recall("large") is None


def test_many_processes_keep_and_recall_at_a_time(folder: Path) -> None:
    write(folder)
    words = [sys.executable, "-m", "cnnshape", "check", "net.cnn.yaml", "--format", "json"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, env=os.environ) for _ in range(6)]
    assert len({process.communicate(timeout=60)[0] for process in running}) == 1
    assert len(store.kept()) == 2  # what was written, and what was found in the file


def test_the_command_shows_and_clears(folder: Path, ask: Ask) -> None:
    write(folder)
    ask("plan net.cnn.yaml")
    place = folder.parent / "cache" / "cnnshape"
    assert re.fullmatch(rf"{re.escape(str(place))}: 1 answer, \d.*B\n", ask("cache").out)
    assert ask("cache clear").out.endswith(" removed\n")
    assert ask("cache") == (0, f"{place}: 0 answers, 0 B\n", "")


OPENED = """
import os, sys
from cnnshape.cli import kept, start
opened = set()
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        opened.add(os.path.realpath(arguments[0]))
def keep(answer, seen, *question):
    known = {os.path.realpath(path) for asked, path in seen.found if asked == "contents"}
    ours = (*sys.path[1:], sys.prefix, sys.base_prefix, sys.pycache_prefix or sys.prefix, os.path.realpath(os.environ["XDG_CACHE_HOME"]))
    print("UNKNOWN", sorted(path for path in opened - known if not path.startswith(ours) and ".git" not in path))
kept.keep = keep
sys.addaudithook(hook)
sys.exit(start.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("words", [words for words in COMMANDS if "net.cnn" not in words or "check" in words])
def test_whatever_file_is_opened_is_part_of_the_evidence(folder: Path, words: str) -> None:
    write(folder)
    root = str(Path(cnnshape.__file__).parent.parent)
    answer = subprocess.run(
        [sys.executable, "-c", OPENED, *words.split()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert "UNKNOWN []" in answer.stdout, answer.stderr


def test_no_other_variable_of_the_environment_changes_an_answer() -> None:
    asked = re.compile(
        r"environ(?:ment)?\.get\(\"([A-Z_]+)\"|(?:variable|environment)=\"([A-Z_]+)\"|, \"([A-Z]+_[A-Z_]+)\"\)"
    )
    root = Path(cnnshape.__file__).parent
    named = {
        next(filter(None, found))
        for path in [*root.glob("cli/*.py"), *root.glob("reports/**/*.py"), *root.glob("checks/**/*.py")]
        for found in asked.findall(path.read_text(encoding="utf-8"))
    }
    assert {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "NO_COLOR"} <= named
    assert named - {"COMPUTERNAME"} <= set(kept.ENVIRONMENT)  # which only junit states
