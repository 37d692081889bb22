"""``cnnshape search``: what it writes, how it goes on after a kill, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Run

NETWORK = """\
variables: {width: 8, depth: 2, side: 32}
input: $([side, side, 3])
layers:
  - Conv2D(width, 3, padding="same") * depth
  - GlobalAveragePooling2D
  - Dense(10)
"""
SPACE = """\
search:
  vary: {width: 4..16:4, depth: [1, 2]}
  constraints: {params: <= 2k}
  minimize: macs
  maximize: params
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NETWORK)
    Path("space.yaml").write_text(NETWORK + SPACE)
    return tmp_path


def test_the_space_of_a_file_is_that_of_the_options(run: Run) -> None:
    options = "--vary width=4..16:4 --vary depth=1,2 --constraint 'params <= 2k' --minimize macs --maximize params"
    stated = run("search space.yaml")
    assert stated == run(f"search net.yaml {options}")
    assert stated.out.startswith("8 variants, of which 7 fit\n  not within params 1\n\nPareto front: 6 variants\n")


def test_results_are_json_lines_or_csv(run: Run) -> None:
    assert run("search space.yaml -o all.jsonl").code == 0
    assert run("search space.yaml -o all.csv").code == 0
    lines = [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
    rows = list(csv.DictReader(Path("all.csv").read_text().splitlines()))
    assert [str(each["params"]) for each in lines] == [row["params"] for row in rows]
    assert lines[-1] | {"macs": 0} == {
        "position": 7,
        "variables": {"width": 16, "depth": 2},
        "params": 2938,
        "macs": 0,
        "peak_activation_bytes": 131072,
        "weight_bytes": 11752,
        "output": [10],
        "error": None,
        "outside": ["params"],
    }


@pytest.mark.parametrize("file", ["all.jsonl", "all.csv"])
def test_several_processes_write_what_one_writes(run: Run, file: str) -> None:
    run(f"search space.yaml -o one-{file}")
    assert run(f"search space.yaml -o two-{file} --jobs 2").code == 0
    assert Path(f"one-{file}").read_bytes() == Path(f"two-{file}").read_bytes()


LONG = "search net.yaml --vary width=1..20 --vary side=1..99 --vary depth=0,1,3 --minimize macs --maximize params"


@pytest.mark.parametrize("options", ["-o all.jsonl", "-o all.csv --random 2500 --seed 4 --jobs 2"])
def test_a_search_that_is_killed_twice_ends_as_if_it_were_not(run: Run, options: str) -> None:
    name = options.split()[1]
    whole = run(f"{LONG} {options}")
    expected = Path(name).read_bytes()
    Path(name).unlink()
    words = [sys.executable, "-m", "cnnshape", *f"{LONG} {options} --resume".split()]
    for least in (1, len(expected) // 3):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
            while program.poll() is None and (not Path(name).exists() or Path(name).stat().st_size < least):
                time.sleep(0.005)
            program.kill()
        assert program.returncode == -signal.SIGKILL
        assert expected.startswith(Path(name).read_bytes())
        os.truncate(name, Path(name).stat().st_size - 3)  # as a kill in the midst of a line leaves it
    assert run(f"{LONG} {options} --resume") == whole
    assert Path(name).read_bytes() == expected


def parts(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


@pytest.mark.parametrize("options", ["", "--optimize 400 --seed 2"])
def test_a_folder_of_parquet_is_the_same_after_a_kill(run: Run, monkeypatch: pytest.MonkeyPatch, options: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("optuna")
    monkeypatch.setattr("cnnshape.cli.results.PART", 128)
    asked = f"{LONG.replace('1..99', '1..9')} {options}"
    assert run(f"{asked} -o whole.parquet").code == 0
    whole = parts("whole.parquet")
    table = parquet.read_table("whole.parquet").to_pylist()
    run(f"{asked} -o all.csv")
    rows = list(csv.DictReader(Path("all.csv").read_text().splitlines()))
    assert [[str(each[key]) for key in ("position", "width", "params")] for each in table] == [
        [row[key] or "None" for key in ("position", "width", "params")] for row in rows
    ]
    run(f"{asked} -o all.jsonl")
    lines = Path("all.jsonl").read_text().splitlines(keepends=True)
    for cut in (0, 100, 128, 300):  # as kills leave it: whole parts, and a tail with half a line
        done = Path(f"cut{cut}.parquet")
        done.mkdir()
        for name in list(whole)[: cut // 128]:
            (done / name).write_bytes(whole[name])
        (done / "_tail.jsonl").write_text("".join(lines[cut // 128 * 128 : cut]) + lines[cut][:20])
        assert run(f"{asked} -o {done} --resume").code == 0
        assert parts(str(done)) == whole


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_what_an_optimizer_chooses_hangs_on_its_seed_alone(run: Run, sampler: str) -> None:
    pytest.importorskip("optuna")
    asked = f"search space.yaml --vary side=8..64 --optimize 120 --sampler {sampler}"
    first = run(f"{asked} -o one.jsonl")
    assert run(f"{asked} -o two.jsonl --jobs 2") == first
    written = Path("one.jsonl").read_bytes()
    assert Path("two.jsonl").read_bytes() == written
    lines = written.splitlines(keepends=True)
    assert [json.loads(line)["position"] for line in lines] == list(range(120))
    Path("part.jsonl").write_bytes(b"".join(lines[:70]) + lines[70][:9])
    assert run(f"{asked} -o part.jsonl --resume") == first
    assert Path("part.jsonl").read_bytes() == written
    outcome = run(f"{asked} -o part.jsonl --resume --seed 5")
    assert outcome.code == 2
    assert "it holds the results of another search" in outcome.err
    assert Path("part.jsonl").read_bytes() == written


def test_an_optimizer_finds_what_all_variants_hold(run: Run) -> None:
    """The smallest error of 18,270 variants, in 300 of them."""
    pytest.importorskip("optuna")
    Path("wide.yaml").write_text(NETWORK)
    asked = "search wide.yaml --vary width=1..203 --vary side=1..45 --vary depth=1,2 --constraint 'params >= 100k'"
    best = json.loads(run(f"{asked} --minimize macs --format json").out)["front"][0]["macs"]
    found = json.loads(run(f"{asked} --minimize macs --optimize 300 --format json").out)["front"][0]["macs"]
    assert found <= 1.5 * best


def test_the_page_has_the_front_and_the_points_of_what_fits(run: Run) -> None:
    page = run("search space.yaml --format html").out
    data = json.loads(page.partition('id="data"')[2].partition(">")[2].partition("</script>")[0])
    (chart,) = data["charts"]
    assert (len(data["cells"]), len(chart["values"]), chart["shown"]) == (6, 7, [1, 0])
    assert chart["names"][0] == "width = 4, depth = 1"
    assert [axis["title"] for axis in chart["axes"]] == ["params", "MACs", "peak memory", "weights"]


def test_a_search_that_has_ended_is_told_again(run: Run) -> None:
    first = run("search space.yaml -o all.csv")
    before = Path("all.csv").read_bytes()
    assert run("search space.yaml -o all.csv --resume") == first
    assert Path("all.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "the space is empty: write --vary"),
        ("--vary widht=1,2", "the file states no variable 'widht'; what can be varied is width, depth, side, input"),
        ("--vary width=1,2 --vary width=3", "--vary names a variable twice"),
        ("--vary width=2..1", "width: a range goes up"),
        ("--vary width=1..999999999999999999 --vary side=1..999999999999", "too many to plan each: write --random"),
        ("--vary width=1,2 --constraint 'size <= 3'", "no figure is called 'size'"),
        ("--vary width=1,2 --resume", "--resume needs the file to go on with"),
        ("--vary width=1,2 -o net.yaml", "--output is net.yaml, which"),
        ("--vary width=1,2 -o old.jsonl", "--output is old.jsonl, which holds something: add --resume"),
        (
            "--vary width=1,2 -o old.jsonl --resume",
            "--resume cannot go on with old.jsonl: it holds the results of another search",
        ),
        (
            "--vary width=1,2 -o notes.jsonl --resume",
            "--resume cannot go on with notes.jsonl: it holds the results of another search",
        ),
        ("--vary width=1,2 -o -", "--output is standard output, where the Pareto front goes; name a file"),
        ("--vary width=1,2 -o no/such/all.csv", "no/such/all.csv: No such file or directory"),
        ("--vary width=1,2 -o /dev/full", "/dev/full: No space left on device"),
    ],
)
def test_what_cannot_be_searched_is_refused(run: Run, options: str, message: str) -> None:
    run("search net.yaml --vary width=3,4 -o old.jsonl")
    Path("notes.jsonl").write_text("a line without an end")
    outcome = run(f"search net.yaml {options}")
    assert outcome.code == 2
    assert message in outcome.err
    assert len(Path("old.jsonl").read_text().splitlines()) == 2
    assert Path("notes.jsonl").read_text() == "a line without an end"


def test_nothing_that_fits_is_an_exit_code_of_its_own(run: Run) -> None:
    outcome = run("search net.yaml --vary side=0,8 --constraint 'params <= 1'")
    assert (outcome.code, outcome.out) == (1, "2 variants, of which 0 fit\n  not within params 1\n  wrong CS011 1\n")
