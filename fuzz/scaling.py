"""What a file costs as it grows: every construct at four sizes, and the exponent of the time that it takes.

    python fuzz/scaling.py [NAME ...] [--most EXPONENT]

A construct is written for the sizes n, 2n, 4n and 8n, each planned in a process of its own. The exponent is the slope
of the CPU time, less that of a file of size 1, between 2n and 8n; it is a finding above 1.15 where the largest file
takes longer than half a second, and so are more than 5 seconds, or 400 MB.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cnnshape import ArchitectureError
from cnnshape.api import UsageError, examine
from cnnshape.cli.start import main as program

LONGEST, MOST_MEGABYTES = 5.0, 400
WORTH_MEASURING = 0.5
"""Seconds below which an exponent says nothing."""

SIZES = (1, 2, 4, 8)


class Construct(NamedTuple):
    """What is written for a number, from which number on, the ending of its file, and what is asked of it."""

    text: Callable[[int], str]
    first: int = 500
    ending: str = "yaml"
    asked: str = ""


def rounds(count: int | str, *body: str) -> str:
    """An entry that is a loop."""
    return f"for: i\n    in: range({count})\n    layers:\n" + "\n".join(f"      - {each}" for each in body)


def keras(*layers: str, head: str = "") -> str:
    """An architecture file of Keras."""
    return f"input: [64, 64, 3]\n{head}layers:\n" + "".join(f"  - {each}\n" for each in layers)


def pytorch(*layers: str) -> str:
    """An architecture file of PyTorch."""
    return "framework: pytorch\n" + keras(*layers).replace("[64, 64, 3]", "[3, 64, 64]")


def each(entry: str) -> Callable[[int], str]:
    """An entry for every number below n."""
    return lambda n: keras(*(entry.replace("@", str(number)) for number in range(n)))


def loop(body: str, rounds: str = "range({n})", head: str = "", before: str = "") -> Callable[[int], str]:
    """A loop of n rounds."""
    return lambda n: keras(
        *filter(None, [before]),
        f"for: i\n    in: {rounds.format(n=n)}\n    layers:\n      - {body.format(n=n)}",
        head=head.format(n=n),
    )


def module(init: str, forward: str, head: str = "") -> Callable[[int], str]:
    """A PyTorch module; in each part, a line that begins with @ stands n times, # being its number."""

    def lines(part: str, n: int, indent: str) -> Iterable[str]:
        for line in part.splitlines():
            many = line.startswith("@")
            yield from (indent + line[many:].replace("#", str(number)) for number in range(n if many else 1))

    return lambda n: "\n".join(
        [
            "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F",
            *lines(head, n, ""),
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()",
            *lines(init.replace("{n}", str(n)), n, " " * 8),
            "    def forward(self, x):",
            *lines(forward.replace("{n}", str(n)), n, " " * 8),
            "        return x\nNet()(torch.randn(1, 3, 64, 64))\n",
        ]
    )


def functional(n: int) -> str:
    """A Keras model of n layers, as `to_json` writes it."""
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 64, 64, 3], "name": "x"}}]
    layers += [{"class_name": "ReLU", "config": {"name": f"r{number}"}} for number in range(n)]
    return json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})


CONSTRUCTS: dict[str, Construct] = {
    # rows
    "layers": Construct(each("Conv2D(8, 3, padding='same')")),
    "distinct layers": Construct(each("Dense(@ + 1)")),
    "mappings": Construct(each("Conv2D: {filters: 8, kernel_size: 1}")),
    "named rows": Construct(each("r@ = ReLU()")),
    "one name": Construct(each("ReLU(name='same')")),
    "long names": Construct(each("ReLU(name='" + "n" * 200 + "@')")),
    "branches": Construct(lambda n: keras(*(f"b{i} = ReLU()(input)" for i in range(n)), f"Add()(b0, b{n - 1})")),
    "one merge": Construct(
        lambda n: keras(
            *(f"b{i} = ReLU()(input)" for i in range(n)),
            "Add: {}\n    inputs: [" + ", ".join(f"b{i}" for i in range(n)) + "]",
        )
    ),
    "dense connections": Construct(
        lambda n: keras(
            "b0 = Conv2D(1, 1)", *(f"b{i} = Concatenate()(b{i - 1}, b{max(0, i - 9)})" for i in range(1, min(n, 40)))
        )
    ),
    "residuals": Construct(
        lambda n: keras("b0 = ReLU()", *(f"b{i} = Add()(b{i - 1}, b{i // 2})" for i in range(1, n)))
    ),
    "merges of one tensor": Construct(lambda n: keras(*(f"m{i} = Add()" for i in range(n)))),
    "rows that reach no output": Construct(each("d@ = ReLU()(input)")),
    "shared weights": Construct(lambda n: keras("a = Conv2D(3, 1)", *("ReLU()" for _ in range(n)))),
    "upsampling": Construct(lambda n: pytorch(*(f"Upsample(size={64 + i % 7})" for i in range(n)))),
    "adaptive pooling": Construct(lambda n: pytorch(*(f"AdaptiveAvgPool2d({61 + i % 3})" for i in range(n)))),
    "long fields": Construct(
        lambda n: pytorch(*("AdaptiveAvgPool2d((3999, 3998))\n  - AdaptiveAvgPool2d((4000, 3997))" for _ in range(n))),
        100,
    ),
    "distinct resizing": Construct(lambda n: pytorch(*(f"Upsample(size={1000 + i})(input)" for i in range(n)))),
    "promises": Construct(
        lambda n: (
            keras(*("ReLU()" for _ in range(n)))
            + "expect:\n  layers:\n"
            + "".join(f"    re_lu_{i}: {{output: [64, 64, 4]}}\n" for i in range(1, n))
        )
    ),
    "model inputs": Construct(
        lambda n: (
            "inputs: {"
            + ", ".join(f"x{i}: [8, 8, 3]" for i in range(n))
            + "}\nlayers:\n"
            + "".join(f"  - a{i} = ReLU()(x{i})\n" for i in range(n))
        )
    ),
    "inputs x layers": Construct(
        lambda n: (
            "inputs: {"
            + ", ".join(f"x{i}: [8, 8, 3]" for i in range(n))
            + "}\nlayers:\n  - Add: {}\n    inputs: ["
            + ", ".join(f"x{i}" for i in range(n))
            + "]\n"
            + "  - ReLU()\n" * n
        )
    ),
    "inputs x convolutions": Construct(
        lambda n: (
            "inputs: {"
            + ", ".join(f"x{i}: [8, 8, 3]" for i in range(n))
            + "}\nlayers:\n  - Add()("
            + ", ".join(f"x{i}" for i in range(min(n, 600)))
            + ")\n"
            + "  - Conv2D(3, 3, padding='same')\n" * n
        )
    ),
    # blocks and loops
    "uses of a block": Construct(
        lambda n: keras(f"unit(4) * {n}", head="blocks:\n  unit(f):\n    - Conv2D(f, 1)\n"), 2000
    ),
    "distinct uses": Construct(loop("unit(i + 1)", head="blocks:\n  unit(f):\n    - Conv2D(f, 1)\n"), 2000),
    "blocks": Construct(
        lambda n: keras("b0()", head="blocks:\n" + "".join(f"  b{i}():\n    - ReLU()\n" for i in range(n)))
    ),
    "blocks in blocks": Construct(
        lambda n: keras(
            f"b{n - 1}()",
            head="blocks:\n  b0():\n    - ReLU()\n" + "".join(f"  b{i}():\n    - b{i - 1}()\n" for i in range(1, n)),
        ),
        50,
    ),
    "parameters of a block": Construct(
        lambda n: keras("b()", head="blocks:\n  b(" + ", ".join(f"p{i}=1" for i in range(n)) + "):\n    - ReLU()\n"), 60
    ),
    "parameters x uses": Construct(
        lambda n: keras(
            f"b() * {n}", head="blocks:\n  b(" + ", ".join(f"p{i}=1" for i in range(60)) + "):\n    - ReLU()\n"
        )
    ),
    "repeat": Construct(lambda n: keras(f"repeat: {n}\n    layers:\n      - ReLU()"), 2000),
    "loop": Construct(loop("ReLU()"), 2000),
    "loop over a list": Construct(lambda n: keras(f"for: i\n    in: {list(range(n))}\n    layers:\n      - ReLU()")),
    "nested loops": Construct(lambda n: keras(rounds(n, "{for: j, in: range(10), layers: [ReLU()]}"))),
    "empty loops": Construct(lambda n: keras(rounds(n, "{for: j, in: range(0), layers: [ReLU()]}")), 5000),
    "times nothing": Construct(loop("ReLU() * 0"), 5000),
    "entries that are nothing": Construct(each("ReLU() * 0")),
    "conditions": Construct(loop("{{if: i % 2, layers: [ReLU()]}}"), 2000),
    "lets": Construct(loop("let: {{a: i}}"), 5000),
    "names in let": Construct(lambda n: keras("let: {" + ", ".join(f"a{i}: {i}" for i in range(n)) + "}")),
    "bindings of a loop": Construct(loop("b[i] = ReLU()"), 2000),
    "earlier bindings": Construct(loop("b[i + 1] = ReLU()(b[i])", before="b[0] = ReLU()"), 2000),
    # expressions
    "long texts": Construct(loop('if: ("a" * 100000) in ("b" * 100000)\n        layers: []'), 100),
    "long lists": Construct(loop("if: i in range(100000)\n        layers: []"), 100),
    "lists compared": Construct(
        loop("if: a == b\n        layers: []", head="variables: {{a: [1,2,3,4,5,6,7,8], b: [1,2,3,4,5,6,7,9]}}\n"), 2000
    ),
    "sums": Construct(loop("if: sum(range(i)) < 0\n        layers: []")),
    "powers": Construct(loop("if: (7 ** 3000) % 2 < 0\n        layers: []")),
    "variables": Construct(
        lambda n: keras("ReLU()", head="variables: {" + ", ".join(f"v{i}: {i}" for i in range(n)) + "}\n")
    ),
    "variables of variables": Construct(
        lambda n: keras(
            "ReLU()", head="variables: {v0: 1, " + ", ".join(f"v{i}: $(v{i - 1} + 1)" for i in range(1, n)) + "}\n"
        )
    ),
    "variables x rounds": Construct(
        lambda n: keras(
            f"for: i\n    in: range({n})\n    layers:\n      - ReLU()",
            head="variables: {" + ", ".join(f"v{i}: {i}" for i in range(n)) + "}\n",
        )
    ),
    "brackets": Construct(each("Conv2D(" + "(" * 20 + "8" + ")" * 20 + ", 1)")),
    "long calls": Construct(each("Conv2D(8" + " + 0" * 100 + ", 1)"), 40),
    "inner expressions": Construct(each("Conv2D: {filters: $(1 + 2 * 3), kernel_size: 1}")),
    "nested expressions": Construct(each("Conv2D: {filters: '$($(1) + $(2))', kernel_size: 1}")),
    # findings
    "unknown layers": Construct(each("Foo@()")),
    "misspelt layers": Construct(each("Conv2DD(@, 3)")),
    "unknown arguments": Construct(each("Conv2D(8, 3, a@=1)")),
    "unknown names": Construct(each("ReLU()(nosuch@)")),
    "unknown names below names": Construct(
        lambda n: keras(*(f"layer_{i} = ReLU()" for i in range(n)), *(f"ReLU()(leyer_{i})" for i in range(n)))
    ),
    "unknown variables": Construct(each("Conv2D(w@, 3)")),
    "broken shapes": Construct(each("Conv2D(8, 99)(input)")),
    "rows below a fault": Construct(lambda n: keras("Conv2D(8, 99)", *("Conv2D(8, 3)" for _ in range(n)))),
    "faults with remedies": Construct(
        lambda n: pytorch(*("Conv2d(3, 3, 1)" for _ in range(n)), *("Conv2d(4, 3, 1)" for _ in range(n)))
    ),
    "broken rounds": Construct(loop("Conv2D(i, 99)(input)"), 2000),
    "broken entries": Construct(each("[1, 2]")),
    "unknown keys": Construct(lambda n: keras("ReLU()", head="".join(f"key{i}: 1\n" for i in range(n)))),
    "unknown keys of entries": Construct(each("{foo@: 1, bar: 2}")),
    "repeated names": Construct(lambda n: keras(*("a = ReLU()" for _ in range(n)))),
    "includes that are missing": Construct(each("include: nosuch@.yaml"), 100),
    "includes of the zoo": Construct(each("include: zoo:keras/nosuch@"), 100),
    "includes x presets": Construct(each("{include: zoo:keras/vgg16, preset: nosuch@}"), 20),
    "false promises": Construct(
        lambda n: (
            keras("ReLU()") + "expect:\n  layers:\n" + "".join(f"    nosuch{i}: {{output: [1]}}\n" for i in range(n))
        )
    ),
    "long messages": Construct(loop('Conv2D("x" * 4000, 3)'), 200),
    # YAML
    "aliases": Construct(lambda n: "a: &a " + "x" * 1000 + "\n" + keras(*("ReLU: {name: *a}" for _ in range(n)))),
    "aliases of lists": Construct(
        lambda n: "a: &a [1, 2, 3]\n" + keras(*("Conv2D: {filters: *a, kernel_size: 1}" for _ in range(n)))
    ),
    "block scalars": Construct(lambda n: keras("ReLU()", head="name: |\n" + "  a line of text\n" * n), 2000),
    "folded scalars": Construct(lambda n: keras(*(">\n    Conv2D(8,\n    1)" for _ in range(n)))),
    "spaces": Construct(lambda n: keras("ReLU(" + " " * min(n, 4000) + ")", "x" + " " * n + "y"), 4000),
    "spaces before brackets": Construct(lambda n: keras("ReLU" + " " * n, "a =" + " " * n), 4000),
    "one long text": Construct(lambda n: keras("'" + "a(" * n + "'"), 4000),
    "quotes": Construct(lambda n: keras("ReLU(" + "'" * n + ")"), 4000),
    "comments": Construct(lambda n: keras("ReLU()  # text\n" + "  # a line\n" * n), 2000),
    "empty lines": Construct(lambda n: keras("ReLU()") + "\n" * n, 8000),
    "deep lists": Construct(lambda n: keras("[" * min(n, 60) + "]" * min(n, 60)), 8),
    "wide lists": Construct(lambda n: keras("ReLU()", head=f"variables: {{a: {[0] * n}}}\n"), 2000),
    "marks": Construct(lambda n: keras("\u202e\u2028" * n), 2000),
    # Python source
    "statements": Construct(module("self.a = nn.ReLU()", "@x = self.a(x)"), 600, "py"),
    "modules": Construct(module("@self.a# = nn.Conv2d(3, 3, 1)", "@x = self.a#(x)"), 600, "py"),
    "a list of modules": Construct(
        module("self.a = nn.ModuleList(nn.Conv2d(3, 3, 1) for _ in range({n}))", "for a in self.a: x = a(x)"), 200, "py"
    ),
    "functions": Construct(module("pass", "x = f0(x)", "@def f#(x): return F.relu(x)"), 400, "py"),
    "a loop that makes nothing": Construct(module("pass", "for i in range({n}): i + 1"), 5000, "py"),
    "text in a loop": Construct(module("s = ''\nfor i in range({n}): s += 'a'", "x = F.relu(x)"), 4000, "py"),
    "a list that grows": Construct(module("s = []\nfor i in range({n}): s = s + [i]", "x = F.relu(x)"), 300, "py"),
    "global names": Construct(module("pass", "x = F.relu(x)", "@a# = #"), 4000, "py"),
    "a dictionary": Construct(module("d = {}\nfor i in range({n}): d[i] = i", "x = F.relu(x)"), 4000, "py"),
    # others
    "Keras JSON": Construct(functional, 1000, "json"),
    "checked layers": Construct(each("Conv2D(8, 3, padding='same')"), asked="check --isolated"),
    **{
        f"{name} {words}": Construct(text, 250, asked=words)
        for words in (
            *(f"plan --format {name}" for name in ("json", "csv", "html", "svg", "dot", "mermaid")),
            *("import", "export --to keras", "export --to onnx -o out", "explain", "sizes", "diff FILE"),
            *("fit --memory 1GiB", "plan --against pytorch", "check --isolated --format sarif"),
        )
        for name, text in {
            "alike:": each("Conv2D(3, 3, padding='same')"),
            "unlike:": each("Conv2D(@ % 7 + 1, 3, padding='same')"),
        }.items()
    },
    "checked faults": Construct(each("Conv2D(8, 3, stride=1)"), asked="check --isolated"),
    "checked branches": Construct(
        lambda n: keras("a = ReLU()", *("Conv2D(8, 3)(a)" for _ in range(n))), asked="check --isolated"
    ),
}


class Cost(NamedTuple):
    """Seconds of CPU time and megabytes at most, and characters of text."""

    seconds: float
    megabytes: float
    characters: int


def work(construct: Construct, text: str, answer: multiprocessing.connection.Connection) -> None:
    """Plan or check a text, and send what that took."""
    gc.set_threshold(100_000, 20, 20)  # as the command line does
    with TemporaryDirectory(prefix="scaling-") as folder:
        path = Path(folder, f"net.{construct.ending}")
        path.write_text(text)
        before = time.process_time()
        try:
            if construct.asked:
                os.chdir(folder)
                with open("answer", "w") as sys.stdout, open("messages", "w") as sys.stderr:
                    program([*construct.asked.replace("FILE", path.name).split(), path.name])
            else:
                examine(path)
        except (ArchitectureError, UsageError):
            pass
        answer.send((time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000))


def cost(construct: Construct, number: int) -> Cost:
    """What a construct of a size takes, in a process of its own."""
    text = construct.text(number)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=work, args=(construct, text, sender))
    child.start()
    sender.close()
    try:
        return Cost(*receiver.recv(), len(text))
    except EOFError:
        return Cost(math.inf, math.inf, len(text))
    finally:
        child.join()


def exponent(costs: list[Cost], idle: float) -> float:
    """How the time grows while the size does fourfold."""
    smaller, larger = (max(costs[place].seconds - idle, 1e-4) for place in (1, 3))
    return math.log2(larger / smaller) / 2


def main() -> int:
    """Run, print a table, and return the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(CONSTRUCTS), metavar="NAME")
    parser.add_argument("--most", type=float, default=1.15)
    options = parser.parse_args()
    findings = 0
    print(f"{'construct':36}{'KB':>8}{'n':>9}{'2n':>9}{'4n':>9}{'8n':>9}{'MB':>7}{'exponent':>10}")
    for name in options.names:
        construct = CONSTRUCTS[name]
        idle = cost(construct, 1).seconds
        costs = [cost(construct, construct.first * times) for times in SIZES]
        grows, last = exponent(costs, idle), costs[-1]
        if grows > options.most and last.seconds > WORTH_MEASURING:  # once more: others compute on this machine too
            again = [cost(construct, construct.first * times) for times in SIZES]
            costs = [min(*each) for each in zip(costs, again, strict=True)]
            grows, last = exponent(costs, idle), costs[-1]
        wrong = last.seconds > LONGEST or last.megabytes > MOST_MEGABYTES
        wrong |= grows > options.most and last.seconds > WORTH_MEASURING
        findings += wrong
        times = "".join(f"{each.seconds:9.2f}" for each in costs)
        print(
            f"{name:36}{last.characters / 1000:8.1f}{times}{last.megabytes:7.0f}{grows:10.2f}{'  !' * wrong}",
            flush=True,
        )
    print(f"{len(options.names)} constructs, {findings} findings")
    return min(findings, 1)


if __name__ == "__main__":
    sys.exit(main())
