"""The hook for pre-commit and the action for GitHub, installed from this tree and run as their users run them.

Both install the package into an environment of its own, which takes the package index; they need no account and no
other machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "action.yml", "cnnshape", "completions")

WRONG = "input: [32, 32, 3]\nlayers:\n  - Conv2D(8, 3, stride=2, activation='relu')   # too fast\n  - Flatten\n  - Dense(10)\n"
MENDED = WRONG.replace("stride=", "strides=")


class Repository:
    """A git repository that exists for one test."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, expect: int = 0) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, message: str, expect: int = 0) -> str:
        self.git("add", "-A")
        return self.git("commit", "-q", "-m", message, expect=expect)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of the user's git configuration or caches, and no colours."""
    identity = {
        f"GIT_{role}_{what}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CNNSHAPE_", "FORCE_"))
    }
    return {
        **inherited,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "PRE_COMMIT_COLOR": "never",
        "NO_COLOR": "1",
    }


@pytest.fixture
def release(tmp_path: Path, environment: dict[str, str]) -> Repository:
    """What this tree would be as a tagged repository, with uncommitted changes."""
    repository = Repository(tmp_path / "release", environment)
    for name in SHIPPED:
        source, target = ROOT / name, repository.folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    repository.commit("release")
    repository.git("tag", "v0.1.0")
    return repository


def test_a_commit_stops_at_a_wrong_file_and_passes_once_the_hook_has_mended_it(
    tmp_path: Path, release: Repository, environment: dict[str, str]
) -> None:
    project = Repository(tmp_path / "project", environment)
    hooks = [{"id": "cnnshape"}, {"id": "cnnshape-fix"}]
    repos = [{"repo": str(release.folder), "rev": "v0.1.0", "hooks": hooks}]
    project.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": repos}))
    wrong = project.write("models/small.cnn.yaml", WRONG)
    project.write("other.yaml", "layers: this is no architecture of ours\n")
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=project.folder, env=environment, check=True)

    refused = project.commit("a slip", expect=1)
    assert "models/small.cnn.yaml:3:18" in refused
    assert "help: did you mean strides?" in refused
    assert "files were modified by this hook" in refused
    assert "other.yaml" not in refused
    assert wrong.read_text() == MENDED

    accepted = project.commit("mended")
    assert accepted.count("Passed") == len(hooks), accepted


def test_the_action_annotates_the_pull_request_and_shows_the_difference(
    tmp_path: Path, release: Repository, environment: dict[str, str]
) -> None:
    project = Repository(tmp_path / "project", environment)
    project.write("models/small.cnn.yaml", MENDED)
    project.write("other.cnn.yaml", MENDED)
    project.write("models/wrong.cnn.yaml", MENDED)
    project.commit("before")
    project.write("models/small.cnn.yaml", MENDED.replace("Conv2D(8,", "Conv2D(16,") + "expect: {params: <= 20k}\n")
    project.write("models/wrong.cnn.yaml", WRONG)
    project.write("models/new.cnn.yaml", MENDED)
    compared = [
        "models/small.cnn.yaml",
        "models/wrong.cnn.yaml",
        "gone.cnn.yaml",
        "models/new.cnn.yaml",
        "other.cnn.yaml",
    ]
    inputs = {"paths": "models", "diff-against": "HEAD", "diff-files": "\n".join(compared)}
    runner = {
        "GITHUB_ACTION_PATH": str(release.folder),
        "RUNNER_TEMP": str(tmp_path / "runner"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    (tmp_path / "runner").mkdir()

    code, output = run_action(project.folder, inputs, {**environment, **runner})
    assert code == 1, output
    assert "::error title=cnnshape (CS103),file=models/wrong.cnn.yaml,line=3,col=18" in output
    assert "::error title=cnnshape (CS401),file=models/small.cnn.yaml,line=6,col=18" in output
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("**small**: layers: 1 changed, 2 affected\n")
    assert "\n| params | 18,234 | 36,458 | +18,224 (+99.9%) |\n" in summary
    assert "\n\n**`models/wrong.cnn.yaml`**: cannot be compared; the log of this step says why\n\n" in summary
    assert "\n\n**`gone.cnn.yaml`**: cannot be compared; the log of this step says why\n\n" in summary
    assert "\n\n**new**: a new network; layers: 3 added\n" in summary
    assert "\n\n**other**: no difference in 3 layers" in summary, summary


def test_the_action_fails_where_a_network_outgrows_its_limit(
    tmp_path: Path, release: Repository, environment: dict[str, str]
) -> None:
    project = Repository(tmp_path / "project", environment)
    project.write("models/small.cnn.yaml", MENDED)
    project.commit("before")
    project.write("models/small.cnn.yaml", MENDED.replace("Conv2D(8,", "Conv2D(16,"))
    inputs = {"paths": "models", "diff-against": "HEAD", "diff-files": "models", "max-growth": "params=50%"}
    runner = {
        "GITHUB_ACTION_PATH": str(release.folder),
        "RUNNER_TEMP": str(tmp_path / "runner"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    (tmp_path / "runner").mkdir()
    code, output = run_action(project.folder, inputs, {**environment, **runner})
    assert code == 1
    assert (
        "models/small.cnn.yaml: params grows from 18,234 to 36,458, by 18,224 (+99.95%), and may grow by 50%" in output
    )


def run_action(folder: Path, inputs: dict[str, str], environment: dict[str, str]) -> tuple[int, str]:
    """The steps of ``action.yml`` one after the other, as GitHub runs them: its exit code and what it printed."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    given = {name: inputs.get(name, declared.get("default", "")) for name, declared in action["inputs"].items()}
    output = ""
    for step in action["runs"]["steps"]:
        if step.get("if") == "inputs.diff-against != ''" and not given["diff-against"]:
            continue
        variables = {
            name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
            for name, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        output += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, output
    return 0, output
