"""The table of figures, every one measured side by side in this run.

    python -m benchmarks [SECTION ...] [--rounds N] [--python PATH ...] [--before REVISION] [--format table|json]

Sections: before (this tree beside the commit before it, or another REVISION), start (fresh processes, through the
installed ``cnnshape``), tab (completion in bash), peers (ResNet-50 in a fresh process of each tool), files (ResNet-50
as ONNX and as `.keras`, beside the library whose file it is), warm (ResNet-50 in one process), growth (files of 4,000
to 40,000 layers), large (40,000 lines, beside what PyYAML takes to read them), check, verify, sweep, forward (the
modules beside this one). All by default. A tool that is not importable here is looked for in the interpreters that
``--python`` names (as often as there are such), and else listed with the line that installs it.

Processes are medians of runs taken in turns, `warm` is the fastest of many; `before`, `start`, `growth`, `large` and
`verify` are processor time. What counts is the ratio in the last column. Nothing here fails on time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.before import RUN, large_file, pairs
from benchmarks.measure import Measured, Worker, run_once, take_turns, workers_take_turns
from benchmarks.peers import KERAS_MODEL, LOAD_KERAS, ONNX_MODEL, PEERS, WARM_ONNX, interpreter_with

HERE = Path(__file__).parent
NETWORK = "zoo:keras/resnet50"
ANEW = "--no-cache"
"""Without it, the program says again what it said the last time."""


class Figure(NamedTuple):
    """One line of the table.

    Attributes:
        section, name: what was measured.
        seconds, peak_bytes: of one run; None where it was not measured.
        ratio: how many times as long as `of`.
        note: what else is to be said, such as the line that installs what is missing.
    """

    section: str
    name: str
    seconds: float | None = None
    peak_bytes: int | None = None
    ratio: float | None = None
    of: str = ""
    note: str = ""


class Options(NamedTuple):
    """How often to run, with which interpreters, a folder for files, and the revision that came before."""

    rounds: int
    pythons: tuple[str, ...]
    folder: Path
    before: str = "HEAD~1"


def main() -> int:
    """Measure the sections asked for and print them as they come."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--python", action="append", default=[], metavar="PATH", dest="pythons")
    parser.add_argument("--before", default="HEAD~1", metavar="REVISION")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    unknown = [name for name in given.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        options = Options(max(given.rounds, 1), (sys.executable, *given.pythons), Path(folder), given.before)
        for name in given.sections or SECTIONS:
            for figure in SECTIONS[name](options):
                figures.append(figure)
                if given.format == "table":
                    print(line(figure), flush=True)
    if given.format == "json":
        about = {"date": datetime.now(UTC).date().isoformat(), "machine": machine()}
        print(json.dumps(about | {"figures": [figure._asdict() for figure in figures]}, indent=2))
    else:
        print(machine())
    return 0


def line(figure: Figure) -> str:
    """A figure as a line of the table."""
    seconds = "" if figure.seconds is None else f"{figure.seconds * 1000:,.1f} ms"
    memory = "" if figure.peak_bytes is None else f"{figure.peak_bytes / 2**20:,.0f} MiB"
    ratio = "" if figure.ratio is None else f"{figure.ratio:,.2f} x {figure.of}"
    return f"{figure.section:8} {figure.name:42}{seconds:>15}{memory:>11}  {ratio or figure.note}".rstrip()


def machine() -> str:
    """What the figures were measured on."""
    cores = os.cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def before(options: Options) -> Iterator[Figure]:
    """This tree beside that of the commit before."""
    found = pairs(options.before, options.folder, options.rounds)
    if found is None:
        yield Figure("before", options.before, note="git has no such revision here")
    for name, (now, then) in (found or {}).items():
        yield of_processor("before", name, now, options.before, then)


def large(options: Options) -> Iterator[Figure]:
    """A file of 40,000 lines, beside the reading of its YAML alone."""
    file = options.folder / "40000.yaml"
    large_file(file, 39_990)
    load = "import sys, yaml\nyaml.load(open(sys.argv[1], encoding='utf-8'), yaml.CSafeLoader)"
    base = "yaml.CSafeLoader"
    commands = {
        base: [sys.executable, "-c", load, str(file)],
        "plan as JSON": [*program(), "plan", str(file), "--format", "json", ANEW],
        "plan as CSV": [*program(), "plan", str(file), "--format", "csv", ANEW],
    }
    found = take_turns(commands, max(options.rounds // 4, 1))
    for name, measured in found.items():
        yield of_processor("large", name, measured, base, found[base])


def verify(options: Options) -> Iterator[Figure]:
    """The proof of ResNet-50, with all probes of its receptive fields."""
    python = interpreter_with(("numba",), options.pythons)
    name = f"verify {NETWORK}"
    if python is None:
        yield Figure("verify", name, note="not installed: pip install numba")
        return
    found = take_turns({name: [python, "-c", RUN, str(HERE.parent), "verify", NETWORK]}, 1)[name]
    yield Figure("verify", name, found.processor_seconds, found.peak_bytes)


def start(options: Options) -> Iterator[Figure]:
    """Fresh processes, as ratios to an interpreter that does nothing."""
    file = options.folder / "small.cnn.yaml"
    file.write_text("input: [8, 16, 3]\nlayers:\n  - Conv2D(5, 3)\n  - MaxPooling2D(2)\n", encoding="utf-8")
    command = program()
    base = "python -c pass"
    commands = {
        base: [sys.executable, "-c", "pass"],
        "conv 224 -k 7 -s 2 -p 3": [*command, "conv", "224", "-k", "7", "-s", "2", "-p", "3"],
        "--version": [*command, "--version"],
        "--help": [*command, "--help"],
        f"plan {NETWORK}": [*command, "plan", NETWORK, ANEW],
        f"plan {NETWORK} --expand": [*command, "plan", NETWORK, "--expand", ANEW],
        f"plan {NETWORK} --format json": [*command, "plan", NETWORK, "--format", "json", ANEW],
        "check one small file": [*command, "check", str(file), ANEW],
        f"plan {NETWORK}, unchanged": [*command, "plan", NETWORK],
        "check one small file, unchanged": [*command, "check", str(file)],
    }
    found = take_turns(commands, options.rounds)
    for name, measured in found.items():
        yield of_processor("start", name, measured, base, found[base])


TABS = """
source "$1"
COMP_WORDS=(cnnshape plan --format "") COMP_CWORD=3 COMP_LINE="cnnshape plan --format " COMP_POINT=23
for ((tab = 0; tab < $2; tab++)); do _cnnshape cnnshape "" --format; done
[[ $2 == 0 || " ${COMPREPLY[*]} " == *" markdown "* ]]
"""
"""Bash, asked so often what may follow ``cnnshape plan --format``."""


def tab(options: Options) -> Iterator[Figure]:
    """A TAB in bash: what a thousand take, less what starting bash takes."""
    bash = shutil.which("bash")
    if bash is None:
        yield Figure("tab", "a TAB in bash", note="bash is not installed")
        return
    script = str(HERE.parent / "completions" / "cnnshape.bash")
    commands = {name: [bash, "--norc", "-c", TABS, "bash", script, name] for name in ("0", "1000")}
    found = take_turns(commands, options.rounds)
    seconds = (found["1000"].seconds - found["0"].seconds) / 1000
    yield Figure("tab", "a TAB in bash", seconds, found["1000"].peak_bytes)


def program() -> list[str]:
    """The installed ``cnnshape`` beside this interpreter; the package itself where it is not installed."""
    beside = shutil.which("cnnshape", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "cnnshape"]


def peers(options: Options) -> Iterator[Figure]:
    """Every tool's answer for ResNet-50, from a fresh process."""
    ours = f"cnnshape plan {NETWORK}"
    model = onnx_model(options)
    commands = {ours: [*program(), "plan", NETWORK, ANEW]}
    missing = []
    source = torchvision_source(options)
    written, twin = "cnnshape plan resnet.py:resnet50", "cnnshape plan zoo:pytorch/resnet50"
    if source is None:
        missing.append(Figure("peers", written, note="not installed: pip install --no-deps torchvision"))
    else:
        commands[written] = [*program(), "plan", f"{source}:resnet50", "--input", "3x224x224", ANEW]
        commands[twin] = [*program(), "plan", "zoo:pytorch/resnet50", ANEW]
    for peer in PEERS:
        python = interpreter_with(peer.modules, options.pythons)
        if python is None or ("onnx" in peer.modules[0] and model is None):
            missing.append(Figure("peers", peer.name, note=f"not installed: {peer.install}"))
            continue
        command = [python, "-c", peer.script, str(model)]
        try:
            run_once(command)
        except RuntimeError as error:  # a version of it that does not do what others did
            missing.append(Figure("peers", peer.name, note=f"failed: {str(error).split(':')[0]}"))
        else:
            commands[peer.name] = command
    found = take_turns(commands, max(options.rounds // 4, 1))
    for name, measured in found.items():
        yield figure_of("peers", name, measured, "cnnshape", found[ours])
    if source is not None:
        yield of_processor("peers", f"{written}, beside the zoo's", found[written], twin, found[twin])
    yield from missing


def torchvision_source(options: Options) -> Path | None:
    """The file in which torchvision's ResNets are written; None where no interpreter has it."""
    find = "from importlib.util import find_spec\nprint(find_spec('torchvision').submodule_search_locations[0])"
    for python in options.pythons:
        answer = subprocess.run([python, "-c", find], capture_output=True, text=True)
        if answer.returncode == 0:
            return Path(answer.stdout.strip(), "models", "resnet.py")
    return None


def warm(options: Options) -> Iterator[Figure]:
    """Planning a loaded network again, beside ONNX's shape inference in C++ on the same network in memory."""
    loaded = f"import cnnshape\narchitecture = cnnshape.load({NETWORK!r})\n"
    other = "from itertools import count\nbatches = count(2)\ndef run():\n"
    other += "    return cnnshape.plan(architecture, batch=next(batches))"
    scripts = {
        "plan again": "def run():\n    return cnnshape.plan(architecture)\n",
        "plan again, another batch each time": f"{other}\n",
        "the same, and its rows": f"{other}.layers\n",
        "load and plan": f"def run():\n    return cnnshape.plan({NETWORK!r})\n",
    }
    workers = {name: Worker(sys.executable, loaded + script) for name, script in scripts.items()}
    model = onnx_model(options)
    theirs = "onnx.shape_inference"
    python = interpreter_with(("onnx",), options.pythons)
    if model is not None and python is not None:
        workers[theirs] = Worker(python, WARM_ONNX, [str(model)])
    found = workers_take_turns(workers, options.rounds * 10)
    for name, seconds in found.items():
        ratio = seconds / found[theirs] if theirs in found else None
        yield Figure("warm", name, seconds, ratio=ratio, of=theirs)
    if theirs not in found:
        yield Figure("warm", theirs, note="not installed: pip install onnx")


def onnx_model(options: Options) -> Path | None:
    """The network as an ONNX file; None where no interpreter has onnx."""
    model = options.folder / "resnet50.onnx"
    if model.exists():
        return model
    python = interpreter_with(("onnx",), options.pythons)
    if python is None:
        return None
    plan = options.folder / "resnet50.json"
    subprocess.run([*program(), "plan", NETWORK, "--format", "json", "--output", str(plan)], check=True)
    subprocess.run([python, "-c", ONNX_MODEL, str(plan), str(model)], check=True)
    return model


def files(options: Options) -> Iterator[Figure]:
    """A file of a framework, beside what its own library takes to tell the shapes, both as fresh processes."""
    inference = next(peer for peer in PEERS if peer.name == "onnx.shape_inference")
    model = onnx_model(options)
    if model is None:
        yield Figure("files", inference.name, note=f"not installed: {inference.install}")
    else:
        theirs = interpreter_with(inference.modules, options.pythons)
        yield from pair(options, model, inference.name, [str(theirs), "-c", inference.script, str(model)])
    peer = next(peer for peer in PEERS if "keras" in peer.modules)
    name, python = "Keras load_model and summary()", interpreter_with(peer.modules, options.pythons)
    if python is None:
        yield Figure("files", name, note=f"not installed: {peer.install}")
    else:
        model = options.folder / "resnet50.keras"
        subprocess.run([python, "-c", KERAS_MODEL, str(model)], check=True, capture_output=True)
        yield from pair(options, model, name, [python, "-c", LOAD_KERAS, str(model)])


def pair(options: Options, model: Path, name: str, command: list[str]) -> Iterator[Figure]:
    """The plan of a file beside a library's command on it."""
    ours = f"cnnshape plan {model.name}"
    found = take_turns({name: command, ours: [*program(), "plan", str(model), ANEW]}, max(options.rounds // 2, 1))
    for each, measured in found.items():
        yield figure_of("files", each, measured, name, found[name])


def growth(options: Options) -> Iterator[Figure]:
    """Time and memory by the number of layers of one file, to JSON; and a merge of 10,000 branches."""
    chain = ("Conv2D(16, 3, padding='same')", "BatchNormalization()", "Activation('relu')", "Conv2D(16, 1)")
    entries = {
        f"{count:,} layers": "".join(f"  - {chain[number % 4]}\n" for number in range(count))
        for count in (4_000, 40_000)
    }
    for count in (1_000, 10_000):
        names = [f"b{number}" for number in range(count)]
        branches = "".join(f"  - {name} = Conv2D(4, 1)(input)\n" for name in names)
        entries[f"{count:,} branches"] = branches + f"  - Concatenate: {{}}\n    inputs: [{', '.join(names)}]\n"
    before: tuple[str, Measured] | None = None
    for name, text in entries.items():
        file = options.folder / "large.yaml"
        file.write_text(f"input: [64, 64, 16]\nlayers:\n{text}", encoding="utf-8")
        measured = run_once([*program(), "plan", str(file), "--format", "json", ANEW])
        measured = measured._replace(seconds=measured.processor_seconds)
        if before is None or before[0].split()[1] != name.split()[1]:
            before = (name, measured)
        yield figure_of("growth", name, measured, *before)


def beside(section: str, *arguments: str) -> Callable[[Options], Iterator[Figure]]:
    """A section that another script of this folder measures, and tells in its own words."""

    def run(options: Options) -> Iterator[Figure]:
        python = interpreter_with(("torch", "torchvision"), options.pythons) or sys.executable
        given = [argument.replace("TORCH", python) for argument in arguments]
        command = [sys.executable, "-m", f"benchmarks.{section}", *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE.parent)
        said = done.stdout.splitlines() or done.stderr.splitlines()[-1:]
        for text in said:
            yield Figure(section, "", note=text)

    return run


def figure_of(section: str, name: str, measured: Measured, of: str, base: Measured) -> Figure:
    """A measured process beside another."""
    return Figure(section, name, measured.seconds, measured.peak_bytes, measured.seconds / base.seconds, of)


def of_processor(section: str, name: str, measured: Measured, of: str, base: Measured) -> Figure:
    """The processor time of a measured process beside another's."""
    seconds = measured.processor_seconds
    return Figure(section, name, seconds, measured.peak_bytes, seconds / base.processor_seconds, of)


SECTIONS: dict[str, Callable[[Options], Iterator[Figure]]] = {
    "before": before,
    "start": start,
    "tab": tab,
    "peers": peers,
    "files": files,
    "warm": warm,
    "growth": growth,
    "large": large,
    "check": beside("check"),
    "verify": verify,
    "sweep": beside("sweep"),
    "forward": beside("forward", "--torch-python", "TORCH"),
}

if __name__ == "__main__":
    sys.exit(main())
