"""Print a set-up command of the README: `python scripts/readme_command.py run|tests`, so that CI calls what it says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def command(name: str) -> str:
    """The command in the code block that follows ``<!-- command: NAME -->``."""
    match = re.search(rf"<!-- command: {name} -->\s*```sh\n(.+?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    if not match:
        raise SystemExit(f"README.md has no command {name!r}")
    return match[1]


if __name__ == "__main__":
    print(command(sys.argv[1]))
