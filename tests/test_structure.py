"""The architecture of the code: who may know whom, and what a start-up may import."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cnnshape

ROOT = Path(cnnshape.__file__).parent

LAYERS = [
    {"cache"},
    {"diagnostics"},
    {"arithmetic"},
    {"operations"},
    {"explanations"},
    {"vocabularies"},
    {"network"},
    {"readers", "zoo"},
    {"reference", "translation"},
    {"mending"},
    {"api"},
    {"studies", "checks", "reports", "writers"},
    {"server"},
    {"cli", "__main__"},
]
"""From the bottom up: a package imports its own layer and those below."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

STANDARD_LIBRARY_ONLY = ("cache", "diagnostics", "arithmetic", "operations", "explanations")


def modules() -> list[tuple[str, Path]]:
    return [
        (".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"), path)
        for path in sorted(ROOT.rglob("*.py"))
    ]


def imports(path: Path) -> set[str]:
    """Every module that a file imports, inside functions too, except under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_imports_run_one_way() -> None:
    wrong = []
    for name, path in modules():
        package = name.split(".")[1] if "." in name else "__init__"
        if package not in RANK:
            continue
        for imported in imports(path):
            parts = imported.split(".")
            if parts[0] == "cnnshape" and len(parts) > 1 and RANK.get(parts[1], -1) > RANK[package]:
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


def module_level_imports(path: Path) -> set[str]:
    """The modules that importing a file imports: nothing inside functions, nothing for type checking alone."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = dict(modules())
    graph = {name: module_level_imports(path) & (set(files) - {name}) for name, path in files.items()}
    while free := {name for name, needed in graph.items() if not needed & set(graph)}:
        for name in free:
            del graph[name]
    assert sorted(graph) == []


def test_messages_with_names_or_numbers_in_them_are_said() -> None:
    """`write_error` shows what a renderer has made safe; `say` makes a message safe."""
    wrong = []
    for name, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name("write_error"), [ast.JoinedStr() | ast.Constant() | ast.BinOp()]):
                    wrong.append(name)
    assert wrong == ["cnnshape.cli.failures"]  # which says them in colour


def test_every_package_has_its_place() -> None:
    packages = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert packages - set(RANK) == set()


@pytest.mark.parametrize("package", STANDARD_LIBRARY_ONLY)
def test_the_core_imports_the_standard_library_alone(package: str) -> None:
    foreign = {
        f"{name}: {imported}"
        for name, path in modules()
        if name.startswith(f"cnnshape.{package}.") or name == f"cnnshape.{package}"
        for imported in imports(path)
        if imported.split(".")[0] not in sys.stdlib_module_names | {"cnnshape"}
    }
    assert foreign == set()


def test_importing_every_submodule_leaves_the_public_functions_callable() -> None:
    """A package named like a function would replace it once imported."""
    for module in pkgutil.walk_packages([str(ROOT)], "cnnshape."):
        if module.name != "cnnshape.__main__":
            importlib.import_module(module.name)
    for name in ("load", "plan", "forward"):
        assert callable(getattr(cnnshape, name)), name
    plan = cnnshape.plan({"input": [8, 16, 3], "layers": [{"Conv2D": {"filters": 5, "kernel_size": 3}}]})
    assert plan.layers[0].output_shape == (1, 6, 14, 5)


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running the code."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize("heavy", ["yaml", "numpy", "pydantic", "rich", "typer", "json"])
def test_importing_cnnshape_imports_nothing_heavy(heavy: str) -> None:
    assert heavy not in loaded_by("import cnnshape")


def test_planning_a_file_imports_only_the_models_it_uses() -> None:
    code = "import cnnshape\ncnnshape.plan({'input': [8, 16, 3], 'layers': ['Conv2D(5, 3)']})\n"
    loaded = {name for name in loaded_by(code) if name.startswith("cnnshape.vocabularies.")}
    assert "cnnshape.vocabularies.keras.convolution" in loaded
    assert "cnnshape.vocabularies.keras.normalization" not in loaded
    assert "cnnshape.vocabularies.pytorch.convolution" not in loaded


def test_planning_a_file_imports_only_the_operations_it_uses() -> None:
    code = "import cnnshape\ncnnshape.plan({'input': [8, 16, 3], 'layers': ['Conv2D(5, 3)', 'MaxPooling2D(2)']})\n"
    loaded = {name for name in loaded_by(code) if name.startswith("cnnshape.operations.")}
    used = {"activation", "convolution", "padding_fill", "operation", "pooling", "sliding"}
    assert loaded == {f"cnnshape.operations.{name}" for name in used}


@pytest.mark.parametrize("heavy", ["typer", "rich", "tomllib", "subprocess", "numpy"])
def test_checking_a_file_imports_nothing_it_does_not_need(heavy: str, tmp_path: Path) -> None:
    file = tmp_path / "small.cnn.yaml"
    file.write_text("input: [8, 16, 3]\nlayers:\n  - Conv2D(5, 3)\n", encoding="utf-8")
    code = f"from cnnshape.cli.start import main\nmain(['check', '--isolated', {str(file)!r}])\n"
    assert heavy not in loaded_by(code)


def test_the_import_budget_can_fail() -> None:
    assert "json" in loaded_by("import json")


def test_operations_know_no_words_of_a_framework() -> None:
    """The same operation in both frameworks is equal: who applies it names the layer and its arguments."""
    words = {"what", "argument", "arguments", "layer_name"}
    files = sorted((ROOT / "operations").glob("*.py"))
    classes = [
        node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef)
    ]
    fields = [
        f"{each.name}.{field.target.id}"
        for each in classes
        for field in each.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in words
    ]
    assert classes
    assert fields == []


def test_tuples_with_names_are_those_that_start_fast() -> None:
    """`typing.NamedTuple` compiles a text for each field when a program starts; `cnnshape.value` has one that does not."""
    slow = [
        name
        for name, path in modules()
        if "NamedTuple" in [alias.name for alias in names_of_typing(path)]
        and not name.startswith(("cnnshape.value", "cnnshape.readers.python."))
    ]
    assert slow == []


def names_of_typing(path: Path) -> list[ast.alias]:
    """What a module takes from `typing` where it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        alias
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "typing"
        for alias in node.names
    ]


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {name: path.read_text(encoding="utf-8").count("\n") for name, path in modules()}
    assert {name: count for name, count in lines.items() if count > 400} == {}
