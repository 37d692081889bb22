"""``cnnshape check`` as a person and a CI job meet it: what it prints where, and its exit codes."""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run

GOOD = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 3, activation='relu')\n"
WRONG = "input: [8, 8, 3]\nlayers:\n  - Conv2D(8, 9)\n"
WARNED = "input: [8, 8, 3]\nlayers:\n  - a = ReLU\n  - Conv2D(8, 3)(input)\n"
ADVISED = "input: [9, 9, 3]\nlayers:\n  - MaxPooling2D(2)\n"
FIXABLE = """\
# A typo, twice; comments and layout stay.
input:  [32, 32, 3]
layers:
  - Conv2D(8, 3, stride=2)   # first
  - Desne(10)\t# second
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def write(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return name


@pytest.mark.parametrize(
    ("text", "options", "code", "summary"),
    [
        (GOOD, "", 0, "1 file checked: all well"),
        (WRONG, "", 1, "1 file checked: 1 error"),
        (WRONG, "--exit-zero", 0, "1 file checked: 1 error"),
        (WARNED, "", 0, "1 file checked: 1 warning"),
        (WARNED, "--fail-on warning", 1, "1 file checked: 1 warning"),
        (WARNED, "--fail-on warning --ignore CS204", 0, "1 file checked: all well"),
        (ADVISED, "", 0, "1 file checked: 1 advice"),
        (ADVISED, "--fail-on advice", 1, "1 file checked: 1 advice"),
        (ADVISED, "--fail-on advice --select CS502", 0, "1 file checked: all well"),
        (ADVISED, "--fail-on advice --ignore CS4,unread-border", 0, "1 file checked: all well"),
    ],
)
def test_exit_codes_and_the_summary(run: Run, text: str, options: str, code: int, summary: str) -> None:
    write("a.cnn.yaml", text)
    outcome = run(f"check {options}")
    assert (outcome.code, outcome.err) == (code, f"{summary}\n")


def test_the_findings_are_on_standard_output(run: Run) -> None:
    write("a.yaml", WRONG)
    assert run("check a.yaml --format concise").out == (
        "a.yaml:3:5: error: Conv2D's window of 9 is larger than its input along the height: 8; use a window of at most 8, "
        'an input of at least 9, or padding="same" [CS301]\n'
    )


def test_one_bad_file_hides_no_other_and_the_order_is_stable(run: Run) -> None:
    write("b.cnn.yaml", WRONG)
    write("a.cnn.yaml", "[" * 300)
    write("sub/c.cnn.yaml", WRONG)
    outcome = run("check --format json")
    found = [(finding["filename"], finding["code"]) for finding in json.loads(outcome.out)]
    assert found == [("a.cnn.yaml", "CS007"), ("b.cnn.yaml", "CS301"), ("sub/c.cnn.yaml", "CS301")]
    assert (outcome.code, outcome.err) == (1, "3 files checked: 3 errors\n")


def test_an_unreadable_file_among_others_is_a_finding_and_alone_a_failure(run: Run) -> None:
    write("a.yaml", GOOD)
    both = run("check a.yaml missing.yaml --format concise")
    assert (both.code, both.out) == (
        1,
        "missing.yaml: error: cannot read missing.yaml: No such file or directory [CS001]\n",
    )
    assert run("check missing.yaml").code == 2


def test_where_nothing_could_be_checked_it_is_2(run: Run) -> None:
    outcome = run("check")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "no architecture files in . (see `cnnshape check --help`)\n"
    assert run("check --fix") == run("check --write-expect") == run("check --exit-zero") == outcome


def test_a_folder_without_architectures_beside_others_is_named(run: Run) -> None:
    write("a.yaml", GOOD)
    Path("empty").mkdir()
    outcome = run("check a.yaml empty")
    assert outcome.code == 0
    assert outcome.err == "no architecture files in empty (see `cnnshape check --help`)\n1 file checked: all well\n"


@pytest.mark.parametrize("format", ["json", "gitlab", "sarif"])
def test_a_folder_without_architectures_gives_an_empty_document(run: Run, format: str) -> None:
    outcome = run(f"check --format {format} -o out.json")
    assert (outcome.code, outcome.out) == (2, "")
    document = json.loads(Path("out.json").read_text())
    assert (document["runs"][0]["results"] if format == "sarif" else document) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--ignore CS301", "--ignore names 'CS301', which is an error; errors are always reported"),
        ("--select CS9", "--select names 'CS9', which no rule has"),
        ("--config none.toml", "cannot read none.toml: No such file or directory"),
        ("--format xml", "'xml'"),
        ("--jobs 0", "0"),
    ],
)
def test_what_cannot_be_carried_out_is_2(run: Run, options: str, message: str) -> None:
    write("a.yaml", GOOD)
    outcome = run(f"check {options} a.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


def test_standard_input_has_the_name_that_it_is_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(WRONG.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    outcome = run("check - --stdin-filename models/a.yaml --format concise")
    assert outcome.out.startswith("models/a.yaml:3:5: error: ")
    assert outcome.code == 1


def test_standard_input_includes_what_lies_beside_the_file_that_it_is_named_as(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("models/part.yaml", "input: [8, 8, 3]\nlayers:\n  - Conv2D(4, 9)\n")
    text = "input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    outcome = run("check - --stdin-filename models/a.yaml --format concise")
    assert outcome.out.startswith("models/part.yaml:3:5: error: Conv2D's window of 9 ")


def test_a_link_to_nothing_is_not_taken_for_a_slip(run: Run) -> None:
    Path("model.yaml").symlink_to("gone.yaml")
    outcome = run("check model.yaml --format concise")
    assert outcome.out == "model.yaml: error: cannot read model.yaml: No such file or directory [CS001]\n"


def test_the_document_goes_to_the_file_of_output(run: Run) -> None:
    write("a.yaml", WRONG)
    outcome = run("check a.yaml --format sarif -o out.sarif")
    assert (outcome.out, outcome.err) == ("", "1 file checked: 1 error\n")
    assert json.loads(Path("out.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "CS301"


def test_the_configuration_sets_format_severity_ignores_and_budgets(run: Run) -> None:
    write("a.cnn.yaml", ADVISED)
    write("small/b.cnn.yaml", "input: [9, 9, 3]\nlayers:\n  - Conv2D(8, 3)\n")
    write(
        "pyproject.toml",
        '[tool.cnnshape]\noutput-format = "concise"\nfail-on = "advice"\n'
        '[tool.cnnshape.per-file-ignores]\n"a.*" = ["CS5"]\n[tool.cnnshape.budgets."small"]\nparams = "<= 200"\n',
    )
    outcome = run("check")
    assert outcome.out == (
        "small/b.cnn.yaml:1:1: error: params has to be <= 200, and is 224: 24 too many (budget of 'small' in pyproject.toml) "
        "[CS401]\n"
    )
    assert outcome.code == 1
    assert run("check --isolated --format concise").out.endswith("[CS501]\n")


def test_the_format_of_the_command_line_wins_over_the_environment_and_that_over_the_configuration(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.cnn.yaml", WRONG)
    write("cnnshape.toml", 'output-format = "concise"')
    assert run("check").out.startswith("a.cnn.yaml:3:5")
    monkeypatch.setenv("CNNSHAPE_OUTPUT_FORMAT", "json")
    assert run("check").out.startswith("[")
    assert run("check --output-format github").out.startswith("::error")


@pytest.mark.parametrize(
    ("comment", "reported"),
    [
        ("# noqa: CS501", False),
        ("# noqa", False),
        ("# NOQA: unread-border, CS503", False),
        ("# noqa: CS5", False),
        ("# noqa: CS502", True),
        ("#noqa", False),
        ("# noqa : CS501", False),
        ("# noqa : CS502", True),
        ("# known", True),
    ],
)
def test_a_comment_silences_advice_on_its_line(run: Run, comment: str, reported: bool) -> None:
    write("a.yaml", ADVISED.replace("(2)", f"(2)  {comment}"))
    assert bool(run("check a.yaml --format concise").out) is reported


def test_a_comment_silences_no_error(run: Run) -> None:
    write("a.yaml", WRONG.replace("9)", "9)  # noqa"))
    assert run("check a.yaml").code == 1


def test_fixes_keep_comments_and_layout(run: Run) -> None:
    write("a.yaml", FIXABLE)
    outcome = run("check --fix --ignore CS5 a.yaml")
    assert Path("a.yaml").read_text() == FIXABLE.replace("stride=", "strides=").replace("Desne", "Dense")
    assert outcome.err == "a.yaml: 2 fixed\n1 file checked: all well\n"
    assert outcome.code == 0


def test_line_ends_and_a_byte_order_mark_stay(run: Run) -> None:
    text = "\ufeff" + FIXABLE.replace("\n", "\r\n")
    write("a.yaml", text)
    run("check --fix a.yaml")
    assert Path("a.yaml").read_bytes().decode() == text.replace("stride=", "strides=").replace("Desne", "Dense")


def test_a_diff_shows_the_fixes_and_changes_nothing(run: Run) -> None:
    write("a.yaml", FIXABLE)
    outcome = run("check --diff a.yaml")
    assert Path("a.yaml").read_text() == FIXABLE
    assert (outcome.code, outcome.out) == (
        1,
        "--- a/a.yaml\n"
        "+++ b/a.yaml\n"
        "@@ -1,5 +1,5 @@\n"
        " # A typo, twice; comments and layout stay.\n"
        " input:  [32, 32, 3]\n"
        " layers:\n"
        "-  - Conv2D(8, 3, stride=2)   # first\n"
        "-  - Desne(10)\t# second\n"
        "+  - Conv2D(8, 3, strides=2)   # first\n"
        "+  - Dense(10)\t# second\n",
    )
    write("b.yaml", GOOD)
    assert run("check --diff b.yaml")[:2] == (0, "")


def test_a_diff_is_a_patch_that_applies(run: Run) -> None:
    text = "\ufeff" + FIXABLE.replace("\n", "\r\n")
    write("a.yaml", text)
    run("check --diff a.yaml -o a.patch")
    subprocess.run(["git", "apply", "a.patch"], check=True)
    assert Path("a.yaml").read_bytes().decode() == text.replace("stride=", "strides=").replace("Desne", "Dense")


@pytest.mark.parametrize("name", ["a b.yaml", 'a"b\\c.yaml', "a\n::error::x.yaml", "a\x1b[31m\u202e\u00e9.yaml"])
def test_a_diff_quotes_names_as_git_does(run: Run, name: str) -> None:
    write(name, FIXABLE)
    outcome = run("check", "--diff", name)
    assert all(line[0] in "-+ @" for line in outcome.out.splitlines())
    assert not set(outcome.out) & set("\x1b\u202e")
    Path("a.patch").write_text(outcome.out)
    subprocess.run(["git", "apply", "a.patch"], check=True)
    assert "Dense" in Path(name).read_text()


def test_a_diff_shows_the_promises_and_changes_nothing(run: Run) -> None:
    write("a.yaml", GOOD)
    outcome = run("check --write-expect --diff a.yaml missing.yaml")
    assert Path("a.yaml").read_text() == GOOD
    assert outcome.code == 1
    assert outcome.out.startswith("--- a/a.yaml\n+++ b/a.yaml\n")
    assert "\n+expect:\n" in outcome.out
    assert outcome.err.endswith("missing.yaml: not changed; it cannot be read\n")
    assert run("check --write-expect a.yaml").err == "a.yaml: written\n"
    assert run("check --write-expect --diff a.yaml") == (0, "", "")


def test_fixes_and_promises_are_two_steps(run: Run) -> None:
    write("a.yaml", FIXABLE)
    outcome = run("check --fix --write-expect a.yaml")
    assert outcome.code == 2
    assert outcome.err.startswith("error: --fix cannot be used with --write-expect: fix first, then promise\n")
    assert Path("a.yaml").read_text() == FIXABLE


def refuses(monkeypatch: pytest.MonkeyPatch, name: str, mode: str) -> None:
    """Let the file be one that this user may not read (or write); the tests may run as root, who always may."""

    def opened(file: object, how: str = "r", *rest: object, **named: object) -> object:
        if Path(str(file)).name == name and (mode == "r" or set(how) & set("wa+")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), file)
        return plainly(file, how, *rest, **named)  # type: ignore[call-overload]

    plainly = builtins.open
    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(io, "open", opened)


@pytest.mark.parametrize(
    ("mode", "option", "told"),
    [
        ("r", "--fix", "b.yaml: 2 fixed\n2 files checked: 1 error\n"),
        ("w", "--fix", "a.yaml: not changed; Permission denied\nb.yaml: 2 fixed\n"),
        ("r", "--write-expect", "a.yaml: not changed; it cannot be read\nb.yaml: written\n"),
        ("w", "--write-expect", "a.yaml: not changed; Permission denied\nb.yaml: written\n"),
    ],
)
def test_a_file_that_cannot_be_changed_hides_no_other(
    run: Run, monkeypatch: pytest.MonkeyPatch, mode: str, option: str, told: str
) -> None:
    text = FIXABLE if option == "--fix" else GOOD
    write("a.yaml", text)
    write("b.yaml", text)
    refuses(monkeypatch, "a.yaml", mode)
    alone = run(f"check --ignore CS5 {option} a.yaml")
    outcome = run(f"check --ignore CS5 {option} a.yaml b.yaml")
    assert (alone.code, outcome.code) == (2, 1)
    assert told in outcome.err
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("-", "standard input cannot be written to"),
        ("zoo:lenet5", "a built-in network cannot be written to"),
        ("missing.yaml", "it cannot be read"),
    ],
)
def test_what_is_no_file_cannot_promise(run: Run, file: str, reason: str) -> None:
    outcome = run(f"check --write-expect {file}")
    assert outcome.code == 2
    assert outcome.err == f"{file}: not changed; {reason}\n"
    write("a.yaml", GOOD)
    assert run(f"check --write-expect {file} a.yaml").code == 1


def test_a_diff_on_a_terminal_has_nothing_that_it_would_obey(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnshape.cli.mending.is_terminal", lambda stream: True)
    write("a.yaml", FIXABLE.replace("typo", "ty\u202epo"))
    outcome = run("check --diff a.yaml")
    assert "\u202e" not in outcome.out
    assert "-  - Desne(10)    # second\n" in outcome.out


def test_the_summary_counts_only_what_a_fix_of_these_files_mends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write("part.yaml", FIXABLE)
    write("a.yaml", "input: [32, 32, 3]\nlayers:\n  - include: part.yaml\n")
    assert run("check a.yaml").err == "1 file checked: 2 errors\n"
    assert run("check a.yaml part.yaml").err == "2 files checked: 2 errors; --fix mends 2\n"
    for name in ("", " --stdin-filename a.yaml"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FIXABLE.encode())))
        assert run(f"check -{name}").err == "1 file checked: 2 errors\n"


def test_per_file_ignores_are_about_the_file_that_the_finding_is_in(run: Run) -> None:
    write("part.yaml", ADVISED)
    write("a.yaml", "input: [9, 9, 3]\nlayers:\n  - include: part.yaml\n")
    write("cnnshape.toml", '[per-file-ignores]\n"part.yaml" = ["CS501"]\n')
    assert run("check a.yaml").err == "1 file checked: all well\n"
    write("cnnshape.toml", '[per-file-ignores]\n"a.yaml" = ["CS501"]\n')
    assert run("check a.yaml").err == "1 file checked: 1 advice\n"


def test_fixes_follow_each_other(run: Run) -> None:
    """The second error can be seen only when the first row has a shape."""
    write(
        "a.yaml",
        "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n  - Conv2d(4, 8, 3)\n  - Flatten()\n  - Linear(1000, 10)\n",
    )
    outcome = run("check --fix a.yaml")
    assert "Conv2d(3, 8, 3)" in Path("a.yaml").read_text()
    assert "Linear(7200, 10)" in Path("a.yaml").read_text()
    assert outcome.code == 0


def test_a_broken_block_is_not_fixed_for_one_of_its_uses(run: Run) -> None:
    text = (
        "framework: pytorch\ninput: [3, 32, 32]\nblocks:\n  unit():\n    - Conv2d(4, 8, 3)\n"
        "layers:\n  - unit()\n  - unit()\n"
    )
    write("a.yaml", text)
    run("check --fix a.yaml")
    assert Path("a.yaml").read_text() == text


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param("Conv2d(3, 1, 3, padding=1) * 2", id="the layer is stacked, and would need two numbers"),
        pytest.param("Conv2d(width, 8, 3)", id="the number is a variable, which has other values elsewhere"),
    ],
)
def test_no_number_is_put_where_it_would_not_hold(run: Run, layer: str) -> None:
    text = f"framework: pytorch\nvariables: {{width: 16}}\ninput: [3, 8, 8]\nlayers:\n  - {layer}\n"
    write("a.yaml", text)
    outcome = run("check --fix a.yaml")
    assert Path("a.yaml").read_text() == text
    assert (outcome.code, outcome.err) == (1, "1 file checked: 1 error\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("layers:\n  - include: zoo:keras/vgg16\n    include_top: false\n", id="a key that is taken"),
        pytest.param("loss: binary_crossentropy\nlayers: [ReLU]\n", id="a key that is far from any other"),
        pytest.param("layers:\n  - conv2 = ReLU\n  - ReLU()(conv1)\n", id="a name with another number"),
        pytest.param("layers:\n  - EinsumDense(8)\n", id="a layer that only has a word in common"),
        pytest.param("expects: {params: 0}\nexpected: {params: 1}\nlayers: [ReLU]\n", id="one key for two"),
    ],
)
def test_no_word_is_put_where_another_may_be_meant(run: Run, text: str) -> None:
    text = f"input: [32, 32, 3]\n{text}"
    write("a.yaml", text)
    outcome = run("check --fix a.yaml")
    assert Path("a.yaml").read_text() == text
    assert outcome.code == 1
    assert "fixed" not in outcome.err


def test_misspelt_words_are_mended_in_blocks_and_loops_too(run: Run) -> None:
    text = """\
input: [32, 32, 3]
blocks:
  unit(width):
    - Conv2D(width, 3, pading="same")  # kept
    - BatchNormalizaton
    - Dense(widht, activation="rleu")
layers:
  - unit(8) * 2
  - repeat: 2
    layers:
      - Conv2D(8, 3, padding="smae")
"""
    write("a.yaml", text)
    outcome = run("check --fix a.yaml --ignore CS5")
    assert (outcome.code, outcome.err) == (0, "a.yaml: 5 fixed\n1 file checked: all well\n")
    for wrong, right in {
        "pading": "padding",
        "zaton": "zation",
        "widht": "width",
        "rleu": "relu",
        "smae": "same",
    }.items():
        text = text.replace(wrong, right)
    assert Path("a.yaml").read_text() == text


@pytest.mark.parametrize(
    ("head", "before", "after"),
    [
        pytest.param(
            "input: [32, 32, 3]",
            ["a = Conv2D(8, 3, padding='same')", "b = Conv2D(8, 3)", "ReLU", "Add()(a, re_lu)"],
            ["a = Conv2D(8, 3, padding='same')", 'b = Conv2D(8, 3, padding="same")', "ReLU", "Add()(a, re_lu)"],
            id="same-size padding",
        ),
        pytest.param(
            "input: [32, 32, 3]",
            ["a = Conv2D(8, 1)", 'b = Conv2D(8, (3, 5), padding="valid")', "Add()(a, b)"],
            ["a = Conv2D(8, 1)", 'b = Conv2D(8, (3, 5), padding="same")', "Add()(a, b)"],
            id="same-size padding in place of another",
        ),
        pytest.param(
            "input: [32, 32, 3]",
            ["a = Conv2D(3, 1)", 'b = DepthwiseConv2D(3, 1, "valid")', "Add()(a, b)"],
            ["a = Conv2D(3, 1)", 'b = DepthwiseConv2D(3, 1, "same")', "Add()(a, b)"],
            id="same-size padding where it stands as the third",
        ),
        pytest.param(
            "framework: pytorch\ninput: [8, 32, 32]",
            ["a = ReLU()", "b = Conv2d(8, 8, 3, 1)", "c = add()(a, b)", "d = Conv2d(8, 8, 3, 1, 0)", "add()(c, d)"],
            [
                "a = ReLU()",
                "b = Conv2d(8, 8, 3, 1, padding=1)",
                "c = add()(a, b)",
                "d = Conv2d(8, 8, 3, 1, 1)",
                "add()(c, d)",
            ],
            id="same-size padding where it stands as the fifth",
        ),
        pytest.param(
            "framework: pytorch\ninput: [8, 32, 32]",
            ["a = ReLU()", "b = Conv2d(8, 8, 3, dilation=2)", "add()(a, b)"],
            ["a = ReLU()", "b = Conv2d(8, 8, 3, dilation=2, padding=2)", "add()(a, b)"],
            id="same-size padding in PyTorch",
        ),
        pytest.param(
            "input: [32, 32, 3]",
            ["skip = Conv2D(8, 3)", "Conv2D(8, 3)", "Conv2D(8, 4)", "Concatenate()(skip, conv2d_1)"],
            [
                "skip = Conv2D(8, 3)",
                "Conv2D(8, 3)",
                "Conv2D(8, 4)",
                "skip_cropped = Cropping2D(((2, 3), (2, 3)))(skip)",
                "Concatenate()(skip_cropped, conv2d_1)",
            ],
            id="crop of a skip connection",
        ),
        pytest.param(
            "framework: pytorch\ninput: [8, 32, 34]",
            ["skip = ReLU()", "Conv2d(8, 8, 3)", "Conv2d(8, 8, (4, 3))", "cat(dim=1)(skip, conv2d_1)"],
            [
                "skip = ReLU()",
                "Conv2d(8, 8, 3)",
                "Conv2d(8, 8, (4, 3))",
                "skip_cropped = ZeroPad2d((-2, -2, -2, -3))(skip)",
                "cat(dim=1)(skip_cropped, conv2d_1)",
            ],
            id="crop in PyTorch",
        ),
        pytest.param(
            "input: [32, 32, 3]",
            ["stem = Conv2D(8, 3, padding='sme')", "ReLU()(stemm)"],
            ["stem = Conv2D(8, 3, padding='same')", "ReLU()(stem)"],
            id="typos in choices and names",
        ),
        pytest.param(
            "variables: {width: 8}\ninput: [32, 32, 6]",
            ["Conv2D(widht, 3)", "Conv2D(8, 3, groups=3)(input)"],
            ["Conv2D(width, 3)", "Conv2D(8, 3, groups=2)(input)"],
            id="a variable, and groups",
        ),
        pytest.param(
            "framework: pytorch\ninput: [12, 32, 32]",
            ["Conv2d(12, 18, 3, groups=5)", "ConvTranspose2d(18, 12, 3, groups=4)"],
            ["Conv2d(12, 18, 3, groups=6)", "ConvTranspose2d(18, 12, 3, groups=3)"],
            id="groups that divide both channels in PyTorch",
        ),
    ],
)
def test_what_follows_is_fixed(run: Run, head: str, before: list[str], after: list[str]) -> None:
    def text(layers: list[str]) -> str:
        return f"{head}\nlayers:\n" + "".join(f"  - {layer}  # kept\n" for layer in layers)

    write("a.yaml", text(before))
    assert run("check a.yaml --isolated").code == 1
    assert run("check --fix a.yaml --isolated").code == 0
    assert Path("a.yaml").read_text().replace("  # kept", "") == text(after).replace("  # kept", "")
    assert Path("a.yaml").read_text().count("# kept") == len(before)


def test_fixes_keep_quotes_and_json_stays_json(run: Run) -> None:
    text = """\
{"nmae": "a", "input": [32, 32, 3], "layers": [
  {"Conv2D": {"filters": 8, "kernel_sze": 3, "activation": "rleu"}},
  {"Desne": 10},
  "Dnse(5, activation='rleu')"
]}
"""
    write("a.cnn.json", text)
    assert run("check --fix --ignore CS5 a.cnn.json").code == 0
    written = Path("a.cnn.json").read_text()
    for wrong, right in {"nmae": "name", "sze": "size", "rleu": "relu", "Desne": "Dense", "Dnse": "Dense"}.items():
        text = text.replace(wrong, right)
    assert written == text
    assert json.loads(written)["layers"][2] == "Dense(5, activation='relu')"


def test_fixes_keep_anchors(run: Run) -> None:
    text = "input: [32, 32, 3]\nlayers:\n  - &first Conv2D(8, 3, pading='same')\n  - *first\n  - &last\n    Desne: 10\n"
    write("a.yaml", text)
    assert run("check --fix --ignore CS5 a.yaml").code == 0
    assert Path("a.yaml").read_text() == text.replace("pading", "padding").replace("Desne", "Dense")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "framework: torch\ninput: [3, 32, 32]\nlayers:\n  - Conv2d(3, 16, 3)\n",
            "framework: pytorch\ninput: [3, 32, 32]\nlayers:\n  - Conv2d(3, 16, 3)\n",
            id="the framework is corrected, not the names",
        ),
        pytest.param(
            "input: [32, 32, 3]\nlayers:\n  - Conv2d(filters=8, kernel_size=3)\n  - Dense(2)\n",
            "input: [32, 32, 3]\nlayers:\n  - Conv2D(filters=8, kernel_size=3)\n  - Dense(2)\n",
            id="a name of the other framework, its arguments by name",
        ),
        pytest.param(
            "input: [32, 32, 3]\nlayers:\n  - Conv2d(3, 16, 3)\n  - Dense(2)\n",
            None,
            id="arguments by position mean something else in the other framework",
        ),
        pytest.param(
            "input: [32, 32, 3]\nlayers:\n  - Conv2d(filters=8, kernel_size=3)\n  - MaxPool2d(2)\n",
            None,
            id="nobody knows whether the names or the framework are wrong",
        ),
    ],
)
def test_words_of_the_other_framework(run: Run, before: str, after: str | None) -> None:
    write("a.yaml", before)
    run("check --fix a.yaml --isolated")
    assert Path("a.yaml").read_text() == (after or before)


def test_no_fix_changes_the_text_of_a_block_or_a_loop(run: Run) -> None:
    text = (
        "input: [32, 32, 3]\nblocks:\n  unit():\n    - Conv2D(3, 3)\n    - Add()(input, conv2d)\n"
        "layers:\n  - unit()\n  - repeat: 2\n    layers:\n      - a = ReLU\n      - b = Conv2D(3, 3)\n      - Add()(a, b)\n"
    )
    write("a.yaml", text)
    run("check --fix a.yaml")
    assert Path("a.yaml").read_text() == text


def test_the_json_states_the_edits(run: Run) -> None:
    write("a.yaml", "input: [8]\nnmae: a\nlayers: [ReLU]\n")
    (finding,) = json.loads(run("check a.yaml --format json").out)
    assert finding["edits"] == [
        {"location": {"row": 2, "column": 1}, "end_location": {"row": 2, "column": 5}, "content": "name"}
    ]


PROMISING = """\
name: a   # a comment
input: [8, 16, 3]
layers:
  - Conv2D(5, 3, strides=2)
"""


def test_promises_are_written_below_what_is_there(run: Run) -> None:
    write("a.yaml", PROMISING)
    outcome = run("check --write-expect a.yaml")
    assert Path("a.yaml").read_text() == f"{PROMISING}expect:\n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"
    assert (outcome.code, outcome.err) == (0, "a.yaml: written\n")
    assert run("check a.yaml").code == 0
    assert run("check --write-expect a.yaml").err == "a.yaml: nothing to change\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("expect:\n  params: 100  # exact\n", "expect:\n  params: 140  # exact\n"),
        ("expect:\n  params: <= 100\n  macs: <= 1M\n", "expect:\n  params: <= 140\n  macs: <= 1M\n"),
        ('expect: {params: "<= 100"}\n', 'expect: {params: "<= 140"}\n'),
        ("expect:\n  params: {min: 200, max: 300}\n", "expect:\n  params: {min: 140, max: 300}\n"),
        ("expect:\n  params: < 140\n", "expect:\n  params: < 141\n"),
        ("expect:\n  output: 3x7x5\n", "expect:\n  output: 3x7x5\n"),
        ("expect:\n  output: [1, 1, 1]\n", "expect:\n  output: [3, 7, 5]\n"),
        ("expect:\n  receptive_field: [3, 4]\n", "expect:\n  receptive_field: [3, 3]\n"),
        ("expect:\n  layers:\n    conv2d: {params: 7}\n", "expect:\n  layers:\n    conv2d: {params: 140}\n"),
        ("expect:\n", "expect:\n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        ("expect: # to do\n", "expect: # to do\n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        ("expect: {}\n", "expect: \n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        ("expect: null # to do\n", "expect:  # to do\n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        ("expect: ~\n", "expect: \n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        ("expect: {\n  }\n", "expect: \n  output: [3, 7, 5]\n  params: 140\n  macs: 2835\n"),
        (
            "expect:\n  params: >-\n    <= 5\n  # kept\n  macs: |\n    7\n  flops: <= 1M\n",
            "expect:\n  params: <= 140\n  # kept\n  macs: 2835\n  flops: <= 1M\n",
        ),
        ("expect:\n  flops: >-\n    >= 1M\n", 'expect:\n  flops: ">= 5775"\n'),
        ("expect:\n  params: &p 5\n  trainable_params: *p\n", "expect:\n  params: &p 140\n  trainable_params: *p\n"),
        ("expect:\n  output: '1x1x1'\n  params: '<= 5'\n", "expect:\n  output: [3, 7, 5]\n  params: '<= 140'\n"),
        ("expect:\n  receptive_field: {max: 2}\n", "expect:\n  receptive_field: {max: 3}\n"),
    ],
)
def test_promises_that_are_broken_are_brought_up_to_date(run: Run, before: str, after: str) -> None:
    write("a.yaml", PROMISING + before)
    assert run("check --write-expect a.yaml")[:2] == (0, "")
    assert Path("a.yaml").read_text() == PROMISING + after
    assert run("check a.yaml").code == 0


@pytest.mark.parametrize(
    "text",
    [
        '{"input": [8, 16, 3], "layers": ["Conv2D(5, 3, strides=2)"]}',
        '{"input": [8, 16, 3], "layers": ["Conv2D(5, 3, strides=2)"], "expect": {}}',
        '{"input": [8, 16, 3], "layers": ["Conv2D(5, 3, strides=2)"], "expect": null}',
        PROMISING.rstrip("\n"),
        PROMISING.replace("\n", "\r\n"),
        "".join(f"  {line}\n" for line in PROMISING.splitlines()),
        f"{PROMISING}...\n",
        f"# a comment\x85{PROMISING}",
    ],
)
def test_promises_fit_every_style_of_file(run: Run, text: str) -> None:
    write("a.yaml", text)
    assert run("check --write-expect a.yaml").code == 0
    written = Path("a.yaml").read_bytes().decode()
    assert "expect" in written
    assert "140" in written
    assert written.count("\r\n") == (written.count("\n") if "\r\n" in text else 0)
    assert run("check a.yaml --ignore CS5").err == "1 file checked: all well\n"


BLOCKS = """\
input: [32, 32, 3]
blocks:
  unit(filters):
    - Conv2D(filters, (3, 5))
    - ReLU
layers:
  - unit(8)
  - unit(16)
  - GlobalAveragePooling2D
  - Dense(10)
expect:
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("receptive_field: 5", "receptive_field: 32", id="a global field sees all of the input"),
        pytest.param("output_stride: 3", "output_stride: 1", id="a global field has a stride"),
        pytest.param(
            "layers: {unit_1: {output: [1, 1, 1], params: 3, macs: <= 1k}}",
            "layers: {unit_1: {output: [28, 24, 16], params: 1936, macs: <= 1290240}}",
            id="a block has an output, and the counts of all its rows",
        ),
        pytest.param(
            "layers: {unit: {receptive_field: 4}}", "layers: {unit: {receptive_field: [3, 5]}}", id="axes that differ"
        ),
    ],
)
def test_what_the_check_finds_broken_is_brought_up_to_date(run: Run, before: str, after: str) -> None:
    write("a.yaml", f"{BLOCKS}  {before}\n")
    assert run("check a.yaml").code == 1
    assert run("check --write-expect a.yaml")[:2] == (0, "")
    assert Path("a.yaml").read_text() == f"{BLOCKS}  {after}\n"
    assert run("check a.yaml").code == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{PROMISING}expect:\n  params: &p 5\n  macs: *p\n", id="one text for two numbers"),
        pytest.param(
            "name: &n 5\n" + PROMISING.partition("\n")[2] + "expect: {params: *n}\n", id="the text of something else"
        ),
    ],
)
def test_promises_that_no_number_fits_into_stay_and_are_reported(run: Run, text: str) -> None:
    write("a.yaml", text)
    outcome = run("check --write-expect a.yaml")
    assert Path("a.yaml").read_text() == text
    assert (outcome.code, outcome.err) == (
        1,
        "a.yaml: not changed; today's numbers do not fit into its promises as they are written\n",
    )
    assert "params has to be 5, and is 140: 135 too many" in outcome.out


def test_a_promise_without_a_meaning_stays_and_is_reported(run: Run) -> None:
    write("a.yaml", PROMISING + "expect:\n  params: 7\n  macs: many\n")
    outcome = run("check --write-expect a.yaml")
    assert Path("a.yaml").read_text() == PROMISING + "expect:\n  params: 140\n  macs: many\n"
    assert (outcome.code, outcome.err) == (1, "a.yaml: written\n")
    assert "CS402" in outcome.out
    assert "CS401" not in outcome.out


def test_nothing_is_promised_for_a_wrong_file(run: Run) -> None:
    write("a.yaml", WRONG)
    outcome = run("check --write-expect a.yaml")
    assert outcome.code == 1
    assert outcome.err == "a.yaml: not changed; only the numbers of a sound file can be promised\n"
    assert Path("a.yaml").read_text() == WRONG


def test_several_processes_find_the_same(run: Run) -> None:
    for number in range(30):
        write(f"m/{number:02}.cnn.yaml", WRONG if number % 3 else ADVISED)
    alone = run("check m --format json --jobs 1")
    assert run("check m --format json --jobs 2") == alone
    assert alone.err == "30 files checked: 20 errors, 10 advices\n"


def test_the_hook_runs_what_it_says(folder: Path) -> None:
    import yaml

    root = Path(__file__).parents[2]
    hooks = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["cnnshape", "cnnshape-fix", "cnnshape-models"]
    write("net.py", "from torch import nn\nnet = nn.Conv2d(3, 8, 9)\n")
    write("cnnshape.toml", '[models]\n"net.py:net" = {input = "3x4x4"}\n')
    for hook in hooks:
        assert hook["language"] == "python"
        words = hook["entry"].split()
        assert words[0] == "cnnshape"
        write("a.cnn.yaml", WRONG)
        given = ["a.cnn.yaml"] if hook.get("pass_filenames", True) else []
        answer = subprocess.run(
            [sys.executable, "-m", *words, *hook["args"], *given], capture_output=True, text=True, check=False
        )
        assert answer.returncode == 1, answer.stderr
        assert "CS301" in answer.stdout
        assert ("net.py" in answer.stdout) == (not given)


def test_the_action_passes_inputs_as_environment_variables_only() -> None:
    import yaml

    action = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text())
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in steps)
    used = {value[len("${{ inputs.") : -len(" }}")] for step in steps for value in step.get("env", {}).values()}
    assert used == set(action["inputs"])
    for step in steps:
        subprocess.run(["bash", "-n", "-c", step["run"]], check=True)


def test_errors_come_before_advice_whatever_their_files(run: Run) -> None:
    for name, text in (("a", ADVISED), ("b", WRONG), ("c", WARNED), ("d", WRONG)):
        write(f"{name}.cnn.yaml", text)
    found = json.loads(run("check --format json").out)
    assert [(each["severity"], each["filename"][0]) for each in found] == [
        ("error", "b"),
        ("error", "d"),
        ("warning", "c"),
        ("advice", "a"),
    ]


def test_a_file_with_misspelt_keys_is_reported(run: Run) -> None:
    write("models/a.yaml", "inputs_: [8, 8, 3]\nlayer:\n  - Conv2D(8, 3)\n")
    outcome = run("check --format json")
    assert outcome.code == 1
    found = json.loads(outcome.out)
    assert [(each["code"], each["fix"]) for each in found] == [  # one cause, one finding: no "the file has no layers"
        ("CS009", "did you mean input?"),
        ("CS009", "did you mean layers?"),
    ]
    assert run("check --fix").code == 0


@pytest.mark.parametrize(
    ("configuration", "command", "code", "said"),
    [
        pytest.param(
            '[budgets."models/moblie/*"]\nparams = "<= 5M"\n',
            "check",
            1,
            "cnnshape.toml:1:11: error: the pattern 'models/moblie/*' of budgets covers no architecture file, so nothing is "
            "held to it; did you mean models/mobile/*? [CS404]\n",
            id="a folder misspelt",
        ),
        pytest.param(
            'include = ["nets/*.json"]\n',
            "check",
            1,
            "cnnshape.toml:1:13: error: the pattern 'nets/*.json' of include covers no architecture file, so nothing is held "
            "to it; patterns are relative to the configuration's folder [CS404]\n",
            id="an include",
        ),
        pytest.param('[budgets."models/mobile/*"]\nparams = "<= 5M"\n', "check", 0, "", id="covered"),
        pytest.param('[budgets."*.yaml"]\nparams = "<= 5M"\n', "check models", 0, "", id="covered anywhere"),
        pytest.param('[budgets."other/*"]\nparams = "<= 5M"\n', "check models", 0, "", id="looked for elsewhere"),
        pytest.param('[budgets."other/*"]\nparams = "<= 5M"\n', "check models/mobile/a.yaml", 0, "", id="one file"),
        pytest.param('[budgets."models/large/*"]\nparams = "1"\n', "check models", 1, "'models/large/*'", id="below"),
    ],
)
def test_a_pattern_that_covers_no_file_is_a_finding(
    run: Run, configuration: str, command: str, code: int, said: str
) -> None:
    write("models/mobile/a.yaml", GOOD)
    write("cnnshape.toml", configuration)
    outcome = run(f"{command} --format concise")
    assert outcome.code == code
    assert said in outcome.out if said.startswith("'") else outcome.out == said


@pytest.mark.parametrize("repository", [False, True], ids=["a folder", "a repository"])
def test_a_link_out_of_the_project_is_reported_and_not_followed(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory, repository: bool
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.yaml").write_text(FIXABLE)
    if repository:
        subprocess.run(["git", "init", "-q"], check=True)
    else:
        Path(".git").mkdir()
        Path(".git/config").touch()
    write("inside.cnn.yaml", GOOD)
    for name, target in {
        "named.cnn.yaml": elsewhere / "secret.yaml",
        "looks-like-one.yaml": elsewhere / "secret.yaml",
        "git.cnn.yaml": ".git/config",
        "link.cnn.yaml": "inside.cnn.yaml",
    }.items():
        Path(name).symlink_to(target)
    outcome = run("check . --fix --format concise")
    assert (outcome.code, outcome.err) == (1, "2 files checked: 2 errors\n")
    assert outcome.out.splitlines() == [
        f"{name}: error: {name} is a link that leads out of the project, and is not followed; put the file itself here, "
        "or name it on the command line [CS014]"
        for name in ("git.cnn.yaml", "named.cnn.yaml")
    ]
    assert (elsewhere / "secret.yaml").read_text() == FIXABLE
    assert run("check named.cnn.yaml --fix").code == 0
    assert "strides=2" in (elsewhere / "secret.yaml").read_text()
