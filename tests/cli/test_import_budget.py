"""What a run imports, measured where it counts: in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RECORDED = Path(__file__).parent.parent / "data" / "imports"
"""What each command imports of this program and of others, one module a line."""

HEAVY = ("typer", "pydantic", "pydantic_core", "yaml", "numpy", "numba", "rich", "json", "importlib.metadata", "shutil")
YAML_IN_PYTHON = {"yaml.reader", "yaml.scanner", "yaml.resolver", "yaml.constructor", "yaml.emitter"}
OF_DEFINITIONS = ("dataclasses", "inspect", "tokenize", "textwrap")
"""What Python imports to define a dataclass or to fill a paragraph: it takes as long as a one-off answer."""
FOR_MESSAGES = ("readers.yaml.syntax_errors", "readers.yaml.walk.wrong_framework", "vocabularies.argument_words")
OF_PYTORCH = ("network.autograd", "vocabularies.pytorch", "vocabularies.pytorch.autocast")
DRAWINGS = ("cnnshape.reports.graphs", "cnnshape.reports.page", "cnnshape.reports.notebook", "IPython")
QUICK = (
    ("conv", "224", "-k", "7", "-s", "2", "-p", "3"),
    ("conv", "10x8x16x3", "--filters", "5", "--kernel-size=3", "--strides", "2", "--padding", "valid"),
    ("pool", "10x3x7x5", "-k", "2", "-p", "same"),
    ("conv-transpose", "7x7x64", "-f", "32", "-k", "3", "-s", "2"),
    ("depthwise-conv", "112x112x32", "-k", "3"),
    ("separable-conv", "112x112x32", "-f", "64", "-k", "3"),
    ("dense", "2304", "-u", "10"),
    ("conv", "224", "-k", "300"),
)


def imported(*words: str) -> set[str]:
    """The modules that a run of the program imports."""
    run = f"import sys\nfrom cnnshape.cli.start import main\nmain({list(words)!r})\n"
    tell = "print('modules:', *sys.modules, file=sys.stderr)"
    process = subprocess.run(
        [sys.executable, "-c", run + tell], capture_output=True, text=True, check=False, timeout=60
    )
    return set(process.stderr.splitlines()[-1].removeprefix("modules:").split())


SMALL = """
input: [32, 32, 3]
layers:
  - Conv2D(8, 3, padding="same", activation="relu")
  - MaxPooling2D(2)
  - Dense(10)
"""


COMMANDS = ("conv", "plan", "check")


def own_modules(command: str, folder: Path) -> set[str]:
    """The modules of this program and of others that a command imports for a plain question."""
    file = folder / "small.cnn.yaml"
    file.write_text(SMALL, encoding="utf-8")
    words = ("conv", "224", "-k", "7") if command == "conv" else (command, str(file), "--no-cache")
    bare = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True)
    others = sys.stdlib_module_names | {"cython_runtime", *bare.stdout.split()}
    return {name for name in imported(*words) if name.split(".")[0] not in others and not name.startswith("_cython")}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_no_module_that_is_not_in_its_list(command: str, tmp_path: Path) -> None:
    """What every file needs now belongs into the list: `tests/data/record_imports.py` writes it anew."""
    recorded = (RECORDED / f"{command}.txt").read_text(encoding="utf-8").split()
    assert sorted(own_modules(command, tmp_path).difference(recorded)) == []


@pytest.mark.parametrize("words", QUICK, ids=lambda words: words[0])
def test_a_plain_one_off_command_imports_neither_a_framework_for_command_lines_nor_anything_heavy(words):
    modules = imported(*words)
    assert "cnnshape.operations.operation" in modules
    assert modules.isdisjoint({*HEAVY, *OF_DEFINITIONS})
    assert not {name for name in modules if name.startswith(("cnnshape.network", "cnnshape.explanations"))}


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "latex"])
def test_a_plan_imports_neither_typer_nor_rich_nor_numbers_it_does_not_need(format):
    modules = imported("plan", "zoo:keras/lenet5", "--format", format)
    assert "yaml" in modules
    assert modules.isdisjoint(YAML_IN_PYTHON)
    assert modules.isdisjoint({"typer", "pydantic", "rich", "numpy", "numba", "tomllib", "subprocess", "pathlib"})
    assert not {name for name in modules if name.startswith(DRAWINGS)}


@pytest.mark.parametrize("format", ["dot", "mermaid", "svg"])
def test_a_drawing_of_a_plan_imports_what_it_draws_with(format):
    modules = imported("plan", "zoo:keras/lenet5", "--format", format)
    assert "cnnshape.reports.graphs.graph" in modules
    assert ("cnnshape.reports.graphs.layout" in modules) == (format == "svg")
    assert modules.isdisjoint({"typer", "pydantic", "rich", "numpy"})


@pytest.mark.parametrize("words", [("plan", "zoo:keras/lenet5"), ("check", "zoo:keras/lenet5", "--isolated")])
def test_what_is_sound_imports_nothing_that_only_messages_or_studies_need(words):
    modules = imported(*words)
    needless = {"cnnshape.cli.failures", "cnnshape.mending", "cnnshape.readers.python", "cnnshape.readers.keras"}
    assert modules.isdisjoint(needless)
    assert modules.isdisjoint(OF_DEFINITIONS)
    assert modules.isdisjoint(f"cnnshape.{name}" for name in (*FOR_MESSAGES, *OF_PYTORCH))
    assert not {name for name in modules if name.startswith("cnnshape.studies.")}
    if words[0] == "plan":
        assert "cnnshape.reports.diagnostics.full" not in modules


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("conv", "--help"), ("conv", "224", "-k7"), ("plan",)])
def test_typer_reads_a_command_line_without_pydantic_and_rich(words):
    modules = imported(*words)
    assert "typer" in modules
    assert modules.isdisjoint(set(HEAVY) - {"typer", "json", "shutil"})


PLAIN = """
input: [32, 32, 3]
layers:
  - Conv2D(8, 3, padding="same", activation="relu")
  - BatchNormalization
  - MaxPooling2D(2)
  - Flatten
  - Dropout(0.5)
  - Dense: {units: 10, activation: softmax}
"""


@pytest.mark.parametrize("command", ["plan", "check"])
def test_a_file_whose_arguments_are_plainly_right_needs_no_pydantic(command, tmp_path):
    path = tmp_path / "net.cnn.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    assert imported(command, str(path)).isdisjoint({"pydantic", "pydantic_core"})


def test_the_measurement_sees_a_heavy_import():
    assert {"yaml", "pydantic"} <= imported("calc", "8x16x3", "Conv2D(0, 3)")
