"""``cnnshape completion``: the completion script for a shell."""

from __future__ import annotations

from cnnshape.cli.option_parser import argument, declared
from cnnshape.cli.output import write

SCRIPTS = {"bash": "cnnshape.bash", "zsh": "_cnnshape", "fish": "cnnshape.fish", "powershell": "cnnshape.ps1"}


@declared
def command(shell: str = argument("SHELL", "The shell.", choices=tuple(SCRIPTS))) -> None:
    """Print the completion script for SHELL. It is static: pressing TAB starts no Python.

    bash: eval "$(cnnshape completion bash)"
    """
    from pathlib import Path  # only where a script is asked for

    import cnnshape

    package = Path(cnnshape.__file__).parent
    # Installed, the scripts lie in the package; in a checkout beside it.
    folder = next(each for each in (package / "completions", package.parent / "completions") if each.is_dir())
    write((folder / SCRIPTS[shell]).read_text(encoding="utf-8"))
