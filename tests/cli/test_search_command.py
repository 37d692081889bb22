"""``cnnshape search``: what it writes, how it goes on after a kill, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run

from cnnshape import __version__
from cnnshape.readers.yaml.space import SpaceError, space_of
from cnnshape.studies.order import order_of
from cnnshape.studies.search import Task, to_travel, work_out
from cnnshape.studies.workers import require_same_versions

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
        (
            "--vary width=1,2 --random 2 --optimize 2",
            "--optimize cannot stand beside --random: each chooses variants in a way of its own",
        ),
        ("--vary width=1,2 --optimize 2", "an optimizer needs something to weigh: --minimize or --maximize a figure"),
        ("--vary width=1,2 --jobs 2 --scheduler tcp://a:1", "--jobs is for processes of this machine"),
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


SOURCE = """\
import torch
from torch import nn

WIDE = 3


class Base(nn.Module):
    def __init__(self, width=16, depth=2, *, classes=10):
        super().__init__()
        layers = [nn.Conv2d(width, width, WIDE, padding=WIDE // 2) for _ in range(depth)]
        self.body = nn.Sequential(nn.Conv2d(3, width, WIDE), *layers)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


class Net(Base):
    pass
"""


def test_the_arguments_of_a_class_of_source_are_variables(run: Run) -> None:
    Path("net.py").write_text(SOURCE)
    vary = "--vary width=4,8 --vary depth=0,3 --vary WIDE=3,5 --vary classes=7 --when 'width * depth <= 12'"
    outcome = run(f"search net.py:Net --input 3x16x16 {vary} -o all.jsonl --jobs 2")
    assert (outcome.code, outcome.out) == (0, "6 variants, of which 6 fit\n  2 more are excluded by when\n")
    for line in Path("all.jsonl").read_text().splitlines():
        variant = json.loads(line)
        named = variant["variables"]
        wide = named.pop("WIDE")
        arguments = ", ".join(f"{name}={value}" for name, value in named.items())
        plan = run(f"plan 'net.py:Net({arguments})' --input 3x16x16 --set WIDE={wide} --format json").out
        totals = json.loads(plan)["totals"]
        assert [variant[key] for key in ("params", "macs", "peak_activation_bytes")] == [
            totals[key] for key in ("params", "macs", "peak_activation_bytes")
        ]
    outcome = run("search net.py:Net --input 3x16x16 --vary widht=4,8")
    assert outcome.code == 2
    assert "no variable 'widht'; what can be varied is WIDE, width, depth, classes, input" in outcome.err


def started(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise TimeoutError


def test_a_cluster_that_loses_a_worker_finds_what_one_process_finds(run: Run) -> None:
    """A scheduler and two workers of Dask, one of which is killed in the midst of the search."""
    distributed = pytest.importorskip("distributed")
    whole = run(f"{LONG} -o whole.jsonl")
    expected = Path("whole.jsonl").read_bytes()
    place = Path("scheduler.json")
    common = ("--no-dashboard", "--host", "127.0.0.1")
    programs = [started("distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(place), *common)]
    try:
        wait_until(lambda: place.is_file() and place.read_text().endswith("}"))
        address = json.loads(place.read_text())["address"]
        outcome = run(f"{LONG} --scheduler {address}")
        assert outcome.code == 2
        assert f"the scheduler at {address} has no workers: start some with `dask worker {address}`" in outcome.err
        programs += [
            started("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *common) for _ in range(2)
        ]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2)
        search = started("cnnshape", *LONG.split(), "-o", "found.jsonl", "--scheduler", address)
        programs.append(search)
        found = Path("found.jsonl")
        wait_until(lambda: found.is_file() and found.stat().st_size > len(expected) // 20)
        programs[1].kill()
        assert search.poll() is None
        assert search.wait(120) == 0
        assert found.read_bytes() == expected
        assert run(f"{LONG} -o again.jsonl --scheduler {address}") == whole
    finally:
        for program in programs:
            program.kill()
            program.wait()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"packages": {"cnnshape": "0.0.1"}}, "has cnnshape 0.0.1, this is "),
        ({"packages": {"cnnshape": None}}, "has no cnnshape, this is "),
        ({"host": {"python": "3.8.1.final.0"}}, "runs Python 3.8.1.final.0, this "),
    ],
)
def test_workers_with_other_versions_are_refused(about: dict[str, dict[str, str]], message: str) -> None:
    python = ".".join(map(str, sys.version_info[:3]))
    same = {"packages": {"cnnshape": __version__}, "host": {"python": python}}
    require_same_versions({"tcp://one": same})
    with pytest.raises(SpaceError, match=f"^the worker tcp://two {message}"):
        require_same_versions({"tcp://one": same, "tcp://two": {**same, **about}})


def test_a_worker_refuses_another_file_than_the_search_is_of(run: Run) -> None:
    Path("net.py").write_text(SOURCE)
    space = space_of({"vary": {"width": [4, 8]}})
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    task = to_travel(Task("net.py:Net", None, {**settings, "input": [3, 16, 16]}, space, order_of(space, None, 0)))
    assert len(work_out(task, 0, 2).variants) == 2
    Path("net.py").write_text(SOURCE.replace("WIDE = 3", "WIDE = 5"))
    with pytest.raises(SpaceError, match=r"a worker reads another .*net\.py:Net than this machine"):
        work_out(task, 0, 2)
    with pytest.raises(SpaceError, match=r"a worker has cnnshape .*, this is 0\.0\.1"):
        work_out(task._replace(version="0.0.1"), 0, 2)
    assert to_travel(task._replace(file="net.yaml", digest=None)).text == NETWORK


def test_a_worker_refuses_other_includes_than_the_search_is_of(run: Run) -> None:
    Path("tail.yaml").write_text("input: [8, 8, 4]\nlayers:\n  - Conv2D(4, 3)\n")
    Path("whole.yaml").write_text(
        "variables: {width: 4}\ninput: [8, 8, 3]\nlayers:\n  - Conv2D(width, 1)\n  - include: tail.yaml\n"
    )
    space = space_of({"vary": {"width": [4, 8]}})
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    task = to_travel(Task("whole.yaml", None, settings, space, order_of(space, None, 0)))
    assert task.files == (str(Path("whole.yaml").resolve()), str(Path("tail.yaml").resolve()))
    assert len(work_out(task, 0, 2).variants) == 2
    Path("tail.yaml").write_text("input: [8, 8, 4]\nlayers:\n  - Conv2D(5, 3)\n")
    with pytest.raises(SpaceError, match=r"a worker reads another .*whole\.yaml or .*tail\.yaml than this machine"):
        work_out(task, 0, 2)


def test_no_scheduler_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("cnnshape.studies.workers.PATIENCE", 1)
    outcome = run("search space.yaml --scheduler tcp://127.0.0.1:9")
    assert outcome.code == 2
    assert outcome.err.startswith("error: there is no scheduler at tcp://127.0.0.1:9: ")


@pytest.mark.parametrize(
    ("options", "missing", "message"),
    [
        (
            "--optimize 3",
            "optuna",
            'choosing variants by an optimizer needs optuna, which is not installed: pip install "cnnshape[search]"',
        ),
        (
            "-o all.parquet",
            "pyarrow",
            'writing Parquet needs pyarrow, which is not installed: pip install "cnnshape[search]"',
        ),
        (
            "--scheduler tcp://a:1",
            "distributed",
            'a search on a cluster needs distributed, which is not installed: pip install "cnnshape[cluster]"',
        ),
    ],
)
def test_an_extra_that_is_missing_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: str, missing: str, message: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    outcome = run(f"search space.yaml {options}")
    assert outcome.code == 2
    assert message in outcome.err
