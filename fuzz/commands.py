"""Random command lines over hostile files: links, several files, names that are marks, closed and full streams.

    python fuzz/commands.py [--count N] [--first N] [--show]

Whatever the command line: it ends with a documented exit code, without a traceback or an internal error, prints nothing
that a terminal or a CI system obeys, reads nothing through a link that leads outside, writes nothing but what it was
told to, and gives no answer of yesterday. Command line number n is always the same.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import subprocess
import sys
import traceback
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))

from hostile_inputs import KINDS

from cnnshape.cli import exits
from cnnshape.cli.start import main as program
from fuzz.files import made, originals, respelled, sources

ROOT = Path(__file__).parents[1]
MARKS = ("a", "::notice::a", "##[group]a", "##vso[x]a", "\u202ea", "a\u2028b", "-a", "a b", "a\x1b[7m", "ü")
SETTINGS = (
    "--input 8x8x3",
    "--input _x_x3",
    "--input x=9",
    "--batch 2",
    "--batch 0",
    "--preset x",
    "--framework pytorch",
)
SHOWN = (
    *("--format json", "--format csv", "--format markdown", "--format html", "--format x"),
    *("-o answer.txt", "-o no/folder", "-o .", "-o /dev/full"),
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "plan": (
        *SETTINGS,
        *SHOWN,
        *("--format svg", "--format dot", "--format mermaid", "--format latex", "--no-cache", "--count-like thop"),
        *("--set width=3", "--columns name,params", "--against pytorch", "--depth 2", "--sort macs"),
    ),
    "check": (
        *("--format json", "--format github", "--format junit", "--format sarif", "--format concise", "-o answer.txt"),
        *("--fix", "--diff", "--write-expect", "--exit-zero", "--isolated", "--select CS5", "--fail-on advice", "-j 2"),
    ),
    "explain": (*SETTINGS, *SHOWN, "--format svg"),
    "sizes": (*SETTINGS, *SHOWN, "--up-to 9", "--near 7x7"),
    "diff": (*SETTINGS, *SHOWN, "--max-growth params=5%", "--exit-code", "--git HEAD"),
    "scale --vary width=1:3:1": (*SETTINGS, *SHOWN, "--vary width", "--max-params 1k", "--max-macs 1M"),
    "search --vary width=1..3": (*SETTINGS, *SHOWN, "--vary depth=1,x", "--random 2", "--minimize macs", "--resume"),
    "import": (*SETTINGS, *SHOWN),
    "export --to keras": (*SETTINGS, "--to pytorch", "--to onnx", "--to onnx -o model.onnx", *SHOWN[5:]),
    "fit --memory 1GiB": (*SETTINGS, *SHOWN, "--optimizer sgd"),
    "verify": (*SETTINGS, *SHOWN, "--no-fields", "--timeout 1", "--batch 1"),
}
"""The commands that read files, with options that fit and some that do not."""

ONE_OFFS = (
    *("conv 224 -k 7", "conv 224x224x3 -k 9999999999 -f 2", "pool 7 -k 2 -s 0", "dense 7 -f 0", "solve 224 112"),
    *(
        "calc 8x8x3 Conv2D(3,3) x=ReLU",
        "rule CS301",
        "rule ::notice::x",
        "cache",
        "suggest --task ::notice::x",
        "zoo list",
        "zoo show ##[x]",
        "--version",
        "x",
    ),
)
SECRET = "input: [8, 8, 3]\nlayers:\n  - Kept_secret(3)\n"
CODES = {exits.WELL, exits.WRONG, exits.FAILED, exits.PIPE_CLOSED}
OBEYED = re.compile(
    r"(?:\A|[\n\r\v\f\x85\u2028\u2029])\s*::(?!(?:error|warning|notice) title=cnnshape )[A-Za-z]|##[\w-]*\["
)
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Full(io.TextIOWrapper):
    """A stream that takes nothing."""

    def __init__(self) -> None:
        super().__init__(open("/dev/full", "wb"), "utf-8")  # noqa: SIM115  # closed with the wrapper


MODELS, SOURCES = list(originals()), list(sources())


def contents(random: Random) -> tuple[str | bytes, str]:
    """An architecture file, Python source or a framework's file; hostile, but for now and then. And its ending."""
    choice = random.random()
    if choice < 0.3:
        return random.choice(SOUND), ""
    if choice < 0.4:
        return respelled(random.choice(SOURCES), random), ".py"
    if choice < 0.5:
        return made(random.randrange(2**32), MODELS)[1], random.choice([".onnx", ".keras", ".pt2", ""])
    return KINDS[random.choice(list(KINDS))](random), ""


SOUND = (
    "input: [8, 8, 3]\nvariables: {width: 2}\nlayers:\n  - Conv2D(width, 3)\n  - Dense(2)\n",
    "input: [8, 8, 3]\nlayers:\n  - include: a.yaml\n  - Flatten\n",
    "input: [8, 8, 3]\nlayers:\n  - Conv2D(2, 3, stride=2)\n",
)


def prepare(random: Random, folder: Path) -> list[str]:
    """Files of hostile content and name, and links; what may be named on a command line."""
    (folder / "outside").mkdir()
    (folder / "outside" / "secret.yaml").write_text(SECRET)
    project = folder / "project"
    project.mkdir()
    (project / "cnnshape.toml").write_text(
        random.choice(["", "", "", "", 'fail-on = "advice"', "wrong", '[budgets."x/*"]\nparams = 1'])
    )
    names = []
    for _ in range(random.randint(1, 3)):
        name = random.choice(MARKS) if random.random() < 0.6 else "a"
        name += random.choice([".yaml", ".yaml", ".cnn.yaml", ".cnn.json", ""])
        content, ending = contents(random)
        name = name.partition(".")[0] + ending if ending else name
        (project / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
        names.append(name)
    (project / "link.cnn.yaml").symlink_to(folder / "outside" / "secret.yaml")
    return [*names, ".", "missing.yaml"]


def command_line(random: Random, names: list[str]) -> list[str]:
    """A command, files and options, of which not all need fit."""
    if random.random() < 0.05:
        return random.choice(ONE_OFFS).split()
    command = random.choice(list(COMMANDS))
    named = random.choices(
        names, [6, *(1 for _ in names[1:])], k=2 if command == "diff" else random.choice([1, 1, 1, 2])
    )
    words = [*command.split(), *named]
    for option in random.sample(COMMANDS[command], random.choice([0, 1, 1, 2])):
        words += option.split()
    if random.random() < 0.05:
        words += ["-o", names[0]]
    return words


def streams(words: list[str], random: Random) -> list[str]:
    """What is wrong with a process whose streams are full or closed."""
    to = random.choice([">/dev/full", ">&-", "2>/dev/full", "2>&-", "&>/dev/full"])
    line = ["bash", "-c", f"exec {shlex.join([sys.executable, '-m', 'cnnshape', *words])} </dev/null {to}"]
    environment = {**os.environ, "PYTHONUNBUFFERED": random.choice(["", "1"]), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, capture_output=True, text=True, errors="replace", env=environment, timeout=120)
    wrong = [] if done.returncode in CODES else [f"exit code {done.returncode} with {to}"]
    shown = done.stdout + done.stderr
    return wrong + [f"{text} with {to}" for text in ("Traceback", "internal error") if text in shown]


def keeping(words: list[str], project: Path, random: Random) -> list[str]:
    """What is wrong with answers that are kept: given again, and after a change, they are those of today."""

    def answers(words: list[str]) -> tuple[int, str]:
        return run(words, Random(1))  # its streams are neither full nor closed

    wrong = []
    for _ in range(3):
        kept, today = answers(words), answers([*words, "--no-cache"])
        wrong += [f"kept {kept}, and today {today}"] if kept != today else []
        path = random.choice([path for path in sorted(project.iterdir()) if path.is_file()])
        match random.randrange(4):
            case 0:
                path.unlink()
            case 1:
                path.write_text(random.choice(SOUND))
            case 2:
                (project / "cnnshape.toml").write_text(random.choice(['ignore = ["CS5"]', 'fail-on = "advice"', ""]))
            case 3:
                path.rename(project / "a.yaml")
    return wrong


def run(words: list[str], random: Random) -> tuple[int, str]:
    """The exit code, and all that was printed."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdout, sys.stderr, sys.stdin
    kind = random.choice(["", "", "", "", "full", "closed"])
    sys.stdout = Full() if kind == "full" else None if kind == "closed" else out  # type: ignore[assignment]
    sys.stderr = err
    sys.stdin = io.TextIOWrapper(io.BytesIO(b"input: [8, 8, 3]\nlayers: [ReLU]\n"))
    try:
        return program(words), out.getvalue() + err.getvalue()
    finally:
        sys.stdout, sys.stderr, sys.stdin = before


def wrong_with(words: list[str], random: Random, folder: Path) -> list[str]:
    """What is wrong about one command line."""
    project = folder / "project"
    before = {path.name: path.read_bytes() for path in project.iterdir() if not path.is_symlink()}
    os.chdir(project)
    code, shown = run(words, random)
    wrong = [] if code in CODES else [f"exit code {code}"]
    wrong += [text for text in ("Traceback", "internal error") if text in shown]
    found = OBEYED.search(shown) or ("--diff" not in words and STEERS.search(shown))
    wrong += [f"steers: {shown[max(found.start() - 30, 0) : found.end() + 30]!r}"] if found else []
    named = "link.cnn.yaml" in words
    wrong += ["the link was followed"] if "Kept_secret" in shown and not named else []
    wrong += ["the secret was changed"] if (folder / "outside" / "secret.yaml").read_text() != SECRET else []
    after = {path.name: path.read_bytes() for path in project.iterdir() if not path.is_symlink()}
    may_write = {"--fix", "--write-expect", "-o"} & {*words}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    wrong += [f"changed {changed}"] if changed and not may_write else []
    wrong += [f"left {name}" for name in after if name.startswith(".cnnshape")]
    if random.random() < 0.03:
        wrong += streams(words, random)
    if words[0] in ("plan", "check") and not may_write and "--no-cache" not in words:
        wrong += keeping(words, project, random)
    return wrong


def main() -> int:
    """Run, and return the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the command lines")
    options = parser.parse_args()
    findings = 0
    start = os.getcwd()
    for number in range(options.first, options.first + options.count):
        random = Random(number)
        with TemporaryDirectory(prefix="commands-") as folder:
            os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
            words = command_line(random, prepare(random, Path(folder)))
            if options.show:
                print(number, words, flush=True)
            try:
                wrong = wrong_with(words, random, Path(folder))
            except BaseException:
                wrong = [traceback.format_exc()]
            os.chdir(start)
        for each in wrong:
            findings += 1
            print(f"command line {number} {words}: {each}", flush=True)
    print(f"{options.count:,} command lines from {options.first:,} on: {findings} findings")
    return min(findings, 1)


if __name__ == "__main__":
    raise SystemExit(main())
