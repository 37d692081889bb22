"""``python -m cnnshape`` and the installed script."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing `typing` takes as long as a kept answer
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code.

    All is written and closed by then. Python would take apart one by one what is left, which nobody needs any more: a
    plan takes 4 % longer for that. What watches a whole process, such as a profiler, watches `cnnshape.cli.start.main`.
    """
    from cnnshape.cli.start import main as run

    os._exit(run())


if __name__ == "__main__":
    main()
