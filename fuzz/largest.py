"""What the largest file of each kind costs: `cnnshape plan` in a process of its own.

    python fuzz/largest.py [NAME ...]

A file that is as large as its reader takes, or just larger, is planned or refused within 20 seconds of CPU time and
400 MB; more is a finding, and so is an exit code or a message of a fault.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import multiprocessing
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
LONGEST, MOST_MEGABYTES = 20.0, 400
MIB = 1 << 20


def keras(count: int, name: str = "") -> str:
    """A model of Keras with so many layers, as `to_json` writes it."""
    layers: list[Any] = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 64, 64, 3], "name": "x"}}]
    layers += [{"class_name": "ReLU", "config": {"name": f"{name}{number}"}} for number in range(count)]
    return json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}})


def zipped(name: str, text: str) -> bytes:
    """An archive with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def onnx(count: int, weights: int = 0, name: str = "") -> bytes:
    """A model of ONNX with so many operators, and a weight of so many bytes."""
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Relu", [f"{name}{at}"], [f"{name}{at + 1}"]) for at in range(count)]
    ends = [helper.make_tensor_value_info(f"{name}{at}", TensorProto.FLOAT, [1, 3, 8, 8]) for at in (0, count)]
    held = [helper.make_tensor("w", TensorProto.FLOAT, [weights // 4], bytes(weights), raw=True)] if weights else []
    return bytes(helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], held)).SerializeToString())


def source(line: str, count: int, inside: str = "") -> str:
    """Python source of a module, with lines before it, or in its `forward`."""
    return (
        f"import torch.nn as nn\n{line * (not inside) * count}"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.ReLU()\n"
        f"    def forward(self, x):\n{(inside + line) * bool(inside) * count}        return self.a(x)\n"
        "import torch\nNet()(torch.zeros(1, 3, 8, 8))\n"
    )


def pt2(count: int) -> bytes:
    """A file of `torch.export` with so many functions behind those of one that is recorded."""
    with gzip.open(ROOT / "tests/data/pt2_programs.jsonl.gz", "rt", encoding="utf-8") as lines:
        name, program = min((json.loads(line)["program"] for line in lines), key=lambda each: len(json.dumps(each)))
    graph = program["graph_module"]["graph"]
    before = graph["outputs"][0]["as_tensor"]["name"]
    for at in range(count):
        reads = [{"name": "self", "arg": {"as_tensor": {"name": before}}, "kind": 1}]
        makes, metadata = [{"as_tensor": {"name": f"r{at}"}}], {"nn_module_stack": "L__self__,,torch.nn.ReLU"}
        graph["nodes"].append(
            {"target": "torch.ops.aten.relu.default", "inputs": reads, "outputs": makes, "metadata": metadata}
        )
        graph["tensor_values"][f"r{at}"] = graph["tensor_values"][before]
        before = f"r{at}"
    return zipped(name, json.dumps(program))


HEAD = "input: [64, 64, 3]\nlayers:\n"
LINE = "  - Conv2D(8, 3, padding='same', name='{}')\n"
FILES: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "rows of a loop": ("yaml", lambda: f"{HEAD}  - Conv2D(8, 3, padding='same') * 39990\n"),
    "rows and more": ("yaml", lambda: f"{HEAD}  - repeat: 10000000\n    layers:\n      - ReLU\n"),
    "rows with long names": ("yaml", lambda: HEAD + "".join(LINE.format(f"{at:0200}") for at in range(33_000))),
    "8 MiB of comments": ("yaml", lambda: f"{HEAD}  - ReLU\n" + "# text of a comment\n" * (8 * MIB // 21)),
    "8 MiB of text": ("yaml", lambda: f"{HEAD}  - ReLU\nabout: {{source: '" + "x" * (8 * MIB - 80) + "'}\n"),
    "values": ("yaml", lambda: f"variables: {{a: {[7] * 390_000}}}\n{HEAD}  - ReLU\n"),
    "8 MiB of brackets": ("yaml", lambda: HEAD + "  - [[[[[[]]]]]]\n" * (8 * MIB // 17)),
    "8 MiB of faults": ("yaml", lambda: HEAD + "  - Convv2D(8, 3)\n" * (8 * MIB // 20)),
    "statements": ("py", lambda: source("x = 1\n", 8 * MIB // 6 - 100)),
    "expressions": ("py", lambda: source("x = [" + "1," * 99 + "]\n", 8 * MIB // 210)),
    "one long line": ("py", lambda: source("x = [" + "1," * (4 * MIB - 500) + "]\n", 1)),
    "lines of forward": ("py", lambda: source("x = self.a(x)\n", 8 * MIB // 30, " " * 8)),
    "Keras layers": ("json", lambda: keras(49_000)),
    "Keras layers with long names": ("json", lambda: keras(49_000, "n" * 500)),
    "Keras values": ("json", lambda: json.dumps({"class_name": "Sequential", "config": {"layers": [1] * 1_490_000}})),
    "Keras archive": ("keras", lambda: zipped("config.json", keras(49_000, "n" * 500))),
    "Keras archive of values": ("keras", lambda: zipped("config.json", json.dumps([[1.5] * 7] * 200_000))),
    "ONNX operators": ("onnx", lambda: onnx(49_000)),
    "ONNX with long names": ("onnx", lambda: onnx(49_000, name="n" * 500)),
    "ONNX weights": ("onnx", lambda: onnx(10, weights=1000 * MIB)),
    "PyTorch program": ("pt2", lambda: pt2(20_000)),
    "Darknet": ("cfg", lambda: "[net]\nwidth=64\nheight=64\nchannels=3\n" + "[dropout]\nprobability=.5\n" * 39_000),
    "Darknet comments": ("cfg", lambda: "[net]\nwidth=64\nheight=64\nchannels=3\n" + "# text\n" * MIB),
}


def write(name: str, path: Path) -> None:
    """Write a file."""
    text = FILES[name][1]()
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def cost(path: Path, *options: str) -> tuple[int, float, float, str]:
    """The exit code of a plan, the seconds of CPU time and the megabytes that it takes, and what it says at last."""
    words = [sys.executable, "-m", "cnnshape", "plan", str(path), "--no-cache", *options]
    with TemporaryDirectory() as folder, open(Path(folder, "out"), "w+b") as out:
        child = subprocess.Popen(words, stdout=out, stderr=out, env={**os.environ, "PYTHONPATH": str(ROOT)})
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = [line for line in out.read().decode(errors="replace").splitlines() if line.startswith("error")]
    return child.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, (lines or [""])[0][:90]


def main() -> int:
    """Run, print a table, and return the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(FILES), metavar="NAME")
    findings = 0
    print(f"{'file':30}{'MB':>8}{'exit':>6}{'s':>8}{'MB':>7}")
    for name in parser.parse_args().names:
        with TemporaryDirectory(prefix="largest-") as folder:
            path = Path(folder, f"net.{FILES[name][0]}")
            writer = multiprocessing.Process(target=write, args=(name, path))  # what this process holds would count
            writer.start()
            writer.join()
            code, seconds, megabytes, said = cost(path)
            wrong = code not in (0, 1, 2) or seconds > LONGEST or megabytes > MOST_MEGABYTES or "internal" in said
            findings += wrong
            size = path.stat().st_size / 1e6
        print(f"{name:30}{size:8.1f}{code:6}{seconds:8.1f}{megabytes:7.0f}  {'! ' * wrong}{said}", flush=True)
    print(f"{findings} findings")
    return min(findings, 1)


if __name__ == "__main__":
    sys.exit(main())
