"""``cnnshape diff`` between files and between revisions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import Run

OLD = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3)\n"
NEW = "input: [8, 8, 3]\nlayers:\n  - Conv2D(16, 3)\n"


def git(*words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 1)\n")
    Path("models/a.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n  - Conv2D(8, 3)\n")
    Path("old.yaml").write_text(OLD)
    Path("new.yaml").write_text(NEW)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path


def test_exit_codes(run: Run) -> None:
    assert run("diff old.yaml new.yaml").code == 0
    assert run("diff old.yaml new.yaml --exit-code").code == 1
    same = run("diff old.yaml old.yaml --exit-code")
    assert (same.code, same.out) == (0, "no difference in 1 layers\n")


def test_a_file_and_what_it_includes_are_taken_from_the_revision(run: Run) -> None:
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(6, 1)\n")
    document = json.loads(run("diff --git HEAD models/a.yaml --format json").out)
    assert (document["old"], document["new"]) == ("HEAD:models/a.yaml", "models/a.yaml")
    changed = {layer["name"]: layer["changes"].get("arguments") for layer in document["layers"]}
    assert changed["part/conv2d"] == {
        "old": {"filters": 4, "kernel_size": [1, 1]},
        "new": {"filters": 6, "kernel_size": [1, 1]},
    }


def test_from_inside_a_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("models")
    assert run("diff --git HEAD a.yaml --exit-code").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("diff old.yaml", "needs two FILEs, or one and --git REV, got 1"),
        ("diff --git HEAD old.yaml new.yaml", "needs one FILE beside --git REV, got 2"),
        ("diff --git nowhere old.yaml", "git has no nowhere"),
        ("diff --git HEAD models/missing.yaml", "git has no models/missing.yaml at HEAD"),
        ("diff --git=--output=x old.yaml", "git has no --output=x"),
    ],
)
def test_what_cannot_be_compared_is_2(run: Run, words: str, message: str) -> None:
    outcome = run(words)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert not Path("x").exists()


def test_a_wrong_architecture_is_shown_and_is_1(run: Run) -> None:
    Path("new.yaml").write_text(NEW.replace("3)", "9)"))
    outcome = run("diff old.yaml new.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error[CS301]: ")
    assert outcome.err.endswith("new.yaml: only sound architectures can be compared\n")


def test_a_file_that_the_revision_does_not_have_is_new(run: Run) -> None:
    Path("models/b.yaml").write_text(NEW)
    outcome = run("diff --git HEAD models/b.yaml --exit-code")
    assert outcome.code == 1
    assert outcome.out.startswith("a new network; layers: 1 added\n\n+ conv2d  Conv2D  output (6, 6, 16);")


def test_broken_promises_are_compared(run: Run) -> None:
    Path("old.yaml").write_text(OLD + "expect: {params: 224}\n")
    Path("new.yaml").write_text(NEW + "expect: {params: 224}\n")
    outcome = run("diff old.yaml new.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("layers: 1 changed\n")


def test_a_wrong_file_of_a_revision_is_named_as_it_is_there(run: Run) -> None:
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 99)\n")
    git("commit", "-qam", "wrong")
    outcome = run("diff --git HEAD models/a.yaml --color never")
    assert outcome.code == 1
    assert " --> HEAD:models/part.yaml:3:5\n" in outcome.err
    assert outcome.err.splitlines()[-1] == "models/a.yaml: only sound architectures can be compared"
    assert "HEAD:models/a.yaml: only sound architectures can be compared" in outcome.err


def test_the_document_goes_to_the_file_of_output(run: Run) -> None:
    assert run("diff old.yaml new.yaml --format markdown -o diff.md").out == ""
    assert Path("diff.md").read_text().startswith("**new**: layers: 1 changed\n")


def test_settings_hold_for_both(run: Run) -> None:
    document = json.loads(run("diff old.yaml new.yaml --input 16x16x3 --format json").out)
    assert document["layers"][0]["changes"]["output_shapes"] == {"old": [[1, 14, 14, 8]], "new": [[1, 14, 14, 16]]}


def test_of_two_folders_the_files_of_one_name_are_compared(run: Run) -> None:
    for name, text in {"old/a": OLD, "new/a": NEW, "old/b": OLD, "new/b": OLD, "old/c": OLD, "new/sub/d": NEW}.items():
        path = Path(f"versions/{name}.cnn.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    documents = json.loads(run("diff versions/old versions/new --format json").out)
    assert [(each["old"], each["new"], each["identical"]) for each in documents] == [
        ("versions/old/a.cnn.yaml", "versions/new/a.cnn.yaml", False),
        ("versions/old/b.cnn.yaml", "versions/new/b.cnn.yaml", True),
        ("versions/old/c.cnn.yaml", None, False),
        (None, "versions/new/sub/d.cnn.yaml", False),
    ]
    text = run("diff versions/old versions/new").out
    assert text.startswith("versions/new/a.cnn.yaml: layers: 1 changed\n")
    assert "versions/old/c.cnn.yaml: a removed network; layers: 1 removed\n" in text
    assert text.endswith("\n3 of 4 files differ\n")
    assert "### `versions/new/sub/d.cnn.yaml`" in run("diff versions/old versions/new --format markdown").out


def test_a_folder_is_compared_with_its_revision(run: Run) -> None:
    same = run("diff --git HEAD models --exit-code")
    assert (same.code, same.out) == (0, "0 of 2 files differ\n")
    Path("models/part.yaml").write_text("input: [8, 8, 3]\nlayers:\n  - Conv2D(6, 1)\n")
    Path("old.yaml").unlink()
    documents = json.loads(run("diff --git HEAD . --format json").out)
    assert [(each["old"], each["new"]) for each in documents if not each["identical"]] == [
        ("HEAD:./models/a.yaml", "models/a.yaml"),
        ("HEAD:./models/part.yaml", "models/part.yaml"),
        ("HEAD:./old.yaml", None),
    ]


def test_a_folder_that_the_revision_does_not_have_is_new(run: Run) -> None:
    Path("more").mkdir()
    Path("more/b.yaml").write_text(NEW)
    assert run("diff --git HEAD more").out.startswith("more/b.yaml: a new network; layers: 1 added\n")


def test_what_a_configuration_excludes_is_compared_in_neither_version(run: Run) -> None:
    Path("cnnshape.toml").write_text('exclude = ["models/part.yaml"]\n')
    assert run("diff --git HEAD models").out == "0 of 1 file differ\n"


@pytest.mark.parametrize(
    ("limits", "code", "said"),
    [
        ("params=100%", 0, ""),
        ("params=99.9%", 1, "new.yaml: params grows from 224 to 448, by 224 (+100.00%), and may grow by 99.9%\n"),
        ("params=224,macs=8064", 0, ""),
        ("params=223", 1, "new.yaml: params grows from 224 to 448, by 224 (+100.00%), and may grow by 223\n"),
        ("layers=0%,buffers=0", 0, ""),
        (
            "params=5%, macs=5%",
            1,
            "new.yaml: params grows from 224 to 448, by 224 (+100.00%), and may grow by 5%\n"
            "new.yaml: macs grows from 7,776 to 15,552, by 7,776 (+100.00%), and may grow by 5%\n",
        ),
        ("weight_bytes=1KiB; macs=1G", 0, ""),
    ],
)
def test_growth_beyond_a_limit_is_1(run: Run, limits: str, code: int, said: str) -> None:
    words = [word for limit in limits.split("; ") for word in ("--max-growth", limit)]
    outcome = run("diff", "old.yaml", "new.yaml", *words)
    assert (outcome.code, outcome.err) == (code, said)


def test_what_becomes_unknown_cannot_be_held_to_a_limit(run: Run) -> None:
    Path("new.yaml").write_text(NEW.replace("[8, 8, 3]", "[null, 8, 3]"))
    outcome = run("diff old.yaml new.yaml --max-growth macs=5%")
    assert (outcome.code, outcome.err) == (1, "new.yaml: macs is not known any more, and may grow by 5%\n")


def test_what_shrinks_or_is_new_has_not_grown(run: Run) -> None:
    assert run("diff new.yaml old.yaml --max-growth params=0%").code == 0
    Path("models/b.yaml").write_text(NEW)
    assert run("diff --git HEAD models --max-growth params=0%").code == 0


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("params", "is a total and by how much it may grow, as in params=5%, got 'params'"),
        ("parms=5%", "names a total 'parms', which there is not; did you mean params?"),
        ("params=some", "of params: 'some' is no number; write 5%, or an amount such as 10k"),
        ("params=-5%", "of params: '-5%' is no number"),
    ],
)
def test_limits_that_are_none_are_2(run: Run, limits: str, message: str) -> None:
    outcome = run(f"diff old.yaml new.yaml --max-growth {limits}")
    assert (outcome.code, outcome.out) == (2, "")
    assert message in " ".join(outcome.err.split())


def test_a_file_is_not_compared_with_a_folder(run: Run) -> None:
    outcome = run("diff old.yaml models")
    assert outcome.code == 2
    assert "error: what is compared are two files, or two folders" in outcome.err


def test_folders_without_architectures_are_2(run: Run) -> None:
    for name in ("empty", "void"):
        Path(name).mkdir()
    assert (run("diff empty void").code, run("diff --git HEAD void").code) == (2, 2)


def test_a_configuration_that_is_wrong_is_2(run: Run) -> None:
    Path("cnnshape.toml").write_text("wrong")
    outcome = run("diff models models")
    assert (outcome.code, outcome.out) == (2, "")
    assert "is not valid TOML" in outcome.err
