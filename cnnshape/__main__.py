"""``python -m cnnshape`` and the installed script."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from cnnshape.cli.start import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
