"""Reading runs nothing: no code, no import, no file but sources, no process, no socket; and its memory is bounded."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

import cnnshape
from cnnshape.readers.python.language.guard import TOLD

HOSTILE = """
import os, subprocess, socket, helper
from torch import nn

os.system("touch ran")
open("/etc/passwd").read()
exec("import this")
subprocess.run(["touch", "ran"])
__import__("antigravity")
width = 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        eval("print(1)")
        open("weights.bin", "wb").write(b"x")
        os.remove("net.py")
        socket.create_connection(("example.org", 80))
        self.conv = nn.Conv2d(3, helper.width, 3)

    def forward(self, x):
        return self.conv(x)
"""
WATCHED = """
import os, sys
import cnnshape

def plan():
    return cnnshape.plan("net.py:Net", input=[3, 8, 8]).totals.params

plan()  # imports all that reading needs of this program
here = os.path.realpath(".")

def watch(event, arguments):
    if event == "open":
        assert os.path.realpath(str(arguments[0])).startswith(here), arguments
        assert arguments[1] in ("r", "rb"), arguments
    elif event.partition(".")[0] in ("exec", "import", "socket", "subprocess", "urllib", "shutil", "ctypes"):
        raise AssertionError(event)
    elif event in ("os.system", "os.remove", "os.rename", "os.mkdir", "os.exec", "os.fork", "os.posix_spawn"):
        raise AssertionError(event)

sys.addaudithook(watch)
print(plan())
"""


def test_reading_runs_nothing_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "helper.py").write_text("raise SystemExit\nwidth = 4\n", encoding="utf-8")
    command = [sys.executable, "-c", WATCHED]
    environment = {"PYTHONPATH": str(Path(cnnshape.__file__).parents[1]), "PATH": ""}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (result.stdout.strip(), result.returncode) == ("112", 0), result.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == ["helper.py", "net.py"]


def test_what_lies_outside_the_project_is_not_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.py").write_text("width = 4\n", encoding="utf-8")
    (project / "secret.py").symlink_to(tmp_path / "secret.py")
    (project / "net.py").write_text(
        "from torch import nn\nfrom secret import width\nnet = nn.Conv2d(3, width, 3)\n", encoding="utf-8"
    )
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(f"{project / 'net.py'}:net", input=[3, 8, 8])
    assert caught.value.diagnostics[0].code == "CS603"


ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()",
    "print.__self__",
    "len.__self__.eval('1')",
    "(lambda: 0).__globals__",
    "(lambda: 0).closure.module",
    "nn.Module.children.__globals__",
    "nn.Module().children.__func__.__globals__",
    "vars(nn.Module)['children'].__globals__",
    "(x for x in []).gi_frame",
    "'{0.__init__.__globals__}'.format(nn.Module())",
    "'{0.gi_frame}'.format(x for x in [])",
    "object.__getattribute__(nn.Module.children, '__globals__')",
    "type.__getattribute__(int, '__subclasses__')",
    "super(A, A()).__getattribute__('__reduce_ex__')(4)",
    "[].__reduce_ex__(4)",
    "operator.attrgetter('children.__globals__')(nn.Module)",
    "functools.reduce(getattr, ['children', '__globals__'], nn.Module)",
    "next(map(getattr, [nn.Module.children], ['__globals__']))",
    "sys.modules.importer.roots[0].joinpath('ran').write_text('x')",
    "globals().module.machine",
    "vars(nn.Conv2d(1, 1, 1))['_lowered'].operation",
    "vars(nn.Conv2d(1, 1, 1))['_place'].node",
    "collections.deque([0]) * 10 ** 10",
    "'%999999999d'.__mod__(1)",
    "[0].__mul__(10 ** 10)",
    "list(itertools.islice(range(10 ** 12), 10 ** 11, None))",
    "list(functools.partial(range, 10 ** 12)())",
    "next(map(list, [range(10 ** 10)]))",
    "sum([[0]] * 3 for _ in itertools.count())",
    "copy.deepcopy([[0] * 1000] * 1000) and [copy.deepcopy([0] * 100000) for _ in range(1000)]",
]


@pytest.mark.parametrize("expression", ESCAPES)
def test_nothing_leads_out_of_the_source(expression: str, tmp_path: Path) -> None:
    names = "import collections, copy, functools, itertools, operator, sys\nfrom torch import nn\nclass A: pass\n"
    body = (
        f"class Net(nn.Module):\n    def forward(self, x):\n        found = {expression}\n        return self.found\n"
    )
    (tmp_path / "net.py").write_text(names + body, encoding="utf-8")
    with pytest.raises(cnnshape.ArchitectureError) as caught:
        cnnshape.plan(f"{tmp_path / 'net.py'}:Net", input=[3])
    (finding,) = caught.value.diagnostics
    assert finding.code in ("CS604", "CS605", "CS606")
    assert "no attribute 'found'" not in finding.message, "the expression was read to its end"


GREEDY = [
    "    while True: a = a + a",
    "    while True: a.append(list(a))",
    "    b = {}\n    while True: b[len(b)] = str(len(b)) * 1000",
    "    return f(a)",
    "    a = 'x' * 100000\n    return ','.join([a] * 100000)",
    "    a = 'ab' * 1000\n    while True: a = a.replace('a', a)",
    "    return [[[0] * 1000 for _ in range(1000)] for _ in range(1000)]",
    "    return '%*d' % (10 ** 9, 1)",
]
MEASURED = """
import gc
import json
with open("/proc/self/clear_refs", "w") as marks:
    marks.write("5")  # the peak of the process that started this one is none of ours
import cnnshape
try:
    cnnshape.plan("net.py:Net", input=[3])
except cnnshape.ArchitectureError as error:
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(json.dumps([error.diagnostics[0].code, int(status["VmHWM"].split()[0]) // 1024]))
"""


@pytest.mark.parametrize("body", GREEDY)
def test_memory_is_bounded_whatever_the_source_asks_for(body: str, tmp_path: Path) -> None:
    source = f"from torch import nn\n\ndef f(a):\n{body}\n\nclass Net(nn.Module):\n    def forward(self, x):\n        f([0])\n        return x + 1\n"
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    environment = {"PYTHONPATH": str(Path(cnnshape.__file__).parents[1])}
    result = subprocess.run(
        [sys.executable, "-c", MEASURED], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    code, mebibytes = json.loads(result.stdout)
    assert code in ("CS606", "CS605"), result.stderr
    assert mebibytes < 200


def test_what_one_file_changes_of_pythons_modules_no_other_sees(tmp_path: Path) -> None:
    head = "import os\nimport sys\nfrom torch import nn\n"
    (tmp_path / "one.py").write_text(
        head + "os.environ['WIDTH'] = '5'\nsys.path.append('x')\nnet = nn.Conv2d(3, int(os.environ['WIDTH']), 1)\n"
    )
    (tmp_path / "other.py").write_text(
        head + "net = nn.Conv2d(3, int(os.environ.get('WIDTH', 7)) + len(sys.path), 1)\n"
    )
    for name, channels in (("one", 5), ("other", 7)):
        plan = cnnshape.plan(f"{tmp_path / name}.py:net", input=[3, 4, 4])
        assert plan.layers[0].output_shape == (1, channels, 4, 4)


def test_no_method_of_the_source_runs_when_its_object_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\nfrom torch import nn\n\nclass Net(nn.Linear):\n    def __del__(self):\n        self.file.close()\n\n"
        "net = Net(3, 2)\n",
        encoding="utf-8",
    )
    cnnshape.plan(f"{path}:net", input=[3])
    gc.collect()
    assert capsys.readouterr().err == ""


def test_the_modules_whose_classes_are_told_to_the_source_lie_where_the_guard_looks_for_them() -> None:
    folder = Path(cnnshape.__file__).parent / "readers" / "python"
    names = {"torch", "torch.nn", "torchvision.models"}  # that classes made here are given
    theirs = {each for each in TOLD if each.partition(".")[0] in sys.stdlib_module_names}
    assert [
        each for each in TOLD - names - theirs if not folder.joinpath(*each.split(".")).with_suffix(".py").exists()
    ] == []
