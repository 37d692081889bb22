"""Files made to exhaust a checker: each is refused, in under 200 MB and without hanging."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from cnnshape.api import examine
from cnnshape.checks.configuration import ConfigurationError, find_configuration
from cnnshape.diagnostics import ArchitectureError
from cnnshape.mending.edits import read_text

LAYERS = "layers:\n  - ReLU\n"
HEAD = f"input: [8, 8, 3]\n{LAYERS}"
LAUGHS = "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]" for n in range(20))

LOOP = f"{HEAD}  - x = ReLU\n  - repeat: 35000\n    layers:\n"

HOSTILE = {
    "a billion laughs": (f"a: &a [lol]\n{LAUGHS}\n{HEAD}", "CS008"),
    "100,000 nested brackets": (f"input: {'[' * 100_000}{']' * 100_000}\n{LAYERS}", "CS007"),
    "100,000 brackets left open": ("[" * 100_000, "CS007"),
    "100,000 nested mappings": ("{a: " * 100_000, "CS007"),
    "100,000 brackets in a call": (f"{HEAD}  - Conv2D({'(' * 100_000}\n", "CS107"),
    "a power tower": (f"{HEAD}  - Conv2D(9**9**9**9, 3)\n", "CS115"),
    "a long string": (f'{HEAD}  - Conv2D("a" * 10**12, 3)\n', "CS115"),
    "a long list": (f"{HEAD}  - Conv2D([0] * 10**12, 3)\n", "CS115"),
    "a long range": (f"{HEAD}  - Conv2D(sum(range(10**12)), 3)\n", "CS109"),
    "a number of a million digits": (f"input: [{'9' * 1_000_000}]\n{LAYERS}", "CS011"),
    "a number of a million digits in a call": (f"{HEAD}  - Conv2D({'9' * 1_000_000}, 3)\n", "CS107"),
    "a call of a million characters": (f"{HEAD}  - {'a' * 1_000_000}()\n", "CS107"),
    "a repetition without end": (f"{HEAD}  - {{repeat: 1000000000000, layers: [ReLU]}}\n", "CS013"),
    "a loop without end": (f"{HEAD}  - {{for: i, in: range(10**12), layers: [ReLU]}}\n", "CS109"),
    "loops within loops": (
        f"{HEAD}{''.join(f'{chr(32) * 4 * n}  - for: i{n}{chr(10)}{chr(32) * 4 * n}    in: range(999999){chr(10)}{chr(32) * 4 * n}    layers:{chr(10)}' for n in range(4))}                  - ReLU\n",
        "CS013",
    ),
    "blocks that double": (
        "input: [8, 8, 3]\nblocks:\n  b0():\n    - ReLU\n"
        + "".join(f"  b{n}():\n    - b{n - 1}()\n    - b{n - 1}()\n" for n in range(1, 60))
        + "layers:\n  - b59()\n",
        "CS013",
    ),
    "strings that double": (
        f"{HEAD}  - let: {{s: '\"aaaaaaaa\"'}}\n"
        + "".join(f"  - let: {{s{n}: {'s' if not n else f's{n - 1}'} * 1000000}}\n" for n in range(5)),
        "CS115",
    ),
    "a file that includes itself": ("input: [8, 8, 3]\nlayers:\n  - include: hostile.yaml\n", "CS207"),
    "sizes that overflow": (f"input: [{2**62}, {2**62}, 3]\nlayers:\n  - Flatten\n", "CS115"),
    "a long line before a fault": (f"{'a' * 2_000_000} >\n- b: ]\n", "CS003"),
    "many spaces before a fault": (f"x: y {' ' * 2_000_000}: z\n", "CS003"),
    "a tuple that YAML cuts at 100,000 commas": (f"{HEAD}  - Dense: [({'1, ' * 100_000}1)]\n", "CS107"),
    "100,000 brackets that YAML cuts": (f"{HEAD}  - Dense: [({'(, ' * 100_000})]\n", "CS106"),
    "an entry of 200,000 lines": (f"{HEAD}  - Dense(1)\n" + "      x\n" * 200_000, "CS107"),
    "a loop of a million blanks": (f"{HEAD}  - {{for: 'i{' ' * 1_000_000}in', layers: [ReLU]}}\n", "CS010"),
    "a line of colons": (f"{'a:' * 500_000} ]\n", "CS003"),
    "20,000 unknown keys": ("".join(f"k{n}: 1\n" for n in range(20_000)) + HEAD, "CS009"),
    "an input with 20,000 axes": (f"input: [{'1, ' * 20_000}1]\n{LAYERS}", "CS011"),
    **{
        f"lists that double in {where}": (
            f"{head}{HEAD}" + "".join(f"  - let: {{a{n}: '[a{n - 1}, a{n - 1}]'}}\n" for n in range(1, 40)) + use,
            "CS115",
        )
        for where, head, use in (
            ("an argument", "variables: {a0: [0, 0]}\n", "  - Dense(a39)\n"),
            ("what is kept", "variables: {a0: [0, 0]}\n", "  - Dense(4, kernel_initializer=a39)\n"),
            ("a comparison", "variables: {a0: [0, 0]}\n", "  - if: a39 == a39\n    layers: [ReLU]\n"),
            ("a loop", "variables: {a0: [0, 0]}\n", "  - for: [x, y]\n    in: a39\n    layers: [ReLU]\n"),
        )
    },
    "lists within lists": (
        f"{HEAD}  - let: {{a: '[0]'}}\n" + "  - let: {a: '[a]'}\n" * 1200 + "  - Dense(a)\n",
        "CS115",
    ),
    "variables of a million elements": (
        "variables:\n" + "".join(f"  v{n}: $([0] * 1000000)\n" for n in range(200)) + HEAD + "  - ReLU\n",
        "CS013",
    ),
    "a list of large lists": (
        "variables:\n  a: [" + ", ".join(["'$([0] * 4000)'"] * 300) + f"]\n{HEAD}  - Dense(a)\n",
        "CS115",
    ),
    "a sum in a loop": (
        f"{HEAD}  - for: i\n    in: range(1000)\n    layers:\n      - let: {{a: sum(range(1000000))}}\n",
        "CS013",
    ),
    "a rounding to a quadrillion digits": (f"{HEAD}  - Dense(round(5, -10**15))\n", "CS109"),
    "a name of 1,100 dots": (f"{HEAD}  - {'a.' * 1100}b()\n", "CS107"),
    "a path of 1,100 names": (f"{HEAD}  - ReLU()({'a/' * 1100}a)\n", "CS107"),
    "1,100 indices": (f"{HEAD}  - x = a{'[0]' * 1100}\n", "CS107"),
    "conditions in a loop": (
        f"{HEAD}  - for: i\n    in: range(999999)\n    layers:\n" + "      - {if: i < 0, layers: [ReLU]}\n" * 100,
        "CS013",
    ),
    "blocks that double on a condition": (
        "input: [8, 8, 3]\nblocks:\n  b0(n):\n    - ReLU\n"
        + "".join(f"  b{n}(n):\n    - if: n > 0\n      layers: [b{n - 1}(n), b{n - 1}(n)]\n" for n in range(1, 60))
        + "layers:\n  - b59(1)\n",
        "CS013",
    ),
    "blocks of nothing that double": (
        "input: [8, 8, 3]\nblocks:\n  b0():\n    - x = input\n"
        + "".join(f"  b{n}():\n    - b{n - 1}()\n    - b{n - 1}()\n" for n in range(1, 19))
        + "layers:\n  - b18()\n",
        "CS013",
    ),
    "a name of a million characters": (
        "input: [8, 8, 3]\nblocks:\n  b():\n    - repeat: 1000\n      layers: [ReLU]\n"
        "layers:\n  - b(name='x' * 1000000)\n",
        "CS210",
    ),
    "a word behind a bracket": (f"layers: }}{'a' * 200_000}\n", "CS003"),
    "a text of blanks": (f'{HEAD}  - "a{" " * 100_000}b"\n', "CS107"),
    "blanks above a key": (f"{HEAD}  -{' ' * 100_000}x\n    name: y\n", "CS003"),
    "an output of a million characters": (f"{HEAD}  - ReLU\noutputs: {'a' * 1_000_000}\n", "CS107"),
    "entries that add nothing, in a loop": (LOOP + "      - ReLU * 0\n" * 5000, "CS013"),
    "loops over nothing, in a loop": (LOOP + "      - {for: i, in: '[]', layers: [ReLU]}\n" * 2000, "CS013"),
    "entries that cannot be read, in a loop": (LOOP + "      - Re(((\n" * 5000, "CS013"),
    "aliases, in a loop": (LOOP + "".join(f"      - y{n} = x\n" for n in range(4000)), "CS013"),
    "names of let, in a loop": (LOOP + f"      - let: {{{', '.join(f'a{n}: 1' for n in range(5000))}}}\n", "CS013"),
    "variables that every round takes along": (
        f"variables: {{{', '.join(f'a{n}: 1' for n in range(9000))}}}\n{LOOP}      - if: a1 < 0\n        layers: [ReLU]\n",
        "CS013",
    ),
    "variables that every use of a block takes along": (
        f"variables: {{{', '.join(f'a{n}: 1' for n in range(9000))}}}\nblocks:\n  b:\n    - ReLU\n{HEAD}  - b() * 19000\n",
        "CS013",
    ),
    "texts that are looked through, in a loop": (
        f"variables: {{t: {'a' * 4000}}}\n{LOOP}      - if: \"'b' in t\"\n        layers: [ReLU]\n",
        "CS013",
    ),
    "all that a loop made, in a loop": (
        f"{HEAD}  - y[0] = ReLU\n  - for: i\n    in: range(3000)\n    layers:\n      - y[i + 1] = Add()(*y)\n",
        "CS013",
    ),
    "names that are alike": (f"{HEAD}  - {'x' * 3000}()\n", "CS101"),
}


class Outcome(NamedTuple):
    code: int
    megabytes: float
    out: str


LAUNCHER = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
done = subprocess.run([sys.executable, "-m", "cnnshape", *sys.argv[1:]], capture_output=True, text=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(done.stdout + done.stderr)
"""
"""A process of its own, since a child's memory counts from its parent's; 30 seconds of processor end what hangs."""


def measured(folder: Path, *arguments: str) -> Outcome:
    """Run the program by itself: its exit code, its memory, its output."""
    command = [sys.executable, "-S", "-c", LAUNCHER, *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    first, _, out = result.stdout.partition("\n")
    code, peak = map(int, first.split())
    return Outcome(code, peak / (1024 if sys.platform != "darwin" else 1024**2), out)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_little_memory(name: str, tmp_path: Path) -> None:
    text, code = HOSTILE[name]
    (tmp_path / "hostile.yaml").write_text(text)
    outcome = measured(tmp_path, "check", "--isolated", "--format", "concise", "hostile.yaml")
    assert (outcome.code, f"[{code}]" in outcome.out) == (1, True), outcome.out[:2000]
    assert "Traceback" not in outcome.out
    assert outcome.megabytes < 200, f"{outcome.megabytes:.0f} MB"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)  # ten sparse gigabytes
    with pytest.raises(ArchitectureError) as refused:
        examine(str(path))
    assert [finding.code for finding in refused.value.diagnostics] == ["CS006"]


def test_a_file_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError) as caught:
        examine("/dev/zero")
    assert [finding.code for finding in caught.value.diagnostics] == ["CS006"]
    with pytest.raises(ConfigurationError, match="cannot read /dev/zero: it is larger than 8 MiB"):
        find_configuration(tmp_path, config=Path("/dev/zero"))
    with pytest.raises(OSError, match="it is larger than"):
        read_text("/dev/zero")


def test_an_include_opens_no_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "part.yaml")
    file = tmp_path / "a.yaml"
    file.write_text("input: [8, 8, 3]\nlayers:\n  - include: part.yaml\n")
    (finding,) = examine(file).errors
    assert (finding.code, finding.message) == ("CS001", "cannot read part.yaml: it is a pipe or a device, no file")


def test_a_pipe_that_is_named_is_read(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, f"{HEAD}".encode())
    os.close(writer)
    assert not examine(f"/dev/fd/{reader}").errors
    os.close(reader)


def test_a_file_with_too_many_values_is_refused() -> None:
    plan = examine(text=f"input: [{'1,' * 1_000_001}1]\n{LAYERS}")
    assert [finding.code for finding in plan.errors] == ["CS006"]


@pytest.mark.parametrize(
    "target",
    ["../outside.yaml", "/etc/hostname", "link.yaml", "folder/../../outside.yaml", "folder/link/outside.yaml"],
)
def test_an_include_cannot_leave_the_project(target: str, tmp_path: Path) -> None:
    secret = "secret: in clear text"
    (tmp_path / "outside.yaml").write_text(secret)
    project = tmp_path / "project"
    (project / "folder").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    (project / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (project / "folder" / "link").symlink_to(tmp_path)
    path = project / "a.yaml"
    path.write_text(f"input: [8]\nlayers:\n  - include: {target}\n")
    plan = examine(str(path))
    assert [finding.code for finding in plan.errors] == ["CS014"]
    assert all(secret not in source.text for source in plan.sources.values())
